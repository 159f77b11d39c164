"""The worker: huey's consumer with every capability's jobs loaded."""

from __future__ import annotations

import logging

import tour.desk.back
import tour.desk.deliver
import tour.desk.push
import tour.needs.jobs
import tour.planning.run
import tour.sites.jobs
import tour.visits.jobs
from tour.jobs import queue
from tour.private import keep_private

__all__ = ["run"]

JOBS = (
    tour.desk.back,
    tour.desk.deliver,
    tour.desk.push,
    tour.needs.jobs,
    tour.planning.run,
    tour.sites.jobs,
    tour.visits.jobs,
)


def run(processes: int) -> None:
    """Works until stopped. Processes, not threads: a plan keeps a core busy and each has its own database."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    keep_private()
    queue.create_consumer(
        workers=processes,
        worker_type="process",
        periodic=True,
        initial_delay=0.05,
        max_delay=0.3,
        backoff=1.15,
    ).run()
