"""``make chaos-power``: ``CUTS=1000 SEED=1 PRAGMAS=synchronous=NORMAL`` choose; prints the counts and the seed."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

CUTS = int(os.environ.get("CUTS") or 1000)
SEED = int(os.environ.get("SEED") or time.time())
PRAGMAS = os.environ.get("PRAGMAS", "")


def main() -> None:
    began = time.monotonic()
    print(f"{CUTS} power cuts, seed {SEED} {PRAGMAS}", flush=True)
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder:
        os.environ["TOUR_HOME"] = home
        from tests.chaos.power.campaign import suffer

        had = asyncio.run(suffer(Path(folder), CUTS, SEED, PRAGMAS, lambda s: print(s, flush=True)))
    print(
        f"{had.cuts} power cuts, {had.cuts_with_unsynced} of them with {had.unsynced} writes not yet synced: {had.receipts} receipts, "
        f"all in the journal; {had.tickets} tickets, none twice; both files whole. Seed {SEED}, {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
