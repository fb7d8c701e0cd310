"""Which obligations an agreement gives rise to between a provider and a commissioner, and how each of them stands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from app.domain.calendar import SchoolYear
from app.domain.obligations import provider_rules, pupils_rules, visit_rules
from app.domain.obligations.agreements import Agreement, Duty
from app.domain.obligations.asking import Asked, Asking, Subject
from app.domain.obligations.facts import Facts, Reference, Waiver
from app.domain.obligations.vocabulary import Kind, Party, Rule, State

# Keys are made from what identifies an obligation, so that anyone who asks again finds it under the same.
_NAMESPACE = UUID("5b0a7a3e-6a0f-5d0c-9b1e-0f6f2f1d4c11")

RULES: Mapping[Rule, Callable[[Duty, Asking], Iterator[Asked]]] = {
    Rule.EACH_HALF_TERM: pupils_rules.each_half_term,
    Rule.EACH_TERM_RETURN: pupils_rules.each_term_return,
    Rule.EACH_SCHOOL_DAY: pupils_rules.each_school_day,
    Rule.ON_REQUEST: pupils_rules.on_request,
    Rule.YEARLY: provider_rules.yearly,
    Rule.AUDIT: provider_rules.audit,
    Rule.FIRST_PUPIL: provider_rules.first_pupil,
    Rule.REVIEW: provider_rules.review,
    Rule.CYCLE: visit_rules.cycle,
    Rule.NOTICE: visit_rules.notice,
    Rule.WITH_VISIT: visit_rules.with_visit,
}


@dataclass(frozen=True, slots=True)
class Obligation:
    """Who owes what to whom, by which clause, from when and until when (both inclusive), and how it stands.

    `late`: met after its due day. `missing`: the parts of a document that have not been given. `waivable_by_id`: who
    may say that it is not owed this once.
    """

    key: UUID
    agreement_id: str
    duty: str
    kind: Kind
    title: str
    source: str
    provider_id: UUID
    commissioner_id: UUID
    owed_by_id: UUID
    owed_to_id: UUID
    waivable_by_id: UUID
    subject: Subject
    opens_on: date
    due_on: date
    state: State
    met_on: date | None = None
    met_by: Reference | None = None
    late: bool = False
    waived_because: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether nothing more is owed."""
        return self.state in (State.MET, State.WAIVED)

    @property
    def place(self) -> str:
        """Where it stands among others: by its due day, then by its key."""
        return f"{self.due_on.isoformat()} {self.key}"


def due(agreement: Agreement, facts: Facts, *, years: Sequence[SchoolYear], on: date) -> tuple[Obligation, ...]:
    """The obligations of both parties, by the day on which they are due, as known at the end of a day.

    Args:
        years: school years of the commissioner's calendar, in their order. What hangs on a term is told for these
            alone; what was settled before them is left out.
        on: a calendar day, Europe/London. What is dated later is not known yet.

    Raises:
        Invalid: `calendar_unknown`, for days of which bank holidays are not known.
    """
    in_order = sorted(years, key=lambda each: each.first_on)
    asking = Asking(agreement, facts, in_order, on, agreement.settled(facts.parameters))
    if asking.in_use_on == date.max:
        return ()
    waivers = {each.key: each for each in facts.waivers if each.waived_on <= on}
    since = asking.years[0].first_on if asking.years else date.min
    found = (_standing(asked, asking, waivers) for duty in agreement.duties for asked in RULES[duty.rule](duty, asking))
    kept = [each for each in found if not each.settled or max(each.due_on, each.met_on or date.min) >= since]
    return tuple(sorted(kept, key=lambda each: each.place))


def _standing(asked: Asked, asking: Asking, waivers: Mapping[UUID, Waiver]) -> Obligation:
    facts, duty, met = asking.facts, asked.duty, asked.met
    key, parties = _key(asked, asking), _parties(asked, facts)
    waiver = waivers.get(key)
    if met is not None or (waiver is not None and waiver.by_id != parties["waivable_by_id"]):
        waiver = None
    return Obligation(
        key=key,
        agreement_id=asking.agreement.id,
        duty=duty.key,
        kind=duty.kind,
        title=asked.title or duty.title,
        source=asked.source or duty.source,
        provider_id=facts.provider_id,
        commissioner_id=facts.commissioner_id,
        **parties,
        subject=asked.subject,
        opens_on=asked.opens_on,
        due_on=asked.due_on,
        state=_state(asked, waiver, asking.on),
        met_on=met.met_on if met else None,
        met_by=met.by if met else None,
        late=met is not None and met.met_on > asked.due_on,
        waived_because=waiver.reason if waiver else None,
        missing=asked.missing,
    )


def _key(asked: Asked, asking: Asking) -> UUID:
    between = (str(asking.facts.provider_id), str(asking.facts.commissioner_id))
    return uuid5(_NAMESPACE, "|".join((asking.agreement.id, asked.duty.key, *between, *asked.identity)))


def _parties(asked: Asked, facts: Facts) -> dict[str, UUID]:
    by_side = {
        Party.PROVIDER: facts.provider_id,
        Party.COMMISSIONER: facts.commissioner_id,
        Party.HOME_SCHOOL: asked.owed_by_id or facts.commissioner_id,
    }
    duty = asked.duty
    return {
        "owed_by_id": by_side[duty.owed_by],
        "owed_to_id": by_side[duty.owed_to],
        "waivable_by_id": by_side[duty.waived_by or duty.owed_to],
    }


def _state(asked: Asked, waiver: Waiver | None, on: date) -> State:
    if asked.met is not None:
        return State.MET
    if waiver is not None:
        return State.WAIVED
    if on < asked.opens_on:
        return State.UPCOMING
    return State.DUE if on <= asked.due_on else State.OVERDUE
