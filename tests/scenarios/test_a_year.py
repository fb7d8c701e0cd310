"""A year in the life of three providers under three agreements: what is owed, day by day, as the documents say it."""

from datetime import date, timedelta
from typing import Any

from app.domain.obligations import ALL
from tests.given import Api, Given
from tests.scenarios.year import DERBYSHIRE, HEREFORDSHIRE, LEICESTERSHIRE, Year, ask, begin, place

Row = tuple[str, str, str, str]


def states(table: list[Row], duty: str) -> list[str]:
    """How the obligations of one duty stand, by their due days."""
    return [each[3] for each in table if each[0] == duty]


# --- Leicestershire: the service level agreement of March 2022 and the guidance of August 2024 ----------------------

# Two pupils from Monday 7 September 2026: one whom a school places through the partnership, one of the partnership's
# own. Each clause as printed; days as the partnership's calendar has them.
LEICESTERSHIRE_IN_SEPTEMBER: list[Row] = [
    # Preface 2 and 3: the agreement is answered before any pupil is accepted: Sunday 6 September is the eve.
    ("sla-response", "2026-08-09", "2026-09-06", "met"),
    # Guidance 3(a), (b): the first placement of the year asks for the audit; nobody is placed before one.
    ("lebc-audit", "2026-09-07", "2026-09-07", "overdue"),
    # Guidance 1(e): each child at each setting once each half term, by its last school day. Two children.
    ("half-termly-sight", "2026-09-07", "2026-10-16", "due"),
    ("half-termly-sight", "2026-09-07", "2026-10-16", "due"),
    ("half-termly-sight", "2026-10-26", "2026-12-18", "upcoming"),
    ("half-termly-sight", "2026-10-26", "2026-12-18", "upcoming"),
    ("half-termly-sight", "2027-01-04", "2027-02-12", "upcoming"),
    ("half-termly-sight", "2027-01-04", "2027-02-12", "upcoming"),
    ("half-termly-sight", "2027-02-22", "2027-03-25", "upcoming"),
    ("half-termly-sight", "2027-02-22", "2027-03-25", "upcoming"),
    ("half-termly-sight", "2027-04-12", "2027-05-28", "upcoming"),
    ("half-termly-sight", "2027-04-12", "2027-05-28", "upcoming"),
    ("half-termly-sight", "2027-06-07", "2027-07-14", "upcoming"),
    ("half-termly-sight", "2027-06-07", "2027-07-14", "upcoming"),
    # Systems and Processes 2: any change of fees is told in the summer term before.
    ("fee-change-notice", "2027-04-12", "2027-07-14", "upcoming"),
    # Partnerships, Systems and Processes 6: likely demand is told in the summer term.
    ("demand-forecast", "2027-04-12", "2027-07-14", "upcoming"),
    # Partnerships, Systems and Processes 7: visits in a planned way; agreed here: within a year of the last.
    ("Quality assurance visit", "2026-09-07", "2027-09-07", "due"),
    # Not owed: the fee rate of the year (Systems and Processes 2), since the provider came into use after its first
    # day, and the report of a year in which it was not in use.
]


