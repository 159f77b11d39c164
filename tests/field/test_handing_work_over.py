"""Work as frames: put together in any order, with repeats, and never from damaged ones."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.field.conftest import Worker

WORK = {
    "pair": "Binôme",
    "changes": [{"id": str(n), "text": f"é😀 {n * 7919}"} for n in range(300)],
}


def test_it_works(worker: Worker) -> None:
    frames = worker.ask("frames", value=WORK)
    assert len(frames) > 3
    assert worker.ask("assemble", frames=frames) == {"done": True, "value": WORK}


def test_any_order_with_repeats(worker: Worker) -> None:
    frames = worker.ask("frames", value=WORK)

    @settings(max_examples=15, deadline=None)
    @given(st.randoms(use_true_random=False))
    def check(dice: random.Random) -> None:
        shown = frames + dice.choices(frames, k=10)
        dice.shuffle(shown)
        assert worker.ask("assemble", frames=shown)["value"] == WORK

    check()


def test_one_missing_is_not_enough(worker: Worker) -> None:
    frames = worker.ask("frames", value=WORK)
    assert worker.ask("assemble", frames=frames[1:] * 2) == {"done": False, "value": None}


def test_damaged_and_foreign_frames_change_nothing(worker: Worker) -> None:
    frames = worker.ask("frames", value=WORK)
    first = frames[0]
    noise: list[Any] = [
        "",
        "https://example.org",
        first[:-1] + "_",
        "TOUR1.x.1.999999.0.y",
        first + ".z",
    ]
    assert worker.ask("assemble", frames=[*noise, *frames, *noise])["value"] == WORK


def test_another_film_begins_again(worker: Worker) -> None:
    old, new = worker.ask("frames", value=WORK), worker.ask("frames", value={"changes": []})
    assert worker.ask("assemble", frames=[*old[:2], *new])["value"] == {"changes": []}
