"""Audits, documents of the year and attendance against a walk day by day, on days that calendars trip over."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.calendar import SchoolYear
from app.domain.frameworks import VisitKind
from app.domain.obligations import Event, Facts, Kind, Placement, Reference, Setting, Visit, due, named
from tests.domain.test_obligations_by_day import COMMISSIONER, PROVIDER, everyday, of, open_days
from tests.domain.years import EARLY, EARLY_BEFORE, KENT

SLA, AVE, HEREF = "leics-seip-sla-2022", "ave-qa-v8", "herefordshire-apqa-v1"
FIRST, LAST = date(2026, 8, 1), date(2028, 8, 31)
# Ends and beginnings of years and terms, leap days and their neighbours, both changes of the clocks, bank holidays.
ODD = [
    date(2026, 8, 26), date(2026, 8, 27), date(2026, 8, 31), date(2026, 9, 1), date(2026, 10, 25), date(2026, 12, 28),
    date(2027, 2, 28), date(2027, 3, 1), date(2027, 3, 26), date(2027, 3, 28), date(2027, 8, 26), date(2027, 8, 31),
    date(2027, 9, 1), date(2027, 10, 31), date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1), date(2028, 3, 26),
    date(2028, 4, 14), date(2028, 7, 12), date(2028, 8, 31),
]  # fmt: skip
days = st.sampled_from(ODD) | st.dates(FIRST, LAST)


@st.composite
def spells(draw: st.DrawFn) -> tuple[Placement, ...]:
    """One to three placements, some of them ended, with weekdays that are sure, alternate or not known."""
    made: list[Placement] = []
    for number in range(draw(st.integers(1, 3))):
        from_on = draw(days)
        to_on = draw(st.none() | st.dates(from_on, LAST))
        weekdays = draw(st.frozensets(st.integers(1, 5), max_size=3))
        alternate = frozenset(each for each in weekdays if draw(st.booleans()))
        own = draw(st.sampled_from([None, (EARLY_BEFORE, EARLY), (KENT,)]))
        setting = Setting(None, from_on, None, weekdays, alternate)
        child = UUID(int=100 + number)
        made.append(Placement(UUID(int=200 + number), child, from_on, to_on, (setting,), COMMISSIONER, own))
    return tuple(made)


def placed_on(placed: Sequence[Placement], day: date) -> list[Placement]:
    """Who is placed on a day."""
    return [each for each in placed if each.from_on <= day and (each.to_on is None or day <= each.to_on)]


def done(kind: Kind, on: Sequence[date], **more: object) -> tuple[Event, ...]:
    """Things done on days."""
    return tuple(Event(kind, each, Reference("x", UUID(int=900 + n)), **more) for n, each in enumerate(on))  # type: ignore[arg-type]


# --- audits (Guidance 2024, 3(a) and (b); SLA 2022, Learner Safety 1) -----------------------------------------------


def eve(on: date, years: int) -> date:
    """The last day of so many years from a day: the one before the same day of the month, or the month's last."""
    last = date(on.year + years, on.month, 1)
    while last.day < on.day and (last + timedelta(days=1)).month == on.month:
        last += timedelta(days=1)
    return last - timedelta(days=1)


@pytest.mark.parametrize(
    ("on", "years", "expected"),
    [
        ("2028-02-29", 1, "2029-02-27"),
        ("2028-02-29", 4, "2032-02-28"),
        ("2027-02-28", 1, "2028-02-27"),
        ("2028-03-01", 1, "2029-02-28"),
        ("2027-03-01", 1, "2028-02-29"),
        ("2026-10-31", 1, "2027-10-30"),
        ("2027-01-01", 2, "2028-12-31"),
    ],
)
def test_the_eve_of_an_anniversary_is_what_a_calendar_on_the_wall_shows(on: str, years: int, expected: str) -> None:
    assert eve(date.fromisoformat(on), years) == date.fromisoformat(expected)