# The same year when its last term is over: what came in time, what came late, and what never came.
LEICESTERSHIRE_IN_JULY: list[Row] = [
    ("sla-response", "2026-08-09", "2026-09-06", "met"),
    # The audit of 10 November was nine weeks late; the next is due by the eve of its anniversary.
    ("lebc-audit", "2026-09-07", "2026-09-07", "met late"),
    ("lebc-audit", "2027-09-01", "2027-11-09", "upcoming"),
    # The school saw its pupil in the first half term alone, the partnership its own in the second.
    ("half-termly-sight", "2026-09-07", "2026-10-16", "met"),
    ("half-termly-sight", "2026-09-07", "2026-10-16", "overdue"),
    ("half-termly-sight", "2026-10-26", "2026-12-18", "met"),
    ("half-termly-sight", "2026-10-26", "2026-12-18", "overdue"),
    *[("half-termly-sight", "2027-01-04", "2027-02-12", "overdue")] * 2,
    *[("half-termly-sight", "2027-02-22", "2027-03-25", "overdue")] * 2,
    *[("half-termly-sight", "2027-04-12", "2027-05-28", "overdue")] * 2,
    *[("half-termly-sight", "2027-06-07", "2027-07-14", "overdue")] * 2,
    # Learner Progress 7: asked twice in the autumn and once in the spring, answered once.
    ("progress-reports", "2026-11-10", "2026-11-24", "met"),
    ("progress-reports", "2026-11-10", "2026-11-24", "overdue"),
    ("progress-reports", "2027-01-04", "2027-01-18", "overdue"),
    ("demand-forecast", "2027-04-12", "2027-07-14", "met"),
    ("Quality assurance visit", "2026-09-07", "2027-09-07", "due"),
    # Not owed: a notice of changed fees, since none was told and so none changes.
]


async def leicestershire(given: Given) -> tuple[Year, Api, dict[str, Any], dict[str, Any]]:
    """The partnership, its provider, a school that refers a pupil, and the two placements."""
    year = await begin(given, "partnership", "855", "leics-seip-sla-2022", LEICESTERSHIRE)
    partnership_id = year.commissioner.organisation_id
    school_id = await given.organisation("school", la_code="855", partnership_id=partnership_id)
    school = await given.api(school_id, subject=f"{school_id}-year")
    own = await given.pupil(school, home_school_id=str(school_id))
    shared = {"organisation_id": str(partnership_id), "purpose": "Programme management"}
    await school.made(f"/v1/pupils/{own['id']}/shares", shared)
    with year.on("2026-09-04"):
        await year.gives("sla_acceptance")
        referred = await place(year, "2026-09-07", pupil=own, home_school_id=str(school_id))
        kept = await place(year, "2026-09-07")
    return year, school, referred, kept


async def test_a_year_under_the_leicestershire_agreement(given: Given) -> None:
    year, school, referred, kept = await leicestershire(given)
    with year.on("2026-09-08"):
        year.sign_in(school)
        assert sorted(await year.table()) == sorted(LEICESTERSHIRE_IN_SEPTEMBER)
        # The provider is told of what is between the two; of the sight of children it is no party.
        between = [each for each in LEICESTERSHIRE_IN_SEPTEMBER if each[0] != "half-termly-sight"]
        assert sorted(await year.table(year.provider)) == sorted(between)
        # The school sees to its own pupil (Guidance 2(i)); of the rest it is told nothing.
        owed = await year.owed(school)
        assert [each["subject"]["placement_id"] for each in owed] == [referred["id"]] * 6
        assert {each["owed_by"] for each in owed} == {str(school.organisation_id)}

    await sights(year, school, referred, kept)
    await audits_and_fees(year)
    await the_new_year(year)


async def sights(year: Year, school: Api, referred: dict[str, Any], kept: dict[str, Any]) -> None:
    """The autumn: each child is seen, one of them too late for the half term."""
    with year.on("2026-10-06"):
        year.sign_in(school)
        seen = {"site_id": year.site_id, "seen_on": "2026-10-06"}
        await school.made("/v1/welfare-visits", seen | {"placement_id": referred["id"], "note": "Well."})
    with year.on("2026-10-16", 22):  # 23:00 in England, where it is still summer time
        table = await year.table(due_before="2026-10-17", kind="welfare_visit")
        assert sorted(each[3] for each in table) == ["due", "met"]
    with year.on("2026-10-26"):  # clocks went back on the 25th
        table = await year.table(due_before="2026-10-17", kind="welfare_visit")
        assert sorted(each[3] for each in table) == ["met", "overdue"]
        seen = {"placement_id": kept["id"], "site_id": year.site_id, "seen_on": "2026-10-26"}
        await year.commissioner.made("/v1/welfare-visits", seen)
        table = await year.table(due_before="2026-12-19", kind="welfare_visit")
        assert sorted(each[3] for each in table) == ["due", "met", "met", "overdue"]


