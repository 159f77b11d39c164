"""Languages: French is written in the sources, English comes from a Babel catalogue."""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import cache, lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel.support import Translations

LANGUAGES = {"fr": "Français", "en": "English"}
DEFAULT = "fr"
FOLDER = Path(__file__).parent / "locale"

language: ContextVar[str] = ContextVar("language", default=DEFAULT)


BREAKS = re.compile(r" (?=[:;?!»])|(?<=«) ")


@lru_cache(maxsize=4000)
def typeset(text: str) -> str:
    """French text whose high punctuation never begins a line: its spaces there do not break."""
    return BREAKS.sub("\N{NO-BREAK SPACE}", text)


class FrenchSource(NullTranslations):
    """The sources' own words; in French zero takes the singular."""

    def gettext(self, message: str) -> str:
        return typeset(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return typeset(msgid1 if n < 2 else msgid2)


@cache
def catalogue(code: str) -> NullTranslations:
    """The catalogue of a language; French where there is none."""
    if code == DEFAULT:
        return FrenchSource()
    found = Translations.load(FOLDER, [code], "tour")
    return found if isinstance(found, Translations) else FrenchSource()


def gettext(message: str, **values: object) -> str:
    """The message in the reader's language; ``%(name)s`` stand for ``values``."""
    text = catalogue(language.get()).gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """The message for ``num`` things; ``%(num)s`` stands for the number."""
    return catalogue(language.get()).ngettext(one, many, num) % {"num": num, **values}


_ = gettext


def choose(accepted: str) -> str:
    """The language to use for an ``Accept-Language`` header (RFC 9110 §12.5.4)."""
    wishes: list[tuple[float, str]] = []
    for part in accepted.split(","):
        name, _sep, q = part.strip().partition(";q=")
        try:
            wishes.append((-float(q or 1), name.split("-")[0].lower()))
        except ValueError:
            continue
    return next(
        (code for _weight, code in sorted(wishes, key=lambda w: w[0]) if code in LANGUAGES), DEFAULT
    )
