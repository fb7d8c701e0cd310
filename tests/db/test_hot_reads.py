"""The reads that are many keep to their indexes and to a few statements, in tables that are long enough to matter."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import (
    actions,
    attendance,
    census,
    changes,
    compliance,
    judgements,
    progress_reports,
    pupil_search,
    reading,
    welfare_visits,
)
from app.db.base import Keyset, Page, new_id, now, today
from app.db.connect import runtime_url
from app.db.session import Database
from app.domain.access import Caller, Grade, Role
from app.integrations.keys import SigningKeys, issue
from app.settings import Settings
from benchmarks import county
from tests.conftest import cloned, serving, settings_for

PROVIDERS, PUPILS, PLACEMENTS = 300, 9_000, 30_000
LONG = ("placements", "pupils")
PARTS = ("attendance_marks", "welfare_visits", "progress_reports")
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
        await _settle(owner)
        yield settings


# Who sees next to nothing, or nothing but what came last: by organisation, its kind and area and what it sees.
LAST = county.uid(4, PLACEMENTS)
NEWCOMERS: dict[str, tuple[int, str, str]] = {
    "an authority with three children": (401, "local_authority", "home_la_code = '901'"),
    "an authority with the newest children": (402, "local_authority", "home_la_code = '902'"),
    "an authority with nobody": (403, "local_authority", "home_la_code = '903'"),
    "an authority with three referrals": (404, "local_authority", "shared_with_ids @> ARRAY[{me}]"),
    "a partnership with three placements": (405, "partnership", "commissioner_id = {me}"),
    "a partnership with three shared pupils": (406, "partnership", "shared_with_ids @> ARRAY[{me}]"),
    "a partnership with a great many": (407, "partnership", "shared_with_ids @> ARRAY[{me}]"),
    "a school with three pupils": (408, "school", "pupil_owner_id = {me} OR commissioner_id = {me}"),
}


async def _settle(owner: str) -> None:
    """Add the newcomers and what they see."""
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute("SET session_replication_role = replica")
        for number, kind, _ in NEWCOMERS.values():
            told = {"id": str(county.uid(0, number)), "kind": kind, "la_code": str(500 + number), "slug": f"n{number}"}
            await connection.execute(_LIKE.format("organisations"), county.uid(0, PARTNERSHIP), json.dumps(told))
            told = {"id": str(county.uid(5, number)), "organisation_id": told["id"], "subject": f"bench-{number}"}
            await connection.execute(_LIKE.format("memberships"), county.uid(5, PARTNERSHIP), json.dumps(told))
        await connection.execute(_ARRIVALS)
        for parts in (*(_of_each_placement(table) for table in PARTS), _TOLD_OF_EACH, _FOUND, _PLANNED):
            await connection.execute(parts)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


_LIKE = "INSERT INTO {0} SELECT r.* FROM {0} o, jsonb_populate_record(o, $2::text::jsonb) r WHERE o.id = $1"


def _newest(count: int, kind: int = 4, of: int = PLACEMENTS) -> str:
    return f"id > '{county.uid(kind, of - count)}' AND id <= '{county.uid(kind, of)}'"


def _shared(number: int, pupils: str) -> str:
    me = county.uid(0, number)
    return f"""
        UPDATE pupils SET shared_with_ids = shared_with_ids || '{me}'::uuid WHERE {pupils};
        INSERT INTO pupil_shares (id, created_at, pupil_id, owner_id, organisation_id, purpose)
        SELECT gen_random_uuid(), now(), id, owner_id, '{me}', 'referral' FROM pupils WHERE {pupils};
    """


_ARRIVALS = f"""
    UPDATE placements SET home_la_code = 1000 + ('x' || right(pupil_owner_id::text, 2))::bit(8)::int % 100;
    UPDATE placements SET home_la_code = '902' WHERE {_newest(1000)};
    UPDATE placements SET home_la_code = '901' WHERE {_newest(3)};
    UPDATE placements SET commissioner_id = '{county.uid(0, 405)}' WHERE {_newest(3)};
    UPDATE placements SET pupil_owner_id = '{county.uid(0, 408)}' WHERE {_newest(3)};
    {_shared(404, _newest(3, 2, PUPILS))}
    {_shared(406, _newest(3, 2, PUPILS))}
    {_shared(407, f"owner_id BETWEEN '{county.uid(0, 1)}' AND '{county.uid(0, 40)}'")}
    UPDATE placements p SET shared_with_ids = u.shared_with_ids FROM pupils u WHERE u.id = p.pupil_id;
    UPDATE pupils u SET home_la_code = p.home_la_code FROM placements p WHERE u.id = p.pupil_id;
