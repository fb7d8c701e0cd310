"""Who owes what to whom and by when, as the documents say it: each duty on dates worked out by hand."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.calendar import SchoolYear
from app.domain.errors import Conflict, Invalid
from app.domain.frameworks import VisitKind
from app.domain.obligations import (
    ALL,
    Cap,
    Event,
    Facts,
    Kind,
    Obligation,
    Placement,
    Reference,
    ReportPart,
    Request,
    Setting,
    State,
    Visit,
    Waiver,
    due,
    ensure_sound,
    ensure_within,
    named,
    term_of,
)
from tests.domain.years import EARLY, EARLY_BEFORE, KENT, closed, terms

SLA, AVE, HEREF = "leics-seip-sla-2022", "ave-qa-v8", "herefordshire-apqa-v1"
PROVIDER, COMMISSIONER, SCHOOL = UUID(int=1), UUID(int=2), UUID(int=3)
FORGE, YARD = UUID(int=11), UUID(int=12)


def day(written: str) -> date:
    """A date from ISO text."""
    return date.fromisoformat(written)


def placement(
    number: int = 1,
    from_on: str = "2026-09-01",
    to_on: str | None = None,
    *,
    sites: Sequence[UUID | None] = (FORGE,),
    weekdays: Sequence[int] = (),
    **more: Any,
) -> Placement:
    """One child's placement, at each of the sites on the weekdays, seen by its school."""
    settings = tuple(Setting(each, day(from_on), weekdays=frozenset(weekdays)) for each in sites)
    given: dict[str, Any] = {"child_id": UUID(int=100 + number), "seen_by_id": SCHOOL} | more
    return Placement(
        UUID(int=200 + number), from_on=day(from_on), to_on=day(to_on) if to_on else None, settings=settings, **given
    )


def event(kind: Kind, on: str, number: int = 1, **more: Any) -> Event:
    """Something done on a day."""
    return Event(kind, day(on), Reference(kind.value, UUID(int=900 + number)), **more)


def seen(on: str, number: int = 1, site_id: UUID | None = FORGE) -> Event:
    """A child seen."""
    return event(Kind.WELFARE_VISIT, on, placement_id=UUID(int=200 + number), site_id=site_id)


def facts(*placements: Placement, **more: Any) -> Facts:
    """What is known of the provider and the commissioner."""
    return Facts(PROVIDER, COMMISSIONER, placements, **more)


def asked(
    agreement: str, known: Facts, duty: str, *, on: str = "2026-11-22", years: Sequence[SchoolYear] = (KENT,)
) -> list[Obligation]:
    """The obligations of one duty."""
    return [each for each in due(named(agreement), known, years=years, on=day(on)) if each.duty == duty]


def told(found: Sequence[Obligation]) -> list[tuple[str, str, str]]:
    """When each opens and is due, and how it stands."""
    return [(each.opens_on.isoformat(), each.due_on.isoformat(), each.state.value) for each in found]


# --- each child seen at each setting (SEIP guidance on Ofsted, 2024, 1(e)) ------------------------------------------


def test_a_child_is_to_be_seen_in_each_half_term_by_its_last_school_day() -> None:
    """Kent closes on 1, 2 September, 23 October, 4 January and 21 July: the due day moves back to a school day."""
    found = asked(SLA, facts(placement(), events=(seen("2026-10-05"),)), "half-termly-sight")
    assert told(found) == [
        ("2026-09-03", "2026-10-22", "met"),
        ("2026-11-02", "2026-12-18", "due"),
        ("2027-01-05", "2027-02-12", "upcoming"),
        ("2027-02-22", "2027-03-25", "upcoming"),
        ("2027-04-12", "2027-05-28", "upcoming"),
        ("2027-06-07", "2027-07-20", "upcoming"),
    ]
    assert {(each.owed_by_id, each.owed_to_id) for each in found} == {(SCHOOL, COMMISSIONER)}
    assert found[0].met_by == Reference("welfare_visit", UUID(int=901))


