"""What nobody declared is refused, never passed over, and no byte that a client can send makes the service fail."""

import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.integrations.keys import SigningKey
from tests.contract.world import World
from tests.given import Api, week

HUGE = "9" * 5000
LONG = "x" * 100_000


@pytest.fixture
def authority(world: World) -> Api:
    """The client of an authority."""
    return world.roles["authority"]


@pytest.fixture
def anyone(world: World) -> httpx.AsyncClient:
    """A client without a token."""
    return world.http


def faults(answer: httpx.Response, status: int = 422) -> list[tuple[str, str | None]]:
    """The faults of a refusal, each with its place."""
    told = answer.json()
    assert (answer.status_code, told["status"]) == (status, status), told
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [
        (each["code"], each.get("parameter") or each.get("pointer") or each.get("header")) for each in told["errors"]
    ]


async def sent(api: Api, path: str, body: Any) -> httpx.Response:
    """POST a body in ASCII, where half a surrogate pair can be written too."""
    return await api.send("POST", path, content=json.dumps(body), headers={"Content-Type": "application/json"})


async def test_a_parameter_that_is_not_declared_is_refused(authority: Api) -> None:
    answer = await authority.get("/v1/providers?nmae=Oak&limit=5")
    assert faults(answer) == [("unknown_parameter", "nmae")]
    assert answer.json()["code"] == "invalid_request"


async def test_the_name_of_an_unknown_parameter_is_not_repeated_where_it_may_be_somebodys(authority: Api) -> None:
    answer = await authority.get("/v1/providers", params={"Mabel Fictitious": "1"})
    assert faults(answer) == [("unknown_parameter", None)]
    assert "Mabel" not in answer.text


async def test_a_write_takes_no_unknown_parameter_either(authority: Api) -> None:
    answer = await authority.post("/v1/providers?dryrun=true", {"name": "Misspelt"})
    assert faults(answer) == [("unknown_parameter", "dryrun")]
    assert (await authority.get("/v1/providers?name=Misspelt")).json()["data"] == []


async def test_an_unknown_parameter_is_told_only_to_those_who_may_ask(world: World, anyone: httpx.AsyncClient) -> None:
    viewer = await world.given.school("viewer")
    assert (await anyone.get("/v1/providers?nmae=Oak")).status_code == 401
    assert (await viewer.post("/v1/providers?nmae=Oak", {"name": "Oak"})).status_code == 403


async def test_open_operations_take_no_unknown_parameter(anyone: httpx.AsyncClient) -> None:
    for path in ("/livez", "/readyz", "/metrics", "/v1/release-notes", "/.well-known/jwks.json"):
        assert (await anyone.get(path)).status_code == 200
        assert faults(await anyone.get(f"{path}?verbose=1")) == [("unknown_parameter", "verbose")]


async def test_a_parameter_is_taken_once(authority: Api) -> None:
    assert faults(await authority.get("/v1/providers?limit=5&limit=6")) == [("duplicate_parameter", "limit")]


@pytest.mark.parametrize("value", ["%00", "a%00b", "%ff", "%c3%28", "%ed%a0%80"])
async def test_a_parameter_is_utf_8_without_u0000(authority: Api, value: str) -> None:
    assert faults(await authority.get(f"/v1/providers?name={value}")) == [("unreadable_text", "name")]


@pytest.mark.parametrize("value", ["1", "yes", "on", "True", "0", ""])
async def test_a_flag_is_true_or_false(authority: Api, value: str) -> None:
    assert faults(await authority.post(f"/v1/providers?dry_run={value}", {"name": "Oak"})) == [
        ("bool_parsing", "dry_run")
    ]


@pytest.mark.parametrize(
    "value", ["0", "86400", "1700000000", "2026-9-1", "20260901", "2026-09-01T00:00:00", "2026-02-30", "٢٠٢٦-٠٩-٠١"]
)
async def test_a_date_has_one_form(authority: Api, value: str) -> None:
    assert faults(await authority.get("/v1/rulesets", params={"as_of_on": value})) == [("date_parsing", "as_of_on")]


