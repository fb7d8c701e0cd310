"""What a route asks for costs no thread."""

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.main import create_app
from app.settings import Settings


def test_every_dependency_and_handler_is_asynchronous() -> None:
    found = {
        f"{each.path}: {part.call}"
        for each in iter_route_contexts(create_app(Settings()).routes)
        if getattr(each, "dependant", None) is not None
        for part in parts(each.dependant)
        if part.call is not None
        and not inspect.iscoroutinefunction(part.call)
        and not inspect.isasyncgenfunction(part.call)
    }
    assert found == set()


def parts(dependant: Dependant) -> Iterator[Dependant]:
    """A handler and everything that it asks for."""
    yield dependant
    for each in dependant.dependencies:
        yield from parts(each)