def test_each_setting_counts_for_itself_and_a_visit_to_one_does_not_do_for_the_other() -> None:
    found = asked(SLA, facts(placement(sites=(FORGE, YARD)), events=(seen("2026-11-10"),)), "half-termly-sight")
    second = [each for each in found if each.subject.term == 2]
    assert {each.subject.site_id: each.state for each in second} == {FORGE: State.MET, YARD: State.DUE}


def test_a_visit_that_names_no_site_will_do_where_there_is_but_one() -> None:
    known = facts(
        placement(),
        placement(2, sites=(FORGE, YARD)),
        events=(seen("2026-11-10", 1, None), seen("2026-11-10", 2, None)),
    )
    second = [each for each in asked(SLA, known, "half-termly-sight") if each.subject.term == 2]
    assert sorted(each.state for each in second) == [State.DUE, State.DUE, State.MET]


def test_who_leaves_in_a_half_term_is_to_be_seen_before() -> None:
    found = asked(SLA, facts(placement(to_on="2026-11-15")), "half-termly-sight")
    assert told(found) == [("2026-09-03", "2026-10-22", "overdue"), ("2026-11-02", "2026-11-13", "overdue")]


def test_nobody_is_to_be_seen_who_never_comes_in_that_half_term() -> None:
    """From Thursday 17 December, on Mondays: the half term ends on Friday the 18th."""
    found = asked(SLA, facts(placement(from_on="2026-12-17", weekdays=(1,))), "half-termly-sight")
    assert [each.subject.term for each in found] == [3, 4, 5, 6]


def test_two_placements_of_a_child_at_one_setting_are_one_attendance() -> None:
    child = UUID(int=77)
    known = facts(
        placement(1, "2026-11-02", "2026-11-20", child_id=child),
        placement(2, "2026-11-23", child_id=child),
        events=(seen("2026-11-04"),),
    )
    found = [each for each in asked(SLA, known, "half-termly-sight") if each.subject.term == 2]
    assert told(found) == [("2026-11-02", "2026-12-18", "met")]


def test_the_half_terms_are_those_of_whoever_owes_it() -> None:
    """A school that is back on 26 August, for a commissioner with Kent's terms."""
    early = placement(years=(EARLY_BEFORE,), from_on="2026-08-20")
    found = asked(SLA, facts(early), "half-termly-sight", on="2026-08-27")
    assert told(found)[:2] == [("2026-08-27", "2026-10-16", "due"), ("2026-10-26", "2026-12-18", "upcoming")]


def test_an_agreed_shortest_stay_is_not_reached_by_a_shorter_one() -> None:
    known = facts(placement(to_on="2026-09-04"), parameters={"sight_least_days": 3})
    assert asked(SLA, known, "half-termly-sight") == []
    assert (
        len(asked(SLA, facts(placement(to_on="2026-09-04"), parameters={"sight_least_days": 2}), "half-termly-sight"))
        == 1
    )


def test_a_half_term_with_a_leap_day_at_its_end_is_due_on_it() -> None:
    leap = SchoolYear(
        "2027/28",
        terms(
            "2027-09-01", "2027-10-22", "2027-11-01", "2027-12-17", "2028-01-04", "2028-02-11",
            "2028-02-21", "2028-02-29", "2028-04-18", "2028-05-26", "2028-06-05", "2028-07-20",
        ),
        closed("2028-02-28"),
    )  # fmt: skip
    found = asked(SLA, facts(placement()), "half-termly-sight", years=(leap,), on="2028-02-29")
    assert [told([each])[0] for each in found if each.subject.term == 4] == [("2028-02-21", "2028-02-29", "due")]


def test_a_half_term_that_ends_with_a_bank_holiday_is_due_before_it() -> None:
    """Good Friday is 26 March 2027, and the early May bank holiday 3 May."""
    year = SchoolYear(
        "2026/27",
        terms(
            "2026-09-01", "2026-10-23", "2026-11-02", "2026-12-18", "2027-01-04", "2027-02-12",
            "2027-02-22", "2027-03-26", "2027-04-12", "2027-05-03", "2027-06-07", "2027-07-21",
        ),
    )  # fmt: skip
    found = asked(SLA, facts(placement()), "half-termly-sight", years=(year,))
    assert [each.due_on for each in found][3:5] == [day("2027-03-25"), day("2027-04-30")]


