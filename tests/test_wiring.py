from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import make_visit
from tour import events, wiring
from tour.db import transaction
from tour.post import outbox
from tour.post.models import Channel
from tour.post.outbox import OutboxKind
from tour.settings import ROOT
from tour.visits.life import VisitChanged, pass_to
from tour.visits.models import VisitState


def sources() -> dict[str, str]:
    """Every module of the application with its text."""
    found = {}
    for path in sorted((ROOT / "tour").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if not name.startswith("tour.migrations"):
            found[name] = path.read_text()
    return found


def test_every_module_with_jobs_is_on_the_map() -> None:
    with_jobs = {
        name
        for name, text in sources().items()
        if re.search(r"^@queue\.(periodic_)?task", text, re.M)
    }
    assert with_jobs == {module.__name__ for module in wiring.JOBS}


def test_every_kind_that_is_posted_has_its_deliverer() -> None:
    posted = {
        kind.lower()
        for text in sources().values()
        for kind in re.findall(r'outbox\.post(?:_all)?\(\s*(?:OutboxKind\.|")(\w+)"?,', text)
    }
    assert posted | {channel.value for channel in Channel} == set(OutboxKind)
    assert set(wiring.DELIVERERS) == set(OutboxKind)


def test_nothing_is_put_on_the_map_by_importing_it() -> None:
    """Importing all of it leaves the map empty; only ``connect`` fills it."""
    code = (
        "import tour.app, tour.worker; from tour import events; from tour.post import outbox; "
        "assert not outbox.deliverers and not events._handlers"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(ROOT))


@pytest.mark.usefixtures("db")
async def test_a_process_without_the_map_says_so_and_changes_nothing() -> None:
    visit = await make_visit()
    events.connect({})
    outbox.connect({})

    async def invite() -> None:
        async with transaction():
            await pass_to(visit, VisitState.INVITED, by="Léa")

    async def post() -> None:
        async with transaction():
            await outbox.post("mail", "a", {})

    try:
        with pytest.raises(LookupError, match=VisitChanged.__name__):
            await invite()
        with pytest.raises(LookupError, match="mail"):
            await post()
        with pytest.raises(LookupError, match="connect"):
            await outbox.deliver_due()
    finally:
        wiring.connect()
    await visit.refresh_from_db()
    assert visit.state == VisitState.PROPOSED
