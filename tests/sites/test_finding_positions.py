"""Finding where sites are from their address, against a real server on this machine."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.sites.conftest import Addresses
from tour.settings import settings
from tour.sites.geocode import GeocodeReport, geocode_waiting, same_commune
from tour.sites.models import PositionState, Site

pytestmark = pytest.mark.usefixtures("db")


class Clock:
    """Stands for sleeping: notes how long it was asked to wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


async def waiting_site(number: int = 1, **values: object) -> Site:
    return await Site.create(
        **{
            "source": "essai",
            "source_id": f"S{number}",
            "name": f"Site {number}",
            "address": "3 rue Sincaire",
            "postcode": "06300",
            "commune": "Nice",
            "insee": "06088",
            "position_state": PositionState.WAITING,
        }
        | values
    )


async def looked_up(site: Site) -> tuple[GeocodeReport, Site]:
    report = await geocode_waiting(pause=Clock())
    await site.refresh_from_db()
    return report, site


async def test_it_works(addresses: Addresses) -> None:
    report, site = await looked_up(await waiting_site())
    assert (site.position_state, site.lat, site.lon) == (PositionState.GEOCODED, 43.69957, 7.28057)
    assert site.position_score == 0.93
    assert (report.geocoded, report.waiting, report.failure) == ([site.id], [], "")
    assert addresses.asked == [
        {"q": "3 rue Sincaire Nice", "limit": "1", "autocomplete": "0", "citycode": "06088"}
    ]


async def test_the_postcode_narrows_the_search_when_there_is_no_commune_code(
    addresses: Addresses,
) -> None:
    await looked_up(await waiting_site(insee=""))
    assert addresses.asked[0]["postcode"] == "06300"
    assert "citycode" not in addresses.asked[0]


@pytest.mark.parametrize("play", ["low score", "municipality"])
async def test_a_doubtful_answer_is_to_be_checked_by_hand(addresses: Addresses, play: str) -> None:
    addresses.plays = [play]
    report, site = await looked_up(await waiting_site())
    assert (site.position_state, site.lat) == (PositionState.TO_CHECK, 43.69957)
    assert report.to_check == [site.id]
    assert [each.id for each in await Site.doubtful()] == [site.id]


async def test_a_cedex_postcode_is_tried_without_it_and_then_to_be_checked(
    addresses: Addresses,
) -> None:
    addresses.plays = ["nothing", "ok"]
    _report, site = await looked_up(await waiting_site(insee="", postcode="06364"))
    assert site.position_state == PositionState.TO_CHECK
    assert [query.get("postcode") for query in addresses.asked] == ["06364", None]


@pytest.mark.parametrize("play", ["nothing", "bad question"])
async def test_an_address_nobody_knows_is_not_found(addresses: Addresses, play: str) -> None:
    addresses.plays = [play]
    report, site = await looked_up(await waiting_site())
    assert (site.position_state, site.lat) == (PositionState.NOT_FOUND, None)
    assert report.not_found == [site.id]
    assert [each.id for each in await Site.without_position()] == [site.id]


async def test_it_waits_as_long_as_the_service_asks_and_goes_on(addresses: Addresses) -> None:
    addresses.plays = ["too fast", "ok"]
    site, clock = await waiting_site(), Clock()
    report = await geocode_waiting(pause=clock)
    assert 7 in clock.waits
    assert report.geocoded == [site.id]


@pytest.mark.parametrize("play", ["down", "html", "another shape", "too fast"])
async def test_a_failing_service_leaves_sites_waiting_and_is_not_insisted_upon(
    addresses: Addresses, play: str
) -> None:
    addresses.plays = [play]
    for number in range(5):
        await waiting_site(number)
    report = await geocode_waiting(pause=Clock())
    assert [site.source_id for site in report.waiting] == ["S0", "S1", "S2", "S3", "S4"]
    assert "le service d’adresses ne répond pas" in report.failure
    assert len(addresses.asked) == (9 if play == "too fast" else 3)


async def test_one_failure_does_not_stop_the_others(addresses: Addresses) -> None:
    addresses.plays = ["down", "ok"]
    sites = [await waiting_site(number) for number in range(3)]
    report = await geocode_waiting(pause=Clock())
    assert len(report.geocoded) == 2
    assert {site.id for site in sites} == {*report.geocoded, *(site.id for site in report.waiting)}