async def audits_and_fees(year: Year) -> None:
    """LEBC audits in November; progress is asked for twice a term and no more; a visit; summer notices."""
    with year.on("2026-11-10"):
        path = f"/v1/providers/{year.provider_id}/audits"
        await year.commissioner.made(path, {"body": "LEBC", "audited_on": "2026-11-10"})
        # Late by two months; the next by the eve of the anniversary, asked for by the next year's first placement.
        assert await year.table(kind="audit") == [
            ("lebc-audit", "2026-09-07", "2026-09-07", "met late"),
            ("lebc-audit", "2027-09-01", "2027-11-09", "upcoming"),
        ]
        ask: dict[str, Any] = {"provider_id": year.provider_id, "due_on": "2026-11-24"}
        first = await year.commissioner.made("/v1/progress-requests", ask)
        await year.commissioner.made("/v1/progress-requests", ask)
        refused = await year.commissioner.post("/v1/progress-requests", ask)
        assert (refused.status_code, refused.json()["code"]) == (409, "progress_request_cap")
        assert (refused.json()["from_on"], refused.json()["to_on"]) == ("2026-08-27", "2027-01-03")
        report: dict[str, Any] = {
            "kind": "progress",
            "commissioner_id": str(year.commissioner.organisation_id),
            "summary": "On track.",
        }
        report |= {"academic_year": "2026/27", "term": 2, "request_id": first["id"]}
        await year.provider.made("/v1/progress-reports", report)
    with year.on("2026-11-25"):
        table = await year.table(year.provider, kind="progress_report")
        assert sorted(table) == [
            ("progress-reports", "2026-11-10", "2026-11-24", "met"),
            ("progress-reports", "2026-11-10", "2026-11-24", "overdue"),
        ]
    with year.on("2027-01-04"):  # the first day of the spring term
        ask = {"provider_id": year.provider_id, "due_on": "2027-01-18"}
        await year.commissioner.made("/v1/progress-requests", ask)
    with year.on("2027-05-03"):  # a bank holiday within the summer term
        table = [each for each in await year.table() if each[1] == "2027-04-12" and each[0] != "half-termly-sight"]
        assert sorted(table) == [
            ("demand-forecast", "2027-04-12", "2027-07-14", "due"),
            ("fee-change-notice", "2027-04-12", "2027-07-14", "due"),
        ]
        forecast = {"kind": "demand_forecast", "title": "Places", "provider_id": year.provider_id}
        await year.commissioner.made("/v1/provider-documents", forecast | {"academic_year": "2027/28"})


async def the_new_year(year: Year) -> None:
    """The next calendar is told: the fee rate is due on its first day, the annual report by the end of autumn."""
    with year.on("2027-07-15"):
        assert sorted(await year.table()) == sorted(LEICESTERSHIRE_IN_JULY)
        starts = [
            "2027-08-26", "2027-10-25", "2028-01-04", "2028-02-21", "2028-04-18", "2028-06-05",
        ]  # fmt: skip
        ends = ["2027-10-15", "2027-12-17", "2028-02-11", "2028-03-31", "2028-05-26", "2028-07-12"]
        terms = [
            {"ordinal": n, "starts_on": first, "ends_on": last}
            for n, (first, last) in enumerate(zip(starts, ends, strict=True), start=1)
        ]
        answer = await year.commissioner.put("/v1/calendars/2027-28", {"terms": terms})
        assert answer.status_code == 201, answer.text
        told = {each[0]: each[1:] for each in await year.table() if each[0] in ("fee-rates", "annual-report")}
        assert told == {
            "fee-rates": ("2027-07-15", "2027-08-26", "due"),
            "annual-report": ("2027-08-26", "2027-12-17", "upcoming"),
        }
        await year.gives("fee_rates", academic_year="2027/28")
    parts = ["qualifications_offered", "outcomes_achieved", "non_accredited_outcomes", "plans", "financial_status"]
    with year.on("2027-12-17"):
        await year.gives("annual_report", academic_year="2026/27", parts=parts[:4])
        (report,) = await year.owed(kind="annual_report")
        assert (report["state"], report["missing"]) == ("due", ["financial_status"])
    with year.on("2027-12-18"):
        await year.gives("annual_report", academic_year="2026/27", parts=parts)
        assert await year.table(kind="annual_report") == [("annual-report", "2027-08-26", "2027-12-17", "met late")]


