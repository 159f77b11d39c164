"""What planners know better than the map, and what routers have said."""

from __future__ import annotations

from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from tour.db import now, uuid7


class TravelCorrection(Model):
    """Minutes between two places, as a planner knows them, holds for points within ``radius_km`` of each end."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    from_name = fields.CharField(max_length=120)
    from_lat = fields.FloatField()
    from_lon = fields.FloatField()
    to_name = fields.CharField(max_length=120)
    to_lat = fields.FloatField()
    to_lon = fields.FloatField()
    minutes = fields.IntField()
    both_ways = fields.BooleanField(default=True)
    radius_km = fields.FloatField(default=2.0)
    created_at: datetime = fields.DatetimeField(default=now)

    class Meta:
        ordering = ["created_at", "id"]  # of two that meet, the later holds


class TravelFrom(Model):
    """What one router says of the drives from one point to others, packed as known.py says.

    A row for each pair of points would be 40 000 rows for 200 sites and a million for 1 000.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    source = fields.CharField(max_length=200)  # the router and its roads
    point = fields.BigIntField()
    legs = fields.BinaryField()

    class Meta:
        unique_together = [("source", "point")]
