"""The script of a map: no data, no other host, no random id, none of folium's unsafe parts."""

from __future__ import annotations

import re
from pathlib import Path

import folium
import pytest

import tour.maps
from tour.maps.folium_map import (
    CONTAINER,
    BaseLayer,
    RoutesLayer,
    SitesLayer,
    TilesLayer,
    TourMap,
    script_of,
)
from tour.settings import ROOT, settings

TILES = "https://tiles.example/{z}/{x}/{y}.png?a=1&b=2"


def a_map(credit: str = "© Exemple") -> TourMap:
    tour_map = TourMap((43.9, 7.1))
    BaseLayer("/base.geojson").add_to(tour_map)
    TilesLayer(TILES, credit).add_to(tour_map)
    SitesLayer("/sites.geojson").add_to(tour_map)
    RoutesLayer("/plans/1/routes.geojson").add_to(tour_map)
    folium.LayerControl().add_to(tour_map)
    return tour_map


def test_it_works() -> None:
    script = script_of(a_map())
    assert f'var {CONTAINER} = TourMap.map(\n                "{CONTAINER}"' in script
    assert 'TourMap.base("/base.geojson"' in script
    assert 'TourMap.sites("/sites.geojson"' in script
    assert 'TourMap.routes("/plans/1/routes.geojson"' in script
    assert "L.control.layers(" in script


def test_two_renderings_are_equal() -> None:
    assert script_of(a_map()) == script_of(a_map())


def test_the_page_has_the_element_the_script_fills() -> None:
    assert f'id="{CONTAINER}"' in (ROOT / "templates" / "maps" / "map.html").read_text()


def test_no_host_is_named_but_the_tile_server() -> None:
    hosts = re.findall(r"(?:https?:)?//[\w.-]+", script_of(a_map()))
    assert hosts == ["https://tiles.example"]


def test_folium_brings_no_library_and_no_page_header() -> None:
    tour_map = a_map()
    script_of(tour_map)
    figure = tour_map.get_root()
    added = figure.header.render() + figure.html.render()  # type: ignore[attr-defined]
    assert "link" not in added.replace("meta", "")
    assert "script src" not in added
    assert "user-scalable" not in added
    assert TourMap.default_js == TourMap.default_css == []


def test_a_detailed_plan_is_asked_for_and_never_shown_unasked() -> None:
    script = script_of(a_map())
    name = re.search(r"var (tiles_\d+) = TourMap.tiles", script)
    assert name is not None
    assert f"{name[1]}.addTo" not in script


def test_a_credit_is_text() -> None:
    script = script_of(a_map("<img src=x onerror=alert(1)>"))
    assert "<img" not in script
    assert r"\u0026lt;img" in script


@pytest.mark.parametrize("banned", ["Popup", "Tooltip", "Icon", "GeoJson", "Html", "Marker"])
def test_what_folium_does_unsafely_is_not_used(banned: str) -> None:
    sources = "".join(path.read_text() for path in Path(tour.maps.__file__).parent.glob("*.py"))
    assert not re.search(rf"folium\.(\w+\.)*{banned}\b|import .*\b{banned}\b", sources)


def test_markup_is_never_made_of_data() -> None:
    for path in (ROOT / "static" / "js" / "map").glob("*.js"):
        assert not re.search(
            r"innerHTML|insertAdjacentHTML|setContent\(|document\.write", path.read_text()
        ), path


def test_the_public_tile_server_of_openstreetmap_is_not_the_default() -> None:
    assert "openstreetmap" not in settings().tile_url
