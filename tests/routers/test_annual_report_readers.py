"""Annual reports as others read them: who does, what they are told of whom, and which obligation it meets."""

import asyncio
import hashlib
import json
from typing import Any

import httpx

from app.db.base import today
from app.domain.calendar import academic_year_label
from tests.access.world import TERMS
from tests.given import Api, Given, week
from tests.reports.reading import Page, Paper
from tests.routers.annual import FIRST, LAST_YEAR, REPORTS, START, WRITTEN, Scene, scene
from tests.routers.test_obligation_routes import SLA, adopt, listed, shifted

MARKED = 15


def code(answer: httpx.Response) -> tuple[int, str]:
    """How it was refused."""
    return answer.status_code, answer.json()["code"]


def cells(breakdown: dict[str, Any]) -> dict[str, int | None]:
    """The counts of a breakdown."""
    return {each["value"]: each["count"] for each in breakdown["cells"]}


def broken_down(report: dict[str, Any], by: str) -> dict[str, Any]:
    """The pupils of a report, broken down by something."""
    parts = report["figures"]["placements"]["breakdowns"]
    found: dict[str, Any] = next(each for each in parts if each["by"] == by)
    return found


async def readers(known: Scene, report: dict[str, Any]) -> dict[str, int]:
    """How those around a provider are answered who ask for a report."""
    asking = {
        "partnership": known.partnership,
        "school": known.school,
        "authority": known.authority,
        "neighbour": known.neighbour,
        "stranger": known.stranger,
        "another": await known.given.api((await known.given.provider(known.partnership))["id"]),
    }
    return {name: (await known.seen(report, api)).status_code for name, api in asking.items()}


# --- who reads ------------------------------------------------------------------------------------------------------


async def test_a_draft_is_its_providers_alone_and_a_published_report_is_for_those_around_it(given: Given) -> None:
    known = await scene(given)
    await known.placed()
    draft = await known.written()
    assert set((await readers(known, draft)).values()) == {404}
    for api in (known.partnership, known.authority, known.stranger):
        assert (await api.get(REPORTS, params={"provider_id": known.made["id"]})).json()["data"] == []
        assert (await api.get(f"{REPORTS}/{draft['id']}/document")).status_code == 404
    told = await known.published(draft)
    opened = {"partnership": 200, "school": 200, "authority": 200, "neighbour": 200, "stranger": 404, "another": 404}
    assert await readers(known, told) == opened
    for api in (known.partnership, known.school, known.neighbour, known.authority):
        assert (await known.seen(told, api)).json() == told
        (row,) = (await api.get(REPORTS, params={"academic_year": LAST_YEAR})).json()["data"]
        assert row == {name: told[name] for name in row}


async def test_who_may_read_may_not_write_and_a_contributor_may_not_publish(given: Given) -> None:
    known = await scene(given)
    await known.placed()
    draft = await known.written()
    for grade, statuses in (("viewer", (403, 403, 403)), ("contributor", (200, 200, 403))):
        member = await given.api(known.made["id"], grade)
        written = await known.write(draft, {"anything_else": grade}, by=member)
        draft = written.json() if written.status_code == 200 else draft
        assembled = await known.act(draft, "assemble", by=member)
        draft = assembled.json() if assembled.status_code == 200 else draft
        published = await known.act(draft, "publish", {}, by=member)
        assert (written.status_code, assembled.status_code, published.status_code) == statuses, grade
    told = await known.published(draft)
    for api in (known.partnership, known.authority, known.school):
        assert code(await api.post(REPORTS, {"academic_year": LAST_YEAR})) == (403, "permission_required")
        assert code(await known.write(told, {"introduction": "x"}, by=api)) == (403, "permission_required")


async def test_a_school_reads_of_the_provider_that_has_its_pupil_and_its_partnership_with_it(given: Given) -> None:
    known = await scene(given)
    school = await given.school(la_code="856")
    above = await given.partnership(la_code="856")
    pupil = await given.pupil(await given.school(partnership_id=above.organisation_id, la_code="856"))
    below = await given.api(pupil["owner_id"])
    await known.placed(below, pupil_id=pupil["id"])
    told = await known.published()
    assert [(await known.seen(told, api)).status_code for api in (below, above, school)] == [200, 200, 404]


async def test_a_placement_recorded_after_publication_brings_the_report_its_readers(given: Given) -> None:
    known = await scene(given)
    await known.placed()
    told = await known.published()
    assert (await known.seen(told, known.stranger)).status_code == 404
    await known.placed(known.stranger, on=START)
    assert (await known.seen(told, known.stranger)).status_code == 404, "a placement of another year"
    await known.placed(known.stranger)
    answer = await known.seen(told, known.stranger)
    assert (answer.status_code, answer.json()) == (200, told)