"""

_MORE = {
    "attendance_marks": {"organisation_id": "provider_id", "session_on": "starts_on", "session": "'AM'", "code": "'/'"}
    | {"reported_at": "created_at", "recorded_by": "''"},
    "welfare_visits": {"organisation_id": "commissioner_id", "seen_on": "starts_on", "recorded_by": "''"},
    "progress_reports": {"organisation_id": "provider_id", "kind": "'progress'", "academic_year": "'2025/26'"}
    | {"term": "1", "submitted_on": "starts_on", "summary": "''", "targets": "'[]'", "evidence_ids": "'{}'"}
    | {"recorded_by": "''"},
}


def _of_each_placement(table: str) -> str:
    """A row of each placement, with its id."""
    whose = "id created_at provider_id commissioner_id pupil_owner_id shared_with_ids home_la_code"
    same = [*whose.split(), "updated_at", "version"]
    more = {"placement_id": "id", "amendments": "'[]'"} | _MORE[table]
    return (
        f"INSERT INTO {table} ({', '.join([*same, *more])}) SELECT {', '.join([*same, *more.values()])} FROM placements"
    )


# Visits to each provider by one partnership, the newest three by a school; ten judgements of each; plans and actions.
_TEAM = f"ARRAY[CASE WHEN n > 2997 THEN '{county.uid(0, 408)}' ELSE '{county.uid(0, PARTNERSHIP)}' END]::uuid[]"
_OF_PROVIDER = f"('00000001' || substr('{HERE}', 9, 16) || lpad(to_hex(1 + n % {PROVIDERS}), 12, '0'))::uuid"


def _many(table: str, count: int, columns: dict[str, str]) -> str:
    said = {"id": "gen_random_uuid()", "created_at": "now()", "updated_at": "now()", "version": "1"}
    said |= {"provider_id": _OF_PROVIDER, "team_ids": _TEAM, "network_ids": "'{}'"} | columns
    source = f"generate_series(1, {count}) AS n"
    return f"INSERT INTO {table} ({', '.join(said)}) SELECT {', '.join(said.values())} FROM {source}"


def _numbered(kind: int, of: str = "n") -> str:
    return f"('0000000{kind}-0000-7000-8000-' || lpad(to_hex({of}), 12, '0'))::uuid"


_HANGING = {"team_ids": _TEAM.replace("n >", "1 + n / 10 >"), "visit_status": "'finalised'"}
_FOUND = ";".join(
    (
        _many(
            "visits",
            3000,
            {"id": _numbered(8), "framework_id": "'leics-seip-qa-v1'", "programme_id": "'leics-seip-qa-v1'"}
            | {"kind": "'qa_visit'", "status": "'finalised'", "visitors": "'[]'"}
            | {"lead_organisation_id": f"({_TEAM})[1]"},
        ),
        _many(
            "judgements",
            29_990,
            {"id": _numbered(9), "visit_id": _numbered(8, "1 + n / 10"), "framework_id": "'leics-seip-qa-v1'"}
            | {"level": "'criterion'", "key": "'k' || n", "rating": "'green'", "scale": "'leics-seip-rag'"}
            | {"decided_by": "'assessor'", "made_by": "''", "made_at": "now()", "action_points": "'{}'"}
            | {"set_aside": "false", "valid_until_on": "current_date"}
            | _HANGING,
        ),
    )
)
_PLANNED = ";".join(
    (
        _many(
            "action_plans",
            3000,
            {"id": _numbered(8), "organisation_id": f"({_TEAM})[1]", "title": "''", "status": "'closed'"},
        ),
        _many(
            "actions",
            29_990,
            {
                "id": _numbered(9),
                "plan_id": _numbered(8, "1 + n / 10"),
                "organisation_id": f"({_HANGING['team_ids']})[1]",
            }
            | {"source": "'own'", "action": "''", "due_on": "current_date", "status": "'open'", "reviews": "'[]'"}
            | {"evidence_ids": "'{}'"}
            | _HANGING
            | {"visit_status": "'none'"},
        ),
    )
)

# Of each placement an event, for whoever commissions it and those who share its pupil.
_TOLD_OF_EACH = """
    INSERT INTO events (id, created_at, kind, entity, entity_id, audience, payload)
    SELECT id, created_at, 'placement.created', 'placement', id, commissioner_id || shared_with_ids, '{}'
      FROM placements;
    INSERT INTO event_readers SELECT DISTINCT reader, id FROM events, unnest(audience) AS reader;