# --- Amber Valley and Erewash: the quality assurance policy, version 8 ----------------------------------------------

# One pupil from the first day of term 1, Wednesday 2 September 2026.
AMBER_VALLEY_IN_SEPTEMBER: list[Row] = [
    # Procedures: intent and long-term plan are produced during term 1.
    ("intent", "2026-09-02", "2026-10-23", "due"),
    ("long-term-plan", "2026-09-02", "2026-10-23", "due"),
    # Within APs: tracking six times a year, at the end of each of the six terms (asked for a fortnight before).
    ("tracking-returns", "2026-10-09", "2026-10-23", "upcoming"),
    ("tracking-returns", "2026-12-04", "2026-12-18", "upcoming"),
    ("tracking-returns", "2027-01-29", "2027-02-12", "upcoming"),
    ("tracking-returns", "2027-03-11", "2027-03-25", "upcoming"),
    ("tracking-returns", "2027-05-14", "2027-05-28", "upcoming"),
    ("tracking-returns", "2027-07-07", "2027-07-21", "upcoming"),
    # Within APs: a copy of the QA policy, and the QA summary; no day is stated, so within the school year.
    ("qa-policy", "2026-09-02", "2027-07-21", "due"),
    ("qa-summary", "2026-09-02", "2027-07-21", "due"),
    # Procedures: walks in the latter part of term 1 (its second half begins on the 28th) and in term 2.
    ("Learning walk", "2026-09-28", "2026-10-23", "upcoming"),
    ("Learning walk", "2026-11-02", "2026-12-18", "upcoming"),
    # Learning Walks: told a week before the period; until one is set, in time for the last day of the window.
    ("learning-walk-notice", "2026-09-14", "2026-10-16", "upcoming"),
    ("learning-walk-notice", "2026-10-19", "2026-12-11", "upcoming"),
    # Parent & Pupil Questionnaires: pupils during the walks and the half day, parents throughout the year.
    ("pupil-questionnaires", "2026-09-28", "2026-10-23", "upcoming"),
    ("pupil-questionnaires", "2026-11-02", "2026-12-18", "upcoming"),
    ("pupil-questionnaires", "2027-01-04", "2027-07-21", "upcoming"),
    ("parent-questionnaires", "2026-09-02", "2027-08-31", "due"),
    # Procedures: the half day from term 3, and the scrutiny of work on its day.
    ("Half-day observation", "2027-01-04", "2027-07-21", "upcoming"),
    ("Work scrutiny", "2027-01-04", "2027-07-21", "upcoming"),
    # Policy Aim: a contractual review in the year, the final judgement at its end.
    ("Contractual review", "2026-09-02", "2027-07-21", "due"),
    ("Final judgement of the year", "2027-07-21", "2027-08-31", "upcoming"),
]


