"""When visits are due, worked out by hand on two printed calendars of six terms, one of them with a leap day."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import frameworks
from app.domain.cycles import Due, PastVisit, Plan, State, Term, due, plan_faults
from app.domain.errors import Invalid
from app.domain.frameworks import CycleEntry, VisitKind

YEAR = frameworks.named("ave-qa-v8")
LEICESTERSHIRE = frameworks.named("leics-seip-qa-v1")
ENTRIES = {each.key: each for each in YEAR.cycle}

WALK, HALF_DAY, SCRUTINY = VisitKind.LEARNING_WALK, VisitKind.HALF_DAY_OBSERVATION, VisitKind.WORK_SCRUTINY


def calendar(*days: str) -> tuple[Term, ...]:
    dates = list(map(date.fromisoformat, days))
    return tuple(Term(n + 1, dates[2 * n], dates[2 * n + 1]) for n in range(len(dates) // 2))


# Kent's six terms of 2026/27. Term 1 has 53 days: its second half begins on the 27th, 27 September.
TERMS = calendar(
    "2026-09-01", "2026-10-23", "2026-11-02", "2026-12-18", "2027-01-04", "2027-02-12",
    "2027-02-22", "2027-03-25", "2027-04-12", "2027-05-28", "2027-06-07", "2027-07-21",
)  # fmt: skip
# A made-up 2027/28, in which term 4 holds 29 February 2028.
LEAP_TERMS = calendar(
    "2027-09-01", "2027-10-22", "2027-11-01", "2027-12-17", "2028-01-04", "2028-02-11",
    "2028-02-21", "2028-03-31", "2028-04-18", "2028-05-26", "2028-06-05", "2028-07-21",
)  # fmt: skip


def told(
    on: str,
    *visits: PastVisit,
    since: str = "2020-09-01",
    terms: tuple[Term, ...] = TERMS,
    framework: frameworks.Framework = YEAR,
    regular_days: int = 365,
) -> list[Due]:
    return list(
        due(
            framework,
            provider_from_on=date.fromisoformat(since),
            terms=terms,
            visits=visits,
            regular_days=regular_days,
            on=date.fromisoformat(on),
        )
    )


def visit(kind: VisitKind, on: str, follow_up_within_days: int | None = None) -> PastVisit:
    return PastVisit(kind, date.fromisoformat(on), follow_up_within_days)


def table(asked: list[Due]) -> list[tuple[str, str, str, str]]:
    return [(f"{each.key} {each.occurrence}", str(each.from_on), str(each.by_on), each.state) for each in asked]


def states(asked: list[Due]) -> dict[str, str]:
    return {f"{each.key} {each.occurrence}": each.state for each in asked}


def one(asked: list[Due], key: str, occurrence: int = 1) -> Due:
    return next(each for each in asked if (each.key, each.occurrence) == (key, occurrence))


def test_a_year_without_visits_as_it_stands_on_the_first_of_october() -> None:
    assert table(told("2026-10-01")) == [
        ("learning-walk 1", "2026-09-27", "2026-10-23", "due"),
        ("learning-walk 2", "2026-11-02", "2026-12-18", "upcoming"),
        ("contract-review 1", "2026-09-01", "2027-07-21", "due"),
        ("half-day-observation 1", "2027-01-04", "2027-07-21", "upcoming"),
        ("work-scrutiny 1", "2027-01-04", "2027-07-21", "upcoming"),
        ("final-judgement 1", "2027-07-21", "2027-08-31", "upcoming"),
    ]


@pytest.mark.parametrize(
    ("on", "walks", "half_day", "final"),
    [
        ("2026-09-26", ("upcoming", "upcoming"), "upcoming", "upcoming"),
        ("2026-09-27", ("due", "upcoming"), "upcoming", "upcoming"),
        ("2026-10-23", ("due", "upcoming"), "upcoming", "upcoming"),
        ("2026-10-24", ("overdue", "upcoming"), "upcoming", "upcoming"),
        ("2026-10-25", ("overdue", "upcoming"), "upcoming", "upcoming"),  # the clocks go back
        ("2026-11-02", ("overdue", "due"), "upcoming", "upcoming"),
        ("2026-12-19", ("overdue", "overdue"), "upcoming", "upcoming"),
        ("2027-01-04", ("overdue", "overdue"), "due", "upcoming"),
        ("2027-03-28", ("overdue", "overdue"), "due", "upcoming"),  # the clocks go forward
        ("2027-07-21", ("overdue", "overdue"), "due", "due"),
        ("2027-07-22", ("overdue", "overdue"), "overdue", "due"),
        ("2027-08-31", ("overdue", "overdue"), "overdue", "due"),
        ("2027-09-01", ("overdue", "overdue"), "overdue", "overdue"),
    ],
)
def test_the_state_turns_on_the_day_itself(on: str, walks: tuple[str, str], half_day: str, final: str) -> None:
    found = states(told(on))
    assert (found["learning-walk 1"], found["learning-walk 2"]) == walks
    assert found["half-day-observation 1"] == half_day
    assert found["final-judgement 1"] == final


def test_a_walk_settles_the_earliest_period_that_is_open() -> None:
    late = told("2026-12-01", visit(WALK, "2026-11-10"))
    assert one(late, "learning-walk", 1).done_on == date(2026, 11, 10)
    assert one(late, "learning-walk", 1).by_on < date(2026, 11, 10)
    assert one(late, "learning-walk", 2).state is State.DUE
    both = told("2026-12-01", visit(WALK, "2026-11-10"), visit(WALK, "2026-10-05"))
    assert [one(both, "learning-walk", n).done_on for n in (1, 2)] == [date(2026, 10, 5), date(2026, 11, 10)]


def test_the_first_day_of_a_window_counts_and_the_next_academic_year_does_not() -> None:
    assert states(told("2026-11-02", visit(WALK, "2026-09-27")))["learning-walk 1"] == "done"
    assert states(told("2026-11-02", visit(WALK, "2026-09-26")))["learning-walk 1"] == "overdue"
    assert states(told("2027-10-01", visit(WALK, "2027-08-31")))["learning-walk 1"] == "done"
    assert states(told("2027-10-01", visit(WALK, "2027-09-01")))["learning-walk 1"] == "overdue"


def test_two_walks_in_one_period_do_not_settle_the_next() -> None:
    found = told("2026-11-03", visit(WALK, "2026-10-05"), visit(WALK, "2026-10-19"))
    assert one(found, "learning-walk", 2).state is State.DUE


def test_a_half_day_before_term_three_or_a_walk_of_last_year_settles_nothing() -> None:
    found = states(told("2027-02-01", visit(HALF_DAY, "2026-12-10"), visit(WALK, "2026-07-01")))
    assert found["half-day-observation 1"] == "due"
    assert found["learning-walk 1"] == "overdue"


def test_what_has_not_happened_yet_settles_nothing() -> None:
    assert states(told("2027-02-01", visit(HALF_DAY, "2027-02-02")))["half-day-observation 1"] == "due"


def test_the_work_scrutiny_is_due_on_the_day_of_the_half_day_observation() -> None:
    before = one(told("2027-02-01"), "work-scrutiny")
    assert (before.by_on, before.together_with) == (date(2027, 7, 21), "half-day-observation")
    found = told("2027-02-03", visit(HALF_DAY, "2027-02-02"))
    assert (one(found, "work-scrutiny").by_on, one(found, "work-scrutiny").state) == (date(2027, 2, 2), State.OVERDUE)
    same_day = told("2027-02-03", visit(HALF_DAY, "2027-02-02"), visit(SCRUTINY, "2027-02-02"))
    assert (one(same_day, "work-scrutiny").state, one(same_day, "work-scrutiny").done_on) == (
        State.DONE,
        date(2027, 2, 2),
    )


@pytest.mark.parametrize(
    ("since", "walks"),
    [
        ("2026-10-16", ["2026-10-16", "2026-11-02"]),  # seven days are left to be told in
        ("2026-10-17", ["2026-11-02"]),
        ("2026-12-11", ["2026-12-11"]),
        ("2027-01-04", []),
    ],
)
def test_a_provider_new_in_the_year_is_asked_for_what_can_still_be_announced(since: str, walks: list[str]) -> None:
    found = told("2027-01-05", since=since)
    assert [str(each.from_on) for each in found if each.kind is WALK] == walks


@pytest.mark.parametrize(
    ("visited_on", "by_on"),
    [
        ("2027-02-02", "2027-03-30"),  # 26 days of February, 30 of March; the clocks go forward on 28 March
        ("2026-10-01", "2026-11-26"),  # the clocks go back on 25 October
        ("2028-02-02", "2028-03-29"),  # a leap year: 27 days of February, 29 of March
        ("2028-01-04", "2028-02-29"),  # the deadline is the leap day
        ("2028-02-29", "2028-04-25"),
    ],
)
def test_a_follow_up_is_due_within_eight_calendar_weeks(visited_on: str, by_on: str) -> None:
    terms = LEAP_TERMS if visited_on > "2027-09" else TERMS
    last = date.fromisoformat(by_on)
    for on, state in ((last, State.DUE), (last + timedelta(days=1), State.OVERDUE)):
        found = one(told(str(on), visit(HALF_DAY, visited_on, 56), terms=terms), "follow-up")
        assert (found.by_on, found.state, str(found.follows_on)) == (last, state, visited_on)
        assert found.from_on == date.fromisoformat(visited_on) + timedelta(days=1)
        assert found.source.startswith("QA policy v8")


def test_an_assessment_settles_a_follow_up_and_a_walk_or_scrutiny_does_not() -> None:
    first = visit(HALF_DAY, "2027-02-02", 56)
    for kind in VisitKind:
        found = one(told("2027-03-01", first, visit(kind, "2027-02-20")), "follow-up")
        settles = kind in {VisitKind.FOLLOW_UP, VisitKind.JOINT_OBSERVATION, VisitKind.HALF_DAY_OBSERVATION}
        assert (found.done_on == date(2027, 2, 20)) is settles
    assert one(told("2027-03-01", first, visit(VisitKind.FOLLOW_UP, "2027-02-02")), "follow-up").done_on is None


def test_a_follow_up_that_is_no_better_calls_for_another() -> None:
    again = told("2027-04-01", visit(HALF_DAY, "2027-02-02", 56), visit(VisitKind.FOLLOW_UP, "2027-03-01", 56))
    assert [(each.occurrence, str(each.by_on), each.state) for each in again if each.key == "follow-up"] == [
        (1, "2027-03-30", "done"),
        (2, "2027-04-26", "due"),
    ]


def test_a_follow_up_from_last_year_is_asked_for_until_it_is_settled() -> None:
    first = visit(HALF_DAY, "2026-07-10", 56)
    assert one(told("2026-09-05", first), "follow-up").state is State.OVERDUE
    settled_then = told("2026-09-05", first, visit(VisitKind.FOLLOW_UP, "2026-08-31"))
    assert "follow-up" not in {each.key for each in settled_then}
    settled_now = told("2026-09-05", first, visit(VisitKind.FOLLOW_UP, "2026-09-01"))
    assert one(settled_now, "follow-up").state is State.DONE


def test_a_leap_day_is_a_day_like_any_other() -> None:
    found = told("2028-02-29", visit(HALF_DAY, "2028-02-29"), terms=LEAP_TERMS)
    assert one(found, "half-day-observation").done_on == date(2028, 2, 29)
    assert (one(found, "work-scrutiny").by_on, one(found, "work-scrutiny").state) == (date(2028, 2, 29), State.DUE)


@pytest.mark.parametrize(
    ("visits", "on", "expected"),
    [
        ((), "2027-09-01", ("2026-09-01", "2027-09-01", "due", None)),
        ((), "2027-09-02", ("2026-09-01", "2027-09-01", "overdue", None)),
        (("2027-03-01",), "2028-02-29", ("2027-03-02", "2028-02-29", "due", "2027-03-01")),
        (("2027-03-01", "2026-11-05"), "2028-03-01", ("2027-03-02", "2028-02-29", "overdue", "2027-03-01")),
    ],
)
def test_regular_visits_follow_the_last_by_the_interval_that_the_commissioner_sets(
    visits: tuple[str, ...], on: str, expected: tuple[str, str, str, str | None]
) -> None:
    past = [visit(VisitKind.QA_VISIT, day) for day in visits]
    (found,) = told(on, *past, since="2026-09-01", framework=LEICESTERSHIRE)
    follows_on = found.follows_on and str(found.follows_on)
    assert (str(found.from_on), str(found.by_on), found.state, follows_on) == expected


@pytest.mark.parametrize(
    "terms",
    [
        (),
        TERMS[:5],
        TERMS[::-1],
        (*TERMS[:5], Term(6, date(2027, 9, 2), date(2027, 10, 1))),
        (*TERMS[:5], Term(6, date(2027, 7, 21), date(2027, 6, 7))),
        (TERMS[0], Term(2, date(2026, 10, 23), date(2026, 12, 18)), *TERMS[2:]),
    ],
)
def test_terms_that_make_no_year_are_refused(terms: tuple[Term, ...]) -> None:
    with pytest.raises(Invalid) as refusal:
        told("2026-10-01", terms=terms)
    assert refusal.value.problem_code == "terms_incomplete"


days = st.dates(date(2026, 9, 1), date(2027, 8, 31))
histories = st.lists(st.builds(PastVisit, st.sampled_from(VisitKind), days, st.sampled_from([None, 56])), max_size=8)


@settings(max_examples=150, deadline=None)
@given(histories, days)
def test_each_visit_settles_one_occurrence_at_most_and_nothing_done_is_overdue(
    visits: list[PastVisit], on: date
) -> None:
    found = told(str(on), *visits)
    for kind in (WALK, HALF_DAY, SCRUTINY):
        settled = sum(each.done_on is not None for each in found if each.kind is kind)
        assert settled <= sum(each.kind is kind and each.visited_on <= on for each in visits)
    for each in found:
        assert (each.state is State.DONE) is (each.done_on is not None)
        assert (each.state is State.OVERDUE) is (each.done_on is None and each.by_on < on)
        assert each.from_on <= each.by_on


@settings(max_examples=100, deadline=None)
@given(histories, days, st.permutations(range(8)))
def test_the_order_in_which_visits_were_recorded_does_not_matter(
    visits: list[PastVisit], on: date, order: list[int]
) -> None:
    shuffled = [visits[n] for n in order if n < len(visits)]
    assert told(str(on), *shuffled) == told(str(on), *visits)


# --- notice ---------------------------------------------------------------------------------------------------------

GOOD_WALK = Plan(
    planned_on=date(2026, 10, 12),
    notified_on=date(2026, 9, 28),
    announced_from_on=date(2026, 10, 5),
    announced_to_on=date(2026, 10, 18),
    minutes=90,
)


def faults(entry: CycleEntry, plan: Plan, **changes: object) -> set[tuple[str, str | None]]:
    said = {name: getattr(plan, name) for name in Plan.__slots__}
    return {(each.code, each.pointer) for each in plan_faults(entry, Plan(**said | changes))}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"planned_on": date(2026, 10, 5)}, set()),
        ({"planned_on": date(2026, 10, 18)}, set()),
        ({"minutes": None}, set()),
        ({"notified_on": date(2026, 9, 29)}, {("notice_too_short", "/notified_at")}),
        ({"notified_on": None}, {("notice_missing", "/notified_at")}),
        ({"announced_to_on": date(2026, 10, 19)}, {("period_too_long", "/announced_to_on")}),
        (
            {"announced_to_on": date(2026, 10, 4)},
            {("period_too_long", "/announced_to_on"), ("outside_period", "/planned_on")},
        ),
        ({"planned_on": date(2026, 10, 19)}, {("outside_period", "/planned_on")}),
        ({"planned_on": date(2026, 10, 4)}, {("outside_period", "/planned_on")}),
        ({"minutes": 91}, {("visit_too_long", "/duration_minutes")}),
        ({"announced_from_on": None}, {("period_missing", "/announced_from_on")}),
    ],
)
def test_a_learning_walk_is_announced_a_week_before_its_two_weeks_and_lasts_ninety_minutes(
    changes: dict[str, object], expected: set[tuple[str, str]]
) -> None:
    assert faults(ENTRIES["learning-walk"], GOOD_WALK, **changes) == expected


@pytest.mark.parametrize(
    ("notified_on", "expected"),
    [
        (None, set()),
        (date(2027, 2, 2), set()),
        (date(2027, 2, 1), set()),
        (date(2027, 1, 31), {("notice_too_long", "/notified_at")}),
        (date(2027, 2, 3), {("notice_too_short", "/notified_at")}),
    ],
)
def test_a_half_day_observation_comes_at_short_notice(notified_on: date | None, expected: set[tuple[str, str]]) -> None:
    plan = Plan(planned_on=date(2027, 2, 2))
    assert faults(ENTRIES["half-day-observation"], plan, notified_on=notified_on, minutes=240) == expected


def test_a_visit_without_rules_of_notice_may_be_planned_freely() -> None:
    entry = LEICESTERSHIRE.cycle[0]
    assert faults(entry, Plan(planned_on=date(2027, 2, 2), minutes=400)) == set()
