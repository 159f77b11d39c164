"""A small detailed map in the OpenMapTiles schema, made for tests: one lake, one road, one place name on each tile."""

from __future__ import annotations

import random
from pathlib import Path

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import write

EXTENT = 4096
LAKE, ROAD, PLACE = 3, 2, 1  # geometry types of a vector tile


def make_map(path: Path, *, bytes_besides: int = 0) -> Path:
    """Writes the map: zooms 0 to 10 around Nice. ``bytes_besides`` makes the file heavier with a tile nobody looks at."""
    lon_deg, lat_deg = 7.2, 43.7
    with write(str(path)) as writer:
        for zoom in range(11):
            x0 = int((lon_deg + 180) / 360 * 2**zoom)
            y0 = {0: 0}.get(zoom, int(tile_row(lat_deg, zoom)))
            for x in range(max(0, x0 - 1), min(2**zoom, x0 + 2)):
                for y in range(max(0, y0 - 1), min(2**zoom, y0 + 2)):
                    writer.write_tile(zxy_to_tileid(zoom, x, y), tile())
        if bytes_besides:
            writer.write_tile(zxy_to_tileid(10, 0, 0), random.Random(1).randbytes(bytes_besides))
        writer.finalize(
            {
                "tile_type": TileType.MVT,
                "tile_compression": Compression.NONE,
                "min_lon_e7": 60_000_000,
                "min_lat_e7": 430_000_000,
                "max_lon_e7": 80_000_000,
                "max_lat_e7": 450_000_000,
                "center_zoom": 9,
                "center_lon_e7": 72_000_000,
                "center_lat_e7": 437_000_000,
            },
            {"vector_layers": []},
        )
    return path


def tile_row(lat_deg: float, zoom: int) -> float:
    """The row of Web Mercator tiles that a latitude lies on."""
    from math import asinh, pi, radians, tan

    return (1 - asinh(tan(radians(lat_deg))) / pi) / 2 * 2**zoom


def tile() -> bytes:
    """A vector tile (Mapbox Vector Tile 2.1), written field by field."""
    square = [9, zig(1024), zig(1024), 26, zig(2048), 0, 0, zig(2048), zig(-2048), 0, 15]
    line = [9, zig(0), zig(2000), 10, zig(EXTENT), zig(0)]
    point = [9, zig(2048), zig(2048)]
    return b"".join(
        [
            layer("water", LAKE, square, "class", "lake"),
            layer("transportation", ROAD, line, "class", "primary"),
            layer("place", PLACE, point, "name", "Lac d’essai"),
        ]
    )


def layer(name: str, kind: int, geometry: list[int], key: str, value: str) -> bytes:
    feature = (
        chunk(2, varint(0) + varint(0))
        + number(3, kind)
        + chunk(4, b"".join(map(varint, geometry)))
    )
    content = chunk(1, name.encode()) + chunk(2, feature) + chunk(3, key.encode())
    content += chunk(4, chunk(1, value.encode())) + number(5, EXTENT) + number(15, 2)
    return chunk(3, content)


def zig(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def varint(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def chunk(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content
