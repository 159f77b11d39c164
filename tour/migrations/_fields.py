"""Columns of our own kinds, as migrations know them: what the application makes of a value is no affair of theirs."""

from __future__ import annotations

from datetime import time

from tortoise import fields


class ClockField(fields.Field[time], time):
    """An hour of the day: minutes since midnight."""

    SQL_TYPE = "SMALLINT"
    field_type = time
