"""What meets an obligation, and what only seems to: marks, agreed fees, questionnaires, and records put right."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.given import Api, Given
from tests.scenarios.year import DERBYSHIRE, LEICESTERSHIRE, Year, ask, begin, place, put_terms

# --- daily attendance (SLA 2022, Learner Pastoral Care 1) -----------------------------------------------------------


async def mark(by: Api, placement: dict[str, Any], on: str, code: str = "/", **more: Any) -> dict[str, Any]:
    """Mark a morning."""
    said = {"placement_id": placement["id"], "session_on": on, "session": "AM", "code": code}
    answer = await by.post("/v1/attendance", {"items": [said | more]})
    (result,) = answer.json()["results"]
    assert result["status"] in (200, 201), result
    told: dict[str, Any] = result
    return told


async def test_attendance_is_reported_of_every_pupil_on_the_day_and_an_amendment_makes_it_no_later(
    given: Given,
) -> None:
    year = await begin(given, "partnership", "855", "leics-seip-sla-2022", LEICESTERSHIRE, attendance_here=1)
    with year.on("2026-09-07"):  # a Monday; both pupils come on Mondays and Tuesdays
        one, other = await place(year, "2026-09-07"), await place(year, "2026-09-07")
        # Wednesdays of alternate weeks: nobody says which week is which, so that no day can be asked for.
        wednesday = {"weekday": 3, "starts_at": "09:00", "ends_at": "12:00", "weeks": "a"}
        await place(year, "2026-09-07", timetable=[wednesday])
        assert await year.table(kind="attendance_report") == [("daily-attendance", "2026-09-07", "2026-09-07", "due")]
        await mark(year.provider, one, "2026-09-07")
        assert await year.table(kind="attendance_report") == [("daily-attendance", "2026-09-07", "2026-09-07", "due")]
        await mark(year.provider, other, "2026-09-07", "N")
    with year.on("2026-09-08", 22):  # 23:00 in England
        await mark(year.provider, one, "2026-09-08")
    with year.on("2026-09-08", 23):  # 00:00 in England: the day is over
        await mark(year.provider, other, "2026-09-08")
    with year.on("2026-09-15"):
        # Monday 14 September was reported of one pupil alone; the other's reason of the 7th is known by now.
        await mark(year.provider, one, "2026-09-14", reported_at="2026-09-14T15:30:00Z")
        amended = await mark(year.provider, other, "2026-09-07", "I", reason="The parent rang.")
        assert amended["amended"]
        expected = [
            ("daily-attendance", "2026-09-07", "2026-09-07", "met"),
            ("daily-attendance", "2026-09-08", "2026-09-08", "met late"),
            ("daily-attendance", "2026-09-14", "2026-09-14", "overdue"),
            ("daily-attendance", "2026-09-15", "2026-09-15", "due"),
        ]
        for reader in (year.commissioner, year.provider):
            assert await year.table(reader, kind="attendance_report") == expected
        (met,) = await year.owed(kind="attendance_report", due_before="2026-09-08")
        assert met["met_by"]["kind"] == "attendance_mark"


# --- fees (SLA 2022, Systems and Processes 2) -----------------------------------------------------------------------

NEXT_YEAR = (
    ("2027-08-26", "2027-10-15"), ("2027-10-25", "2027-12-17"), ("2028-01-04", "2028-02-11"),
    ("2028-02-21", "2028-03-31"), ("2028-04-18", "2028-05-26"), ("2028-06-05", "2028-07-12"),
)  # fmt: skip


async def rate(by: Api, year: Year, amount: str, academic_year: str = "2027-28", **more: Any) -> None:
    """A side names a rate."""
    path = f"/v1/providers/{year.provider_id}/fees/{academic_year}"
    other = {} if by is year.commissioner else {"commissioner_id": str(year.commissioner.organisation_id)}
    said = {"basis": "per_day", "amount": amount} | other | more
    held = (await by.get(path)).json()["data"]
    headers = {"If-Match": f'"{held[0]["version"]}"'} if held else {}
    answer = await by.send("PUT", path, json=said, headers=headers)
    assert answer.status_code in (200, 201), answer.text


@pytest.fixture
async def billed(given: Given) -> Year:
    """A provider in use since June 2026 at £85 a day, and the terms of both years."""
    year = await begin(given, "partnership", "855", "leics-seip-sla-2022", LEICESTERSHIRE)
    with year.on("2026-06-15"):
        await place(year, "2026-06-15")
    with year.on("2026-08-20"):
        await rate(year.provider, year, "85.00", "2026-27")
        assert await of_fees(year) == ["fee-rates 2026/27: due"], "what one side says is not agreed"
        await rate(year.commissioner, year, "85.00", "2026-27")
        assert await of_fees(year) == ["fee-rates 2026/27: met"]
        await put_terms(year, "2027-28", NEXT_YEAR)
    return year


async def of_fees(year: Year) -> list[str]:
    """How the duties about fees stand, by year, those that are still to come left out."""
    asked = [each for kind in ("fee_rates", "fee_change_notice") for each in await year.owed(kind=kind)]
    return [
        f"{each['duty']} {each['subject']['academic_year']}: {each['state']}{' late' if each['late'] else ''}"
        for each in asked
        if each["state"] != "upcoming"
    ]


async def test_a_change_told_in_the_summer_term_is_notice_and_a_rate_agreed_by_the_first_day_is_in_time(
    billed: Year,
) -> None:
    year = billed
    with year.on("2027-06-14"):
        assert await of_fees(year) == ["fee-rates 2026/27: met", "fee-change-notice 2027/28: due"]
        await rate(year.commissioner, year, "80.00")
        assert await of_fees(year) == ["fee-rates 2026/27: met", "fee-change-notice 2027/28: due"], "not the provider's"
        await rate(year.provider, year, "90.00", "2028-29")
        assert await of_fees(year) == ["fee-rates 2026/27: met", "fee-change-notice 2027/28: due"], "of another year"
    with year.on("2027-07-14"):  # the last day of the summer term
        await rate(year.provider, year, "90.00")
        (notice,) = await year.owed(kind="fee_change_notice", due_before="2027-07-15")
        assert (notice["state"], notice["met_on"], notice["met_by"]["kind"], notice["late"]) == (
            "met",
            "2027-07-14",
            "fee_rate",
            False,
        )
    with year.on("2027-08-26", 22):  # 23:00 in England on the first day of the first term
        await rate(year.commissioner, year, "90.00")
        assert await of_fees(year) == [
            "fee-rates 2026/27: met",
            "fee-rates 2027/28: met",
            "fee-change-notice 2027/28: met",
        ]
    with year.on("2028-01-17"):
        # A change within the year was not announced in the summer before: but a rate was agreed in time, and a change
        # told in time; of the late one the rate itself has its alert.
        await rate(year.provider, year, "95.00")
        await rate(year.commissioner, year, "95.00")
        assert await of_fees(year) == [
            "fee-rates 2026/27: met",
            "fee-rates 2027/28: met",
            "fee-change-notice 2027/28: met",
            "fee-change-notice 2028/29: met",
        ], "of 2028/29 notice was given in June, earlier than it has to be"


async def test_a_change_told_after_the_summer_term_is_late_and_so_is_a_rate_agreed_after_the_first_day(
    billed: Year,
) -> None:
    year = billed
    with year.on("2027-07-15"):
        assert await of_fees(year) == ["fee-rates 2026/27: met", "fee-rates 2027/28: due"], "silence: nothing changes"
        await rate(year.provider, year, "90.00")
        assert (await of_fees(year))[-1] == "fee-change-notice 2027/28: met late"
    with year.on("2027-08-27"):
        assert "fee-rates 2027/28: overdue" in await of_fees(year)
        await rate(year.commissioner, year, "90.00")
        assert "fee-rates 2027/28: met late" in await of_fees(year)


async def test_a_change_that_is_taken_back_before_anybody_agreed_is_none(billed: Year) -> None:
    year = billed
    with year.on("2027-07-01"):
        await rate(year.provider, year, "90.00")
        assert (await of_fees(year))[-1] == "fee-change-notice 2027/28: met"
        await rate(year.provider, year, "85.00")
        assert (await of_fees(year))[-1] == "fee-change-notice 2027/28: due", "the same rate changes nothing"
    with year.on("2027-07-20"):
        assert await of_fees(year) == ["fee-rates 2026/27: met", "fee-rates 2027/28: due"]
        await rate(year.commissioner, year, "85.00")
        assert await of_fees(year) == ["fee-rates 2026/27: met", "fee-rates 2027/28: met"]


async def test_notice_by_letter_counts_on_the_day_that_was_named(billed: Year) -> None:
    year = billed
    with year.on("2027-09-01"):
        await rate(year.commissioner, year, "90.00", notice_given_on="2027-06-21")
        (notice,) = [each for each in await year.owed(kind="fee_change_notice") if each["state"] != "upcoming"]
        assert (notice["met_on"], notice["late"]) == ("2027-06-21", False)


# --- questionnaires (QA policy v8, Learning Walks and Parent & Pupil Questionnaires) --------------------------------


async def walk(year: Year, on: str) -> dict[str, Any]:
    """A learning walk that is planned for a day."""
    said = {"provider_id": year.provider_id, "framework_id": "ave-qa-v8", "kind": "learning_walk", "planned_on": on}
    first = date.fromisoformat(on)
    said |= {"announced_from_on": on, "announced_to_on": (first + timedelta(days=11)).isoformat()}
    more = {"planned_minutes": 90, "visitors": [{"name": "Ayesha Grant", "role": "Teacher, APT"}]}
    visit = await year.commissioner.made("/v1/visits", said | more)
    for to in ("preparing", "with_provider"):
        await step(year, visit, to)
    return visit


async def step(year: Year, visit: dict[str, Any], to: str, **said: Any) -> None:
    """A step of the walk."""
    path = f"/v1/visits/{visit['id']}"
    etag = (await year.commissioner.get(path)).headers["ETag"]
    answer = await year.commissioner.post(f"{path}/transitions", {"to": to} | said, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


async def of_pupils(year: Year) -> list[str]:
    """How the pupils' questionnaires of the two walks stand."""
    asked = await year.owed(kind="questionnaire", due_before="2026-12-31")
    return [f"{each['due_on']} {each['state']}{' late' if each['late'] else ''}" for each in asked]


