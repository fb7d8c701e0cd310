"""A visit report as a document: JSON data with one spelling and one hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.frameworks import Framework, Scale
from app.domain.visit_reports.shapes import FrameworkVersion, Rating, Report

FORMAT = "apqa-visit-report/1"


def rating(scale: Scale, value: str | None) -> Rating | None:
    """A value as it stands on its scale, None for none.

    Raises:
        Invalid: `rating_unknown`.
    """
    if value is None:
        return None
    rank = scale.rank(value)
    known = scale.values[rank]
    return Rating(known.value, known.label, known.meaning, known.concern, rank, len(scale.values))


def framework_version(framework: Framework) -> FrameworkVersion:
    """What a report says of the framework version that it fills in."""
    said = {each.name: getattr(framework, each.name) for each in fields(FrameworkVersion)}
    return FrameworkVersion(**said)


def document(report: Report) -> dict[str, Any]:
    """The report as JSON data: dates and instants (UTC) in ISO 8601, ids as text, sequences as lists."""
    return {"format": FORMAT, **_plain(report)}


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one spelling of a document: RFC 8785, since it holds texts, whole numbers, booleans and null alone."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical spelling, in hexadecimal."""
    return hashlib.sha256(canonical(document)).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    match value:
        case tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case UUID() | StrEnum():
            return str(value)
    return value
