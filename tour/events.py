"""What happened, said to whoever must do something about it in the same transaction.

A capability says what happened and knows nobody who listens; who listens stands in ``tour.wiring``, which hands the
whole map in once, when a process starts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

Handler = Callable[[Any], Awaitable[None]]
Handlers = Mapping[type, Sequence[Handler]]

_handlers: dict[type, Sequence[Handler]] = {}


def connect(handlers: Handlers) -> None:
    """Sets who listens to what; only ``tour.wiring`` calls it."""
    _handlers.clear()
    _handlers.update(handlers)


async def emit(event: object) -> None:
    """Calls those who listen, in their order, inside the caller's transaction.

    An event that is not on the map is a mistake: a process without the wiring would do half of what it should.
    """
    if type(event) not in _handlers:
        raise LookupError(
            f"{type(event).__name__} is not on the map: call tour.wiring.connect() when the process starts"
        )
    for handler in _handlers[type(event)]:
        await handler(event)
