from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.work import no_more_calls_than
from tour.travel.matrix import Correction, matrix

NICE, ANTIBES, MENTON = (43.70, 7.26), (43.58, 7.12), (43.775, 7.50)
SAINT_ETIENNE_DE_TINEE, PUGET_THENIERS = (44.257, 6.925), (43.956, 6.895)

places = st.lists(st.tuples(st.floats(43.4, 44.4), st.floats(6.6, 7.7)), min_size=1, max_size=12)


def test_it_works() -> None:
    travel = matrix([NICE, ANTIBES, SAINT_ETIENNE_DE_TINEE])
    assert travel.minutes.shape == travel.km.shape == (3, 3)
    assert travel.minutes.dtype == np.int64
    assert travel.km[0, 1] == pytest.approx(23, abs=3)


@pytest.mark.parametrize(
    ("start", "end", "known"),
    [
        (NICE, ANTIBES, 30),
        (NICE, MENTON, 40),
        (NICE, PUGET_THENIERS, 65),
        (NICE, SAINT_ETIENNE_DE_TINEE, 100),
    ],
)
def test_known_drives_are_within_a_few_minutes(
    start: tuple[float, float], end: tuple[float, float], known: int
) -> None:
    assert matrix([start, end]).minutes[0, 1] == pytest.approx(known, abs=8)


@given(places)
def test_both_ways_are_alike_and_staying_takes_no_time(points: list[tuple[float, float]]) -> None:
    travel = matrix(points)
    for table in (travel.minutes, travel.km):
        assert np.array_equal(table, table.T)
        assert not table.diagonal().any()
        assert (table >= 0).all()


def test_two_places_at_one_address_still_cost_the_parking() -> None:
    assert matrix([NICE, NICE]).minutes[0, 1] > 0


def test_no_point_is_no_travel() -> None:
    assert matrix([]).minutes.shape == (0, 0)


def correction(**values: object) -> Correction:
    return Correction(*NICE, *SAINT_ETIENNE_DE_TINEE, minutes=105, **values)  # type: ignore[arg-type]


def test_a_correction_holds_both_ways_and_for_close_places_only() -> None:
    next_door, across_town = (43.705, 7.265), (43.66, 7.20)
    points = [NICE, next_door, across_town, SAINT_ETIENNE_DE_TINEE]
    plain, corrected = matrix(points).minutes, matrix(points, [correction()]).minutes
    assert corrected[0, 3] == corrected[1, 3] == corrected[3, 0] == 105
    assert corrected[2, 3] == plain[2, 3] != 105
    assert np.array_equal(corrected[:3, :3], plain[:3, :3])


def test_a_correction_may_hold_one_way() -> None:
    points = [NICE, SAINT_ETIENNE_DE_TINEE]
    corrected = matrix(points, [correction(both_ways=False)]).minutes
    assert corrected[0, 1] == 105
    assert corrected[1, 0] == matrix(points).minutes[1, 0] != 105


def test_a_wide_correction_never_makes_staying_cost_time() -> None:
    everywhere = correction(radius_km=500)
    assert not matrix([NICE, ANTIBES], [everywhere]).minutes.diagonal().any()


def test_a_thousand_places_take_no_time() -> None:
    dice = np.random.default_rng(1)
    points = list(zip(dice.uniform(43.4, 44.4, 1000), dice.uniform(6.6, 7.7, 1000), strict=True))
    with no_more_calls_than(1_000):  # a million pairs of places, one by one, would be as many
        matrix(points)