@pytest.mark.parametrize("value", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
async def test_a_date_lies_in_reason_wherever_it_is_sent(world: World, authority: Api, value: str) -> None:
    assert faults(await authority.get(f"/v1/rulesets?as_of_on={value}")) == [("date_out_of_range", "as_of_on")]
    provider = {"id": world.ids["provider_id"]}
    status = await authority.get(f"/v1/providers/{provider['id']}/registration-status?as_of_on={value}")
    assert faults(status)[0][1] == "as_of_on"
    pupil = {"given_name": "Ada", "family_name": "Invented", "born_on": value}
    assert faults(await authority.post("/v1/pupils", pupil)) == [("date_out_of_range", "/born_on")]


@pytest.mark.parametrize(
    "value",
    ["2026-09-01", "2026-09-01T08:30:00", "1700000000", "0001-01-01T00:00:00Z", "2026-09-01T08:30:00+99:00", "now"],
)
async def test_an_instant_carries_its_offset(authority: Api, value: str) -> None:
    answer = await authority.get("/v1/changes", params={"updated_since": value})
    assert faults(answer) == [("datetime_parsing", "updated_since")]


@pytest.mark.parametrize("value", ["2026-09-01T08:30:00Z", "2026-09-01T08:30:00.5+01:00", "1900-01-01T00:00:00+14:00"])
async def test_an_instant_is_taken_in_any_offset(authority: Api, value: str) -> None:
    assert (await authority.get("/v1/changes", params={"updated_since": value})).status_code == 200


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("weekly_minutes", True),
        ("weekly_minutes", "600"),
        ("weekly_minutes", 600.5),
        ("weekly_minutes", 10**400),
        ("weekly_minutes", -1),
        ("days_per_week", "2"),
        ("days_per_week", True),
        ("sole_provision", 1),
        ("sole_provision", "true"),
        ("urn", False),
        ("starts_on", 86400),
        ("starts_on", "86400"),
        ("starts_on", True),
        ("goal", 1),
        ("source", "a\x00"),
        ("external_id", "a\x00"),
        ("ukprn", "1" * 100_000),
    ],
)
async def test_a_field_keeps_to_its_type(authority: Api, place: str, value: Any) -> None:
    body = {
        "urn": 990001,
        "pupil": {"upn": "H801200001001"},
        "starts_on": "2026-09-07",
        "source": "s",
        "external_id": "1",
    }
    answer = await authority.post("/v1/placements", body | {place: value})
    assert f"/{place}" in {where for _, where in faults(answer)}


@pytest.mark.parametrize("text", ["nul\x00", "lone \ud800", "late \udfff half"])
@pytest.mark.parametrize("place", ["mis_id", "given_name", "acting_for"])
async def test_text_that_cannot_be_stored_is_refused(authority: Api, place: str, text: str) -> None:
    said: dict[str, Any] = {"given_name": "Ada", "family_name": "Invented"}
    said |= {place: {"user_id": text} if place == "acting_for" else text}
    assert (await sent(authority, "/v1/pupils", said)).status_code in (400, 422)


KEY = SigningKey.of(ec.generate_private_key(ec.SECP256R1())).public_jwk()


@pytest.mark.parametrize(
    "keys",
    [
        None,
        [],
        [{}],
        [KEY, KEY],
        [KEY | {"kid": "\x00"}],
        [KEY | {"kid": "\ud800"}],
        [KEY | {"d": "AAAA"}],
        [KEY | {"x": 10**400}],
        [{"kty": "oct", "kid": "a", "k": "AAAA"}],
        [KEY | {"kid": str(number)} for number in range(21)],
    ],
)
async def test_a_client_registers_public_keys_that_can_be_used(authority: Api, keys: Any) -> None:
    said = {"name": "MIS", "grade": "lead", "scopes": ["pupils:read"], "jwks": {"keys": keys}}
    assert faults(await sent(authority, "/v1/clients", said)) == [("jwks_unusable", "/jwks")]


async def test_of_a_key_only_what_makes_it_is_kept(authority: Api) -> None:
    odd = {"keys": [KEY | {"x5c": ["\ud800"], "key_ops": ["verify"]}], "note": "\x00"}
    said = {"name": "MIS", "grade": "lead", "scopes": ["pupils:read"], "jwks": odd}
    assert (await sent(authority, "/v1/clients", said)).status_code == 201


async def test_numbers_without_end_are_refused(authority: Api) -> None:
    headers = {"Content-Type": "application/json"}
    for number in (HUGE, f"-{HUGE}", "1e999", f"1.{HUGE}e5"):
        answer = await authority.send(
            "POST", "/v1/placements", content=f'{{"weekly_minutes": {number}}}', headers=headers
        )
        assert answer.status_code in (400, 422), number
    for path in (f"/v1/providers?limit={HUGE}", f"/v1/establishments?urn={HUGE}", f"/v1/establishments/{HUGE}"):
        assert (await authority.get(path)).status_code in (404, 422), path[:40]


