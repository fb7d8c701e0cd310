"""The worker: goes on where it stopped, acts as whoever asked, does each due job once among all processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import delete, select, text, update
from sqlmodel import col

from app.db import imports
from app.db.base import now
from app.db.checks import ThresholdHold
from app.db.imports import Import, ImportFile
from app.db.organisations import Membership
from app.db.placements import Placement
from app.db.pupils import Pupil
from app.db.records import IdempotencyKey
from app.db.session import Database
from app.domain.access import Caller
from app.settings import Settings
from app.worker import loop
from app.worker.imports import ROWS_TOGETHER, record
from app.worker.loop import Worker, working
from tests.given import Api, Given

SYSTEM = Caller.system("test")


@pytest.fixture
def database(given: Given) -> Database:
    """The database of the service."""
    return given.held.database


@pytest.fixture
def worker(given: Given) -> Worker:
    """A worker that works when told."""
    return Worker(given.held.database, given.held.settings)


async def sent(given: Given, school: Api, rows: int, *, providers: int = 3) -> str:
    """A file of so many rows that is waiting: the import's address."""
    partnership = await given.partnership()
    ids = [(await given.provider(partnership))["id"] for _ in range(providers)]
    lines = [f"{given.upn()},Field,Ada,{ids[n % providers]},2026-01-05,10,P-{n}" for n in range(rows)]
    content = "\n".join(["upn,surname,forename,provider_id,entrydate,weekly_hours,placement_id", *lines])
    headers = {"Content-Type": "text/csv"}
    answer = await school.send("POST", "/v1/imports?source=sims", content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


async def stand(school: Api, address: str) -> tuple[str, int, int, int]:
    """Where an import stands: status, rows done, created, failed."""
    told = (await school.get(address)).json()
    return told["status"], told["processed"], told["created"], told["failed"]


async def count(database: Database, entity: Any) -> int:
    """How many rows there are of a kind, over all organisations."""
    async with database.session_for(SYSTEM) as session:
        return len((await session.execute(select(entity))).scalars().all())


@asynccontextmanager
async def at_work(worker: Worker, school: Api, address: str, *, beyond: int) -> AsyncIterator[asyncio.Task[None]]:
    """The worker in the middle of an import, so many rows done and more to do."""
    task = asyncio.create_task(worker.once())
    for _ in range(2000):
        if (await stand(school, address))[1] > beyond:
            break
        await asyncio.sleep(0.005)
    assert not task.done()
    yield task


async def test_a_file_is_begun_as_soon_as_it_is_committed(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SOON", 600.0)
    school = await given.school()
    async with working(given.held.settings):
        await asyncio.sleep(0.3)  # it has looked, and found nothing
        address = await sent(given, school, 3)
        for _ in range(100):
            if (await stand(school, address))[0] == "finished":
                break
            await asyncio.sleep(0.05)
    assert await stand(school, address) == ("finished", 3, 3, 0)


async def test_an_import_that_was_broken_off_goes_on_where_it_stopped(
    given: Given, worker: Worker, database: Database
) -> None:
    school = await given.school()
    rows = 2 * ROWS_TOGETHER + 20
    address = await sent(given, school, rows)
    async with at_work(worker, school, address, beyond=0) as task:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    status, done, created, _ = await stand(school, address)
    assert (status, done % ROWS_TOGETHER, created) == ("running", 0, done)
    assert await count(database, Placement) == done < rows
    await worker.once()
    assert await stand(school, address) == ("finished", rows, rows, 0)
    assert await count(database, Placement) == await count(database, Pupil) == rows
    assert await count(database, ImportFile) == 0


async def test_a_database_that_goes_away_is_waited_for(
    given: Given, worker: Worker, database: Database, server_url: str, settings: Settings
) -> None:
    school = await given.school()
    rows = 2 * ROWS_TOGETHER
    address = await sent(given, school, rows)
    async with at_work(worker, school, address, beyond=0) as task:
        admin = await asyncpg.connect(server_url)
        name = await _name_of(database)
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        await admin.close()
        await asyncio.gather(task, return_exceptions=True)
    await database.engine.dispose()
    await worker.once()
    assert await stand(school, address) == ("finished", rows, rows, 0)
    assert await count(database, Placement) == rows


async def _name_of(database: Database) -> str:
    name = database.engine.url.database
    assert name is not None
    return name


async def test_two_workers_at_one_import_double_nothing(given: Given, worker: Worker, database: Database) -> None:
    school = await given.school()
    address = await sent(given, school, ROWS_TOGETHER + 5)
    await asyncio.gather(worker.once(), Worker(database, worker.settings).once())
    await worker.once()
    assert await stand(school, address) == ("finished", ROWS_TOGETHER + 5, ROWS_TOGETHER + 5, 0)
    assert await count(database, Placement) == ROWS_TOGETHER + 5


async def test_a_file_of_no_rows_is_finished(given: Given, worker: Worker) -> None:
    school = await given.school()
    address = await sent(given, school, 0)
    await worker.once()
    assert await stand(school, address) == ("finished", 0, 0, 0)


async def test_an_import_is_not_recorded_for_who_is_no_longer_a_member(
    given: Given, worker: Worker, database: Database
) -> None:
    school = await given.school()
    address = await sent(given, school, 1)
    async with database.session_for(SYSTEM) as session:
        mine = col(Membership.organisation_id) == school.organisation_id
        await session.execute(update(Membership).where(mine).values(revoked_at=now()))
    await worker.once()
    told = (await (await given.api(school.organisation_id)).get(address)).json()
    assert (told["status"], told["refusal"]) == ("failed", "no_membership")
    assert await count(database, Placement) == await count(database, ImportFile) == 0


async def test_an_import_is_recorded_as_who_sent_it_with_no_more_than_their_scopes(
    given: Given, worker: Worker, database: Database
) -> None:
    school = await given.school()
    narrow = await given.api(school.organisation_id, scopes=["placements:write", "placements:read"], subject="mis")
    await sent(given, narrow, 1)
    async with database.session_for(SYSTEM) as session:
        import_id = (await session.execute(select(col(Import.id)))).scalar_one()
    caller = await imports.caller_for(database, import_id)
    assert (caller.subject, caller.organisation_id) == ("mis", school.organisation_id)
    assert caller.scopes == frozenset({"placements:write", "placements:read"})
    await worker.once()
    trail = (await school.get("/v1/audit?limit=200")).json()["data"]
    made = [each for each in trail if (each["action"], each["entity"]) == ("create", "placement")]
    assert [each["principal"] for each in made] == [f"{given.held.settings.issuer}|mis"]


async def test_a_file_that_breaks_us_does_not_hold_up_the_next(
    given: Given, worker: Worker, database: Database
) -> None:
    school = await given.school()
    broken, sound = await sent(given, school, 1), await sent(given, school, 1)
    async with database.session_for(SYSTEM) as session:
        first = select(col(Import.id)).order_by(col(Import.id)).limit(1).scalar_subquery()
        await session.execute(
            update(ImportFile).where(col(ImportFile.import_id) == first).values(content=b"no such file")
        )
    await worker.once()
    await worker.once()
    assert (await school.get(broken)).json()["refusal"] == "internal_error"
    assert await stand(school, sound) == ("finished", 1, 1, 0)


async def test_progress_is_told_as_the_rows_are_done(given: Given, database: Database) -> None:
    school = await given.school()
    await sent(given, school, ROWS_TOGETHER + 1)
    waiting = await imports.next_open(database)
    assert waiting is not None
    told: list[tuple[int, int]] = []
    await record(database, waiting, session_minutes=195, on_progress=lambda done, of: told.append((done, of)))
    assert told == [(ROWS_TOGETHER, ROWS_TOGETHER + 1), (ROWS_TOGETHER + 1, ROWS_TOGETHER + 1)]


# --- jobs -----------------------------------------------------------------------------------------------------------


async def test_a_due_job_is_done_by_one_worker_and_not_again_before_its_time(
    worker: Worker, database: Database
) -> None:
    done: list[int] = []
    begun, meeting = asyncio.Event(), asyncio.Barrier(2)

    async def job(_: Database) -> None:
        done.append(1)
        begun.set()
        await asyncio.wait_for(meeting.wait(), 5)

    other = Worker(database, worker.settings)
    for each in (worker, other):
        each.jobs.clear()
        each.every(24, "sweep", job)
    at_it = asyncio.create_task(worker.due_jobs())
    await begun.wait()
    await other.due_jobs()  # the first is in the middle of it
    await meeting.wait()
    await at_it
    await other.due_jobs()
    assert done == [1]
    async with database.session_for(SYSTEM) as session:
        await session.execute(text("UPDATE jobs SET finished_at = finished_at - interval '25 hours'"))
        await session.commit()
    again = asyncio.create_task(other.due_jobs())
    await asyncio.wait_for(meeting.wait(), 5)
    await again
    assert done == [1, 1]


async def test_a_job_that_fails_stays_due(worker: Worker) -> None:
    tries: list[int] = []

    async def job(_: Database) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionResetError

    worker.every(24, "fragile", job)
    with pytest.raises(ConnectionResetError):
        await worker.due_jobs()
    await worker.due_jobs()
    await worker.due_jobs()
    assert tries == [1, 1]


async def test_what_is_past_its_keeping_is_purged(given: Given, worker: Worker, database: Database) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = (await given.provider(partnership))["id"]
    async with database.session_for(SYSTEM) as session:
        for days in (0.5, 2):
            over = now() - timedelta(days=days)
            session.add(ThresholdHold(provider_id=provider, organisation_id=school.organisation_id, expires_at=over))
        for days in (6, 8):
            session.add(
                IdempotencyKey(
                    organisation_id=school.organisation_id,
                    principal="x",
                    key=str(days),
                    fingerprint="x",
                    created_at=now() - timedelta(days=days),
                )
            )
    await worker.once()
    assert await count(database, ThresholdHold) == 1
    assert await count(database, IdempotencyKey) == 1


async def test_the_loop_works_beside_the_requests_and_stops_when_told(given: Given, settings: Settings) -> None:
    school = await given.school()
    async with working(settings):
        address = await sent(given, school, 3)
        for _ in range(400):
            if (await stand(school, address))[0] == "finished":
                break
            await asyncio.sleep(0.02)
        assert await stand(school, address) == ("finished", 3, 3, 0)
        await sent(given, school, 5 * ROWS_TOGETHER)
        stopping = now()
    assert now() - stopping < timedelta(seconds=2)


async def test_the_loop_outlives_a_step_that_fails(given: Given, worker: Worker, database: Database) -> None:
    school = await given.school()
    async with database.session_for(SYSTEM) as session:
        await session.execute(delete(Import))
    failures: list[int] = []

    async def job(_: Database) -> None:
        failures.append(1)
        raise OSError

    worker.every(1, "broken", job)
    task = asyncio.create_task(worker.run())
    address = await sent(given, school, 1)
    for _ in range(400):
        if failures and (await stand(school, address))[0] == "finished":
            break
        await asyncio.sleep(0.02)
    assert failures
    assert await stand(school, address) == ("finished", 1, 1, 0)
    task.cancel()
    await asyncio.wait([task], timeout=2)
