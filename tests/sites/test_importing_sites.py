"""Importing sites: what a file does to the database."""

from __future__ import annotations

import pytest

from tests.sites.files import ROW, csv_file
from tour.db import now
from tour.errors import UserError
from tour.i18n import typeset
from tour.sites.importing import ImportCounts, ImportReport, Outcome, apply, dry_run
from tour.sites.models import HEADQUARTERS, PositionState, Site, SiteManager

pytestmark = pytest.mark.usefixtures("db")


async def imported(data: bytes, source: str = "essai") -> ImportCounts:
    return await apply(await dry_run(data, "sites.csv", source))


async def only_line(row: dict[str, str]) -> list[str]:
    """Why a file of this one row refuses it."""
    report = await dry_run(csv_file(row), "sites.csv", "essai")
    assert not report.errors
    return report.lines[0].reasons


async def test_it_works() -> None:
    full = ROW | {
        "type": "Collège",
        "adresse": "3 rue Sincaire",
        "adresse2": "BP 12",
        "cp": "6300",
        "commune": "Nice",
        "insee": "06088",
        "effectif": "13",
        "horaires": "Mo-Fr 07:30-18:00",
        "tel": "0493000000",
        "accès": "Sonner",
        "priorité": "40",
        "durée": "90",
        "échéance": "31/03/2027",
        "dates bloquées": "2027-02-01; 02/02/2027",
        "compétences": "wifi;langue des signes",
        "responsable": "Ada Martin",
        "responsable mail": "Ada.Martin@college.example",
        "responsable tél": "0493000001",
    }
    counts = await imported(csv_file(full))

    site = await Site.get(source="essai", source_id="COL-1").prefetch_related("manager")
    assert (counts.created, counts.created_sites) == (1, [site.id])
    assert (site.name, site.kind, site.lat, site.lon) == (
        "Collège Ségurane",
        "college",
        43.69957,
        7.28057,
    )
    assert (site.address, site.postcode, site.commune, site.insee) == (
        "3 rue Sincaire, BP 12",
        "06300",
        "Nice",
        "06088",
    )
    assert (site.staff, site.opening_hours, site.phone, site.access) == (
        13,
        "Mo-Fr 07:30-18:00",
        "0493000000",
        "Sonner",
    )
    assert (site.priority, site.visit_min, site.not_before, str(site.deadline)) == (
        40,
        90,
        None,
        "2027-03-31",
    )
    assert site.blocked == ["2027-02-01", "2027-02-02"]
    assert site.skills == ["langue des signes", "wifi"]
    assert site.position_state == PositionState.GIVEN
    assert site.manager is not None
    assert (site.manager.name, site.manager.email, site.manager.phone) == (
        "Ada Martin",
        "ada.martin@college.example",
        "0493000001",
    )


async def test_a_dry_run_writes_nothing() -> None:
    report = await dry_run(csv_file(ROW | {"mail": "a@b.example"}), "sites.csv", "essai")
    assert report.count(Outcome.CREATED) == 1
    assert await Site.all().count() == await SiteManager.all().count() == 0


async def test_a_second_import_changes_nothing() -> None:
    data = csv_file(ROW | {"responsable": "Ada", "mail": "a@b.example"})
    await imported(data)
    counts = await imported(data)
    assert (counts.created, counts.changed, counts.unchanged) == (0, 0, 1)


async def test_it_says_which_fields_change_and_from_what() -> None:
    await imported(csv_file(ROW | {"effectif": "13"}))
    report = await dry_run(csv_file(ROW | {"effectif": "14", "lat": "43,7"}), "sites.csv", "essai")
    assert [(c.field, c.old, c.new) for c in report.lines[0].changes] == [
        ("lat", "43.69957", "43.7"),
        ("staff", "13", "14"),
    ]
    counts = await apply(report)
    site = await Site.get(source_id="COL-1")
    assert (counts.changed_sites, site.staff, site.lat) == ([site.id], 14, 43.7)


async def test_the_same_id_from_another_source_is_another_site() -> None:
    await imported(csv_file(ROW), source="un")
    await imported(csv_file(ROW), source="deux")
    assert await Site.all().count() == 2


async def test_one_bad_line_does_not_block_the_others() -> None:
    bad = ROW | {"id": "COL-2", "lat": "nord"}
    report = await dry_run(csv_file(ROW, bad, ROW | {"id": "COL-3"}), "sites.csv", "essai")
    counts = await apply(report)
    assert (counts.created, counts.refused) == (2, 1)
    refused = report.of(Outcome.REFUSED)[0]
    assert (refused.number, refused.reasons) == (
        3,
        [typeset("colonne « lat » : « nord » n’est pas une coordonnée")],
    )


