"""The desks outside: what each kind asks for, how one is saved, tried, and taken into use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from tour.audit.record import record
from tour.db import now, transaction
from tour.desk.connectors import connector_of
from tour.desk.connectors.base import DeskError, Finding
from tour.desk.models import Desk, DeskKind, RemoteChoice
from tour.desk.secrets import seal, unseal
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.post.outside import origin
from tour.settings import settings
from tour.wording import N_


@dataclass(frozen=True)
class Ask:
    """One thing that a kind of desk asks for."""

    name: str
    label: str
    help: str = ""
    secret: bool = False


ZONE = Ask("zone", N_("Fuseau horaire du serveur"), N_("GLPI donne ses dates sans fuseau : Europe/Paris, par exemple."))  # fmt: skip
CATEGORY = Ask("category", N_("Catégorie par défaut (numéro)"))
ENTITY = Ask("entity", N_("Entité (numéro)"), N_("Vide : celle du compte."))
APP = Ask("app_token", N_("App-Token"), N_("Configuration > Générale > API, si le client d’API en a un."), secret=True)  # fmt: skip
USER = Ask("user_token", N_("Jeton d’API de l’utilisateur"), N_("Préférences de l’utilisateur > Clés d’accès distant."), secret=True)  # fmt: skip
HOOK = Ask("hook_secret", N_("Secret des webhooks"), N_("GLPI 11 : celui du webhook qui nous prévient. Facultatif."), secret=True)  # fmt: skip

ASKS: dict[DeskKind, tuple[Ask, ...]] = {
    DeskKind.GLPI_V1: (ZONE, CATEGORY, ENTITY, APP, USER, HOOK),
    DeskKind.GLPI_V2: (
        ZONE,
        CATEGORY,
        ENTITY,
        Ask("client_id", N_("Identifiant du client OAuth"), secret=True),
        Ask("client_secret", N_("Secret du client OAuth"), secret=True),
        Ask("username", N_("Compte GLPI"), secret=True),
        Ask("password", N_("Mot de passe du compte"), secret=True),
        APP,
        USER,
        HOOK,
    ),
    DeskKind.RT: (
        Ask("queue", N_("File par défaut"), N_("Support, par exemple.")),
        Ask("token", N_("Jeton d’authentification"), N_("Préférences > Auth Tokens."), secret=True),
    ),
    DeskKind.WEBHOOK: (
        Ask(
            "secret", N_("Secret partagé"), N_("Signe ce qui part et ce qui revient."), secret=True
        ),
    ),
}
URL_HELP: dict[DeskKind, str] = {
    DeskKind.GLPI_V1: N_("https://glpi.departement.fr/apirest.php"),
    DeskKind.GLPI_V2: N_("https://glpi.departement.fr/api.php/v2"),
    DeskKind.RT: N_("https://rt.departement.fr"),
    DeskKind.WEBHOOK: N_("L’adresse qui reçoit les besoins en JSON."),
}


async def save(
    desk: Desk | None,
    kind: DeskKind,
    name: str,
    url: str,
    given: Mapping[str, str],
    *,
    triage: bool,
) -> Desk:
    """Saves a desk's settings. Raises UserError naming the field.

    A secret left empty stays as it was, unless the address now leads to another server: what was meant for
    one is not sent to another. The desk's findings then say so until it is tried again.
    """
    name, url = name.strip(), url.strip()
    if not name:
        raise UserError(_("Donnez un nom à ce guichet."), field="name")
    if not is_web_address(url):
        raise UserError(
            _("Cette adresse n’en est pas une : elle commence par https://."), field="url"
        )
    other = await Desk.get_or_none(name=name)
    if other and (desk is None or other.id != desk.id):
        raise UserError(_("Un autre guichet porte ce nom."), field="name")
    asks = ASKS[kind]
    zone = given.get("zone", "")
    if zone and not is_zone(zone):
        raise UserError(
            _("Ce fuseau horaire n’existe pas : Europe/Paris, par exemple."), field="zone"
        )
    secrets = held = secrets_of(desk)
    if desk and origin(desk.url) != origin(url):
        secrets = {}
    secrets = secrets | {
        a.name: v for a in asks if a.secret and (v := given.get(a.name, "").strip())
    }
    desk = desk or Desk(kind=kind)
    desk.name, desk.url, desk.triage = name, url, triage
    desk.options = {a.name: given.get(a.name, "").strip() for a in asks if not a.secret}
    if "zone" in desk.options:
        desk.options["zone"] = zone or settings().zone
    desk.secrets = seal(secrets)
    if lost := [_(a.label) for a in asks if a.name in held.keys() - secrets.keys()]:
        desk.findings = [{"ok": False, "words": _("Cette adresse mène à un autre serveur : ce qui était enregistré pour le premier a été effacé et ne lui est pas envoyé. À saisir de nouveau : %(what)s.", what=", ".join(lost))}]  # fmt: skip
        desk.checked_at = now()
    else:
        desk.findings = []
    desk.open_until, desk.failures, desk.trouble = None, 0, ""  # what was wrong may be mended
    await desk.save()
    scheme, host, port = origin(url)  # no more of it: some addresses hold a key
    await record(
        "desk.saved",
        on=f"/desk/settings/{desk.id}",
        server=f"{scheme}://{host}:{port}",
        emptied=lost,
    )
    return desk


def is_web_address(url: str) -> bool:
    """http or https, with a host; credentials have fields of their own and never stand in an address."""
    try:
        parts = urlsplit(url)
        origin(url)
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and url.isprintable()
        and "\\" not in url
    )


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):
        return False
    return True


def secrets_of(desk: Desk | None) -> dict[str, str]:
    """The secrets a desk has; none when they can no longer be read."""
    try:
        return unseal(desk.secrets) if desk else {}
    except UserError:
        return {}


async def check(desk: Desk) -> list[Finding]:
    """Tries the connection and everything delivery needs; what was found is kept for the page."""
    try:
        async with connector_of(desk) as there:
            findings = await there.check()
    except (DeskError, UserError) as error:
        findings = [Finding(False, str(error))]
    except (LookupError, TypeError, ValueError, AttributeError):  # JSON, but not this desk's
        findings = [Finding(False, _("Ce qui répond à cette adresse n’est pas un guichet de cette sorte."))]  # fmt: skip
    desk.findings = [{"ok": f.ok, "words": f.words} for f in findings]
    desk.checked_at = now()
    if all(f.ok for f in findings):
        desk.open_until, desk.failures, desk.trouble = None, 0, ""
    await desk.save(update_fields=["findings", "checked_at", "open_until", "failures", "trouble"])
    return findings


async def take_into_use(desk_id: UUID | None) -> None:
    """Sends new needs to this desk from now on; none: to the embedded desk."""
    async with transaction():
        await Desk.exclude(id=desk_id).update(in_use=False) if desk_id else await Desk.all().update(in_use=False)  # fmt: skip
        if desk_id:
            await Desk.filter(id=desk_id).update(in_use=True)


async def import_choices(desk: Desk) -> int:
    """Reads the desk's categories, locations or queues; raises DeskError."""
    async with connector_of(desk) as there:
        choices = await there.choices()
    async with transaction():
        await RemoteChoice.filter(desk_id=desk.id).delete()
        await RemoteChoice.bulk_create(
            [
                RemoteChoice(desk_id=desk.id, what=c.what, remote_id=c.id, name=c.name[:250])
                for c in choices
            ]
        )
    return len(choices)


def settings_without_secrets(desk: Desk | None, kind: DeskKind) -> dict[str, Any]:
    """What a form shows of a desk: never a secret, only whether there is one."""
    held = secrets_of(desk)
    return {
        "options": desk.options if desk else {"zone": settings().zone},
        "held": {a.name for a in ASKS[kind] if a.secret and held.get(a.name)},
    }
