"""Signing in by a mailed link: no password to forget, none to steal.

Who asks is never told whether the address is known, in words or in time: asking does the same for every address, and the
worker looks the agent up. A link works once, within LINK_LASTS, in the browser that asked for it; another browser is asked
for the code that the first one shows, so a link that was intercepted opens nothing.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import F

from tour.audit.record import record
from tour.audit.who import By, ByKind
from tour.db import now, transaction, uuid7
from tour.people import sessions
from tour.people.models import Agent, SignInLink
from tour.people.sessions import hashed
from tour.post import limits, outbox
from tour.post.models import LetterKind
from tour.post.outbox import CannotDeliver, OutboxKind, OutboxRow
from tour.settings import settings

LINK_LASTS = timedelta(minutes=20)
MOST_CODES = 5  # typed for one link; then it is over
AN_HOUR = timedelta(hours=1)
MOST_PER_ADDRESS = 5
MOST_PER_ORIGIN = 30


class LinkState(enum.StrEnum):
    LIVING = "living"
    USED = "used"
    OVER = "over"


class LinkOver(Exception):
    """The link has been used, is too old, or was never one."""

    def __init__(self, state: LinkState) -> None:
        super().__init__(state.value)
        self.state = state


class WrongCode(Exception):
    """The link was opened in another browser, with no code or not the one that the first browser shows."""


async def ask(email: str, *, origin: str, browser: str, next_path: str = "") -> None:
    """Asks for a link to be mailed. Raises limits.TooOften, for known and unknown addresses alike."""
    address = email.strip().lower()
    await limits.allow("sign-in from", origin, most=MOST_PER_ORIGIN, within=AN_HOUR)
    await limits.allow("sign-in to", address, most=MOST_PER_ADDRESS, within=AN_HOUR)
    async with transaction():
        await record("sign-in.asked", on=address)
        await outbox.post(
            OutboxKind.SIGN_IN,
            key=f"sign-in/{uuid7()}",
            payload={"to": address, "asked_by": hashed(browser), "next": next_path},
        )


async def answer(row: OutboxRow) -> None:
    """Writes the mail, when the address is an agent's; nothing is kept of one that is not."""
    asked: dict[str, Any] = row.payload
    async with transaction():
        agent = await Agent.get_or_none(email=asked["to"], active=True)
        if agent:
            link, _made = await SignInLink.get_or_create(
                {
                    "agent_id": agent.id,
                    "asked_by": asked["asked_by"],
                    "next_path": asked["next"],
                    "created_at": row.created_at,
                    "expires_at": row.created_at + LINK_LASTS,
                },
                id=row.id,
            )
            await outbox.post(
                OutboxKind.MAIL,
                key=f"sign-in-link/{link.id}",
                payload={
                    "template": LetterKind.SIGN_IN,
                    "to": agent.email,
                    "name": agent.name,
                    "sign_in": str(link.id),
                    "until": link.expires_at.astimezone(settings().tz).strftime("%H:%M"),
                },
            )
        await OutboxRow.filter(id=row.id).delete()


async def address_of(link_id: UUID | str) -> str:
    """The address of a link, with a token made now. Raises CannotDeliver when the link is over."""
    token = secrets.token_urlsafe(32)
    if not await SignInLink.filter(id=link_id, used_at=None, expires_at__gt=now()).update(
        token_hash=hashed(token)
    ):
        raise CannotDeliver("asked for too long ago")
    return f"{settings().base_url}/sign-in/{token}"


async def token_for(agent: Agent) -> str:
    """The token of a new link that signs this agent in, once, in any browser."""
    token = secrets.token_urlsafe(32)
    await SignInLink.create(
        agent_id=agent.id, token_hash=hashed(token), expires_at=now() + LINK_LASTS
    )
    return token


async def link_of(token: str) -> SignInLink | None:
    """The link of a token, also when it is used or over; none when unknown."""
    return await SignInLink.get_or_none(token_hash=hashed(token))


def state_of(link: SignInLink | None) -> LinkState:
    if link and link.used_at:
        return LinkState.USED
    if link is None or link.tries >= MOST_CODES or link.expires_at <= now():
        return LinkState.OVER
    return LinkState.LIVING


def asked_in(browser: str, link: SignInLink) -> bool:
    """Whether this browser asked for the link. One made by command is anybody's who holds it."""
    return not link.asked_by or hmac.compare_digest(link.asked_by, hashed(browser))


def code_of(asked_by: str) -> str:
    """The six figures that the browser which asked shows, for another browser to be let in."""
    key = settings().signing_secret().encode()
    made = hmac.digest(key, b"sign-in code " + asked_by.encode(), hashlib.sha256)
    return f"{int.from_bytes(made[:8], 'big') % 1_000_000:06d}"


async def use(
    link: SignInLink | None, *, browser: str, code: str = "", user_agent: str = ""
) -> str:
    """Signs in by a link: gives the token of a new session. Of many who try at once, one is let in.

    Raises LinkOver, or WrongCode in another browser than the one that asked.
    """
    if link is None or state_of(link) != LinkState.LIVING:
        raise LinkOver(state_of(link))
    if not asked_in(browser, link):
        await try_code(link, code)
    async with transaction():
        taken = await SignInLink.filter(id=link.id, used_at=None, expires_at__gt=now()).update(
            used_at=now()
        )
        agent = await Agent.get_or_none(id=link.agent_id, active=True)
        if taken and agent:
            await record("sign-in.done", by=By(ByKind.AGENT, str(agent.id), agent.name))
            return await sessions.begin(agent, user_agent=user_agent)
    raise LinkOver(state_of(await SignInLink.get_or_none(id=link.id)))


async def try_code(link: SignInLink, code: str) -> None:
    """Checks a code; the try is counted before it is made. Raises WrongCode or LinkOver."""
    typed = re.sub(r"\s", "", code)
    if not typed:
        raise WrongCode
    if not await SignInLink.filter(id=link.id, tries__lt=MOST_CODES).update(tries=F("tries") + 1):
        raise LinkOver(LinkState.OVER)
    if not hmac.compare_digest(typed.encode(), code_of(link.asked_by).encode()):
        raise WrongCode


async def close_links(agent_id: UUID) -> None:
    """No link of this agent's signs in any more."""
    await SignInLink.filter(agent_id=agent_id, used_at=None).update(expires_at=now())


async def forget(older: timedelta = timedelta(days=1)) -> None:
    """Links of yesterday are of no use."""
    await SignInLink.filter(expires_at__lt=now() - older).delete()
