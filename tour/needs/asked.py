"""The questions that needs were asked with: those of their item's version, whatever it asks today."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tour.corner.catalogue.models import ItemVersion
from tour.corner.catalogue.questions import answered
from tour.needs.models import Need


async def questions_asked(needs: Iterable[Need]) -> dict[UUID, list[dict[str, Any]]]:
    """By need's id; a need whose item asked nothing is left out."""
    asked = {need.id: (need.item_id, need.item_version) for need in needs if need.item_id}
    if not asked:
        return {}
    versions = await ItemVersion.filter(
        item_id__in={item for item, _version in asked.values()},
        version__in={version for _item, version in asked.values()},
    )
    questions = {(row.item_id, row.version): row.questions for row in versions}
    return {need: questions[wanted] for need, wanted in asked.items() if questions.get(wanted)}


async def answers_of(need: Need) -> list[dict[str, str]]:
    """What a need's item asked and what was answered, in words: ``{label, text}``.

    An answer to a question that is not on record (a tablet's own, of long ago) comes last, under its id: it is never lost.
    """
    questions = (await questions_asked([need])).get(need.id, [])
    known = {question["id"] for question in questions}
    others = [
        {"label": name, "text": str(answer)}
        for name, answer in need.answers.items()
        if name not in known
    ]
    return answered(questions, need.answers) + others
