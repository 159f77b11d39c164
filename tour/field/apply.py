"""What an accepted change does to the house's own tables: one function per kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from tour.corner.catalogue.models import Item, ItemVersion, NeedKind
from tour.corner.catalogue.questions import check_answers
from tour.errors import UserError
from tour.field.documents import REPORT
from tour.field.kinds import KINDS, check
from tour.field.merge import photos_after, wall
from tour.field.models import Change, ChangeOutcome
from tour.field.reach import NotTheirs, held_by, noted_by
from tour.i18n import gettext as _
from tour.needs.models import Need, Urgency
from tour.needs.photos import Sender, announce
from tour.post import outbox
from tour.visits.life import pass_to
from tour.visits.models import Actor, Visit, VisitReport, VisitState


@dataclass(frozen=True)
class Incoming:
    """A change as read from a tablet, its stamp bounded."""

    id: UUID
    kind: str
    doc: UUID
    patch: dict[str, Any]
    stamp: str
    by: str  # someone of the tablet's team, or its pair
    said: str = ""  # the name that came, where it is not ``by``


@dataclass
class Bench:
    """The rows that a batch of changes speaks of, fetched at once."""

    visits: dict[UUID, Visit]
    needs: dict[UUID, Need]
    items: dict[UUID, Item]
    questions: dict[tuple[UUID, int], list[dict[str, Any]]]  # by item and version
    reports: dict[UUID, VisitReport]  # by visit
    authors: Mapping[str, UUID]  # agents of the tablet's pair, by name
    sender: Sender
    pairs: Collection[UUID]  # whose visits and needs may be spoken of: the tablet's
    own_visits: set[UUID]  # of all that the batch speaks of
    own_needs: set[UUID]
    together: bool = False  # new needs wait for ``write_new``, which writes them all at once
    new: dict[UUID, Need] = field(default_factory=dict)
    photos: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)  # of the new needs
    photos_gone: set[str] = field(default_factory=set)  # that a need has no more
    journal: Mapping[UUID, Change] = field(default_factory=dict)  # this batch's, so far

    @classmethod
    async def set_up(
        cls,
        changes: Collection[Incoming],
        authors: Mapping[str, UUID],
        sender: Sender,
        pairs: Collection[UUID],
    ) -> Bench:
        docs = [change.doc for change in changes]
        pointed = {
            UUID(v) for c in changes for f in ("visit", "item") if is_uuid(v := c.patch.get(f))
        }
        needs = await Need.in_bulk(docs, "id")
        named = {*docs, *pointed, *(need.visit_id for need in needs.values())}
        own_visits = await held_by(pairs, named)
        others = [need.id for need in needs.values() if need.visit_id not in own_visits]
        return cls(
            visits=await Visit.in_bulk(list({*docs, *pointed}), "id"),
            needs=needs,
            pairs=pairs,
            own_visits=own_visits,
            own_needs=await noted_by(pairs, others),
            items=await Item.in_bulk(pointed, "id") if pointed else {},
            questions=await questions_by_version(pointed),
            reports=await VisitReport.in_bulk(docs, "visit_id"),
            authors=authors,
            sender=sender,
        )

    def reads_only(self, change: Incoming) -> bool:
        """Whether carrying the change out writes nothing yet."""
        return self.together and change.kind == "need" and change.doc not in self.needs

    async def write_new(self) -> None:
        """Writes the needs that waited, with their tickets."""
        if self.new:
            await Need.bulk_create(self.new.values())
            if self.photos:
                await announce(self.photos, self.sender)
            await outbox.post_all("ticket", {f"ticket/{n}": {"need": str(n)} for n in self.new})


async def questions_by_version(
    items: Collection[UUID],
) -> dict[tuple[UUID, int], list[dict[str, Any]]]:
    rows = await ItemVersion.filter(item_id__in=items) if items else []
    return {(row.item_id, row.version): row.questions for row in rows}


def is_uuid(value: Any) -> bool:
    try:
        return bool(UUID(value))
    except (ValueError, AttributeError, TypeError):
        return False


async def apply(change: Incoming, won: Mapping[str, Any], bench: Bench) -> None:
    """Carries a change out, inside the caller's transaction; ``won`` is the part of its patch that no later stamp beats.

    Raises UserError, naming the field, when it cannot be accepted.
    """
    if change.kind not in APPLIERS:
        raise UserError(_("Ce que cette tablette envoie n’est pas connu ici."))
    new = KINDS[change.kind].get("create", False) and change.doc not in bench.needs
    if fault := check(change.kind, change.patch, new=new):
        raise UserError(fault.why, field=fault.field)
    admit(change, bench)
    await APPLIERS[change.kind](change, won, bench)


def admit(change: Incoming, bench: Bench) -> None:
    """Lets pass what a pair may speak of. Raises NotTheirs: it says the same of what is another pair's and of what does not exist."""
    if change.kind == "visit" and change.doc not in bench.own_visits:
        raise NotTheirs(
            _(
                "Cette visite n’est pas de celles de ce binôme. Si elle doit l’être, enregistrez une copie : le planificateur peut la reprendre."
            )
        )
    if change.kind != "need":
        return
    need = bench.needs.get(change.doc)
    visit = need.visit_id if need else UUID(change.patch["visit"])
    if visit not in bench.own_visits and change.doc not in bench.own_needs:
        raise NotTheirs(
            _(
                "Ce besoin n’est pas d’une visite de ce binôme. S’il doit l’être, enregistrez une copie : le planificateur peut la reprendre."
            ),
            field="" if need else "visit",
        )


