"""Synchronisation: takes a tablet's changes, each once, and gives what changed for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from tortoise.exceptions import BaseORMException, IntegrityError

from tour.audit.record import record
from tour.db import Document, local_now, now, transaction
from tour.errors import UserError
from tour.field import unreadable
from tour.field.apply import Bench, Incoming, apply
from tour.field.documents import build
from tour.field.merge import winners
from tour.field.models import Change, ChangeOutcome, Tablet
from tour.field.reach import NotTheirs
from tour.field.reading import Unreadable, clean, read_change, read_request
from tour.field.receipts import receipt
from tour.field.sealing import Ring, Sealed, public_key, recovery_public_key
from tour.field.team import authors, team
from tour.field.window import Cursor, Key, Window, changed, open_pass, rank
from tour.i18n import gettext as _
from tour.i18n import language
from tour.needs.photos import Sender, forget, remove_files
from tour.people.models import Pair
from tour.settings import settings

MOST_BYTES = 1_000_000
MOST_DOCS = 200
log = logging.getLogger("tour")


async def sync(body: bytes, tablet: Tablet) -> dict[str, Any]:
    """One exchange: the answer to a request's body. Raises Unreadable or TooMuch."""
    try:
        request = read_request(body)
    except Unreadable as error:
        await unreadable.keep(body, tablet, error)
        raise
    taken = await take(request["changes"], tablet, Ring(request["vaults"]))
    window = Window(tablet.pair_id, local_now().date())
    feed = await answer_feed(window, request["cursor"], taken.touched)
    await keep_account(tablet, request, len(taken.applied))
    return {
        "protocol": request["protocol"],
        "applied": taken.applied,
        "refused": taken.refused,
        "receipts": taken.receipts,
        **({"unopened": taken.unopened} if taken.unopened else {}),
        **feed,
        "now": round(now().timestamp() * 1000),
        "tablet": about(tablet),
    }


async def keep_account(tablet: Tablet, request: dict[str, Any], applied: int) -> None:
    """Notes what the tablet says it made and holds; and what it must have lost when its store is another.

    A browser that throws away an app's data throws away its counters too, and the store's name with them. A request
    that was held up on the way tells of the past: it changes nothing here.
    """
    account, device = request["account"], request["device"]
    values: dict[str, Any] = {"last_sync_at": now(), "release": request["release"]}
    if not account:
        values["waiting"] = max(0, request["waiting"] - applied)
    elif device not in tablet.former and not late(account, device, tablet):
        values |= {
            "waiting": max(0, request["waiting"] - applied),
            "account": account,
            "storage": request["storage"],
            "device": device,
        }
        if tablet.device and device != tablet.device:
            values["former"] = [*tablet.former, tablet.device]
            if tablet.waiting:
                values |= {"lost": tablet.lost + tablet.waiting, "lost_at": now()}
    await Tablet.filter(id=tablet.id).update(**values)


def late(account: dict[str, int], device: str, tablet: Tablet) -> bool:
    """Whether the same store has told of more since: what it made and had confirmed only grows."""
    known = tablet.account
    return bool(
        known
        and device == tablet.device
        and (account["made"], account["confirmed"]) < (known["made"], known["confirmed"])
    )


@dataclass
class Taken:
    """What became of a batch of changes."""

    applied: list[str] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    receipts: dict[str, dict[str, str]] = field(default_factory=dict)
    unopened: list[str] = field(default_factory=list)  # sealed with keys that are not ours
    touched: list[Key] = field(default_factory=list)
    photos_gone: set[str] = field(default_factory=set)  # that no need has any more
    written: dict[UUID, str] = field(default_factory=dict)  # ids as the tablet writes them
    strange: int = 0  # of another pair, or of nobody

    def name(self, change: UUID) -> str:
        return self.written.get(change, str(change))

    def apply(self, change: Change) -> None:
        name = self.name(change.id)
        if name not in self.receipts:
            self.applied.append(name)
            self.receipts[name] = receipt(change)
            self.touched.append((change.kind, str(change.doc)))

    def refuse(self, change: UUID, refusal: UserError) -> None:
        self.strange += isinstance(refusal, NotTheirs)
        self.refused.append(
            {"id": self.name(change), "field": refusal.field, "why": refusal.message}
        )


