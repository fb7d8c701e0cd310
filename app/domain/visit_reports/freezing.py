"""A visit report as a document: JSON data with one spelling and one hash."""

from dataclasses import fields
from typing import Any

from app.domain.documents import plain
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
    return {"format": FORMAT, **plain(report)}