async def test_an_id_twice_is_refused_the_second_time() -> None:
    report = await dry_run(csv_file(ROW, ROW | {"nom": "Autre"}), "sites.csv", "essai")
    assert [line.outcome for line in report.lines] == [Outcome.CREATED, Outcome.REFUSED]
    assert report.lines[1].reasons == [typeset("identifiant « COL-1 » déjà à la ligne 2")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": ""}, "identifiant vide"),
        ({"nom": ""}, "nom vide"),
        ({"nom": "x" * 201}, "200 caractères au plus, il y en a 201"),
        ({"lat": "", "lon": ""}, "ni coordonnées, ni adresse, ni commune"),
        ({"lon": ""}, "colonnes « lat » et « lon » : il faut les deux"),
        ({"lat": "0", "lon": "0"}, "hors de France"),
        ({"lat": "7.28", "lon": "43.7"}, "semblent inversées"),
        ({"lat": "6298000", "lon": "1042000"}, "des degrés (WGS 84) sont attendus"),
        ({"cp": "NICE"}, "n’est pas un code postal"),
        ({"insee": "999"}, "n’est pas un code INSEE"),
        ({"effectif": "environ 12"}, "un nombre entier de 0 à 100000"),
        ({"priorite": "101"}, "un nombre entier de 0 à 100 "),
        ({"horaires": "8h-12h"}, "n’est pas un horaire OSM"),
        ({"deadline": "31/02/2027"}, "n’est pas une date"),
        ({"not_before": "2027-02-02", "deadline": "2027-02-01"}, "l’échéance vient avant le début"),
        ({"mail": "ada"}, "n’est pas une adresse électronique"),
        ({"nom": "#N/A"}, "cellule en erreur (#N/A)"),
    ],
)
async def test_a_line_is_refused_with_its_reason(change: dict[str, str], why: str) -> None:
    reasons = await only_line(ROW | change)
    assert len(reasons) == 1
    assert typeset(why) in reasons[0]


async def test_every_reason_is_given_at_once() -> None:
    assert len(await only_line(ROW | {"lat": "nord", "cp": "?", "effectif": "-3"})) == 3


async def test_a_column_not_in_the_file_erases_nothing() -> None:
    await imported(csv_file(ROW | {"effectif": "13", "acces": "Sonner", "mail": "a@b.example"}))
    counts = await imported(csv_file({"id": "COL-1", "nom": "Collège Ségurane", "commune": "Nice"}))
    site = await Site.get(source_id="COL-1").prefetch_related("manager")
    assert counts.changed == 1
    assert (site.staff, site.access, site.lat, site.commune) == (13, "Sonner", 43.69957, "Nice")
    assert site.manager is not None


async def test_an_empty_cell_erases_what_is_optional_and_keeps_name_and_position() -> None:
    full = ROW | {
        "effectif": "13",
        "acces": "Sonner",
        "horaires": "24/7",
        "mail": "a@b.example",
        "duree": "60",
    }
    await imported(csv_file(full))
    await imported(csv_file(dict.fromkeys(full, "") | {"id": "COL-1"}))
    site = await Site.get(source_id="COL-1").prefetch_related("manager")
    assert (site.name, site.lat, site.lon) == ("Collège Ségurane", 43.69957, 7.28057)
    assert (site.access, site.staff, site.visit_min, site.manager) == ("", 0, None, None)
    assert site.opening_hours == "Mo-Fr 09:00-17:00"


async def test_headquarters_is_a_site_not_to_visit() -> None:
    await imported(csv_file(ROW | {"type": "Siège"}, ROW | {"id": "COL-2", "type": "msd"}))
    assert (await Site.get(source_id="COL-1")).kind == HEADQUARTERS
    assert [site.source_id for site in await Site.to_visit()] == ["COL-2"]


async def test_a_site_without_coordinates_waits_for_its_position() -> None:
    await imported(
        csv_file({"id": "M-1", "nom": "MSD", "adresse": "1 rue Haute", "commune": "Nice"})
    )
    assert (await Site.get(source_id="M-1")).position_state == PositionState.WAITING


async def test_a_position_found_by_address_is_looked_up_again_when_the_address_changes() -> None:
    row = {"id": "M-1", "nom": "MSD", "adresse": "1 rue Haute", "commune": "Nice"}
    await imported(csv_file(row))
    await Site.all().update(
        lat=43.7, lon=7.2, position_state=PositionState.GEOCODED, position_score=0.9
    )
    assert (await imported(csv_file(row))).unchanged == 1

    await imported(csv_file(row | {"adresse": "2 rue Basse"}))
    site = await Site.get(source_id="M-1")
    assert (site.position_state, site.position_score, site.lat) == (
        PositionState.WAITING,
        None,
        43.7,
    )


