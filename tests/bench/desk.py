"""Needs delivered per second to each desk, by one worker, beside the bare rate of the peer for as many creations.

``make bench-desk`` (NEEDS=60). The GLPI double runs in this process; Request Tracker is the real one, where installed.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TOUR_HOME"] = folder
        os.environ.setdefault("TOUR_SECRET", "bench" * 8)
        os.environ["TOUR_PRIVATE_HOSTS"] = "127.0.0.1"
        asyncio.run(everything(Path(folder)))


async def everything(folder: Path) -> None:
    from tests.peers.glpi import APP_TOKEN, CLIENT, USER_TOKEN, running_glpi
    from tests.peers.rt import running_rt, why_not
    from tour.desk.models import DeskKind

    needs = int(os.environ.get("NEEDS") or 60)
    secrets = {
        "app_token": APP_TOKEN,
        "user_token": USER_TOKEN,
        **dict(zip(("client_id", "client_secret", "username", "password"), CLIENT, strict=True)),
    }
    with running_glpi() as glpi:
        for kind, path in ((DeskKind.GLPI_V1, "/apirest.php"), (DeskKind.GLPI_V2, "/api.php/v2")):
            ours = await delivered(folder, kind, glpi.url + path, {}, secrets, needs)
            bare = await bare_glpi(glpi.url, kind == DeskKind.GLPI_V2, secrets, needs)
            say(kind.value, ours, bare)
    if reason := why_not():
        print(f"rt: skipped, {reason}")
        return
    with running_rt(folder / "rt") as rt:
        needs = min(needs, 20)
        token = {"token": rt.token}
        ours = await delivered(folder, DeskKind.RT, rt.url, {"queue": "Support"}, token, needs)
        began = time.monotonic()
        with rt.client() as client:
            for n in range(needs):
                ticket = {"Queue": "Support", "Subject": f"t{n}", "Content": "x"}
                assert client.post("/ticket", json=ticket).status_code == 201
        say("rt", ours, needs / (time.monotonic() - began))


def say(name: str, ours: float, bare: float) -> None:
    print(
        f"{name}: {ours:.1f} needs/s delivered, one worker (searched, made, written down here); "
        f"bare creations {bare:.1f}/s ({ours / bare:.2f} of it)",
        flush=True,
    )


async def delivered(
    folder: Path, kind: Any, url: str, options: dict[str, str], secrets: dict[str, str], needs: int
) -> float:
    """Needs a second from the outbox to the desk, the intake included."""
    from tests.factories import make_visit
    from tour.corner.catalogue.models import NeedKind
    from tour.db import database, migrate, transaction
    from tour.desk.models import Delivery, DeliveryState, Desk
    from tour.desk.secrets import seal
    from tour.needs.models import Need
    from tour.post import outbox
    from tour.wiring import connect

    connect()
    db = f"sqlite://{folder / kind.value}.sqlite3"
    await migrate(db)
    async with database(db):
        await Desk.create(
            kind=kind, name="Guichet", url=url, options=options, secrets=seal(secrets), in_use=True
        )
        visit = await make_visit()
        for n in range(needs):
            async with transaction():
                need = await Need.create(
                    visit=visit, site_id=visit.site_id, kind=NeedKind.INCIDENT, text=f"Besoin {n}"
                )
                await outbox.post("ticket", f"ticket/{need.id}", {"need": str(need.id)})
        began = time.monotonic()
        while await Delivery.filter(state=DeliveryState.SENT).count() < needs:
            await outbox.deliver_due()
        return needs / (time.monotonic() - began)


async def bare_glpi(url: str, v2: bool, secrets: dict[str, str], needs: int) -> float:
    async with httpx.AsyncClient() as client:
        if v2:
            form = {"grant_type": "password", "scope": "api", **secrets}
            token = (await client.post(f"{url}/api.php/v2/token", data=form)).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            address, body = f"{url}/api.php/v2/Assistance/Ticket", {"name": "t", "content": "x"}
        else:
            headers = {"App-Token": secrets["app_token"]}
            sign_in = {**headers, "Authorization": f"user_token {secrets['user_token']}"}
            answer = await client.get(f"{url}/apirest.php/initSession", headers=sign_in)
            headers["Session-Token"] = answer.json()["session_token"]
            address, body = f"{url}/apirest.php/Ticket", {"input": {"name": "t", "content": "x"}}  # type: ignore[dict-item]
        began = time.monotonic()
        for _ in range(needs):
            assert (await client.post(address, json=body, headers=headers)).status_code < 300
        return needs / (time.monotonic() - began)


if __name__ == "__main__":
    main()
