"""Templates: the Jinja environment, built assets, icons. Knows nothing of HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, lru_cache, wraps
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2_fragments import render_block
from markupsafe import Markup

from tour import i18n, wording
from tour.settings import ROOT, settings

DIST = ROOT / "static" / "dist"


@cache
def manifest() -> dict[str, str]:
    """Names of built files: source name → name with its hash. Written by bin/build.js."""
    path = DIST / "manifest.json"
    if not path.exists():
        raise SystemExit("static/dist is not built: run `make setup`")
    return json.loads(path.read_text())


def asset(name: str) -> str:
    """The address of a built file."""
    return f"/static/dist/{manifest()[name]}"


@lru_cache(maxsize=1_000)
def icon(name: str, label: str = "") -> Markup:
    """An icon of the sprite; with no label it is decoration, hidden from screen readers."""
    meaning = (
        Markup('role="img" aria-label="{}"').format(label)
        if label
        else Markup('aria-hidden="true"')
    )
    return Markup('<svg class="icon" {}><use href="{}#{}"></use></svg>').format(
        meaning, asset("icons.svg"), name
    )


def when_read(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, never worked out ahead: Jinja would fold « "done" | words » once, in the first reader's language."""

    @pass_context
    @wraps(filter_)
    def run(_context: Context, *args: Any, **kwargs: Any) -> Any:
        return filter_(*args, **kwargs)

    return run


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda s: i18n.catalogue(i18n.language.get()).gettext(s),
        lambda s, p, n: i18n.catalogue(i18n.language.get()).ngettext(s, p, n),
        newstyle=True,
    )
    env.globals.update(asset=asset, icon=icon, settings=settings, languages=i18n.LANGUAGES)
    env.filters.update({name: when_read(filter_) for name, filter_ in wording.FILTERS.items()})
    return env


def html(template: str, *, block: str | None = None, **context: Any) -> str:
    """Renders a template, or one of its blocks, with no request (mail, live progress)."""
    env = environment()
    if block:
        return render_block(env, template, block, **context)
    return env.get_template(template).render(**context)
