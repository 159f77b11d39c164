"""Signing in by a mailed link: no password to forget, none to steal."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer

from tour import outbox
from tour.db import now, transaction
from tour.people.models import Agent
from tour.settings import settings

LINK_LASTS = timedelta(minutes=20)


def signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().signing_secret(), salt="sign-in")


def token_for(agent: Agent) -> str:
    """A token that signs this agent in for LINK_LASTS."""
    return signer().dumps(str(agent.id))


async def agent_of(token: str) -> Agent | None:
    """The agent a token was made for; none when it is wrong, too old, or the agent has left."""
    try:
        agent_id = signer().loads(token, max_age=int(LINK_LASTS.total_seconds()))
    except BadSignature:
        return None
    return await Agent.get_or_none(id=UUID(agent_id), active=True)


async def mail_link(email: str) -> None:
    """Mails a sign-in link to an agent. An unknown address is not told apart (nobody can probe for accounts)."""
    agent = await Agent.get_or_none(email=email.strip().lower(), active=True)
    if agent is None:
        return
    async with transaction():
        await outbox.post(
            "mail",
            key=f"sign-in/{agent.id}/{now().isoformat()}",
            payload={
                "template": "sign_in",
                "to": agent.email,
                "name": agent.name,
                "link": f"{settings().base_url}/sign-in/{token_for(agent)}",
                "minutes": int(LINK_LASTS.total_seconds() // 60),
            },
        )
