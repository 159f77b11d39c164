from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.factories import make_site
from tour.sites.models import PositionState, Site

NOWHERE: dict[str, Any] = {"lat": None, "lon": None}
SURE = "ont tous une position"


async def nowhere(name: str, **values: Any) -> Site:
    return await make_site(
        name=name, **NOWHERE | {"position_state": PositionState.WAITING} | values
    )


async def test_it_works(planner: httpx.AsyncClient) -> None:
    await make_site(name="Bien placé")
    await nowhere("Cherché en vain", position_state=PositionState.NOT_FOUND)
    await nowhere("Pas encore cherché")
    await nowhere("Sans rien", commune="")
    await make_site(name="Douteux", position_state=PositionState.TO_CHECK, position_score=0.41)
    await make_site(name="Déménagé", position_state=PositionState.WAITING)
    await nowhere("Fermé", active=False)

    sites = (await planner.get("/sites")).text
    assert "6 sites" in sites
    page = (await planner.get("/sites/to-check")).text
    for count, anchor in (
        ("3 sites sans position", "nowhere"),
        ("2 positions à vérifier", "doubtful"),
    ):
        assert f'/sites/to-check#{anchor}">{count}' in sites
        assert f'id="{anchor}"' in page
        assert count in page
    for words in (
        "Cherché en vain", "introuvable",
        "Pas encore cherché", "le service d’adresses n’a pas répondu",
        "Sans rien", "ni adresse ni commune",
        "Douteux", "confiance 41 %",
        "Déménagé", "celle d’une adresse précédente",
    ):  # fmt: skip
        assert words in page
    assert "Bien placé" not in page
    assert "Fermé" not in page
    assert SURE not in page


async def test_a_good_score_in_the_wrong_place_says_what_is_doubtful(
    planner: httpx.AsyncClient,
) -> None:
    await make_site(position_state=PositionState.TO_CHECK, position_score=0.97)
    page = (await planner.get("/sites/to-check")).text
    assert "autre commune, autre département ou adresse imprécise" in page
    assert "97" not in page


async def test_all_are_sure_only_when_all_are(planner: httpx.AsyncClient) -> None:
    assert SURE not in (await planner.get("/sites/to-check")).text  # there are none
    await make_site()
    await make_site()
    assert f"Les 2 sites {SURE}" in (await planner.get("/sites/to-check")).text
    site = await make_site(**NOWHERE, position_state=PositionState.GIVEN)  # however that came
    assert SURE not in (await planner.get("/sites/to-check")).text
    await Site.filter(id=site.id).update(lat=43.7, lon=7.2, position_state=PositionState.TO_CHECK)
    assert SURE not in (await planner.get("/sites/to-check")).text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (NOWHERE | {"position_state": "not_found"}, "Adresse introuvable"),
        (NOWHERE | {"position_state": "waiting"}, "le service d’adresses n’a pas répondu"),
        (NOWHERE | {"position_state": "waiting", "commune": ""}, "Ni adresse ni commune"),
        ({"position_state": "not_found"}, "Celle d’une adresse précédente"),
        ({"position_state": "to_check"}, "Trouvée avec un doute"),
    ],
)
async def test_a_site_s_page_says_how_its_position_is_known(
    planner: httpx.AsyncClient, values: dict[str, Any], said: str
) -> None:
    site = await make_site(**values)
    assert said in (await planner.get(f"/sites/{site.id}")).text
