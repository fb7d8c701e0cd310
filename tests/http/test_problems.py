"""Every refusal is an RFC 9457 problem, and none repeats what was sent."""

from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS31Validator

from app.domain.errors import DomainError
from app.errors import STATUSES, Problem, ProtocolError, problem_of, validation
from tests.http.tiny import client

JSON = {"Content-Type": "application/json"}
SCHEMA = OAS31Validator(Problem.model_json_schema())


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem in an answer, after checking what all of them have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    SCHEMA.validate(body)
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert body["instance"] == f"/requests/{answer.headers['X-Request-Id']}"
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("absent", 404, "not_found"),
        ("forbidden", 403, "forbidden"),
        ("conflict", 409, "thing_full"),
        ("stale", 412, "stale_version"),
        ("invalid", 422, "invalid"),
        ("unauthenticated", 401, "unauthenticated"),
        ("unmatched", 428, "precondition_required"),
        ("hasty", 429, "rate_limited"),
    ],
)
async def test_each_kind_of_refusal_has_its_status_and_code(kind: str, status: int, code: str) -> None:
    async with client() as c:
        body = problem(await c.get(f"/v1/refusals/{kind}"), status, code)
    assert body["retryable"] is (status == 429)


async def test_facts_become_members_but_cannot_replace_the_standard_ones() -> None:
    async with client() as c:
        body = problem(await c.get("/v1/refusals/conflict"), 409, "thing_full")
    assert body["room"] == 0
    assert body["seen"] == "00000000-0000-0000-0000-000000000007"


async def test_a_fault_names_its_one_place_only() -> None:
    async with client() as c:
        body = problem(await c.get("/v1/refusals/invalid"), 422, "invalid")
    assert body["errors"] == [{"code": "too_long", "detail": "At most 5.", "pointer": "/word"}]


async def test_a_rate_limit_says_when_to_come_back() -> None:
    async with client() as c:
        assert (await c.get("/v1/refusals/hasty")).headers["Retry-After"] == "17"


@pytest.mark.parametrize(
    ("sent", "challenge"),
    [
        ({}, 'Bearer realm="apqa"'),
        ({"Authorization": "Bearer nonsense"}, 'Bearer realm="apqa", error="invalid_token"'),
        ({"Authorization": "basic nonsense"}, 'Basic realm="apqa"'),
    ],
)
async def test_a_401_carries_a_challenge_in_the_scheme_that_was_tried(sent: dict[str, str], challenge: str) -> None:
    async with client() as c:
        answer = await c.get("/v1/refusals/unauthenticated", headers=sent)
    assert answer.headers["WWW-Authenticate"] == challenge


def test_every_kind_of_refusal_stands_in_the_table() -> None:
    for kind in (*DomainError.__subclasses__(), *ProtocolError.__subclasses__()):
        assert kind in STATUSES, kind


def test_a_domain_error_of_no_known_kind_is_a_fault_of_ours() -> None:
    assert problem_of(DomainError("?")).status == 500


async def test_a_wrong_path_and_a_trailing_slash_are_problems() -> None:
    async with client() as c:
        problem(await c.get("/nowhere"), 404, "unknown_path")
        problem(await c.post("/v1/things/", json={}), 404, "unknown_path")


async def test_a_wrong_method_lists_those_of_every_route_of_the_path() -> None:
    async with client() as c:
        answer = await c.put("/v1/things/1", json={})
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "DELETE, GET, PATCH"
        assert (await c.request("BREW", "/v1/things")).headers["Allow"] == "GET, POST"


# --- bodies that cannot be read


