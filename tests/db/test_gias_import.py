"""Imports of the register: what changes, what vanishes, what is refused, and what two at once do."""

import asyncio
from collections.abc import Iterable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlmodel import SQLModel, col

from app.db import establishments, gias
from app.db.base import today
from app.db.establishments import Establishment, EstablishmentLink, GiasExtract
from app.db.gias import ImportResult
from app.db.session import Database
from app.domain.access import Caller
from app.domain.errors import Conflict, Invalid
from app.domain.establishments import RegistrationStatus
from app.integrations.gias import EstablishmentRow, GiasFileInvalid, read_establishments, read_links
from tests.fixtures.make_gias import FIXTURES, write_extract

WIDE, NARROW = FIXTURES / "edubasealldata20240617.csv", FIXTURES / "edubasealldata20250422.csv"
LINKS = FIXTURES / "links_edubasealldata20250422.csv"
EARLIER, LATER = date(2024, 6, 17), date(2025, 4, 22)


@pytest.fixture
def database(app: FastAPI) -> Database:
    """The database of the service."""
    found: Database = app.state.services.database
    return found


async def load(database: Database, rows: Iterable[EstablishmentRow], on: date, **more: Any) -> ImportResult:
    async with database.session_for(Caller.system("gias")) as session:
        return await gias.import_extract(session, rows, extract_on=on, **more)


async def everything(database: Database, entity: type[SQLModel]) -> list[dict[str, Any]]:
    async with database.session_for(Caller.system("test"), readonly=True) as session:
        key = list(entity.__table__.primary_key)  # type: ignore[attr-defined]
        return [row.model_dump() for row in (await session.execute(select(entity).order_by(*key))).scalars()]


def rows_of(data: bytes) -> list[EstablishmentRow]:
    return list(read_establishments(BytesIO(data)))


async def test_both_published_shapes_come_in_whole(database: Database) -> None:
    for path, on in ((WIDE, EARLIER), (NARROW, LATER)):
        read = rows_of(path.read_bytes())
        await load(database, read, on)
        stored = {each["urn"]: each for each in await everything(database, Establishment)}
        for row in read:
            assert row._asdict().items() <= stored[row.urn].items()
            assert stored[row.urn]["dfe_number"] == row.dfe_number


async def test_a_new_extract_adds_changes_and_marks_what_vanished(database: Database) -> None:
    assert await load(database, rows_of(WIDE.read_bytes()), EARLIER) == ImportResult(13, 13, 0, 0)
    assert await load(database, rows_of(NARROW.read_bytes()), LATER) == ImportResult(13, 1, 3, 1)
    stored = {each["urn"]: each for each in await everything(database, Establishment)}
    gone = stored[990013]
    assert (gone["vanished_on"], gone["registration_status"]) == (LATER, RegistrationStatus.NOT_FOUND)
    assert [urn for urn, row in stored.items() if row["vanished_on"]] == [990013]
    extracts = await everything(database, GiasExtract)
    assert [(each["extract_on"], each["added"], each["vanished"]) for each in extracts] == [
        (EARLIER, 13, 0),
        (LATER, 1, 1),
    ]


async def test_what_reappears_is_no_longer_vanished(database: Database) -> None:
    whole = rows_of(WIDE.read_bytes())
    await load(database, whole, EARLIER)
    await load(database, whole[:-1], EARLIER + timedelta(days=1))
    assert await load(database, whole, LATER) == ImportResult(13, 0, 1, 0)
    last = (await everything(database, Establishment))[-1]
    assert last["vanished_on"] is None
    assert last["registration_status"] == RegistrationStatus.STATE_AP_SCHOOL


async def test_the_same_extract_again_changes_nothing(database: Database) -> None:
    await load(database, rows_of(WIDE.read_bytes()), EARLIER)
    before = await everything(database, Establishment)
    assert await load(database, rows_of(WIDE.read_bytes()), EARLIER) == ImportResult(13, 0, 0, 0)
    assert await everything(database, Establishment) == before


async def test_a_bad_row_in_the_middle_leaves_nothing_behind(database: Database) -> None:
    await load(database, rows_of(WIDE.read_bytes()), EARLIER)
    before = await everything(database, Establishment), await everything(database, GiasExtract)
    lines = NARROW.read_bytes().splitlines(keepends=True)
    spoilt = b"".join([*lines[:7], lines[7].replace(b",", b"x,", 1), *lines[8:]])
    with pytest.raises(GiasFileInvalid) as refused:
        await load(database, read_establishments(BytesIO(spoilt)), LATER)
    assert refused.value.errors[0].detail.startswith("line 8, column URN")
    assert (await everything(database, Establishment), await everything(database, GiasExtract)) == before


