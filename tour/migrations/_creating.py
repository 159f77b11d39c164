"""Many tables made at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from tortoise.migrations import operations as ops
from tortoise.migrations.schema_generator.state import ModelState

from tour.migrations._adding import default_in_the_database

F = TypeVar("F")


class CreateModels(ops.TortoiseOperation):
    """Makes the tables, in the order in which they refer to each other.

    Tortoise (1.1.9) renders every model anew before and after each operation: with one operation a table,
    an empty database took seconds.
    """

    def __init__(self, models: Sequence[ops.CreateModel]) -> None:
        self.models = models

    def describe(self) -> str:
        return f"Create {len(self.models)} models"

    def state_forward(self, app_label: str, state: Any) -> None:
        for one in self.models:
            state.models[app_label, one.name] = ModelState.make_from_model(app_label, one.model)
        for one in self.models:
            state.apps.register_model(
                app_label, state.models[app_label, one.name].render(state.apps)
            )
        state.apps._init_relations()
        state.apps._build_initial_querysets()

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        for one in self.models:
            model = new_state.apps.get_model(f"{app_label}.{one.name}")
            with as_it_grew(model):
                await state_editor.create_model(model)

    async def database_backward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        for one in reversed(self.models):
            await state_editor.delete_model(old_state.apps.get_model(f"{app_label}.{one.name}"))


def added(field: F) -> F:
    """A column that previews added to a table with rows: last in its table, and its default in the database."""
    field.added = True  # type: ignore[attr-defined]
    return field


@contextmanager
def as_it_grew(model: Any) -> Iterator[None]:
    """As long as the block lasts, columns that were added come last, with their defaults."""
    meta, columns = model._meta, dict(model._meta.fields_db_projection)
    late = {
        name if name in columns else field.source_field: field
        for name, field in meta.fields_map.items()
        if getattr(field, "added", False)
    }
    first = {name: column for name, column in columns.items() if name not in late}
    meta.fields_db_projection = first | {name: columns[name] for name in late}
    with ExitStack() as defaults:
        for field in late.values():
            defaults.enter_context(default_in_the_database(field))
        yield
    meta.fields_db_projection = columns
