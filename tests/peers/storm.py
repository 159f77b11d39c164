"""Needs with photos through a bad network, by workers that die, to a desk: each once, with every photo, and back."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

from tests.factories import make_item, make_visit
from tests.peers.network import bad_network
from tour.corner.catalogue.models import NeedKind
from tour.db import transaction
from tour.desk.models import Delivery, DeliveryState, Desk, DeskKind
from tour.desk.secrets import seal
from tour.needs.models import Need, NeedState
from tour.post import outbox

WORKERS = 2


@dataclass(frozen=True)
class Storm:
    """What happened."""

    needs: list[Need]
    deaths: int
    faults: Counter[str]
    seconds: float


async def storm(
    url: str, kind: DeskKind, port: int, path: str, *, needs: int, seed: int,
    options: dict[str, str], secrets: dict[str, str], lives_s: float = 3, share: float = 0.2, patience_s: float = 400,
    replay_s: float = 0.5,
) -> Storm:  # fmt: skip
    """Notes ``needs`` needs while workers run, replays some deliveries, and waits until all have arrived."""
    dice = random.Random(seed)
    visits = [await make_visit() for _ in range(5)]
    items = [await make_item(name=f"Article {n} <b>&") for n in range(4)]
    with bad_network(port, share=share, seed=seed) as network:
        await Desk.create(
            kind=kind, name="Guichet", url=f"http://127.0.0.1:{network.port}{path}", options=options,
            secrets=seal(secrets), in_use=True,
        )  # fmt: skip
        workers = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.peers.worker", url, str(seed + n), str(lives_s)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for n in range(WORKERS)
        ]
        began = time.monotonic()
        try:
            noted = []
            for n in range(needs):
                visit, item = dice.choice(visits), dice.choice([*items, None])
                async with transaction():
                    need = await Need.create(
                        visit=visit, site_id=visit.site_id, item=item, kind=NeedKind.INCIDENT,
                        text=f"Besoin {n} : « l’écran » d'accueil\n<script>alert({n})</script>", requester="Mme Été",
                    )  # fmt: skip
                    await outbox.post("ticket", f"ticket/{need.id}", {"need": str(need.id)})
                noted.append(need)
            until = time.monotonic() + patience_s
            while left := await unfinished():
                assert time.monotonic() < until, f"{left} have not arrived: {await states()}"
                assert all(worker.poll() is None for worker in workers), "a worker ended"
                await outbox.wake(
                    f"delivery/{dice.choice(noted).id}"
                )  # asked for again, delivered or not
                await asyncio.sleep(replay_s)
            seconds = time.monotonic() - began
        finally:
            deaths = 0
            for worker in workers:
                worker.terminate()
                deaths += int((worker.communicate(timeout=10)[0] or "0").split()[-1])
    return Storm(noted, deaths, network.had, seconds)


async def unfinished() -> int:
    rows = await outbox.OutboxRow.exclude(state=outbox.OutboxState.SENT).count()
    sent = await Delivery.filter(state=DeliveryState.SENT, photos_left=0).count()
    return rows + await Need.all().count() - sent


async def states() -> dict[str, int]:
    deliveries = await Delivery.all().values_list("state", "problem")
    return dict(Counter(f"{state}: {problem}" for state, problem in deliveries))


async def back(url: str, expected: dict[str, NeedState], *, patience_s: float = 60) -> None:
    """Waits until every need stands here as it stands at the desk, read by a worker that lives."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.peers.worker", url, "0", "0"], stdout=subprocess.PIPE
    )
    try:
        until = time.monotonic() + patience_s
        while True:
            here = {str(n.id): n.state for n in await Need.filter(id__in=list(expected))}
            if here == expected:
                return
            wrong = [ref for ref, state in expected.items() if here.get(ref) != state]
            assert time.monotonic() < until, f"{len(wrong)} still differ, {wrong[:3]}"
            await asyncio.sleep(0.3)
    finally:
        worker.terminate()
        worker.communicate(timeout=10)