async def test_coordinates_in_the_file_settle_a_doubtful_position() -> None:
    await imported(csv_file(ROW))
    await Site.all().update(position_state=PositionState.TO_CHECK, position_score=0.3)
    report = await dry_run(csv_file(ROW), "sites.csv", "essai")
    assert [(c.old, c.new) for c in report.lines[0].changes] == [
        ("à vérifier", "donnée par le fichier")
    ]
    await apply(report)
    assert (await Site.get(source_id="COL-1")).position_state == PositionState.GIVEN


async def test_a_manager_is_one_person_whatever_the_case_of_the_address() -> None:
    known = await SiteManager.create(name="Ada Martin", email="Ada@b.example")
    rows = [
        ROW | {"mail": "ada@B.example", "responsable": ""},
        ROW | {"id": "COL-2", "mail": "ADA@b.example"},
    ]
    await imported(csv_file(*rows))
    assert await SiteManager.all().count() == 1
    assert await Site.filter(manager_id=known.id).count() == 2


async def test_a_manager_named_in_two_ways_keeps_the_first() -> None:
    first = ROW | {"mail": "a@b.example", "responsable": "Ada Martin"}
    second = first | {"id": "COL-2", "responsable": "A. Martin"}
    report = await dry_run(csv_file(first, second), "sites.csv", "essai")
    assert report.lines[1].notes == [
        typeset("responsable « A. Martin » laissé de côté : « Ada Martin » plus haut")
    ]
    await apply(report)
    assert (await SiteManager.get()).name == "Ada Martin"
    assert (await imported(csv_file(first, second))).unchanged == 2


async def test_a_manager_without_address_is_left_aside_and_said() -> None:
    report = await dry_run(csv_file(ROW | {"responsable": "Ada", "mail": ""}), "sites.csv", "essai")
    assert report.lines[0].notes == [
        typeset("responsable « Ada » laissé de côté : sans adresse électronique")
    ]


async def test_a_new_phone_of_a_manager_shows_on_each_of_the_sites() -> None:
    rows = [
        ROW | {"mail": "a@b.example", "responsable tel": "1"},
        ROW | {"id": "C-2", "mail": "a@b.example"},
    ]
    await imported(csv_file(*rows))
    counts = await imported(csv_file(*(row | {"responsable tel": "2"} for row in rows)))
    assert len(counts.changed_sites) == 2
    assert (await SiteManager.get()).phone == "2"


async def test_applying_a_report_twice_changes_nothing_the_second_time() -> None:
    report = await dry_run(csv_file(ROW), "sites.csv", "essai")
    await apply(report)
    counts = await apply(report)
    assert (counts.created, counts.changed, counts.unchanged) == (0, 0, 1)


async def test_what_someone_edits_between_dry_run_and_confirmation_stands() -> None:
    await imported(csv_file(ROW | {"effectif": "13", "acces": "Sonner"}))
    report = await dry_run(
        csv_file(ROW | {"effectif": "14", "acces": "Sonner"}), "sites.csv", "essai"
    )
    await Site.all().update(access="Demander la loge", updated_at=now())
    await apply(report)
    site = await Site.get(source_id="COL-1")
    assert (site.staff, site.access) == (14, "Demander la loge")


async def test_a_failure_while_writing_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_args: object, **_options: object) -> None:
        raise OSError("disk full")

    report = await dry_run(csv_file(ROW | {"mail": "a@b.example"}), "sites.csv", "essai")
    monkeypatch.setattr(Site, "bulk_create", fail)
    with pytest.raises(OSError, match="disk full"):
        await apply(report)
    assert await SiteManager.all().count() == 0


async def test_a_report_survives_as_text() -> None:
    await imported(csv_file(ROW))
    report = await dry_run(
        csv_file(ROW | {"lat": "43.7"}, ROW, ROW | {"id": "é"}), "sites.csv", "essai"
    )
    assert ImportReport.from_json(report.to_json()) == report


@pytest.mark.parametrize("text", ["", "[]", '{"source": 3}'])
async def test_a_text_that_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        ImportReport.from_json(text)


async def test_a_name_that_looks_like_code_is_kept_as_text() -> None:
    name = "${window.X=1}<img src=x onerror=alert(1)>"
    await imported(csv_file(ROW | {"nom": name}))
    assert (await Site.get()).name == name
