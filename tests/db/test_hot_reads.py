"""The reads that are many keep to their indexes and to a few statements, in tables that are long enough to matter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from app.db import reading
from app.db.base import new_id, now
from app.db.connect import runtime_url
from app.integrations.keys import SigningKeys, issue
from app.settings import Settings
from benchmarks import county
from tests.conftest import cloned, serving, settings_for

PROVIDERS, PUPILS, PLACEMENTS = 300, 9_000, 30_000
LONG = ("placements", "pupils")
SCHOOL, PARTNERSHIP = 2, 1
HERE = county.uid(1, 1)


@pytest_asyncio.fixture(scope="module")
async def nation(server_url: str, template: str, data_dir: Path) -> AsyncIterator[Settings]:
    """A service's settings on a database with tens of thousands of placements, analysed."""
    made = runtime_url(settings_for(server_url, f"{template}_new", data_dir))
    async with cloned(server_url, template) as name:
        runtime = made.set(database=name).render_as_string(hide_password=False)
        settings = settings_for(server_url, name, data_dir, runtime_database_url=SecretStr(runtime))
        assert settings.database_url is not None
        owner = settings.database_url.get_secret_value()
        await county.make(owner, providers=PROVIDERS, pupils=PUPILS, placements=PLACEMENTS)
        yield settings


@dataclass
class Told:
    """What the connections of a service have sent, and which tables they read from end to end, by scans."""

    statements: list[str]
    end_to_end: dict[str, int]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What the reading connections send; at the end of each transaction the database tells how it read the tables."""
    found = Told([], dict.fromkeys(LONG, 0))
    begin = reading.Readers.transaction
    connect = reading._init

    def heard(sent: Any) -> None:
        if sent.query != _SCANS:
            found.statements.append(sent.query)

    async def watched(connection: Any) -> None:
        await connect(connection)
        connection.add_query_logger(heard)

    @asynccontextmanager
    async def transaction(self: reading.Readers, *asked: Any, **options: Any) -> AsyncIterator[Any]:
        async with begin(self, *asked, **options) as connection:
            yield connection
            for name, scans in await connection.fetch(_SCANS, list(LONG)):
                found.end_to_end[name] += scans

    monkeypatch.setattr(reading, "_init", watched)
    monkeypatch.setattr(reading.Readers, "transaction", transaction)
    return found


_SCANS = "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname = ANY ($1) AND seq_scan > 0"


@asynccontextmanager
async def asking(settings: Settings, organisation: int) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings) as app:
        headers = {"Authorization": f"Bearer {token(settings, organisation)}"}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://apqa.test", headers=headers) as client:
            yield client


def token(settings: Settings, organisation: int) -> str:
    return issue(
        SigningKeys.told(settings),
        issuer=settings.issuer,
        audience=settings.audience,
        subject=f"bench-{organisation}",
        token_id=new_id(),
        organisation_id=county.uid(0, organisation),
        scopes=None,
        client_id=None,
        at=now(),
        minutes=15,
    )


async def counted(client: httpx.AsyncClient, told: Told, asked: str) -> tuple[httpx.Response, list[str]]:
    """An answer, and the statements that it took."""
    await asyncio.sleep(0)  # the driver tells what was sent a moment later
    told.statements.clear()
    answer = await client.get(asked)
    await asyncio.sleep(0)
    return answer, list(told.statements)


# Who asks; begin with the caller's settings; the select; the end.
STATEMENTS = 4
READS = {
    "one placement": f"/v1/placements/{county.uid(4, 1)}",
    "those of a provider": f"/v1/placements?provider_id={HERE}",
    "those of a provider today": f"/v1/placements?provider_id={HERE}&status=active",
    "those of a pupil": f"/v1/placements?pupil_id={county.uid(2, 1)}",
    "all": "/v1/placements",
    "all of today": "/v1/placements?status=active",
}


@pytest.mark.parametrize("organisation", [PARTNERSHIP, SCHOOL])
@pytest.mark.parametrize("asked", READS.values(), ids=READS)
async def test_a_read_takes_four_statements_and_reads_no_long_table_from_end_to_end(
    nation: Settings, told: Told, asked: str, organisation: int
) -> None:
    async with asking(nation, organisation) as client:
        for _ in range(7):  # from the sixth time on PostgreSQL may keep a plan for everybody
            answer, sent = await counted(client, told, asked)
            assert answer.status_code in (200, 404)
        assert len(sent) == STATEMENTS, sent
    assert told.end_to_end == dict.fromkeys(LONG, 0)


async def test_a_next_page_is_read_as_the_first(nation: Settings, told: Told) -> None:
    async with asking(nation, PARTNERSHIP) as client:
        first = (await client.get("/v1/placements?limit=5")).json()
        following = f"/v1/placements?limit=5&cursor={first['page']['next_cursor']}"
        await client.get(following)
        answer, sent = await counted(client, told, following)
        second = answer.json()
    assert len(sent) == STATEMENTS, sent
    assert first["data"][-1]["id"] < second["data"][0]["id"]
    assert told.end_to_end == dict.fromkeys(LONG, 0)


async def test_a_position_that_is_known_takes_four_statements(nation: Settings, told: Told) -> None:
    asked = f"/v1/providers/{HERE}/registration-status"
    async with asking(nation, PARTNERSHIP) as client:
        first = (await client.get(asked)).json()
        for _ in range(7):
            answer, sent = await counted(client, told, asked)
    again = answer.json()
    assert len(sent) == STATEMENTS, sent
    assert {**again, "created_at": None} == {**first, "created_at": None}
    assert told.end_to_end == dict.fromkeys(LONG, 0)


async def test_a_position_that_nobody_knows_yet_takes_six_statements_more(nation: Settings, told: Told) -> None:
    """The provider's group, declarations, holds, placements, the children's records, the agreements that bind."""
    async with asking(nation, PARTNERSHIP) as client:
        for nth in range(7):
            day = f"2026-01-{nth + 10}"
            _, sent = await counted(client, told, f"/v1/providers/{HERE}/registration-status?as_of_on={day}")
    assert len(sent) == STATEMENTS + 6, sent
    assert told.end_to_end == dict.fromkeys(LONG, 0)


async def test_facts_of_a_provider_are_read_by_index(nation: Settings) -> None:
    connection = await asyncpg.connect(runtime_url(nation).set(drivername="postgresql").render_as_string(False))
    try:
        async with connection.transaction(readonly=True):
            await connection.execute("SET LOCAL apqa.role = 'system'")
            for sql, *given in FACTS:
                for _ in range(7):
                    assert await connection.fetch(sql, *given)
            assert await connection.fetch(_SCANS, list(LONG)) == []
    finally:
        await connection.close()


CHILDREN = [county.uid(3, number) for number in range(1, 40)]
FACTS: tuple[tuple[Any, ...], ...] = (
    ("SELECT * FROM apqa_placement_facts($1, '{}')", [HERE]),
    ("SELECT * FROM apqa_placement_facts($1, '{}', current_date)", [HERE]),
    ("SELECT * FROM apqa_child_facts($1)", CHILDREN),
    ("SELECT * FROM apqa_position_stamp($1, $2)", HERE, county.uid(0, PARTNERSHIP)),
    ("SELECT * FROM apqa_commissioners($1, current_date)", [HERE]),
)
