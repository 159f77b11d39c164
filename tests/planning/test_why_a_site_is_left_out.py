from __future__ import annotations

import pytest

from tests.planning.problems import MONDAY, TUESDAY, pair, planned, site
from tour.i18n import typeset
from tour.solver.problem import PairSpec, SiteSpec


@pytest.mark.parametrize(
    ("left", "by", "reason", "words"),
    [
        (site("A", opening_hours="Sa-Su"), pair(), "closed_all_days", "Fermé tous les jours"),
        (site("A", blocked=frozenset({MONDAY})), pair(), "closed_all_days", "rouvrez une date"),
        (site("A", not_before=TUESDAY), pair(), "closed_all_days", "Pas avant le 12/01/2027"),
        (
            site("A", opening_hours="Tu", deadline=MONDAY),
            pair(),
            "closed_all_days",
            "Fermé tous les jours",
        ),
        (
            site("A", opening_hours="Mo 09:00-09:30"),
            pair(),
            "closed_all_days",
            "visite de 60 min : raccourcissez-la",
        ),
        (site("A", skills=frozenset({"réseau"})), pair(), "no_skill", "(réseau)"),
        (site("A", pair="P9"), pair(), "no_skill", "(P9)"),
        (site("A", 200), pair(), "too_far", "505 min avec la route et le déjeuner, pour 480 min"),
        (
            site("A", 70),
            pair(max_drive_min=120),
            "too_far",
            "140 min de route aller-retour, pour une limite de 120 min",
        ),
        (
            site("A", opening_hours="Mo 18:00-20:00"),
            pair(),
            "hours_do_not_meet",
            "ne rencontrent ceux d’aucun binôme",
        ),
    ],
)
def test_the_reason_is_told_with_its_remedy(
    left: SiteSpec, by: PairSpec, reason: str, words: str
) -> None:
    (unserved,) = planned(left, pairs=(by,)).unserved
    assert (unserved.site, unserved.reason) == ("A", reason)
    assert typeset(words) in unserved.text


def test_a_deadline_before_the_first_open_day_is_told() -> None:
    (unserved,) = planned(
        site("A", deadline=MONDAY, opening_hours="Tu"), days=(MONDAY, TUESDAY)
    ).unserved
    assert "L’échéance du 11/01/2027 est passée" in unserved.text


def test_full_days_are_told_of_sites_that_would_fit_alone() -> None:
    answer = planned(*[site(f"S{n}") for n in range(9)])
    assert answer.unserved
    assert {left.reason for left in answer.unserved} == {"days_full"}
    assert "ajoutez des jours ou un binôme" in answer.unserved[0].text
