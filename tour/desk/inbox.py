"""Finding tickets: filters, their order, pages; and views that an agent keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from tour.corner.catalogue.models import Space
from tour.db import local_now
from tour.desk.models import SavedView, Ticket
from tour.errors import UserError
from tour.i18n import gettext as _
from tour.needs.models import NeedState, Urgency
from tour.people.models import Agent, Role

OPEN = [state for state in NeedState if state.open]
PER_PAGE = 50
JOINS = ("need__item", "need__site", "need__visit__pair", "need__photos__photo", "assignee")
MINE, NOBODY = "me", "none"


@dataclass(frozen=True)
class Filter:
    """What is asked for; an empty value asks nothing. ``state`` is a state, « open » or « all »."""

    state: str = "open"
    assignee: str = ""  # an agent's id, MINE or NOBODY
    space: str = ""
    urgency: str = ""
    site: str = ""
    late: str = ""
    bring: str = ""
    q: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filter:
        """The filter of an address; what makes no sense is left out."""
        state = query.get("state", "open")
        return cls(
            state=state if state in {*NeedState, "open", "all"} else "open",
            assignee=query.get("assignee", "")
            if is_id(query.get("assignee", "")) or query.get("assignee") in {MINE, NOBODY}
            else "",
            space=query.get("space", "") if query.get("space") in set(Space) else "",
            urgency=query.get("urgency", "") if query.get("urgency") in set(Urgency) else "",
            site=query.get("site", "") if is_id(query.get("site", "")) else "",
            late="1" if query.get("late") else "",
            bring="1" if query.get("bring") else "",
            q=query.get("q", "").replace("\x00", "").strip()[:100],
        )

    def query(self, **changes: str) -> str:
        """The address's query; the usual values are left out."""
        values = {**self.__dict__, **changes}
        return urlencode({k: v for k, v in values.items() if v and (k, v) != ("state", "open")})

    def rows(self, agent: Agent | None) -> QuerySet[Ticket]:
        rows = Ticket.standing()
        if self.state == "open":
            rows = rows.filter(need__state__in=OPEN)
        elif self.state != "all":
            rows = rows.filter(need__state=self.state)
        if self.assignee == NOBODY:
            rows = rows.filter(assignee_id__isnull=True)
        elif self.assignee == MINE:
            rows = rows.filter(assignee_id=agent.id if agent else None)
        elif self.assignee:
            rows = rows.filter(assignee_id=self.assignee)
        if self.space:
            rows = rows.filter(need__item__space=self.space)
        if self.urgency:
            rows = rows.filter(need__urgency=self.urgency)
        if self.site:
            rows = rows.filter(need__site_id=self.site)
        if self.late:
            rows = rows.filter(due_on__lt=local_now().date(), need__state__in=OPEN)
        if self.bring:
            rows = rows.filter(to_bring=True)
        for word in self.q.split():
            rows = rows.filter(
                Q(need__text__icontains=word)
                | Q(need__item__name__icontains=word)
                | Q(need__site__name__icontains=word)
                | Q(need__requester__icontains=word)
                | Q(reference__icontains=word)
            )
        return rows


def is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


async def found(wanted: Filter, agent: Agent | None) -> list[Ticket]:
    """All tickets of a filter: urgent ones first, then those promised soonest, then the oldest."""
    tickets = await wanted.rows(agent).prefetch_related(*JOINS)
    rank = {Urgency.HIGH: 0, Urgency.NORMAL: 1, Urgency.LOW: 2}
    last = local_now().date().max
    return sorted(tickets, key=lambda t: (rank[t.need.urgency], t.due_on or last, t.opened_at))


async def counts() -> dict[str, int]:
    """How many tickets stand in each state, and how many are late."""
    states = await Ticket.standing().values_list("need__state", "due_on")
    today = local_now().date()
    tally = {state.value: sum(1 for s, _due in states if s == state) for state in NeedState}
    late = sum(1 for state, due in states if state.open and due and due < today)
    return tally | {"late": late}


async def people() -> list[Agent]:
    """Who treats tickets."""
    return [
        agent
        for agent in await Agent.filter(active=True).order_by("name")
        if agent.has(Role.DESK, Role.PLANNER)
    ]


async def save_view(agent: Agent, name: str, wanted: Filter) -> SavedView:
    """Keeps a filter under a name; the same name again replaces it."""
    name = " ".join(name.split())[:60]
    if not name:
        raise UserError(_("Donnez un nom à cette vue."), field="name")
    view, _new = await SavedView.update_or_create(
        agent_id=agent.id, name=name, defaults={"query": wanted.query()[:400]}
    )
    return view
