"""« Does this pair travel that day? »: one answer."""

from __future__ import annotations

from datetime import date

import pytest

from tests.factories import make_pair
from tour.people.absences import diaries_of
from tour.people.models import Absence
from tour.people.travels import Diary, Span
from tour.solver.problem import PairSpec

MONDAY, TUESDAY, SATURDAY = date(2027, 1, 11), date(2027, 1, 12), date(2027, 1, 16)
WORKS = frozenset({0, 2, 3, 4})
AWAY = Span(MONDAY, MONDAY)
ASCENSION = date(2027, 5, 6)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2027, 1, 13), ""),
        (MONDAY, "Binôme Nice est absent le lun. 11 janv."),
        (TUESDAY, "Binôme Nice ne travaille pas le mar. 12 janv."),
        (SATURDAY, "Binôme Nice ne travaille pas le sam. 16 janv."),
        (ASCENSION, "Binôme Nice ne se déplace pas le jeu. 6 mai, jour férié"),
    ],
)
def test_it_works(day: date, why: str) -> None:
    diary = Diary("Binôme Nice", WORKS, (AWAY,))
    assert diary.why_not(day) == why
    assert diary.travels(day) is not bool(why)


@pytest.mark.parametrize("day", [MONDAY, TUESDAY, date(2027, 1, 13), SATURDAY, ASCENSION])
def test_the_solver_has_the_same_answer(day: date) -> None:
    spec = PairSpec("P1", "P1", 43.7, 7.2, weekdays=WORKS, absences=frozenset({MONDAY}))
    assert spec.works(day) == Diary("P1", WORKS, (AWAY,)).travels(day)


@pytest.mark.usefixtures("db")
async def test_absences_hold_from_the_first_day_to_the_last_however_long() -> None:
    here, away = await make_pair(), await make_pair()
    await Absence.create(pair=away, first_day=date(1, 1, 1), last_day=date(9999, 12, 31))
    await Absence.create(pair=here, first_day=TUESDAY, last_day=TUESDAY)
    diaries = await diaries_of([here.id, away.id])
    assert [diaries[here.id].travels(day) for day in (MONDAY, TUESDAY)] == [True, False]
    assert not diaries[away.id].travels(MONDAY)