async def take(
    raw: Sequence[Any],
    tablet: Tablet,
    ring: Ring | None = None,
    *,
    pairs: Collection[UUID] = (),
) -> Taken:
    """Applies each change once, in one transaction; a bad one is refused and never blocks the rest.

    ``ring`` opens those that come sealed; one that it cannot open waits where it was. A change may speak of what its tablet's pair has
    or had (see reach.py); ``pairs``: of theirs too.
    """
    taken, changes, at, ring = Taken(), [], now(), ring or Ring({})
    spoilt: list[tuple[Any, Exception]] = []
    for one in raw:
        try:
            change = read_change(clean(ring.open(one)), tablet, at)
            taken.written[change.id] = one["id"]
            changes.append(change)
        except Sealed as why:
            log.warning("tablet %s: change %s stays sealed: %s", tablet.id, one.get("id"), why)
            taken.unopened.append(str(one.get("id", "")))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            spoilt.append((one, error))
            name = str(one.get("id", "")) if isinstance(one, dict) else ""
            taken.refused.append(
                {
                    "id": name,
                    "field": "",
                    "why": _("Saisie illisible : elle est gardée telle quelle."),
                }
            )
    if spoilt:  # together: a tablet's unreadable bodies are counted
        body = json.dumps([one for one, _error in spoilt]).encode()
        await unreadable.keep(body, tablet, spoilt[0][1])
    if changes:
        async with transaction(alone=True):  # stamps are read and then written
            await take_all(changes, tablet, taken, {tablet.pair_id, *pairs})
            if taken.strange:
                await record("tablet.not-theirs", on=f"/tablets/{tablet.id}", changes=taken.strange)
        await remove_files(taken.photos_gone)  # never before the commit
    return taken


async def take_all(
    changes: list[Incoming], tablet: Tablet, taken: Taken, pairs: Collection[UUID]
) -> None:
    """Applies a batch: new needs written together; one by one when the database refuses one of them."""
    before = deepcopy(taken)
    try:
        async with transaction():
            await take_each(changes, tablet, taken, pairs, together=True)
    except IntegrityError:
        log.warning("a batch of tablet %s breaks a rule of the database: one by one", tablet.id)
        vars(taken).update(vars(before))
        await take_each(changes, tablet, taken, pairs, together=False)


async def take_each(
    changes: list[Incoming],
    tablet: Tablet,
    taken: Taken,
    pairs: Collection[UUID],
    *,
    together: bool,
) -> None:
    known = await Change.in_bulk([change.id for change in changes], "id")
    docs = await Document.filter(doc_id__in=[change.doc for change in changes])
    stamps = {(row.kind, row.doc_id): dict(row.stamps) for row in docs}
    names = authors(tablet)
    sender = Sender(tablet.id, tablet.pair_id)
    journal: dict[UUID, Change] = {}
    bench = await Bench.set_up(changes, names, sender, pairs)
    bench = replace(bench, together=together, journal=journal)
    for change in changes:
        earlier = journal.get(change.id) or known.get(change.id)
        if earlier and earlier.outcome == ChangeOutcome.APPLIED:
            taken.apply(earlier)
            continue
        before = stamps.setdefault((change.kind, change.doc), {})
        refusal = await try_to_apply(change, winners(before, change.patch, change.stamp), bench)
        if refusal:
            # What the change had begun to set is undone in the database: read the rows again.
            again = await Bench.set_up(changes, names, sender, pairs)
            bench = replace(
                again,
                together=together,
                journal=journal,
                new=bench.new,
                photos=bench.photos,
                photos_gone=bench.photos_gone,
                needs=again.needs | bench.new,
            )
            taken.refuse(change.id, refusal)
        else:
            before |= dict.fromkeys(winners(before, change.patch, change.stamp), change.stamp)
        journal[change.id] = entry(change, tablet, refusal)
        if not refusal:
            taken.apply(journal[change.id])
    await bench.write_new()
    await write(journal, known, stamps)
    taken.photos_gone |= await forget(bench.photos_gone)


