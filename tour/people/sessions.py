"""Sessions of agents, kept on the server: what is ended here is over, whoever still holds the cookie."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from tour.db import now
from tour.people.models import Agent, SignInSession
from tour.settings import settings

COOKIE = "tour"
SEEN_EVERY = timedelta(minutes=1)  # how often a session in use is written down
KEPT = timedelta(days=30)  # after their end, for who asks where an account was used

# The first that fits names it: Edge says that it is Chrome too, and Chrome that it is Safari.
BROWSERS = {"Edg": "Edge", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def begin(agent: Agent, *, user_agent: str = "") -> str:
    """A new session of this agent; gives the token that its cookie holds, 256 random bits."""
    token = secrets.token_urlsafe(32)
    await SignInSession.create(
        agent_id=agent.id,
        token_hash=hashed(token),
        browser=browser_named(user_agent),
        created_at=now(),
        last_seen_at=now(),
    )
    return token


def browser_named(user_agent: str) -> str:
    """« Firefox, Windows »: enough for a person to know their own, and no more is kept."""
    found = [
        next((name for mark, name in words.items() if re.search(mark, user_agent)), "")
        for words in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, found))


def living() -> QuerySet[SignInSession]:
    """Sessions that nobody has ended, that were used lately, and that began today."""
    idle = timedelta(minutes=settings().session_idle_minutes)
    return SignInSession.filter(
        ended_at=None,
        last_seen_at__gt=now() - idle,
        created_at__gt=now() - timedelta(hours=settings().session_hours),
        agent__active=True,
    )


async def of_token(token: str) -> SignInSession | None:
    """The living session of a cookie, with its agent as they are now; it counts as used."""
    session = await living().get_or_none(token_hash=hashed(token)).select_related("agent")
    if session and session.last_seen_at < now() - SEEN_EVERY:
        session.last_seen_at = now()
        await session.save(update_fields=["last_seen_at"])
    return session


async def of_agent(agent_id: UUID) -> list[SignInSession]:
    return await living().filter(agent_id=agent_id)


async def end(session_id: UUID, agent_id: UUID) -> bool:
    """Ends a session of this agent; false when it is over already, or somebody else's."""
    return bool(await over(SignInSession.filter(id=session_id, agent_id=agent_id)))


async def end_all(agent_id: UUID) -> int:
    """Ends every session of an agent; returns how many."""
    return await over(SignInSession.filter(agent_id=agent_id))


async def over(which: QuerySet[SignInSession]) -> int:
    return await which.filter(ended_at=None).update(ended_at=now())


async def forget() -> None:
    """Sessions long over are of no use."""
    await SignInSession.filter(created_at__lt=now() - KEPT).delete()
