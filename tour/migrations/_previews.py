"""Databases of before 0.1.0: previews made the same schema by smaller steps, of which only the whole is known now."""

from __future__ import annotations

from typing import Any

from tortoise.exceptions import OperationalError
from tortoise.migrations.recorder import MigrationRecorder

from tour.errors import UserError

FIRST, LAST = "0001_initial", "0016_audit"  # the first of the previews' steps had today's name
STEPS = frozenset({
    "0002_roads_and_accounts",
    "0003_photos_of_needs",
    "0004_people_on_tablets",
    "0005_visits_and_managers",
    "0006_desks",
    "0007_catalogue_and_reports",
    "0008_photos_listed",
    "0010_sessions",
    "0012_who_held_what",
    "0013_counters",
    "0014_whose_link",
    LAST,
})  # fmt: skip


class HalfwayPreview(UserError):
    """The database stands between the first and the last step of the previews."""

    def __init__(self, step: str) -> None:
        self.found = f"the database was made by a preview of 0.1.0 and stands at its {step}, from where no way leads to today's schema"
        self.remedy = (
            "move it away and begin with an empty one (for a demo: remove the folder TOUR_HOME, var/ by default),"
            f" or bring it to {LAST} first, with `tour migrate` of the preview that has this step"
        )
        super().__init__(f"{self.found}; nothing was changed: {self.remedy}")


async def refuse_halfway(connection: Any) -> None:
    """Raises HalfwayPreview for a database that no migration of today goes on from."""
    recorded = {key.name for key in await MigrationRecorder(connection).applied_migrations()}
    halfway = recorded & STEPS not in (frozenset(), STEPS)
    if halfway or (recorded == {FIRST} and not await has_last_table(connection)):
        raise HalfwayPreview(max(recorded & STEPS, default=FIRST))


async def has_last_table(connection: Any) -> bool:
    """Whether the table of the last step is there: of a preview's first schema and today's, only the latter has it."""
    try:
        await connection.execute_query("SELECT 1 FROM auditline WHERE 1 = 0")
    except OperationalError:
        return False
    return True
