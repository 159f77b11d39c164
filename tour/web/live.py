"""Live progress by server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent


def live(fragments: AsyncIterator[str], *, end: str) -> EventSourceResponse:
    """Streams HTML fragments as unnamed events (htmx swaps them in), then an event named ``end``."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        async for fragment in fragments:
            yield ServerSentEvent(data=fragment)
        yield ServerSentEvent(data="", event=end)

    return EventSourceResponse(events(), headers={"Cache-Control": "no-store"}, ping=15)
