"""Each ticket of the embedded desk has a number of its year: one after the other, none twice, none left out."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.desk.numbers import AT_ONCE, make_needs, numbers, open_one
from tour.db import transaction
from tour.desk.tickets import open_embedded

PROCESSES = 5


async def test_they_follow_each_other(db: str) -> None:
    for need in await make_needs(3):
        await open_one(need)
    assert await numbers() == [1, 2, 3]


async def test_the_number_of_a_deleted_ticket_is_never_given_again(db: str) -> None:
    first, second, third = await make_needs(3)
    await open_one(first)
    gone = await open_one(second)
    await gone.delete()
    assert (await open_one(third)).reference.endswith("-00003")


async def test_one_that_was_undone_leaves_no_hole(db: str) -> None:
    undone, kept = await make_needs(2)

    async def open_and_fail() -> None:
        async with transaction():
            await open_embedded(undone)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await open_and_fail()
    assert (await open_one(kept)).reference.endswith("-00001")


OPEN = """
import asyncio, sys
from uuid import UUID
from tests.desk.numbers import open_one
from tour.db import database
from tour.needs.models import Need

async def main():
    async with database(sys.argv[1]):
        needs = [await Need.get(id=UUID(name)) for name in sys.argv[2:]]
        print("ready", flush=True)
        sys.stdin.readline()
        await asyncio.gather(*map(open_one, needs))

asyncio.run(main())
"""


async def test_fifty_at_once_by_several_processes(db: str) -> None:
    needs = [str(need.id) for need in await make_needs(AT_ONCE)]
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", OPEN, db, *needs[n::PROCESSES],
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        for n in range(PROCESSES)
    ]  # fmt: skip
    for process in running:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    await asyncio.gather(*(process.communicate(b"go\n") for process in running))
    assert [process.returncode for process in running] == [0] * PROCESSES
    assert await numbers() == list(range(1, AT_ONCE + 1))
