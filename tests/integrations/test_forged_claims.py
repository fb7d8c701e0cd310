"""Tokens that are truly signed, and say what no token may."""

import json

import pytest

from tests.integrations.forge import (
    AUDIENCE,
    FOREIGN,
    NOW,
    ORGANISATION,
    OWN,
    assert_refused,
    foreign_token,
    own_payload,
    own_token,
    raw_own,
    with_claim,
)

WRONG_TYPES = ["null", "true", "false", "{}", "[]", "[1]", '[{"a": 1}]', "1.5e3", '""', '" "', '"\\u0000"', '"\\ud800"']
# A scope may be empty (it then narrows to nothing), and so may a list of them
SCOPES_FIT = {"[]", '""', '" "'}

CLAIMS = {
    **{
        f"{claim} missing": raw_own(json.dumps(own_payload(**{claim: ...})).encode())
        for claim in ("iss", "aud", "sub", "exp", "nbf", "iat", "jti")
    },
    **{
        f"{claim} is {literal}": with_claim(claim, literal)
        for claim in ("iss", "aud", "sub", "jti", "org", "client_id", "scope")
        for literal in WRONG_TYPES
        if not (claim == "scope" and literal in SCOPES_FIT)
    },
    **{
        f"{claim} is {literal}": with_claim(claim, literal)
        for claim in ("exp", "nbf", "iat")
        for literal in (
            *(w for w in WRONG_TYPES if w != "1.5e3"),
            f'"{NOW + 60}"',
            "-1",
            "253402300800",
            "1e300",
            "-1e300",
        )
    },
    "exp 1e999": with_claim("exp", "1e999"),
    "exp Infinity": with_claim("exp", "Infinity"),
    "iat -Infinity": with_claim("iat", "-Infinity"),
    "exp NaN": with_claim("exp", "NaN"),
    "a number that is not finite, elsewhere": with_claim("extra", "[1e999]"),
    "NaN elsewhere": with_claim("extra", "NaN"),
    "exp of 4,000 digits": with_claim("exp", "9" * 4000),
    "exp of 5,000 digits": with_claim("exp", "9" * 5000),
    "exp in Arabic digits": with_claim("exp", "١٨٠٠٠٠٠٠٠٠"),
    "exp in full-width digits": with_claim("exp", "１８００００００００"),
    "exp in hexadecimal": with_claim("exp", hex(NOW + 60)),
    "exp with a plus sign": with_claim("exp", f"+{NOW + 60}"),
    "exp with a leading zero": with_claim("exp", f"0{NOW + 60}"),
    "expired": own_token(iat=NOW - 900, nbf=NOW - 900, exp=NOW - 30),
    "expired a year ago": own_token(iat=NOW - 900, nbf=NOW - 900, exp=NOW - 31_536_000),
    "not valid yet": own_token(nbf=NOW + 31),
    "issued in the future": own_token(iat=NOW + 31),
    "alive for more than 24 hours": own_token(exp=NOW + 86_401),
    "for ever": own_token(exp=253_402_300_799),
    "another audience": own_token(aud="other"),
    "an audience that begins alike": own_token(aud=AUDIENCE + ".example"),
    "an audience in capitals": own_token(aud=AUDIENCE.upper()),
    "our own for a list of audiences": own_token(aud=[AUDIENCE]),
    "foreign for another audience": foreign_token(aud="other"),
    "foreign for a list of other audiences": foreign_token(aud=["other", "another"]),
    "foreign for a list of lists": foreign_token(aud=[[AUDIENCE]]),
    "foreign for ours and a number": foreign_token(aud=[AUDIENCE, 7]),
    "foreign for an object": foreign_token(aud={AUDIENCE: True}),
    "an unknown issuer": own_token(iss="https://evil.example"),
    "an issuer with a slash more": own_token(iss=OWN + "/"),
    "an issuer in capitals": own_token(iss=OWN.upper()),
    "a list of issuers": own_token(iss=[OWN]),
    "a list of issuers, theirs": foreign_token(iss=[FOREIGN, OWN]),
    "sub of 256 characters": own_token(sub="s" * 256),
    "sub with a space before": own_token(sub=" client-7"),
    "sub with a new line after": own_token(sub="client-7\n"),
    "sub with NUL": own_token(sub="client\0-7"),
    "sub with letters that look alike": own_token(sub="сlient-7"),
    "sub with a mark from right to left": own_token(sub="client\u202e7"),
    "sub a number": own_token(sub=7),
    "org not a UUID": own_token(org="leicester"),
    "org in braces": own_token(org=f"{{{ORGANISATION}}}"),
    "org as a URN": own_token(org=f"urn:uuid:{ORGANISATION}"),
    "org without hyphens": own_token(org=ORGANISATION.replace("-", "")),
    "org in capitals": own_token(org=ORGANISATION.upper()),
    "scope a list with a number": own_token(scope=["a", 7]),
    "scope with a tab": own_token(scope="a\tb"),
    "a foreign logout": foreign_token(events={"http://schemas.openid.net/event/backchannel-logout": {}}),
    "a foreign one without nbf": foreign_token(nbf=...),
    "sub told twice": raw_own(json.dumps(own_payload())[:-1].encode() + b', "sub": "lead"}'),
    "sub told twice, once escaped": raw_own(json.dumps(own_payload())[:-1].encode() + b', "\\u0073ub": "lead"}'),
    "a member told twice, deep inside": with_claim("extra", '{"a": {"b": 1, "b": 2}}'),
}


@pytest.mark.parametrize("token", [pytest.param(token, id=case) for case, token in CLAIMS.items()])
def test_a_token_with_a_claim_that_is_missing_or_wrong_gets_the_one_refusal(token: str) -> None:
    assert_refused(token)
