"""A strict reading of calendar files (RFC 5545, 5546), and what two other libraries make of them."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import datetime
from typing import Any

import vobject

from tour.settings import ROOT

ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "SEQUENCE", "ORGANIZER"}
READ_BY_ICALJS = """
import ICAL from "ical.js";
let text = "";
for await (const chunk of process.stdin) text += chunk;
const calendar = new ICAL.Component(ICAL.parse(text));
const events = calendar.getAllSubcomponents("vevent").map((part) => {
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  const event = new ICAL.Event(part);
  return { uid: event.uid, sequence: event.sequence, summary: event.summary, start: event.startDate.toJSDate().toISOString(),
    end: event.endDate.toJSDate().toISOString(), attendees: event.attendees.map((a) => a.getFirstValue()),
    organizer: event.organizer, status: part.getFirstPropertyValue("status") };
});
console.log(JSON.stringify({ method: calendar.getFirstPropertyValue("method"), events }));
"""


def unfolded(ics: bytes) -> list[tuple[str, dict[str, str], str]]:
    """Name, parameters and value of each line, after the file's own rules have been checked."""
    text = ics.decode("utf-8")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    for line in text.split("\r\n"):
        assert len(line.encode()) <= 75, f"longer than 75 octets: {line}"
    lines = []
    for line in re.sub(r"\r\n[ \t]", "", text).split("\r\n")[:-1]:
        head, _colon, value = split_value(line)
        name, *parameters = re.findall(r'(?:[^;"]|"[^"]*")+', head)
        assert re.fullmatch(r"[A-Z0-9-]+", name), line
        lines.append((name, dict(p.split("=", 1) for p in parameters), value))
    return lines


def split_value(line: str) -> tuple[str, str, str]:
    """Cuts at the first colon outside quotes."""
    quoted = False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return line[:at], ":", line[at + 1 :]
    raise AssertionError(f"no value: {line}")


def strictly(ics: bytes, method: str | None) -> dict[str, str]:
    """Checks one event's file for a METHOD; gives the event's properties."""
    lines = unfolded(ics)
    assert lines[0] == ("BEGIN", {}, "VCALENDAR")
    assert lines[-1] == ("END", {}, "VCALENDAR")
    stack: list[str] = []
    top: dict[str, str] = {}
    event: list[tuple[str, dict[str, str], str]] = []
    zones: list[str] = []
    for name, parameters, value in lines:
        if name == "BEGIN":
            stack.append(value)
        elif name == "END":
            assert stack.pop() == value
        elif stack == ["VCALENDAR"]:
            assert name not in top, f"{name} twice"
            top[name] = value
        elif stack == ["VCALENDAR", "VTIMEZONE"] and name == "TZID":
            zones.append(value)
        elif stack == ["VCALENDAR", "VEVENT"]:
            event.append((name, parameters, value))
    assert top["VERSION"] == "2.0"
    opened = [value for name, _p, value in lines if name == "BEGIN"]
    if "VTIMEZONE" in opened:  # RFC 5545, 3.6.5: at least one of them
        assert {"STANDARD", "DAYLIGHT"} & set(opened)
    assert top["PRODID"]
    assert top.get("METHOD") == method
    names = [name for name, _p, _v in event]
    for name in ONCE & set(names):
        assert names.count(name) == 1, f"{name} twice"
    needed = {"UID", "DTSTAMP", "DTSTART", "SEQUENCE"}
    if method in ("REQUEST", "CANCEL"):
        needed |= {"ORGANIZER", "ATTENDEE", "SUMMARY"}
        assert names.count("ATTENDEE") == 1
    if method is None or method == "PUBLISH":
        assert "ATTENDEE" not in names
    assert needed <= set(names)
    said = {name: value for name, _p, value in event}
    assert re.fullmatch(r"\d{8}T\d{6}Z", said["DTSTAMP"])
    for name, parameters, value in event:
        if name in ("DTSTART", "DTEND"):
            assert parameters["TZID"] in zones
            assert re.fullmatch(r"\d{8}T\d{6}", value)
    if method == "CANCEL":
        assert said["STATUS"] == "CANCELLED"
    elif "STATUS" in said:
        assert said["STATUS"] in ("TENTATIVE", "CONFIRMED")
    if "ATTENDEE" in said:
        assert said["ATTENDEE"].lower().startswith("mailto:")
        assert said["ORGANIZER"].lower() != said["ATTENDEE"].lower()
    return said


def by_vobject(ics: bytes) -> list[Any]:
    vars(vobject.icalendar)["__tzidMap"].clear()  # it would read by the zone of the file before
    calendar = vobject.readOne(ics.decode())
    calendar.validate(raiseException=True)
    return list(calendar.contents.get("vevent", []))


def by_icaljs(ics: bytes) -> dict[str, Any]:
    done = subprocess.run(
        ["node", "--input-type=module", "-e", READ_BY_ICALJS],
        input=ics,
        cwd=ROOT,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    read: dict[str, Any] = json.loads(done.stdout)
    return read


class Diary:
    """A calendar as mail programs keep it: by UID, the highest SEQUENCE wins (RFC 5546, 2.1.5)."""

    def __init__(self) -> None:
        self.events: dict[str, tuple[int, str]] = {}
        self.highest: dict[str, int] = {}

    def receive(self, ics: bytes) -> None:
        read = by_icaljs(ics)
        for event in read["events"]:
            uid, sequence = event["uid"], event["sequence"]
            if sequence < self.highest.get(uid, -1):
                continue
            self.highest[uid] = sequence
            if read["method"] == "CANCEL":
                self.events.pop(uid, None)
            else:
                self.events[uid] = (sequence, event["start"])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
