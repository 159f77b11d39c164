"""Links are made from names: looked up, and the same as Starlette's own."""

from __future__ import annotations

from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.routing import NoMatchFound, Route

from tour.app import make_app

VALUES = {"UUIDConvertor": uuid4(), "IntegerConvertor": 7}


def test_each_name_gives_the_address_that_starlette_would() -> None:
    app = make_app()
    for route in app.routes:
        assert isinstance(route, Route) or route.name == "dist"
        kinds = route.param_convertors.items()
        values = {name: VALUES.get(type(kind).__name__, "x") for name, kind in kinds}
        own = app.url_path_for(route.name, **values)
        assert own == Starlette.url_path_for(app, route.name, **values)


@pytest.mark.parametrize("values", [{}, {"id": uuid4(), "more": 1}])
def test_a_link_with_other_values_than_its_address_is_a_mistake(values: dict[str, object]) -> None:
    with pytest.raises(NoMatchFound):
        make_app().url_path_for("visit", **values)
