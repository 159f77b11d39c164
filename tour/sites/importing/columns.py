"""Which column of a file is which field of a site."""

from __future__ import annotations

from dataclasses import dataclass

from tour.i18n import _
from tour.sites.models import PositionState
from tour.tables.table import UnusableFile, fold

# Folded names (no accent, case, space or punctuation), the preferred first. The open data of the Département and the
# Annuaire de l'éducation are read as they are. « effec » is left out on purpose: there it counts pupils, not agents.
ALIASES: dict[str, tuple[str, ...]] = {
    "source_id": (
        "id",
        "code",
        "identifiant",
        "uai",
        "identifiantdeletablissement",
        "codesite",
        "idsite",
        "ref",
    ),
    "name": (
        "name",
        "nom",
        "libelle",
        "nometablissement",
        "nomdusite",
        "nomsite",
        "site",
        "intitule",
        "appellation",
    ),
    "kind": ("kind", "type", "categorie", "typedesite", "typesite", "typeetablissement", "nature"),
    "address": ("address", "adresse", "adresse1", "address1", "rue", "voie", "street"),
    "address2": ("adresse2", "address2", "complement", "complementadresse", "complementdadresse"),
    "postcode": ("postcode", "codepostal", "cp", "postalcode", "zip", "zipcode"),
    "commune": ("commune", "localite", "ville", "city", "town", "nomcommune"),
    "insee": ("insee", "codeinsee", "citycode", "codecommune", "inseecommune"),
    "lat": ("lat", "latitude", "y", "coordy", "latitudewgs84"),
    "lon": ("lon", "lng", "long", "longitude", "x", "coordx", "longitudewgs84"),
    "staff": (
        "staff",
        "effectif",
        "effectifs",
        "agents",
        "nbagents",
        "nombredagents",
        "nombreagents",
    ),
    "opening_hours": ("openinghours", "horaires", "horaire", "horairesdouverture", "hours"),
    "phone": ("phone", "tel", "telephone", "numerodetelephone"),
    "access": ("access", "acces", "consignes", "consignesdacces"),
    "priority": ("priority", "priorite"),
    "visit_min": ("visitmin", "durationmin", "duree", "dureemin", "dureevisite", "duration"),
    "setup_min": ("setupmin", "setup", "installation", "installationmin"),
    "not_before": ("notbefore", "pasavant", "apartirdu"),
    "deadline": ("deadline", "echeance", "datelimite", "avantle"),
    "blocked": ("blocked", "datesbloquees", "joursbloques", "indisponibilites"),
    "skills": ("skills", "competences"),
    "manager_email": (
        "responsablemail",
        "responsableemail",
        "mailresponsable",
        "emailresponsable",
        "manageremail",
        "managermail",
        "mail",
        "email",
        "courriel",
    ),
    "manager_name": (
        "responsable",
        "manager",
        "responsablenom",
        "nomresponsable",
        "managername",
        "nomduresponsable",
    ),
    "manager_phone": (
        "responsabletel",
        "responsabletelephone",
        "telresponsable",
        "managerphone",
        "managertel",
    ),
}

# A field that means nothing without another: half a position, a manager nobody can write to.
NEEDS = {
    "lat": "lon",
    "lon": "lat",
    "address2": "address",
    "manager_name": "manager_email",
    "manager_phone": "manager_email",
}


@dataclass(frozen=True)
class Recognised:
    """``fields``: field → column as the file names it. ``ignored``: the columns we make nothing of."""

    fields: dict[str, str]
    ignored: list[str]


def recognise(columns: list[str]) -> Recognised:
    """Finds our fields among a file's columns; the preferred of two that mean the same is taken."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(fold(column), column)
    found = {
        field: next((by_name[alias] for alias in aliases if alias in by_name), "")
        for field, aliases in ALIASES.items()
    }
    fields = {
        field: column
        for field, column in found.items()
        if column and found.get(NEEDS.get(field, field))
    }
    taken = set(fields.values())
    return Recognised(fields, [column for column in columns if column not in taken])


def count_known(columns: list[str]) -> int:
    """How many of a file's columns are fields of ours."""
    return len(recognise(columns).fields)


def check_required(recognised: Recognised, columns: list[str]) -> None:
    """Raises UnusableFile, naming everything that is missing at once."""
    missing = []
    if "source_id" not in recognised.fields:
        missing.append(_("un identifiant (« id », « code » ou « uai »)"))
    if "name" not in recognised.fields:
        missing.append(_("un nom (« nom » ou « name »)"))
    if not {"lat", "address", "commune"} & recognised.fields.keys():
        missing.append(
            _("une position (« lat » et « lon ») ou une adresse (« adresse », « commune »)")
        )
    if missing:
        raise UnusableFile(
            _(
                "Colonnes obligatoires absentes : %(missing)s. Colonnes lues : %(read)s.",
                missing="\N{NO-BREAK SPACE}; ".join(missing),
                read=", ".join(column[:40] for column in columns[:20]) or "—",
            )
        )


def label(field: str) -> str:
    """What a field is called on pages and in reports."""
    return {
        "source_id": _("identifiant"),
        "name": _("nom"),
        "kind": _("type"),
        "address": _("adresse"),
        "postcode": _("code postal"),
        "commune": _("commune"),
        "insee": _("code INSEE"),
        "lat": _("latitude"),
        "lon": _("longitude"),
        "position_state": _("position"),
        "staff": _("effectif"),
        "opening_hours": _("horaires"),
        "phone": _("téléphone"),
        "access": _("accès"),
        "priority": _("priorité"),
        "visit_min": _("durée de visite"),
        "setup_min": _("installation"),
        "not_before": _("pas avant"),
        "deadline": _("échéance"),
        "blocked": _("dates bloquées"),
        "skills": _("compétences"),
        "manager_email": _("mail du responsable"),
        "manager_name": _("responsable"),
        "manager_phone": _("téléphone du responsable"),
    }[field]


def position_label(state: PositionState) -> str:
    """How a site's position is known, in words."""
    return {
        PositionState.GIVEN: _("donnée par le fichier"),
        PositionState.GEOCODED: _("trouvée par l’adresse"),
        PositionState.TO_CHECK: _("à vérifier"),
        PositionState.WAITING: _("en attente"),
        PositionState.NOT_FOUND: _("introuvable"),
    }[state]
