"""The story of one visit in the demo county, as the acts of those who plan, answer, judge and dispute it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.demo.days import DAY, weekday
from app.demo.shapes import Ids
from app.domain.frameworks import BY_ID, Phase, VisitKind
from app.domain.visits import VisitStatus

Finding = tuple[str, ...]
"""A rating, the reason for it, and what is to be done."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does to a visit on a day: `what` is a step's status, or plan, note, judge or comment.

    `body` is the body of the request in which the API takes it; `by` a slug, or a provider's key.
    """

    by: str
    on: date
    what: str
    body: Mapping[str, Any]
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """Why the provider disputes the draft, and what its moderation comes to."""

    reason: str
    how: str
    outcome: str
    because: str
    amend: Mapping[str, Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit on a day, with what is found there, and the status that it has come to."""

    key: str
    story: str
    provider: str
    framework: str
    kind: str
    lead: str
    school: str
    on: date
    minutes: int
    until: VisitStatus
    visitors: tuple[tuple[str, str], ...]
    told_days: int = 14
    period_days: int | None = None
    criterion: Mapping[str, Finding]
    section: Mapping[str, Finding]
    overall: Finding | None = None
    notes: Mapping[str, Finding]
    answers: Mapping[str, str] = field(default_factory=dict)
    comments: tuple[Mapping[str, str], ...] = ()
    concluded: str | None = None
    dispute: Dispute | None = None

    def plan(self, ids: Ids) -> dict[str, Any]:
        """VisitCreate. A walk has a period of a fortnight, which begins so many days before it."""
        organisations = (None, str(ids[self.school]))
        period = {}
        if self.period_days is not None:
            first = self.on - self.period_days * DAY
            period = {"announced_from_on": first.isoformat(), "announced_to_on": (first + 13 * DAY).isoformat()}
        return period | {
            "provider_id": str(ids[self.provider]),
            "framework_id": self.framework,
            "kind": self.kind,
            "planned_on": self.on.isoformat(),
            "planned_minutes": self.minutes,
            "team_ids": [str(ids[self.school])],
            "visitors": [
                {"name": name, "role": role, "organisation_id": organisation}
                for (name, role), organisation in zip(self.visitors, organisations, strict=False)
            ],
        }

    def acts(self, ids: Ids) -> list[Act]:
        """Everything that has been done to the visit, in order."""
        acts = [self._lead(-28, "plan", self.plan(ids))]
        reached = list(VisitStatus).index(self.until)
        for status, done in (
            (VisitStatus.PREPARING, self._prepared),
            (VisitStatus.WITH_PROVIDER, self._told),
            (VisitStatus.VISITED, self._visited),
            (VisitStatus.DRAFT_SHARED, self._shared),
            (VisitStatus.FINALISED, self._ended),
        ):
            if list(VisitStatus).index(status) <= reached:
                acts.extend(done())
        return acts

    # --- the acts ---------------------------------------------------------------------------------------------------

    def _prepared(self) -> Iterator[Act]:
        yield self._lead(-21, VisitStatus.PREPARING, {})
        yield from self._judged(-17, early=True)

    def _told(self) -> Iterator[Act]:
        yield self._lead(-self.told_days, VisitStatus.WITH_PROVIDER, {})
        if self.answers:
            items = [{"item_key": key, "text": text} for key, text in self.answers.items()]
            yield self._provider(-2, "note", {"items": items})

    def _visited(self) -> Iterator[Act]:
        said = {"visited_on": self.on.isoformat(), "duration_minutes": self.minutes}
        yield self._lead(0, VisitStatus.VISITED, said)
        if self.notes:
            items = [{"item_key": key, "text": text, "rating": rating} for key, (text, rating) in self.notes.items()]
            yield self._act(self.school, 0, "note", {"items": items}, self.visitors[1][0])
        yield from self._judged(1, early=False)

    def _shared(self) -> Iterator[Act]:
        yield self._lead(4, VisitStatus.DRAFT_SHARED, {})
        for each in self.comments:
            body = {name: said for name, said in each.items() if name != "by"}
            yield self._provider(5, "comment", body) if each["by"] == "provider" else self._lead(6, "comment", body)

    def _ended(self) -> Iterator[Act]:
        if self.dispute is None:
            yield self._provider(7, "comment", {"kind": "conclusion", "text": self.concluded})
            yield self._lead(8, VisitStatus.FINALISED, {})
            return
        yield self._provider(7, VisitStatus.DISPUTED, {"reason": self.dispute.reason})
        amendments = [
            {"item_key": key, "rating": rating, "rationale": why} for key, (rating, why) in self.dispute.amend.items()
        ]
        told = {"reason": self.dispute.because, "outcome": self.dispute.outcome, "how": self.dispute.how}
        body = told | {"amendments": amendments}
        yield self._act(self.school, 18, VisitStatus.FINALISED, body, self.visitors[1][0])

    def _judged(self, days: int, *, early: bool) -> Iterator[Act]:
        """What is agreed before the visit, or at it."""
        form = BY_ID[BY_ID[self.framework].form(VisitKind(self.kind))]
        before = {each.key for each in form.criteria if each.phase is Phase.BEFORE_VISIT}
        found = {f"criterion:{key}": said for key, said in self.criterion.items() if (key in before) is early}
        if not early:
            found |= {f"section:{key}": said for key, said in self.section.items()}
            found |= {"overall": self.overall} if self.overall else {}
        if found:
            yield self._lead(days, "judge", {"items": [_judgement(key, *said) for key, said in found.items()]})

    def _lead(self, days: int, what: str, body: Mapping[str, Any]) -> Act:
        return self._act(self.lead, days, what, body, self.visitors[0][0])

    def _provider(self, days: int, what: str, body: Mapping[str, Any]) -> Act:
        return self._act(self.provider, days, what, body)

    def _act(self, by: str, days: int, what: str, body: Mapping[str, Any], person: str | None = None) -> Act:
        """So many days after the visit or before it, on a weekday."""
        return Act(by, weekday(self.on + days * DAY), what, body, person)


def _judgement(key: str, rating: str, reason: str, *actions: str) -> dict[str, Any]:
    return {"item_key": key, "rating": rating, "rationale": reason, "action_points": list(actions)}