# The same year on its last day. One walk took place, with its questionnaires; the half day never did.
AMBER_VALLEY_IN_AUGUST: list[Row] = [
    ("intent", "2026-09-02", "2026-10-23", "met"),
    ("long-term-plan", "2026-09-02", "2026-10-23", "overdue"),
    ("tracking-returns", "2026-10-09", "2026-10-23", "met"),
    ("tracking-returns", "2026-12-04", "2026-12-18", "met late"),
    ("tracking-returns", "2027-01-29", "2027-02-12", "overdue"),
    ("tracking-returns", "2027-03-11", "2027-03-25", "waived"),
    ("tracking-returns", "2027-05-14", "2027-05-28", "overdue"),
    ("tracking-returns", "2027-07-07", "2027-07-21", "overdue"),
    ("qa-policy", "2026-09-02", "2027-07-21", "met"),
    ("qa-summary", "2026-09-02", "2027-07-21", "met late"),
    ("Learning walk", "2026-09-28", "2026-10-23", "met"),
    ("Learning walk", "2026-11-02", "2026-12-18", "overdue"),
    # Told eight days before the period of 5 October; of the second period nobody was told.
    ("learning-walk-notice", "2026-09-14", "2026-09-28", "met"),
    ("learning-walk-notice", "2026-10-19", "2026-12-11", "overdue"),
    # On the walk itself: 6 October.
    ("pupil-questionnaires", "2026-09-28", "2026-10-06", "met"),
    ("pupil-questionnaires", "2026-11-02", "2026-12-18", "overdue"),
    ("pupil-questionnaires", "2027-01-04", "2027-07-21", "overdue"),
    ("parent-questionnaires", "2026-09-02", "2027-08-31", "met"),
    ("Half-day observation", "2027-01-04", "2027-07-21", "overdue"),
    ("Work scrutiny", "2027-01-04", "2027-07-21", "overdue"),
    ("Contractual review", "2026-09-02", "2027-07-21", "overdue"),
    ("Final judgement of the year", "2027-07-21", "2027-08-31", "due"),
]


async def test_a_year_under_the_amber_valley_policy(given: Given) -> None:
    year = await begin(given, "partnership", "830", "ave-qa-v8", DERBYSHIRE)
    with year.on("2026-09-02"):
        await place(year, "2026-09-02")
        assert sorted(await year.table()) == sorted(AMBER_VALLEY_IN_SEPTEMBER)
        asked_of_it = [each for each in AMBER_VALLEY_IN_SEPTEMBER if "questionnaires" not in each[0]]
        assert sorted(await year.table(year.provider)) == sorted(asked_of_it)
    await walks(year)
    await returns(year)
    await waived(year)
    await the_end_of_the_year(year)


async def the_end_of_the_year(year: Year) -> None:
    """Parents are asked on the day the clocks go forward; one document comes on the last day, one the day after."""
    with year.on("2027-03-28"):
        await ask(year, "parents", programme_id="ave-qa-v8", provider_id=year.provider_id)
        fourth = next(each for each in await year.owed(kind="tracking_return") if each["due_on"] == "2027-03-25")
        await year.commissioner.made(f"/v1/obligations/{fourth['key']}/waive", {"reason": "Their system was down."})
    with year.on("2027-07-21"):
        await year.gives("qa_policy", academic_year="2026/27")
        await year.gives("qa_summary", academic_year="2025/26")  # of another year: it is not what is asked for
    with year.on("2027-07-22"):
        await year.gives("qa_summary", academic_year="2026/27")
    with year.on("2027-08-31", 22):  # 23:00 in England
        assert sorted(await year.table()) == sorted(AMBER_VALLEY_IN_AUGUST)
        asked_of_it = [each for each in AMBER_VALLEY_IN_AUGUST if "questionnaires" not in each[0]]
        assert sorted(await year.table(year.provider)) == sorted(asked_of_it)


