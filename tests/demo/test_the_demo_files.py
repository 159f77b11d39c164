"""The demo's files agree with one another and with the map."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta

import pytest
from opening_hours import OpeningHours

from tour.corner.catalogue.models import NeedKind, Space
from tour.demo.files import read_json, read_rows
from tour.people.models import Role, Service
from tour.sites.models import HEADQUARTERS, visit_minutes

SITES = read_rows("sites")
COMMUNES = {row["insee"]: row for row in read_rows("communes")}
ITEMS = {item["ref"]: item for item in read_json("catalogue")}
MONDAY = date(2027, 1, 11)

PHONE = re.compile(r"^(04 65 71|06 39 98)( \d\d){2}$")  # Arcep keeps these ranges for fiction
MAIL = re.compile(r"^[a-z-]+\.[a-z-]+@departement06\.example$")


def km(a: dict[str, str], b: dict[str, str]) -> float:
    lat, lon = float(a["lat"]), float(a["lon"])
    north = (float(b["lat"]) - lat) * 111.2
    east = (float(b["lon"]) - lon) * 111.2 * math.cos(math.radians(lat))
    return math.hypot(north, east)


def in_the_departement(row: dict[str, str]) -> bool:
    return 43.47 < float(row["lat"]) < 44.37 and 6.63 < float(row["lon"]) < 7.72


def test_it_works() -> None:
    assert len([site for site in SITES if site["type"] != HEADQUARTERS]) == 200
    assert len([site for site in SITES if site["type"] == HEADQUARTERS]) == 1
    assert len(COMMUNES) >= 110
    assert len(ITEMS) == 60


def test_communes_are_ranked_for_the_map() -> None:
    ranks = [row["rank"] for row in COMMUNES.values()]
    assert (ranks.count("1"), ranks.count("2")) == (12, 30)
    assert len(read_rows("communes")) == len(COMMUNES)
    assert {row["name"] for row in COMMUNES.values()} >= {
        "Tende",
        "Isola",
        "Guillaumes",
        "Puget-Théniers",
    }


def test_communes_are_in_the_departement() -> None:
    for commune in COMMUNES.values():
        assert re.fullmatch(r"06\d{3}", commune["insee"])
        assert re.fullmatch(r"06\d{3}", commune["postcode"])
        assert int(commune["population"]) > 0
        assert in_the_departement(commune), commune["name"]


def test_sites_stand_in_their_commune() -> None:
    for site in SITES:
        commune = COMMUNES[site["insee"]]
        assert site["commune"] == commune["name"]
        assert re.fullmatch(r"06\d{3}", site["cp"])
        assert in_the_departement(site), site["id"]
        # Nice is fourteen kilometres wide; elsewhere a site is near the town.
        assert km(commune, site) <= (7 if commune["name"] == "Nice" else 3), site["id"]


def test_no_two_sites_hide_each_other() -> None:
    close = [(a["id"], b["id"]) for i, a in enumerate(SITES) for b in SITES[:i] if km(a, b) < 0.1]
    assert close == []


def test_a_site_can_be_visited_on_a_working_day() -> None:
    days = [datetime.combine(MONDAY + timedelta(days=n), time(9, 30)) for n in range(5)]
    for site in SITES:
        if site["type"] != HEADQUARTERS:
            hours = OpeningHours(site["horaires"])
            length = timedelta(minutes=visit_minutes(int(site["effectif"])) + 10)
            assert any(longest_opening(hours, day) >= length for day in days), site["id"]


def longest_opening(hours: OpeningHours, start: datetime) -> timedelta:
    """The longest time the site stays open in a pair's day, from ``start`` to 17:00."""
    spans = hours.intervals(start, start.replace(hour=17, minute=0))
    return max(
        ((end - begin) for begin, end, state, _ in spans if str(state) == "open"),
        default=timedelta(),
    )


def test_hours_are_varied() -> None:
    assert len({site["horaires"] for site in SITES}) >= 30
    closed_wednesday_afternoon = [
        s for s in SITES if OpeningHours(s["horaires"]).is_closed(datetime(2027, 1, 13, 15))
    ]
    assert len(closed_wednesday_afternoon) > 50


def test_ids_are_unique() -> None:
    assert len({site["id"] for site in SITES}) == len(SITES)
    assert len({(site["nom"], site["commune"]) for site in SITES}) == len(SITES)


def test_a_mail_address_belongs_to_one_person() -> None:
    owners: dict[str, set[str]] = {}
    for mail, name in people():
        assert MAIL.match(mail)
        owners.setdefault(mail, set()).add(name)
    assert [names for names in owners.values() if len(names) > 1] == []


def people() -> list[tuple[str, str]]:
    managers = [(site["responsable_mail"], site["responsable"]) for site in SITES]
    others = [(row["mail"], row["nom"]) for row in read_rows("ambassadors") + read_rows("agents")]
    return managers + others


