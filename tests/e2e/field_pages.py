"""The address of every field page there is: a new entry of the page table is looked at by every test that asks here."""

from __future__ import annotations

import json
import re
from typing import Any

from tour.settings import ROOT

TABLE: list[dict[str, Any]] = json.loads((ROOT / "tour" / "field" / "pages.json").read_text())

DOCUMENTS = """
  const opening = indexedDB.open("tour-field");
  return new Promise((give, fail) => {
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const asked = opening.result.transaction("docs").objectStore("docs").getAll();
      asked.onerror = () => fail(asked.error);
      asked.onsuccess = () => {
        opening.result.close();
        give(asked.result.map(({kind, data}) => [kind, data]));
      };
    };
  });
"""
"""The body of a function that reads the documents on the tablet, as ``[kind, data]``."""


def addresses(documents: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """One address for each entry of the table, filled in from documents on the tablet."""
    return [address(entry, documents) for entry in TABLE]


def address(entry: dict[str, Any], documents: list[tuple[str, dict[str, Any]]]) -> str:
    """The entry's path for the first document that one of its queries picks by each part of the path."""
    path = str(entry["path"])
    for part in re.findall(r"\{\w+\}", path):
        queries = [
            query for role in ("one", "maybe", "many") for query in entry.get(role, {}).values()
        ]
        picked = [
            str(data[name])
            for query in queries
            for name, wanted in query.get("where", {}).items()
            if wanted == part
            for kind, data in documents
            if kind == query["kind"] and data.get(name)
        ]
        assert picked, f"{path}: no document on the tablet to fill {part} from"
        path = path.replace(part, picked[0])
    return path
