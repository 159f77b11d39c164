"""Connectors: one small interface, one module for each kind of desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tour.desk.connectors.base import Connector
from tour.desk.connectors.glpi_v1 import GlpiV1
from tour.desk.connectors.glpi_v2 import GlpiV2
from tour.desk.connectors.rt import RequestTracker
from tour.desk.connectors.webhook import Webhook
from tour.desk.models import Desk, DeskKind
from tour.desk.secrets import unseal

KINDS: dict[DeskKind, Any] = {
    DeskKind.GLPI_V1: GlpiV1,
    DeskKind.GLPI_V2: GlpiV2,
    DeskKind.RT: RequestTracker,
    DeskKind.WEBHOOK: Webhook,
}


def connector_of(desk: Desk) -> Connector:
    """The connector of a desk, to be used as a context manager. Raises UserError when its credentials are lost."""
    return connector(desk.kind, desk.url, desk.options, unseal(desk.secrets))


def connector(
    kind: DeskKind, url: str, options: Mapping[str, Any], secrets: Mapping[str, str]
) -> Connector:
    made: Connector = KINDS[kind](url, options, secrets)
    return made
