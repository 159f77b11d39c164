"""Import of sites from a file: read it, say what would change, then do exactly that."""

from __future__ import annotations

from tour.sites.importing.compare import dry_run
from tour.sites.importing.write import ImportCounts, apply
from tour.tables.report import ImportReport, Line, Outcome

__all__ = ["ImportCounts", "ImportReport", "Line", "Outcome", "apply", "dry_run"]