"""


@dataclass
class Told:
    """What the connections of a service have sent, which tables they read from end to end, by scans, and what they
    took out of tables, by rows."""

    statements: list[str]
    end_to_end: dict[str, int]
    rows: dict[str, int]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What the reading connections send; at the end of each transaction the database tells how it read the tables."""
    found = Told([], dict.fromkeys(LONG, 0), dict.fromkeys(LONG, 0))
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
            before = {name: rows for name, _, rows in await connection.fetch(_SCANS, list(LONG))}
            yield connection
            for name, scans, rows in await connection.fetch(_SCANS, list(LONG)):
                found.end_to_end[name] += scans
                found.rows[name] += rows - before.get(name, 0)  # a connection counts on until it has reported

    monkeypatch.setattr(reading, "_init", watched)
    monkeypatch.setattr(reading.Readers, "transaction", transaction)
    return found


_SCANS = """
    SELECT relname, seq_scan, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
     WHERE relname = ANY ($1) AND (seq_scan > 0 OR idx_tup_fetch > 0)
"""


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


@pytest.mark.parametrize("status", ["", "&status=active"])
@pytest.mark.parametrize("newcomer", NEWCOMERS.values(), ids=NEWCOMERS)
async def test_a_page_costs_a_page_for_whoever_sees_next_to_nothing_or_nothing_but_what_is_new(
    nation: Settings, told: Told, newcomer: tuple[int, str, str], status: str
) -> None:
    number, _, sight = newcomer
    async with asking(nation, number) as client:
        first = (await client.get(f"/v1/placements?limit=20{status}")).json()
        following = [str(LAST)]
        if first["page"]["has_more"]:
            page = await client.get(f"/v1/placements?limit=20{status}&cursor={first['page']['next_cursor']}")
            following = [each["id"] for each in page.json()["data"]]
        told.rows.update(dict.fromkeys(LONG, 0))
        for _ in range(7):
            answer, sent = await counted(client, told, f"/v1/placements?limit=20{status}")
            assert answer.json() == first
    assert len(sent) == STATEMENTS, sent
    assert told.end_to_end == dict.fromkeys(LONG, 0)
    assert told.rows["placements"] / 7 < MOST, told.rows
    found = [each["id"] for each in first["data"]]
    assert found == await _seen(nation, sight.format(me=f"'{county.uid(0, number)}'::uuid"), status)
    assert not found or found[-1] <= following[0]


@pytest.mark.parametrize("wanted", [{}, {"family_name": "Nobody"}, {"upn": "A000000000000"}], ids=str)
@pytest.mark.parametrize("newcomer", NEWCOMERS.values(), ids=NEWCOMERS)
async def test_pupils_are_found_by_index_for_whoever_sees_next_to_nothing(
    nation: Settings, newcomer: tuple[int, str, str], wanted: dict[str, str]
) -> None:
    number, kind, _ = newcomer
    caller = Caller(Role(kind), Grade.LEAD, county.uid(0, number), str(500 + number))
    database = Database(runtime_url(nation), pool_size=1)
    try:
        for _ in range(7):
            async with database.session_for(caller, readonly=True) as session:
                told = text(_SCANS.replace("$1", ":names"))
                before = (await session.execute(told, {"names": list(LONG)})).all()
                await pupil_search.list_page(session, Keyset((), None, 20), wanted)
                after = (await session.execute(told, {"names": list(LONG)})).all()
            assert all(scans == 0 for _, scans, _ in after)
            rows = [sum(rows for name, _, rows in each if name == "pupils") for each in (before, after)]
            assert rows[1] - rows[0] <= MOST_PUPILS
    finally:
        await database.close()


