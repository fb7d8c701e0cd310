"""The demo county is the same for the same day and seed, possible on every day, and true to the published counts."""

import csv
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.demo.census import PUBLISHED, quotas
from app.demo.county import County, county
from app.demo.days import Days, is_school_day
from app.demo.gias import HEADER, gias_csv
from app.domain import identifiers
from app.domain.calendar import is_compulsory_school_age
from tests.demo.facts import Names, statuses

TODAY = date(2026, 11, 22)
ANY_DAY = st.dates(date(2024, 9, 1), date(2040, 12, 31))


@pytest.fixture(scope="module")
def here() -> County:
    return county(TODAY)


def test_the_same_day_and_seed_give_the_same_county_and_another_seed_another(here: County) -> None:
    assert county(TODAY) == here
    assert county(TODAY, seed=856).pupils != here.pupils


def test_it_has_an_authority_five_partnerships_with_their_agreements_and_a_dozen_schools(here: County) -> None:
    kinds = Counter(each.kind for each in here.organisations)
    assert kinds == {"local_authority": 1, "partnership": 5, "school": 12}
    slugs = {each.slug for each in here.organisations}
    assert len(slugs) == 18
    assert "leicestershire" in slugs
    assert {"hbep", "nclip", "mscip", "nwllip", "slip"} == {
        each.slug for each in here.organisations if "leics-seip-sla-2022-03" in each.rulesets
    }
    schools = [each for each in here.organisations if each.kind == "school"]
    assert all(each.partnership in slugs for each in schools)
    assert {each.network for each in here.organisations} == {"leicestershire-seips"}


def test_every_child_has_a_valid_upn_and_a_name_of_its_own(here: County) -> None:
    children = {each.upn: (each.given_name, each.family_name, each.born_on) for each in here.pupils}
    assert 300 <= len(children) <= 400
    assert len(set(children.values())) == len(children)
    assert all(identifiers.upn(upn) == upn for upn in children)
    assert len({(each.owner, each.upn) for each in here.pupils}) == len(here.pupils)
    assert all((each.given_name, each.family_name, each.born_on) == children[each.upn] for each in here.pupils)


def test_two_children_are_known_to_two_organisations_each(here: County) -> None:
    records = Counter(each.upn for each in here.pupils)
    assert sorted(records.values())[-3:] == [1, 2, 2]


def test_every_identifier_of_a_provider_is_well_formed_and_its_own(here: County) -> None:
    for field, rule in (
        ("company_number", identifiers.company_number),
        ("ukprn", identifiers.ukprn),
        ("dfe_number", identifiers.dfe_number),
        ("postcode", identifiers.postcode),
    ):
        values = [getattr(each, field) for each in here.providers if getattr(each, field) is not None]
        assert values == [rule(value) for value in values]
        assert field == "postcode" or len(set(values)) == len(values)
    assert len({each.key for each in here.providers}) == len(here.providers)
    assert all(each.kind is None or not (each.urn or each.ukprn) for each in here.providers)


def test_setting_types_and_reasons_are_in_the_published_proportions(here: County) -> None:
    settings_ = {each.key: each.setting_type for each in here.providers}
    placed = Counter((settings_[each.provider], each.reason) for each in here.placements)
    for part in (0, 1):
        shares: dict[str, float] = dict.fromkeys({cell[part] for cell in PUBLISHED}, 0.0)
        for cell, count in placed.items():
            shares[cell[part]] += count / len(here.placements)
        for cell, count in PUBLISHED.items():
            shares[cell[part]] -= count / sum(PUBLISHED.values())
        assert all(abs(difference) < 0.005 for difference in shares.values()), shares


@given(st.integers(0, 2000))
def test_quotas_add_up_and_none_is_off_by_one(total: int) -> None:
    found = quotas(total)
    assert sum(found.values()) == total
    assert all(abs(found[cell] - total * count / 521) < 1 for cell, count in PUBLISHED.items())


