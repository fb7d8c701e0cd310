"""What providers of the small county report of a year: drafts, what is published, and to whom it is open."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.db.annual_report_rows import PUBLISHED, AnnualReportRow
from app.domain.documents import plain
from tests.access.organisations import ORGANISATIONS, PROVIDERS
from tests.reports.annual_samples import figures, written

AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
# Of one year each: readers, networks, and whether the authority of the area reads it.
OPENED: tuple[tuple[str, tuple[str, ...], tuple[str, ...], bool], ...] = (
    ("2022/23", (), (), False),
    ("2023/24", ("east", "oak", "shire"), (), True),
    ("2024/25", (), ("county",), True),
    ("2025/26", ("west", "elm"), ("border",), False),
)


def reports(ids: dict[str, UUID], networks: dict[str, UUID]) -> Iterator[SQLModel]:
    """Of each provider, reports of four years, each with a revision that is not yet published."""
    for provider in PROVIDERS:
        for year, readers, shared, area in OPENED:
            opened = {
                "reader_ids": [ids[each] for each in readers],
                "network_ids": [networks[each] for each in shared],
                "la_code": ORGANISATIONS[provider][1] if area else None,
            }
            kept = {
                "status": PUBLISHED,
                "content": {"stage": PUBLISHED, "provider": provider},
                "content_hash": f"{PROVIDERS.index(provider):032x}{int(year[:4]):032x}",
                "published_at": AT,
                "published_by": "x",
            }
            first = _report(ids[provider], year, **opened, **kept)
            yield first
            yield _report(ids[provider], year, number=2, revises_id=first.id, **opened)


def _report(provider_id: UUID, year: str, **more: Any) -> AnnualReportRow:
    said = {"written": plain(written()), "figures": plain(figures())}
    return AnnualReportRow(provider_id=provider_id, academic_year=year, **said | more)
