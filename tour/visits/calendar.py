"""Visits as calendar files (RFC 5545), for invitations by mail (RFC 5546, 6047), servers and subscriptions."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

from tour.db import now
from tour.i18n import gettext as _
from tour.settings import settings
from tour.visits.models import Visit

UID = re.compile(r"visit-([0-9a-f-]{36})@tour")
A_DAY = timedelta(days=1)
A_SEASON = timedelta(days=250)  # between two changes of clock there are 217 at most


def uid_of(visit: Visit) -> str:
    """The same for the whole life of the visit: what changes replaces itself in every calendar."""
    return f"visit-{visit.id}@tour"


def visit_of_uid(uid: str) -> UUID | None:
    found = UID.fullmatch(uid.strip())
    return UUID(found[1]) if found else None


def invitation_file(visit: Visit, *, attendee: str, name: str, method: str = "REQUEST") -> bytes:
    """One attendee's own copy (nobody sees another's address). The visit must come with its site.

    ``method`` is REQUEST, also for a change, or CANCEL.
    """
    event = event_of(visit)
    if method == "CANCEL":
        event["status"] = vText("CANCELLED")
    organizer = vCalAddress(f"mailto:{settings().mail_address}")
    organizer.params["cn"] = vText(parseaddr(settings().mail_from)[0] or "Smart tour")
    event["organizer"] = organizer
    invited = vCalAddress(f"mailto:{attendee}")
    invited.params["cn"] = vText(name)
    invited.params["role"] = vText("REQ-PARTICIPANT")
    invited.params["partstat"] = vText("ACCEPTED" if visit.state.agreed else "NEEDS-ACTION")
    invited.params["rsvp"] = vText("TRUE")
    event.add("attendee", invited, encode=False)
    return file_of([event], [visit], method=method)


def stored_file(visit: Visit) -> bytes:
    """The visit as a calendar server keeps it: no METHOD, nobody invited."""
    return file_of([event_of(visit)], [visit])


def feed_file(visits: Iterable[Visit], name: str, away: Container[UUID] = frozenset()) -> bytes:
    """A calendar to subscribe to; visits that fell are left out, those ``away`` say that their pair will not come."""
    standing = [visit for visit in visits if visit.state.stands]
    events = [
        marked(event_of(visit), visit) if visit.id in away else event_of(visit)
        for visit in standing
    ]
    return file_of(events, standing, method="PUBLISH", name=name)


def marked(event: Event, visit: Visit) -> Event:
    """The event of a visit that nobody will come to as things stand."""
    event["summary"] = vText(_("Binôme absent, à décider : %(site)s", site=visit.site.name))
    event["status"] = vText("TENTATIVE")
    return event


def event_of(visit: Visit) -> Event:
    tz = settings().tz
    event = Event()
    event.add("uid", uid_of(visit))
    event.add("sequence", visit.sequence)
    event.add("dtstamp", now())
    event.add("dtstart", datetime.combine(visit.day, visit.start, tz))
    event.add("dtend", datetime.combine(visit.day, visit.end, tz))
    event.add("summary", _("Smart tour numérique : %(site)s", site=visit.site.name))
    place = f"{visit.site.postcode} {visit.site.commune}".strip()
    event.add("location", ", ".join(filter(None, [visit.site.address, place])) or visit.site.name)
    if visit.state.fallen:
        status = "CANCELLED"
    else:
        status = "CONFIRMED" if visit.state.agreed else "TENTATIVE"
    event.add("status", status)
    return event


def file_of(events: list[Event], visits: list[Visit], *, method: str = "", name: str = "") -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//tour//smart tour numerique//FR")
    calendar.add("version", "2.0")
    if method:
        calendar.add("method", method)
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", vText("PT1H"), {"value": "DURATION"})
    for event in events:
        calendar.add_component(event)
    if visits:
        days = [visit.day for visit in visits]
        # icalendar writes only the changes of clock between two dates: the last one before must be among them.
        calendar.add_missing_timezones(first_date=min(days) - A_SEASON, last_date=max(days) + A_DAY)
    return calendar.to_ical()