async def test_a_providers_pupils_are_found_by_its_placements(nation: Settings) -> None:
    caller = Caller(Role.PROVIDER, Grade.LEAD, HERE)
    database = Database(runtime_url(nation), pool_size=1)
    try:
        for _ in range(7):
            async with database.session_for(caller, readonly=True) as session:
                page = await pupil_search.list_page(session, Keyset((), None, 20), {})
                read = (await session.execute(text(_SCANS.replace("$1", ":names")), {"names": list(LONG)})).all()
    finally:
        await database.close()
    assert all(scans == 0 for _, scans, _ in read)
    taught = f"SELECT id FROM pupils WHERE '{HERE}' = ANY (setting_ids) ORDER BY id LIMIT 20"
    assert [each.id for each in page.rows] == await _found(nation, taught)


LISTS: dict[str, Callable[[AsyncSession], Awaitable[Page[Any]]]] = {
    "attendance_marks": lambda session: attendance.list_page(session, Keyset((), None, 20), wanted={}),
    "welfare_visits": lambda session: welfare_visits.list_page(session, Keyset((), None, 20), wanted={}),
    "progress_reports": lambda session: progress_reports.list_page(session, Keyset((), None, 20), wanted={}),
    "events": lambda session: changes.list_events(session, Keyset((), None, 20), since=None, kind=None),
    "judgements": lambda session: judgements.list_page(
        session, Keyset((), None, 20), judgements.Sought({}), on=today()
    ),
    "actions": lambda session: actions.list_page(session, Keyset((), None, 20), wanted={}, overdue=None, on=today()),
    "placements": lambda session: compliance.worklist(session, Keyset((), None, 20), on=today()),
}
SEEN = {
    **dict.fromkeys(PARTS, "SELECT id FROM {table} WHERE {sight} ORDER BY id LIMIT 20"),
    **dict.fromkeys(
        ("judgements", "actions"), "SELECT id FROM {table} WHERE {me} = ANY (team_ids) ORDER BY id LIMIT 20"
    ),
    "events": "SELECT id FROM events WHERE {me} = ANY (audience) ORDER BY id LIMIT 20",
    "placements": "SELECT DISTINCT provider_id FROM placements WHERE ({sight}) AND status <> 'cancelled'"
    " AND (ends_on IS NULL OR ends_on >= current_date) ORDER BY provider_id LIMIT 20",
}


@pytest.mark.parametrize("table", LISTS)
@pytest.mark.parametrize("newcomer", NEWCOMERS.values(), ids=NEWCOMERS)
async def test_a_list_is_read_by_index_for_whoever_sees_next_to_nothing(
    nation: Settings, newcomer: tuple[int, str, str], table: str
) -> None:
    number, kind, sight = newcomer
    caller = Caller(Role(kind), Grade.LEAD, county.uid(0, number), str(500 + number))
    database = Database(runtime_url(nation), pool_size=1)
    try:
        for _ in range(7):
            async with database.session_for(caller, readonly=True) as session:
                told = text(_SCANS.replace("$1", ":names"))
                before = (await session.execute(told, {"names": [table]})).all()
                page = await LISTS[table](session)
                after = (await session.execute(told, {"names": [table]})).all()
            assert all(scans == 0 for _, scans, _ in after)
            read = sum(rows for _, _, rows in after) - sum(rows for _, _, rows in before)
            assert read < MOST_OF[table]
    finally:
        await database.close()
    me = f"'{county.uid(0, number)}'::uuid"
    found = [each.provider_id if table == "placements" else each.id for each in page.rows]
    assert found == await _found(nation, SEEN[table].format(table=table, me=me, sight=sight.format(me=me)))


# Of 30,000. What providers are used for is gone through for each of the placements that a caller sees.
MOST_OF = {**dict.fromkeys((*PARTS, "events", "judgements", "actions"), 3000), "placements": 12_000}