def test_a_characteristic_is_about_as_common_as_among_pupils_in_alternative_provision(here: County) -> None:
    current = Counter(flag.kind for each in here.pupils for flag in each.flags if flag.holds_on(TODAY))
    shares = {kind: count / len(here.pupils) for kind, count in current.items()}
    assert 0.10 < shares["ehcp"] < 0.20
    assert 0.35 < shares["sen_support"] < 0.60
    assert 0.03 < shares["looked_after"] < 0.09


@settings(max_examples=60, deadline=None)
@given(ANY_DAY)
@example(date(2028, 2, 29))
@example(date(2027, 6, 25))  # the leaving date itself
@example(date(2027, 6, 26))
@example(date(2026, 7, 20))
@example(date(2026, 8, 31))
@example(date(2026, 12, 25))
@example(date(2027, 1, 1))
def test_the_dates_fit_together_on_any_day(today: date) -> None:
    made = county(today)
    assert len(made.placements) == 340
    for placement in made.placements:
        pupil, ends_on = placement.pupil, placement.ends_on
        assert is_school_day(placement.starts_on)
        assert ends_on is None or placement.starts_on <= ends_on
        assert is_compulsory_school_age(pupil.born_on, on=placement.starts_on)
        assert is_compulsory_school_age(pupil.born_on, on=today)
        for flag in pupil.flags:
            assert pupil.born_on < flag.from_on <= today
            assert flag.to_on is None or flag.from_on <= flag.to_on < today
    lasting = [each for each in made.placements if each.starts_on <= today <= (each.ends_on or today)]
    assert len(lasting) > 250
    assert any(each.starts_on > today for each in made.placements)
    assert any((each.ends_on or today) < today for each in made.placements)
    assert all(each.declared_on <= today for each in made.declarations)


@settings(deadline=None)
@given(ANY_DAY, st.integers(0, 400))
def test_school_days_are_found_before_and_after_any_day(today: date, distance: int) -> None:
    days = Days(today)
    before, after = days.before(distance), days.after(distance)
    assert is_school_day(before)
    assert is_school_day(after)
    ago, ahead = (today - before).days, (after - today).days
    assert distance <= ago
    assert distance <= ahead
    assert not any(is_school_day(today - timedelta(days=day)) for day in range(distance, ago))
    assert not any(is_school_day(today + timedelta(days=day)) for day in range(distance, ahead))
    assert timedelta(0) <= days.leaving_on - today < timedelta(days=371)


def test_in_year_11_nobody_but_the_case_in_point_stays_beyond_the_leaving_date(here: County) -> None:
    leaving_on = Days(TODAY).leaving_on
    beyond = {
        each.provider
        for each in here.placements
        if each.pupil.year_group == "11" and (each.ends_on is None or each.ends_on > leaving_on)
    }
    assert beyond == {"leaves-in-june"}


def test_bodies_name_everything_by_id(here: County) -> None:
    keys = {each.slug for each in here.organisations} | {each.key for each in here.providers}
    keys |= {each.key for each in here.pupils} | {site.key for each in here.providers for site in each.sites}
    ids = {key: Names()[key] for key in keys}
    assert len({each.key for each in here.placements}) == len(here.placements)
    for placement in here.placements:
        assert placement.body(ids)["commissioner_id"] == str(ids[placement.pupil.owner])
    assert sum("override" in each.body(ids) for each in here.placements) == 1
    assert {each.body(ids)["hours_basis"] for each in here.placements} == {None, "declared", "estimated"}
    assert all(each.body(ids)["la_code"] == "855" for each in here.providers)
    assert all(each.body(ids, TODAY)["upn"] for each in here.pupils)


def test_the_extract_has_the_columns_of_the_real_one_and_finds_the_registered(here: County) -> None:
    rows = list(csv.reader(gias_csv(here.gias_rows).decode("cp1252").splitlines()))
    assert len(HEADER) == 140
    assert {len(row) for row in rows} == {140}
    found = {key: status for key, status in statuses(here).items() if status != "not_found"}
    assert found == {
        "registered": "registered_independent_school",
        "independent-special": "registered_independent_school",
        "state-ap": "state_ap_school",
        "online": "non_school_institution",
        "college": "non_school_institution",
        "deregistered": "closed",
    }