async def test_ids_without_end_are_refused(authority: Api) -> None:
    for path in (
        f"/v1/providers/{LONG[:8000]}",
        f"/v1/rulesets/{LONG[:8000]}",
        f"/v1/reference-data/{LONG[:8000]}",
        f"/v1/providers?cursor={LONG[:8000]}",
        f"/v1/providers?name={LONG[:8000]}",
    ):
        assert (await authority.get(path)).status_code in (404, 422), path[:40]
    put = await authority.put(f"/v1/sources/sims/placements/{LONG[:8000]}", {})
    assert faults(put)[0] == ("string_too_long", "external_id")


@pytest.mark.parametrize("segment", ["%00", "%ff%fe", "a%00b", "%ed%a0%80", "..%2f..", "%c3%28"])
async def test_a_path_that_is_no_text_leads_nowhere(authority: Api, segment: str) -> None:
    for path in ("/v1/providers/{}", "/v1/rulesets/{}", "/v1/reference-data/{}", "/v1/establishments/{}", "/v1/{}"):
        assert (await authority.get(path.format(segment))).status_code in (404, 422), path


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ('"1"', 200),
        ("1", 200),
        ("*", 200),
        ('"7", "1"', 200),
        ('W/"1","1"', 200),
        ('"1.view"', 200),
        ('W/"1"', 412),
        ('"7", W/"1"', 412),
        ('"2", "3"', 412),
        ('"x,1"', 412),
        ('""', 412),
        ("", 412),
        ("1" * 200, 412),
        ("é".encode("latin-1").decode("latin-1"), 412),
        ('"99999999999999999999"', 412),
        ('"1"' * 100, 422),
    ],
)
async def test_a_change_is_based_on_a_version_as_rfc_9110_has_it(
    world: World, authority: Api, value: str, status: int
) -> None:
    provider = await world.given.provider(authority)
    headers = {"If-Match": value.encode("latin-1"), "Content-Type": "application/merge-patch+json"}
    answer = await authority.send("PATCH", f"/v1/providers/{provider['id']}", content=b"{}", headers=headers)
    assert answer.status_code == status, answer.text


async def test_whatever_is_there_is_not_what_is_not_there(world: World) -> None:
    authority = await world.given.authority()
    said = {"blocking": [], "audit_interval": "P2Y", "term_model": "six", "placement_charge": "0.00"}
    for there, status in ((False, 412), (True, 200)):
        if there:
            assert (await authority.put("/v1/compliance-policy", said)).status_code == 201
        answer = await authority.put("/v1/compliance-policy", said, headers={"If-Match": "*"})
        assert answer.status_code == status, answer.text


async def test_an_idempotency_key_is_plain_text(authority: Api) -> None:
    for key in ("", "x" * 256, "schlüssel", "tab\there"):
        headers = {"Idempotency-Key": key.encode("latin-1")}
        answer = await authority.send("POST", "/v1/providers", json={"name": "Oak"}, headers=headers)
        assert faults(answer)[0][1] == "Idempotency-Key", key


async def test_a_body_where_none_is_taken_changes_nothing(world: World, authority: Api) -> None:
    provider = await world.given.provider(authority)
    headers = {"Content-Type": "application/json"}
    read = await authority.send("GET", f"/v1/providers/{provider['id']}", content=b"{nonsense", headers=headers)
    assert read.status_code == 200
    gone = await authority.send(
        "DELETE", f"/v1/registration-checks/holds/{provider['id']}", content=b"{nonsense", headers=headers
    )
    assert gone.status_code == 404


async def test_the_furthest_dates_that_are_taken_can_be_reckoned_with(world: World) -> None:
    school, authority = world.roles["school"], world.roles["authority"]
    provider = await world.given.provider(authority)
    pupil = await world.given.pupil(school, born_on="1900-01-01")
    body = {"provider_id": provider["id"], "pupil_id": pupil["id"], "starts_on": "1900-01-01", "timetable": week(20, 5)}
    await school.made("/v1/placements", body | {"ends_on": "2199-12-31"})
    for day in ("2000-01-01", "2100-12-31"):
        path = f"/v1/providers/{provider['id']}/registration-status?as_of_on={day}&horizon_days=1830"
        assert (await authority.get(path)).status_code == 200


async def test_allow_lists_the_methods_of_just_this_path(authority: Api) -> None:
    answer = await authority.send("OPTIONS", "/v1/pupils/search")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert (await authority.send("TRACE", "/v1/providers")).headers["Allow"] == "GET, POST"


async def test_a_401_tells_how_to_sign_in(anyone: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
        answer = await anyone.get("/v1/providers", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith(("Bearer", "Basic"))
