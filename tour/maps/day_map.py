"""A small map of a pair's day to be printed: the Département's outline, the stops in order, in black on white."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import cos, hypot, radians

from markupsafe import Markup

from tour.i18n import gettext as _
from tour.maps.base import outline, read_places
from tour.planning.roadmap import Sheet

Point = tuple[float, float]
LatLon = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom

WIDTH, HEIGHT, MARGIN = 360.0, 220.0, 24.0  # units: a quarter of a millimetre on paper
KM_PER_DEGREE = 111.2
LEAST_KM = 8.0  # across: a day in one town still shows where the town is
RADIUS = 9.0  # of a stop's disc
APART = 2 * RADIUS + 3
LETTER, LINE = 6.2, 12.0  # a place name's mean letter and height
MOST_NAMES = 9
SCALES_KM = (1, 2, 5, 10, 20, 50)


@dataclass(frozen=True)
class View:
    """From degrees to the map's units: plane enough for one Département."""

    lat: float
    lon: float
    units_per_km: float

    def at(self, position: LatLon) -> Point:
        lat, lon = position
        east_km = (lon - self.lon) * KM_PER_DEGREE * cos(radians(self.lat))
        north_km = (lat - self.lat) * KM_PER_DEGREE
        return WIDTH / 2 + east_km * self.units_per_km, HEIGHT / 2 - north_km * self.units_per_km


def day_map(sheet: Sheet) -> Markup:
    """The map as inline SVG, styled by its classes (roadmap.css)."""
    view = view_of(sheet.path)
    path = [view.at(position) for position in sheet.path]
    numbers = [stop.order for stop in sheet.stops if stop.position]
    discs = spread(path[1:-1], aside_from=(path[0], path[-1]))
    taken = [around(disc, RADIUS) for disc in discs]
    taken += [around(end, RADIUS) for end in (path[0], path[-1])]
    taken.append((0, HEIGHT - 22, 100, HEIGHT))  # the scale
    return Markup("").join(
        [
            Markup('<svg class="day-map" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
                round(WIDTH), round(HEIGHT), _("Carte de la journée : étapes numérotées, base")
            ),
            Markup('<rect class="beyond" width="100%" height="100%"></rect>'),
            Markup('<path class="outline" d="{}"></path>').format(land(view)),
            Markup('<path class="drive" d="{}"></path>').format(line(path)),
            *names(view, taken),
            *ends(path[0], path[-1]),
            *stops(numbers, path[1:-1], discs),
            scale(view),
            Markup("</svg>"),
        ]
    )


def view_of(positions: Sequence[LatLon]) -> View:
    """The closest view that holds these positions."""
    lats, lons = zip(*positions, strict=True)
    middle = (min(lats) + max(lats)) / 2
    across = (max(lons) - min(lons)) * KM_PER_DEGREE * cos(radians(middle))
    along = (max(lats) - min(lats)) * KM_PER_DEGREE
    room, height = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    return View(
        lat=middle,
        lon=(min(lons) + max(lons)) / 2,
        units_per_km=min(room / max(across, LEAST_KM), height / max(along, LEAST_KM * 0.6)),
    )


def land(view: View) -> str:
    """The Département's outline as path data; empty where we have none."""
    return "".join(line([view.at(position) for position in ring]) + "Z" for ring in rings())


@cache
def rings() -> list[list[LatLon]]:
    return [
        [(lat, lon) for lon, lat in ring]
        for shape in outline()
        for polygon in shape["geometry"]["coordinates"]
        for ring in polygon
    ]