async def test_readers_are_told_that_it_is_published_and_nobody_of_a_draft(given: Given) -> None:
    known = await scene(given)
    await known.placed()
    told = await known.published()

    async def heard(api: Api) -> list[str]:
        changes = (await api.get("/v1/changes", params={"limit": 200})).json()["data"]
        return [each["kind"] for each in changes if each["entity"] == "annual_report"]

    assert await heard(known.partnership) == await heard(known.provider) == ["annual_report.published"]
    assert await heard(known.stranger) == []
    assert told["status"] == "published"


# --- what is told of whom -------------------------------------------------------------------------------------------


async def test_counts_of_few_children_are_not_told_nor_those_from_which_they_would_follow(given: Given) -> None:
    known = await scene(given)
    for by, reasons, pattern in (
        (known.partnership, ["BHS"] * 6 + ["MHN"] * 2, "FT"),
        (known.stranger, ["BHS"] * 5 + ["SUS"] * 5, "PT"),
    ):
        for reason in reasons:
            await known.placed(by, placement_reason=reason, attendance_pattern=pattern)
    draft = await known.begun()
    assert draft["figures"]["placements"]["pupils"] == 18
    told = broken_down(draft, "reason")
    assert (told["total"], told["suppressed"]) == (18, True)
    # Of two no count is told; five follow from the sum; of eleven, the stranger could take away its own five.
    assert cells(told) == {"BHS": None, "MHN": None, "SUS": None, "EXR": 0, "PHN": 0, "OTH": 0}
    assert cells(broken_down(draft, "commissioner")) == {"partnership": 18, "school": 0, "local_authority": 0}
    assert cells(broken_down(draft, "attendance_pattern")) == {"FT": 8, "PT": 10}
    assert cells(broken_down(draft, "standing")) == {"going_on": 18, "ended": 0}


async def test_a_reader_who_takes_away_its_own_pupils_is_not_left_with_few(given: Given) -> None:
    known = await scene(given)
    on = FIRST.replace(day=9).isoformat()
    for number in range(10):
        by = known.stranger if number == 0 else known.partnership
        placement = await known.placed(by, placement_reason="BHS", attendance_pattern="PT" if number else "FT")
        mark = {"placement_id": placement["id"], "session_on": on, "session": "AM", "code": "/" if number else "O"}
        await known.provider.post("/v1/attendance", {"items": [mark]})
        await by.made("/v1/welfare-visits", {"placement_id": placement["id"], "seen_on": on})
        said = {"kind": "tracking", "academic_year": LAST_YEAR, "term": 1, "summary": "x", "submitted_on": on}
        said |= {"placement_id": placement["id"], "targets": [{"target": "On time", "met": True}]}
        await known.provider.made("/v1/progress-reports", said)
    told = (await known.begun())["figures"]
    assert told["placements"]["pupils"] == 10
    parts = [*told["placements"]["breakdowns"], told["attendance"]["sessions"], told["welfare"]["pupils"]]
    parts += [told["progress"]["reports"], told["progress"]["targets"]]
    assert {each["count"] for part in parts for each in part["cells"]} == {None}
    assert (told["attendance"]["percent"], told["attendance"]["late"]) == (None, None)


async def test_of_four_children_nothing_is_told(given: Given) -> None:
    known = await scene(given)
    for _ in range(4):
        placement = await known.placed(placement_reason="BHS")
        marks = [{"placement_id": placement["id"], "session_on": FIRST.isoformat(), "session": "AM", "code": "/"}]
        await known.provider.post("/v1/attendance", {"items": marks})
    told = (await known.begun())["figures"]
    assert (told["placements"]["pupils"], told["placements"]["source"]["records"]) == (None, None)
    assert {each["total"] for each in told["placements"]["breakdowns"]} == {None}
    assert {one["count"] for each in told["placements"]["breakdowns"] for one in each["cells"]} == {None}
    register = told["attendance"]
    assert (register["pupils"], register["percent"], register["late"]) == (None, None, None)
    assert register["source"]["records"] is None
    assert {each["count"] for each in register["sessions"]["cells"]} == {None}
    assert told["welfare"]["pupils"]["total"] is None


