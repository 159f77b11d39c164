"""What planners know better than the map."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from tour.db import uuid7


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
