"""Asking the service everything that it can be asked, and what it answers, byte for byte."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any
from uuid import UUID

from app.db.base import new_id
from tests.access.bodies import BODIES
from tests.access.routes import NAMES, VALUES, Route, filled, routes
from tests.given import Api

# What differs from answer to answer whatever is asked: when it was given, what it is called, what is left to spend.
_PASSING = {"x-request-id", "date", "ratelimit", "ratelimit-policy", "traceparent", "server-timing"}
_INSTANCE = re.compile(rb'"instance":"[^"]*"')

_TRAILS = ("/v1/changes", "/v1/audit", "/v1/visits", "/v1/judgements")
# What is only tried, and a check that is not kept, is made and named anew each time.
_MADE_ANEW = re.compile(rb'"(id|\w+_at|client_id|client_secret|address|url|secret)":"[^"]*"')

Ids = Mapping[str, Any]
Answers = dict[str, tuple[int, dict[str, str], bytes]]


@cache
def every_route() -> tuple[Route, ...]:
    """Every operation of the contract."""
    return tuple(routes())


def _path(route: Route, ids: Ids) -> str:
    said = {name: ids.get(name, VALUES.get(name, new_id())) for name in route.parameters}
    return route.path.format(**said)


def _queries(route: Route, ids: Ids) -> Iterator[dict[str, str]]:
    """The least query, each filter that tells of a visit, pages of one row, and each form of a report."""
    declared = [each for each in route.document.get("parameters", []) if each["in"] == "query"]
    names = {each["name"] for each in declared}
    least = {each["name"]: str(ids.get(each["name"], VALUES.get(each["name"]))) for each in declared if _needed(each)}
    yield least
    yield from ({**least, name: str(ids[name])} for name in ("item_key", "provider_id", "visit_id") if name in names)
    if "limit" in names and ("visit" in route.path or "visit_id" in names or route.path in _TRAILS):
        yield {**least, "limit": "1"}
    if "format" in names:
        yield from ({**least, "format": form} for form in ("html", "pdf"))


def _needed(parameter: Mapping[str, Any]) -> bool:
    return bool(parameter.get("required"))


async def read(by: Api, ids: Ids) -> Answers:
    """What every GET route answers somebody."""
    found: Answers = {}
    for route in every_route():
        for query in _queries(route, ids) if route.method == "GET" else ():
            path = _path(route, ids)
            answer = await by.get(path, params=query)
            assert answer.status_code < 500, f"{path} {query}: {answer.text}"
            body = _MADE_ANEW.sub(b"", answer.content) if route.name == "get_registration_status" else answer.content
            found[f"GET {route.path} {query}"] = kept(answer.status_code, answer.headers, body)
    return found


async def tried(by: Api, ids: Ids) -> Answers:
    """What every writing route answers somebody who only tries."""
    found: Answers = {}
    for route in every_route():
        if not route.writes:
            continue
        headers = {"If-Match": '"1"'} if route.needs_version else {}
        said = filled(BODIES.get(route.name), _tables(ids))
        more: dict[str, Any] = {"json": said}
        if isinstance(said, str):
            more = {"content": said.encode()}
            headers["Content-Type"] = "text/plain" if "text/plain" in str(route.document) else route.media_type
        query = {name: str(ids.get(name, VALUES.get(name))) for name in route.query} | {"dry_run": "true"}
        answer = await by.send(route.method, _path(route, ids), params=query, headers=headers, **more)
        assert answer.status_code < 500, f"{route.name}: {answer.text}"
        told = {name: value for name, value in answer.headers.items() if name != "location"}
        found[f"{route.method} {route.path}"] = kept(answer.status_code, told, _MADE_ANEW.sub(b"", answer.content))
    return found


def _tables(ids: Ids) -> dict[str, UUID]:
    """The ids by table, as bodies name them; a row that is nobody's where none is told."""
    told = {str(table): new_id() for table in NAMES.values()} | {
        each: new_id()
        for each in ("readers", "pupils:1", "commissioner", "placed.commissioner_id", "placed.id", "placed.provider_id")
    }
    return told | {str(NAMES[name]): value for name, value in ids.items() if NAMES.get(name)}


def kept(status: int, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    """An answer without what passes."""
    told = {name: value for name, value in headers.items() if name.lower() not in _PASSING}
    return status, told, _INSTANCE.sub(b'"instance":""', body)


def containing(answers: Answers, words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Where any of the words stands in what was answered, in whatever way it is written."""
    return [
        (asked, word)
        for (asked, (_, headers, body)), word in product(answers.items(), words)
        if word.encode() in body or word in repr(headers)
    ]


def changed(before: Answers, after: Answers) -> dict[str, tuple[Any, Any]]:
    """What is answered otherwise than before."""
    assert before.keys() == after.keys()
    return {asked: (before[asked], after[asked]) for asked in before if before[asked] != after[asked]}
