"""What a true token says, and when it is believed."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.errors import Unauthenticated
from app.integrations.tokens import Issuer, verify
from tests.integrations.forge import (
    AT,
    AUDIENCE,
    FOREIGN,
    FOREIGN_ISSUER,
    ISSUERS,
    NOW,
    ORGANISATION,
    OWN,
    OWN_ISSUER,
    compact,
    ec_key,
    es256,
    foreign_header,
    foreign_payload,
    foreign_token,
    own_token,
    with_claim,
)

GOOD = own_token()


def test_our_own_token_says_who_for_whom_and_what() -> None:
    claims = verify(GOOD, ISSUERS, at=AT)
    assert (claims.issuer, claims.subject, claims.client_id) == (OWN, "client-7", "client-7")
    assert claims.organisation_id == UUID(ORGANISATION)
    assert claims.scopes == frozenset({"placements:write", "registration:check"})
    assert claims.token_id == "0198c5a4-0000-7000-8000-000000000001"
    assert (claims.issued_at, claims.expires_at) == (AT, AT + timedelta(minutes=15))


def test_a_foreign_token_names_no_organisation_of_ours_whatever_it_claims() -> None:
    claims = verify(foreign_token(org=ORGANISATION, azp="portal", scp=["openid"]), ISSUERS, at=AT)
    assert (claims.issuer, claims.subject, claims.organisation_id) == (FOREIGN, "person-3", None)
    assert (claims.client_id, claims.token_id, claims.scopes) == ("portal", None, frozenset({"openid"}))


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(foreign_token(), id="RS256"),
        pytest.param(
            compact(foreign_header(alg="ES256", kid="ec-1"), foreign_payload(), es256(ec_key("foreign"))), id="ES256"
        ),
        pytest.param(foreign_token(header={"typ": "application/AT+jwt"}), id="typ in full and in capitals"),
        pytest.param(foreign_token(aud=["account", AUDIENCE]), id="several audiences, ours among them"),
        pytest.param(foreign_token(exp=NOW + 172_800), id="two days long"),
        pytest.param(foreign_token(exp=NOW + 60.5), id="half seconds"),
        pytest.param(foreign_token(realm_access={"roles": ["[[[[[[[[[[", '"{{{{{{{{{{"']}), id="brackets inside text"),
        pytest.param(own_token(scope=...), id="no scope"),
        pytest.param(own_token(sub="s" * 255), id="sub of 255 characters"),
        pytest.param(own_token(sub="a person"), id="sub with a space inside"),
        pytest.param(own_token(exp=NOW + 86_400), id="24 hours long"),
        pytest.param(own_token(nbf=NOW + 30, iat=NOW + 30), id="from a clock half a minute ahead"),
        pytest.param(own_token(iat=NOW - 929, nbf=NOW - 929, exp=NOW - 29), id="expired within the leeway"),
        pytest.param(own_token(org=...), id="no organisation"),
        pytest.param(
            own_token(header={"jku": "https://evil.example", "jwk": {}}),
            id="jku and jwk ignored",
        ),
        pytest.param(with_claim("extra", "[" * 7 + "]" * 7), id="eight levels deep"),
    ],
)
def test_a_true_token_is_believed(token: str) -> None:
    assert verify(token, ISSUERS, at=AT).issuer in ISSUERS


def test_an_empty_scope_narrows_to_nothing_and_no_scope_does_not_narrow() -> None:
    assert verify(own_token(scope=""), ISSUERS, at=AT).scopes == frozenset()
    assert verify(own_token(scope=...), ISSUERS, at=AT).scopes is None


def test_a_foreign_issuer_may_be_configured_to_leave_nbf_out_but_not_to_get_it_wrong() -> None:
    lenient = {FOREIGN: Issuer(FOREIGN, AUDIENCE, FOREIGN_ISSUER.keys, requires_nbf=False)}
    assert verify(foreign_token(nbf=...), lenient, at=AT).subject == "person-3"
    for wrong in (NOW + 31, None, "0"):
        with pytest.raises(Unauthenticated):
            verify(foreign_token(nbf=wrong), lenient, at=AT)


def test_nobody_is_believed_where_no_issuer_is_known() -> None:
    with pytest.raises(Unauthenticated):
        verify(GOOD, {}, at=AT)
    with pytest.raises(Unauthenticated):
        verify(GOOD, {OWN: Issuer(OWN, AUDIENCE, {}, own=True)}, at=AT)


def test_a_token_is_believed_from_30_seconds_before_its_time_until_30_after() -> None:
    for offset, believed in ((-31, False), (-30, True), (0, True), (929, True), (930, False)):
        at = AT + timedelta(seconds=offset)
        if believed:
            assert verify(GOOD, {OWN: OWN_ISSUER}, at=at).subject == "client-7"
        else:
            with pytest.raises(Unauthenticated):
                verify(GOOD, {OWN: OWN_ISSUER}, at=at)
