"""How something becomes a document: JSON data with one spelling and one hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


def plain(value: Any) -> Any:
    """A value as JSON data: dates and instants (UTC) in ISO 8601, ids as text, sequences as lists."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    match value:
        case tuple():
            return [plain(each) for each in value]
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case UUID() | StrEnum():
            return str(value)
    return value


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one spelling of a document: RFC 8785, since it holds texts, whole numbers, booleans and null alone."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical spelling, in hexadecimal."""
    return hashlib.sha256(canonical(document)).hexdigest()
