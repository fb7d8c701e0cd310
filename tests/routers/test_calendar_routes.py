"""Calendars over HTTP: said by their organisation, found by everybody, counted by, sent as files."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from app.db import calendars, rows
from app.domain.access import Caller, Grade, Role
from app.domain.calendar import Term
from app.domain.errors import Forbidden, NotFound
from tests.domain.years import EARLY_BEFORE, KENT_TERMS
from tests.given import Api, Given

PATH = "/v1/calendars/2026-27"


def body(terms: tuple[Term, ...] = KENT_TERMS, *inset: str, **more: Any) -> dict[str, Any]:
    """What a client says of a year."""
    told = [
        {"ordinal": term.ordinal, "starts_on": term.starts_on.isoformat(), "ends_on": term.ends_on.isoformat()}
        for term in terms
    ]
    return {"terms": told, "closures": [{"closed_on": day, "reason": "inset"} for day in inset]} | more


def table(terms: tuple[Term, ...] = KENT_TERMS, *more: str) -> str:
    """The same as a file."""
    rows = [f"{term.ordinal},Term {term.ordinal},{term.starts_on},{term.ends_on}," for term in terms]
    return "\n".join(["ordinal,name,starts_on,ends_on,closure", *rows, *more])


async def send(
    api: Api, content: str | bytes, kind: str = "text/csv", query: str = "", **headers: str
) -> httpx.Response:
    """POST a file."""
    told = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.send("POST", f"{PATH}/import{query}", content=content, headers=told)


def problem(answer: httpx.Response, status: int = 422) -> tuple[str, list[tuple[str, str | None]]]:
    """The code of a refusal and its faults, each with its place."""
    told = answer.json()
    assert answer.status_code == status, told
    return told["code"], [(each["code"], each.get("pointer", each.get("parameter"))) for each in told["errors"]]


async def test_an_organisation_says_its_own_year(given: Given) -> None:
    school = await given.school()
    said = await school.put(PATH, body(KENT_TERMS, "2026-09-01", source="https://school.example/dates"))
    assert (said.status_code, said.headers["ETag"], said.headers["Location"]) == (201, '"1"', PATH)
    told = said.json()
    assert told["organisation_id"] == str(school.organisation_id)
    assert (told["academic_year"], told["starts_on"], told["ends_on"]) == ("2026/27", "2026-09-01", "2027-08-31")
    assert [term["ordinal"] for term in told["terms"]] == [1, 2, 3, 4, 5, 6]
    assert told["three_terms"][1] == {
        "ordinal": 2,
        "name": "Spring",
        "starts_on": "2027-01-04",
        "ends_on": "2027-03-25",
    }
    assert told["closures"] == [{"closed_on": "2026-09-01", "reason": "inset", "name": None}]
    assert len(told["bank_holidays"]) == 8
    assert told["bank_holidays"][0] == {"holiday_on": "2026-12-25", "name": "Christmas Day"}
    assert told["bank_holidays_known_to_on"] == "2028-12-31"
    read = await school.get(PATH)
    assert read.headers["ETag"] == '"1"'
    assert read.json() == told | {"resolved_from": "school"}
    assert (await school.get(PATH, headers={"If-None-Match": '"1"'})).status_code == 304


async def test_a_year_is_replaced_only_by_who_has_seen_it(given: Given) -> None:
    school = await given.school()
    assert problem(await school.put(PATH, body(), headers={"If-Match": '"1"'}), 412)[0] == "stale_version"
    assert (await school.put(PATH, body())).status_code == 201
    assert (await school.put(PATH, body())).status_code == 428
    replaced = await school.put(PATH, body(EARLY_BEFORE.terms), headers={"If-Match": '"1"'})
    assert (replaced.status_code, replaced.headers["ETag"]) == (200, '"2"')
    assert replaced.json()["starts_on"] == "2026-08-27"
    assert problem(await school.put(PATH, body(), headers={"If-Match": '"1"'}), 412)[0] == "stale_version"
    again = await school.put(f"{PATH}?dry_run=true", body(), headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["version"]) == (200, 3)
    assert (await school.get(PATH)).json()["version"] == 2


async def test_the_nearest_calendar_counts(given: Given) -> None:
    authority, partnership = await given.authority(), await given.partnership()
    school = await given.school(partnership_id=partnership.organisation_id)
    alone, elsewhere = await given.school(), await given.school(la_code="886")
    provider = await given.provider(partnership, la_code="855")
    at_provider = await given.api(provider["id"])
    everybody = (authority, partnership, school, alone, at_provider, elsewhere)
    away = await given.authority(la_code="886")

    async def found() -> list[str | None]:
        names = {str(authority.organisation_id): "authority", str(partnership.organisation_id): "partnership"}
        names |= {str(school.organisation_id): "school", str(away.organisation_id): "away"}
        told = [(await each.get(PATH)).json() for each in everybody]
        assert all(each.get("resolved_from") or each["code"] == "calendar_missing" for each in told)
        return [names.get(each.get("organisation_id")) for each in told]

    assert await found() == [None] * 6
    await authority.put(PATH, body(EARLY_BEFORE.terms))
    assert await found() == [*["authority"] * 5, None]
    await away.put(PATH, body())
    assert await found() == [*["authority"] * 5, "away"]
    await partnership.put(PATH, body())
    assert await found() == ["authority", "partnership", "partnership", "authority", "authority", "away"]
    await school.put(PATH, body())
    assert await found() == ["authority", "partnership", "school", "authority", "authority", "away"]
    told = (await at_provider.get(f"{PATH}?organisation_id={school.organisation_id}")).json()
    assert (told["organisation_id"], told["resolved_from"]) == (str(school.organisation_id), "school")
    told = (await school.get(f"{PATH}?organisation_id={provider['id']}")).json()
    assert (told["organisation_id"], told["resolved_from"]) == (str(authority.organisation_id), "local_authority")
    moved = await partnership.patch(f"/v1/providers/{provider['id']}", {"la_code": "886"}, 1)
    assert moved.status_code == 200
    assert (await at_provider.get(PATH)).json()["organisation_id"] == str(away.organisation_id)


async def test_the_version_of_anothers_calendar_does_not_pass_for_ones_own(given: Given) -> None:
    authority, school = await given.authority(), await given.school()
    await authority.put(PATH, body())
    inherited = await school.get(PATH)
    assert "ETag" not in inherited.headers
    await school.put(PATH, body(EARLY_BEFORE.terms))
    mine = await school.get(PATH, headers={"If-None-Match": '"0"'})
    assert (mine.status_code, mine.json()["starts_on"]) == (200, "2026-08-27")


async def test_an_area_that_is_not_known_is_no_area(given: Given) -> None:
    school, authority = await given.school(la_code=None), await given.authority(la_code=None)
    assert (await authority.put(PATH, body())).status_code == 201
    assert problem(await school.get(PATH), 404) == ("calendar_missing", [])


async def test_an_organisation_out_of_sight_has_no_calendar_either(given: Given) -> None:
    authority = await given.authority()
    await authority.put(PATH, body())
    one, other = [await given.provider(authority, la_code="855") for _ in range(2)]
    provider = await given.api(one["id"])
    for hidden in (other["id"], UUID(int=0)):
        assert problem(await provider.get(f"{PATH}?organisation_id={hidden}"), 404)[0] == "not_found"


async def test_everybody_lists_every_calendar_by_organisation_and_year(given: Given) -> None:
    authority, school = await given.authority(), await given.school(Grade.VIEWER)
    lead = await given.api(school.organisation_id)
    await authority.put(PATH, body())
    await lead.put(PATH, body())
    await lead.put("/v1/calendars/2027-28", body(tuple(map(_year_on, KENT_TERMS))))
    both = (await school.get("/v1/calendars?academic_year=2026-27")).json()["data"]
    assert [each["organisation_id"] for each in both] == [str(authority.organisation_id), str(school.organisation_id)]
    mine = await school.get(f"/v1/calendars?organisation_id={school.organisation_id}&limit=1")
    assert [each["academic_year"] for each in mine.json()["data"]] == ["2026/27"]
    assert 'rel="next"' in mine.headers["Link"]
    rest = await school.get(mine.headers["Link"].split(">")[0].lstrip("<"))
    assert [each["academic_year"] for each in rest.json()["data"]] == ["2027/28"]


def _year_on(term: Term) -> Term:
    starts_on, ends_on = (day.replace(year=day.year + 1) for day in (term.starts_on, term.ends_on))
    return Term(term.ordinal, starts_on, ends_on)


async def test_nobody_says_anothers_year(given: Given) -> None:
    authority, school = await given.authority(), await given.school()
    provider = await given.api((await given.provider(authority))["id"])
    made = (await authority.put(PATH, body())).json()
    for grade in (Grade.VIEWER, Grade.CONTRIBUTOR):
        member = await given.api(authority.organisation_id, grade)
        assert problem(await member.put(PATH, body()), 403)[0] == "permission_required"
        assert problem(await send(member, table()), 403)[0] == "permission_required"
    assert problem(await provider.put(PATH, body()), 403)[0] == "permission_required"
    named = await school.put(f"{PATH}?organisation_id={authority.organisation_id}", body())
    assert problem(named)[1] == [("unknown_parameter", "organisation_id")]
    caller = Caller(Role.SCHOOL, Grade.LEAD, school.organisation_id)
    async with given.held.database.session_for(caller) as session:
        with pytest.raises(Forbidden):
            await rows.for_change(session, calendars.Calendar, UUID(made["id"]))
    assert (await authority.get(PATH)).json()["version"] == 1


# One database serves all the refusals of a kind.
FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"terms": body()["terms"][:5]}, "too_short", "/terms"),
    ({"terms": body()["terms"] * 2}, "too_long", "/terms"),
    ({"terms": body()["terms"][::-1]}, "terms_incomplete", "/terms"),
    (
        {"terms": [{**each, "ends_on": "2026-12-18"} for each in body()["terms"]]},
        "terms_overlap",
        "/terms/1/starts_on",
    ),
    (
        {"closures": [{"closed_on": "2026-10-26", "reason": "inset"}]},
        "closure_outside_term",
        "/closures/0/closed_on",
    ),
    ({"closures": [{"closed_on": "2026-09-01", "reason": "strike"}]}, "enum", "/closures/0/reason"),
    ({"closures": [{"closed_on": "2026-02-30", "reason": "inset"}]}, "date_parsing", "/closures/0/closed_on"),
    ({"academic_year": "2026/27"}, "unknown_field", "/academic_year"),
]


async def test_what_makes_no_year_is_told_by_pointer(given: Given) -> None:
    authority = await given.authority()
    for change, code, pointer in FAULTS:
        assert (code, pointer) in problem(await authority.put(PATH, body() | change))[1]
    assert problem(await authority.get(PATH), 404)[0] == "calendar_missing"


async def test_a_year_has_one_form_in_an_address(given: Given) -> None:
    authority = await given.authority()
    for year in ("2026", "2026-28", "26-27", "2026_27", "current", "1899-00", "2199-00"):
        for answer in (
            await authority.get(f"/v1/calendars/{year}"),
            await authority.put(f"/v1/calendars/{year}", body()),
            await authority.get(f"/v1/calendars?academic_year={year}"),
        ):
            assert problem(answer)[1][0][1] == "academic_year"


async def test_terms_of_another_year_are_not_this_years(given: Given) -> None:
    authority = await given.authority()
    code, found = problem(await authority.put("/v1/calendars/2027-28", body()))
    assert (code, {fault for fault, _ in found}) == ("calendar_invalid", {"term_outside_year"})


# --- days counted ---------------------------------------------------------------------------------------------------


async def test_days_are_counted_by_the_calendar_that_counts(given: Given) -> None:
    authority, school = await given.authority(), await given.school()
    await authority.put(PATH, body(KENT_TERMS, "2026-10-23"))
    asked = f"{PATH}/day-counts?from_on=2026-10-19&to_on=2026-11-02"
    told = (await school.get(asked)).json()
    assert told == {
        "organisation_id": str(authority.organisation_id),
        "from_on": "2026-10-19",
        "to_on": "2026-11-02",
        "calendar_days": 15,
        "working_days": 11,
        "school_days": 5,
    }
    await school.put(PATH, body(EARLY_BEFORE.terms))
    assert (await school.get(asked)).json()["school_days"] == 6
    assert (await school.get(f"{asked}&organisation_id={authority.organisation_id}")).json()["school_days"] == 5


UNCOUNTED = [
    ("from_on=2026-09-01&to_on=2027-09-01", "calendar_unknown", None),
    ("from_on=2026-08-31&to_on=2026-09-01", "calendar_unknown", None),
    ("from_on=2026-09-02&to_on=2026-09-01", "period_backwards", "to_on"),
    ("from_on=2026-09-02", "invalid_request", "to_on"),
    ("from_on=2026-02-30&to_on=2026-09-01", "invalid_request", "from_on"),
]


async def test_days_that_cannot_be_counted_are_told(given: Given) -> None:
    authority = await given.authority()
    await authority.put(PATH, body())
    for query, code, place in UNCOUNTED:
        told, found = problem(await authority.get(f"{PATH}/day-counts?{query}"))
        assert (told, [where for _, where in found]) == (code, [place] if place else []), query


async def test_a_year_may_be_kept_before_its_bank_holidays_are_known_but_not_counted(given: Given) -> None:
    authority, path = await given.authority(), "/v1/calendars/2029-30"
    said = await authority.put(path, body(tuple(_year_on(_year_on(_year_on(term))) for term in KENT_TERMS)))
    assert (said.status_code, said.json()["bank_holidays"]) == (201, [])
    answer = await authority.get(f"{path}/day-counts?from_on=2029-09-03&to_on=2029-09-07")
    assert problem(answer)[0] == "calendar_unknown"


# --- files ----------------------------------------------------------------------------------------------------------


async def test_a_year_is_sent_as_a_table(given: Given) -> None:
    authority = await given.authority()
    sent = await send(authority, table(KENT_TERMS, ",INSET,2026-09-01,2026-09-02,inset"), query="?source=council")
    assert (sent.status_code, sent.headers["ETag"], sent.headers["Location"]) == (201, '"1"', PATH)
    told = sent.json()
    assert (told["source"], told["terms"][0]["name"]) == ("council", "Term 1")
    assert [each["closed_on"] for each in told["closures"]] == ["2026-09-01", "2026-09-02"]
    assert (await send(authority, table())).status_code == 428
    again = await send(authority, table(EARLY_BEFORE.terms), If_Match='"1"')
    assert (again.status_code, again.json()["version"], again.json()["closures"]) == (200, 2, [])


async def test_a_year_is_sent_as_a_calendar(given: Given) -> None:
    authority = await given.authority()
    events = [
        f"BEGIN:VEVENT\r\nUID:{term.ordinal}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:{term.starts_on:%Y%m%d}\r\n"
        f"DTEND;VALUE=DATE:{term.ends_on:%Y%m%d}\r\nSUMMARY:Term {term.ordinal}\r\nEND:VEVENT\r\n"
        for term in KENT_TERMS
    ]
    content = "".join(["BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n", *events, "END:VCALENDAR\r\n"])
    sent = await send(authority, content, "text/calendar; charset=utf-8")
    assert (sent.status_code, sent.json()["terms"][0]["ends_on"]) == (201, "2026-10-22")
    assert problem(await send(authority, table(), "text/calendar"))[1] == [("icalendar_malformed", "")]


async def test_a_file_sent_twice_with_one_key_is_taken_once(given: Given) -> None:
    authority = await given.authority()
    first, again = [await send(authority, table(), Idempotency_Key="a") for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"


GARBAGE: list[tuple[str | bytes, str, int, str]] = [
    ("", "text/csv", 422, "file_unreadable"),
    ("ordinal,name\n1,x\n", "text/csv", 422, "file_unreadable"),
    (b"\xff\xfe\x00", "text/csv", 422, "file_unreadable"),
    ("", "text/calendar", 422, "file_unreadable"),
    (b"\x00" * 100, "text/calendar", 422, "file_unreadable"),
    (table(KENT_TERMS[:5]), "text/csv", 422, "calendar_invalid"),
    ("{}", "application/json", 415, "unsupported_media_type"),
    (b"x" * (1024 * 1024 + 1), "text/csv", 413, "payload_too_large"),
]


async def test_garbage_is_a_clear_problem_and_keeps_nothing(given: Given) -> None:
    authority = await given.authority()
    for content, kind, status, code in GARBAGE:
        assert problem(await send(authority, content, kind), status)[0] == code
    assert problem(await authority.get(PATH), 404)[0] == "calendar_missing"


# --- for the rules --------------------------------------------------------------------------------------------------


async def test_rules_are_given_the_terms_that_count(given: Given) -> None:
    authority = await given.authority()
    provider = await given.provider(authority, la_code="855")
    await authority.put(PATH, body(EARLY_BEFORE.terms, "2026-08-27"))
    async with given.held.database.session_for(Caller.system("test"), readonly=True) as session:
        for organisation_id in (authority.organisation_id, UUID(provider["id"])):
            assert await calendars.terms_for(session, organisation_id, "2026/27") == EARLY_BEFORE.terms
            year = await calendars.school_year_for(session, organisation_id, "2026/27")
            assert [str(each.closed_on) for each in year.closures] == ["2026-08-27"]
        with pytest.raises(NotFound) as refusal:
            await calendars.terms_for(session, authority.organisation_id, "2025/26")
    assert refusal.value.problem_code == "calendar_missing"
