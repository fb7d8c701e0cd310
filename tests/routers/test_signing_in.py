"""Machine clients signing in over HTTP, and memberships that end."""

import base64
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from jose import jws

from app.db.base import new_id, now
from app.integrations.keys import SigningKeys
from tests.given import Api, Given


async def client(api: Api, **more: Any) -> dict[str, Any]:
    """A client of the organisation with two scopes."""
    said = {"name": "MIS", "grade": "contributor", "scopes": ["placements:write", "placements:read"]}
    return await api.made("/v1/clients", said | more)


async def token(http: httpx.AsyncClient, **form: str) -> httpx.Response:
    """A request for a token."""
    return await http.post("/oauth/token", data={"grant_type": "client_credentials"} | form)


async def test_a_client_signs_in_by_basic_or_by_post_and_its_scopes_narrow_its_role(
    given: Given, http: httpx.AsyncClient
) -> None:
    school = await given.school()
    made = await client(school)
    basic = base64.b64encode(f"{made['id']}:{made['client_secret']}".encode()).decode()
    by_basic = await http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    by_post = await token(http, client_id=made["id"], client_secret=made["client_secret"], scope="placements:read")
    assert by_basic.status_code == by_post.status_code == 200, by_basic.text
    assert by_basic.json()["scope"] == "placements:read placements:write"
    assert by_basic.json()["expires_in"] == 900
    machine = Api(http, by_post.json()["access_token"], school.organisation_id)
    assert (await machine.get("/v1/placements")).status_code == 200
    assert (await machine.get("/v1/pupils")).status_code == 403
    me = (await machine.get("/v1/me")).json()
    assert me["permissions"] == ["placements:read"]
    assert me["role"] == "school"


async def test_wrong_secrets_unknown_clients_and_two_proofs_are_told_alike(
    given: Given, http: httpx.AsyncClient
) -> None:
    made = await client(await given.school())
    answers = [
        await token(http, client_id=made["id"], client_secret="wrong"),
        await token(http, client_id=str(new_id()), client_secret=made["client_secret"]),
        await token(http, client_id="nobody", client_secret=made["client_secret"]),
        await token(http, client_id=made["id"]),
        await token(http, client_id=made["id"], client_secret=made["client_secret"], client_assertion="x.y.z"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({(a.json()["code"], a.json()["detail"]) for a in answers}) == 1


async def test_a_scope_that_the_client_does_not_have_is_refused(given: Given, http: httpx.AsyncClient) -> None:
    made = await client(await given.school())
    answer = await token(http, client_id=made["id"], client_secret=made["client_secret"], scope="people:write")
    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid_scope"


async def test_a_signed_assertion_is_good_once(given: Given, http: httpx.AsyncClient, app: Any, tmp_path: Any) -> None:
    keys = SigningKeys.kept_in(tmp_path)
    made = await client(await given.school(), jwks=keys.jwks())
    assert made["client_secret"] is None
    at = int(now().timestamp())
    claims = {
        "iss": made["id"],
        "sub": made["id"],
        "aud": f"{app.state.services.settings.public_url}/oauth/token",
        "exp": at + 60,
        "iat": at,
        "jti": "once",
    }
    signing = keys.keys[0]
    pem = signing.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assertion = jws.sign(claims, pem.decode(), headers={"kid": signing.kid, "typ": "JWT"}, algorithm="ES256")
    form = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
        "client_id": made["id"],
    }
    assert (await token(http, **form)).status_code == 200
    assert (await token(http, **form)).status_code == 401


async def test_a_revoked_client_and_a_revoked_member_are_out_at_once(given: Given, http: httpx.AsyncClient) -> None:
    school = await given.school()
    made = await client(school)
    shown = {"client_id": made["id"], "client_secret": made["client_secret"]}
    machine = Api(http, (await token(http, **shown)).json()["access_token"], school.organisation_id)
    assert (await machine.get("/v1/placements")).status_code == 200
    revoked = await school.send("DELETE", f"/v1/clients/{made['id']}", headers={"If-Match": '"1"'})
    assert revoked.status_code == 200
    assert (await machine.get("/v1/placements")).status_code == 403
    assert (await token(http, **shown)).status_code == 401
    colleague = await given.api(school.organisation_id, "viewer", subject="colleague")
    assert (await colleague.get("/v1/me")).status_code == 200
    people = (await school.get("/v1/people")).json()["data"]
    member = next(each for each in people if each["subject"] == "colleague")
    await school.send("DELETE", f"/v1/people/{member['id']}", headers={"If-Match": f'"{member["version"]}"'})
    assert (await colleague.get("/v1/me")).status_code == 403


async def test_a_person_with_two_organisations_chooses_one(given: Given, http: httpx.AsyncClient) -> None:
    school, partnership = await given.school(), await given.partnership()
    for each in (school, partnership):
        await given.api(each.organisation_id, "viewer", subject="both")
    both = given.token(None, "both")
    undecided = await http.get("/v1/me", headers={"Authorization": f"Bearer {both}"})
    assert undecided.status_code == 403
    assert undecided.json()["code"] == "organisation_required"
    chosen = await http.get(
        "/v1/me",
        headers={"Authorization": f"Bearer {both}", "Acting-Organisation": str(partnership.organisation_id)},
    )
    assert chosen.json()["role"] == "partnership"
    assert len(chosen.json()["memberships"]) == 2


async def test_keys_are_published_and_health_needs_no_token(http: httpx.AsyncClient) -> None:
    keys = (await http.get("/.well-known/jwks.json")).json()["keys"]
    assert keys
    assert "d" not in keys[0]
    assert (await http.get("/livez")).json()["status"] == "ok"
    assert (await http.get("/readyz")).json()["status"] == "ok"
    assert b"http_server_request_duration_seconds" in (await http.get("/metrics")).content


async def test_too_many_sign_ins_are_slowed(given: Given, app: Any, http: httpx.AsyncClient) -> None:
    limiter = app.state.services.limiter
    limiter.policies["sign-in"] = type(limiter.policies["sign-in"])("sign-in", 8)
    made = await client(await given.school())
    answers = [await token(http, client_id=made["id"], client_secret="wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
