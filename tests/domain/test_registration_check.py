"""Declarations, groups, sites, headroom and the view back and ahead of a registration check."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from app.domain.registration import (
    Arrangement,
    ChildFact,
    DeclarationFact,
    DeclaredGroup,
    Flag,
    HoursBasis,
    ProviderFacts,
    Result,
    Slot,
    assess,
    minutes_left,
    worst,
)
from app.domain.rulesets import ALL, BY_ID, FlagKind, LegalStatus, parse
from tests.domain.roll import BEGAN, CWSA, ELSEWHERE, ENG, HERE, HEREF, OFSTED, ON, SEIP, SLA, Roll, outcome_of, week

MET, RISK, CLEAR, UNKNOWN = "threshold_met", "at_risk", "clear_on_known_data", "cannot_determine"
FULL = week(5, 240)
CHILD, SITE, OTHER_SITE = UUID(int=77), UUID(int=81), UUID(int=82)


def declaration(
    count: int, on: date = BEGAN, stale_from_on: date = date(2026, 12, 31), **more: object
) -> DeclarationFact:
    group = replace(DeclaredGroup(count=count, weekly_minutes=1200, days_per_week=5), **more)  # type: ignore[arg-type]
    return DeclarationFact(provider_id=HERE, declared_on=on, stale_from_on=stale_from_on, groups=(group,))


# Declarations


def test_declared_pupils_count_beside_the_known_ones() -> None:
    position = Roll().add(FULL, times=2).on(declarations=(declaration(3),))
    test = outcome_of(position, ENG).tests[0]
    assert (test.observed, test.observed_known, test.observed_declared, test.fired) == (5, 2, 3, True)
    assert len(test.contributing_placement_ids) == 2


def test_a_later_declaration_replaces_the_earlier() -> None:
    both = (declaration(5), declaration(1, on=ON))
    assert Roll().results(ENG, on=ON - timedelta(days=1), declarations=both) == [MET]
    assert Roll().results(ENG, on=ON, declarations=both) == [CLEAR]


def test_a_stale_declaration_leaves_the_result_open_where_it_would_tip_it() -> None:
    stale = (declaration(3, stale_from_on=ON),)
    tipping = Roll().add(FULL, times=2).on(declarations=stale)
    assert outcome_of(tipping, ENG).result == UNKNOWN
    assert [missing.code for missing in outcome_of(tipping, ENG).missing] == ["declaration_stale"]
    assert Roll().add(FULL).results(ENG, declarations=stale) == [CLEAR]
    assert Roll().add(FULL, times=5).results(ENG, declarations=stale) == [MET]


def test_of_a_stale_declaration_pupils_a_little_below_full_time_tip_nothing() -> None:
    near = (declaration(5, stale_from_on=ON, weekly_minutes=1080, days_per_week=2, ehcp=True),)
    assert Roll().results(ENG, declarations=near) == [CLEAR]
    assert Roll().results(ENG, on=ON - timedelta(days=1), declarations=near) == [RISK]


@pytest.mark.parametrize(
    ("declarations", "told"),
    [((), "none"), ((declaration(0),), "current"), ((declaration(0, stale_from_on=ON),), "stale")],
)
def test_the_state_of_the_declaration_is_told_and_changes_nothing(
    declarations: tuple[DeclarationFact, ...], told: str
) -> None:
    position = Roll().on(declarations=declarations)
    assert [(caveat.code, caveat.what) for caveat in position.caveats] == [("declaration", told)]
    assert outcome_of(position, ENG).result == CLEAR


def test_declared_pupils_without_days_leave_the_limit_on_days_unknown() -> None:
    position = Roll().on(declarations=(declaration(1, weekly_minutes=60, days_per_week=None),))
    assert outcome_of(position, SEIP).result == UNKNOWN
    assert [missing.code for missing in outcome_of(position, SEIP).missing] == ["declared_days_missing"]
    assert outcome_of(position, ENG).result == CLEAR


# Who is checked


@pytest.mark.parametrize("status", ["registered_independent_school", "state_ap_school", "other_school"])
def test_for_a_registered_school_every_ruleset_only_informs(status: str) -> None:
    check = assess(Roll().add(FULL, times=6).facts(registration_status=status), on=ON)
    assert {outcome.result for outcome in check.rulesets} == {Result.NOT_APPLICABLE} == {check.overall}
    assert outcome_of(Roll().add(FULL, times=6).on(registration_status=status), ENG).tests[0].observed == 6
    assert check.projection.next_change_on is None


@pytest.mark.parametrize("status", ["non_school_institution", "registration_pending", "closed", "not_found", None])
def test_every_other_provider_is_evaluated(status: str | None) -> None:
    assert Roll().add(FULL, times=5).results(ENG, registration_status=status) == [MET]


def test_linked_providers_are_counted_together() -> None:
    roll = Roll().add(FULL, times=3).add(FULL, times=2, provider_id=ELSEWHERE)
    assert roll.results(ENG) == [CLEAR]
    assert roll.results(ENG, provider_ids=frozenset({HERE, ELSEWHERE})) == [MET]


def test_each_site_is_assessed_for_its_own_time() -> None:
    split = Arrangement(BEGAN, tuple(Slot(d, 540, 780, site_id=SITE if d < 3 else OTHER_SITE) for d in range(1, 6)))
    roll = Roll().add(FULL, flags=[FlagKind.EHCP], site_id=SITE).add(split, flags=[FlagKind.EHCP])
    check = assess(roll.facts(declarations=(declaration(9),)), on=ON)
    observed = {
        site.site_id: next(o.tests[1].observed for o in site.rulesets if o.ruleset_id == ENG) for site in check.sites
    }
    assert observed == {SITE: 1, OTHER_SITE: 0}
    assert [site.overall for site in check.sites] == [MET, CLEAR]
    ten_hours = [next(o for o in site.rulesets if o.ruleset_id == HEREF).tests[2].observed for site in check.sites]
    assert ten_hours == [1200, 1200], "the total is the pupil's, wherever the time is"


# Which rulesets bind


def test_overall_is_the_worst_of_the_binding_rulesets_only() -> None:
    roll = Roll().add(FULL, times=4)
    assert outcome_of(roll.on(), SLA).result == MET
    assert (roll.on().overall, roll.on(adopted=frozenset({SLA})).overall) == (RISK, MET)


def test_superseded_and_uncommenced_rulesets_are_evaluated_but_do_not_bind() -> None:
    position = Roll().add(FULL, times=5).on()
    for ruleset_id, status in [(OFSTED, LegalStatus.SUPERSEDED), (CWSA, LegalStatus.ENACTED_NOT_COMMENCED)]:
        outcome = outcome_of(position, ruleset_id)
        assert (outcome.legal_status, outcome.binding, outcome.result) == (status, False, MET)


def test_the_handbook_was_guidance_until_the_day_before_the_toolkits() -> None:
    statuses = [BY_ID[OFSTED].legal_status_on(day) for day in (date(2025, 11, 9), date(2025, 11, 10))]
    assert statuses == [LegalStatus.GUIDANCE, LegalStatus.SUPERSEDED]


def test_before_its_day_a_ruleset_is_not_applicable() -> None:
    roll = Roll().add(Arrangement(date(2026, 1, 5), FULL.slots), times=5, starts_on=date(2026, 1, 5))
    results = [roll.results(CWSA, on=day)[0] for day in (date(2026, 4, 28), date(2026, 4, 29))]
    assert results == ["not_applicable", MET]


def test_commencement_changes_the_overall_result_on_its_day() -> None:
    day = date(2027, 9, 1)
    commenced = replace(BY_ID[CWSA], commences_on=day, legal_status_once_commenced=LegalStatus.IN_FORCE)
    facts = Roll().add(FULL, flags=[FlagKind.SEN_SUPPORT]).facts()
    check = assess(facts, on=ON, rulesets=(BY_ID[ENG], commenced))
    assert (check.overall, check.projection.next_change_on, check.projection.result) == (CLEAR, day, MET)
    after = assess(facts, on=day, rulesets=(BY_ID[ENG], commenced))
    assert [outcome.legal_status for outcome in after.rulesets] == [LegalStatus.IN_FORCE] * 2


# Since when, until when


def test_first_met_is_the_first_day_ever_even_where_it_is_over() -> None:
    roll = Roll().add(FULL, flags=[FlagKind.EHCP], ends_on=date(2026, 10, 1))
    eng = next(o for o in assess(roll.facts(), on=ON).rulesets if o.ruleset_id == ENG)
    assert (eng.result, eng.first_met_on, eng.next_change_on) == (CLEAR, BEGAN, None)


def test_the_next_change_may_be_a_summer_born_childs_leaving_date() -> None:
    roll = Roll().add(FULL, born_on=date(2011, 8, 31), flags=[FlagKind.LOOKED_AFTER])
    check = assess(roll.facts(), on=ON)
    assert (check.overall, check.projection.next_change_on, check.projection.result) == (MET, date(2027, 6, 26), CLEAR)


def test_a_change_beyond_the_horizon_is_not_told() -> None:
    facts = Roll().add(FULL, flags=[FlagKind.EHCP], ends_on=ON + timedelta(days=9)).facts()
    told = [assess(facts, on=ON, horizon_days=days).projection.next_change_on for days in (9, 10)]
    assert told == [None, ON + timedelta(days=10)]


def test_the_horizon_ends_with_the_calendar() -> None:
    facts = Roll().add(FULL, ends_on=date.max).facts()
    assert assess(facts, on=date(9999, 6, 1)).projection.horizon_on == date.max


# Headroom


def test_headroom_is_the_least_of_the_binding_rulesets() -> None:
    roll = Roll().add(FULL)
    assert roll.on().headroom.full_time_pupils == 3
    assert roll.on(adopted=frozenset({SLA})).headroom.full_time_pupils == 2
    assert roll.on(adopted=frozenset({SEIP})).headroom.full_time_pupils == 0
    by_ruleset = {room.ruleset_id: room.full_time_pupils for room in roll.on().headroom.by_ruleset}
    assert (by_ruleset[ENG], by_ruleset[SLA], by_ruleset[SEIP]) == (3, 2, 0)


def test_minutes_left_before_full_time_and_before_the_ten_hours() -> None:
    roll = Roll().add(week(1, 300), child=CHILD)
    roll.add(Arrangement(BEGAN, (Slot(2, 540, 600),)), child=CHILD, provider_id=ELSEWHERE)
    left = {m.ruleset_id: m for m in minutes_left(roll.facts(), child_id=CHILD, on=ON)}
    assert (left[ENG].before_full_time, left[SLA].before_full_time) == (780, 779)
    assert (left[HEREF].before_total_cap, left[ENG].before_total_cap) == (240, None)


def test_minutes_left_are_unknown_where_hours_are_and_whole_for_a_newcomer() -> None:
    facts = Roll().add(Arrangement(BEGAN), child=CHILD).facts()
    told = next(m for m in minutes_left(facts, child_id=CHILD, on=ON) if m.ruleset_id == HEREF)
    assert (told.before_full_time, told.before_total_cap) == (None, None)
    new = next(m for m in minutes_left(facts, child_id=UUID(int=999), on=ON) if m.ruleset_id == HEREF)
    assert (new.before_full_time, new.before_total_cap) == (1079, 600)


# Caveats and shapes


def test_records_that_disagree_and_estimated_hours_are_told() -> None:
    estimated = FULL._replace(slots=(), weekly_minutes=1200, hours_basis=HoursBasis.ESTIMATED)
    facts = Roll().add(estimated, child=CHILD).facts()
    born_on = (date(2009, 9, 1), date(2012, 9, 1))
    child = ChildFact(CHILD, born_on, (Flag(FlagKind.EHCP, BEGAN),), disagreements=("flags",))
    check = assess(replace(facts, children=(child,)), on=ON)
    told = [(caveat.code, caveat.what) for caveat in check.caveats[1:]]
    assert told == [
        ("estimated_hours", "hours are estimated"),
        ("records_disagree", "born_on"),
        ("records_disagree", "flags"),
    ]
    eng = next(outcome for outcome in check.rulesets if outcome.ruleset_id == ENG)
    assert (eng.result, [m.code for m in eng.missing]) == (UNKNOWN, ["birth_dates_disagree"])


def test_a_provider_without_pupils_is_clear_on_known_data() -> None:
    check = assess(ProviderFacts(provider_ids=frozenset({HERE})), on=ON)
    assert (check.overall, check.sites, check.headroom and check.headroom.full_time_pupils) == (CLEAR, (), 4)


def test_the_worst_result_comes_first_and_none_is_not_applicable() -> None:
    assert worst(reversed(Result)) is Result.THRESHOLD_MET
    assert worst(()) is Result.NOT_APPLICABLE


def test_the_eight_rulesets_each_cite_a_source_in_every_test() -> None:
    assert len(ALL) == len(BY_ID) == 8
    assert all(test.source for ruleset in ALL for test in ruleset.tests)


def test_a_ruleset_file_with_a_misspelt_key_is_refused() -> None:
    text = 'id="x"\ntitle="x"\ndocument="x"\nclauses=[]\nsource="x"\nlegal_status="guidance"\nscope="england"\n'
    assert parse(text).tests == ()
    with pytest.raises(TypeError, match="efective_from"):
        parse(text + "efective_from = 2026-01-01\n")
    with pytest.raises(ValueError, match="someday"):
        parse(text.replace("guidance", "someday"))
