"""Writes the next migration, for what models say and migrations do not yet (``make migration``).

It is read and mended before it is committed: rows may stand there, and a column added to them wants the AddField of
_adding.py instead of Tortoise's.
"""

from __future__ import annotations

import asyncio
from copy import copy
from enum import Enum
from typing import Any

from tortoise import Tortoise, fields
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.schema_generator.state import State

from tour.db import ClockField, tortoise_config
from tour.migrations import _fields

KEPT_AS: dict[type, type] = {
    CharEnumFieldInstance: fields.CharField,
    ClockField: _fields.ClockField,
}


class Detector(MigrationAutodetector):
    """Compares the models as migrations know them: columns and what binds them, neither code nor words of ours."""

    def _current_state(self) -> State:
        state = super()._current_state()
        for model in state.models.values():
            model.options.pop("table_description", None)
            model.fields = {name: frozen(field) for name, field in model.fields.items()}
        return state


def frozen(field: Any) -> Any:
    """The field without what only the application knows: an enum's members, a default made by a function of ours."""
    kept = copy(field)
    kept.__class__ = KEPT_AS.get(type(field), type(field))
    kept.description = None
    if isinstance(field.default, Enum):
        kept.default = field.default.value
    elif getattr(field.default, "__module__", "").startswith("tour"):
        kept.default = None
    return kept


async def write() -> list[str]:
    config = tortoise_config()
    await Tortoise.init(config=config, init_connections=False)
    return await Detector(Tortoise.apps, config["apps"]).write()


if __name__ == "__main__":
    print("\n".join(asyncio.run(write())) or "the migrations say all that the models do")
