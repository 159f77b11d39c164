"""Mail about a visit: written to its site's manager, and what it says when it leaves."""

from __future__ import annotations

from typing import Any

from tour.db import local_now
from tour.post import letters
from tour.post.links import LinkKind
from tour.post.mail import Told
from tour.post.models import Channel, LetterKind, Receipt
from tour.post.outbox import CannotDeliver
from tour.settings import settings
from tour.sites.models import SiteManager
from tour.visits import links
from tour.visits.calendar import invitation_file
from tour.visits.models import Visit, VisitState
from tour.visits.stranded import why_not_coming


async def write_mail(
    event: LetterKind, visit: Visit, *, key: str, calendar: str = "", **payload: Any
) -> bool:
    """Mails the site's manager about a visit (which comes with its site and manager); false when there is nobody.

    ``event`` names the template; ``calendar`` is the METHOD of the calendar file that goes along.
    """
    manager = visit.site.manager
    if manager is None or not manager.email:
        return False
    await letters.write(
        Channel.MAIL,
        event,
        manager.email,
        key=key,
        visit_id=visit.id,
        payload={
            "template": event,
            "to": manager.email,
            "name": manager.name,
            "visit": str(visit.id),
            "calendar": calendar,
            **payload,
        },
    )
    return True


async def tell(receipt: Receipt, data: dict[str, Any]) -> Told:
    """What a mail says of its visit, with the links and the calendar file made for whom it goes to."""
    visit = await visit_to_tell(data, receipt)
    told = Told(
        context={
            "visit": visit,
            "people": [person.name for person in (visit.pair.hr, visit.pair.dsn) if person],
            "link": await links.make_link(visit, email=data["to"]),
        },
        headers={"Reply-To": reply_address(visit)},
    )
    if receipt.event == LetterKind.REMINDER:
        stop = await links.make_link(visit, LinkKind.REMINDERS, email=data["to"].lower())
        told.context["stop_link"] = stop
        told.headers["List-Unsubscribe"] = f"<{stop}>"
        told.headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if data.get("calendar") and (await letters.preference_of(data["to"])).calendar:
        told.calendar = invitation_file(
            visit, attendee=data["to"], name=data.get("name", ""), method=data["calendar"]
        )
    return told


async def visit_to_tell(data: dict[str, Any], receipt: Receipt) -> Visit:
    """The visit a mail speaks of. Raises CannotDeliver when the mail would no longer be true."""
    visit = await Visit.get_or_none(id=data["visit"]).select_related(
        "site__manager", "pair__hr", "pair__dsn"
    )
    if visit is None:
        raise CannotDeliver("the visit no longer exists")
    letter = LetterKind(receipt.event)
    if letter.expects_the_visit and not is_to(visit.site.manager, data["to"]):
        raise CannotDeliver("no longer the site's manager")
    if data.get("calendar") == "CANCEL":
        if visit.state.stands:
            raise CannotDeliver("the visit stands again")
    elif letter.expects_the_visit and letter != LetterKind.REMINDER and not visit.state.told:
        raise CannotDeliver("the visit no longer stands")
    elif letter == LetterKind.REMINDER and visit.state != VisitState.INVITED:
        raise CannotDeliver("answered meanwhile")
    elif letter.expects_the_visit:
        if visit.day < local_now().date():
            raise CannotDeliver("the day of the visit is over")
        if await overtaken(receipt):
            raise CannotDeliver("a newer message gives another date")
        if why := await why_not_coming(visit):
            await letters.hold(receipt, why)
    return visit


def is_to(manager: SiteManager | None, address: str) -> bool:
    return manager is not None and manager.email.lower() == address.lower()


async def overtaken(receipt: Receipt) -> bool:
    """Whether the message waited so long that the visit has got another date meanwhile, which a newer one gives."""
    newer = Receipt.filter(visit_id=receipt.visit_id, event=LetterKind.MOVED, id__gt=receipt.id)
    return await newer.exists()


def reply_address(visit: Visit) -> str:
    """Where an answer to a mail about this visit goes, so that it finds its visit."""
    local, _at, domain = settings().mail_address.rpartition("@")
    pattern = settings().reply_to or f"{local}+{{visit}}@{domain}"
    return pattern.replace("{visit}", visit.id.hex)
