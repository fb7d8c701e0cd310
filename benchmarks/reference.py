"""The rules on the rows of any object mapper: what the reference apps answer, by the product's own threshold engine."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from app.domain.placements import (
    Alert,
    Status,
    alerts_of,
    arranged_on,
    engine_arrangement,
    met_by,
    newly,
    status_on,
)
from app.domain.registration import (
    REGISTERED,
    Assessment,
    ChildFact,
    DeclarationFact,
    DeclaredGroup,
    Flag,
    PlacementFact,
    ProviderFacts,
    Result,
    assess,
    snapshot,
)
from app.domain.rulesets import FlagKind

_DOCUMENT: TypeAdapter[Assessment] = TypeAdapter(Assessment)
_PROVISION = {"E": FlagKind.EHCP, "K": FlagKind.SEN_SUPPORT}
WEEK = ("weekly_minutes", "days_per_week", "sessions_per_week", "hours_basis")


def facts_of(provider: Any, placements: Iterable[Any], records: Iterable[Any], adopted: Iterable[str]) -> ProviderFacts:
    """The engine's facts from mapped rows.

    Args:
        provider: with its `declarations`.
        placements: those here and the same children's elsewhere, each with its `pupil` and its `provider`.
        records: every pupil record of these children.
        adopted: the agreements that bind the caller.
    """
    return ProviderFacts(
        provider_ids=frozenset({provider.id}),
        registration_status=provider.registration_status,
        children=_children(records),
        placements=tuple(_bearing([_placement(each) for each in placements], provider.id)),
        declarations=tuple(
            DeclarationFact(
                provider_id=each.provider_id,
                declared_on=each.declared_on,
                stale_from_on=each.stale_from_on,
                groups=tuple(DeclaredGroup(**group) for group in each.groups),
            )
            for each in sorted(provider.declarations, key=lambda each: each.declared_on)
        ),
        adopted=frozenset(adopted),
    )


def _bearing(placements: Sequence[PlacementFact], provider_id: UUID) -> Iterator[PlacementFact]:
    """Those here, and what the children have elsewhere between their first and their last day here."""
    here: dict[UUID, tuple[date, date]] = {}
    for each in placements:
        if each.provider_id == provider_id:
            first, last = here.get(each.child_id, (date.max, date.min))
            here[each.child_id] = min(first, each.starts_on), max(last, each.ends_on or date.max)
    for each in placements:
        first, last = here[each.child_id]
        if each.starts_on <= last and (each.ends_on or date.max) >= first:
            yield each


def _placement(row: Any) -> PlacementFact:
    return PlacementFact(
        placement_id=row.id,
        commissioner_id=row.commissioner_id,
        provider_id=row.provider_id,
        child_id=row.pupil.child_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        arrangements=tuple(map(engine_arrangement, row.arrangements)),
        site_id=row.site_id,
        sole_provision=row.sole_provision,
        main_responsibility=row.main_responsibility,
        provider_unregistered=row.provider.registration_status not in REGISTERED,
    )


def _children(records: Iterable[Any]) -> tuple[ChildFact, ...]:
    told: dict[UUID, list[Any]] = defaultdict(list)
    for row in records:
        told[row.child_id].append(row)
    return tuple(
        ChildFact(
            child_id,
            tuple(sorted({row.born_on for row in rows if row.born_on})),
            tuple(dict.fromkeys(flag for row in rows for flag in _flags(row))),
        )
        for child_id, rows in told.items()
    )


def _flags(row: Any) -> list[Flag]:
    dated = [
        Flag(
            FlagKind(each["kind"]),
            date.fromisoformat(each["from_on"]) if each["from_on"] else date.min,
            date.fromisoformat(each["to_on"]) if each["to_on"] else None,
        )
        for each in row.characteristics
    ]
    kind = _PROVISION.get(row.sen_provision or "")
    return dated if kind is None or any(flag.kind is kind for flag in dated) else [*dated, Flag(kind, date.min)]


def check(provider: Any, facts: ProviderFacts, sees: Callable[[UUID], bool], *, on: date) -> dict[str, Any]:
    """The whole check, with only those placements named that the caller sees; no linked providers."""
    document = _DOCUMENT.dump_python(assess(facts, on=on), mode="json")
    told: dict[str, Any] = _narrowed(document, sees)
    return told | {
        "id": None,
        "provider_id": str(provider.id),
        "registration_status": provider.registration_status,
        "view": "full",
        "group": None,
    }


def _narrowed(node: Any, sees: Callable[[UUID], bool]) -> Any:
    if isinstance(node, list):
        return [_narrowed(each, sees) for each in node]
    if not isinstance(node, dict):
        return node
    found: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("contributing_placement_ids", "placement_ids"):
            found[key] = [each for each in value if sees(UUID(each))]
        elif key == "placement_id":
            found[key] = value if value and sees(UUID(value)) else None
        else:
            found[key] = _narrowed(value, sees)
    return found


def decide(
    before: ProviderFacts, after: ProviderFacts, row: Any, *, today: date
) -> tuple[bool, dict[str, Any], list[Alert]]:
    """What a new placement brings about.

    Returns:
        Whether a plan has to be refused, what is kept of the provider's position, and what to tell.
    """
    on = max(row.starts_on, min(today, row.ends_on or today))
    was, now = snapshot(before, on=on), snapshot(after, on=on)
    planned = row.starts_on > today
    met = {each.ruleset_id for each in was.rulesets if each.binding and each.result is Result.THRESHOLD_MET}
    refused = planned and any(each.ruleset_id not in met for each in met_by([row.id], now.rulesets))
    arrangement = arranged_on(row.arrangements, on=on)
    return (
        refused,
        {"as_of_on": on.isoformat(), "overall": now.overall.value},
        alerts_of(newly(*({each.ruleset_id: each.result for each in at.rulesets} for at in (was, now))), arrangement),
    )


def shown(row: Any, *, on: date, mine: bool) -> dict[str, Any]:
    """What of a placement is not in its columns: its week and status on a day, and for whom its registration is."""
    week = arranged_on(row.arrangements, on=max(on, row.starts_on)) or {}
    return {
        **{name: week.get(name) for name in WEEK},
        "timetable": week.get("timetable") or [],
        "status": status_on(row.status, row.starts_on, row.ends_on, on=on),
        "registration": row.registration if mine else None,
        "alerts": [],
    }


CANCELLED = Status.CANCELLED.value