async def test_pupils_are_asked_on_the_walk_itself_and_an_unanswered_questionnaire_asks_nobody(given: Given) -> None:
    year = await begin(given, "partnership", "830", "ave-qa-v8", DERBYSHIRE)
    with year.on("2026-09-28"):
        await place(year, "2026-09-02")
        visit = await walk(year, "2026-10-06")
        other = await walk(year, "2026-11-10")
    with year.on("2026-10-05"):
        asked = await ask(year, "pupils", visit_id=visit["id"])
        assert await of_pupils(year) == ["2026-10-23 due", "2026-12-18 upcoming"], "the walk has not taken place"
    with year.on("2026-10-06"):
        await step(year, visit, "visited", visited_on="2026-10-06", duration_minutes=80)
        assert await of_pupils(year) == ["2026-10-06 met", "2026-12-18 upcoming"]
        met = (await year.owed(kind="questionnaire", due_before="2026-10-07"))[0]
        assert (met["met_by"], met["met_on"]) == ({"kind": "questionnaire", "id": asked["id"]}, "2026-10-06")
    with year.on("2026-11-10"):
        await step(year, other, "visited", visited_on="2026-11-10", duration_minutes=80)
        await ask(year, "pupils", answers=0, visit_id=other["id"])
        await ask(year, "staff", visit_id=other["id"])
        await ask(year, "pupils", programme_id="leics-seip-qa-v1", provider_id=year.provider_id)
    with year.on("2026-11-13"):
        assert await of_pupils(year) == ["2026-10-06 met", "2026-11-10 overdue"]
        await ask(year, "pupils", visit_id=other["id"])
        assert await of_pupils(year) == ["2026-10-06 met", "2026-11-10 met late"], "three days after the walk"


