"""Obligations over HTTP: agreements adopted, lists, waivers, and the calendars that read them."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest
from sqlalchemy import Connection, event

from app.db.base import today
from app.domain.calendar import academic_year
from tests.access.world import TERMS
from tests.given import Api, Given, week

SLA = "leics-seip-sla-2022"
START = academic_year(today())[0]


async def adopt(by: Api, *agreements: dict[str, Any], version: int = 1) -> Any:
    """Adopt agreements."""
    return await by.patch(f"/v1/organisations/{by.organisation_id}", {"agreements": list(agreements)}, version)


async def using(given: Given, *, calendar: bool = True, provider: dict[str, Any] | None = None) -> tuple[Api, Api]:
    """A partnership under the Leicestershire agreement and a provider with one of its pupils since September."""
    partnership = await given.partnership()
    assert (await adopt(partnership, {"agreement_id": SLA})).status_code == 200
    provider = provider or await given.provider(partnership)
    pupil = await given.pupil(partnership)
    said = {"provider_id": provider["id"], "pupil_id": pupil["id"], "starts_on": START.isoformat()}
    await partnership.made("/v1/placements", said | {"timetable": week(10, 2)})
    if calendar:
        label = f"{START.year}-{(START.year + 1) % 100:02}"
        moved = [each | {end: shifted(each[end]) for end in ("starts_on", "ends_on")} for each in TERMS]
        assert (await partnership.put(f"/v1/calendars/{label}", {"terms": moved})).status_code == 201
    return partnership, await given.api(provider["id"])


def shifted(day: Any) -> str:
    """A day of 2026/27 as of this academic year."""
    return f"{int(day[:4]) - 2026 + START.year}{day[4:]}"


async def listed(by: Api, **query: Any) -> dict[str, Any]:
    """What is told."""
    answer = await by.get("/v1/obligations", params={"limit": 200} | query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


# --- agreements -----------------------------------------------------------------------------------------------------


async def test_everybody_reads_what_agreements_ask_for(given: Given) -> None:
    provider = await given.provider(await given.partnership())
    told = (await (await given.api(provider["id"], "viewer")).get("/v1/agreements")).json()["data"]
    assert [each["id"] for each in told] == ["ave-qa-v8", "herefordshire-apqa-v1", SLA]
    audit = next(each for each in told[2]["duties"] if each["key"] == "lebc-audit")
    assert (audit["owed_by"], audit["owed_to"], audit["kind"]) == ("provider", "commissioner", "audit")


async def test_an_organisation_adopts_agreements_with_what_was_agreed(given: Given) -> None:
    partnership = await given.partnership()
    adopted = {"agreement_id": SLA, "parameters": {"audit_interval_years": 2}, "from_on": "2026-09-01"}
    told = (await adopt(partnership, adopted)).json()
    assert told["agreements"] == [adopted]
    renamed = await partnership.patch(f"/v1/organisations/{partnership.organisation_id}", {"name": "Another"}, 2)
    assert renamed.json()["agreements"] == [adopted]
    refused = await adopt(partnership, {"agreement_id": "none"}, version=3)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/agreements/0/agreement_id")
    refused = await adopt(partnership, {"agreement_id": SLA, "parameters": {"audit_interval_years": 9}}, version=3)
    assert refused.json()["errors"][0]["code"] == "parameter_out_of_range"


# --- lists ----------------------------------------------------------------------------------------------------------


async def test_without_an_agreement_nothing_is_owed(given: Given) -> None:
    partnership = await given.partnership()
    assert await listed(partnership) == {
        "data": [],
        "page": {"next_cursor": None, "has_more": False},
        "cannot_determine": [],
    }


async def test_parties_alone_are_told(given: Given) -> None:
    partnership, provider = await using(given)
    theirs = {each["key"] for each in (await listed(provider))["data"]}
    assert theirs
    assert theirs < {each["key"] for each in (await listed(partnership))["data"]}
    other, authority = await given.partnership(), await given.authority()
    for stranger in (other, authority, await given.school()):
        assert (await listed(stranger))["data"] == []
    key = next(iter(theirs))
    for stranger in (other, authority):
        answer = await stranger.post(f"/v1/obligations/{key}/waive", {"reason": "x"})
        assert answer.status_code == 404


@pytest.mark.parametrize("kind", ["partnership", "school", "authority"])
async def test_one_obligation_is_told_to_whom_the_list_tells_it(given: Given, kind: str) -> None:
    commissioner: Api = await getattr(given, kind)()
    assert (await adopt(commissioner, {"agreement_id": SLA})).status_code == 200
    provider = await given.provider(await given.partnership())
    pupil = await given.pupil(commissioner)
    said = {"provider_id": provider["id"], "pupil_id": pupil["id"], "starts_on": START.isoformat()}
    await commissioner.made("/v1/placements", said | {"timetable": week(10, 2)})
    parties = (commissioner, await given.api(provider["id"], "viewer"))
    strangers = (await given.partnership(), await given.school(), await given.authority())
    for party in parties:
        told = (await listed(party))["data"]
        assert told
        for each in told:
            answer = await party.get(f"/v1/obligations/{each['key']}")
            assert (answer.status_code, answer.json()) == (200, each)
        for stranger in strangers:
            assert (await stranger.get(f"/v1/obligations/{told[0]['key']}")).status_code == 404
    untold = {each["key"] for each in (await listed(parties[0]))["data"]}
    untold -= {each["key"] for each in (await listed(parties[1]))["data"]}
    for key in untold:
        assert (await parties[1].get(f"/v1/obligations/{key}")).status_code == 404


async def test_a_key_of_nothing_is_not_found_and_what_is_no_key_is_refused(given: Given) -> None:
    partnership = await given.partnership()
    assert (await partnership.get(f"/v1/obligations/{UUID(int=0)}")).status_code == 404
    assert (await partnership.get("/v1/obligations/none")).status_code == 422
    assert (await partnership.get("/v1/obligations/feeds")).status_code == 200
    narrow = await given.api(partnership.organisation_id, scopes=["placements:read"])
    assert (await narrow.get(f"/v1/obligations/{UUID(int=0)}")).status_code == 403


async def test_a_waiver_shows_in_the_one_obligation_and_goes_with_it(given: Given) -> None:
    partnership, _ = await using(given)
    me = str(partnership.organisation_id)
    told = (await listed(partnership, due_since=START.isoformat()))["data"]
    for owed in (each for each in told if each["waivable_by"] == me and each["state"] not in ("met", "waived")):
        path = f"/v1/obligations/{owed['key']}"
        waived = await partnership.made(f"{path}/waive", {"reason": "Closed that week."})
        assert waived == owed | {"state": "waived", "waived_because": "Closed that week."}
        assert (await partnership.get(path)).json() == waived
        assert (await partnership.send("DELETE", f"{path}/waive")).status_code == 204
        assert (await partnership.get(path)).json() == owed


async def test_what_was_owed_before_the_calendars_begin_is_waived_too_and_told_no_more(given: Given) -> None:
    partnership, _ = await using(given)
    (owed,) = (await listed(partnership, due_before=START.isoformat()))["data"]
    path = f"/v1/obligations/{owed['key']}"
    waived = await partnership.made(f"{path}/waive", {"reason": "Signed on paper."})
    assert waived == owed | {"state": "waived", "waived_because": "Signed on paper."}
    assert (await partnership.get(path)).status_code == 404
    assert (await listed(partnership, due_before=START.isoformat()))["data"] == []
    again = await partnership.post(f"{path}/waive", {"reason": "Again."})
    assert (again.status_code, again.json()["code"]) == (409, "obligation_settled")
    assert (await partnership.send("DELETE", f"{path}/waive")).status_code == 204
    assert (await partnership.get(path)).json() == owed


async def test_lists_are_filtered_and_paged_by_due_day(given: Given) -> None:
    partnership, provider = await using(given)
    every = (await listed(partnership))["data"]
    assert every == sorted(every, key=lambda each: (each["due_on"], each["key"]))
    paged: list[Any] = []
    query: dict[str, Any] = {"limit": 3}
    for _ in range(len(every)):
        told = await listed(partnership, **query)
        paged += told["data"]
        if not told["page"]["has_more"]:
            break
        query["cursor"] = told["page"]["next_cursor"]
    assert paged == every
    for name, value in (
        ("kind", "welfare_visit"),
        ("state", "overdue"),
        ("owed_by", str(provider.organisation_id)),
        ("owed_to", str(provider.organisation_id)),
    ):
        expected = [each for each in every if each[name] == value]
        assert (await listed(partnership, **{name: value}))["data"] == expected
        assert 0 < len(expected) < len(every), name
    middle = every[len(every) // 2]["due_on"]
    told = (await listed(partnership, due_before=middle))["data"]
    assert told == [each for each in every if each["due_on"] < middle]
    assert (await listed(partnership, due_since=middle))["data"] == every[len(told) :]
    of_the_day = (await listed(partnership, due_since=middle, due_before=next_day(middle)))["data"]
    assert of_the_day == [each for each in every if each["due_on"] == middle] != []
    wrong = await partnership.get("/v1/obligations", params={"cursor": "bm90aGluZw", "limit": 3})
    assert wrong.status_code == 422


def next_day(day: str) -> str:
    """The day after."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


