"""What is not a token, or nearly one."""

import base64
import json

import pytest

from app.integrations.tokens import verify
from tests.integrations.forge import (
    AT,
    ISSUERS,
    assert_refused,
    b64,
    ec_key,
    es256,
    own_payload,
    own_token,
    raw_own,
    with_claim,
)

GOOD = own_token()
HEAD, BODY, SIGNATURE = GOOD.split(".")


def signed(message: str) -> str:
    """Header and body as they are spelt, with our own true signature."""
    return f"{message}.{b64(es256(ec_key())(message.encode()))}"


def spare_bits() -> str:
    """A good body that leaves spare bits in its last letter."""
    return next(body for n in (1, 2, 3) if len(body := own_token(sub="s" * n).split(".")[1]) % 4)


def respelt(part: str) -> str:
    """Another spelling of the same bytes: an unused low bit of the last letter is set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelling = part[:-1] + alphabet[alphabet.index(part[-1]) + 1]
    assert base64.urlsafe_b64decode(spelling + "==") == base64.urlsafe_b64decode(part + "==")
    return spelling


def of_length(length: int) -> str:
    """A true token of so many characters: what the claims cannot fill exactly, the header does."""
    tokens = (
        own_token(header={"pad": "x" * n}, extra="x" * ((length - len(GOOD)) * 3 // 4 - 60 + m))
        for n in range(40)
        for m in range(4)
    )
    return next(token for token in tokens if len(token) == length)


def plain_base64() -> str:
    """A good body in the alphabet of plain base64."""
    body = own_token(extra="~~~???~~~???").split(".")[1]
    assert {"-", "_"} & set(body)
    return body.replace("-", "+").replace("_", "/")


SHAPES = {
    "nothing": "",
    "one dot": ".",
    "two dots": "..",
    "words": "not a token",
    "two parts": f"{HEAD}.{BODY}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "five parts, as of a JWE": f"{HEAD}.{BODY}.{SIGNATURE}.{BODY}.{SIGNATURE}",
    "a JWE, compressed": f"{b64(json.dumps({'alg': 'dir', 'enc': 'A256GCM', 'zip': 'DEF'}).encode())}..AAAA.AAAA.AAAA",
    "JWS as JSON": json.dumps({"protected": HEAD, "payload": BODY, "signature": SIGNATURE}),
    "dot after": GOOD + ".",
    "dot before": "." + GOOD,
    "space after": GOOD + " ",
    "space before": " " + GOOD,
    "new line after": GOOD + "\n",
    "new line within": f"{HEAD}.\n{BODY}.{SIGNATURE}",
    "NUL after": GOOD + "\0",
    "byte order mark": "\ufeff" + GOOD,
    "Bearer before": "Bearer " + GOOD,
    "quotes": f'"{GOOD}"',
    "letters that look alike": f"{HEAD}.{BODY}.{SIGNATURE[:-1]}а",
    "full-width dots": GOOD.replace(".", "．"),
    "lone surrogate": GOOD + "\ud800",
    "padding": f"{HEAD}.{BODY}.{SIGNATURE}==",
    "padding of the header": f"{HEAD}=.{BODY}.{SIGNATURE}",
    "letters of plain base64, truly signed": signed(f"{HEAD}.{plain_base64()}"),
    "another spelling of the signature": f"{HEAD}.{BODY}.{respelt(SIGNATURE)}",
    "another spelling of the body, truly signed": signed(f"{HEAD}.{respelt(spare_bits())}"),
    "padding of the body, truly signed": signed(f"{HEAD}.{spare_bits()}="),
    "one letter too many": f"{HEAD}.{BODY}.{SIGNATURE}AAA",
    "body not UTF-8": raw_own(json.dumps(own_payload()).encode()[:-1] + b', "a": "\xff"}'),
    "body in UTF-16": raw_own(json.dumps(own_payload()).encode("utf-16")),
    "body with a byte order mark": raw_own(b"\xef\xbb\xbf" + json.dumps(own_payload()).encode()),
    "body a list": raw_own(json.dumps([own_payload()]).encode()),
    "body a text": raw_own(b'"sub"'),
    "body null": raw_own(b"null"),
    "body not JSON": raw_own(b"{'sub': 'client-7'}"),
    "body and more": raw_own(json.dumps(own_payload()).encode() + b"{}"),
    "body cut short": raw_own(json.dumps(own_payload()).encode()[:-1]),
    "a comma too many": raw_own(json.dumps(own_payload()).encode()[:-1] + b",}"),
    "a raw control character": raw_own(json.dumps(own_payload()).encode()[:-1] + b', "a": "\x01"}'),
    "nine levels deep": with_claim("extra", "[" * 8 + "]" * 8),
    "2,500 levels of lists": with_claim("extra", "[" * 2500 + "]" * 2500),
    "800 levels of objects": with_claim("extra", '{"a":' * 800 + "1" + "}" * 800),
    "brackets never closed": raw_own(b"[" * 5000),
    "quotes never closed": raw_own(b'"' + b'\\"' * 2500),
    "10,000 levels": raw_own(b"[" * 10_000 + b"]" * 10_000),
    "one character too long, truly signed": of_length(8193),
    "5 MB": own_token(extra="x" * 5_000_000),
    "5 MB of dots": "." * 5_000_000,
    "5 MB of letters": "A" * 5_000_000,
}


@pytest.mark.parametrize("token", [pytest.param(token, id=case) for case, token in SHAPES.items()])
def test_what_is_not_rightly_made_gets_the_one_refusal(token: str) -> None:
    assert_refused(token)


def test_a_true_token_may_be_8192_characters_long() -> None:
    assert verify(of_length(8192), ISSUERS, at=AT).subject == "client-7"
