"""Sight of each child and tracking returns, against a walk through the calendar day by day."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.calendar import Closure, ClosureReason, SchoolYear, Term
from app.domain.obligations import Event, Facts, Kind, Obligation, Placement, Reference, Setting, due, named
from tests.domain.years import EARLY, EARLY_BEFORE, KENT, KENT_TERMS

PROVIDER, COMMISSIONER = UUID(int=1), UUID(int=2)
SITES = (None, UUID(int=11), UUID(int=12))
FIRST, LAST = date(2026, 7, 1), date(2028, 8, 31)
HOLIDAYS = {
    date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29),
    date(2027, 5, 3), date(2027, 5, 31), date(2027, 8, 30), date(2027, 12, 27), date(2027, 12, 28), date(2028, 1, 3),
    date(2028, 4, 14), date(2028, 4, 17), date(2028, 5, 1), date(2028, 5, 29), date(2028, 8, 28),
}  # fmt: skip
# Kent as printed and then early terms, or early terms throughout; one with its last days of term closed.
SHUT = SchoolYear(
    "2026/27", KENT_TERMS, tuple(Closure(date(2026, 12, d), ClosureReason.OTHER) for d in (14, 15, 16, 17, 18))
)
CALENDARS = ((KENT, EARLY), (EARLY_BEFORE, EARLY), (SHUT,))

days = st.dates(FIRST, LAST)
weekdays = st.frozensets(st.integers(1, 5), max_size=3)


@st.composite
def placements(draw: st.DrawFn) -> tuple[Placement, ...]:
    """Up to five placements of up to three children, some at two sites, some on certain weekdays."""
    made: list[Placement] = []
    for number in range(draw(st.integers(1, 5))):
        from_on = draw(days)
        to_on = draw(st.none() | st.dates(from_on, LAST))
        spells = [
            Setting(draw(st.sampled_from(SITES)), draw(st.dates(from_on, LAST)) if n else from_on, None, draw(weekdays))
            for n in range(draw(st.integers(1, 2)))
        ]
        child = UUID(int=draw(st.integers(100, 102)))
        made.append(Placement(UUID(int=200 + number), child, from_on, to_on, tuple(spells), COMMISSIONER))
    return tuple(made)


def everyday(from_on: date, to_on: date) -> list[date]:
    """Every day from one to another."""
    return [from_on + timedelta(days=n) for n in range((to_on - from_on).days + 1)]


def open_days(year: SchoolYear, term: Term) -> list[date]:
    """The days of a term on which the school is open."""
    shut = {each.closed_on for each in year.closures} | HOLIDAYS
    return [day for day in everyday(term.starts_on, term.ends_on) if day.weekday() < 5 and day not in shut]


def sights(known: Facts, years: Sequence[SchoolYear], on: date) -> dict[tuple[object, ...], tuple[object, ...]]:
    """Who is to be seen where, in which term; from when, until when, and when it was done."""
    found: dict[tuple[object, ...], tuple[object, ...]] = {}
    children = {each.placement_id: each.child_id for each in known.placements}
    for year in years:
        for term in year.terms:
            open_ = open_days(year, term)
            wanted: dict[tuple[UUID, UUID | None], tuple[date, date]] = {}
            for child in set(children.values()):
                for site in SITES:
                    own = [p for p in known.placements if p.child_id == child]
                    # A timetable of which no day falls into the half term takes the child nowhere.
                    spells = [
                        (p, s)
                        for p in own
                        for s in p.settings
                        if s.site_id == site and any(comes_by(p, s, day) for day in open_)
                    ]
                    present = [day for day in open_ if any(within(p, s, day) for p, s in spells)]
                    if present:
                        wanted[child, site] = present[0], present[-1]
            for (child, site), (opens_on, due_on) in wanted.items():
                alone = sum(each == child for each, _ in wanted) == 1
                met = [
                    e.met_on
                    for e in known.events
                    if e.kind is Kind.WELFARE_VISIT and e.met_on <= on and term.starts_on <= e.met_on <= term.ends_on
                    and e.placement_id and children.get(e.placement_id) == child
                    and (e.site_id == site or (e.site_id is None and alone))
                ]  # fmt: skip
                found[child, site, year.academic_year, term.ordinal] = opens_on, due_on, min(met, default=None)
    return found


def within(placement: Placement, setting: Setting, day: date) -> bool:
    """Whether a day is of a placement at a setting."""
    return max(placement.from_on, setting.from_on) <= day <= (placement.to_on or date.max)


def comes_by(placement: Placement, setting: Setting, day: date) -> bool:
    """Whether the child comes by this line of its timetable on a day."""
    return within(placement, setting, day) and (not setting.weekdays or day.isoweekday() in setting.weekdays)


def of(found: Sequence[Obligation], duty: str) -> list[Obligation]:
    """The obligations of a duty."""
    return [each for each in found if each.duty == duty]


@st.composite
def visits(draw: st.DrawFn, placed: tuple[Placement, ...]) -> tuple[Event, ...]:
    """Children seen, some of them where they never were."""
    return tuple(
        Event(
            Kind.WELFARE_VISIT,
            draw(days),
            Reference("welfare_visit", UUID(int=900 + number)),
            placement_id=draw(st.sampled_from([each.placement_id for each in placed])),
            site_id=draw(st.sampled_from(SITES)),
        )
        for number in range(draw(st.integers(0, 8)))
    )


@settings(max_examples=80, deadline=None)
@given(st.data(), st.sampled_from(CALENDARS), days)
def test_each_child_is_to_be_seen_where_the_days_say(
    data: st.DataObject, years: tuple[SchoolYear, ...], on: date
) -> None:
    placed = data.draw(placements())
    known = Facts(PROVIDER, COMMISSIONER, placed, data.draw(visits(placed)), first_placed_on=FIRST)
    found = of(due(named("leics-seip-sla-2022"), known, years=years, on=on), "half-termly-sight")
    expected = sights(known, years, on)
    assert {
        (s.child_id, s.site_id, s.academic_year, s.term): (each.opens_on, each.due_on, each.met_on)
        for each in found
        for s in (each.subject,)
    } == expected
    assert len(found) == len(expected)
    for each in found:
        state = (
            "met" if each.met_on else "upcoming" if on < each.opens_on else "due" if on <= each.due_on else "overdue"
        )
        assert each.state == state


@settings(max_examples=80, deadline=None)
@given(st.data(), st.sampled_from(CALENDARS), days)
def test_a_return_is_owed_for_each_term_with_a_day_on_which_somebody_is_placed(
    data: st.DataObject, years: tuple[SchoolYear, ...], on: date
) -> None:
    placed = data.draw(placements())
    sent = tuple(
        Event(
            Kind.TRACKING_RETURN,
            data.draw(days),
            Reference("progress_report", UUID(int=900 + number)),
            placement_id=data.draw(st.sampled_from([None, *(each.placement_id for each in placed)])),
            academic_year=data.draw(st.sampled_from(["2026/27", "2027/28"])),
            term=data.draw(st.integers(1, 6)),
        )
        for number in range(data.draw(st.integers(0, 8)))
    )
    known = Facts(PROVIDER, COMMISSIONER, placed, sent, first_placed_on=FIRST)
    found = of(due(named("ave-qa-v8"), known, years=years, on=on), "tracking-returns")
    expected = {}
    for year in years:
        for term in year.terms:
            here = {
                p.placement_id
                for p in placed
                for day in everyday(term.starts_on, term.ends_on)
                if p.from_on <= day <= (p.to_on or date.max)
            }
            if here:
                met = first_complete(
                    here, [e for e in sent if (e.academic_year, e.term) == (year.academic_year, term.ordinal)], on
                )
                expected[year.academic_year, term.ordinal] = (term.ends_on, met)
    assert {(s.subject.academic_year, s.subject.term): (s.due_on, s.met_on) for s in found} == expected


def first_complete(here: set[UUID], sent: Sequence[Event], on: date) -> date | None:
    """The first day by whose end everything has been sent, walking the days."""
    for day in everyday(FIRST, on):
        by_now = {each.placement_id for each in sent if each.met_on <= day}
        if None in by_now or here <= by_now:
            return day
    return None
