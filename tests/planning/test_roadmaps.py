"""Each pair's day on a page of A4: what it says, and from what it is made."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time

import httpx
import pytest

from tests.factories import bring, make_agent, make_campaign, make_manager, make_pair, make_site
from tour.maps.day_map import APART, HEIGHT, WIDTH, spread
from tour.needs.models import Need, NeedState
from tour.people.models import Pair, Role
from tour.people.sign_in import token_for
from tour.planning.models import Campaign, Overnight, Plan, PlannedVisit
from tour.planning.options import Options, PairTried, write_options
from tour.planning.prepare import pair_spec
from tour.planning.roadmap import Stop, lunch_between, sheets_of
from tour.settings import settings
from tour.sites.models import Ambassador, Site
from tour.visits.models import Visit, VisitState

MONDAY, TUESDAY = date(2027, 1, 11), date(2027, 1, 12)


async def full_pair() -> Pair:
    hr = await make_agent(Role.TOURER, name="Inès Moraldon", phone="04 65 71 00 01")
    dsn = await make_agent(Role.TOURER, name="Karim Verandet")
    return await make_pair(ref="B1", name="Binôme Nice", base_name="CADAM", hr=hr, dsn=dsn)


async def full_site(name: str = "Collège des Baumettes") -> Site:
    site = await make_site(
        name=name,
        address="27 rue des Baumettes",
        postcode="06000",
        commune="Nice",
        phone="04 65 71 81 93",
        access="Entrée par le parvis.",
        setup_min=10,
        manager=await make_manager(name="Hélène Terrisson", phone="06 39 98 04 29"),
    )
    await Ambassador.create(site=site, name="Bastien Vallaurin", phone="06 39 98 60 42")
    return site


async def visit(campaign: Campaign, pair: Pair, site: Site, day: date, start: time) -> Visit:
    return await Visit.create(
        campaign=campaign,
        pair=pair,
        site=site,
        day=day,
        start=start,
        end=start.replace(hour=start.hour + 1),
        drive_before_min=25,
        drive_after_min=40,
    )


async def test_it_works(planner: httpx.AsyncClient) -> None:
    pair, site = await full_pair(), await full_site()
    campaign = await make_campaign(pairs=[pair], sites=[site])
    made = await visit(campaign, pair, site, MONDAY, time(9, 35))
    for state, withdrawn in [(NeedState.RECEIVED, False), (NeedState.DELIVERED, False)]:
        await Need.create(
            visit=made, site=site, kind="incident", state=state, withdrawn=withdrawn, text="x"
        )

    answer = await planner.get(f"/campaigns/{campaign.id}/roadmaps")
    assert answer.status_code == 200
    text = answer.text.replace("\u00a0", " ")
    assert text.count('class="sheet"') == 1
    for told in [
        "lundi 11 janvier 2027",
        "Binôme Nice",
        "Inès Moraldon",
        "04 65 71 00 01",
        "Karim Verandet",
        "<strong>9 h 00</strong> CADAM",  # 25 minutes of driving and 10 to set up before 9:35
        "<strong>11 h 15</strong> CADAM",
        "1 h 05",  # driven
        "Collège des Baumettes",
        "27 rue des Baumettes, 06000 Nice",
        "04 65 71 81 93",
        "Entrée par le parvis.",
        "Hélène Terrisson",
        "06 39 98 04 29",
        "Bastien Vallaurin",
        "06 39 98 60 42",
        "1 besoin ouvert",
        "proposée",
    ]:
        assert told in text, told
    assert 'class="day-map"' in text
    assert 'class="qr"' in text
    assert "style=" not in text  # our content policy lets no inline style in


async def test_each_pair_and_day_has_its_sheet_in_order(db: str) -> None:
    pairs = [await make_pair(ref="B2"), await make_pair(ref="B1")]
    sites = [await make_site() for _ in range(4)]
    campaign = await make_campaign(pairs=pairs, sites=sites)
    await visit(campaign, pairs[0], sites[0], TUESDAY, time(9))
    await visit(campaign, pairs[0], sites[1], MONDAY, time(14))
    await visit(campaign, pairs[0], sites[2], MONDAY, time(9))
    await visit(campaign, pairs[1], sites[3], MONDAY, time(9))
    sheets = await sheets_of(campaign)
    assert [(sheet.day, sheet.crew.ref) for sheet in sheets] == [
        (MONDAY, "B1"),
        (MONDAY, "B2"),
        (TUESDAY, "B2"),
    ]
    assert [(stop.order, stop.site_id) for stop in sheets[1].stops] == [
        (1, sites[2].id),
        (2, sites[1].id),
    ]
    (only,) = await sheets_of(campaign, pair=pairs[0].id, day=TUESDAY)
    assert only.stops[0].site_id == sites[0].id


async def test_visits_that_no_longer_stand_are_left_out(db: str) -> None:
    pair, sites = await make_pair(), [await make_site() for _ in range(3)]
    campaign = await make_campaign(pairs=[pair], sites=sites)
    made = [await visit(campaign, pair, site, MONDAY, time(9)) for site in sites]
    await bring([made[0]], VisitState.CANCELLED)
    await bring([made[1]], VisitState.DECLINED)
    (sheet,) = await sheets_of(campaign)
    assert [stop.visit for stop in sheet.stops] == [made[2].id]


async def test_a_plan_gives_the_same_sheets_without_visits(db: str) -> None:
    pair, site = await full_pair(), await full_site()
    campaign = await make_campaign(pairs=[pair], sites=[site])
    plan = await Plan.create(campaign=campaign)
    await PlannedVisit.create(
        plan=plan,
        pair=pair,
        site=site,
        day=MONDAY,
        start=time(9, 35),
        end=time(10, 35),
        drive_before_min=25,
        drive_after_min=40,
    )
    await visit(campaign, pair, site, MONDAY, time(9, 35))
    (planned,), (real,) = await sheets_of(plan), await sheets_of(campaign)
    assert (planned.stops[0].visit, planned.stops[0].state) == (None, None)
    assert real.stops[0].state == VisitState.PROPOSED
    same = {"visit": None, "state": None}
    assert replace(planned, stops=()) == replace(real, stops=())
    assert planned.stops[0] == replace(real.stops[0], **same)


async def test_a_plan_that_tries_another_base_starts_from_there(db: str) -> None:
    pair, site = await make_pair(base_name="Nice"), await make_site()
    tried = PairTried(base_name="Grasse", lat=43.66, lon=6.92)
    plan = await Plan.create(
        campaign=await make_campaign(pairs=[pair], sites=[site]),
        options=write_options(Options(tried={str(pair.id): tried})),
    )
    await PlannedVisit.create(
        plan=plan, pair=pair, site=site, day=MONDAY, start=time(9, 35), end=time(10, 35)
    )
    (sheet,) = await sheets_of(plan)
    assert (sheet.starts_from.name, sheet.starts_from.lon) == ("Grasse", 6.92)


async def test_a_night_away_ends_one_day_and_starts_the_next(db: str) -> None:
    pair, sites = await make_pair(base_name="Nice"), [await make_site(), await make_site()]
    campaign = await make_campaign(pairs=[pair], sites=sites)
    await visit(campaign, pair, sites[0], MONDAY, time(14))
    await visit(campaign, pair, sites[1], TUESDAY, time(9))
    await Overnight.create(
        campaign=campaign, pair=pair, day=MONDAY, name="Gîte de Valberg", lat=44.09, lon=6.93
    )
    first, second = await sheets_of(campaign)
    assert (first.starts_from.name, first.ends_at.name) == ("Nice", "Gîte de Valberg")
    assert (second.starts_from.name, second.ends_at.name) == ("Gîte de Valberg", "Nice")
    assert first.path[-1] == second.path[0] == (44.09, 6.93)


async def test_kilometres_are_not_told_when_a_position_is_not_known(db: str) -> None:
    pair = await make_pair()
    sites = [await make_site(), await make_site(lat=None, lon=None)]
    campaign = await make_campaign(pairs=[pair], sites=sites)
    await visit(campaign, pair, sites[0], MONDAY, time(9))
    await visit(campaign, pair, sites[1], TUESDAY, time(9))
    known, unknown = await sheets_of(campaign)
    assert known.km is not None
    assert known.km > 0
    assert unknown.km is None
    assert len(unknown.path) == 2


@pytest.fixture
async def at(db: str) -> Stop:
    """A visit to give other hours."""
    pair, site = await make_pair(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[site])
    await visit(campaign, pair, site, MONDAY, time(9))
    (sheet,) = await sheets_of(campaign)
    return sheet.stops[0]


@pytest.mark.parametrize(
    ("left", "begins", "drive", "lunch"),
    [
        (time(12), time(13, 10), 20, (time(12), time(12, 45), False)),
        (time(11), time(13, 10), 20, (time(11, 45), time(12, 30), False)),
        (time(11), time(12, 35), 60, None),
        (time(10, 30), time(12, 45), 90, (time(12), time(12, 45), True)),
        (time(12), time(12, 50), 20, None),
        (time(13, 30), time(16), 20, None),
    ],
)
async def test_lunch_is_told_where_a_gap_holds_it(
    at: Stop, left: time, begins: time, drive: int, lunch: tuple[time, time, bool] | None
) -> None:
    spec = pair_spec(await Pair.get(), frozenset(), Options())  # 45 minutes from 11:45 to 14:00
    before = replace(at, end=left)
    after = replace(at, order=2, start=begins, setup_min=0, drive_before_min=drive)
    found = lunch_between([before, after], spec)
    assert (found and (found.start, found.end, found.on_arriving)) == lunch


async def test_the_code_opens_the_visit_on_the_tablet(
    planner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tour.maps.pages import roadmaps

    links: list[str] = []
    monkeypatch.setattr(roadmaps, "qr", lambda link: links.append(link) or "")
    pair, site = await make_pair(), await make_site()
    campaign = await make_campaign(pairs=[pair], sites=[site])
    made = await visit(campaign, pair, site, MONDAY, time(9))
    await planner.get(f"/campaigns/{campaign.id}/roadmaps")
    assert links == [f"{settings().base_url}/field/visits/{made.id}"]


async def test_names_are_text_never_markup(planner: httpx.AsyncClient) -> None:
    pair = await make_pair(name="<b>Binôme</b>", base_name="<i>base</i>")
    site = await make_site(name="<script>alert(1)</script>", access="<img src=x>")
    campaign = await make_campaign(pairs=[pair], sites=[site], name="<u>Tour</u>")
    await visit(campaign, pair, site, MONDAY, time(9))
    text = (await planner.get(f"/campaigns/{campaign.id}/roadmaps")).text
    assert not re.search(r"<b>B|<i>b|<script>a|<img src=x|<u>T", text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_without_a_visit_the_page_says_what_to_do(planner: httpx.AsyncClient) -> None:
    campaign = await make_campaign(pairs=[], sites=[])
    text = (await planner.get(f"/campaigns/{campaign.id}/roadmaps")).text
    assert "acceptez un plan" in text
    assert 'class="sheet' not in text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("pair=01890000-0000-7000-8000-000000000000", 404),
        ("pair=nobody", 404),
        ("day=tomorrow", 422),
        ("pair=&day=", 200),
    ],
)
async def test_what_does_not_exist_is_said(
    planner: httpx.AsyncClient, query: str, status: int
) -> None:
    campaign = await make_campaign(pairs=[], sites=[])
    answer = await planner.get(f"/campaigns/{campaign.id}/roadmaps?{query}")
    assert answer.status_code == status


async def test_an_unknown_campaign_is_not_found(planner: httpx.AsyncClient) -> None:
    unknown = "01890000-0000-7000-8000-000000000000"
    assert (await planner.get(f"/campaigns/{unknown}/roadmaps")).status_code == 404


async def test_only_planners_see_phone_numbers(client: httpx.AsyncClient) -> None:
    address = f"/campaigns/{(await make_campaign(pairs=[], sites=[])).id}/roadmaps"
    assert (await client.get(address)).headers["location"].startswith("/sign-in")
    await client.post(f"/sign-in/{await token_for(await make_agent(Role.DESK))}")
    assert (await client.get(address)).status_code == 403


def test_discs_on_the_map_do_not_hide_one_another() -> None:
    house = (100.0, 100.0)
    discs = spread([(100.0, 100.0), (100.0, 100.0), (103.0, 101.0)], aside_from=[house])
    everything = [*discs, house]
    for number, (x, y) in enumerate(everything):
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT
        for other_x, other_y in everything[number + 1 :]:
            assert ((x - other_x) ** 2 + (y - other_y) ** 2) ** 0.5 > APART - 2
