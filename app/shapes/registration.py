"""Registration checks on the wire."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from pydantic_core import to_json

from app.domain.access import View
from app.domain.establishments import RegistrationStatus
from app.domain.registration import Result
from app.domain.rulesets import Comparison, LegalStatus, Measure
from app.shapes import Shape

Amount = Annotated[int, Field(description="Pupils for a limb; minutes, days, sessions, or 0 and 1, for a cap.")]


class Test(Shape):
    """One limb or cap of a ruleset. `fired`: the observed value is on the far side of the limit."""

    code: str
    measure: Measure
    limit: Amount
    comparison: Comparison
    observed: Amount
    observed_known: Amount
    observed_declared: Amount
    fired: bool
    source: str
    contributing_placement_ids: list[UUID]


class MissingFact(Shape):
    """What would have to be known. The placement is named to those who may see it."""

    code: str
    placement_id: UUID | None
    what: str


class CheckCaveat(Shape):
    """What a reader of the check must know, though it decides nothing."""

    code: str
    what: str
    placement_ids: list[UUID]
    minutes: int | None


class RulesetResult(Shape):
    """One ruleset on the date. It is always evaluated; `legal_status` says what it is, `binding` whether it counts."""

    ruleset_id: str
    legal_status: LegalStatus
    binding: bool
    result: Result
    tests: list[Test]
    missing: list[MissingFact]
    first_met_on: date | None
    next_change_on: date | None
    next_result: Result | None


class CheckProjection(Shape):
    """The next date up to the horizon on which the overall result changes, and what to."""

    horizon_on: date
    next_change_on: date | None
    result: Result | None


class RulesetRoom(Shape):
    """How many more full-time pupils one ruleset leaves room for."""

    ruleset_id: str
    full_time_pupils: int


class CheckHeadroom(Shape):
    """How many more full-time pupils there is room for: the least over the binding rulesets."""

    full_time_pupils: int | None
    by_ruleset: list[RulesetRoom]


class SiteResult(Shape):
    """The same at one site."""

    site_id: UUID
    overall: Result
    rulesets: list[RulesetResult]


class GroupResult(Shape):
    """The same with all linked providers counted together."""

    provider_ids: list[UUID]
    overall: Result
    rulesets: list[RulesetResult]


class RegistrationCheck(Shape):
    """Where a provider stands on a date: dated evidence, never a verdict.

    In the view `own` (a school's) everything is evaluated on the reader's own placements, and only `overall` on all.
    """

    id: UUID | None
    provider_id: UUID
    as_of_on: date
    created_at: datetime
    view: View
    registration_status: RegistrationStatus
    overall: Result
    rulesets: list[RulesetResult]
    projection: CheckProjection
    headroom: CheckHeadroom | None
    caveats: list[CheckCaveat]
    sites: list[SiteResult]
    group: GroupResult | None
    inputs_hash: str


class CheckSummary(Shape):
    """A kept check, in a list."""

    id: UUID
    provider_id: UUID
    as_of_on: date
    created_at: datetime
    view: View
    overall: Result
    sweep_id: UUID | None


def check_shown(document: dict[str, Any], *, check_id: UUID | None, created_at: datetime) -> RegistrationCheck:
    """A narrowed document as answered."""
    return RegistrationCheck.model_validate(document | {"id": check_id, "created_at": created_at})


_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def check_written(document: dict[str, Any]) -> bytes:
    """A narrowed document as it is answered and remembered, to be dated when it is sent.

    It is in the shape already (a test holds it to that), so it is not read into one only to be written out.
    """
    told = document | {"id": None, "created_at": _UNDATED}
    return to_json({name: told[name] for name in RegistrationCheck.model_fields})


def check_dated(written: bytes, at: datetime) -> bytes:
    """A remembered answer, as of the instant at which it is given."""
    return written.replace(b'"created_at":' + to_json(_UNDATED), b'"created_at":' + to_json(at), 1)
