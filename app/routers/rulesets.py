"""The rulesets by which a provider may have to register."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.deps import Route, Today, requires
from app.domain import rulesets
from app.domain.access import Permission
from app.domain.rulesets import Comparison, FlagKind, LegalStatus, Measure, Scope
from app.shapes import PageInfo, PageOf, Shape
from app.shapes.strict import Day

RulesetId = Annotated[str, Path(max_length=80, examples=["leics-seip-sla-2022-03"])]
router = APIRouter(prefix="/v1/rulesets", tags=["registration"], route_class=Route)


class FullTime(Shape):
    """When one pupil's week is full time."""

    limit_minutes: int
    comparison: Comparison
    sole_provision_open: bool
    source: str


class RulesetTest(Shape):
    """One limb (a number of full-time pupils) or cap (on one pupil's week). It fires on the far side of its limit."""

    code: str
    measure: Measure
    limit: int
    comparison: Comparison
    any_of: list[FlagKind]
    source: str


class Ruleset(Shape):
    """One document's rule, with its provenance and what it is on the day."""

    id: str
    title: str
    document: str
    clauses: list[str]
    source: str
    legal_status: LegalStatus
    scope: Scope
    effective_from: date | None
    effective_to: date | None
    commences_on: date | None
    full_time: FullTime | None
    tests: list[RulesetTest]


def shown(ruleset: rulesets.Ruleset, on: date) -> Ruleset:
    """A ruleset as answered, on a day."""
    tests = [
        RulesetTest(
            code=test.code,
            measure=test.measure,
            limit=test.limit,
            comparison=test.comparison,
            any_of=sorted(getattr(test, "any_of", ())),
            source=test.source,
        )
        for test in ruleset.tests
    ]
    return Ruleset(
        id=ruleset.id,
        title=ruleset.title,
        document=ruleset.document,
        clauses=list(ruleset.clauses),
        source=ruleset.source,
        legal_status=ruleset.legal_status_on(on),
        scope=ruleset.scope,
        effective_from=ruleset.effective_from,
        effective_to=ruleset.effective_to,
        commences_on=ruleset.commences_on,
        full_time=FullTime.model_validate(ruleset.full_time) if ruleset.full_time else None,
        tests=tests,
    )


@router.get(
    "",
    operation_id="list_rulesets",
    summary="All rulesets, in force or not",
    dependencies=[requires(Permission.REGISTRATION_READ)],
)
async def list_rulesets(
    today: Today, as_of_on: Annotated[Day | None, Query(description="The day; today if absent.")] = None
) -> PageOf[Ruleset]:
    listed = [shown(each, as_of_on or today) for each in rulesets.ALL]
    return PageOf(data=listed, page=PageInfo(next_cursor=None, has_more=False))


@router.get(
    "/{ruleset_id}",
    operation_id="get_ruleset",
    summary="One ruleset",
    dependencies=[requires(Permission.REGISTRATION_READ)],
)
async def get_ruleset(
    ruleset_id: RulesetId,
    today: Today,
    as_of_on: Annotated[Day | None, Query(description="The day; today if absent.")] = None,
) -> Ruleset:
    return shown(rulesets.named(ruleset_id), as_of_on or today)