async def test_a_missing_calendar_is_told_and_what_needs_none_is_told_all_the_same(given: Given) -> None:
    partnership, provider = await using(given, calendar=False)
    told = await listed(partnership)
    (unknown,) = told["cannot_determine"]
    assert (unknown["provider_id"], unknown["code"]) == (str(provider.organisation_id), "calendar_missing")
    assert {each["kind"] for each in told["data"]} == {"sla_response", "audit"}


async def test_the_calendar_of_the_area_counts_where_there_is_no_nearer_one(given: Given) -> None:
    partnership, _ = await using(given, calendar=False)
    authority = await given.authority()
    label = f"{START.year}-{(START.year + 1) % 100:02}"
    terms = [each | {end: shifted(each[end]) for end in ("starts_on", "ends_on")} for each in TERMS]
    assert (await authority.put(f"/v1/calendars/{label}", {"terms": terms})).status_code == 201
    assert (await listed(partnership))["cannot_determine"] == []


async def test_the_list_costs_as_many_statements_for_many_providers_as_for_one(given: Given) -> None:
    partnership, _ = await using(given)
    counts: list[int] = []
    for _ in range(2):
        with_count: list[str] = []

        def listen(_: Connection, __: Any, statement: str, *___: Any, sent: list[str] = with_count) -> None:
            sent.append(statement)

        engine = given.held.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", listen)
        await listed(partnership)
        event.remove(engine, "before_cursor_execute", listen)
        counts.append(len(with_count))
        for _ in range(3):
            provider = await given.provider(partnership)
            said = {"provider_id": provider["id"], "starts_on": START.isoformat(), "timetable": week(5, 1)}
            await partnership.made("/v1/placements", said | {"pupil_id": (await given.pupil(partnership))["id"]})
    assert counts[0] == counts[1] < 20