async def test_parents_are_asked_within_the_year_and_those_of_another_provider_are_others(given: Given) -> None:
    year = await begin(given, "partnership", "830", "ave-qa-v8", DERBYSHIRE)
    with year.on("2026-09-02"):
        await place(year, "2026-09-02")
        elsewhere = await given.provider(year.commissioner, la_code="830")
        await ask(year, "parents", programme_id="ave-qa-v8", provider_id=elsewhere["id"])
        await ask(year, "pupils", programme_id="ave-qa-v8", provider_id=year.provider_id)

    async def of_parents() -> list[str]:
        asked = await year.owed(kind="questionnaire")
        return [each["state"] for each in asked if each["duty"] == "parent-questionnaires"]

    with year.on("2026-12-31"):
        assert await of_parents() == ["due"]
        await ask(year, "parents", programme_id="ave-qa-v8", provider_id=year.provider_id)
        assert await of_parents() == ["met"]
        assert await year.owed(year.provider, kind="questionnaire") == [], "it is no party to what others ask"


# --- records put right and taken back -------------------------------------------------------------------------------


async def test_a_child_that_was_not_seen_after_all_is_to_be_seen(given: Given) -> None:
    year = await begin(given, "partnership", "855", "leics-seip-sla-2022", LEICESTERSHIRE)
    by, path = year.commissioner, "/v1/welfare-visits"
    with year.on("2026-10-06"):
        kept = await place(year, "2026-09-07")
        seen = {"placement_id": kept["id"], "site_id": year.site_id, "seen_on": "2026-10-06"}
        first = await by.made(path, seen)
        second = await by.made(path, seen | {"seen_on": "2026-10-05"})
        assert await sight(year) == ["met", "upcoming"]
    with year.on("2026-10-27"):
        taken = await by.post(f"{path}/{first['id']}/withdraw", {"reason": "x"}, headers={"If-Match": '"1"'})
        assert taken.status_code == 200
        assert await sight(year) == ["met", "due"], "the other visit does"
        answer = await by.patch(
            f"{path}/{second['id']}", {"reason": "It was in half term 2.", "seen_on": "2026-10-26"}, 1
        )
        assert answer.status_code == 200, answer.text
        assert await sight(year) == ["overdue", "met"]
        back = {"reason": "No: the date was right.", "seen_on": "2026-10-16"}
        assert (await by.patch(f"{path}/{second['id']}", back, 2)).json()["state"] == "corrected"
        assert await sight(year) == ["met", "due"]
        gone = await by.post(f"{path}/{second['id']}/withdraw", {"reason": "Nobody went."}, headers={"If-Match": '"3"'})
        assert gone.status_code == 200
        assert await sight(year) == ["overdue", "due"]


