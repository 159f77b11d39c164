"""Stores of the tablet as released versions left them: one file a version, kept for good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

FOLDER = Path(__file__).parent / "released"
STORES: dict[int, dict[str, Any]] = {
    int(path.stem.removeprefix("v")): json.loads(path.read_text())
    for path in FOLDER.glob("v*.json")
}

PUT = """([version, stores]) => new Promise((go, no) => {
  const asked = indexedDB.open("tour-field", version);
  asked.onerror = () => no(asked.error);
  asked.onupgradeneeded = () => {
    for (const [name, {keyPath, indexes}] of Object.entries(stores)) {
      const store = asked.result.createObjectStore(name, keyPath ? {keyPath} : undefined);
      for (const [index, path] of Object.entries(indexes ?? {})) store.createIndex(index, path);
    }
  };
  asked.onsuccess = () => {
    const tx = asked.result.transaction(Object.keys(stores), "readwrite");
    for (const [name, {rows}] of Object.entries(stores)) {
      for (const row of rows) Array.isArray(row) ? tx.objectStore(name).put(row[1], row[0]) : tx.objectStore(name).put(row);
    }
    tx.oncomplete = () => { asked.result.close(); go(0); };
  };
})"""


def put_store(page: Page, version: int, *, visit: str) -> None:
    """Puts the store of a released version into the browser, before any worker of ours has opened it."""
    text = json.dumps(STORES[version]).replace("VISIT", visit)
    page.evaluate(PUT, [version, json.loads(text)])


# As iOS does in its sleep: another connection asks for a newer version, and all others are closed.
CLOSE_THE_STORE = """() => new Promise((go) => {
  const asked = indexedDB.open("tour-field", 99);
  asked.onupgradeneeded = () => asked.transaction.abort();
  asked.onerror = (event) => { event.preventDefault(); go(0); };
})"""
