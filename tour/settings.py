"""All settings, read from the environment (prefix ``TOUR_``) and checked at start."""

from __future__ import annotations

import os
import re
import secrets
import ssl
from datetime import time
from email.utils import parseaddr
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# A wrong value of these is not shown: a password typed badly is still nearly one.
SECRETS = frozenset(
    {
        "database_url", "huey_url", "smtp_url", "imap_url", "caldav_url", "sms_url", "sms_token", "secret", "key",
        "router_url", "geocoder_url", "tile_url",
    }
)  # fmt: skip
PASSWORD = re.compile(r"//[^/\s]*@")
PACKAGE = Path(__file__).resolve().parent
INSTALLED = (PACKAGE / "templates").is_dir()  # from a wheel, which carries them in the package
ROOT = PACKAGE if INSTALLED else PACKAGE.parent  # where templates/ and static/dist lie
SHORTEST_SECRET = 32


class SettingsError(SystemExit):
    """A setting is missing or wrong; the message names it and says what is expected."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TOUR_", extra="ignore")

    home: Path = Field(
        default=(Path.cwd() if INSTALLED else ROOT) / "var",
        description="folder of the database, mail and files",
    )
    database_url: str = Field(
        default="", description="sqlite://… or postgres://…; default: SQLite in home"
    )
    huey_url: str = Field(default="", description="redis://… ; default: SQLite in home")
    smtp_url: str = Field(
        default="", description="smtp://user:password@host:587; default: files in home/mail"
    )
    mail_from: str = Field(default="Smart tour <smart-tour@departement.example>")
    reply_to: str = Field(
        default="",
        description="address that answers to a mail go to, {visit} in it; default: mail_from's, with +{visit}",
    )
    imap_url: str = Field(
        default="",
        pattern=r"^(imaps?://\S+)?$",
        description="imaps://user:password@host/INBOX: bounces and answers are read there; default: not read",
    )
    caldav_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="https://user:password@host/…/{pair}/: visits are pushed there; default: not pushed",
    )
    sms_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="an HTTP gateway for text messages; default: none is sent",
    )
    sms_token: str = Field(default="", description="the gateway's bearer token")
    ca_file: Path | None = Field(
        default=None,
        description="PEM file of a private certificate authority, believed beside the public ones",
    )
    private_hosts: str = Field(
        default="",
        description="names, addresses and networks inside that a desk may be at: glpi.intranet 10.1.0.0/16",
    )
    reminder_days: str = Field(
        default="4,8",
        pattern=r"^(\d{1,2}(,\d{1,2})?)?$",
        description="days of silence before each reminder, two at most; empty: none",
    )
    send_from: time = Field(default=time(8, 30), description="paced mail and reminders: from")
    send_to: time = Field(default=time(18, 0), description="and until, Monday to Friday")
    base_url: str = Field(
        default="http://localhost:8000", description="how people reach this server"
    )
    hosts: str = Field(
        default="",
        pattern=r"^[\w.:\[\]-]*( *, *[\w.:\[\]-]+)*$",
        description="other names by which people reach this server, with commas; base_url's is known",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="addresses or networks of our own proxies, with commas: their word on who asks is believed",
    )
    zone: str = Field(default="Europe/Paris", description="the Département's time zone")
    departement: str = Field(default="Alpes-Maritimes")
    departement_code: str = Field(default="06", pattern=r"^(\d{2,3}|2A|2B)$")
    demo: bool | Literal["public"] = Field(
        default=False,
        description="demo mode: anybody may sign in; « public » where others than this machine's reach it",
    )
    session_idle_minutes: int = Field(
        default=120, ge=5, le=720, description="a session that nobody uses ends after so long"
    )
    session_hours: int = Field(
        default=12, ge=1, le=24, description="and every session after so long"
    )
    secret: str = Field(
        default="",
        validate_default=False,  # left out is one thing, set to nothing another
        description="signs cookies; default: made once in home/secret",
    )
    key: str = Field(
        default="", description="encrypts desk credentials; default: derived from the secret"
    )
    port: int = Field(default=8000, ge=1, le=65535)
    host: str = Field(default="127.0.0.1")
    geocoder_url: str = Field(
        default="https://data.geopf.fr/geocodage", description="a BAN-compatible service"
    )
    geocoder_per_second: float = Field(default=40, gt=0, le=50)
    router_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="an OSRM-compatible service for drives; default: roads built here, else estimates",
    )
    tile_url: str = Field(
        default=(
            "https://data.geopf.fr/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
            "&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal&FORMAT=image/png"
            "&TILEMATRIXSET=PM&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
        ),
        description="tile template; empty: only our own base layer",
    )
    tile_credit: str = Field(default="© IGN – Géoplateforme")
    map_file: Path | None = Field(
        default=None,
        description="a .pmtiles file in the OpenMapTiles schema: the detailed map that tablets may carry",
    )
    map_credit: str = Field(default="© les contributeurs d’OpenStreetMap, © OpenMapTiles")
    litres_per_100_km: float = Field(default=6.5, gt=0, description="of the pairs' cars")
    kg_co2_per_litre: float = Field(default=3.1, ge=0)
    co2_source: str = Field(
        default="ADEME, Base Empreinte : gazole routier B7, amont et combustion",
        description="where kg_co2_per_litre comes from; shown beside the figure",
    )
    tablet_pin: Literal["off", "optional", "required"] = Field(
        default="optional", description="PIN of the people who share a tablet"
    )
    tablet_lock_minutes: int = Field(
        default=10, ge=1, le=240, description="a tablet with a PIN locks after so long untouched"
    )
    tablet_days: int = Field(
        default=90, ge=1, le=400, description="a tablet unused for so long is enrolled anew"
    )
    recovery_key: Path | None = Field(
        default=None,
        description="PEM file of an RSA public key: its owner can open what tablets hold unsent",
    )
    help_contact: str = Field(
        default="",
        description="whom people call when a link or a page fails; empty: pages and mails name nobody",
    )

    @field_validator("demo")
    @classmethod
    def demo_among_ourselves(cls, value: bool | str, others: ValidationInfo) -> bool | str:
        address = others.data.get("base_url", "")
        if value is True and not only_near(address):
            raise ValueError(
                f"in demo mode anybody signs in, and {address} may be reached from elsewhere; "
                "if that is what you want, say TOUR_DEMO=public"
            )
        return value

    @field_validator("secret")
    @classmethod
    def secret_is_long(cls, value: str) -> str:
        return long_enough(value)

    @field_validator("key")
    @classmethod
    def key_is_long(cls, value: str) -> str:
        return long_enough(value) if value else value

    @field_validator("tile_url")
    @classmethod
    def no_public_osm_tiles(cls, value: str) -> str:
        if "tile.openstreetmap.org" in value:
            raise ValueError("OpenStreetMap's public tile server forbids this use; choose another")
        return value

    @field_validator("recovery_key", mode="before")
    @classmethod
    def recovery_key_exists(cls, value: Any) -> Any:
        if value and not Path(value).is_file():
            raise ValueError("no such file; it holds an RSA public key in PEM form")
        return value or None

    @field_validator("ca_file", mode="before")
    @classmethod
    def ca_file_is_one(cls, value: Any) -> Any:
        if not value:
            return None
        try:
            ssl.create_default_context(cafile=str(value))
        except OSError as error:  # ssl.SSLError is one
            raise ValueError("no certificates are read there; a PEM file is expected") from error
        return value

    @field_validator("private_hosts")
    @classmethod
    def private_hosts_are_some(cls, value: str) -> str:
        for word in value.split():
            if "/" in word:
                ip_network(word)  # a ValueError of its own says what is wrong
            elif "*" in word or (":" in word and not is_address(word)):
                raise ValueError(f"{word!r} is neither a name, an address nor a network")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def proxies_are_addresses(cls, value: str) -> str:
        for part in value.split(","):
            if part.strip():
                ip_network(part.strip())  # its ValueError says what is wrong
        return value

    @field_validator("zone")
    @classmethod
    def zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError(f"unknown time zone {value!r}") from error
        return value

    @field_validator("map_file")
    @classmethod
    def map_file_is_one(cls, value: Path | None) -> Path | None:
        if value is not None:
            with value.open("rb") as file:
                if file.read(7) != b"PMTiles":
                    raise ValueError("this is not a PMTiles file")
        return value

    @property
    def own_hosts(self) -> frozenset[str]:
        """Names in a request's Host that are this server's; loopback always is."""
        named = [urlsplit(self.base_url).netloc, *self.hosts.split(",")]
        return frozenset(filter(None, map(host_name, named))) | {"localhost", "127.0.0.1", "::1"}

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def mail_address(self) -> str:
        """The functional mailbox, without the name."""
        return parseaddr(self.mail_from)[1]

    @property
    def reminders_after(self) -> list[int]:
        return [int(days) for days in self.reminder_days.split(",") if days]

    @property
    def db_url(self) -> str:
        return self.database_url or f"sqlite://{self.home / 'tour.sqlite3'}"

    @property
    def mail_dir(self) -> Path:
        return self.home / "mail"

    def sealing_key(self) -> str:
        """What desk credentials are encrypted with; whoever changes it types the credentials again."""
        return self.key or self.signing_secret()

    def signing_secret(self) -> str:
        """The cookie-signing secret: the setting, else one made once and kept in home (mode 600)."""
        if self.secret:
            return self.secret
        return secret_in(self.home / "secret")


def only_near(address: str) -> bool:
    """Whether an address is this machine's or a private network's, without TLS: one that no stranger comes by."""
    url = urlsplit(address)
    host = url.hostname or ""
    if url.scheme != "http":
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return False


def long_enough(secret: str) -> str:
    """The secret, when it cannot be guessed. Raises ValueError."""
    if len(secret.strip()) < SHORTEST_SECRET:
        raise ValueError(
            f"at least {SHORTEST_SECRET} characters are needed; "
            "`openssl rand -base64 48` makes some. Leave it out to have one made"
        )
    return secret


@cache
def secret_in(path: Path) -> str:
    """The secret kept in a file (mode 600), made when there is none. Of many that start at once, all read the same."""
    if not path.exists():
        make_secret(path)
    try:
        return long_enough(path.read_text())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from None


def make_secret(path: Path) -> None:
    """Writes a whole secret beside, then gives it its name: a name that is taken stays whose it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise SettingsError(f"{path} cannot be made ({error}): set TOUR_SECRET") from None
    finally:
        beside.unlink(missing_ok=True)


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def host_name(host: str) -> str:
    """The name in ``name:port``, in lower case; nothing when it is none."""
    try:
        return (urlsplit(f"//{host.strip()}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def fault(error: Any) -> str:
    """A line that names the variable and says what is wrong. What may hold a password is never repeated."""
    name = "_".join(map(str, error["loc"]))
    got = "" if name in SECRETS else f" (got {PASSWORD.sub('//…@', repr(error['input']))})"
    return f"TOUR_{name.upper()}: {error['msg']}{got}"


@cache
def settings() -> Settings:
    """The settings of this process. Raises SettingsError with one line per wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [fault(e) for e in error.errors()]
        raise SettingsError("\n".join(lines)) from None