async def walks(year: Year) -> None:
    """The first walk is announced eight days before its period, takes place, and settles what it settles."""
    with year.on("2026-09-27"):
        said = {
            "provider_id": year.provider_id,
            "framework_id": "ave-qa-v8",
            "kind": "learning_walk",
            "planned_on": "2026-10-06",
            "announced_from_on": "2026-10-05",
            "announced_to_on": "2026-10-16",
            "planned_minutes": 90,
            "visitors": [{"name": "Ayesha Grant", "role": "Teacher, APT"}],
        }
        visit = await year.commissioner.made("/v1/visits", said)
        assert await year.table(kind="visit_notice", due_before="2026-11-01") == [
            ("learning-walk-notice", "2026-09-14", "2026-09-28", "due")
        ]
        for to in ("preparing", "with_provider"):
            await step(year.commissioner, visit["id"], to)
        assert await year.table(kind="visit_notice", due_before="2026-11-01") == [
            ("learning-walk-notice", "2026-09-14", "2026-09-28", "met")
        ]
    with year.on("2026-10-06"):
        await step(year.commissioner, visit["id"], "visited", visited_on="2026-10-06", duration_minutes=80)
        (walk,) = await year.owed(year.provider, kind="visit", due_before="2026-11-01")
        assert (walk["state"], walk["met_on"], walk["met_by"]) == (
            "met",
            "2026-10-06",
            {"kind": "visit", "id": visit["id"]},
        )
        await ask(year, "pupils", visit_id=visit["id"])


