"""Files of placements over HTTP: sent, recorded by the worker, their faults given back by row."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app import logs
from app.db.base import today
from app.worker.loop import Worker
from tests.given import Api, Given

HEADER = "upn,surname,forename,dob,provider_id,entrydate,weekly_hours,placement_id"
COUNTS = ("status", "rows", "processed", "created", "updated", "unchanged", "failed")


@pytest.fixture
def worker(given: Given) -> Worker:
    """The worker of the service, which works when told."""
    return Worker(given.held.database, given.held.settings)


def table(*rows: str, header: str = HEADER) -> str:
    """A file."""
    return "\n".join([header, *rows, ""])


def row(given: Given, provider: dict[str, Any], number: int, **more: str) -> str:
    """A row of a pupil that is new."""
    cells = {"upn": given.upn(), "starts_on": "2026-01-05", "hours": "10", "id": f"P-{number}"} | more
    told = (cells["upn"], "Field", "Ada", "01/03/2012", provider["id"], cells["starts_on"], cells["hours"], cells["id"])
    return ",".join(told)


async def send(api: Api, content: str, source: str = "sims", **more: Any) -> httpx.Response:
    """POST a file."""
    headers = {"Content-Type": "text/csv"} | more.pop("headers", {})
    return await api.send("POST", f"/v1/imports?source={source}", content=content.encode(), headers=headers, **more)


async def recorded(api: Api, worker: Worker, content: str) -> dict[str, Any]:
    """A file sent and recorded: the import as it then is."""
    sent = await send(api, content)
    assert sent.status_code == 202, sent.text
    await worker.once()
    done: dict[str, Any] = (await api.get(sent.headers["Location"])).json()
    assert done["status"] == "finished"
    return done


async def faults(api: Api, done: dict[str, Any]) -> list[dict[str, str]]:
    """The error file of an import."""
    answer = await api.get(f"/v1/imports/{done['id']}/errors")
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def counts(done: dict[str, Any]) -> list[Any]:
    """Where an import stands, in numbers."""
    return [done[name] for name in COUNTS]


async def placements(api: Api) -> Sequence[dict[str, Any]]:
    """The organisation's placements."""
    found: Sequence[dict[str, Any]] = (await api.get("/v1/placements?limit=200")).json()["data"]
    return found


async def test_a_file_is_taken_at_once_and_recorded_by_the_worker(given: Given, worker: Worker) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    content = table(*(row(given, provider, number) for number in range(3)))
    sent = await send(school, content)
    assert sent.status_code == 202
    assert counts(sent.json()) == ["queued", 3, 0, 0, 0, 0, 0]
    assert await placements(school) == []
    await worker.once()
    done = (await school.get(sent.headers["Location"])).json()
    assert counts(done) == ["finished", 3, 3, 3, 0, 0, 0]
    assert done["finished_at"] is not None
    made = await placements(school)
    assert [(each["source"], each["external_id"], each["weekly_minutes"]) for each in made] == [
        ("sims", f"P-{number}", 600) for number in range(3)
    ]
    assert (await school.get("/v1/imports")).json()["data"] == [done]


@pytest.mark.parametrize("identified", [True, False])
async def test_the_same_file_again_changes_nothing(given: Given, worker: Worker, identified: bool) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    rows = [row(given, provider, number, **({} if identified else {"id": ""})) for number in range(3)]
    await recorded(school, worker, table(*rows))
    before = await placements(school)
    again = await recorded(school, worker, table(*rows))
    assert counts(again) == ["finished", 3, 3, 0, 0, 3, 0]
    assert await placements(school) == before
    fuller = await recorded(school, worker, table(*rows[:2], rows[2].replace(",10,", ",12,")))
    assert counts(fuller) == ["finished", 3, 3, 0, 1, 2, 0]
    assert [each["weekly_minutes"] for each in await placements(school)] == [600, 600, 720]