@settings(max_examples=120, deadline=None)
@given(spells(), st.lists(days, max_size=4), st.integers(1, 2), days)
@example((Placement(UUID(int=1), UUID(int=2), FIRST, None, (Setting(None, FIRST),), COMMISSIONER),),
         [date(2027, 2, 28), date(2028, 2, 29), date(2028, 2, 29)], 1, LAST)  # fmt: skip
def test_each_audit_makes_the_next_one_due_while_anybody_is_placed(
    placed: tuple[Placement, ...], audited: list[date], years: int, on: date
) -> None:
    known = Facts(PROVIDER, COMMISSIONER, placed, done(Kind.AUDIT, audited, topic="lebc"))
    agreed = Facts(PROVIDER, COMMISSIONER, placed, known.events, parameters={"audit_interval_years": years})
    found = of(due(named(SLA), agreed, years=(EARLY_BEFORE, EARLY), on=on), "lebc-audit")
    in_use = next(day for day in everyday(FIRST, LAST) if placed_on(placed, day))
    known_on = sorted({each for each in audited if each <= on})
    expected: list[tuple[date, date | None]] = []
    for before, next_ in zip([None, *known_on], [*known_on, None], strict=True):
        if next_ is not None and next_ < in_use:
            continue
        if before is None:
            expected.append((in_use, next_))
            continue
        holds = eve(before, years)
        span = everyday(holds, max(LAST + timedelta(days=1), holds))
        asked = next((day for day in span if day >= in_use and placed_on(placed, day)), None)
        if asked is not None:
            expected.append((asked, next_))
    since = EARLY_BEFORE.first_on
    kept = [each for each in expected if each[1] is None or max(each[0], each[1]) >= since]
    assert sorted((each.due_on, each.met_on or date.max) for each in found) == sorted(
        (due_on, met_on or date.max) for due_on, met_on in kept
    )
    assert len({each.key for each in found}) == len(found)
    assert all(each.opens_on <= each.due_on for each in found)


# --- daily attendance (SLA 2022, Learner Pastoral Care 1) -----------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data(), spells(), days)
def test_attendance_is_asked_of_each_school_day_on_which_somebody_surely_comes(
    data: st.DataObject, placed: tuple[Placement, ...], on: date
) -> None:
    known = {
        year: {day for term in year.terms for day in open_days(year, term)} for year in (KENT, EARLY_BEFORE, EARLY)
    }
    expected: dict[date, set[UUID]] = {}
    for day in everyday(FIRST, on):
        for each in placed_on(placed, day):
            (setting,) = each.settings
            sure = not setting.weekdays or day.isoweekday() in setting.weekdays - setting.alternate
            if sure and any(day in known[year] for year in each.years or (KENT, EARLY)):
                expected.setdefault(day, set()).add(each.placement_id)
    told = [
        Event(
            Kind.ATTENDANCE_REPORT,
            day + timedelta(days=data.draw(st.integers(0, 1))),
            Reference("attendance_mark", UUID(int=5000 + number)),
            placement_id=placement_id,
            reported_for_on=day,
        )
        for number, (day, placement_id) in enumerate(
            (day, one) for day, all_ in list(expected.items())[-5:] for one in sorted(all_)
        )
        if data.draw(st.booleans())
    ]
    facts = Facts(PROVIDER, COMMISSIONER, placed, tuple(told), parameters={"attendance_here": 1})
    found = of(due(named(SLA), facts, years=(KENT, EARLY), on=on), "daily-attendance")
    answers: dict[date, date | None] = {}
    for day, wanted in expected.items():
        reported = {
            each.placement_id: each.met_on for each in told if each.reported_for_on == day and each.met_on <= on
        }
        answers[day] = max(reported.values()) if wanted <= reported.keys() else None
    first_on = KENT.first_on
    assert {each.due_on: each.met_on for each in found if each.due_on >= first_on} == {
        day: met_on for day, met_on in answers.items() if day >= first_on
    }


# --- documents of the year (QA policy v8; SLA 2022, Systems and Processes) ------------------------------------------


