"""One strict reading of a signed token (compact JWS, RFC 7515 section 7.1), before its signature is checked."""

import base64
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_LENGTH = 8192
MAX_DEPTH = 8

_PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
# The closing quote is optional, so that an endless string is swallowed once and not tried again from every quote in it.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
# A subject is at most 255 ASCII characters (OpenID Connect Core 1.0 section 2). The same bound on every other name
# keeps out what PostgreSQL cannot store (NUL, lone surrogates) and letters that merely look alike.
_NAME = re.compile(r"[!-~](?:[ -~]{0,253}[!-~])?")


@dataclass(frozen=True, slots=True)
class Compact:
    """The parts of a signed token, decoded but not yet believed."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    signing_input: bytes
    signature: bytes


def read(token: str) -> Compact:
    """The parts of a token.

    Raises:
        ValueError: longer than 8 KiB, not three parts of canonical base64url, or not two strict JSON objects.
    """
    parts = _PARTS.fullmatch(token) if len(token) <= MAX_LENGTH else None
    if parts is None:
        raise ValueError("not a compact JWS")
    header, payload, signature = parts.groups()
    return Compact(
        header=read_object(base64url(header)),
        payload=read_object(base64url(payload)),
        signing_input=f"{header}.{payload}".encode("ascii"),
        signature=base64url(signature),
    )


def base64url(text: str) -> bytes:
    """The bytes of unpadded base64url (RFC 7515 section 2), in their one canonical spelling.

    Raises:
        ValueError: any other spelling, those that decode to the same bytes included.
    """
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != text.encode("ascii"):
        raise ValueError("not canonical base64url")
    return raw


def read_object(raw: bytes) -> Mapping[str, Any]:
    """A JSON object in UTF-8, at most eight levels deep, with finite numbers and no member told twice.

    Raises:
        ValueError: anything else.
    """
    text = raw.decode("utf-8")
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
    value = _DECODER.decode(text)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def name(members: Mapping[str, Any], member: str) -> str:
    """A required member that holds 1 to 255 printable ASCII characters without space at either end.

    Raises:
        ValueError: absent, or anything else.
    """
    value = members.get(member)
    if not is_name(value):
        raise ValueError(f"{member} is not a name")
    return str(value)


def optional_name(members: Mapping[str, Any], member: str) -> str | None:
    """As `name`, or None where the member is absent.

    Raises:
        ValueError: present and not a name, null included.
    """
    return name(members, member) if member in members else None


def is_name(value: object) -> bool:
    """Whether a value is text of the kind that `name` reads."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _members_told_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is told twice")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_members_told_once, parse_float=_finite, parse_constant=_no_constant)