async def step(by: Api, visit_id: str, to: str, **said: Any) -> None:
    """Take a visit on."""
    path = f"/v1/visits/{visit_id}"
    etag = (await by.get(path)).headers["ETag"]
    answer = await by.post(f"{path}/transitions", {"to": to, **said}, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


async def returns(year: Year) -> None:
    """The first return comes on the last day of term 1, the second a day late; a document of term 1 never comes."""
    report: dict[str, Any] = {
        "kind": "tracking",
        "commissioner_id": str(year.commissioner.organisation_id),
        "summary": "Entered.",
    }
    report |= {"academic_year": "2026/27"}
    with year.on("2026-10-23"):
        await year.provider.made("/v1/progress-reports", report | {"term": 1})
        await year.gives("intent", academic_year="2026/27")
    with year.on("2026-12-19"):
        await year.provider.made("/v1/progress-reports", report | {"term": 2})
        table = await year.table(kind="tracking_return")
        assert [each[3] for each in table] == ["met", "met late", *["upcoming"] * 4]
        assert states(await year.table(), "intent") == ["met"]
        assert states(await year.table(), "long-term-plan") == ["overdue"]


async def waived(year: Year) -> None:
    """The Support Centres waive the long-term plan, the provider cannot; they think better of it."""
    with year.on("2027-01-11"):
        (plan,) = await year.owed(kind="long_term_plan")
        path = f"/v1/obligations/{plan['key']}/waive"
        refused = await year.provider.post(path, {"reason": "We have none."})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
        told = await year.commissioner.made(path, {"reason": "A college."})
        assert (told["state"], told["waived_because"]) == ("waived", "A college.")
        again = await year.commissioner.post(path, {"reason": "A college."})
        assert (again.status_code, again.json()["code"]) == (409, "obligation_settled")
        assert states(await year.table(year.provider), "long-term-plan") == ["waived"]
        assert (await year.commissioner.send("DELETE", path)).status_code == 204
        assert states(await year.table(year.provider), "long-term-plan") == ["overdue"]


# --- Herefordshire: the framework asks for regular visits -----------------------------------------------------------


async def test_a_year_under_the_herefordshire_framework(given: Given) -> None:
    """Caveats for unregistered provision: "robustly applied through regular QA visits", here within half a year."""
    year = await begin(given, "local_authority", "884", "herefordshire-apqa-v1", HEREFORDSHIRE, regular_visit_days=183)
    with year.on("2026-09-01"):
        await place(year, "2026-09-07")
        due_on = (date(2026, 9, 7) + timedelta(days=183)).isoformat()
        assert due_on == "2027-03-09"
        assert await year.table() == [("Quality assurance visit", "2026-09-07", "2027-03-09", "upcoming")]
        assert await year.table(year.provider) == await year.table()
    with year.on("2027-03-28"):  # clocks go forward
        assert await year.table() == [("Quality assurance visit", "2026-09-07", "2027-03-09", "overdue")]
    with year.on("2026-12-01"):
        answer = await year.commissioner.get("/v1/obligations", params={"provider_id": year.provider_id})
        assert answer.json()["cannot_determine"] == []
    with year.on("2027-09-06"):
        answer = await year.commissioner.get("/v1/obligations", params={"provider_id": year.provider_id})
        assert [each["code"] for each in answer.json()["cannot_determine"]] == ["calendar_missing"]


async def test_a_year_of_reviews_and_visits_under_the_herefordshire_framework(given: Given) -> None:
    """1.2 and 2.2: policies and risk assessments are reviewed at least yearly, here from the day of the last review."""
    year = await begin(given, "local_authority", "884", "herefordshire-apqa-v1", HEREFORDSHIRE, regular_visit_days=183)
    items = f"/v1/providers/{year.provider_id}/compliance-items"
    with year.on("2026-09-02"):
        await place(year, "2026-09-07")
        await year.provider.made(items, {"type": "child_protection_policy", "given_on": "2025-10-15"})
        await year.provider.made(items, {"type": "risk_assessments", "given_on": "2026-02-28"})
        # Never reviewed, so that nobody knows from when a year runs: other policies. They are the compliance's to ask.
        assert sorted(await year.table()) == [
            ("Quality assurance visit", "2026-09-07", "2027-03-09", "upcoming"),
            ("reviews", "2026-09-02", "2026-10-14", "due"),
            ("reviews", "2027-01-16", "2027-02-27", "upcoming"),
        ]
    with year.on("2026-10-20"):
        await year.provider.made(items, {"type": "child_protection_policy", "given_on": "2026-10-20"})
    with year.on("2027-02-27"):
        wrong = await year.provider.made(items, {"type": "risk_assessments", "given_on": "2027-02-26"})
        gone = {"reason": "That was a draft."}
        path = f"/v1/compliance-items/{wrong['id']}/withdraw"
        assert (await year.provider.post(path, gone, headers={"If-Match": '"1"'})).status_code == 200
        assert ("reviews", "2027-01-16", "2027-02-27", "due") in await year.table()
        await year.provider.made(items, {"type": "risk_assessments", "given_on": "2027-02-27"})
    with year.on("2027-03-08"):
        said: dict[str, Any] = {"provider_id": year.provider_id, "framework_id": "herefordshire-apqa-v1"}
        said |= {"kind": "qa_visit", "planned_on": "2027-03-08", "visitors": [{"name": "Ayesha Grant"}]}
        visit = await year.commissioner.made("/v1/visits", said)
        for to in ("preparing", "with_provider"):
            await step(year.commissioner, visit["id"], to)
        await step(year.commissioner, visit["id"], "visited", visited_on="2027-03-08", duration_minutes=180)
    with year.on("2027-03-28"):
        assert sorted(await year.table()) == [
            ("Quality assurance visit", "2026-09-07", "2027-03-09", "met"),
            ("Quality assurance visit", "2027-03-09", "2027-09-07", "due"),
            ("reviews", "2026-09-02", "2026-10-14", "met late"),
            ("reviews", "2027-01-16", "2027-02-27", "met"),
            ("reviews", "2027-09-07", "2027-10-19", "upcoming"),
            ("reviews", "2028-01-15", "2028-02-26", "upcoming"),
        ]
        assert sorted(await year.table(year.provider)) == sorted(await year.table())


def test_every_duty_of_every_agreement_is_met_with_in_these_years() -> None:
    """A duty that an agreement gains is played here, too, or in what meets an obligation."""
    tables = (LEICESTERSHIRE_IN_JULY, AMBER_VALLEY_IN_AUGUST)
    told = {row[0] for table in tables for row in table} | {"qa-visits", "reviews"}
    elsewhere = {"daily-attendance", "fee-rates", "fee-change-notice", "annual-report"}
    assert {duty.key for agreement in ALL for duty in agreement.duties} <= told | elsewhere