async def test_what_has_happened_since_an_instant_is_read_from_there_on(nation: Settings) -> None:
    assert nation.database_url is not None
    owner = await asyncpg.connect(nation.database_url.get_secret_value())
    me, made = county.uid(0, PARTNERSHIP), new_id()
    since = now()  # a moment after the id
    await owner.execute(_EVENT, made, since, [me])
    await owner.execute("INSERT INTO event_readers VALUES ($1, $2)", me, made)
    await owner.close()
    database = Database(runtime_url(nation), pool_size=1)
    try:
        async with database.session_for(Caller(Role.PARTNERSHIP, Grade.LEAD, me), readonly=True) as session:
            page = await changes.list_events(session, Keyset((), None, 20), since=since, kind=None)
            told = text(_SCANS.replace("$1", ":names"))
            read = [rows for _, _, rows in (await session.execute(told, {"names": ["events"]})).all()]
    finally:
        await database.close()
    assert [each.id for each in page.rows] == [made]
    assert sum(read) < 10


_EVENT = "INSERT INTO events VALUES ($1, $2, 'placement.created', 'placement', NULL, $3, '{}')"

# Of 9,000: the great many are those of forty owners, among whom a name is looked for one by one.
MOST_PUPILS = 1500
# Of 30,000: the great many come from forty owners, of each of which a page is read.
MOST = 3000


async def _seen(settings: Settings, sight: str, status: str) -> list[str]:
    """The first twenty, as the owner of the database finds them."""
    live = "starts_on <= current_date AND (ends_on IS NULL OR ends_on >= current_date)" if status else "true"
    found = await _found(settings, f"SELECT id FROM placements WHERE ({sight}) AND {live} ORDER BY id LIMIT 20")
    return [str(each) for each in found]


async def _found(settings: Settings, sql: str) -> list[Any]:
    """The values of a statement, for the owner of the database."""
    assert settings.database_url is not None
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        return [value for (value,) in await connection.fetch(sql)]
    finally:
        await connection.close()


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


async def test_a_position_that_nobody_knows_yet_takes_eight_statements_more(nation: Settings, told: Told) -> None:
    """In a transaction of its own the provider's group, declarations, holds, placements, the children's records, the
    agreements that bind."""
    async with asking(nation, PARTNERSHIP) as client:
        for nth in range(7):
            day = f"2026-01-{nth + 10}"
            _, sent = await counted(client, told, f"/v1/providers/{HERE}/registration-status?as_of_on={day}")
    assert len(sent) == STATEMENTS + 8, sent
    assert told.end_to_end == dict.fromkeys(LONG, 0)


async def test_facts_of_a_provider_are_read_by_index(nation: Settings) -> None:
    connection = await asyncpg.connect(runtime_url(nation).set(drivername="postgresql").render_as_string(False))
    try:
        async with connection.transaction(readonly=True):
            await connection.execute("SET LOCAL apqa.role = 'system'")
            for sql, *given in FACTS:
                for _ in range(7):
                    assert await connection.fetch(sql, *given)
            assert [name for name, scans, _ in await connection.fetch(_SCANS, list(LONG)) if scans] == []
    finally:
        await connection.close()


async def test_a_sweep_reads_child_by_child_from_the_first(nation: Settings) -> None:
    connection = await asyncpg.connect(runtime_url(nation).set(drivername="postgresql").render_as_string(False))
    try:
        async with connection.transaction(readonly=True):
            await connection.execute("SET LOCAL apqa.role = 'system'")
            await connection.fetch(census.IN_ORDER)
            plan = await connection.fetch(f"EXPLAIN {census.CHILDREN}", now().date())
    finally:
        await connection.close()
    told = "\n".join(row[0] for row in plan)
    assert "ix_pupils_child_id" in told
    assert [name for name in ("Sort", "Hash", "Seq Scan") if name in told] == [], told


CHILDREN = [county.uid(3, number) for number in range(1, 40)]
FACTS: tuple[tuple[Any, ...], ...] = (
    ("SELECT * FROM apqa_placement_facts($1, '{}')", [HERE]),
    ("SELECT * FROM apqa_placement_facts($1, '{}', current_date)", [HERE]),
    ("SELECT * FROM apqa_child_facts($1)", CHILDREN),
    ("SELECT * FROM apqa_position_stamp($1, $2)", HERE, county.uid(0, PARTNERSHIP)),
    ("SELECT * FROM apqa_commissioners($1, current_date)", [HERE]),
)
