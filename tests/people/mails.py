"""What an agent finds in their mailbox."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy

import httpx

from tests.factories import make_agent
from tour.people.models import Agent, Role
from tour.people.sign_in import token_for
from tour.post import outbox
from tour.post.models import Receipt
from tour.settings import settings


async def mails_to(address: str) -> list[EmailMessage]:
    """What was written to an address, the latest last, once the worker has been round."""
    while await outbox.deliver_due():
        pass
    found = []
    for receipt in await Receipt.filter(recipient=address):
        raw = (settings().mail_dir / f"{receipt.id}.eml").read_bytes()
        message = message_from_bytes(raw, policy=mail_policy)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


async def link_mailed_to(address: str) -> str:
    """The path of the latest sign-in link."""
    text = (await mails_to(address))[-1].get_body(("plain",))
    assert text
    found = re.search(r"http://localhost:8000(/sign-in/\S+)", text.get_content())
    assert found
    return found[1]


async def signed_in(client: httpx.AsyncClient, *roles: Role) -> Agent:
    """A new agent with these roles, signed in with this browser."""
    agent = await make_agent(*roles)
    assert (await client.post(f"/sign-in/{await token_for(agent)}")).status_code == 303
    return agent