def test_phones_ring_nowhere() -> None:
    phones = [site[column] for site in SITES for column in ("tel", "responsable_tel")]
    phones += [row["tel"] for row in read_rows("ambassadors") + read_rows("agents")]
    assert [phone for phone in phones if not PHONE.match(phone)] == []


def test_ambassadors_stand_at_about_sixty_sites() -> None:
    places = {row["site"] for row in read_rows("ambassadors")}
    assert places <= {site["id"] for site in SITES}
    assert len(places) == 60


def test_a_pair_is_one_agent_of_each_service() -> None:
    services = {row["mail"]: Service(row["service"]) for row in read_rows("agents")}
    pairs = read_rows("pairs")
    assert len(pairs) == 4
    assert {services[pair["hr"]] for pair in pairs} == {Service.HR}
    assert {services[pair["dsn"]] for pair in pairs} == {Service.DSN}
    assert len({pair[side] for pair in pairs for side in ("hr", "dsn")}) == 8
    assert all(in_the_departement(pair) for pair in pairs)


def test_every_role_is_held() -> None:
    roles = [role for row in read_rows("agents") for role in row["roles"].split(";")]
    assert {role: roles.count(role) for role in Role} == {
        "planner": 2,
        "tourer": 8,
        "desk": 2,
        "admin": 1,
    }


def test_absences_fall_within_the_campaign() -> None:
    pairs = {pair["id"] for pair in read_rows("pairs")}
    absences = read_rows("absences")
    assert absences
    assert all(
        row["pair"] in pairs and 0 <= int(row["first"]) <= int(row["last"]) < 35 for row in absences
    )


def test_the_figures_count_4600_agents() -> None:
    figures = read_json("figures")
    outside = sum(int(site["effectif"]) for site in SITES if site["type"] != HEADQUARTERS)
    assert figures["total"] == 4600 == figures["outside"] + figures["headquarters"]
    assert figures["outside"] == outside == sum(row["outside"] for row in figures["directions"])
    assert figures["headquarters"] == sum(row["headquarters"] for row in figures["directions"])


def test_the_figures_by_kind_are_those_of_the_sites() -> None:
    for row in read_json("figures")["kinds"]:
        sites = [site for site in SITES if site["type"] == row["kind"]]
        assert (row["sites"], row["staff"]) == (
            len(sites),
            sum(int(site["effectif"]) for site in sites),
        )
    assert {row["kind"] for row in read_json("figures")["kinds"]} == {
        site["type"] for site in SITES
    }


def test_the_figures_by_direction_are_those_of_their_kinds() -> None:
    figures = read_json("figures")
    staff = {row["kind"]: row["staff"] for row in figures["kinds"]}
    for row in figures["directions"]:
        assert row["outside"] == sum(staff[kind] for kind in row["kinds"])
        assert row["staff"] == row["outside"] + row["headquarters"]


def test_the_four_spaces_have_items() -> None:
    assert {item["space"] for item in ITEMS.values()} == set(Space)
    assert {item["kind"] for item in ITEMS.values()} == set(NeedKind)
    assert len(ITEMS) == len(read_json("catalogue"))
    places = [(item["space"], item["position"]) for item in ITEMS.values()]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("item", ITEMS.values(), ids=lambda item: item["ref"])
def test_an_item_is_well_formed(item: dict) -> None:
    assert re.fullmatch(r"[a-z0-9-]{3,40}", item["ref"])
    assert item["name"]
    assert item["description"]
    assert 0 < len(item["keywords"]) <= 250
    assert item["delay_days"] is None or item["delay_days"] >= 0
    names = [question["id"] for question in item["questions"]]
    assert len(set(names)) == len(names)
    for question in item["questions"]:
        assert set(question) == {"id", "label", "type", "choices", "required"}
        assert re.fullmatch(r"[a-z_]+", question["id"])
        assert question["type"] in {"text", "choice", "number", "yes_no"}
        assert (len(question["choices"]) > 1) == (question["type"] == "choice")
        assert isinstance(question["required"], bool)


@pytest.mark.parametrize(
    "story", read_json("stories")["needs"], ids=lambda story: story["text"][:30]
)
def test_a_story_answers_its_item_s_questions(story: dict) -> None:
    questions = {question["id"]: question for question in ITEMS[story["item"]]["questions"]}
    assert set(story["kinds"]) <= {site["type"] for site in SITES}
    assert set(story["answers"]) <= set(questions)
    assert {name for name, question in questions.items() if question["required"]} <= set(
        story["answers"]
    )
    for name, value in story["answers"].items():
        expected = {"text": str, "choice": str, "number": int, "yes_no": bool}[
            questions[name]["type"]
        ]
        assert type(value) is expected
        assert questions[name]["type"] != "choice" or value in questions[name]["choices"]