# --- tracking (QA policy v8) ----------------------------------------------------------------------------------------


def test_tracking_is_due_on_the_last_day_of_each_of_the_six_terms_school_day_or_not() -> None:
    returns = (
        event(Kind.TRACKING_RETURN, "2026-10-26", 1, academic_year="2026/27", term=1),
        event(Kind.TRACKING_RETURN, "2026-11-20", 2, academic_year="2026/27", term=2),
    )
    found = asked(AVE, facts(placement(), events=returns), "tracking-returns")
    assert told(found) == [
        ("2026-10-09", "2026-10-23", "met"),
        ("2026-12-04", "2026-12-18", "met"),
        ("2027-01-29", "2027-02-12", "upcoming"),
        ("2027-03-11", "2027-03-25", "upcoming"),
        ("2027-05-14", "2027-05-28", "upcoming"),
        ("2027-07-07", "2027-07-21", "upcoming"),
    ]
    assert [each.late for each in found[:2]] == [True, False]


def test_returns_for_each_placement_of_the_term_are_a_return() -> None:
    one = event(Kind.TRACKING_RETURN, "2026-10-20", 1, academic_year="2026/27", term=1, placement_id=UUID(int=201))
    other = event(Kind.TRACKING_RETURN, "2026-10-22", 2, academic_year="2026/27", term=1, placement_id=UUID(int=202))
    both = (placement(1), placement(2))
    assert asked(AVE, facts(*both, events=(one,)), "tracking-returns")[0].state is State.OVERDUE
    found = asked(AVE, facts(*both, events=(one, other)), "tracking-returns")[0]
    assert (found.met_on, found.met_by) == (day("2026-10-22"), other.by)


def test_no_tracking_is_asked_of_a_term_without_a_pupil() -> None:
    found = asked(
        AVE, facts(placement(to_on="2026-10-24"), placement(2, "2027-01-01", "2027-02-12")), "tracking-returns"
    )
    assert [each.subject.term for each in found] == [1, 3]


# --- documents of the year ------------------------------------------------------------------------------------------


def test_intent_and_long_term_plan_are_due_in_term_one() -> None:
    known = facts(placement(), events=(event(Kind.INTENT, "2026-10-23", academic_year="2026/27"),))
    (intent,) = asked(AVE, known, "intent")
    assert (told([intent]), intent.late) == ([("2026-09-01", "2026-10-23", "met")], False)
    assert told(asked(AVE, known, "long-term-plan")) == [("2026-09-01", "2026-10-23", "overdue")]
    assert asked(AVE, facts(placement(from_on="2026-10-24")), "intent") == []


def test_the_annual_report_has_five_parts_and_is_about_the_year_before() -> None:
    three = frozenset(list(ReportPart)[:3])
    rest = frozenset(list(ReportPart)[3:])
    first = event(Kind.ANNUAL_REPORT, "2026-11-01", 1, academic_year="2025/26", parts=three)
    second = event(Kind.ANNUAL_REPORT, "2026-12-20", 2, academic_year="2025/26", parts=rest)
    used = placement(from_on="2026-06-01")
    (found,) = asked(SLA, facts(used, events=(first, second)), "annual-report")
    assert told([found]) == [("2026-09-01", "2026-12-18", "due")]
    assert found.missing == ("plans", "financial_status")
    (found,) = asked(SLA, facts(used, events=(first, second)), "annual-report", on="2027-01-04")
    assert (found.state, found.late, found.missing, found.subject.academic_year) == (State.MET, True, (), "2025/26")
    assert asked(SLA, facts(placement()), "annual-report") == [], "not in use last year"


def test_the_fee_rate_is_due_on_the_first_day_of_the_school_year() -> None:
    used = placement(from_on="2026-06-01")
    assert told(asked(SLA, facts(used), "fee-rates", on="2026-08-31")) == [("2026-07-21", "2026-09-01", "due")]
    assert told(asked(SLA, facts(used), "fee-rates", years=(EARLY_BEFORE,), on="2026-08-28")) == [
        ("2026-07-16", "2026-08-27", "overdue")
    ]
    assert asked(SLA, facts(placement(from_on="2026-09-02")), "fee-rates") == [], "its fee is agreed with its placement"


