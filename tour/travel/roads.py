"""Roads for Valhalla: tiles built once from an OpenStreetMap extract, kept in the home folder."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tour.settings import settings

NEEDED = (
    "Building roads needs pyvalhalla 3.9 or newer: pip install 'tour[roads]' with Python 3.12 or newer "
    "(for Python 3.11 there is only a wheel without the builder). "
    "Or let TOUR_ROUTER_URL name an OSRM-compatible service."
)
XML = (".osm", ".osm.gz", ".osm.bz2")
# More drives and longer ones than Valhalla allows a public service.
LIMITS = {"max_matrix_location_pairs": 1_000_000, "max_matrix_distance": 1_500_000.0}


class RoadsError(Exception):
    """The roads could not be built; says why and what to do."""


@dataclass(frozen=True)
class Roads:
    """Tiles in a folder. ``stamp`` changes each time they are built; ``name`` is what people read."""

    folder: Path
    stamp: str
    name: str


def roads_home() -> Path:
    return settings().home / "roads"


def present_roads() -> Roads | None:
    """The roads built last, if any."""
    try:
        said = json.loads((roads_home() / "present.json").read_text())
        return Roads(roads_home() / said["stamp"], said["stamp"], said["name"])
    except (OSError, ValueError, KeyError):
        return None


def valhalla_settings(folder: Path, *, threads: int = 1) -> dict[str, Any]:
    """Valhalla's configuration for tiles in ``folder``."""
    from valhalla.config import get_config

    config: dict[str, Any] = get_config(tile_extract="", tile_dir=str(folder / "tiles"))
    # Borders, time zones and traffic play no part in how long a drive takes here.
    config["mjolnir"] |= {
        "concurrency": threads,
        "admin": "",
        "timezone": "",
        "traffic_extract": "",
        "logging": {"type": ""},
    }
    config["service_limits"]["auto"] |= LIMITS
    return config


def build_roads(extract: Path, say: Callable[[str], None] = lambda line: None) -> Roads:
    """Builds tiles from an OpenStreetMap extract (.osm.pbf, or .osm, .osm.gz, .osm.bz2) and makes them the present roads.

    Roads that were there stay in use until the new ones are whole. Raises RoadsError.
    """
    if not extract.is_file():
        raise RoadsError(f"{extract}: no such file.")
    if not extract.name.endswith((*XML, ".osm.pbf")):
        raise RoadsError(
            f"{extract}: an OpenStreetMap extract is expected (.osm.pbf, .osm, .osm.gz or .osm.bz2)."
        )
    builder = builder_path()
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    roads = Roads(roads_home() / stamp, stamp, extract.name)
    (roads.folder / "tiles").mkdir(parents=True)
    try:
        pbf = extract if extract.name.endswith(".osm.pbf") else as_pbf(extract, roads.folder, say)
        run_builder(builder, pbf, roads, say)
    except BaseException:
        shutil.rmtree(roads.folder, ignore_errors=True)
        raise
    make_present(roads)
    return roads


def builder_path() -> Path:
    """Valhalla's tile builder. Raises RoadsError when there is none."""
    spec = importlib.util.find_spec("valhalla")
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / "bin" / "valhalla_build_tiles" if folders else None
    if path is None or not path.is_file():
        raise RoadsError(NEEDED)
    return path


def as_pbf(extract: Path, folder: Path, say: Callable[[str], None]) -> Path:
    """An extract in XML as PBF, the only form the builder reads."""
    try:
        import osmium
    except ImportError:
        raise RoadsError(
            f"{extract}: reading XML needs osmium: pip install 'tour[roads]'."
        ) from None
    say(f"{extract.name}: to PBF…")
    target = folder / "extract.osm.pbf"
    try:
        with osmium.SimpleWriter(str(target)) as writer:
            for thing in osmium.FileProcessor(str(extract)):
                writer.add(thing)
    except RuntimeError as error:
        raise RoadsError(f"{extract}: not a readable extract ({error}).") from None
    return target


def run_builder(builder: Path, pbf: Path, roads: Roads, say: Callable[[str], None]) -> None:
    config = roads.folder / "valhalla.json"
    config.write_text(json.dumps(valhalla_settings(roads.folder, threads=os.cpu_count() or 1)))
    say(f"{pbf.name}: {pbf.stat().st_size / 1e6:.1f} MB, building tiles…")
    done = subprocess.run(  # noqa: S603
        [builder, "-c", config, pbf], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise RoadsError(f"{pbf.name}: Valhalla could not read it: {last[0].strip()}")
    if not any((roads.folder / "tiles").rglob("*.gph")):
        raise RoadsError(f"{pbf.name}: no road in it.")


def make_present(roads: Roads) -> None:
    """From now on these roads are used; those before stay for processes that still read them, older ones go."""
    home = roads_home()
    before = present_roads()
    new = home / "present.new"
    new.write_text(json.dumps({"stamp": roads.stamp, "name": roads.name}))
    os.replace(new, home / "present.json")
    kept = {roads.stamp, before.stamp if before else ""}
    for folder in home.iterdir():
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
