"""The register's codes and rules, against what the regulations and the agreement say."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain import reference
from app.domain.attendance import (
    CODES,
    Code,
    CountsAs,
    Entry,
    Mark,
    Placed,
    Session,
    Week,
    ensure_amendable,
    faults_of,
    joined,
    reasons_overdue,
    tally,
    unreported,
)
from app.domain.calendar import Closure, ClosureReason, SchoolYear, Term
from app.domain.errors import Conflict, Invalid

MONDAY = date(2026, 9, 7)
NOW = datetime(2026, 9, 7, 12, tzinfo=UTC)
TERMS = (
    Term(1, date(2026, 9, 1), date(2026, 10, 23)),
    Term(2, date(2026, 11, 2), date(2026, 12, 18)),
    Term(3, date(2027, 1, 4), date(2027, 2, 12)),
    Term(4, date(2027, 2, 22), date(2027, 3, 25)),
    Term(5, date(2027, 4, 12), date(2027, 5, 28)),
    Term(6, date(2027, 6, 7), date(2027, 7, 21)),
)
YEAR = SchoolYear("2026/27", TERMS, (Closure(date(2026, 9, 9), ClosureReason.INSET),))
PLACED = Placed(date(2026, 9, 1), date(2027, 7, 21))


def mark(code: str, session: str = "AM", on: date = MONDAY, **more: object) -> Mark:
    """A mark."""
    return Mark(on, Session(session), Entry(code, **more))  # type: ignore[arg-type]


def faults(said: Mark, placed: Placed = PLACED, *, reported_at: datetime = NOW) -> list[tuple[str, str | None]]:
    """What is wrong with a mark on Monday 7 September 2026 at noon."""
    found = faults_of(said, placed, reported_at=reported_at, at=NOW, today=MONDAY)
    return [(each.code, each.pointer) for each in found]


def test_the_codes_are_those_of_the_regulations_and_each_counts_in_one_group() -> None:
    groups = {
        CountsAs.ATTENDING: "/ \\ L K V P W B",
        CountsAs.AUTHORISED_ABSENCE: "C1 M J1 S C2 C T R I E H",
        CountsAs.UNAUTHORISED_ABSENCE: "G N O U",
        CountsAs.NOT_POSSIBLE: "D Q X Y1 Y2 Y3 Y4 Y5 Y6 Y7 Z #",
    }
    for group, codes in groups.items():
        assert {each.code for each in CODES.values() if each.counts_as is group} == set(codes.split())
    assert [each.code for each in reference.named("attendance-codes").items] == list(CODES)


@pytest.mark.parametrize(
    "code", [each for each in CODES.values() if each.valid_to > MONDAY], ids=lambda each: each.code
)
def test_every_code_in_force_can_be_used(code: Code) -> None:
    said = mark(code.code, code.session or "PM", nature="A flood." if code.nature else None)
    assert faults(said) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (mark("A"), ("code_unknown", "/code")),
        (mark("H"), ("code_not_in_force", "/code")),
        (mark("\\", "AM"), ("code_of_other_session", "/code")),
        (mark("/", "PM"), ("code_of_other_session", "/code")),
        (mark("I", minutes_late=5), ("minutes_of_absence", "/minutes_late")),
        (mark("Y7"), ("nature_missing", "/nature")),
        (mark("/", on=MONDAY + timedelta(days=1)), ("in_the_future", "/session_on")),
        (mark("/", on=date(2026, 8, 31)), ("outside_placement", "/session_on")),
    ],
)
def test_a_mark_that_cannot_be_is_told_by_pointer(said: Mark, expected: tuple[str, str]) -> None:
    assert faults(said) == [expected]


def test_a_placement_is_marked_from_its_first_day_to_its_last() -> None:
    one_day = Placed(MONDAY, MONDAY)
    assert faults(mark("/"), one_day) == []
    assert faults(mark("/", on=MONDAY - timedelta(days=1)), one_day) == [("outside_placement", "/session_on")]
    assert faults(mark("/"), Placed(MONDAY, None)) == []
    assert faults(mark("/"), Placed(MONDAY, None, cancelled=True)) == [("placement_cancelled", "/placement_id")]


def test_a_code_that_the_regulations_brought_is_not_used_before_them() -> None:
    eve = date(2024, 8, 18)
    placed = Placed(date(2024, 1, 1), None)
    assert faults(mark("C2", on=eve), placed) == [("code_not_in_force", "/code")]
    assert faults(mark("C2", on=eve + timedelta(days=1)), placed) == []
    assert faults(mark("H", on=eve), placed) == []


def test_what_is_reported_has_been_reported() -> None:
    assert faults(mark("/"), reported_at=NOW + timedelta(seconds=1)) == [("in_the_future", "/reported_at")]


def test_late_comers_and_those_who_came_after_the_register_closed_have_minutes() -> None:
    for code in ("L", "U", "B"):
        assert faults(mark(code, minutes_late=20)) == []


def test_a_register_is_amended_for_a_reason_and_a_repeated_report_amends_nothing() -> None:
    held = Entry("N")
    assert ensure_amendable(held, Entry("N"), reason=None, amended=0) is False
    assert ensure_amendable(held, Entry("I"), reason="The parent rang.", amended=49) is True
    with pytest.raises(Conflict) as refused:
        ensure_amendable(held, Entry("N", comment="No answer."), reason="", amended=0)
    assert refused.value.problem_code == "mark_exists"
    with pytest.raises(Conflict, match="too often"):
        ensure_amendable(held, Entry("I"), reason="The parent rang.", amended=50)


def test_sessions_are_counted_as_the_department_counts_them() -> None:
    marks = [mark("/"), mark("L", minutes_late=10), mark("B"), mark("I"), mark("U"), mark("N"), mark("Y4"), mark("#")]
    found = tally(marks)
    assert (found.sessions, found.present, found.absent, found.not_possible) == (8, 3, 3, 2)
    assert (found.authorised_absences, found.unauthorised_absences) == (1, 2)
    assert (found.late, found.awaiting_reason, found.percent) == (2, 1, Decimal("50.0"))
    assert tally([mark("#")]).percent is None
    assert tally([mark("/"), mark("/"), mark("I")]).percent == Decimal("66.7")


def test_a_reason_may_wait_five_school_days() -> None:
    waiting = [mark("N", on=date(2026, 9, 4))]  # Friday; then 7, 8, 10, 11, 14, with INSET on the 9th
    assert reasons_overdue(waiting, [YEAR], on=date(2026, 9, 14)) == 0
    assert reasons_overdue(waiting, [YEAR], on=date(2026, 9, 15)) == 1
    with pytest.raises(Invalid):
        reasons_overdue(waiting, [], on=date(2026, 9, 15))


def test_a_day_is_unreported_where_the_child_was_due_and_no_session_is_marked() -> None:
    weeks = [Week(date(2026, 9, 1), frozenset({1, 3})), Week(date(2026, 9, 14), frozenset({2}))]
    found = unreported(date(2026, 9, 1), date(2026, 9, 22), weeks, [YEAR], {date(2026, 9, 7)})
    # Wednesday 2 September; Monday 7 is marked; Wednesday 9 is INSET; then Tuesdays.
    assert found == (date(2026, 9, 2), date(2026, 9, 15), date(2026, 9, 22))
    assert unreported(date(2026, 10, 26), date(2026, 10, 30), weeks, [YEAR], ()) == ()
    with pytest.raises(Invalid):
        unreported(date(2026, 8, 1), date(2026, 8, 31), [Week(MONDAY, frozenset({1}))], [YEAR], ())


def test_counts_of_several_registers_are_joined_as_if_they_were_one() -> None:
    one = [mark("/"), mark("L"), mark("O")]
    other = [mark("/"), mark("C"), mark("Y1")]
    assert joined([tally(one), tally(other)]) == tally([*one, *other])
    assert joined([]) == tally([])