async def test_an_older_extract_is_refused_unless_forced(database: Database) -> None:
    await load(database, rows_of(NARROW.read_bytes()), LATER)
    with pytest.raises(Conflict, match="2025-04-22") as refused:
        await load(database, rows_of(WIDE.read_bytes()), EARLIER)
    assert refused.value.problem_code == "gias_extract_older"
    await load(database, rows_of(WIDE.read_bytes()), EARLIER, force=True)
    async with database.session_for(Caller.system("test")) as session:
        assert await establishments.extract_on(session) == EARLIER


async def test_an_extract_of_tomorrow_is_refused(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        await load(database, rows_of(WIDE.read_bytes()), today() + timedelta(days=2))
    assert refused.value.problem_code == "gias_extract_in_future"


async def test_less_than_half_of_what_is_known_is_refused_unless_forced(database: Database) -> None:
    rows = rows_of(WIDE.read_bytes())
    await load(database, rows, EARLIER)
    with pytest.raises(Invalid) as refused:
        await load(database, rows[:6], LATER)
    assert refused.value.problem_code == "gias_file_too_small"
    assert (await load(database, rows[:7], EARLIER)).vanished == 6
    assert (await load(database, rows[:3], LATER, force=True)).vanished == 4


@pytest.mark.parametrize("force", [False, True])
async def test_no_rows_at_all_are_always_refused(database: Database, force: bool) -> None:
    with pytest.raises(Invalid):
        await load(database, [], EARLIER, force=force)


async def test_two_imports_at_once_come_one_after_the_other(database: Database) -> None:
    rows = rows_of(WIDE.read_bytes())
    results = await asyncio.gather(*(load(database, rows, EARLIER) for _ in range(4)))
    assert sorted(results) == [ImportResult(13, 0, 0, 0)] * 3 + [ImportResult(13, 13, 0, 0)]


async def test_progress_is_told_at_each_thousandth_row(database: Database, tmp_path: Any) -> None:
    path = tmp_path / "extract.csv"
    write_extract(path, rows=2500)
    told: list[int] = []
    await load(database, rows_of(path.read_bytes()), EARLIER, on_progress=told.append)
    assert told == [1000, 2000]


async def test_a_company_number_regains_its_zeros(database: Database) -> None:
    [row, *_] = rows_of(WIDE.read_bytes())
    await load(database, [row._replace(company_number="654321")], EARLIER)
    assert (await everything(database, Establishment))[0]["company_number"] == "00654321"


async def test_links_follow_the_newest_file(database: Database) -> None:
    links = list(read_links(BytesIO(LINKS.read_bytes())))
    changed = [links[0]._replace(link_name="Renamed"), *links[2:]]

    async def follow(rows: Iterable[Any]) -> ImportResult:
        async with database.session_for(Caller.system("gias")) as session:
            return await gias.import_links(session, rows)

    count = len(links)
    assert await follow(links) == ImportResult(count, count, 0, 0)
    assert await follow(changed) == ImportResult(count - 1, 0, 1, 1)
    assert await everything(database, EstablishmentLink) == [each._asdict() for each in sorted(changed)]
    with pytest.raises(Invalid):
        await follow(links[:1])


async def test_successors_are_found_through_several_generations_and_circles(database: Database) -> None:
    async with database.session_for(Caller.system("gias")) as session:
        await gias.import_extract(session, rows_of(NARROW.read_bytes()), extract_on=LATER)
        session.add_all(
            EstablishmentLink(urn=urn, link_urn=other, link_type=kind)
            for urn, other, kind in (
                (990001, 990002, "Successor"),
                (990003, 990002, "Predecessor - merged"),
                (990003, 990001, "Successor"),
                (990003, 990004, "Sixth Form Centre Link"),
            )
        )
    async with database.session_for(Caller.system("test")) as session:
        found = await establishments.relatives(session, 990001)
        assert [each.urn for each in found.successors] == [990002, 990003]
        assert [each.urn for each in found.predecessors] == [990003, 990002]
        assert await establishments.relatives(session, 990004) == ([], [])
        assert (await session.execute(select(col(Establishment.urn)).limit(1))).scalar_one()