async def apply_to_need(change: Incoming, won: Mapping[str, Any], bench: Bench) -> None:
    item = change.patch.get("item")
    if item and UUID(item) not in bench.items:
        raise UserError(_("Cet article n’est plus au catalogue."), field="item")
    need = bench.needs.get(change.doc)
    check_answers_of(change, need, bench)
    if need is None:
        bench.needs[change.doc] = await create_need(change, bench)
        return
    if change.patch.get("visit", str(need.visit_id)) != str(need.visit_id):
        raise UserError(_("Un besoin ne change pas de visite."), field="visit")
    if "photos" in change.patch:
        await list_photos(change, need, bench)
    values = {name: value for name, value in need_values(won).items() if name != "visit_id"}
    if values:
        need.update_from_dict(values)
        if need.id not in bench.new:
            await need.save(update_fields=list(values))


async def create_need(change: Incoming, bench: Bench) -> Need:
    """A new need. Also for a visit that has passed to another pair meanwhile: what was noted is noted."""
    visit = bench.visits.get(UUID(change.patch["visit"]))
    if visit is None:
        raise UserError(_("Cette visite n’existe pas."), field="visit")
    need = Need(
        id=change.doc,
        site_id=visit.site_id,
        recorded_at=wall(change.stamp),
        recorded_by_id=bench.authors.get(change.by),
        **need_values(change.patch),
    )
    bench.new[need.id] = need
    if change.patch.get("photos"):
        bench.photos[need.id] = photos_after([], change.patch)
    if not bench.together:
        await bench.write_new()
        bench.new.clear()
        bench.photos.clear()
    return need


def check_answers_of(change: Incoming, need: Need | None, bench: Bench) -> None:
    """Answers must fit the questions of the version that the tablet showed; one that names no version showed none."""
    version = change.patch.get("item_version")
    if not version:
        return
    item = change.patch.get("item") or (str(need.item_id) if need and need.item_id else "")
    questions = bench.questions.get((UUID(item), version)) if item else None
    if questions is None:  # never so on an honest tablet; what it says is kept as it says it
        return
    for name, why in check_answers(questions, change.patch.get("answers", {})).items():
        raise UserError(why, field=name)


async def list_photos(change: Incoming, need: Need, bench: Bench) -> None:
    """Makes the need's photos those that all its changes say together, whatever came first."""
    earlier = [
        *await Change.filter(kind="need", doc=need.id, outcome=ChangeOutcome.APPLIED),
        *(one for one in bench.journal.values() if one.doc == need.id),
    ]
    told = [
        (one.stamp, one.id, one.patch) for one in earlier if one.outcome == ChangeOutcome.APPLIED
    ]
    photos: list[dict[str, Any]] = []
    for _stamp, _id, patch in sorted(
        [*told, (change.stamp, change.id, change.patch)], key=itemgetter(0, 1)
    ):
        photos = photos_after(photos, patch)
    if need.id in bench.new:
        bench.photos[need.id] = photos
    else:
        bench.photos_gone |= await announce({need.id: photos}, bench.sender)


def need_values(patch: Mapping[str, Any]) -> dict[str, Any]:
    """A need's columns for a patch already checked."""
    make: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "visit": ("visit_id", UUID),
        "item": ("item_id", lambda value: UUID(value) if value else None),
        "kind": ("kind", NeedKind),
        "urgency": ("urgency", Urgency),
    }
    return {
        make[name][0] if name in make else name: make[name][1](value) if name in make else value
        for name, value in patch.items()
        if name not in ("photos", "photos_from")
    }


async def apply_to_visit(change: Incoming, won: Mapping[str, Any], bench: Bench) -> None:
    visit = bench.visits.get(change.doc)
    if visit is None:
        raise UserError(_("Cette visite n’existe pas."))
    values = {
        name: read_instant(value) if name.endswith("_at") else value
        for name, value in won.items()
        if name not in REPORT
    }
    if more := {name: value for name, value in won.items() if name in REPORT}:
        report = bench.reports.setdefault(visit.id, VisitReport(visit_id=visit.id))
        await report.update_from_dict(more).save()
    if values:
        await visit.update_from_dict(values).save(update_fields=list(values))
    if visit.left_at and visit.state not in (VisitState.UNDER_WAY, VisitState.DONE):
        await pass_to(visit, VisitState.UNDER_WAY, by=change.by, actor=Actor.TOURER)
    if visit.left_at:
        await pass_to(visit, VisitState.DONE, by=change.by, actor=Actor.TOURER)
    elif visit.arrived_at:
        await pass_to(visit, VisitState.UNDER_WAY, by=change.by, actor=Actor.TOURER)


def read_instant(value: str) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


APPLIERS: dict[str, Callable[[Incoming, Mapping[str, Any], Bench], Awaitable[None]]] = {
    "need": apply_to_need,
    "visit": apply_to_visit,
}