async def test_a_child_with_two_placements_is_counted_once_by_the_last(given: Given) -> None:
    known = await scene(given)
    for _ in range(5):
        await known.placed(placement_reason="BHS", goal="other")
    pupil = await given.pupil(known.partnership)
    ends_on = FIRST.replace(day=20).isoformat()
    await known.placed(pupil_id=pupil["id"], ends_on=ends_on, attendance_pattern="FT")
    await known.placed(pupil_id=pupil["id"], on=FIRST.replace(day=21), attendance_pattern="PT")
    told = (await known.begun())["figures"]["placements"]
    assert (told["pupils"], told["source"]["records"]) == (6, 7)


async def test_the_register_is_summed_over_all_pupils(given: Given) -> None:
    known = await scene(given)
    marks = []
    for number in range(5):
        placement = await known.placed()
        for day in range(1, 1 + MARKED):
            said = {"placement_id": placement["id"], "session_on": FIRST.replace(day=day).isoformat(), "session": "AM"}
            marks.append(said | ({"code": "/"} if day > 3 else {"code": "O"} if number else {"code": "L"}))
    answer = await known.provider.post("/v1/attendance", {"items": marks})
    assert {each["status"] for each in answer.json()["results"]} == {201}
    told = (await known.begun())["figures"]["attendance"]
    # 75 sessions: 12 unauthorised absences, 3 late, 60 others.
    counts = {"present": 63, "authorised_absence": 0, "unauthorised_absence": 12, "not_possible": 0}
    assert cells(told["sessions"]) == counts
    assert (told["pupils"], told["percent"], told["late"]) == (5, "84.0", None)
    assert told["source"] == {"resource": "attendance", "records": 75}


async def test_welfare_visits_and_progress_are_told_with_their_numbers(given: Given) -> None:
    known = await scene(given)
    on = FIRST.replace(day=9).isoformat()
    for number in range(11):
        placement = await known.placed()
        if number < 6:
            await known.partnership.made("/v1/welfare-visits", {"placement_id": placement["id"], "seen_on": on})
        targets = [{"target": "On time", "met": number < 5}]
        said = {"kind": "tracking", "academic_year": LAST_YEAR, "term": 1, "summary": "As planned."}
        said |= {"placement_id": placement["id"], "submitted_on": on, "targets": targets}
        await known.provider.made("/v1/progress-reports", said)
    told = (await known.begun())["figures"]
    assert cells(told["welfare"]["pupils"]) == {"seen": 6, "not_seen": 5}
    assert told["welfare"]["source"] == {"resource": "welfare-visits", "records": 6}
    assert cells(told["progress"]["reports"]) == {"tracking": 11, "progress": 0}
    assert cells(told["progress"]["targets"]) == {"met": 5, "not_met": 6}


async def test_few_learners_of_a_qualification_are_not_told_to_readers(given: Given) -> None:
    known = await scene(given)
    await known.placed()
    offered: list[tuple[str, int | None, int | None]] = [
        ("Three of four", 4, 3),
        ("Ten of twelve", 12, 10),
        ("All of nine", 9, 9),
        ("Five of ten", 10, 5),
        ("None of eight", 8, 0),
        ("Not known", None, None),
    ]
    said = [{"title": title, "entered": entered, "achieved": achieved} for title, entered, achieved in offered]
    told = await known.published(await known.written(qualifications=said, outcomes_statement="See the list."))
    shown = (await known.seen(told, known.partnership)).json()["qualifications"]
    counts = {each["title"]: (each["entered"], each["achieved"]) for each in shown}
    assert counts == {
        "Three of four": (None, None),
        "Ten of twelve": (12, None),
        "All of nine": (9, 9),
        "Five of ten": (10, 5),
        "None of eight": (8, None),
        "Not known": (None, None),
    }
    document = (await known.partnership.get(f"{REPORTS}/{told['id']}/document")).json()["document"]
    assert document["written"]["qualifications"] == shown


# --- revisions ------------------------------------------------------------------------------------------------------


