"""Drives are asked of a router once, kept by pair of points, and estimated where it says nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.travel.osrm import Service, osrm_service
from tour.i18n import typeset
from tour.settings import settings
from tour.travel.between import BLOCK, blocks, travel_between
from tour.travel.matrix import LEAVING_MIN, Point, Source, straight
from tour.travel.models import TravelCorrection, TravelFrom

NICE, ANTIBES, MENTON, TENDE = (43.70, 7.26), (43.58, 7.12), (43.775, 7.50), (44.09, 7.59)


@pytest.fixture
async def osrm(db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    async with osrm_service() as service:
        monkeypatch.setattr(settings(), "router_url", service.url)
        yield service


def grid(count: int) -> list[Point]:
    return [(43.5 + 0.003 * n, 7.0 + 0.002 * n) for n in range(count)]


async def test_it_works(osrm: Service) -> None:
    between = await travel_between([NICE, ANTIBES, MENTON], ask=True)
    km = 17.5
    assert between.travel.km[0, 1] == pytest.approx(km, abs=0.5)
    assert between.travel.minutes[0, 1] == pytest.approx(km + LEAVING_MIN, abs=1)
    assert between.travel.minutes.diagonal().tolist() == [0, 0, 0]
    assert (between.travel.source == Source.ROAD).all()
    assert between.router == "OSRM, 127.0.0.1"
    assert between.notes == []


async def test_what_was_said_once_is_not_asked_again(osrm: Service) -> None:
    first = await travel_between([NICE, ANTIBES, MENTON], ask=True)
    again = await travel_between([MENTON, NICE, ANTIBES], ask=True)
    assert osrm.asked == [(3, 3)]
    assert again.travel.minutes[1, 2] == first.travel.minutes[0, 1]


async def test_a_new_site_asks_for_its_own_drives_only(osrm: Service) -> None:
    await travel_between(grid(60), ask=True)
    osrm.asked.clear()
    await travel_between([*grid(60), TENDE], ask=True)
    assert sorted(osrm.asked) == [(1, 60), (60, 1)]


async def test_large_matrices_are_asked_block_by_block_and_smaller_when_refused(
    osrm: Service,
) -> None:
    osrm.most = 40
    between = await travel_between(grid(130), ask=True)
    assert (between.travel.source == Source.ROAD).all()
    assert max(rows * columns for rows, columns in osrm.asked) <= BLOCK**2


async def test_pages_read_what_is_known_and_ask_nobody(osrm: Service) -> None:
    between = await travel_between([NICE, ANTIBES], ask=False)
    assert osrm.asked == []
    assert between.travel.source[0, 1] == Source.STRAIGHT
    await travel_between([NICE, ANTIBES], ask=True)
    assert (await travel_between([NICE, ANTIBES], ask=False)).travel.source[0, 1] == Source.ROAD


async def test_a_router_that_fails_half_way_is_named_and_what_it_said_is_kept(
    osrm: Service,
) -> None:
    osrm.fails_after = 1
    points = grid(150)
    between = await travel_between(points, ask=True)
    assert (between.travel.source[:100, :100] == Source.ROAD).all()
    assert (between.travel.source[100:, 100:] == Source.STRAIGHT).sum() == 50 * 49
    assert (
        typeset(
            "OSRM, 127.0.0.1 ne répond pas (réponse illisible). Estimés à vol d’oiseau : 12450."
        )
        in between.notes[0]
    )
    osrm.fails_after = None
    osrm.asked.clear()
    assert (await travel_between(points, ask=True)).notes == []
    assert sum(rows * columns for rows, columns in osrm.asked) < 150 * 150 - 100 * 90


@pytest.mark.parametrize(
    "nonsense",
    [
        [],
        {"code": "Ok"},
        {"code": "Ok", "durations": [[0]], "distances": [[0]]},
        {"code": "Ok", "durations": [[0, "long"], [1, 0]]},
        {"code": "Ok", "durations": [[0, -5], [1, 0]]},
        {"code": "InvalidUrl", "message": "URL string malformed"},
    ],
)
async def test_nonsense_is_not_believed(osrm: Service, nonsense: object) -> None:
    osrm.answers = nonsense
    between = await travel_between([NICE, ANTIBES], ask=True)
    assert len(between.notes) == 1
    assert np.array_equal(between.travel.minutes, straight([NICE, ANTIBES]).minutes)
    assert not await TravelFrom.exists()


async def test_nobody_listens(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "router_url", "http://127.0.0.1:9")
    between = await travel_between([NICE, ANTIBES], ask=True)
    assert "service injoignable" in between.notes[0]
    assert between.travel.source[0, 1] == Source.STRAIGHT


async def test_a_place_off_the_map_is_estimated_and_counted(osrm: Service) -> None:
    osrm.off_road_north_of = 44.0
    between = await travel_between([NICE, ANTIBES, TENDE], ask=True)
    assert between.travel.source[0].tolist() == [Source.ROAD, Source.ROAD, Source.STRAIGHT]
    assert "pour 4 d’entre eux" in between.notes[0]
    await travel_between([NICE, ANTIBES, TENDE], ask=True)
    assert len(osrm.asked) == 1  # that no road leads there is an answer too


async def test_a_service_without_distances_still_gives_minutes(osrm: Service) -> None:
    osrm.knows_distances = False
    between = await travel_between([NICE, ANTIBES], ask=True)
    assert between.travel.source[0, 1] == Source.ROAD
    assert between.travel.km[0, 1] == straight([NICE, ANTIBES]).km[0, 1]


async def test_what_planners_know_holds_over_the_road(osrm: Service) -> None:
    await TravelCorrection.create(
        from_name="Nice",
        from_lat=NICE[0],
        from_lon=NICE[1],
        to_name="Tende",
        to_lat=TENDE[0],
        to_lon=TENDE[1],
        minutes=95,
    )
    travel = (await travel_between([NICE, TENDE, ANTIBES], ask=True)).travel
    assert travel.minutes[0, 1] == travel.minutes[1, 0] == 95
    assert travel.source[0].tolist() == [Source.ROAD, Source.PLANNER, Source.ROAD]


async def test_two_sites_at_one_address_still_cost_the_parking(osrm: Service) -> None:
    travel = (await travel_between([NICE, ANTIBES, NICE], ask=True)).travel
    assert travel.minutes[0, 2] == LEAVING_MIN
    assert travel.minutes[0, 1] == travel.minutes[2, 1]


async def test_other_roads_forget_what_the_old_ones_said(
    osrm: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await travel_between([NICE, ANTIBES], ask=True)
    async with osrm_service() as other:
        monkeypatch.setattr(settings(), "router_url", other.url)
        await travel_between([NICE, MENTON], ask=True)
        assert {row.source for row in await TravelFrom.all()} == {f"osrm {other.url}"}


@given(st.integers(1, 130), st.sets(st.tuples(st.integers(0, 129), st.integers(0, 129))))
def test_blocks_cover_all_that_is_missing(size: int, known: set[tuple[int, int]]) -> None:
    missing = ~np.eye(size, dtype=bool)
    for row, column in known:
        if row < size and column < size:
            missing[row, column] = False
    covered = np.zeros_like(missing)
    for rows, columns in blocks(missing):
        assert len(rows) <= BLOCK
        assert len(columns) <= BLOCK
        covered[np.ix_(rows, columns)] = True
    assert not (missing & ~covered).any()