async def try_to_apply(change: Incoming, won: dict[str, Any], bench: Bench) -> UserError | None:
    """Why the change was refused; none when it was applied. What it began is undone when it is refused."""
    try:
        if bench.reads_only(change):
            await apply(change, won, bench)
        else:
            async with transaction():
                await apply(change, won, bench)
    except UserError as refusal:
        return refusal
    except BaseORMException as error:
        if not isinstance(error, IntegrityError):
            raise  # the database is away or busy: the whole batch comes again
        log.exception("change %s breaks a rule of the database", change.id)
        return UserError(
            _("Le serveur n’a pas pu enregistrer cette saisie : elle est gardée pour être reprise.")
        )
    except Exception:
        log.exception("change %s failed", change.id)
        return UserError(
            _("Le serveur n’a pas pu enregistrer cette saisie : elle est gardée pour être reprise.")
        )
    return None


def entry(change: Incoming, tablet: Tablet, refusal: UserError | None) -> Change:
    return Change(
        id=change.id,
        tablet_id=tablet.id,
        kind=change.kind,
        doc=change.doc,
        patch=change.patch,
        stamp=change.stamp,
        by=change.by,
        said=change.said,
        outcome=ChangeOutcome.REFUSED if refusal else ChangeOutcome.APPLIED,
        refused_field=refusal.field[:40] if refusal else "",
        why=refusal.message if refusal else "",
    )


async def write(
    journal: dict[UUID, Change],
    known: dict[UUID, Change],
    stamps: dict[tuple[str, UUID], dict[str, str]],
) -> None:
    """Writes the journal, which moves the feed on, and keeps which stamp each field now has."""
    await Change.bulk_create([row for row in journal.values() if row.id not in known])
    for row in journal.values():
        if row.id in known:
            row._saved_in_db = True
            await row.save()
    applied = [row for row in journal.values() if row.outcome == ChangeOutcome.APPLIED]
    for kind in {row.kind for row in applied}:
        docs = {row.doc for row in applied if row.kind == kind}
        rows = await Document.filter(kind=kind, doc_id__in=docs)
        for document in rows:
            document.stamps = stamps[kind, document.doc_id]
        await Document.bulk_update(rows, fields=["stamps"])


async def answer_feed(window: Window, cursor_text: str, touched: Sequence[Key]) -> dict[str, Any]:
    """The next page of what changed for the tablet, and where it now stands.

    Documents that this request's changes touched come in any case: what was just sent must not vanish from a page
    while the rest is still on its way.
    """
    cursor = await open_pass(window, cursor_text)
    send, gone = await changed(window, cursor, rest_only=not touched)
    left = [key for key in send if rank(key) > rank(cursor.last)] if cursor.after else send
    page, more = left[:MOST_DOCS], len(left) > MOST_DOCS
    own = [key for key in dict.fromkeys(touched) if key not in page and key in set(send)]
    built = await build([*page, *own])
    after = " ".join(page[-1]) if more else ""
    return {
        "docs": [document.as_json() for document in built],
        "gone": [] if cursor.after else gone,
        "cursor": Cursor(
            cursor.since, cursor.day, cursor.pair_id, cursor.to, cursor.today, after
        ).text(),
        "more": more,
        "left": len(left) - len(page),
        "whole": cursor.whole,
        "first": not cursor.after,
        "stamp": max((document.stamp for document in built), default=""),
    }


def base_of(pair: Pair) -> dict[str, str]:
    """Where the pair's days begin and end, as the day's map shows it."""
    return {"name": pair.base_name, "position": f"{pair.lat:.5f},{pair.lon:.5f}"}


def about(tablet: Tablet) -> dict[str, Any]:
    """What the tablet must know of itself: its pair, who may be holding it and how they unlock it, language and time zone."""
    holders = team(tablet)
    recovery = recovery_public_key()
    return {
        "pair": tablet.pair.name,
        "people": [holder.name for holder in holders],
        "team": [holder.as_json() for holder in holders],
        "pin": settings().tablet_pin,
        "lock_minutes": settings().tablet_lock_minutes,
        "seal": public_key(),
        **({"recovery": recovery} if recovery else {}),
        "base": base_of(tablet.pair),
        **({"demo": True} if settings().demo else {}),
        "lang": language.get(),
        "zone": settings().zone,
    }