async def test_a_published_report_is_revised_by_another_version_that_supersedes_it(given: Given) -> None:
    known = await scene(given)
    await known.placed()
    first = await known.published()
    refused = await known.provider.post(REPORTS, {"academic_year": LAST_YEAR})
    assert code(refused) == (409, "annual_report_exists")
    assert (refused.json()["annual_report_id"], refused.json()["report_status"]) == (first["id"], "published")
    draft = await known.begun(revises_id=first["id"])
    assert (draft["number"], draft["revises_id"], draft["introduction"]) == (2, first["id"], WRITTEN["introduction"])
    assert (await known.seen(draft, known.partnership)).status_code == 404
    assert (await known.seen(first, known.partnership)).json()["superseded_by_id"] is None
    again = await known.provider.post(REPORTS, {"academic_year": LAST_YEAR, "revises_id": first["id"]})
    assert code(again) == (409, "annual_report_exists")
    second = await known.published((await known.write(draft, {"introduction": "Otherwise."})).json())
    seen = (await known.seen(first, known.partnership)).json()
    assert seen == first | {"superseded_by_id": second["id"]}
    document = (await known.partnership.get(f"{REPORTS}/{second['id']}/document")).json()["document"]
    assert document["previous"] == {"number": 1, "content_hash": first["content_hash"]}

    async def ids(**query: Any) -> list[str]:
        return [each["id"] for each in (await known.partnership.get(REPORTS, params=query)).json()["data"]]

    assert await ids(superseded=False) == [second["id"]]
    assert await ids(superseded=True) == [first["id"]]
    assert await ids(content_hash=first["content_hash"]) == [first["id"]]
    assert await ids(content_hash="0" * 64) == []

    path = f"/v1/reports/{first['content_hash']}/verification"
    for reader in (known.partnership, known.provider):
        verified = (await reader.get(path)).json()
        assert verified == {
            "kind": "annual_report",
            "content_hash": first["content_hash"],
            "provider_id": first["provider_id"],
            "visit_id": None,
            "annual_report_id": first["id"],
            "academic_year": LAST_YEAR,
            "number": 1,
            "stage": "final",
            "made_at": first["published_at"],
            "is_newest": False,
        }
    newest = await known.partnership.get(f"/v1/reports/{second['content_hash']}/verification")
    assert (newest.json()["number"], newest.json()["is_newest"]) == (2, True)
    assert (await known.stranger.get(path)).status_code == 404
    assert (await known.partnership.get(f"/v1/reports/{'0' * 64}/verification")).status_code == 404
    for scope, status in (("visits:read", 403), ("reports:verify", 200)):
        narrow = await given.api(known.partnership.organisation_id, scopes=[scope])
        assert (await narrow.get(path)).status_code == status, scope


async def test_from_one_version_to_the_next_no_few_children_can_be_told(given: Given) -> None:
    known = await scene(given)
    for _ in range(12):
        await known.placed(placement_reason="BHS")
    for _ in range(6):
        await known.placed(placement_reason="SUS")
    first = await known.published()
    reasons = cells(broken_down(first, "reason"))
    assert (reasons["BHS"], reasons["SUS"]) == (12, 6)
    await known.placed(placement_reason="SUS")
    draft = await known.begun(revises_id=first["id"])
    assert cells(broken_down(draft, "reason")) == reasons
    assert (draft["figures"]["placements"]["kept"], draft["figures"]["placements"]["pupils"]) == (True, 18)
    for _ in range(4):
        await known.placed(placement_reason="SUS")
    draft = (await known.act(draft, "assemble")).json()
    assert (draft["figures"]["placements"]["kept"], draft["figures"]["placements"]["pupils"]) == (False, 23)
    assert cells(broken_down(draft, "reason"))["SUS"] == 11


# --- at once --------------------------------------------------------------------------------------------------------


async def test_two_who_begin_at_once_begin_one(given: Given) -> None:
    known = await scene(given)
    members = [known.provider, await given.api(known.made["id"], "contributor")]
    answers = await asyncio.gather(*(each.post(REPORTS, {"academic_year": LAST_YEAR}) for each in members * 2))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    made = next(each.json()["id"] for each in answers if each.status_code == 201)
    assert {each.json().get("annual_report_id", made) for each in answers} == {made}


async def test_two_who_publish_at_once_publish_once(given: Given) -> None:
    known = await scene(given)
    draft = await known.written()
    answers = await asyncio.gather(*(known.act(draft, "publish", {}) for _ in range(4)))
    statuses = sorted(each.status_code for each in answers)
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {409, 412}
    listed_ = (await known.provider.get(REPORTS)).json()["data"]
    assert [(each["id"], each["status"]) for each in listed_] == [(draft["id"], "published")]


async def test_writing_and_publishing_at_once_loses_neither_in_silence(given: Given) -> None:
    known = await scene(given)
    draft = await known.written()
    written, published = await asyncio.gather(
        known.write(draft, {"introduction": "Otherwise."}), known.act(draft, "publish", {})
    )
    assert min(written.status_code, published.status_code) == 200
    assert max(written.status_code, published.status_code) in (409, 412)
    kept = (await known.seen(draft, known.provider)).json()
    assert (kept["introduction"] == "Otherwise.") is (written.status_code == 200)


