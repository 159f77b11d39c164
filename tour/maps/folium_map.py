"""Folium maps that work under ``script-src 'self'``, offline, and never hold data.

Stock folium loads four CDNs, writes inline scripts and styles, and puts popup and tooltip texts into JavaScript
template literals, where a site named ``${…}`` runs as code. So the map class here has no CDN and no header, and
every layer only names the address its data comes from; static/js/map draws it with ``textContent``.
"""

from __future__ import annotations

from html import escape
from typing import Any

import folium
from branca.element import Figure
from folium.map import Layer
from folium.template import Template

from tour.i18n import gettext as _

CONTAINER = "map_tour"  # the element of templates/maps/map.html


class TourMap(folium.Map):
    """A Leaflet map in the element CONTAINER; Leaflet itself is in the built map.js."""

    default_js: list[tuple[str, str]] = []
    default_css: list[tuple[str, str]] = []
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = TourMap.map(
                {{ this.get_name()|tojson }},
                {center: {{ this.location|tojson }}, words: {{ this.words|tojson }}, ...{{ this.options|tojavascript }}}
            );
        {% endmacro %}
        """
    )

    def __init__(self, center: tuple[float, float], zoom: int = 9) -> None:
        super().__init__(
            center, tiles=None, zoom_start=zoom, minZoom=7, maxZoom=18, zoom_control=False
        )
        self._name = "map"
        self.words = {
            "zoom_in": _("Zoom avant"),
            "zoom_out": _("Zoom arrière"),
            "layers": _("Fonds et calques"),
            "close": _("Fermer"),
            "open_site": _("Ouvrir la fiche du site"),
            "failed": _("La carte n’a pas pu être mise à jour. La liste reste juste."),
            "no_plan": _("Le plan détaillé n’est pas sur cette tablette : voir « Préparer »."),
            "left_out": _("non placé"),
            "base": _("base"),
            "straight": _("lignes à vol d’oiseau"),
        }


class UrlLayer(Layer):
    """A layer that ``TourMap.<maker>(url, options)`` of static/js/map draws from data at an address."""

    maker: str
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = TourMap.{{ this.maker }}({{ this.url|tojson }}, {{ this.options|tojson }});
        {% endmacro %}
        """
    )

    def __init__(
        self, url: str, name: str, *, overlay: bool = True, show: bool = True, **options: Any
    ) -> None:
        super().__init__(name=name, overlay=overlay, show=show)
        self._name = self.maker
        self.url = url
        self.options = options


class BaseLayer(UrlLayer):
    """Our own base map (see tour.maps.base): always there, with no tile server and no network."""

    maker = "base"

    def __init__(self, url: str) -> None:
        super().__init__(url, _("Fond léger"), overlay=False, attribution="Natural Earth, GeoNames")


class TilesLayer(UrlLayer):
    """Tiles of a server over the base layer. Off until the reader asks, then remembered by the browser."""

    maker = "tiles"

    def __init__(self, url: str, credit: str) -> None:
        # Leaflet writes the credit as HTML
        super().__init__(
            url, _("Plan détaillé (en ligne)"), show=False, attribution=escape(credit), maxZoom=18
        )


class PlanLayer(UrlLayer):
    """A detailed map in one PMTiles file; what draws it is fetched when the layer is first shown."""

    maker = "plan"

    def __init__(self, url: str, credit: str, library: str) -> None:
        super().__init__(
            url, _("Plan détaillé"), attribution=escape(credit), library=library, maxZoom=18
        )


class DayLayer(Layer):
    """A day's stops in order, read from the list on the same page: the map needs no data of its own."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = TourMap.day();
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__(name=_("Visites du jour"))
        self._name = "day"


class SitesLayer(UrlLayer):
    """The sites of a campaign, by state."""

    maker = "sites"

    def __init__(self, url: str) -> None:
        super().__init__(url, _("Sites"))


class RoutesLayer(UrlLayer):
    """A plan: one line per pair and day, the visits in order."""

    maker = "routes"

    def __init__(self, url: str) -> None:
        super().__init__(url, _("Trajets"))


def script_of(tour_map: TourMap) -> str:
    """The JavaScript of a map, the same at each rendering of the same map. Call it once per map object."""
    number_ids(tour_map)
    figure = tour_map.get_root()
    assert isinstance(figure, Figure)
    tour_map.render()
    return f"(() => {{\n{figure.script.render()}\n}})();\n"


def number_ids(tour_map: TourMap) -> None:
    """Replaces folium's random ids by numbers, so that the script can have an ETag."""
    tour_map._id = CONTAINER.removeprefix("map_")
    for number, child in enumerate(tour_map._children.values(), start=1):
        child._id = str(number)
