"""Roads built from an OpenStreetMap extract, and real routers over them (only with the extra « roads »)."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tour.cli import main
from tour.settings import settings
from tour.travel.between import travel_between
from tour.travel.matrix import LEAVING_MIN, Source
from tour.travel.roads import RoadsError, build_roads, present_roads

# A village street of two ways, 1.6 km end to end at 50 km/h.
STREET = """<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">
<node id="1" version="1" lat="44.0000" lon="7.0000"/><node id="2" version="1" lat="44.0000" lon="7.0100"/>
<node id="3" version="1" lat="44.0000" lon="7.0200"/>
<way id="10" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="secondary"/><tag k="maxspeed" v="50"/></way>
<way id="11" version="1"><nd ref="2"/><nd ref="3"/><tag k="highway" v="secondary"/><tag k="maxspeed" v="50"/></way>
</osm>"""
WEST, EAST, FAR = (44.0001, 7.0005), (44.0001, 7.0195), (43.70, 7.26)

needs_valhalla = pytest.mark.skipif(
    not (importlib.util.find_spec("valhalla") and importlib.util.find_spec("osmium")),
    reason="pip install '.[roads]' (Python 3.12 or newer)",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings(), "home", tmp_path / "home")
    return tmp_path


@pytest.fixture
def street(home: Path) -> Path:
    path = home / "street.osm"
    path.write_text(STREET)
    return path


@needs_valhalla
async def test_it_works(db: str, street: Path) -> None:
    build_roads(street)
    between = await travel_between([WEST, EAST, FAR], ask=True)
    assert between.router == "Valhalla, street.osm"
    assert between.travel.km[0, 1] == pytest.approx(1.52, abs=0.1)
    assert 1 <= between.travel.minutes[0, 1] - LEAVING_MIN <= 4
    assert between.travel.source[0].tolist() == [Source.ROAD, Source.ROAD, Source.STRAIGHT]
    assert "pour 4 d’entre eux" in between.notes[0]


@needs_valhalla
async def test_roads_built_again_are_asked_again(db: str, street: Path) -> None:
    first = build_roads(street)
    await travel_between([WEST, EAST], ask=True)
    slow = STREET.replace('v="50"', 'v="20"')
    await asyncio.to_thread(street.write_text, slow)
    second = build_roads(street)
    between = await travel_between([WEST, EAST], ask=True)
    assert between.travel.minutes[0, 1] - LEAVING_MIN >= 4
    assert present_roads() == second
    assert first.folder.exists()  # another process may still read them
    build_roads(street)
    assert not first.folder.exists()


@needs_valhalla
@pytest.mark.parametrize("name", ["junk.osm.pbf", "junk.osm"])
def test_a_file_that_is_no_extract_is_named_and_leaves_nothing(home: Path, name: str) -> None:
    (home / name).write_text("not a map")
    with pytest.raises(RoadsError, match=r"junk\.osm"):
        build_roads(home / name)
    assert present_roads() is None
    assert list((home / "home" / "roads").iterdir()) == []


@needs_valhalla
def test_an_extract_without_roads_is_named(home: Path) -> None:
    (home / "empty.osm").write_text('<?xml version="1.0"?><osm version="0.6"></osm>')
    with pytest.raises(RoadsError, match=r"empty|extract"):
        build_roads(home / "empty.osm")
    assert present_roads() is None


@needs_valhalla
async def test_tiles_that_are_gone_are_said_and_the_plan_goes_on(db: str, street: Path) -> None:
    roads = build_roads(street)
    for tile in (roads.folder / "tiles").rglob("*.gph"):
        tile.unlink()
    between = await travel_between([WEST, EAST], ask=True)
    assert between.travel.source[0, 1] == Source.STRAIGHT
    assert len(between.notes) == 1


@pytest.mark.parametrize(
    ("file", "said"), [("absent.osm.pbf", "no such file"), ("notes.txt", "is expected")]
)
def test_a_wrong_file_is_named(home: Path, file: str, said: str) -> None:
    (home / "notes.txt").write_text("hello")
    answer = CliRunner().invoke(main, ["roads", "build", str(home / file)])
    assert answer.exit_code == 1
    assert said in answer.output


@pytest.mark.skipif(
    importlib.util.find_spec("valhalla") is not None, reason="pyvalhalla is installed"
)
def test_without_pyvalhalla_the_command_says_what_to_install(home: Path, street: Path) -> None:
    answer = CliRunner().invoke(main, ["roads", "build", str(street)])
    assert answer.exit_code == 1
    assert "tour[roads]" in answer.output
    assert "TOUR_ROUTER_URL" in answer.output


@pytest.mark.skipif(
    not (importlib.util.find_spec("osrm") and importlib.util.find_spec("osmium")),
    reason="pip install osrm-bindings osmium (Python 3.12 or newer)",
)
async def test_a_real_osrm_is_understood(
    db: str, street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.travel.real_osrm import routed

    async with routed(street) as url:
        monkeypatch.setattr(settings(), "router_url", url)
        between = await travel_between([WEST, EAST, FAR], ask=True)
    assert between.travel.km[0, 1] == pytest.approx(1.52, abs=0.1)
    assert between.travel.source[0].tolist() == [Source.ROAD, Source.ROAD, Source.STRAIGHT]


async def test_the_command_tells_where_a_figure_comes_from(db: str, home: Path) -> None:
    command = Path(sys.executable).with_name("tour")
    done = await asyncio.to_thread(
        subprocess.run,
        [command, "roads", "drive", "43.70,7.26", "43.58,7.12"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"TOUR_HOME": str(home), "TOUR_DATABASE_URL": db},
    )
    assert "estimated from the straight line" in done.stdout