async def test_the_same_key_publishes_once_and_answers_twice(given: Given) -> None:
    known = await scene(given)
    draft = await known.written()
    headers = {"If-Match": f'"{draft["version"]}"', "Idempotency-Key": "k-1"}
    path = f"{REPORTS}/{draft['id']}/publish"
    one, two = [await known.provider.send("POST", path, json={}, headers=headers) for _ in range(2)]
    assert (one.status_code, two.status_code, two.headers["idempotency-replayed"]) == (200, 200, "true")
    assert one.json() == two.json()
    dry = await known.provider.post(f"{REPORTS}?dry_run=true", {"academic_year": academic_year_label(START)})
    assert dry.status_code == 201
    assert len((await known.provider.get(REPORTS)).json()["data"]) == 1


# --- what it meets --------------------------------------------------------------------------------------------------


async def test_it_meets_what_the_agreement_asks_towards_every_commissioner(given: Given) -> None:
    known = await scene(given)
    label = f"{START.year}-{(START.year + 1) % 100:02}"
    moved = [each | {end: shifted(each[end]) for end in ("starts_on", "ends_on")} for each in TERMS]
    for by in (known.partnership, known.stranger):
        assert (await adopt(by, {"agreement_id": SLA})).status_code == 200
        assert (await by.put(f"/v1/calendars/{label}", {"terms": moved})).status_code == 201
        await known.placed(by, timetable=week(6, 2))

    async def owed(by: Api) -> list[dict[str, Any]]:
        told = await listed(by, kind="annual_report")
        return [each for each in told["data"] if each["subject"]["academic_year"] == LAST_YEAR]

    draft = await known.written()
    for by in (known.partnership, known.stranger, known.provider):
        assert {each["state"] for each in await owed(by)} <= {"due", "overdue"}
        assert all(len(each["missing"]) == 5 for each in await owed(by))
    assert len(await owed(known.provider)) == 2
    told = await known.published(draft)
    for by in (known.partnership, known.stranger, known.provider):
        for each in await owed(by):
            assert (each["state"], each["missing"]) == ("met", [])
            assert each["met_by"] == {"kind": "annual_report", "id": told["id"]}
    second = await known.published(await known.begun(revises_id=told["id"]))
    assert {each["met_by"]["id"] for each in await owed(known.provider)} == {told["id"]} != {second["id"]}


async def test_it_is_evidence_of_itself_where_compliance_asks_for_one(given: Given) -> None:
    known = await scene(given)

    async def standing() -> list[str]:
        told = (await known.partnership.get(f"/v1/providers/{known.made['id']}/compliance")).json()
        return [each["status"] for each in told["items"] if each["type"] == "annual_report"]

    assert await standing() == ["missing"]
    older = await known.begun(academic_year="2021/22")
    older = (await known.write(older, WRITTEN)).json()
    await known.published(older)
    assert await standing() == ["missing"], "a report of a year long past"
    told = await known.published()
    assert await standing() == ["valid"]
    asked = {each["type"] for each in told["figures"]["compliance"]["wanting"]}
    assert asked
    assert "annual_report" not in asked
    await known.published(await known.begun(revises_id=told["id"]))
    path = f"/v1/providers/{known.made['id']}/compliance-items"
    kept = (await known.provider.get(path, params={"type": "annual_report"})).json()["data"]
    assert [each["given_on"] for each in kept] == [today().isoformat()]


# --- as people read it ----------------------------------------------------------------------------------------------


async def test_it_is_read_as_json_page_and_tagged_pdf(given: Given) -> None:
    known = await scene(given)
    for _ in range(6):
        await known.placed(placement_reason="BHS")
    draft = await known.written()
    path = f"{REPORTS}/{draft['id']}/document"
    page = await known.provider.get(path, params={"format": "html"})
    assert "DRAFT" in Page(page.text).all("title")[0].text
    assert (await known.provider.get(path)).json()["content_hash"] is None
    told = await known.published(draft)
    as_json = await known.partnership.get(path)
    spelled = json.dumps(as_json.json()["document"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(spelled.encode()).hexdigest() == told["content_hash"] == as_json.json()["content_hash"]
    page = await known.partnership.get(path, params={"format": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert told["content_hash"] in page.text
    assert "DRAFT" not in Page(page.text).all("title")[0].text
    paper = await known.partnership.get(path, params={"format": "pdf"})
    assert paper.headers["content-disposition"].endswith(f'annual-report-{LAST_YEAR.replace("/", "-")}-v1.pdf"')
    assert "Off-site placement for behavioural support" in Paper(paper.content).content
    etag = paper.headers["etag"]
    again = await known.partnership.get(path, params={"format": "pdf"}, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert code(await known.stranger.get(path)) == (404, "not_found")