async def sight(year: Year) -> list[str]:
    """How the sight of the child stands in the first two half terms."""
    asked = await year.owed(kind="welfare_visit", due_before="2026-12-31")
    return [each["state"] for each in asked]


async def test_a_return_that_is_taken_back_holds_the_invoice_again(given: Given) -> None:
    year = await begin(given, "partnership", "830", "ave-qa-v8", DERBYSHIRE)
    with year.on("2026-10-23"):
        placed = await place(year, "2026-09-02")
        said = {"kind": "tracking", "commissioner_id": str(year.commissioner.organisation_id), "summary": "Entered."}
        made = await year.provider.made("/v1/progress-reports", said | {"academic_year": "2026/27", "term": 1})
    with year.on("2026-11-02"):
        line = {"placement_id": placed["id"], "quantity": "8", "unit_amount": "85.00", "description": "Days"}
        bill = {"provider_id": year.provider_id, "period_from_on": "2026-10-01", "period_to_on": "2026-10-31"}
        invoice = await year.commissioner.made("/v1/invoices", bill | {"reference": "A-1", "lines": [line]})
        assert invoice["payment"] == {"state": "payable", "payable_on": "2026-12-02", "missing": []}
        path = f"/v1/progress-reports/{made['id']}"
        wrong = await year.provider.patch(path, {"reason": "It was of term 2.", "term": 2}, 1)
        assert wrong.status_code == 200, wrong.text
        held = (await year.commissioner.get(f"/v1/invoices/{invoice['id']}")).json()["payment"]
        assert (held["state"], [each["term"] for each in held["missing"]]) == ("held", [1])
        right = await year.provider.patch(path, {"reason": "It was of term 1.", "term": 1}, 2)
        assert right.status_code == 200
        paid = (await year.commissioner.get(f"/v1/invoices/{invoice['id']}")).json()["payment"]
        assert paid == invoice["payment"]
        await year.provider.post(f"{path}/withdraw", {"reason": "A draft."}, headers={"If-Match": '"3"'})
        held = (await year.commissioner.get(f"/v1/invoices/{invoice['id']}")).json()["payment"]
        assert held["state"] == "held"
        assert (await year.table(kind="tracking_return"))[0][3] == "overdue"
