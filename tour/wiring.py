"""The one map of what follows from what. Read this first.

Web server, worker, commands and tests call ``connect`` when they start, so that what one of them does any other would
do too. Nothing puts itself on the map by being imported.
"""

from __future__ import annotations

from types import ModuleType
from uuid import UUID

import tour.audit.jobs
import tour.desk.back
import tour.desk.deliver
import tour.desk.news
import tour.desk.push
import tour.field.jobs
import tour.needs.jobs
import tour.people.sign_in
import tour.planning.run
import tour.sites.jobs
import tour.visits.caldav
import tour.visits.invite
import tour.visits.jobs
import tour.visits.mail
import tour.visits.sms
from tour import events
from tour.events import Handlers
from tour.post import mail, outbox
from tour.post.mail import LinkMakers, Tellers
from tour.post.outbox import Deliverers, OutboxKind
from tour.visits import links
from tour.visits.life import VisitChanged

# What happened → who does something about it in the same transaction, in this order.
EVENTS: Handlers = {
    VisitChanged: (tour.visits.invite.tell_of_a_cancellation, tour.visits.caldav.push),
}

# A kind of message in the outbox → what delivers it.
DELIVERERS: Deliverers = {
    OutboxKind.CALENDAR: tour.visits.caldav.deliver,
    OutboxKind.DELIVERY: tour.desk.push.push,
    OutboxKind.DESK_READ: tour.desk.back.read_one,
    OutboxKind.MAIL: mail.send,
    OutboxKind.SIGN_IN: tour.people.sign_in.answer,
    OutboxKind.SMS: tour.visits.sms.send,
    OutboxKind.TICKET: tour.desk.deliver.deliver,
}

# What a mail's payload names → how the link to it is made when the mail leaves.
LINK_MAKERS: LinkMakers = {
    "follow": tour.desk.news.make_link,
    "manager": lambda manager: links.make_manager_link(UUID(manager)),
    "sign_in": tour.people.sign_in.address_of,
}

# What a mail's payload names → what the mail says of it when it leaves.
TELLERS: Tellers = {"visit": tour.visits.mail.tell}

# The modules whose functions are jobs: huey knows a job by its module's being loaded.
JOBS: tuple[ModuleType, ...] = (
    outbox,
    tour.audit.jobs,
    tour.desk.back,
    tour.field.jobs,
    tour.needs.jobs,
    tour.planning.run,
    tour.sites.jobs,
    tour.visits.jobs,
)


def connect() -> None:
    """Hands the map to those who look things up in it; as often as one likes."""
    events.connect(EVENTS)
    outbox.connect(DELIVERERS)
    mail.connect(LINK_MAKERS, TELLERS)
