"""Who acts: a person, a link, a tablet, the clock."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ByKind(enum.StrEnum):
    AGENT = "agent"  # somebody with an account
    MANAGER = "manager"  # a site's manager, by a link
    REQUESTER = "requester"  # somebody who follows or announces a need, by a link
    TABLET = "tablet"
    DESK = "desk"  # a desk outside, by its webhook
    CLOCK = "clock"  # the worker, when time has come
    SHELL = "shell"  # the command line
    STRANGER = "stranger"


@dataclass(frozen=True)
class By:
    """Who acted. ``id`` is the account's, link's or tablet's; ``label`` is how they were called at that moment."""

    kind: ByKind
    id: str = ""
    label: str = ""


STRANGER = By(ByKind.STRANGER)
CLOCK = By(ByKind.CLOCK)