def period(duty: str, year: SchoolYear) -> tuple[date, date]:
    """From when until when a document of the year is asked for, by the words of its clause."""
    first, last = min(date(year.terms[-1].ends_on.year - 1, 9, 1), year.terms[0].starts_on), year.terms[-1].ends_on
    match duty:
        case "intent" | "long-term-plan":  # during term 1
            return year.terms[0].starts_on, year.terms[0].ends_on
        case "qa-policy" | "qa-summary":  # no time stated: within the school year
            return first, last
        case "fee-rates":  # at the start of each school year
            return year.terms[0].starts_on - timedelta(days=42), year.terms[0].starts_on
        case _:  # in the summer term
            return year.terms[4].starts_on, last


@settings(max_examples=80, deadline=None)
@given(spells(), st.sampled_from([(AVE, "intent"), (AVE, "long-term-plan"), (AVE, "qa-policy"), (AVE, "qa-summary"),
                                  (SLA, "fee-rates"), (SLA, "demand-forecast")]), days)  # fmt: skip
def test_a_document_of_the_year_is_asked_of_whoever_is_used_while_it_is_asked_for(
    placed: tuple[Placement, ...], asked: tuple[str, str], on: date
) -> None:
    agreement, duty = asked
    years = (EARLY_BEFORE, EARLY)
    found = of(due(named(agreement), Facts(PROVIDER, COMMISSIONER, placed), years=years, on=on), duty)
    in_use = next(day for day in everyday(FIRST, LAST) if placed_on(placed, day))
    expected = []
    for year in years:
        opens_on, due_on = period(duty, year)
        if any(placed_on(placed, day) for day in everyday(opens_on, due_on)):
            opens = min(max(opens_on, in_use), due_on)
            state = "upcoming" if on < opens else "due" if on <= due_on else "overdue"
            expected.append((opens, due_on, state))
    assert [(each.opens_on, each.due_on, each.state.value) for each in found] == expected


# --- two records of one day -----------------------------------------------------------------------------------------


def test_two_records_of_one_audit_or_review_or_two_visits_of_a_day_are_one() -> None:
    """As several partnerships write down the same: each thing is owed once, and the next one is still to come."""
    from_on = date(2026, 9, 7)
    placed = (Placement(UUID(int=1), UUID(int=2), from_on, None, (Setting(None, from_on),), COMMISSIONER),)
    on = date(2026, 9, 21)
    reviews = done(Kind.POLICY_REVIEW, [on, on], topic="risk_assessments")
    visits = tuple(Visit(UUID(int=n), VisitKind.QA_VISIT, visited_on=on) for n in (7, 8))
    known = Facts(PROVIDER, COMMISSIONER, placed, (*done(Kind.AUDIT, [on, on], topic="lebc"), *reviews), visits)
    for agreement, duty, expected in (
        (SLA, "lebc-audit", ["met", "upcoming"]),
        (HEREF, "reviews", ["upcoming"]),
        (HEREF, "qa-visits", ["met", "upcoming"]),
    ):
        found = of(due(named(agreement), known, years=(KENT,), on=on), duty)
        assert [each.state.value for each in found] == expected, duty
        assert len({each.key for each in found}) == len(found)


def test_of_two_records_of_one_audit_the_one_counts_that_says_until_when_it_holds() -> None:
    from_on, on = date(2026, 9, 7), date(2026, 9, 21)
    placed = (Placement(UUID(int=1), UUID(int=2), from_on, None, (Setting(None, from_on),), COMMISSIONER),)
    silent, dated = done(Kind.AUDIT, [on, on], topic="lebc")
    dated = Event(dated.kind, on, dated.by, valid_until_on=date(2028, 2, 29), topic="lebc")
    for events in ((silent, dated), (dated, silent)):
        known = Facts(PROVIDER, COMMISSIONER, placed, events)
        found = of(due(named(SLA), known, years=(KENT,), on=on), "lebc-audit")
        assert [each.due_on for each in found] == [from_on, date(2028, 2, 29)]
