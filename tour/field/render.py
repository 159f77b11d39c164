"""Field pages from templates, with what the worker's renderer has too and nothing more. See static/sw/render.js."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tour import i18n
from tour.field.filters import FILTERS
from tour.settings import ROOT
from tour.templating import asset, icon, when_read


@cache
def environment() -> Environment:
    """Jinja as the templates' common subset wants it: ``_`` gives plain text, None shows as nothing."""
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: "" if value is None else value,
    )
    env.globals.update(_=i18n.gettext, ngettext=i18n.ngettext, asset=asset, icon=icon)
    env.filters.update({name: when_read(filter_) for name, filter_ in FILTERS.items()})
    return env


def render(template: str, context: dict[str, Any]) -> str:
    return environment().get_template(template).render(lang=i18n.language.get(), **context)