async def test_without_network_sites_wait() -> None:
    report, site = await looked_up(await waiting_site())  # nothing listens where the settings point
    assert site.position_state == PositionState.WAITING
    assert [each.id for each in report.waiting] == [site.id]


async def test_it_asks_no_faster_than_the_settings_allow(
    addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "geocoder_per_second", 0.01)
    clock = Clock()
    for number in range(3):
        await waiting_site(number)
    await geocode_waiting(pause=clock)
    assert len(clock.waits) == 2
    assert all(90 < wait <= 100 for wait in clock.waits)


async def test_a_position_that_someone_gave_meanwhile_stands(addresses: Addresses, db: str) -> None:
    def someone_places_it() -> None:
        with closing(sqlite3.connect(db.removeprefix("sqlite://"))) as database, database:
            database.execute("UPDATE site SET lat = 43.0, lon = 7.0, position_state = 'given'")

    addresses.meanwhile = someone_places_it
    report, site = await looked_up(await waiting_site())
    assert (site.lat, site.position_state, report.geocoded) == (43.0, PositionState.GIVEN, [])


NOTHING = {"address": "", "commune": "", "postcode": "", "insee": ""}


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({"commune": "Vence"}, {"q": "Vence", "type": "municipality"}),
        ({"address": "3 rue Sincaire"}, {"q": "3 rue Sincaire"}),
        ({"postcode": "06300"}, {"q": "06300", "postcode": "06300", "type": "municipality"}),
        ({"insee": "06088"}, {"q": "06088", "citycode": "06088", "type": "municipality"}),
    ],
)
async def test_whatever_a_site_says_of_its_place_it_is_looked_up_by(
    addresses: Addresses, said: dict[str, str], asked: dict[str, str]
) -> None:
    _report, site = await looked_up(await waiting_site(**NOTHING | said))
    assert addresses.asked == [{"limit": "1", "autocomplete": "0"} | asked]
    assert site.lat == 43.69957


@pytest.mark.parametrize(
    ("said", "play", "state"),
    [
        ({"address": "3 rue Sincaire", "insee": "06088"}, "ok", "geocoded"),
        ({"address": "3 rue Sincaire", "insee": "06088"}, "another commune", "to_check"),
        ({"address": "3 rue Sincaire", "postcode": "06300"}, "ok", "geocoded"),
        ({"address": "3 rue Sincaire", "postcode": "06300"}, "another commune", "to_check"),
        ({"address": "3 rue Sincaire", "commune": "NICE CEDEX 3"}, "ok", "geocoded"),
        ({"address": "3 rue Sincaire", "commune": "Nice"}, "another commune", "to_check"),
        # The Département's school in Marseille: right perhaps, but a person looks.
        ({"address": "3 rue X", "insee": "13201"}, "another département", "to_check"),
        ({"address": "3 rue X", "commune": "Marseille"}, "another département", "to_check"),
        # An INSEE code is surer than the postcode of a CEDEX.
        ({"address": "3 rue X", "insee": "06088", "postcode": "06364"}, "ok", "geocoded"),
        ({"address": "3 rue Sincaire"}, "ok", "to_check"),  # there is one in many communes
        ({"address": "3 rue Sincaire, 06300 Nice"}, "ok", "geocoded"),
        ({"address": "3 rue Sincaire", "commune": "Nice"}, "no commune", "to_check"),
        ({"commune": "Nice"}, "municipality", "to_check"),
    ],
)
async def test_an_answer_is_sure_only_in_the_département_and_where_the_site_says_it_is(
    addresses: Addresses, said: dict[str, str], play: str, state: str
) -> None:
    addresses.plays = [play]
    _report, site = await looked_up(await waiting_site(**NOTHING | said))
    assert site.position_state == state


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Saint-Paul-de-Vence", "ST PAUL DE VENCE", True),
        ("Saint-Étienne-de-Tinée", "St Etienne de Tinee", True),
        ("L'Escarène", "Escarène", True),
        ("Cannes", "Le Cannet", False),
        ("Nice", "", False),
    ],
)
def test_communes_are_told_apart_by_their_words(one: str, other: str, same: bool) -> None:
    assert same_commune(one, other) == same_commune(other, one) == same


async def test_a_site_with_nowhere_to_look_is_not_asked_about(addresses: Addresses) -> None:
    site = await waiting_site(**NOTHING)
    report = await geocode_waiting(pause=Clock())
    assert (addresses.asked, [each.id for each in report.waiting]) == ([], [site.id])