# --- waivers --------------------------------------------------------------------------------------------------------


async def test_only_whom_it_is_owed_to_waives_and_takes_it_back(given: Given) -> None:
    partnership, provider = await using(given)
    owed = next(each for each in (await listed(partnership, kind="audit"))["data"])
    path = f"/v1/obligations/{owed['key']}/waive"
    assert (await provider.post(path, {"reason": "Why?"})).json()["code"] == "not_yours"
    told = await partnership.made(path, {"reason": "Audited elsewhere."})
    assert (told["state"], told["waived_because"]) == ("waived", "Audited elsewhere.")
    assert (await partnership.post(path, {"reason": "Again."})).json()["code"] == "obligation_settled"
    assert [each["state"] for each in (await listed(provider, kind="audit"))["data"]] == ["waived"]
    assert (await provider.send("DELETE", path)).json()["code"] == "not_yours"
    assert (await (await given.partnership()).send("DELETE", path)).status_code == 404
    assert (await partnership.send("DELETE", path)).status_code == 204
    assert (await partnership.send("DELETE", path)).status_code == 404
    assert (await listed(partnership, kind="audit"))["data"] == [owed]


@pytest.mark.parametrize("old", [False, True])
async def test_of_several_who_waive_take_a_waiver_back_or_end_an_address_at_once_one_does(
    given: Given, old: bool
) -> None:
    partnership, _ = await using(given)
    query = {"due_before": START.isoformat()} if old else {"kind": "audit"}
    owed = (await listed(partnership, **query))["data"][0]
    path = f"/v1/obligations/{owed['key']}/waive"
    answers = await asyncio.gather(*(partnership.post(path, {"reason": "x"}) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"obligation_settled"}
    ended = await asyncio.gather(*(partnership.send("DELETE", path) for _ in range(3)))
    assert sorted(each.status_code for each in ended) == [204, 404, 404]
    feed = await partnership.made("/v1/obligations/feeds", None)
    address = f"/v1/obligations/feeds/{feed['id']}"
    ended = await asyncio.gather(*(partnership.send("DELETE", address) for _ in range(3)))
    assert [each.status_code for each in ended] == [204, 204, 204]
    trail = (await partnership.get("/v1/audit", params={"limit": 200})).json()["data"]
    assert [each["action"] for each in trail].count("unwaive") == 1
    assert [each["action"] for each in trail].count("revoke") == 1


async def test_a_quality_assurance_visit_is_not_the_providers_to_waive(given: Given) -> None:
    partnership, provider = await using(given)
    (visit,) = (await listed(provider, kind="visit"))["data"]
    assert (visit["owed_to"], visit["waivable_by"]) == (
        str(provider.organisation_id),
        str(partnership.organisation_id),
    )
    answer = await provider.post(f"/v1/obligations/{visit['key']}/waive", {"reason": "Not now."})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")


async def test_a_dry_run_keeps_no_waiver(given: Given) -> None:
    partnership, _ = await using(given)
    owed = (await listed(partnership, kind="audit"))["data"][0]
    answer = await partnership.post(f"/v1/obligations/{owed['key']}/waive?dry_run=true", {"reason": "x"})
    assert answer.json()["state"] == "waived"
    assert (await listed(partnership, kind="audit"))["data"] == [owed]


# --- feeds ----------------------------------------------------------------------------------------------------------


def path_of(url: str) -> str:
    """The path of an address."""
    return "/" + url.split("/", 3)[3]


async def test_a_calendar_reads_what_is_still_to_be_done_at_a_secret_address(given: Given) -> None:
    partnership, _ = await using(given)
    feed = await partnership.made("/v1/obligations/feeds", None)
    answer = await given.http.get(path_of(feed["url"]))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    calendar = icalendar.Calendar.from_ical(answer.content)
    told = {str(each["UID"]): each for each in calendar.walk("VEVENT")}
    still = [each for each in (await listed(partnership))["data"] if each["state"] not in ("met", "waived")]
    assert set(told) == {f"{each['key']}@apqa" for each in still}
    for each in still:
        begins = f"DTSTART;VALUE=DATE:{each['due_on'].replace('-', '')}"
        assert begins in told[f"{each['key']}@apqa"].to_ical().decode()


async def test_a_feed_names_no_child_and_tells_placements_by_id(given: Given) -> None:
    partnership, _ = await using(given)
    feed = await partnership.made("/v1/obligations/feeds", None)
    text = (await given.http.get(path_of(feed["url"]))).text.replace("\r\n ", "")
    pupils = (await partnership.get("/v1/pupils")).json()["data"]
    placements = (await partnership.get("/v1/placements")).json()["data"]
    assert placements[0]["id"] in text
    for pupil in pupils:
        for word in (pupil["family_name"], pupil["given_name"], pupil["upn"], pupil["id"]):
            assert word not in text


async def test_an_address_ends_when_it_is_revoked_and_is_nobody_elses(given: Given) -> None:
    partnership, provider = await using(given)
    feed = await partnership.made("/v1/obligations/feeds", None)
    path = f"/v1/obligations/feeds/{feed['id']}"
    assert (await provider.send("DELETE", path)).status_code == 404
    (told,) = (await partnership.get("/v1/obligations/feeds")).json()["data"]
    assert told == {"id": feed["id"], "created_at": feed["created_at"], "revoked_at": None}
    assert (await provider.get("/v1/obligations/feeds")).json()["data"] == []
    assert (await partnership.send("DELETE", path)).status_code == 204
    unknown = await given.http.get("/feeds/obligations/unknown.ics")
    revoked = await given.http.get(path_of(feed["url"]))
    assert unknown.status_code == revoked.status_code == 404
    assert {k: v for k, v in unknown.json().items() if k != "instance"} == {
        k: v for k, v in revoked.json().items() if k != "instance"
    }
    assert (await partnership.send("DELETE", path)).status_code == 204


async def test_a_feed_shows_what_its_organisation_may_see_and_no_more(given: Given) -> None:
    partnership, provider = await using(given)
    feeds = [await each.made("/v1/obligations/feeds", None) for each in (partnership, provider)]
    texts = [(await given.http.get(path_of(each["url"]))).text for each in feeds]
    assert "seen at the setting" in texts[0]
    assert "seen at the setting" not in texts[1]


async def test_the_secret_is_kept_as_a_hash_alone(given: Given) -> None:
    from sqlalchemy import text  # noqa: PLC0415 - one look behind the service

    from app.domain.access import Caller  # noqa: PLC0415

    partnership = await given.partnership()
    feed = await partnership.made("/v1/obligations/feeds", None)
    secret = feed["url"].rsplit("/", 1)[1].removesuffix(".ics")
    async with given.held.database.session_for(Caller.system("test")) as session:
        kept = (await session.execute(text("SELECT to_jsonb(f)::text FROM obligation_feeds f"))).scalars().all()
        trail = (await session.execute(text("SELECT to_jsonb(a)::text FROM audit a"))).scalars().all()
    assert len(kept) == 1
    assert not any(secret in each for each in (*kept, *trail))


@pytest.mark.parametrize("grade", ["viewer"])
async def test_a_viewer_reads_and_neither_waives_nor_opens_a_feed(given: Given, grade: str) -> None:
    partnership, _ = await using(given)
    viewer = await given.api(partnership.organisation_id, grade)
    owed = (await listed(viewer, kind="audit"))["data"][0]
    for path, body in ((f"/v1/obligations/{owed['key']}/waive", {"reason": "x"}), ("/v1/obligations/feeds", None)):
        assert (await viewer.post(path, body)).json()["code"] == "permission_required"
