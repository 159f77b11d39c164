"""A disk on which the power goes: what was synced is there, of the rest some sectors are and some are not."""

from __future__ import annotations

import enum
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTORS = (512, 4096)
HEAD = struct.Struct("<BxHIQ")


class Op(enum.Enum):
    """What the shim notes (see shim.c)."""

    CREATE = ord("c")
    WRITE = ord("w")
    TRUNCATE = ord("t")
    SYNC = ord("s")
    UNLINK = ord("u")
    SYNC_FOLDER = ord("f")


@dataclass(frozen=True)
class Record:
    """One thing done to a file. ``offset`` is the new length of a truncation."""

    op: Op
    name: str
    offset: int = 0
    data: bytes = b""


@dataclass
class File:
    """Bytes that are safe, and what was done since the last sync."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Record] = field(default_factory=list)

    def sync(self) -> None:
        for record in self.since:
            change(self.safe, record)
        self.since.clear()

    def after_a_cut(self, dice: random.Random, kept: float, sector: int) -> bytes:
        """The safe bytes with a share of the unsynced sectors written over them."""
        found = bytearray(self.safe)
        for record in self.since:
            for part in torn(record, sector):
                if dice.random() < kept:
                    change(found, part)
        return bytes(found)


@dataclass
class Disk:
    """The files of one folder, by name; ``entries`` are those whose name is safe, and what each name became since."""

    files: dict[str, File]
    entries: dict[str, list[File | None]] = field(init=False)

    def __post_init__(self) -> None:
        self.entries = {name: [file] for name, file in self.files.items()}

    @classmethod
    def read(cls, folder: Path) -> Disk:
        """All that lies in the folder now, as if it had always been there."""
        return cls({path.name: File(bytearray(path.read_bytes())) for path in databases(folder)})

    def happen(self, record: Record) -> None:
        name = record.name
        match record.op:
            case Op.CREATE if name not in self.files:
                self.files[name] = File()
                self.entries.setdefault(name, [None]).append(self.files[name])
            case Op.WRITE | Op.TRUNCATE if name in self.files:
                self.files[name].since.append(record)
            case Op.SYNC if name in self.files:
                self.files[name].sync()
            case Op.UNLINK if name in self.files:
                del self.files[name]
                self.entries[name].append(None)
            case Op.SYNC_FOLDER:
                self.entries = {name: became[-1:] for name, became in self.entries.items()}

    def cut(self, dice: random.Random) -> dict[str, bytes]:
        """What the disk holds when the power comes back, by name."""
        kept, sector = dice.choice((0.0, 1.0, dice.random())), dice.choice(SECTORS)
        there = {name: dice.choice(became) for name, became in self.entries.items()}
        return {
            name: file.after_a_cut(dice, kept, sector)
            for name, file in there.items()
            if file is not None
        }


def change(content: bytearray, record: Record) -> None:
    if record.op is Op.TRUNCATE:
        del content[record.offset :]
    end = record.offset + len(record.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[record.offset : end] = record.data


def torn(record: Record, sector: int) -> Iterator[Record]:
    """The record in pieces that each arrive whole or not at all."""
    if record.op is Op.TRUNCATE:
        yield record
        return
    at, end = record.offset, record.offset + len(record.data)
    while at < end:
        stop = min(end, (at // sector + 1) * sector)
        yield Record(
            Op.WRITE, record.name, at, record.data[at - record.offset : stop - record.offset]
        )
        at = stop


def read_log(log: bytes) -> Iterator[Record]:
    """The records of a log; the last one may be cut short by the end of its process."""
    at = 0
    while at + HEAD.size <= len(log):
        op, path_length, length, offset = HEAD.unpack_from(log, at)
        at += HEAD.size
        path, data = log[at : at + path_length], log[at + path_length : at + path_length + length]
        at += path_length + length
        if at > len(log):
            return
        yield Record(Op(op), path.decode().rpartition("/")[2], offset, data)


def databases(folder: Path) -> Iterator[Path]:
    return (p for p in folder.iterdir() if ".sqlite3" in p.name and not p.name.endswith("-shm"))


def put(folder: Path, image: dict[str, bytes]) -> None:
    """Makes the folder's databases those of the image."""
    for path in folder.iterdir():
        if ".sqlite3" in path.name:
            path.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)
