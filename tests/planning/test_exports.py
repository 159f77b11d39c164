"""Exports, read back by programs that had no part in writing them."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar
from openpyxl import Workbook, load_workbook

from tests.factories import make_agent, make_campaign, make_manager, make_pair, make_site
from tour.people.models import Pair, Role
from tour.people.sign_in import token_for
from tour.planning.models import Campaign, Plan, PlannedVisit
from tour.sites.models import Ambassador, Site
from tour.visits.calendar import invitation_file
from tour.visits.models import Visit, VisitState

MONDAY, TUESDAY = date(2027, 1, 11), date(2027, 1, 12)
PARIS = ZoneInfo("Europe/Paris")
GPX = {"gpx": "http://www.topografix.com/GPX/1/1"}
HOSTILE = ["=cmd()", "+33 4 97", "-1", "@SUM(A1)", "<b>gras</b>", "deux\nlignes", "🚐 & co \x0b"]


async def campaign_of(*sites: Site, pair: Pair | None = None, **values: Any) -> Campaign:
    """A campaign with a visit a day at 9:30, an hour long, to each of these sites."""
    pair = pair or await make_pair(ref="B1", name="Binôme Nice", lat=43.68, lon=7.2)
    campaign = await make_campaign(pairs=[pair], sites=list(sites), **values)
    for site, day in zip(sites, (MONDAY, TUESDAY), strict=False):
        await Visit.create(
            campaign=campaign,
            pair=pair,
            site=site,
            day=day,
            start=time(9, 30),
            end=time(10, 30),
            drive_before_min=25,
            drive_after_min=20,
            state=VisitState.CONFIRMED,
        )
    return campaign


async def a_site(**values: Any) -> Site:
    manager = await make_manager(name="Hélène Terrisson", phone="+33 6 39 98 04 29")
    known = {
        "name": "Collège Nord",
        "address": "27 rue des Baumettes",
        "postcode": "06000",
        "phone": "04 65 71 81 93",
        "access": "Sonner à la loge.",
        "lat": 43.7,
        "lon": 7.25,
        "manager": manager,
    }
    site = await make_site(**known | values)
    await Ambassador.create(site=site, name="Bastien", phone="06 39 98 60 42")
    return site


async def file_of(planner: httpx.AsyncClient, campaign: Campaign, kind: str) -> bytes:
    """The export of a campaign, of its only pair where the kind wants one."""
    pair = await campaign.pairs.all().first()
    answer = await planner.get(f"/campaigns/{campaign.id}/export.{kind}?pair={pair and pair.id}")
    assert answer.status_code == 200, answer.text
    return answer.content


async def workbook(planner: httpx.AsyncClient, campaign: Campaign) -> Workbook:
    return load_workbook(BytesIO(await file_of(planner, campaign, "xlsx")))


def table(book: Workbook, title: str) -> list[dict[str, Any]]:
    headings, *rows = book[title].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]


async def test_the_workbook_holds_real_dates_and_hours(planner: httpx.AsyncClient) -> None:
    book = await workbook(planner, await campaign_of(await a_site()))
    assert book.sheetnames == ["Visites", "Journées"]
    (visit,) = table(book, "Visites")
    assert visit["Jour"] == datetime(2027, 1, 11)
    assert (visit["Début"], visit["Fin"], visit["Durée (min)"]) == (time(9, 30), time(10, 30), 60)
    assert (visit["Site"], visit["Code postal"], visit["État"]) == (
        "Collège Nord",
        "06000",
        "confirmée",
    )
    assert visit["Téléphone du responsable"] == "+33 6 39 98 04 29"
    assert (visit["Latitude"], visit["Longitude"]) == (43.7, 7.25)
    (day,) = table(book, "Journées")
    assert (day["Binôme"], day["Visites"], day["Route (min)"]) == ("Binôme Nice", 1, 45)
    assert (day["Départ"], day["Retour"]) == (time(9, 5), time(10, 50))
    assert 5 < day["Distance estimée (km)"] < 30
    assert book["Visites"].freeze_panes == "A2"
    assert book["Visites"]["A2"].number_format == "dd/mm/yyyy"
    assert book["Visites"]["B2"].number_format == "hh:mm"
    assert book["Visites"].column_dimensions["G"].width > 12


async def test_no_text_becomes_a_formula(planner: httpx.AsyncClient) -> None:
    for number, name in enumerate(HOSTILE):
        campaign = await campaign_of(
            await a_site(name=name, access=name, address=name), pair=await make_pair(name=name)
        )
        file = await file_of(planner, campaign, "xlsx")
        book = load_workbook(BytesIO(file))
        kept = name.replace("\x0b", "")
        (visit,) = table(book, "Visites")
        assert [visit["Site"], visit["Accès"], visit["Adresse"]] == [kept] * 3
        cell = book["Visites"]["G2"]
        assert cell.data_type == "s"
        assert bool(cell.quotePrefix) == (number < 4)
        with ZipFile(BytesIO(file)) as parts:
            assert not any(b"<f>" in parts.read(part) for part in parts.namelist())


async def test_a_plan_lists_what_it_leaves_out(planner: httpx.AsyncClient) -> None:
    placed, left = await a_site(), await make_site(name="=Trop loin", commune="Saint-Dalmas")
    pair = await make_pair()
    plan = await Plan.create(
        campaign=await make_campaign(pairs=[pair], sites=[placed, left]),
        name="Essai",
        unserved=[{"site": f"{left.id}#2", "reason": "full", "text": "aucune journée libre"}],
    )
    await PlannedVisit.create(
        plan=plan, pair=pair, site=placed, day=MONDAY, start=time(9), end=time(10), part=2
    )
    answer = await planner.get(f"/campaigns/{plan.campaign_id}/plans/{plan.id}/export.xlsx")
    book = load_workbook(BytesIO(answer.content))
    assert table(book, "Non placés") == [
        {"Site": "=Trop loin", "Commune": "Saint-Dalmas", "Raison": "aucune journée libre"}
    ]
    assert [visit["Site"] for visit in table(book, "Visites")] == ["Collège Nord, partie 2"]


def lines_of(file: bytes) -> list[bytes]:
    """Content lines, checked against RFC 5545 §3.1."""
    assert file.endswith(b"\r\n")
    lines = file.split(b"\r\n")
    for line in lines:
        assert b"\n" not in line
        assert b"\r" not in line
        assert len(line) <= 75, line
        line.decode()  # folded between characters
    return lines


async def test_the_calendar_of_a_pair(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(await a_site(), await a_site(name="Collège Sud"))
    file = await file_of(planner, campaign, "ics")
    assert lines_of(file)[0] == b"BEGIN:VCALENDAR"
    calendar = Calendar.from_ical(file)
    assert calendar["VERSION"] == "2.0"
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Paris"
    first, second = calendar.walk("VEVENT")
    assert first.decoded("DTSTART") == datetime(2027, 1, 11, 9, 30, tzinfo=PARIS)
    assert first.decoded("DTEND") == datetime(2027, 1, 11, 10, 30, tzinfo=PARIS)
    assert first["DTSTART"].params["TZID"] == "Europe/Paris"
    assert first["SUMMARY"] == "Collège Nord"
    assert first["LOCATION"] == "27 rue des Baumettes, 06000 Nice"
    assert first["GEO"].to_ical() == "43.7;7.25"
    assert first["STATUS"] == "CONFIRMED"
    for told in ["+33 6 39 98 04 29", "06 39 98 60 42", "04 65 71 81 93", "Sonner à la loge."]:
        assert told in first["DESCRIPTION"]
    assert "DTSTAMP" in first
    assert first["UID"] != second["UID"]


async def test_events_are_those_managers_were_invited_to(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(await a_site())
    visit = await Visit.get().select_related("site")
    invitation = Calendar.from_ical(invitation_file(visit, attendee="a@b.example", name="A"))
    exported = Calendar.from_ical(await file_of(planner, campaign, "ics"))
    assert exported["PRODID"] == invitation["PRODID"]
    (event,), (invited) = exported.walk("VEVENT"), invitation.walk("VEVENT")[0]
    assert (event["UID"], event["SEQUENCE"]) == (invited["UID"], invited["SEQUENCE"])


async def test_a_second_export_names_the_same_events(planner: httpx.AsyncClient) -> None:
    pair, site = await make_pair(), await a_site()
    plan = await Plan.create(campaign=await make_campaign(pairs=[pair], sites=[site]))
    uids = []
    for hour in (9, 14):  # replaced, as the solver and the board do
        await PlannedVisit.filter(plan_id=plan.id).delete()
        await PlannedVisit.create(
            plan=plan, pair=pair, site=site, day=MONDAY, start=time(hour), end=time(hour + 1)
        )
        answer = await planner.get(
            f"/campaigns/{plan.campaign_id}/plans/{plan.id}/export.ics?pair={pair.id}"
        )
        (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
        uids.append(event["UID"])
        assert event["STATUS"] == "TENTATIVE"
    assert uids[0] == uids[1]


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_stay_text_everywhere(planner: httpx.AsyncClient, name: str) -> None:
    pair = await make_pair(name=name, base_name=name)
    campaign = await campaign_of(
        await a_site(name=name, address=name, access=name), pair=pair, name=name
    )
    kept, line = name.replace("\x0b", ""), " ".join(name.replace("\x0b", "").split())

    ics = await file_of(planner, campaign, "ics")
    assert sum(part.startswith(b"BEGIN:VEVENT") for part in lines_of(ics)) == 1
    (event,) = Calendar.from_ical(ics).walk("VEVENT")
    assert event["SUMMARY"] == line
    assert kept.strip() in event["DESCRIPTION"]

    gpx = ET.fromstring(await file_of(planner, campaign, "gpx"))
    assert [found.text for found in gpx.findall("gpx:wpt/gpx:name", GPX)] == [line, line]

    (point, _day) = json.loads(await file_of(planner, campaign, "geojson"))["features"]
    assert point["properties"]["site"] == name


async def test_a_route_a_day_for_the_gps(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(await a_site(), await a_site(name="Sud", lat=43.6, lon=7.1))
    gpx = ET.fromstring(await file_of(planner, campaign, "gpx"))
    assert gpx.tag == "{http://www.topografix.com/GPX/1/1}gpx"
    assert gpx.get("version") == "1.1"
    order = [child.tag.rpartition("}")[2] for child in gpx]
    assert order == ["metadata", "wpt", "wpt", "wpt", "rte", "rte"]
    names = [point.findtext("gpx:name", "", GPX) for point in gpx.findall("gpx:wpt", GPX)]
    assert names == ["Nice", "Collège Nord", "Sud"]
    first = gpx.findall("gpx:rte", GPX)[0]
    points = [(point.get("lat"), point.get("lon")) for point in first.findall("gpx:rtept", GPX)]
    assert points == [
        ("43.680000", "7.200000"),
        ("43.700000", "7.250000"),
        ("43.680000", "7.200000"),
    ]
    assert first.findall("gpx:rtept/gpx:name", GPX)[1].text == "1. 9 h 30 Collège Nord"


async def test_one_day_alone(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(await a_site(), await a_site())
    pair = await campaign.pairs.all().first()
    answer = await planner.get(
        f"/campaigns/{campaign.id}/export.gpx?pair={pair and pair.id}&day={TUESDAY}"
    )
    (route,) = ET.fromstring(answer.content).findall("gpx:rte", GPX)
    assert "mardi 12 janvier" in (route.findtext("gpx:name", "", GPX))


async def test_visits_as_points_and_days_as_lines(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(await a_site(), await a_site(name="Sans position", lat=None))
    collection = json.loads(await file_of(planner, campaign, "geojson"))
    assert collection["type"] == "FeatureCollection"
    first, second, day, _other = collection["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [7.25, 43.7]}
    assert first["properties"]["day"] == "2027-01-11"
    assert (first["properties"]["start"], first["properties"]["order"]) == ("09:30", 1)
    assert second["geometry"] is None
    assert day["geometry"] == {
        "type": "LineString",
        "coordinates": [[7.2, 43.68], [7.25, 43.7], [7.2, 43.68]],
    }
    assert day["properties"]["drive_min"] == 45
    assert "Terrisson" not in json.dumps(collection)  # who works where stays inside


async def test_an_empty_campaign_gives_empty_files(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of()
    book = await workbook(planner, campaign)
    assert table(book, "Visites") == table(book, "Journées") == []
    ics = await file_of(planner, campaign, "ics")
    lines_of(ics)
    assert [part.name for part in Calendar.from_ical(ics).subcomponents] == ["VTIMEZONE"]
    gpx = ET.fromstring(await file_of(planner, campaign, "gpx"))
    assert [child.tag.rpartition("}")[2] for child in gpx] == ["metadata"]
    geojson = json.loads(await file_of(planner, campaign, "geojson"))
    assert geojson == {"type": "FeatureCollection", "features": []}


async def test_a_file_is_named_after_its_campaign(planner: httpx.AsyncClient) -> None:
    campaign = await campaign_of(name='Tour d’été "06"/🚐\nfin')
    answer = await planner.get(f"/campaigns/{campaign.id}/export.xlsx")
    told = answer.headers["content-disposition"]
    assert told.isascii()
    assert told.startswith('attachment; filename="Tour-dete--06---fin.xlsx"; ')
    assert unquote(told.partition("filename*=UTF-8''")[2]) == "Tour d’été -06--🚐 fin.xlsx"
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("kind", ["ics", "gpx"])
async def test_a_calendar_and_a_route_want_a_pair(planner: httpx.AsyncClient, kind: str) -> None:
    campaign = await campaign_of()
    answer = await planner.get(f"/campaigns/{campaign.id}/export.{kind}")
    assert answer.status_code == 422
    assert "Choisissez un binôme" in answer.text


async def test_what_does_not_exist_is_not_found(planner: httpx.AsyncClient) -> None:
    campaign, other = await campaign_of(), await make_campaign(pairs=[], sites=[])
    plan = await Plan.create(campaign=other)
    unknown = "01890000-0000-7000-8000-000000000000"
    for address in (
        f"/campaigns/{campaign.id}/export.pdf",
        f"/campaigns/{unknown}/export.xlsx",
        f"/campaigns/{campaign.id}/export.ics?pair={unknown}",
        f"/campaigns/{campaign.id}/plans/{plan.id}/export.xlsx",
    ):
        assert (await planner.get(address)).status_code == 404, address


async def test_only_planners_take_files_away(client: httpx.AsyncClient) -> None:
    campaign = await campaign_of()
    plan = await Plan.create(campaign=campaign)
    addresses = [
        f"/campaigns/{campaign.id}/export.xlsx",
        f"/campaigns/{campaign.id}/plans/{plan.id}/export.xlsx",
    ]
    for address in addresses:
        assert (await client.get(address)).status_code == 303
    await client.post(f"/sign-in/{await token_for(await make_agent(Role.DESK))}")
    for address in addresses:
        assert (await client.get(address)).status_code == 403
