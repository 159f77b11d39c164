"""The commands ``tour roads …``."""

from __future__ import annotations

import time
from pathlib import Path

import click

from tour.db import in_database
from tour.travel.between import travel_between
from tour.travel.matrix import Point, Source
from tour.travel.roads import RoadsError, build_roads
from tour.travel.routers import present_router

WORDS = {
    Source.STRAIGHT: "estimated from the straight line",
    Source.ROAD: "by road",
    Source.PLANNER: "corrected by a planner",
}


class PointType(click.ParamType[Point]):
    name = "LAT,LON"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Point:
        try:
            lat, lon = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r}: write it as 43.70,7.26", param, ctx)
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            self.fail(f"{value!r} is not on Earth", param, ctx)
        return lat, lon


@click.group(help="The roads that drives are worked out on.")
def roads() -> None:
    pass


@roads.command(help="Build Valhalla's tiles from an OpenStreetMap extract (.osm.pbf or .osm.gz).")
@click.argument("extract", type=click.Path(path_type=Path))
def build(extract: Path) -> None:
    began = time.monotonic()
    try:
        built = build_roads(extract, click.echo)
    except RoadsError as error:
        raise click.ClickException(str(error)) from None
    size = sum(file.stat().st_size for file in built.folder.rglob("*") if file.is_file())
    click.echo(
        f"{built.name}: {size / 1e6:.1f} MB of tiles in {time.monotonic() - began:.1f} s; plans made from now on use them."
    )


@roads.command(help="Minutes and km of a drive, and where the figures come from.")
@click.argument("start", type=PointType())
@click.argument("end", type=PointType())
def drive(start: Point, end: Point) -> None:
    asked = in_database(travel_between)([start, end], ask=True)
    router = present_router()
    click.echo(f"router: {router.name if router else 'none'}")
    travel = asked.travel
    click.echo(
        f"{travel.minutes[0, 1]} min, {travel.km[0, 1]:.1f} km, {WORDS[Source(travel.source[0, 1])]}"
    )
    for note in asked.notes:
        click.echo(note)
