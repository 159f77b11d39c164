"""A visit as a calendar file (RFC 5545)."""

from __future__ import annotations

from datetime import datetime

from icalendar import Calendar, Event, vCalAddress, vText

from tour.db import now
from tour.settings import settings
from tour.visits.models import Visit


def calendar_file(visit: Visit, *, attendee: str, name: str, method: str = "REQUEST") -> bytes:
    """The invitation of one attendee. The visit must come with its site. UID is stable, SEQUENCE grows."""
    tz = settings().tz
    event = Event()
    event.add("uid", f"visit-{visit.id}@tour")
    event.add("sequence", visit.sequence)
    event.add("dtstamp", now())
    event.add("dtstart", datetime.combine(visit.day, visit.start, tz))
    event.add("dtend", datetime.combine(visit.day, visit.end, tz))
    event.add("summary", f"Smart tour numérique : {visit.site.name}")
    event.add("location", f"{visit.site.address}, {visit.site.postcode} {visit.site.commune}")
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event["organizer"] = vCalAddress(
        "mailto:" + settings().mail_from.rpartition("<")[2].rstrip(">")
    )
    invited = vCalAddress(f"mailto:{attendee}")
    invited.params["cn"] = vText(name)
    invited.params["rsvp"] = vText("TRUE")
    event.add("attendee", invited, encode=False)

    calendar = Calendar()
    calendar.add("prodid", "-//tour//smart tour numerique//FR")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    calendar.add_missing_timezones(first_date=visit.day, last_date=visit.day)
    return calendar.to_ical()
