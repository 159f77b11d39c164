"""What a plan is made with, beyond the campaign as it stands: locks, sites left aside or split, what is tried out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Lock:
    """What a planner does not want moved: the day, the pair, or both."""

    day: date | None = None
    pair: str | None = None


@dataclass(frozen=True)
class PairTried:
    """Another base or other hours for a pair (minutes since midnight)."""

    base_name: str = ""
    lat: float | None = None
    lon: float | None = None
    start_min: int | None = None
    end_min: int | None = None


@dataclass(frozen=True)
class Options:
    """``locks`` are by visit (a VisitKey's text), ``parts`` by site; ids are the database's, as text."""

    first_day: date | None = None
    days: int | None = None
    pairs: tuple[str, ...] | None = None
    tried: dict[str, PairTried] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    parts: dict[str, tuple[int, ...]] = field(default_factory=dict)  # minutes of each part
    locks: dict[str, Lock] = field(default_factory=dict)
    balance_percent: int | None = None  # how far a pair's hours of visits may be from its share

    def with_lock(self, key: str, lock: Lock) -> Options:
        """The same with this visit's lock; an empty one takes it away."""
        others = {k: v for k, v in self.locks.items() if k != key}
        return replace(self, locks=others if lock == Lock() else others | {key: lock})


def read_options(stored: dict[str, Any]) -> Options:
    """Options from a plan's JSON; an empty one is a plan of the campaign as it stands."""
    first_day, pairs = stored.get("first_day"), stored.get("pairs")
    return Options(
        first_day=date.fromisoformat(first_day) if first_day else None,
        days=stored.get("days"),
        pairs=tuple(pairs) if pairs is not None else None,
        tried={pair: PairTried(**tried) for pair, tried in stored.get("tried", {}).items()},
        excluded=frozenset(stored.get("excluded", ())),
        added=frozenset(stored.get("added", ())),
        parts={site: tuple(minutes) for site, minutes in stored.get("parts", {}).items()},
        locks={key: read_lock(lock) for key, lock in stored.get("locks", {}).items()},
        balance_percent=stored.get("balance_percent"),
    )


def read_lock(stored: dict[str, Any]) -> Lock:
    day = stored.get("day")
    return Lock(day=date.fromisoformat(day) if day else None, pair=stored.get("pair"))


def write_options(options: Options) -> dict[str, Any]:
    """Options as JSON, without what is not set."""
    stored = {
        "first_day": options.first_day and options.first_day.isoformat(),
        "days": options.days,
        "pairs": options.pairs and list(options.pairs),
        "tried": {pair: asdict(tried) for pair, tried in options.tried.items()},
        "excluded": sorted(options.excluded),
        "added": sorted(options.added),
        "parts": {site: list(minutes) for site, minutes in options.parts.items()},
        "locks": {
            key: {"day": lock.day and lock.day.isoformat(), "pair": lock.pair}
            for key, lock in options.locks.items()
        },
        "balance_percent": options.balance_percent,
    }
    return {key: value for key, value in stored.items() if value not in (None, {}, [])}
