"""The audit's table."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model

from tour.audit.who import ByKind
from tour.db import now, uuid7


class AuditLine(Model):
    """One act or event. Never changed, and not removed within a year, as the database sees to."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    at = fields.DatetimeField(default=now, db_index=True)
    by_kind = fields.CharEnumField(ByKind, max_length=12)
    by_id = fields.CharField(max_length=64, default="", db_index=True)
    by_label = fields.CharField(max_length=160, default="")
    what = fields.CharField(max_length=120, db_index=True)
    on = fields.CharField(max_length=240, default="", source_field="on_what")
    origin = fields.CharField(max_length=64, default="")
    request_id = fields.CharField(max_length=32, default="")
    details: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
