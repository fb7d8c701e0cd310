"""A route is analysed when it is first asked, and once for all applications."""

from typing import Any

import httpx
import pytest
from fastapi.exceptions import FastAPIError

from app.deps import Route
from app.main import create_app
from app.routers.pupils import router as pupils
from app.settings import Settings


def fresh() -> Route:
    """A route that nobody has asked yet."""
    route = next(each for each in pupils.routes if isinstance(each, Route) and each.path == "/v1/pupils/{pupil_id}")
    return Route(route.path, route.endpoint, methods=["GET"], operation_id="get_pupil")


class Nothing:
    """What no request holds."""


async def wanting(wanted: Nothing) -> None:
    """A handler that cannot be."""


def is_analysed(route: Any) -> bool:
    return "dependant" in vars(route)


async def test_a_request_that_is_not_for_a_route_leaves_it_as_it_is() -> None:
    app, route = create_app(Settings()), fresh()
    app.router.routes[:] = [route]
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://apqa.test") as client:
        assert (await client.get("/v1/people/1")).status_code == 404
        refused = await client.delete("/v1/pupils/1")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET")
    assert not is_analysed(route)


def test_it_is_analysed_when_anything_is_asked_that_follows_from_the_declaration() -> None:
    route = fresh()
    assert not is_analysed(route)
    assert route.operation_id == "get_pupil"
    assert is_analysed(route)
    assert [each.name for each in route.dependant.path_params] == ["pupil_id"]
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = route.no_such_thing


def test_every_application_has_the_same_routes() -> None:
    first, second = ([each for each in create_app(Settings()).routes if isinstance(each, Route)] for _ in range(2))
    assert len(first) > 200
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_a_declaration_that_cannot_be_is_told_when_the_contract_is_made() -> None:
    app = create_app(Settings())
    app.router.routes.append(Route("/v1/nothing", wanting, methods=["GET"], operation_id="get_nothing"))
    with pytest.raises(FastAPIError):
        app.openapi()
