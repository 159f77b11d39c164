"""Before a need leaves for the desk outside: complete it, merge it into another, split it, refuse it, or let it go."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tour.corner.catalogue.models import Item
from tour.db import transaction, uuid7
from tour.desk.deliver import send
from tour.desk.models import Delivery, DeliveryState
from tour.desk.news import say, set_need_state
from tour.desk.tickets import open_embedded
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.needs.models import Need, NeedState, Urgency

ALIKE = 0.6  # of their words, for two needs of one item to be shown together


async def waiting() -> list[Delivery]:
    """What waits for triage, the most urgent and oldest first."""
    found = await Delivery.filter(state=DeliveryState.TRIAGE, need__withdrawn=False).select_related(
        "need__item", "need__site", "need__visit__pair", "desk"
    )
    rank = {Urgency.HIGH: 0, Urgency.NORMAL: 1, Urgency.LOW: 2}
    return sorted(found, key=lambda d: (rank[d.need.urgency], d.need.recorded_at))


def lookalikes(deliveries: Sequence[Delivery]) -> dict[UUID, list[Delivery]]:
    """For each need, those before it that may ask for the same: same item (or none), words much alike."""
    alike: dict[UUID, list[Delivery]] = {}
    for position, one in enumerate(deliveries):
        mine = one.need.text.lower().split()
        for other in deliveries[:position][-200:]:
            if other.need.item_id != one.need.item_id:
                continue
            theirs = other.need.text.lower().split()
            same = difflib.SequenceMatcher(None, mine, theirs).ratio() if mine or theirs else 1
            if same >= ALIKE:
                alike.setdefault(one.need_id, []).append(other)
    return alike


async def in_triage(need_id: UUID) -> Delivery:
    """The delivery of a need that waits for triage. Raises UserError when it has left."""
    delivery = await Delivery.get_or_none(need_id=need_id, state=DeliveryState.TRIAGE).select_related("need")  # fmt: skip
    if delivery is None:
        raise UserError(_("Ce besoin n’attend plus de tri."))
    return delivery


async def release(need_ids: Sequence[UUID]) -> int:
    """Lets these needs go to the desk; returns how many there were to let go."""
    done = 0
    async with transaction():
        for delivery in await Delivery.filter(
            need_id__in=list(need_ids), state=DeliveryState.TRIAGE
        ):
            delivery.state = DeliveryState.WAITING
            await delivery.save(update_fields=["state"])
            await send(delivery.need_id)
            done += 1
    return done


async def complete(
    need_id: UUID, *, text: str, item: UUID | None, urgency: Urgency, requester: str
) -> None:
    """Says better what was asked; the tablets show it."""
    async with transaction():
        need = (await in_triage(need_id)).need
        if not text.strip() and item is None:
            raise UserError(_("Dites ce qui est demandé, ou choisissez un article."), field="text")
        if item and not await Item.exists(id=item):
            raise UserError(_("Cet article n’est plus au catalogue."), field="item")
        values: dict[str, Any] = {
            "text": text.strip()[:4000],
            "item_id": item,
            "urgency": urgency,
            "requester": requester.strip()[:160],
        }
        await need.update_from_dict(values).save(update_fields=list(values))


async def merge(need_ids: Sequence[UUID], into: UUID, *, by: str) -> int:
    """Makes one need of several, also of other sites: they follow what becomes of the one that stays.

    Its text names the sites and people of the others, so that the desk serves all. Returns how many were merged.
    """
    async with transaction():
        stays = (await in_triage(into)).need
        merged = 0
        for need_id in dict.fromkeys(need_ids):
            if need_id == into:
                continue
            delivery = await in_triage(need_id)
            need = delivery.need
            await need.fetch_related("site")
            await Need.filter(merged_into_id=need.id).update(merged_into_id=into)
            need.merged_into_id = into
            await need.save(update_fields=["merged_into_id"])
            delivery.state = DeliveryState.KEPT
            delivery.problem = _("Réuni avec un autre besoin par %(by)s.") % {"by": by}
            await delivery.save(update_fields=["state", "problem"])
            who = f" ({need.requester})" if need.requester else ""
            stays.text = f"{stays.text}\n{_('Aussi')} : {need.site.name}{who} – {need.text}".strip()
            merged += 1
        if not merged:
            raise UserError(_("Cochez au moins deux besoins à réunir."))
        stays.text = stays.text[:8000]
        await stays.save(update_fields=["text"])
    return merged


async def split(need_id: UUID, text: str) -> Need:
    """Takes part of a need out into one of its own, in triage too, with the same site, visit and people."""
    if not text.strip():
        raise UserError(_("Écrivez ce qui devient un autre besoin."), field="part")
    async with transaction():
        delivery = await in_triage(need_id)
        need = delivery.need
        other = await Need.create(
            id=uuid7(),
            visit_id=need.visit_id,
            site_id=need.site_id,
            kind=need.kind,
            text=text.strip()[:4000],
            urgency=need.urgency,
            requester=need.requester,
            recorded_at=need.recorded_at,
            recorded_by_id=need.recorded_by_id,
        )
        await Delivery.create(
            need_id=other.id, desk_id=delivery.desk_id, state=DeliveryState.TRIAGE
        )
    return other


async def refuse(need_id: UUID, reason: str, *, by: str) -> None:
    """Refuses a need, with the reason that all who wait will read."""
    if not reason.strip():
        raise UserError(_("Dites pourquoi : la personne qui a demandé le lira."), field="reason")
    async with transaction():
        delivery = await in_triage(need_id)
        delivery.state = DeliveryState.KEPT
        delivery.problem = _("Refusé au tri par %(by)s.") % {"by": by}
        await delivery.save(update_fields=["state", "problem"])
        await say(delivery.need, reason.strip(), by=by, public=True)
        await set_need_state(delivery.need, NeedState.REFUSED)


async def keep_here(delivery: Delivery) -> None:
    """Treats a need at the embedded desk instead. Raises UserError when it may be at the desk outside."""
    async with transaction():
        await delivery.refresh_from_db()
        if delivery.remote_id or delivery.unsure_at or delivery.state == DeliveryState.SENDING:
            raise UserError(
                _("Ce besoin est peut-être déjà dans l’autre guichet : vérifiez là-bas.")
            )
        delivery.state, delivery.problem = DeliveryState.KEPT, _("Traité ici.")
        await delivery.save(update_fields=["state", "problem"])
        await open_embedded(await Need.get(id=delivery.need_id))
