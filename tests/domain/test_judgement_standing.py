"""How long judgements hold, what makes them stale, and the trend of ratings."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import frameworks, judgements
from app.domain.errors import Invalid
from app.domain.judgements import Change, ProviderChangeKind, Standing, Trend, standing, trend, valid_until

RAG = frameworks.named("leics-seip-qa-v1").scale("leics-seip-rag")
MADE_ON = date(2027, 3, 2)
MADE_AT = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
UNTIL = date(2028, 3, 1)


@pytest.mark.parametrize(
    ("visited_on", "months", "follow_up_due_on", "expected"),
    [
        ("2027-03-02", 12, None, "2028-03-01"),
        ("2028-02-29", 12, None, "2029-02-27"),
        ("2028-02-29", 48, None, "2032-02-28"),
        ("2028-02-28", 12, None, "2029-02-27"),
        ("2027-03-01", 12, None, "2028-02-29"),
        ("2027-01-31", 1, None, "2027-02-27"),
        ("2027-12-31", 2, None, "2028-02-28"),
        ("2027-11-30", 1, None, "2027-12-29"),
        ("2027-12-15", 12, None, "2028-12-14"),
        ("2027-03-02", 12, "2027-04-27", "2027-04-27"),
        ("2027-03-02", 1, "2027-04-27", "2027-04-01"),
    ],
)
def test_a_judgement_holds_until_the_eve_of_its_anniversary_or_the_follow_up(
    visited_on: str, months: int, follow_up_due_on: str | None, expected: str
) -> None:
    due_on = date.fromisoformat(follow_up_due_on) if follow_up_due_on else None
    assert valid_until(date.fromisoformat(visited_on), months, due_on) == date.fromisoformat(expected)


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(1, 60))
def test_the_anniversary_is_the_same_day_or_the_last_of_its_month(day: date, months: int) -> None:
    anniversary = valid_until(day, months, None) + timedelta(days=1)
    assert (anniversary.year - day.year) * 12 + anniversary.month - day.month == months
    assert anniversary.day == min(day.day, monthrange(anniversary.year, anniversary.month)[1])


def stands(
    on: date = MADE_ON, *changes: Change, superseded: bool = False, set_aside: bool = False
) -> tuple[Standing, tuple[ProviderChangeKind, ...]]:
    return standing(
        on=on,
        made_on=MADE_ON,
        made_at=MADE_AT,
        valid_until_on=UNTIL,
        changes=changes,
        superseded=superseded,
        set_aside=set_aside,
    )


def change(kind: ProviderChangeKind, days: int, *, minutes: int = 0) -> Change:
    """A change so many days after the judgement, written down so many minutes after its time of day."""
    return Change(kind, MADE_ON + timedelta(days=days), MADE_AT + timedelta(days=days, minutes=minutes))


def test_a_judgement_is_current_until_its_last_day() -> None:
    assert stands(MADE_ON) == (Standing.CURRENT, ())
    assert stands(UNTIL) == (Standing.CURRENT, ())
    assert stands(UNTIL + timedelta(days=1)) == (Standing.EXPIRED, ())


@pytest.mark.parametrize("kind", ProviderChangeKind)
@pytest.mark.parametrize(
    ("days", "minutes", "stale"), [(-30, 0, False), (0, -1, False), (0, 1, True), (1, 0, True), (10, 0, True)]
)
def test_a_change_after_a_judgement_makes_it_stale(
    kind: ProviderChangeKind, days: int, minutes: int, *, stale: bool
) -> None:
    told = stands(MADE_ON + timedelta(days=20), change(kind, days, minutes=minutes))
    assert told == ((Standing.STALE, (kind,)) if stale else (Standing.CURRENT, ()))


def test_a_change_of_before_the_judgement_does_not_age_it_however_late_it_is_written_down() -> None:
    late = Change(ProviderChangeKind.DSL, MADE_ON - timedelta(days=9), MADE_AT + timedelta(days=9))
    assert stands(MADE_ON + timedelta(days=20), late) == (Standing.CURRENT, ())


def test_a_change_that_is_announced_does_not_count_yet() -> None:
    moving = change(ProviderChangeKind.SITE, 10)
    assert stands(MADE_ON + timedelta(days=9), moving) == (Standing.CURRENT, ())
    assert stands(MADE_ON + timedelta(days=10), moving) == (Standing.STALE, (ProviderChangeKind.SITE,))


def test_the_kinds_of_change_are_told_once_each_in_the_order_in_which_they_came() -> None:
    site, dsl, site_again = (
        change(ProviderChangeKind.SITE, 5),
        change(ProviderChangeKind.DSL, 3),
        change(ProviderChangeKind.SITE, 9),
    )
    told = stands(MADE_ON + timedelta(days=20), site_again, site, dsl)
    assert told == (Standing.STALE, (ProviderChangeKind.DSL, ProviderChangeKind.SITE))


def test_the_gravest_standing_is_told() -> None:
    late, gone = change(ProviderChangeKind.DSL, 1), UNTIL + timedelta(days=1)
    assert stands(gone, late)[0] is Standing.STALE
    assert stands(gone, late, superseded=True) == (Standing.SUPERSEDED, ())
    assert stands(gone, late, superseded=True, set_aside=True) == (Standing.SET_ASIDE, ())
    assert stands(MADE_ON, set_aside=True) == (Standing.SET_ASIDE, ())


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ((), None),
        (("green",), None),
        (("red", "amber"), Trend.IMPROVING),
        (("green", "green"), Trend.STEADY),
        (("green", "red"), Trend.DECLINING),
        (("red", "green", "amber"), Trend.DECLINING),
        (("green", "red", "amber"), Trend.IMPROVING),
    ],
)
def test_a_trend_compares_the_newest_rating_with_the_one_before(
    ratings: tuple[str, ...], expected: Trend | None
) -> None:
    assert trend([(RAG.id, each) for each in ratings], RAG) is expected


def test_ratings_of_different_scales_have_no_trend() -> None:
    assert trend([("ofsted-eif-2019", "good"), (RAG.id, "green")], RAG) is None
    assert trend([(RAG.id, "green"), ("ofsted-eif-2019", "good")], RAG) is None
    assert trend([("ofsted-eif-2019", "good"), (RAG.id, "amber"), (RAG.id, "green")], RAG) is Trend.IMPROVING


def test_a_rating_that_is_not_on_the_scale_is_refused() -> None:
    with pytest.raises(Invalid):
        trend([(RAG.id, "green"), (RAG.id, "blue")], RAG)


def test_every_level_of_a_framework_can_be_judged() -> None:
    assert set(frameworks.Level) < set(judgements.Level)