def test_a_change_of_fees_is_told_in_the_summer_term_before_or_late_or_there_is_none() -> None:
    used = placement(from_on="2026-06-01")
    assert told(asked(SLA, facts(used), "fee-change-notice", on="2027-05-01")) == [("2027-04-12", "2027-07-21", "due")]
    assert asked(SLA, facts(used), "fee-change-notice", on="2027-07-22") == [], "silence: nothing changes"
    late = event(Kind.FEE_CHANGE_NOTICE, "2027-08-01", academic_year="2027/28")
    (found,) = asked(SLA, facts(used, events=(late,)), "fee-change-notice", on="2027-08-01")
    assert (found.state, found.late) == (State.MET, True)
    agreed = event(Kind.FEE_RATES, "2027-06-01", academic_year="2027/28")
    (found,) = asked(SLA, facts(used, events=(agreed,)), "fee-change-notice", on="2027-08-01")
    assert (found.state, found.late) == (State.MET, False)


def test_the_partnership_owes_its_providers_a_forecast_in_the_summer_term() -> None:
    (found,) = asked(SLA, facts(placement()), "demand-forecast")
    assert told([found]) == [("2027-04-12", "2027-07-21", "upcoming")]
    assert (found.owed_by_id, found.owed_to_id) == (COMMISSIONER, PROVIDER)
    assert found.subject.academic_year == "2027/28"


# --- the start, the audit, the reviews ------------------------------------------------------------------------------


def test_the_agreement_is_answered_on_the_eve_of_the_first_pupil() -> None:
    known = facts(placement(from_on="2026-11-30"))
    assert told(asked(SLA, known, "sla-response")) == [("2026-11-01", "2026-11-29", "due")]
    assert told(asked(SLA, known, "sla-response", on="2026-11-30")) == [("2026-11-01", "2026-11-29", "overdue")]
    before = facts(placement(from_on="2026-11-30"), first_placed_on=day("2021-09-06"))
    assert asked(SLA, before, "sla-response") == [], "before the agreement of March 2022"


@pytest.mark.parametrize(
    ("audited", "years", "due_on"),
    [
        ("2026-09-10", 1, "2027-09-09"),
        ("2026-09-10", 2, "2028-09-09"),
        ("2028-02-29", 1, "2029-02-27"),
        ("2028-02-28", 1, "2029-02-27"),
        ("2028-03-01", 1, "2029-02-28"),
        ("2024-02-29", 2, "2026-02-27"),
        ("2027-02-28", 1, "2028-02-27"),
    ],
)
def test_the_next_audit_is_due_by_the_eve_of_the_anniversary(audited: str, years: int, due_on: str) -> None:
    """A year from 29 February ends as a year from the last day of February does."""
    known = facts(
        placement(from_on="2023-09-04"),
        events=(event(Kind.AUDIT, audited, topic="lebc"),),
        parameters={"audit_interval_years": years},
    )
    found = asked(SLA, known, "lebc-audit", on=audited)
    assert found[-1].due_on == day(due_on)


def test_the_first_placement_asks_for_an_audit_and_each_audit_for_the_next() -> None:
    known = facts(placement(from_on="2026-09-07"))
    assert told(asked(SLA, known, "lebc-audit", on="2026-09-07")) == [("2026-09-07", "2026-09-07", "due")]
    audits = (event(Kind.AUDIT, "2026-09-21", 1, topic="lebc"), event(Kind.AUDIT, "2027-09-28", 2, topic="lebc"))
    found = asked(SLA, facts(placement(from_on="2026-09-07"), events=audits), "lebc-audit", on="2027-10-01")
    assert told(found) == [
        ("2026-09-07", "2026-09-07", "met"),
        ("2027-09-01", "2027-09-20", "met"),
        ("2028-09-01", "2028-09-27", "upcoming"),
    ]
    assert [each.late for each in found] == [True, True, False]


