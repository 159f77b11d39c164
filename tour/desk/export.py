"""Tickets as a table: CSV that French Excel opens, and XLSX. No cell is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from tour.desk.models import Ticket
from tour.i18n import gettext as _
from tour.settings import settings
from tour.tables.formulas import marked, write_text
from tour.wording import words


def headings() -> list[str]:
    return [
        _("Ticket"), _("État"), _("Article"), _("Espace"), _("Nature"), _("Urgence"), _("Besoin"), _("Site"), _("Commune"),
        _("Pour"), _("Binôme"), _("Noté le"), _("Promis pour le"), _("Confié à"), _("Mis à jour le"), _("À apporter"),
    ]  # fmt: skip


def rows(tickets: Sequence[Ticket]) -> list[list[str]]:
    zone = settings().tz
    return [
        [
            t.reference, words(t.need.state), t.need.item.name if t.need.item else "",
            words(f"space_{t.need.item.space}") if t.need.item else "", words(t.need.kind), words(t.need.urgency), t.need.text,
            t.need.site.name, t.need.site.commune, t.need.requester, t.need.visit.pair.name,
            f"{t.need.recorded_at.astimezone(zone):%Y-%m-%d %H:%M}", t.due_on.isoformat() if t.due_on else "",
            t.assignee.name if t.assignee else "", f"{t.updated_at.astimezone(zone):%Y-%m-%d %H:%M}",
            _("oui") if t.to_bring else "",
        ]
        for t in tickets
    ]  # fmt: skip


def as_csv(tickets: Sequence[Ticket]) -> bytes:
    """Semicolons and a byte-order mark, as French Excel wants; what could be a formula begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in [headings(), *rows(tickets)]:
        writer.writerow([marked(text) for text in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(tickets: Sequence[Ticket]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Tickets"))
    sheet.freeze_panes = "A2"
    for number, row in enumerate([headings(), *rows(tickets)]):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet)
            write_text(cell, text)
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
