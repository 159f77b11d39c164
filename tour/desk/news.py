"""What is said and done at a desk, told to all who wait for it: tablets, the manager's page, who asked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from tour.db import now
from tour.desk.models import Comment, FollowLink
from tour.desk.ticket_request import address_of, title_of
from tour.needs.models import Need, NeedState
from tour.post import outbox
from tour.post.models import LetterKind
from tour.post.outbox import OutboxKind
from tour.settings import settings

LINK_LASTS = timedelta(days=180)
KEPT = 20  # public comments that travel to tablets


async def set_need_state(need: Need, state: NeedState) -> None:
    """Sets where a need stands, and those merged into it, and tells; in the caller's transaction."""
    for one in [need, *await Need.filter(merged_into_id=need.id)]:
        if one.state == state:
            continue
        one.state = state
        await one.save(update_fields=["state"])
        await mail_requester(one, f"{state.value}/{now():%Y%m%d%H%M%S}")


async def say(need: Need, text: str, *, by: str, public: bool, solution: bool = False) -> Comment:
    """Writes a comment down on a need; a public one is told to all, also on needs merged into it."""
    comment = await Comment.create(
        need_id=need.id, text=text, by=by, public=public, solution=solution
    )
    if public:
        await tell(need, [comment])
    return comment


async def tell(need: Need, comments: Iterable[Comment]) -> None:
    """Adds public comments to what tablets and pages show; in the caller's transaction."""
    fresh = [
        {
            "at": c.at.isoformat(timespec="seconds"),
            "by": c.by,
            "text": c.text,
            "solution": c.solution,
        }
        for c in comments
    ]
    if not fresh:
        return
    for one in [need, *await Need.filter(merged_into_id=need.id)]:
        one.news = sorted([*(one.news or []), *fresh], key=lambda entry: str(entry["at"]))[-KEPT:]
        await one.save(update_fields=["news"])
        digest = hashlib.sha256(repr(fresh).encode()).hexdigest()[:16]
        await mail_requester(one, f"said/{digest}")


async def mail_requester(need: Need, cause: str) -> None:
    """Mails who asked, if they left an address, a link to where their need stands. Once for each cause."""
    to = address_of(need)
    if not to:
        return
    await need.fetch_related("site", "item")
    last = (need.news or [{}])[-1]
    await outbox.post(
        OutboxKind.MAIL,
        key=f"need-news/{need.id}/{cause}"[:200],
        payload={
            "template": LetterKind.NEED_NEWS,
            "to": to,
            "name": "",
            "title": title_of(need),
            "state": need.state.value,
            "said": str(last.get("text", "")) if cause.startswith("said/") else "",
            "follow": str(need.id),
        },
    )


async def make_link(need_id: str) -> str:
    """A new link by which who asked follows this need: 192 random bits, of which a hash is kept."""
    need = await Need.get(id=need_id)
    token = secrets.token_urlsafe(24)
    await FollowLink.create(
        need_id=need.id,
        token_hash=hashed(token),
        email=address_of(need).lower(),
        expires_at=now() + LINK_LASTS,
    )
    return f"{settings().base_url}/follow/{token}"


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
