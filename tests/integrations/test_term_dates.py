"""Term dates in iCalendar: what councils write is read, what cannot be told is refused, nothing is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.integrations.term_dates import from_icalendar

# DTEND is the day after the last.
TERMS = (
    ("Term 1", "20260827", "20261017"),
    ("Term 2", "20261026", "20261219"),
    ("Term 3", "20270104", "20270213"),
    ("Term 4", "20270222", "20270326"),
    ("Term 5", "20270412", "20270529"),
    ("Term 6", "20270607", "20270715"),
)
SEASONS = (
    "Autumn 1",
    "Autumn Term 2",
    "Spring term: first half",
    "SPRING – 2nd half term",
    "Summer term 1",
    "summer 2",
)


def event(summary: str, first: str, after: str | None = None, *more: str) -> str:
    """An event of whole days."""
    end = [f"DTEND;VALUE=DATE:{after}"] if after else []
    lines = ["BEGIN:VEVENT", f"UID:{summary}-{first}", "DTSTAMP:20260101T000000Z", f"DTSTART;VALUE=DATE:{first}"]
    return "\r\n".join([*lines, *end, f"SUMMARY:{summary}", *more, "END:VEVENT"])


def calendar(*events: str) -> bytes:
    """A file."""
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *events, "END:VCALENDAR", ""]).encode()


ALL = tuple(event(*each) for each in TERMS)


def refused(content: bytes) -> list[tuple[str, str | None]]:
    """The faults of a file that cannot be read, each with its place."""
    with pytest.raises(Invalid) as refusal:
        from_icalendar(content, "2026/27")
    assert refusal.value.problem_code == "file_unreadable"
    return [(fault.code, fault.pointer) for fault in refusal.value.errors]


@pytest.mark.parametrize("names", [tuple(name for name, _, _ in TERMS), SEASONS])
@pytest.mark.parametrize("step", [1, -1])
def test_terms_are_known_by_their_names_in_any_order(names: tuple[str, ...], step: int) -> None:
    events = [event(name, *days) for name, (_, *days) in zip(names, TERMS, strict=True)]
    year = from_icalendar(calendar(*events[::step]), "2026/27")
    assert [(term.ordinal, str(term.starts_on), str(term.ends_on)) for term in year.terms] == [
        (1, "2026-08-27", "2026-10-16"),
        (2, "2026-10-26", "2026-12-18"),
        (3, "2027-01-04", "2027-02-12"),
        (4, "2027-02-22", "2027-03-25"),
        (5, "2027-04-12", "2027-05-28"),
        (6, "2027-06-07", "2027-07-14"),
    ]
    assert [term.name for term in year.terms] == [" ".join(name.split()) for name in names]


def test_closures_are_the_weekdays_of_term_that_an_event_closes() -> None:
    more = (
        event("INSET day", "20260827"),
        event("Staff training day", "20260828", "20260828"),
        event("Closed for the election", "20270506", "20270508"),
        event("Early May bank holiday", "20270503", "20270504"),
        event("Autumn half term", "20261016", "20261027"),
        event("Christmas holiday", "20261219", "20270104"),
        event("INSET day (twice told)", "20260827", "20260828"),
    )
    year = from_icalendar(calendar(*ALL, *more), "2026/27")
    assert [(str(each.closed_on), each.reason, each.name) for each in year.closures] == [
        ("2026-08-27", "inset", "INSET day"),
        ("2026-08-28", "inset", "Staff training day"),
        ("2026-10-16", "holiday", "Autumn half term"),
        ("2026-10-26", "holiday", "Autumn half term"),
        ("2027-05-03", "holiday", "Early May bank holiday"),
        ("2027-05-06", "other", "Closed for the election"),
        ("2027-05-07", "other", "Closed for the election"),
    ]


def test_other_years_of_the_same_file_are_passed_over() -> None:
    others = (
        event("Term 6", "20260601", "20260718"),
        event("Term 1", "20270826", "20271016"),
        event("INSET day", "20270826"),
        event("Sports day", "20280601"),
        event("Summer holiday", "20260718", "20260827"),
    )
    assert from_icalendar(calendar(*others, *ALL), "2026/27") == from_icalendar(calendar(*ALL), "2026/27")


def test_a_cancelled_event_says_nothing() -> None:
    gone = event("Sports day", "20270601", None, "STATUS:CANCELLED")
    assert from_icalendar(calendar(gone, *ALL), "2026/27").closures == ()


@pytest.mark.parametrize(
    ("bad", "code", "name"),
    [
        (event("Sports day", "20270610"), "event_unknown", "summary"),
        (event("Term 7", "20270610"), "event_unknown", "summary"),
        (event("Autumn term starts", "20260827"), "event_unknown", "summary"),
        (event("First aid training", "20270610"), "event_unknown", "summary"),
        (event("INSET day", "20260904", None, "RRULE:FREQ=WEEKLY"), "event_repeats", "rrule"),
        (event("INSET day", "20260904", "20260901"), "event_backwards", "dtend"),
        (event("INSET day", "20269999"), "date_invalid", "dtstart"),
        (event("x" * 201, "20260904"), "name_invalid", "summary"),
        (event("", "20260904"), "name_invalid", "summary"),
        ("BEGIN:VEVENT\r\nSUMMARY:INSET day\r\nEND:VEVENT", "date_invalid", "dtstart"),
        ("BEGIN:VEVENT\r\nSUMMARY:INSET\r\nDTSTART:20260901T083000Z\r\nEND:VEVENT", "event_not_all_day", "dtstart"),
    ],
)
def test_an_event_that_cannot_be_told_is_refused_by_its_place(bad: str, code: str, name: str) -> None:
    gone = event("Sports day", "20270601", None, "STATUS:CANCELLED")
    assert refused(calendar(*ALL, bad)) == [(code, f"/events/6/{name}")]
    assert refused(calendar(gone, bad, *ALL)) == [(code, f"/events/1/{name}")]


def test_the_first_day_of_all_is_long_past() -> None:
    assert from_icalendar(calendar(*ALL, event("INSET day", "00010101", "00010101")), "2026/27").closures == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ordinal,name\r\n",
        b"\xff\xfe\x00",
        b"BEGIN:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        calendar() + calendar(),
        b"BEGIN:VCALENDAR\r\n" * 5000,
        calendar(*ALL)[:-40],
    ],
)
def test_what_is_no_calendar_is_refused_as_a_whole(content: bytes) -> None:
    assert refused(content) == [("icalendar_malformed", "")]


def test_a_file_has_an_end() -> None:
    assert refused(calendar(*[event("INSET day", "20260904")] * 501)) == [("file_too_long", "")]


def test_a_calendar_that_can_be_read_may_still_make_no_year() -> None:
    for events in ((), ALL[:5], (*ALL, event("Term 3", "20270104", "20270213"))):
        with pytest.raises(Invalid) as refusal:
            from_icalendar(calendar(*events), "2026/27")
        assert refusal.value.problem_code == "calendar_invalid"


@given(st.binary(max_size=60), st.integers(0, len(calendar(*ALL)) - 1), st.integers(0, 80))
def test_whatever_is_done_to_a_file_it_is_a_year_or_a_refusal(noise: bytes, at: int, lost: int) -> None:
    whole = calendar(*ALL)
    try:
        year = from_icalendar(whole[:at] + noise + whole[at + lost :], "2026/27")
    except Invalid as refusal:
        told = len(refusal.errors)
    else:
        told = len(year.terms) == 6
    assert told
