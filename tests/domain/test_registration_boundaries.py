"""The threshold engine at every boundary that the source documents draw."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from app.domain.registration import Flag, Slot, Weeks
from app.domain.registration.facts import Arrangement
from app.domain.rulesets import FlagKind
from tests.domain.roll import (
    BEGAN,
    CWSA,
    DFE,
    ELSEWHERE,
    ENG,
    HEREF,
    OFSTED,
    ON,
    PROPOSED,
    SEIP,
    SLA,
    THIRD,
    Roll,
    declared,
    fired,
    outcome_of,
    week,
)

MET, EXCEEDED, UNKNOWN = "threshold_met", "limit_exceeded", "cannot_determine"
RISK, CLEAR, NONE = "at_risk", "clear_on_known_data", "not_applicable"
EHCP, LOOKED_AFTER, SEN_SUPPORT = FlagKind.EHCP, FlagKind.LOOKED_AFTER, FlagKind.SEN_SUPPORT
FULL = week(5, 240)  # 20 hours
CHILD = UUID(int=77)


# Hours: one pupil with an EHC plan, so that full time alone decides the limb of one.


@pytest.mark.parametrize(
    ("days", "minutes", "eng", "sla", "seip", "heref"),
    [
        (3, 360, RISK, MET, EXCEEDED, MET),  # 18.0 h: reached by "18 or more", not by "more than 18"; three days
        (3, 390, MET, MET, MET, MET),  # 19.5 h
        (2, 300, CLEAR, CLEAR, CLEAR, CLEAR),  # 10.0 h: within Herefordshire's ten hours
        (2, 301, CLEAR, CLEAR, CLEAR, EXCEEDED),
        (3, 330, RISK, RISK, EXCEEDED, EXCEEDED),  # 16.5 h: not the hours, but the days
        (2, 570, MET, MET, MET, MET),  # 19 h in two days
        (2, 480, RISK, RISK, RISK, EXCEEDED),  # 16 h: two hours below
        (2, 479, CLEAR, CLEAR, CLEAR, EXCEEDED),  # two hours and two minutes below
    ],
)
def test_hours_and_days_decide_apart(days: int, minutes: int, eng: str, sla: str, seip: str, heref: str) -> None:
    roll = Roll().add(week(days, minutes), flags=[EHCP])
    assert roll.results(ENG, DFE, OFSTED, SLA, SEIP, HEREF) == [eng, eng, eng, sla, seip, heref]


def test_nineteen_hours_in_two_days_meet_the_hours_but_not_the_days() -> None:
    assert "three_days" not in fired(Roll().add(week(2, 570)).on(), SEIP)


def test_three_days_are_exceeded_beside_a_threshold_that_is_met() -> None:
    assert fired(Roll().add(week(3, 390)).on(), SEIP) == ["one_substantial", "three_days"]


@pytest.mark.parametrize(
    ("number", "eng", "sla", "seip", "heref"),
    [
        (2, CLEAR, CLEAR, MET, EXCEEDED),
        (3, CLEAR, RISK, MET, EXCEEDED),
        (4, RISK, MET, MET, EXCEEDED),
        (5, MET, MET, MET, MET),
    ],
)
def test_four_full_time_pupils_meet_the_sla_and_five_the_statute(
    number: int, eng: str, sla: str, seip: str, heref: str
) -> None:
    roll = Roll().add(FULL, times=number)
    assert roll.results(ENG, OFSTED, CWSA, SLA, SEIP, HEREF) == [eng, eng, eng, sla, seip, heref]


def test_one_looked_after_child_meets_the_statute_but_not_the_sla() -> None:
    roll = Roll().add(FULL, flags=[LOOKED_AFTER])
    assert roll.results(ENG, DFE, OFSTED, HEREF, CWSA, SLA) == [MET, MET, MET, MET, MET, CLEAR]


def test_sen_support_meets_only_the_new_definition_read_widely() -> None:
    roll = Roll().add(FULL, flags=[SEN_SUPPORT])
    assert roll.results(ENG, SLA, CWSA) == [CLEAR, CLEAR, MET]
    assert fired(roll.on(), CWSA) == ["one_full_time_looked_after_or_sen"]


def test_an_ehc_plan_fires_both_readings_of_the_new_definition() -> None:
    codes = fired(Roll().add(FULL, flags=[EHCP]).on(), CWSA)
    assert codes == ["one_full_time_looked_after_or_ehcp", "one_full_time_looked_after_or_sen"]


# Age


def test_pupils_past_school_age_count_only_under_the_sla() -> None:
    roll = Roll().add(FULL, times=5, born_on=date(2009, 1, 1))
    assert roll.results(ENG, DFE, CWSA, SLA) == [CLEAR, CLEAR, CLEAR, MET]


@pytest.mark.parametrize(
    ("born_on", "last_on"),
    [
        (date(2010, 6, 26), date(2026, 6, 26)),  # sixteen on the leaving date itself
        (date(2010, 8, 31), date(2026, 6, 26)),  # summer-born: still fifteen
        (date(2010, 9, 1), date(2027, 6, 25)),
        (date(2012, 2, 29), date(2028, 6, 30)),
    ],
)
def test_school_age_lasts_through_the_last_friday_in_june(born_on: date, last_on: date) -> None:
    roll = Roll().add(Arrangement(date(2020, 1, 1), FULL.slots), times=5, born_on=born_on, starts_on=date(2020, 1, 1))
    assert roll.results(ENG, on=last_on) == [MET]
    assert roll.results(ENG, on=last_on + timedelta(days=1)) == [CLEAR]


def test_school_age_begins_on_the_prescribed_day() -> None:
    roll = Roll().add(FULL, times=5, born_on=date(2021, 12, 31))
    assert roll.results(ENG, on=date(2026, 12, 30)) == [CLEAR]
    assert roll.results(ENG, on=date(2026, 12, 31)) == [MET]


def test_an_unknown_birth_date_matters_only_where_age_does_and_the_pupil_would_count() -> None:
    roll = Roll().add(FULL, born_on=None)
    assert roll.results(ENG, SLA) == [UNKNOWN, CLEAR]
    assert [m.code for m in outcome_of(roll.on(), ENG).missing] == ["birth_date_missing"]
    assert Roll().add(week(2, 240), born_on=None).results(ENG) == [CLEAR]


# Dated flags and dates of placements


def test_a_flag_counts_from_its_day_to_its_last_day() -> None:
    roll = Roll().add(FULL, flags=[Flag(EHCP, date(2026, 11, 1), date(2026, 11, 23))])
    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 23), date(2026, 11, 24)]
    assert [roll.results(ENG, on=day)[0] for day in days] == [CLEAR, MET, MET, CLEAR]


def test_a_placement_counts_on_its_first_and_last_day() -> None:
    roll = Roll().add(FULL, flags=[EHCP], ends_on=ON)
    days = [BEGAN - timedelta(days=1), BEGAN, ON, ON + timedelta(days=1)]
    assert [roll.results(ENG, on=day)[0] for day in days] == [CLEAR, MET, MET, CLEAR]


def test_a_new_timetable_holds_from_its_day() -> None:
    later = Arrangement(ON, week(2, 240).slots)
    roll = Roll().add(FULL, later, flags=[EHCP])
    assert roll.results(ENG, on=ON - timedelta(days=1)) == [MET]
    assert roll.results(ENG, on=ON) == [CLEAR]


# The week


def test_the_fuller_of_weeks_a_and_b_decides() -> None:
    slots = tuple(Slot(d, 540, 840, Weeks.A) for d in range(1, 5)) + tuple(
        Slot(d, 540, 600, Weeks.B) for d in range(1, 4)
    )
    position = Roll().add(Arrangement(BEGAN, slots)).on()
    assert [test.observed for test in outcome_of(position, HEREF).tests] == [1, 0, 1200]
    assert [test.observed for test in outcome_of(position, SEIP).tests][3] == 4


def test_time_told_by_two_commissioners_counts_once_and_is_flagged() -> None:
    roll = Roll().add(week(3, 360), child=CHILD, flags=[EHCP])
    roll.add(week(3, 360), child=CHILD, commissioner_id=UUID(int=51))
    position = roll.on()
    assert outcome_of(position, ENG).result == RISK
    overlap = next(caveat for caveat in position.caveats if caveat.code == "overlapping_hours")
    assert (overlap.minutes, overlap.placement_ids) == (1080, (UUID(int=1000), UUID(int=1001)))


def test_a_lesson_within_another_does_not_shorten_the_day() -> None:
    nested = Arrangement(BEGAN, (Slot(1, 540, 840), Slot(1, 600, 700), Slot(1, 800, 900)))
    assert outcome_of(Roll().add(nested).on(), HEREF).tests[2].observed == 360


def test_two_commissioners_part_weeks_make_one_full_time_pupil() -> None:
    roll = Roll().add(week(2, 300), child=CHILD, flags=[EHCP])
    roll.add(Arrangement(BEGAN, (Slot(3, 540, 840), Slot(4, 540, 840))), child=CHILD, commissioner_id=UUID(int=51))
    test = outcome_of(roll.on(), ENG).tests[1]
    assert (test.observed, test.contributing_placement_ids) == (1, (UUID(int=1000), UUID(int=1001)))


def test_hours_told_without_times_add_up() -> None:
    roll = Roll().add(declared(600, 2), child=CHILD, flags=[EHCP]).add(declared(481, 2), child=CHILD)
    assert roll.results(ENG) == [MET]


def test_missing_hours_are_not_zero_hours() -> None:
    roll = Roll().add(declared(None))
    assert roll.results(ENG, SLA, HEREF, PROPOSED) == [UNKNOWN] * 4
    codes = {(m.code, m.placement_id) for m in outcome_of(roll.on(), PROPOSED).missing}
    assert codes == {("days_missing", UUID(int=1000)), ("sessions_missing", UUID(int=1000))}
    assert [m.code for m in outcome_of(roll.on(), HEREF).missing] == ["hours_missing"]


def test_missing_hours_do_not_hide_a_threshold_met_by_others() -> None:
    roll = Roll().add(FULL, times=5).add(declared(None))
    assert roll.results(ENG) == [MET]


def test_missing_hours_of_a_pupil_past_school_age_leave_the_statute_certain() -> None:
    roll = Roll().add(declared(None), born_on=date(2009, 1, 1))
    assert roll.results(ENG, SLA) == [CLEAR, UNKNOWN]


# Sole provision


def test_sole_provision_below_the_limit_leaves_the_question_open() -> None:
    roll = Roll().add(week(2, 240), flags=[EHCP], sole_provision=True)
    assert roll.results(ENG, DFE, HEREF, CWSA, SLA, SEIP) == [RISK, RISK, RISK, RISK, CLEAR, CLEAR]


def test_four_full_time_pupils_and_one_sole_provision_are_at_risk_not_over() -> None:
    roll = Roll().add(FULL, times=3).add(week(1, 60), times=2, sole_provision=True)
    assert roll.results(ENG, SLA) == [RISK, RISK]


# Caps


def test_the_total_is_summed_over_all_unregistered_providers_of_the_pupil() -> None:
    roll = Roll().add(week(1, 300), child=CHILD)
    roll.add(Arrangement(BEGAN, (Slot(2, 540, 840),)), child=CHILD, provider_id=ELSEWHERE)
    assert roll.results(HEREF) == [CLEAR]
    roll.add(Arrangement(BEGAN, (Slot(3, 540, 541),)), child=CHILD, provider_id=THIRD)
    test = outcome_of(roll.on(), HEREF).tests[2]
    assert roll.results(HEREF) == [EXCEEDED]
    assert (test.observed, len(test.contributing_placement_ids)) == (601, 3)


def test_time_at_a_registered_provider_is_outside_the_total() -> None:
    roll = Roll().add(week(1, 300), child=CHILD)
    roll.add(week(5, 300), child=CHILD, provider_id=ELSEWHERE, provider_unregistered=False)
    assert roll.results(HEREF) == [CLEAR]


def test_unknown_hours_elsewhere_leave_the_total_unknown() -> None:
    roll = Roll().add(week(1, 300), child=CHILD).add(declared(None), child=CHILD, provider_id=ELSEWHERE)
    assert roll.results(HEREF, ENG) == [UNKNOWN, CLEAR]


def test_main_responsibility_asserted_by_the_commissioner_exceeds() -> None:
    assert Roll().add(week(1, 60), main_responsibility=True).results(SEIP) == [EXCEEDED]
    assert Roll().add(week(1, 60), main_responsibility=False).results(SEIP) == [CLEAR]


@pytest.mark.parametrize(
    ("days", "minutes", "ends_on", "result"),
    [
        (2, 360, None, CLEAR),  # two days, four sessions
        (3, 120, None, EXCEEDED),
        (5, 360, BEGAN + timedelta(days=83), CLEAR),  # 84 days, both ends included
        (5, 360, BEGAN + timedelta(days=84), EXCEEDED),
        (6, 360, BEGAN + timedelta(days=83), EXCEEDED),
    ],
)
def test_the_proposed_limits_allow_two_days_or_twelve_weeks(
    days: int, minutes: int, ends_on: date | None, result: str
) -> None:
    assert Roll().add(week(days, minutes), ends_on=ends_on).results(PROPOSED) == [result]


def test_declared_sessions_are_counted_and_otherwise_a_day_is_two() -> None:
    assert Roll().add(declared(600, 2, 5)).results(PROPOSED) == [EXCEEDED]
    assert Roll().add(declared(600, 2)).results(PROPOSED) == [CLEAR]


@pytest.mark.parametrize(
    ("starts", "ends", "sessions"), [(540, 780, 1), (540, 781, 2), (719, 760, 1), (720, 760, 1), (720, 1000, 1)]
)
def test_a_morning_may_run_to_one_o_clock(starts: int, ends: int, sessions: int) -> None:
    position = Roll().add(Arrangement(BEGAN, (Slot(1, starts, ends),))).on()
    assert outcome_of(position, PROPOSED).tests[1].observed == sessions
