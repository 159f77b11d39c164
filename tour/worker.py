"""The worker: huey's consumer for every job on the map."""

from __future__ import annotations

import logging

from tour.audit.record import write_log
from tour.jobs import queue
from tour.private import keep_private
from tour.settings import settings
from tour.wiring import connect


def run(processes: int) -> None:
    """Works until stopped. Processes, not threads: a plan keeps a core busy and each has its own database."""
    write_log()
    connect()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    keep_private()
    settings().signing_secret()  # a wrong one is told now, not at the first job
    queue.create_consumer(
        workers=processes,
        worker_type="process",
        periodic=True,
        initial_delay=0.05,
        max_delay=0.3,
        backoff=1.15,
    ).run()
