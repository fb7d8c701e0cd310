"""Annual reports: what is told of few, what is missing, and what one version may tell beside another; by hand."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import annual_reports as report
from app.domain.annual_reports import NOT_SAID, AnnualBreakdown, AnnualQualification, Written
from app.domain.documents import canonical, content_hash
from app.domain.errors import Conflict, Fault, Invalid
from app.domain.obligations import ReportPart
from app.domain.small_numbers import LEAST_GROUP, suppress
from tests.reports.annual_samples import LAST, figures, register, sample, written

PAYERS = [UUID(int=n) for n in range(1, 7)]


def cells(told: AnnualBreakdown) -> list[int | None]:
    """The counts of a breakdown, in their order."""
    return [each.count for each in told.cells]


# --- what is told of few --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([12, 8], [12, 8]),
        ([12, 0], [12, 0]),
        ([12, 3], [None, None]),
        ([20, 9, 3], [20, None, None]),
        ([20, 3, 2], [20, None, None]),
        ([20, 2, 1], [None, None, None]),
        ([20, 2, 1, 0], [None, None, None, 0]),
        ([20, 7, 1, 1, 0], [20, None, None, None, 0]),
        ([0, 0], [0, 0]),
    ],
)
def test_counts_below_five_are_hidden_and_so_is_what_would_tell_them(counts: list[int], told: list[int | None]) -> None:
    assert suppress(counts, zero_tells=False) == told
    named = {f"k{at}": count for at, count in enumerate(counts)}
    broken = report.breakdown("x", named, known=named)
    assert (cells(broken), broken.total, broken.suppressed) == (told, sum(counts), None in told)


def compatible(told: list[int | None], total: int) -> list[tuple[int, ...]]:
    """Every way in which hidden counts, none of them zero, come to what the others leave."""
    hidden = told.count(None)
    left = total - sum(each for each in told if each is not None)
    return [each for each in product(range(1, left + 1), repeat=hidden) if sum(each) == left]


@given(st.lists(st.integers(0, 12), min_size=2, max_size=4))
def test_no_count_of_one_to_four_is_shown_or_follows_from_the_sum(counts: list[int]) -> None:
    told = cells(report.breakdown("x", {f"k{at}": count for at, count in enumerate(counts)}))
    assert all(each is None or each == 0 or each >= LEAST_GROUP for each in told)
    if sum(counts) >= LEAST_GROUP and None in told:
        ways = compatible(told, sum(counts))
        for at in range(told.count(None)):
            assert len({way[at] for way in ways}) > 1


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_of_a_group_below_five_nothing_is_told_not_even_how_many_it_is(count: int) -> None:
    told = report.breakdown("x", {"a": count}, known=("a", "b"))
    assert (told.total, cells(told), told.suppressed) == (None, [None, None], True)
    assert report.breakdown("x", {}, known=("a", "b")).total == 0


def test_that_all_have_one_value_is_not_told_of_what_they_are() -> None:
    of_each = report.breakdown("reason", {"MHN": 9}, known=("BHS", "MHN"), of_each=True)
    assert (of_each.total, cells(of_each)) == (9, [None, None])
    assert cells(report.breakdown("pattern", {"PT": 9}, known=("FT", "PT"))) == [0, 9]
    unsaid = report.breakdown("reason", {NOT_SAID: 9}, known=("BHS", "MHN"), of_each=True)
    assert [(each.value, each.count) for each in unsaid.cells] == [("BHS", 0), ("MHN", 0), (NOT_SAID, 9)]
    mixed = report.breakdown("reason", {"MHN": 9, NOT_SAID: 6}, known=("BHS", "MHN"), of_each=True)
    assert cells(mixed) == [0, 9, 6], "nobody can tell of whom it was said"


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=4))
def test_no_reader_finds_few_of_the_others_by_taking_away_its_own(by_reader: list[list[int]]) -> None:
    counts = [sum(each) for each in zip(*by_reader, strict=True)]
    rests = [[all_ - own for all_, own in zip(counts, mine, strict=True)] for mine in by_reader]
    named = [{f"k{at}": count for at, count in enumerate(each)} for each in (counts, *rests)]
    shown = cells(
        report.breakdown("x", named[0], known=named[0], rests=[each for each in named[1:] if any(each.values())])
    )
    for rest in rests:
        left = [of_rest for of_rest, count in zip(rest, shown, strict=True) if count is not None]
        assert all(each == 0 or each >= LEAST_GROUP for each in left)
        hidden = sum(rest) - sum(left)
        assert hidden == 0 or hidden >= LEAST_GROUP or sum(rest) < LEAST_GROUP
        assert hidden == 0 or shown.count(None) > 1


def test_of_what_a_reader_is_left_with_nothing_is_told_either_where_all_have_one_value() -> None:
    rests = [{"MHN": 6}, {"BHS": 8}]
    told = report.breakdown("reason", {"BHS": 8, "MHN": 6}, known=("BHS", "MHN", "SUS"), of_each=True, rests=rests)
    assert (told.total, cells(told)) == (14, [None] * 3)
    assert cells(report.breakdown("pattern", {"BHS": 8, "MHN": 6}, rests=rests)) == [8, 6]


def test_values_stand_in_the_order_of_their_list_and_those_of_no_list_after_it() -> None:
    told = report.breakdown("x", {"z": 5, "b": 6, NOT_SAID: 7, "a": 8}, known=("b", "a"))
    assert [each.value for each in told.cells] == ["b", "a", "z", NOT_SAID]


def test_of_the_register_nothing_is_told_where_a_reader_is_left_with_few() -> None:
    told = report.attended(12, register(), rests=[(6, register(400, 30)), (3, register(200, 12))])
    assert (told.pupils, told.percent, told.late, cells(told.sessions)) == (12, None, None, [None] * 4)
    open_ = report.attended(12, register(), rests=[(6, register(400, 30))])
    assert (open_.percent, open_.late, cells(open_.sessions)) == ("90.0", 31, [900, 40, 60, 12])


def test_of_progress_nothing_is_told_where_a_reader_is_left_with_few() -> None:
    every = report.Reported(12, {"tracking": 30}, {"met": 20, "not_met": 9})
    told = report.progressed(every, rests=[report.Reported(3, {"tracking": 9}, {"met": 9})])
    assert cells(told.reports) + cells(told.targets) == [None] * 4
    open_ = report.progressed(every, rests=[report.Reported(6, {"tracking": 9}, {"met": 9})])
    assert (cells(open_.reports), cells(open_.targets)) == ([30, 0], [20, 9])


def test_of_the_register_of_few_pupils_nothing_is_told() -> None:
    told = report.attended(4, register())
    assert (told.pupils, told.percent, told.late, told.source.records) == (None, None, None, None)
    assert cells(told.sessions) == [None] * 4
    none = report.attended(0, register(0, 0))
    assert none.pupils == 0


def test_the_rate_of_attendance_is_not_told_where_a_hidden_count_would_follow_from_it() -> None:
    assert report.attended(9, register()).percent == "90.0"
    close = report.attended(9, register(present=900, unauthorised=2))
    shown = {each.value: each.count for each in close.sessions.cells}
    assert shown == {"present": 900, "authorised_absence": 40, "unauthorised_absence": None, "not_possible": None}
    assert close.percent == "95.5"
    assert report.attended(9, replace(register(900, 2), authorised_absences=0, not_possible=0)).percent is None


@pytest.mark.parametrize(("seen", "told"), [(23, [23, 0]), (0, [0, 23]), (17, [17, 6]), (20, [None, None])])
def test_how_many_were_seen_is_told_unless_it_tells_of_few(seen: int, told: list[int | None]) -> None:
    welfare = report.seen(40, 23, seen)
    assert (welfare.pupils.total, cells(welfare.pupils)) == (23, told)
    assert report.seen(3, 23, 2).source.records is None


# --- what is told of money ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bills", "told"),
    [
        ([], (0, "0.00", "0.00", False)),
        ([(0, "10.00", True)], (1, None, None, True)),
        ([(0, "10.00", True), (1, "20.00", True)], (2, None, None, True)),
        ([(0, "10.00", True), (1, "20.00", True), (2, "30.50", True)], (3, "60.50", "60.50", False)),
        ([(0, "10.00", True), (1, "20.00", True), (2, "30.50", False)], (3, "60.50", None, True)),
        ([(n, "10.00", n < 3) for n in range(6)], (6, "60.00", "30.00", False)),
        ([(n, "10.00", n < 4) for n in range(6)], (6, "60.00", None, True)),
        ([(n, "10.00", False) for n in range(3)], (3, "30.00", "0.00", False)),
    ],
)
def test_no_sum_tells_what_one_commissioner_pays(bills: list[tuple[int, str, bool]], told: tuple[Any, ...]) -> None:
    shown = report.billed([(PAYERS[at], Decimal(amount), paid) for at, amount, paid in bills])
    assert (shown.commissioners, shown.invoiced, shown.paid, shown.suppressed) == told


# --- what is missing ------------------------------------------------------------------------------------------------

OVER, AFTER = date(2026, 7, 17), date(2026, 10, 5)


def missing(said: Written, *, on: date = AFTER, to_on: date = LAST, **more: Any) -> list[tuple[str, str | None]]:
    """Code and pointer of everything that is missing."""
    faults = report.missing(said, figures_to_on=to_on, over_on=OVER, on=on, **more)
    return [(each.code, each.pointer) for each in faults]


def test_of_a_report_that_says_everything_nothing_is_missing() -> None:
    assert missing(written()) == []
    assert missing(written(introduction=None, anything_else=None)) == []


def test_each_part_of_the_agreement_is_asked() -> None:
    assert set(report.ASKED) == set(ReportPart)
    asked = [name for texts in report.ASKED.values() for name in texts]
    assert missing(Written()) == [("part_missing", f"/{name}") for name in asked]
    for name in asked:
        expected = [] if name in ("qualifications_statement", "outcomes_statement") else [("part_missing", f"/{name}")]
        assert missing(written(**{name: None})) == expected


def test_the_list_of_qualifications_says_what_is_offered_and_with_its_counts_what_was_achieved() -> None:
    silent = {"qualifications_statement": None, "outcomes_statement": None}
    counted, uncounted = AnnualQualification("A", entered=8, achieved=6), AnnualQualification("B", entered=8)
    assert missing(written(**silent, qualifications=(counted,))) == []
    assert missing(written(**silent, qualifications=(counted, uncounted))) == [("part_missing", "/outcomes_statement")]
    unlisted = missing(written(**silent, qualifications=()))
    assert unlisted == [("part_missing", "/qualifications_statement"), ("part_missing", "/outcomes_statement")]


def test_no_more_achieve_than_were_entered() -> None:
    impossible = (AnnualQualification("A", entered=8, achieved=8), AnnualQualification("B", entered=8, achieved=9))
    found = missing(written(qualifications=impossible))
    assert found == [("more_achieved_than_entered", "/qualifications/1/achieved")]


@pytest.mark.parametrize(
    ("on", "to_on", "told"),
    [
        ("2026-07-16", "2026-07-16", [("year_not_over", "/academic_year")]),
        ("2026-07-17", "2026-07-17", []),
        ("2026-10-05", "2026-07-16", [("figures_outdated", "/figures")]),
        ("2026-10-05", "2026-08-31", []),
    ],
)
def test_a_year_is_reported_from_its_last_school_day_with_figures_of_all_of_it(
    on: str, to_on: str, told: list[tuple[str, str]]
) -> None:
    days = {"on": date.fromisoformat(on), "to_on": date.fromisoformat(to_on)}
    assert missing(written(), **days) == told


def test_what_is_missing_is_refused_with_all_of_it() -> None:
    report.ensure_complete(())
    fault = Fault("x", "x", pointer="/x")
    with pytest.raises(Conflict) as refused:
        report.ensure_complete((fault,))
    assert (refused.value.problem_code, refused.value.errors) == ("annual_report_incomplete", (fault,))
    assert missing(written(), names=(fault,)) == [("x", "/x")]


def test_a_year_is_reported_once_it_has_begun() -> None:
    assert report.ensure_begun("2025/26", on=date(2025, 9, 1)) == (date(2025, 9, 1), date(2026, 8, 31))
    with pytest.raises(Invalid) as refused:
        report.ensure_begun("2025/26", on=date(2025, 8, 31))
    assert (refused.value.problem_code, refused.value.errors[0].pointer) == ("year_not_begun", "/academic_year")
    with pytest.raises(Invalid):
        report.ensure_begun("2025/27", on=date(2026, 8, 31))


def test_what_is_published_is_changed_no_more() -> None:
    report.ensure_draft("draft")
    with pytest.raises(Conflict):
        report.ensure_draft("published")


# --- what is published ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entered", "achieved", "told"),
    [
        (12, 7, (12, 7)),
        (12, 12, (12, 12)),
        (12, 8, (12, None)),
        (12, 4, (12, None)),
        (12, 0, (12, None)),
        (4, 4, (None, None)),
        (0, 0, (0, None)),
        (None, 8, (None, 8)),
        (None, 3, (None, None)),
        (8, None, (8, None)),
        (None, None, (None, None)),
    ],
)
def test_learners_of_a_qualification_are_told_where_they_are_not_few(
    entered: int | None, achieved: int | None, told: tuple[int | None, int | None]
) -> None:
    said = written(qualifications=(AnnualQualification("A", "Level 1", "B", entered, achieved),))
    (shown,) = report.published(said).qualifications
    assert (shown.entered, shown.achieved) == told
    assert (shown.title, shown.level, shown.awarding_body) == ("A", "Level 1", "B")
    assert report.published(report.published(said)) == report.published(said)


def test_texts_are_named_by_pointer_with_those_of_qualifications() -> None:
    texts = written().texts
    assert len(texts) == 9 + 3
    assert texts["/qualifications/0/awarding_body"] == "An awarding body"
    assert Written(qualifications=(AnnualQualification("A"),)).texts == {"/qualifications/0/title": "A"}


# --- one version after another --------------------------------------------------------------------------------------


def placed(**counts: int) -> report.AnnualFigures:
    """Figures of so many pupils by reason."""
    split = report.breakdown("reason", counts, known=("BHS", "SUS", "MHN"), of_each=True)
    return figures(placements=report.placed(sum(counts.values()), sum(counts.values()), [split]))


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        ({"BHS": 12, "SUS": 6}, {"BHS": 12, "SUS": 6}, False),
        ({"BHS": 12, "SUS": 6}, {"BHS": 12, "SUS": 7}, True),
        ({"BHS": 12, "SUS": 6}, {"BHS": 11, "SUS": 7}, True),
        ({"BHS": 12, "SUS": 6}, {"BHS": 12, "SUS": 11}, False),
        ({"BHS": 12, "SUS": 6}, {"BHS": 16, "SUS": 11}, True),
        ({"BHS": 12, "SUS": 3}, {"BHS": 12, "SUS": 6}, True),
        ({"BHS": 12, "SUS": 3}, {"BHS": 20, "SUS": 6}, False),
    ],
)
def test_what_a_revision_would_tell_of_few_children_it_tells_as_before(
    before: dict[str, int], now: dict[str, int], *, kept: bool
) -> None:
    was, is_ = placed(**before), placed(**now)
    told = report.after(was, is_)
    assert told.placements.kept is kept
    assert told.placements.breakdowns == (was if kept else is_).placements.breakdowns
    assert told.visits == is_.visits
    assert report.after(None, is_) == is_


# --- the document ---------------------------------------------------------------------------------------------------


def test_a_document_is_json_without_fractions_and_its_hash_follows_its_content() -> None:
    made = report.document(sample())
    assert json.loads(canonical(made)) == made
    assert (made["format"], made["stage"], made["previous"]["number"]) == ("apqa-annual-report/1", "published", 1)
    other = report.document(sample(written=written(introduction="Otherwise.")))
    assert content_hash(made) != content_hash(other)
    kinds = {type(each) for each in leaves(made)}
    assert kinds == {str, int, bool, type(None)}


def leaves(value: Any) -> list[Any]:
    """Every value within."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return [leaf for part in parts for leaf in leaves(part)]
    return [value]
