"""What an import would do, line by line, and what it did."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tour.errors import UserError
from tour.i18n import _


class Outcome(enum.StrEnum):
    """What becomes of a line."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass
class Change:
    """One field that would change; ``old`` and ``new`` are texts to show."""

    field: str
    old: str
    new: str


@dataclass
class Line:
    """One line of the file: what becomes of it, and why not.

    ``values`` holds what the line says, by field, as plain JSON values: all that applying the report needs.
    """

    number: int
    source_id: str
    name: str
    outcome: Outcome
    changes: list[Change] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)  # why it is refused
    notes: list[str] = field(default_factory=list)  # what was left aside, though the line is taken
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class ImportReport:
    """The answer of a dry run. With ``errors`` the file is unusable and ``lines`` is empty."""

    source: str
    filename: str
    columns: dict[str, str] = field(default_factory=dict)  # field → column as the file names it
    ignored_columns: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        return Counter(line.outcome for line in self.lines)[outcome]

    def of(self, outcome: Outcome) -> list[Line]:
        return [line for line in self.lines if line.outcome == outcome]

    def to_json(self) -> str:
        """The report as text, kept by whoever asks for confirmation."""
        return REPORT.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> ImportReport:
        """The report that ``to_json`` wrote. Raises UserError when it is not one."""
        try:
            return REPORT.validate_json(text)
        except ValidationError as error:
            raise UserError(
                _("Ce rapport d’import n’est plus lisible : reprenez l’import.")
            ) from error


REPORT = TypeAdapter(ImportReport)