def line(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def names(view: View, taken: list[Box]) -> Iterator[Markup]:
    """The most populous places in sight, each where its name hides nothing."""
    shown = 0
    for name, position in places():
        x, y = view.at(position)
        box = (x - 3, y - LINE / 2, x + 6 + LETTER * len(name), y + LINE / 2)
        if shown == MOST_NAMES or not inside(box) or any(overlap(box, other) for other in taken):
            continue
        taken.append(box)
        shown += 1
        yield Markup('<circle class="place" cx="{:.1f}" cy="{:.1f}" r="1.6"></circle>').format(x, y)
        yield Markup('<text class="name" x="{:.1f}" y="{:.1f}">{}</text>').format(
            x + 5, y + 3.5, name
        )


@cache
def places() -> list[tuple[str, LatLon]]:
    """Communes and towns around, the most populous first."""
    rows = sorted(read_places(), key=lambda row: -int(row["population"]))
    return [(row["name"], (float(row["lat"]), float(row["lon"]))) for row in rows]


def ends(first: Point, last: Point) -> Iterator[Markup]:
    """Houses where the day starts and ends."""
    for x, y in dict.fromkeys((first, last)):
        yield Markup(
            '<path class="house" transform="translate({:.1f} {:.1f})"'
            ' d="M-9 0 0-9 9 0H6V8H-6V0Z"></path>'
        ).format(x, y)


def stops(numbers: list[int], points: list[Point], discs: list[Point]) -> Iterator[Markup]:
    """Numbered discs, with a lead to where the site is when another stop pushed them aside."""
    for (x, y), (disc_x, disc_y) in zip(points, discs, strict=True):
        if hypot(disc_x - x, disc_y - y) > 1:
            yield Markup('<path class="lead" d="{}"></path>').format(
                line([(x, y), (disc_x, disc_y)])
            )
            yield Markup('<circle class="true" cx="{:.1f}" cy="{:.1f}" r="2"></circle>').format(
                x, y
            )
    for number, (x, y) in zip(numbers, discs, strict=True):
        yield Markup('<circle class="disc" cx="{:.1f}" cy="{:.1f}" r="{}"></circle>').format(
            x, y, RADIUS
        )
        yield Markup('<text class="number" x="{:.1f}" y="{:.1f}">{}</text>').format(
            x, y + 4, number
        )


def spread(points: Sequence[Point], aside_from: Sequence[Point]) -> list[Point]:
    """The points, moved until their discs touch neither one another nor what stays in place."""
    moved = [*points, *aside_from]
    for _round in range(40):
        for a, b in combinations(range(len(moved)), 2):
            (ax, ay), (bx, by) = moved[a], moved[b]
            away = hypot(bx - ax, by - ay)
            if a >= len(points) or away >= APART:
                continue
            # two sites at one address part side by side, the earlier stop on the left
            ux, uy = ((bx - ax) / away, (by - ay) / away) if away > 0.1 else (1.0, 0.0)
            fixed = b >= len(points)
            push = (APART - away) * (1 if fixed else 0.5)
            moved[a] = ax - ux * push, ay - uy * push
            if not fixed:
                moved[b] = bx + ux * push, by + uy * push
    return [
        (clamp(x, RADIUS + 1, WIDTH - RADIUS - 1), clamp(y, RADIUS + 1, HEIGHT - RADIUS - 1))
        for x, y in moved[: len(points)]
    ]


def clamp(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)


def scale(view: View) -> Markup:
    """A bar of a round number of kilometres, at the lower left."""
    km = max((km for km in SCALES_KM if km * view.units_per_km <= WIDTH / 4), default=SCALES_KM[0])
    x, y = 10.0, HEIGHT - 8
    return Markup(
        '<path class="scale" d="M{x:.1f} {top:.1f}V{y:.1f}H{end:.1f}V{top:.1f}"></path>'
        '<text class="name" x="{text:.1f}" y="{top:.1f}">{km} km</text>'
    ).format(x=x, y=y, top=y - 4, end=x + km * view.units_per_km, text=x + 4, km=km)


def around(point: Point, radius: float) -> Box:
    x, y = point
    return x - radius, y - radius, x + radius, y + radius


def inside(box: Box) -> bool:
    left, top, right, bottom = box
    return left > 2 and top > 2 and right < WIDTH - 2 and bottom < HEIGHT - 2


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
