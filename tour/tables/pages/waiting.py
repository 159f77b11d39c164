"""Imports that were checked and wait for a person's word, and the page that shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tour.db import uuid7
from tour.errors import NotFound
from tour.i18n import gettext as _
from tour.settings import settings
from tour.tables.report import ImportReport, Outcome
from tour.web.render import page


@dataclass(frozen=True)
class Waiting:
    """Dry runs of one kind of import, each a file. ``routes`` begins the names of its routes; ``back`` is where it starts."""

    routes: str
    back: str
    label: Callable[[str], str]

    def path(self, import_id: UUID) -> Path:
        return settings().home / "imports" / f"{self.routes}-{import_id}.json"

    def keep(self, request: Request, report: ImportReport) -> Response:
        """Keeps a report until someone decides, and shows it."""
        import_id = uuid7()
        path = self.path(import_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report.to_json())
        return RedirectResponse(self.address(request, "report", import_id), status_code=303)

    def report(self, request: Request) -> ImportReport:
        """The report that the address names; raises NotFound when it was decided already."""
        path = self.path(request.path_params["id"])
        if not path.exists():
            raise NotFound(_("Cet import est terminé ou abandonné."))
        return ImportReport.from_json(path.read_text())

    def drop(self, request: Request) -> None:
        self.path(request.path_params["id"]).unlink(missing_ok=True)

    def show(self, request: Request) -> Response:
        """What the import would do, line by line."""
        import_id = request.path_params["id"]
        return page(
            request,
            "tables/report.html",
            report=self.report(request),
            outcomes=list(Outcome),
            label=self.label,
            cancellation=self.address(request, "cancellation", import_id),
            application=self.address(request, "application", import_id),
        )

    def cancel(self, request: Request) -> Response:
        """« Annuler »: nothing was written, nothing stays."""
        self.drop(request)
        return RedirectResponse(request.app.url_path_for(self.back), status_code=303)

    def address(self, request: Request, what: str, import_id: UUID) -> Any:
        return request.app.url_path_for(f"{self.routes}_{what}", id=import_id)
