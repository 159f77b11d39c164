"""Changing the catalogue: an item is written with the questions it asks, and each set of questions has its version."""

from __future__ import annotations

import asyncio
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from tour.corner.catalogue.models import Availability, Item, ItemVersion, NeedKind, Picture, Space
from tour.corner.catalogue.questions import TYPES
from tour.db import Document, transaction
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.pictures import Unusable, cleaned

KINDS: dict[str, Any] = {"space": Space, "kind": NeedKind, "availability": Availability}
QUESTION_ID = re.compile("[a-z][a-z0-9_]{0,23}")
MOST_QUESTIONS = 20
MOST_CHOICES = 30
LONGEST_CHOICE = 120
LARGEST_PICTURE = 60_000  # bytes
LONGEST_PICTURE = 1200


async def save_item(item: Item | None, values: Mapping[str, Any]) -> Item:
    """Creates an item, or brings one to ``values``; other questions make another version. In one transaction.

    Raises UserError, naming the field, when the reference is another item's.
    """
    values = {name: KINDS[name](one) if name in KINDS else one for name, one in values.items()}
    ref = values.get("ref", item.ref if item else "")
    others = Item.filter(ref=ref)
    if await (others.exclude(id=item.id) if item else others).exists():
        raise UserError(_("Cette référence est déjà celle d’un autre article."), field="ref")
    async with transaction():
        if item is None:
            item = Item(**values)
            if "position" not in values:
                item.position = await last_place(item.space) + 10
        else:
            asks_otherwise = "questions" in values and values["questions"] != item.questions
            item.update_from_dict(values)
            item.version += asks_otherwise
        await item.save()
        await ItemVersion.get_or_create(
            item_id=item.id, version=item.version, defaults={"questions": item.questions}
        )
    return item


async def catalogue_mark() -> tuple[Any, ...]:
    """Something that is another when any item is: what is kept of the catalogue in memory is then out of date."""
    newest = await Document.filter(kind="item").order_by("-version").first()
    last = await Item.all().order_by("-id").first().only("id")
    return newest.version if newest else 0, await Item.all().count(), last and last.id


async def last_place(space: str) -> int:
    last = await Item.filter(space=space).order_by("-position").first()
    return last.position if last else 0


async def set_active(item: Item, *, active: bool) -> None:
    """Takes an item off the catalogue, or puts it back; its needs stay as they are."""
    await Item.filter(id=item.id).update(active=active)


async def move(item: Item, by: int) -> None:
    """Moves an item before (-1) or after (1) its neighbour in its space; at the end it stays."""
    async with transaction():
        row = await Item.filter(space=item.space).order_by("position", "name", "id")
        ids = [one.id for one in row]
        here = ids.index(item.id)
        there = here + by
        if not 0 <= there < len(ids):
            return
        row[here], row[there] = row[there], row[here]
        for place, one in enumerate(row, start=1):
            if one.position != place * 10:
                await Item.filter(id=one.id).update(position=place * 10)


async def keep_picture(content: bytes) -> str:
    """Keeps a picture, written anew, by the SHA-256 of its bytes. Raises UserError when it is too large or no picture."""
    if len(content) > LARGEST_PICTURE:
        raise too_heavy()
    try:
        clean, media_type = await asyncio.to_thread(cleaned, content, LONGEST_PICTURE)
    except Unusable as error:
        raise UserError(_("Choisissez une image PNG, JPEG ou WebP."), field="picture") from error
    if len(clean) > LARGEST_PICTURE:
        raise too_heavy()
    name = hashlib.sha256(clean).hexdigest()
    await Picture.get_or_create(sha256=name, defaults={"media_type": media_type, "content": clean})
    return name


def too_heavy() -> UserError:
    most = LARGEST_PICTURE // 1000
    return UserError(_("Image trop lourde : %(most)s ko au plus.", most=most), field="picture")


def check_questions(questions: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """What is wrong with the first faulty point of each question, by its place; empty when all will do."""
    faults: dict[int, str] = {}
    seen: set[str] = set()
    for place, question in enumerate(questions):
        why = wrong(question)
        if not why and question["id"] in seen:
            why = _("Deux questions ont le même nom.")
        if why:
            faults[place] = why
        seen.add(str(question.get("id", "")))
    if len(questions) > MOST_QUESTIONS:
        faults[MOST_QUESTIONS] = _("%(most)s questions au plus.", most=MOST_QUESTIONS)
    return faults


def wrong(question: Mapping[str, Any]) -> str:
    if question.get("type") not in TYPES:
        return _("Choisissez un type de question.")
    label = question.get("label")
    if not isinstance(label, str) or not 0 < len(label.strip()) <= 200:
        return _("Écrivez la question, en 200 caractères au plus.")
    if not QUESTION_ID.fullmatch(str(question.get("id", ""))):
        return _("Nom de question impossible : des lettres sans accent, des chiffres, 24 au plus.")
    if not isinstance(question.get("help", ""), str) or len(question.get("help", "")) > 250:
        return _("Aide trop longue : 250 caractères au plus.")
    return wrong_choices(question) or wrong_bounds(question)


def wrong_choices(question: Mapping[str, Any]) -> str:
    choices = question.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(one, str) for one in choices):
        return _("Réponses possibles illisibles.")
    if question["type"] not in ("choice", "several"):
        return ""
    if not (1 if question["type"] == "several" else 2) <= len(choices) <= MOST_CHOICES:
        return _("Écrivez de 2 à %(most)s réponses possibles, une par ligne.", most=MOST_CHOICES)
    if len(set(choices)) < len(choices):
        return _("Deux réponses possibles sont les mêmes.")
    if any(not one.strip() or "\n" in one or len(one) > LONGEST_CHOICE for one in choices):
        return _("Une réponse possible est vide ou trop longue.")
    return ""


def wrong_bounds(question: Mapping[str, Any]) -> str:
    least, most = question.get("min"), question.get("max")
    for bound in (least, most):
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int)):
            return _("Le plus petit et le plus grand nombre sont des nombres entiers.")
    if least is not None and most is not None and least > most:
        return _("Le plus petit nombre dépasse le plus grand.")
    return ""


def tidy(question: Mapping[str, Any]) -> dict[str, Any]:
    """A question with only what its type has a use for, always in the same order."""
    kept: dict[str, Any] = {
        "id": question["id"],
        "label": question["label"].strip(),
        "type": question["type"],
        "choices": list(question.get("choices", []))
        if question["type"] in ("choice", "several")
        else [],
        "required": bool(question.get("required")),
    }
    if question.get("help", "").strip():
        kept["help"] = question["help"].strip()
    if question["type"] == "number":
        kept |= {n: question[n] for n in ("min", "max") if question.get(n) is not None}
    return kept


def name_for(label: str, taken: set[str]) -> str:
    """A name for a new question, from its first words."""
    plain = unicodedata.normalize("NFKD", label.lower()).encode("ascii", "ignore").decode()
    base = "_".join(re.findall("[a-z0-9]+", plain))[:20].strip("_")
    base = base if base[:1].isalpha() else f"q_{base}"[:20].strip("_")
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name