def test_an_audit_that_lapses_while_nobody_is_placed_is_asked_for_with_the_next_who_is() -> None:
    audits = (event(Kind.AUDIT, "2024-09-21", topic="lebc", valid_until_on=day("2025-08-31")),)
    known = facts(placement(1, "2024-09-04", "2025-07-18"), placement(2, "2026-11-30"), events=audits)
    assert told(asked(SLA, known, "lebc-audit")) == [("2026-11-30", "2026-11-30", "upcoming")]


def test_a_review_is_asked_for_only_where_an_earlier_one_is_known() -> None:
    assert asked(HEREF, facts(placement()), "reviews") == []
    reviews = (
        event(Kind.POLICY_REVIEW, "2025-11-01", 1, topic="risk_assessment"),
        event(Kind.POLICY_REVIEW, "2026-11-05", 2, topic="risk_assessment"),
        event(Kind.POLICY_REVIEW, "2026-03-01", 3, topic="child_protection"),
    )
    found = asked(HEREF, facts(placement(), events=reviews), "reviews")
    assert [(each.subject.topic, *told([each])[0], each.late) for each in found] == [
        ("risk_assessment", "2026-09-19", "2026-10-31", "met", True),
        ("child_protection", "2027-01-17", "2027-02-28", "upcoming", False),
        ("risk_assessment", "2027-09-23", "2027-11-04", "upcoming", False),
    ]


# --- visits ---------------------------------------------------------------------------------------------------------


def test_the_round_of_the_support_centres_by_the_calendar() -> None:
    """QA policy v8: walks late in term 1 and in term 2, a half day from term 3, a judgement at the end."""
    found = asked(AVE, facts(placement()), "qa-visits")
    assert sorted((each.title, *told([each])[0]) for each in found) == [
        ("Contractual review", "2026-09-01", "2027-07-21", "due"),
        ("Final judgement of the year", "2027-07-21", "2027-08-31", "upcoming"),
        ("Half-day observation", "2027-01-04", "2027-07-21", "upcoming"),
        ("Learning walk", "2026-09-27", "2026-10-23", "overdue"),
        ("Learning walk", "2026-11-02", "2026-12-18", "due"),
        ("Work scrutiny", "2027-01-04", "2027-07-21", "upcoming"),
    ]


def test_a_follow_up_is_due_eight_weeks_after_also_across_the_change_of_clocks_and_into_a_holiday() -> None:
    for visited, expected in (("2026-10-20", "2026-12-15"), ("2027-02-22", "2027-04-19"), ("2028-01-04", "2028-02-29")):
        visit = Visit(UUID(int=7), VisitKind.HALF_DAY_OBSERVATION, visited_on=day(visited), follow_up_within_days=56)
        found = [
            each
            for each in asked(AVE, facts(placement(), visits=(visit,)), "qa-visits", on=visited)
            if each.title == "Follow-up visit"
        ]
        assert [each.due_on for each in found] == [day(expected)]


def test_regular_visits_follow_one_another() -> None:
    visits = (
        Visit(UUID(int=7), VisitKind.QA_VISIT, visited_on=day("2026-09-15")),
        Visit(UUID(int=8), VisitKind.QA_VISIT, visited_on=day("2026-11-20")),
    )
    found = asked(HEREF, facts(placement(), visits=visits), "qa-visits")
    assert told(found) == [
        ("2026-09-01", "2027-09-01", "met"),
        ("2026-09-16", "2027-09-15", "met"),
        ("2026-11-21", "2027-11-20", "due"),
    ]
    assert [each.met_by and each.met_by.id for each in found] == [UUID(int=7), UUID(int=8), None]
    before = {each.key for each in asked(HEREF, facts(placement()), "qa-visits")}
    assert before == {found[0].key}, "the key stays when it is met"


def test_a_walk_is_told_a_week_before_its_period() -> None:
    walk = Visit(
        UUID(int=7), VisitKind.LEARNING_WALK, planned_on=day("2026-11-25"), announced_from_on=day("2026-11-23")
    )
    found = asked(AVE, facts(placement(), visits=(walk,)), "learning-walk-notice")
    assert [(each.due_on, each.state) for each in found] == [
        (day("2026-10-16"), State.OVERDUE),
        (day("2026-11-16"), State.OVERDUE),
    ]
    for told_on, late in (("2026-11-16", False), ("2026-11-17", True)):
        known = Visit(walk.visit_id, walk.kind, walk.planned_on, walk.announced_from_on, day(told_on))
        found = asked(AVE, facts(placement(), visits=(known,)), "learning-walk-notice")
        assert (found[1].state, found[1].late) == (State.MET, late)