@pytest.mark.parametrize(
    "body",
    [
        b'{"word": "lo',
        b"\xff\xfe\x00{",
        b'{"word": "\xe9t\xe9"}',
        b'{"word": NaN}',
        b'{"word": "loom", "number": -Infinity}',
        b"[" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'"NaN' + b"[" * 10_000,
        b"1" * 5_000,
        *('{"word": "loom"}'.encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le")),
    ],
    ids=[
        *("cut", "bytes", "latin-1", "NaN", "Infinity", "open", "deep", "deep with NaN", "long number"),
        *("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE"),
    ],
)
async def test_what_is_not_json_is_a_400(body: bytes) -> None:
    async with client() as c:
        problem(await c.post("/v1/things", content=body, headers=JSON), 400, "malformed_body")
        problem(await c.post("/v1/anything", content=body, headers=JSON), 400, "malformed_body")


async def test_the_words_nan_and_infinity_may_stand_in_texts() -> None:
    async with client() as c:
        answer = await c.post("/v1/things", json={"word": "NaN to Infinity"})
    assert answer.json()["word"] == "NaN to Infinity"


async def test_a_broken_form_is_a_400() -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with client() as c:
        problem(await c.post("/v1/imports", content=b"--y\r\nbroken", headers=headers), 400, "malformed_body")


# --- bodies that do not fit


HOSTILE = {
    "word": "ZEBEDEE",
    "number": "twelvish",
    "owner_id": "zq3Quibble",
    "colour": "mauve",
    "slots": [{"weekday": 9, "ends_at": "ab"}, "Florence"],
    "pet": {"kind": "Dougal"},
    "bogus": "Brian",
    "Ermintrude Cow": "x",
}


async def test_every_fault_is_told_by_pointer_and_nothing_that_was_sent_is_repeated() -> None:
    async with client() as c:
        answer = await c.post("/v1/things", json=HOSTILE)
    told = problem(answer, 422, "invalid_request")
    places = {(fault["pointer"], fault["code"]) for fault in told["errors"]}
    assert places == {
        ("/word", "value_error"),
        ("/number", "float_parsing"),
        ("/owner_id", "uuid_parsing"),
        ("/colour", "literal_error"),
        ("/slots/0/weekday", "less_than_equal"),
        ("/slots/0/ends_at", "string_too_short"),
        ("/slots/1", "object_type"),
        ("/pet", "union_tag_invalid"),
        ("/bogus", "unknown_field"),
        ("", "unknown_field"),
    }
    for word in (
        "ZEBEDEE",
        "twelvish",
        "Quibble",
        "`q`",
        "mauve",
        "Florence",
        "Dougal",
        "Brian",
        "Ermintrude",
        "ThingC",
    ):
        assert word not in answer.text, word


@pytest.mark.parametrize("body", [b'{"lone \\ud800": 1}', b'{"word": "lone \\ud800"}'])
async def test_half_a_character_is_a_fault_of_the_request(body: bytes) -> None:
    async with client() as c:
        problem(await c.post("/v1/things", content=body, headers=JSON), 422, "invalid_request")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/word"),
        ([], ""),
        ("text", ""),
        (None, ""),
        ({"word": "ok", "pet": {"kind": "cat", "lives": "many"}}, "/pet/lives"),
        ({"word": "ok", "pet": {"kind": "dog"}}, "/pet/tricks"),
        ({"word": "ok", "slots": [{"weekday": 1, "ends_at": "0900"}, {"weekday": 1}]}, "/slots/1/ends_at"),
    ],
)
async def test_pointers_lead_into_the_body_as_it_was_sent(body: object, pointer: str) -> None:
    async with client() as c:
        told = problem(await c.post("/v1/things", json=body), 422, "invalid_request")
    assert [fault["pointer"] for fault in told["errors"]] == [pointer]


async def test_parameters_and_headers_are_told_by_name() -> None:
    async with client() as c:
        wrong_query = problem(await c.get("/v1/things?limit=999&owner_id=Zq"), 422, "invalid_request")
        wrong_path = problem(await c.patch("/v1/things/Quibble", json={}), 422, "invalid_request")
    assert [fault["parameter"] for fault in wrong_query["errors"]] == ["limit", "owner_id"]
    assert [(f.get("parameter"), f.get("header")) for f in wrong_path["errors"]] == [
        ("thing_id", None),
        (None, "if-match"),
    ]
    assert "Quibble" not in str(wrong_path)


async def test_a_thousand_faults_are_cut_to_a_hundred() -> None:
    async with client() as c:
        told = problem(await c.post("/v1/things/batch", json=[{}] * 1000), 422, "invalid_request")
    assert len(told["errors"]) == validation.MAX_FAULTS


@pytest.mark.parametrize(
    ("text", "value", "repeated"),
    [
        ("no isoformat: 'Zebedee'", "Zebedee", True),
        ("no number: 1234", {"a": [{"b": 1234}]}, True),
        ("Input should be 'open' or 'closed'", "close", False),
        ("no shouting: Ç'", "Ç'", True),
        ("between 1 and 20", {"weekday": 1, "none": None, "yes": True}, False),
    ],
)
def test_a_text_repeats_a_value_only_as_a_whole_word(text: str, value: object, repeated: bool) -> None:
    assert validation.repeats(text, value) is repeated