async def test_each_bad_row_is_told_by_row_and_column_and_nothing_it_says_is_repeated(
    given: Given, worker: Worker
) -> None:
    log = io.StringIO()
    logs.configure("INFO", log)
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    good, other = given.upn(), given.upn()
    rows = [
        row(given, provider, 1, upn=good),
        row(given, provider, 2, upn=f"A{other[1:]}"),
        row(given, provider, 3, starts_on="tomorrow"),
        row(given, {"id": str(school.organisation_id)}, 4),
        row(given, provider, 5, hours="1000"),
        row(given, provider, 6, id=other),
        row(given, provider, 1, upn=good),
    ]
    done = await recorded(school, worker, table(*rows))
    assert counts(done) == ["finished", 7, 7, 1, 0, 0, 6]
    told = await faults(school, done)
    assert [(each["row"], each["external_id"], each["code"], each["column"]) for each in told] == [
        ("3", "P-2", "upn_check_letter_invalid", "upn"),
        ("4", "P-3", "date_invalid", "entrydate"),
        ("5", "P-4", "not_found", ""),
        ("6", "P-5", "less_than_equal", "weekly_hours"),
        ("7", "", "external_id_is_upn", "placement_id"),
        ("8", "P-1", "row_repeated", ""),
    ]
    shown = (await school.get(f"/v1/imports/{done['id']}/errors")).text + log.getvalue()
    assert "/v1/imports" in shown
    for secret in (good, other, other[1:], "Field", "Ada", "tomorrow", "2012"):
        assert secret not in shown
    assert len(await placements(school)) == 1


async def test_a_plan_that_is_refused_fails_its_row_alone(given: Given, worker: Worker) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    soon = (today() + timedelta(days=14)).isoformat()
    rows = [row(given, provider, number, starts_on=soon, hours="20") + ",4" for number in range(6)]
    done = await recorded(school, worker, table(*rows, header=f"{HEADER},days_per_week"))
    assert counts(done) == ["finished", 6, 6, 4, 0, 0, 2]
    told = [(each["row"], each["code"]) for each in await faults(school, done)]
    assert told == [("6", "registration_threshold"), ("7", "registration_threshold")]


async def test_columns_that_are_not_known_are_a_warning(given: Given, worker: Worker) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    done = await recorded(school, worker, table(row(given, provider, 1) + ",red", header=f"{HEADER},House"))
    [warning] = done["warnings"]
    assert warning["code"] == "column_unknown"
    assert done["created"] == 1


async def test_a_file_comes_as_a_form_too(given: Given, worker: Worker) -> None:
    school, partnership = await given.school(), await given.partnership()
    content = table(row(given, await given.provider(partnership), 1))
    part = {"file": ("pupils.csv", content.encode(), "application/vnd.ms-excel")}
    sent = await school.send("POST", "/v1/imports?source=sims", files=part)
    assert sent.status_code == 202, sent.text
    await worker.once()
    assert len(await placements(school)) == 1


async def test_a_form_is_known_again_by_its_idempotency_key(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    one, other = [table(row(given, await given.provider(partnership), 1)) for _ in range(2)]
    key = {"Idempotency-Key": "form-1"}
    answers = [
        await school.send("POST", "/v1/imports?source=sims", files={"file": ("a.csv", content.encode())}, headers=key)
        for content in (one, one, other)
    ]
    assert [each.status_code for each in answers] == [202, 202, 422]
    assert answers[0].json()["id"] == answers[1].json()["id"]


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        ("", "text/csv", 422, "file_empty"),
        ("a,b\n1,2", "text/csv", 422, "columns_missing"),
        ("{}", "application/json", 415, "unsupported_media_type"),
        ("x", "multipart/form-data", 400, "malformed_body"),
    ],
)
async def test_what_is_no_such_file_is_refused_at_once(
    given: Given, content: str, media_type: str, status: int, code: str
) -> None:
    answer = await send(await given.school(), content, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_file_sent_again_by_its_key_is_one_import_and_a_dry_run_none(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    content = table(row(given, await given.provider(partnership), 1))
    headers = {"Content-Type": "text/csv"}
    tried = await school.send("POST", "/v1/imports?source=sims&dry_run=true", content=content, headers=headers)
    assert tried.status_code == 202
    first, again = [await send(school, content, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert len((await school.get("/v1/imports")).json()["data"]) == 1


async def test_an_import_is_its_organisations_own(given: Given, worker: Worker) -> None:
    school, partnership = await given.school(), await given.partnership()
    done = await recorded(school, worker, table(row(given, await given.provider(partnership), 1)))
    for other in (await given.school(), partnership, await given.authority()):
        assert (await other.get(f"/v1/imports/{done['id']}")).status_code == 404
        assert (await other.get(f"/v1/imports/{done['id']}/errors")).status_code == 404
        assert (await other.get("/v1/imports")).json()["data"] == []


async def test_who_may_not_record_placements_sends_no_file(given: Given) -> None:
    assert (await send(await given.school("viewer"), table())).status_code == 403