def test_pupils_are_asked_during_the_visit_and_parents_within_the_year() -> None:
    walk = Visit(UUID(int=7), VisitKind.LEARNING_WALK, visited_on=day("2026-11-10"))
    sampled = event(Kind.QUESTIONNAIRE, "2026-11-10", topic="pupils", visit_id=walk.visit_id)
    known = facts(placement(), visits=(walk,), events=(sampled,))
    second = [each for each in asked(AVE, known, "pupil-questionnaires") if each.due_on == day("2026-11-10")]
    assert [each.state for each in second] == [State.MET]
    assert told(asked(AVE, known, "parent-questionnaires")) == [("2026-09-01", "2027-08-31", "due")]


# --- requests, attendance, waivers ----------------------------------------------------------------------------------


def test_a_request_is_answered_by_its_day() -> None:
    asking = Request(UUID(int=5), day("2026-11-02"), day("2026-11-16"), UUID(int=201))
    known = facts(placement(), requests=(asking,))
    assert told(asked(SLA, known, "progress-reports")) == [("2026-11-02", "2026-11-16", "overdue")]
    answer = event(Kind.PROGRESS_REPORT, "2026-11-16", placement_id=UUID(int=201), request_id=UUID(int=5))
    (found,) = asked(SLA, facts(placement(), requests=(asking,), events=(answer,)), "progress-reports")
    assert (found.state, found.late) == (State.MET, False)


def test_two_requests_a_term_are_the_most_for_each_pupil_and_a_holiday_is_of_the_term_before() -> None:
    cap = Cap(2, by_half_term=False, source="SLA 2022, Learner Progress 7")
    assert term_of(day("2026-12-25"), (KENT,), by_half_term=False) == (day("2026-09-01"), day("2027-01-03"))
    assert term_of(day("2026-10-27"), (KENT,), by_half_term=True) == (day("2026-09-01"), day("2026-11-01"))
    one, other = UUID(int=201), UUID(int=202)
    made = [Request(UUID(int=n), day("2026-11-02"), day("2026-11-16"), each) for n, each in enumerate((one, None))]
    for asked_for in (one, None):
        with pytest.raises(Conflict) as refused:
            ensure_within(cap, Request(UUID(int=9), day("2027-01-03"), day("2027-01-10"), asked_for), made, (KENT,))
        assert refused.value.problem_code == "progress_request_cap"
        assert refused.value.facts["to_on"] == "2027-01-03"
    ensure_within(cap, Request(UUID(int=9), day("2027-01-03"), day("2027-01-10"), other), made, (KENT,))
    ensure_within(cap, Request(UUID(int=9), day("2027-01-04"), day("2027-01-10"), one), made, (KENT,))
    with pytest.raises(Conflict) as refused:
        ensure_within(cap, Request(UUID(int=9), day("2027-09-01"), day("2027-09-10"), one), made, (KENT,))
    assert refused.value.problem_code == "calendar_missing"


def test_a_term_that_begins_in_august_is_of_the_year_that_follows() -> None:
    assert term_of(day("2027-08-26"), (KENT, EARLY), by_half_term=False) == (day("2027-08-26"), day("2028-01-03"))
    assert term_of(day("2027-08-25"), (KENT, EARLY), by_half_term=False) == (day("2027-04-12"), day("2027-08-25"))


