"""What a provider and a commissioner owe each other as a whole: documents of the year, audits, a first answer."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from app.domain.calendar import SchoolYear, academic_year, academic_year_label
from app.domain.judgements import valid_until
from app.domain.obligations.agreements import Duty
from app.domain.obligations.asking import DAY, Asked, Asking, Subject
from app.domain.obligations.facts import Event
from app.domain.obligations.vocabulary import About, Kind


def yearly(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """A document of the academic year, from one point of the year to another.

    Asked of a provider that is in use between the two, or for a document about last year, that was in use then. What
    is owed only for a change lapses in silence when its time has passed.
    """
    told = asking.done(duty.kind, topic=duty.topic)
    for year in asking.years:
        due_on = asking.day(duty.closes, year)
        opens_on = asking.opens_on(duty, due_on) if duty.opens_days else asking.day(duty.opens, year)
        about = _about(duty.about, year)
        if not _asked(duty, asking, year, opens_on, due_on):
            continue
        met, missing = _given([each for each in told if each.academic_year == about], duty.parts)
        met = met or _instead(duty, asking, about, due_on)
        if met is None and duty.conditional and asking.on > due_on:
            continue
        if duty.about is not About.LAST_YEAR:
            opens_on = max(opens_on, asking.in_use_on)
        yield Asked(duty, (about,), min(opens_on, due_on), due_on, Subject(about), met, () if met else missing)


def _about(about: About, year: SchoolYear) -> str:
    years = {About.LAST_YEAR: -1, About.THIS_YEAR: 0, About.NEXT_YEAR: 1}[about]
    first = academic_year(year.last_on)[0]
    return academic_year_label(first.replace(year=first.year + years))


def _asked(duty: Duty, asking: Asking, year: SchoolYear, opens_on: date, due_on: date) -> bool:
    if duty.about is About.LAST_YEAR:
        before = academic_year(academic_year(year.last_on)[0] - DAY)
        return bool(asking.used(*before))
    return bool(asking.used(opens_on, due_on))


def _given(told: Sequence[Event], parts: Sequence[str]) -> tuple[Event | None, tuple[str, ...]]:
    """The document that completes what is asked for, and the parts that none has yet."""
    missing = dict.fromkeys(parts)
    for event in told:
        missing = {each: None for each in missing if each not in event.parts}
        if not missing:
            return event, ()
    return None, tuple(missing)


def _instead(duty: Duty, asking: Asking, about: str, due_on: date) -> Event | None:
    also = asking.done(*duty.also_met_by)
    return next((each for each in also if each.academic_year == about and each.met_on <= due_on), None)


def first_pupil(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """An answer to the agreement before the first pupil is accepted (SLA 2022, preface 2): on the eve, at the latest.

    Not asked of those who have worked together since before the agreement counted between them.
    """
    if asking.since_on <= asking.first_placed_on < date.max:
        due_on = asking.first_placed_on - DAY
        yield Asked(
            duty, (), asking.opens_on(duty, due_on), due_on, Subject(), next(iter(asking.done(duty.kind)), None)
        )


def audit(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """An audit of each provider in use (SEIP guidance on Ofsted, 2024, 3(b); SLA 2022, Learner Safety 1).

    The year's first placement opens it. It is due by the last day on which the audit before holds: as that says, else
    the eve of the anniversary that the interval sets; if no pupil is placed then, with the next who is. Where there
    was none before, it is due with the first placement, since pupils are only placed where there has been one (3(a)),
    or so many days after it as the parameter says.
    """
    done = _one_a_day(asking.done(Kind.AUDIT, topic=duty.topic))
    for event, next_ in zip([None, *done], [*done, None], strict=True):
        if next_ is not None and next_.met_on < asking.in_use_on:
            continue
        due_on = _audit_due_on(asking, event)
        if due_on is not None:
            first, last = academic_year(due_on)
            used = (max(first, each.from_on) for each in asking.used(first, last))
            placed_on = max(min(used, default=first), asking.in_use_on)
            opens_on = min(due_on, max(placed_on, event.met_on + DAY) if event else placed_on)
            yield Asked(duty, (event.met_on.isoformat() if event else "first",), opens_on, due_on, Subject(), next_)


def _one_a_day(done: Iterable[Event]) -> list[Event]:
    """What was done, each day once: several who use a provider write down the same audit. One that says until when it
    holds is taken before one that does not."""
    found: dict[date, Event] = {}
    for each in done:
        held = found.setdefault(each.met_on, each)
        if held.valid_until_on is None and each.valid_until_on is not None:
            found[each.met_on] = each
    return list(found.values())


def _audit_due_on(asking: Asking, event: Event | None) -> date | None:
    if asking.in_use_on == date.max or not asking.used(asking.in_use_on, date.max):
        return None
    if event is None:
        return asking.in_use_on + timedelta(days=asking.parameters["first_audit_days"])
    holds_until = event.valid_until_on or valid_until(
        event.met_on, 12 * asking.parameters["audit_interval_years"], None
    )
    return min((max(holds_until, each.from_on) for each in asking.used(holds_until, date.max)), default=None)


def review(duty: Duty, asking: Asking) -> Iterator[Asked]:
    """The next review of each thing that is known to have been reviewed, before a year has passed."""
    topics = sorted({each.topic or "" for each in asking.done(duty.kind)})
    for topic in topics:
        done = _one_a_day(each for each in asking.done(duty.kind) if (each.topic or "") == topic)
        for event, next_ in zip(done, [*done[1:], None], strict=True):
            due_on = event.valid_until_on or valid_until(event.met_on, asking.parameters["review_months"], None)
            if asking.used(event.met_on, due_on):
                opens_on = max(asking.opens_on(duty, due_on), event.met_on)
                yield Asked(duty, (topic, event.met_on.isoformat()), opens_on, due_on, Subject(topic=topic), next_)