def test_attendance_is_owed_here_only_where_that_is_agreed_and_only_on_days_on_which_somebody_comes() -> None:
    tuesdays = placement(weekdays=(2,), from_on="2026-11-02")
    assert asked(SLA, facts(tuesdays), "daily-attendance") == []
    reported = event(Kind.ATTENDANCE_REPORT, "2026-11-11", reported_for_on=day("2026-11-10"))
    known = facts(tuesdays, parameters={"attendance_here": 1}, events=(reported,))
    found = asked(SLA, known, "daily-attendance")
    one = event(Kind.ATTENDANCE_REPORT, "2026-11-17", reported_for_on=day("2026-11-17"), placement_id=UUID(int=201))
    both = facts(tuesdays, placement(2), parameters={"attendance_here": 1}, events=(one,))
    assert asked(SLA, both, "daily-attendance", on="2026-11-17")[-1].state is State.DUE, "of the other nothing is told"
    assert [(each.due_on.isoformat(), each.state.value, each.late) for each in found] == [
        ("2026-11-03", "overdue", False),
        ("2026-11-10", "met", True),
        ("2026-11-17", "overdue", False),
    ]


def test_only_whom_it_is_owed_to_waives_and_what_is_met_is_met() -> None:
    (intent,) = asked(AVE, facts(placement()), "intent")
    waiver = Waiver(intent.key, COMMISSIONER, day("2026-11-20"), "A college.")
    (found,) = asked(AVE, facts(placement(), waivers=(waiver,)), "intent")
    assert (found.state, found.waived_because) == (State.WAIVED, "A college.")
    (found,) = asked(AVE, facts(placement(), waivers=(waiver,)), "intent", on="2026-11-19")
    assert found.state is State.OVERDUE
    own = Waiver(intent.key, PROVIDER, day("2026-11-20"), "We would rather not.")
    assert asked(AVE, facts(placement(), waivers=(own,)), "intent")[0].state is State.OVERDUE
    given = event(Kind.INTENT, "2026-11-21", academic_year="2026/27")
    assert asked(AVE, facts(placement(), waivers=(waiver,), events=(given,)), "intent")[0].state is State.MET


def test_nothing_is_asked_from_before_the_agreement_counts_or_where_nobody_was_ever_placed() -> None:
    assert due(named(AVE), facts(), years=(KENT,), on=day("2026-11-22")) == ()
    late = facts(placement(), from_on=day("2026-11-10"))
    found = due(named(AVE), late, years=(KENT,), on=day("2026-11-22"))
    assert min(each.due_on for each in found) >= day("2026-11-10")


# --- the data -------------------------------------------------------------------------------------------------------


def test_every_agreement_names_a_framework_that_there_is_and_a_source_for_everything() -> None:
    assert [each.id for each in ALL] == [AVE, HEREF, SLA]
    for agreement in ALL:
        parameters = {each.key: each for each in agreement.parameters}
        assert all(each.least <= each.default <= each.most and each.source for each in parameters.values())
        assert {each.opens_days for each in agreement.duties} - {None} <= set(parameters)
        assert all(each.source for each in agreement.duties)
        assert len({each.key for each in agreement.duties}) == len(agreement.duties)
        assert due(agreement, facts(placement()), years=(KENT,), on=day("2026-11-22"))


def test_what_cannot_be_adopted_is_refused_by_pointer() -> None:
    ensure_sound([(SLA, {"audit_interval_years": 2}), (AVE, {})])
    with pytest.raises(Invalid) as refused:
        ensure_sound([(SLA, {"audit_interval_years": 3, "x": 1}), (SLA, {}), ("none", {})])
    assert [(each.code, each.pointer) for each in refused.value.errors] == [
        ("parameter_out_of_range", "/agreements/0/parameters/audit_interval_years"),
        ("parameter_unknown", "/agreements/0/parameters"),
        ("agreement_repeated", "/agreements/1/agreement_id"),
        ("agreement_unknown", "/agreements/2/agreement_id"),
    ]


def test_keys_are_told_apart_and_stay() -> None:
    found = due(named(SLA), facts(placement(), placement(2)), years=(EARLY_BEFORE, EARLY), on=day("2026-11-22"))
    again = due(named(SLA), facts(placement(2), placement()), years=(EARLY, EARLY_BEFORE), on=day("2027-09-01"))
    assert len({each.key for each in found}) == len(found)
    assert {each.key for each in found} <= {each.key for each in again} | {
        each.key for each in found if each.duty == "fee-change-notice"
    }
    assert timedelta(0) <= min(each.due_on - each.opens_on for each in found)
