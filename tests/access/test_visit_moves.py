"""How a visit and its parts move by SQL alone: all at once, by whom, where to, and what is never changed."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.access.conftest import County
from tests.access.visit_sql import (
    EVERYTHING,
    NOTHING,
    PART_TABLES,
    PUBLISHED,
    READ,
    STATUSES,
    read,
    refused,
    rows,
    speaking,
    told,
    visit_in,
)

# --- moving a visit -------------------------------------------------------------------------------------------------

MOVE = "UPDATE visits SET status = '{to}' WHERE id = :visit RETURNING id"
MOVE_PART = "UPDATE judgements SET visit_status = '{to}' WHERE visit_id = :visit RETURNING id"
MOVES = [
    ("planned", "preparing"),
    ("preparing", "with_provider"),
    ("with_provider", "visited"),
    ("with_provider", "cancelled"),
    ("visited", "draft_shared"),
    ("draft_shared", "visited"),
    ("draft_shared", "disputed"),
    ("draft_shared", "finalised"),
    ("disputed", "finalised"),
]


async def statuses(connection: AsyncConnection, county: County, visit: UUID) -> dict[str, set[object]]:
    """The statuses that the parts of a visit repeat, by table, as the system sees them."""
    await told(connection, county, "system")
    found = {}
    for table in PART_TABLES:
        seen = await rows(connection, f"SELECT visit_status FROM {table} WHERE visit_id = :visit", visit)
        found[table] = {status for (status,) in seen}
    return found


@pytest.mark.parametrize(("before", "to"), MOVES)
async def test_moving_a_visit_opens_and_closes_every_part_of_it_at_once(county: County, before: str, to: str) -> None:
    visit = visit_in(county, before)
    async with speaking(county, "east") as connection:
        assert await rows(connection, MOVE.format(to=to), visit) == [(visit,)]
        assert await statuses(connection, county, visit) == {table: {to} for table in PART_TABLES}
        for name, opened in READ.items():
            await told(connection, county, name)
            assert await read(connection, visit) == set(opened[to].split()), name


async def test_a_change_of_team_network_or_area_holds_for_every_part_at_once(county: County) -> None:
    ids, networks = county.world.ids, county.world.networks
    visit = visit_in(county, "finalised")
    changed = (
        f"UPDATE visits SET team_ids = ARRAY['{ids['east']}'::uuid], network_ids = ARRAY['{networks['border']}'::uuid],"
        " la_code = '856' WHERE id = :visit RETURNING id"
    )
    expected = {"east": EVERYTHING, "forge": EVERYTHING, "elm": PUBLISHED, "unplaced": PUBLISHED, "city": PUBLISHED}
    async with speaking(county, "east") as connection:
        assert await rows(connection, changed, visit) == [(visit,)]
        for name in READ:
            await told(connection, county, name)
            assert await read(connection, visit) == set(expected.get(name, NOTHING).split()), name


@pytest.mark.parametrize(("before", "to"), [("draft_shared", "disputed"), ("disputed", "draft_shared")])
async def test_a_provider_that_disputes_moves_parts_that_it_may_not_change(
    county: County, before: str, to: str
) -> None:
    visit = visit_in(county, before)
    async with speaking(county, "forge") as connection:
        assert await rows(connection, MOVE_PART.format(to=to), visit) == []
        assert await rows(connection, MOVE.format(to=to), visit) == [(visit,)]
        role = await connection.execute(text("SELECT current_setting('apqa.role')"))
        assert role.scalar_one() == "provider"
        assert await statuses(connection, county, visit) == {table: {to} for table in PART_TABLES}


@pytest.mark.parametrize("before", STATUSES)
async def test_a_provider_takes_a_visit_into_a_dispute_and_out_of_it_and_nowhere_else(
    county: County, before: str
) -> None:
    visit = visit_in(county, before)
    open_to_it = ("draft_shared", "disputed")
    async with speaking(county, "forge") as connection:
        for to in STATUSES:
            if before not in open_to_it:
                assert await rows(connection, MOVE.format(to=to), visit) == [], to
            else:
                why = await refused(connection, MOVE.format(to=to), visit)
                assert ("row-level security" in why) == (to not in open_to_it), to


@pytest.mark.parametrize("before", ["finalised", "cancelled"])
@pytest.mark.parametrize("name", ["east", "oak", "system"])
async def test_nobody_takes_a_visit_out_of_its_end(county: County, before: str, name: str) -> None:
    visit = visit_in(county, before)
    async with speaking(county, name) as connection:
        for to in STATUSES:
            assert bool(await refused(connection, MOVE.format(to=to), visit)) == (to != before), to


# --- what else is kept ----------------------------------------------------------------------------------------------

ANOTHER = {
    "uuid": "gen_random_uuid()",
    "character varying": "'another'",
    "ARRAY": "{column} || gen_random_uuid()",
    "jsonb": """'{{"another": 1}}'""",
    "date": "'2001-02-03'",
    "integer": "99",
    "boolean": "NOT {column}",
    "timestamp with time zone": "'2001-02-03T00:00:00Z'",
}
DISPUTED = {"status", "disputed_at", "disputed_because", "version", "updated_at"}


async def columns(connection: AsyncConnection, table: str) -> dict[str, str]:
    """An expression for another value of each column of a table."""
    query = text("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = :table")
    found = await connection.execute(query, {"table": table})
    return {name: ANOTHER[kind].format(column=name) for name, kind in found}


async def test_a_provider_changes_nothing_of_a_visit_but_that_it_is_disputed_and_why(county: County) -> None:
    visit = visit_in(county, "draft_shared")
    async with speaking(county, "forge") as connection:
        others = await columns(connection, "visits")
        assert others.keys() >= DISPUTED
        for column in others.keys() - DISPUTED:
            statement = f"UPDATE visits SET {column} = {others[column]}, status = 'disputed' WHERE id = :visit"
            assert await refused(connection, f"{statement} RETURNING id", visit), column
        said = (
            "UPDATE visits SET status = 'disputed', disputed_at = now(), disputed_because = 'x',"
            " version = version + 1, updated_at = now() WHERE id = :visit RETURNING id"
        )
        assert await rows(connection, said, visit) == [(visit,)]


@pytest.mark.parametrize("column", ["provider_id", "lead_organisation_id", "framework_id"])
@pytest.mark.parametrize("name", ["east", "oak", "system"])
async def test_whose_a_visit_is_and_its_form_are_for_life(county: County, name: str, column: str) -> None:
    other = {"framework_id": "'another'"}.get(column, f"'{county.world.ids['west']}'")
    statement = f"UPDATE visits SET {column} = {other} WHERE id = :visit RETURNING id"
    async with speaking(county, name) as connection:
        assert "for life" in await refused(connection, statement, visit_in(county, "planned"))


REPEATED = ("visit_id", "provider_id", "visit_status", "team_ids", "network_ids", "la_code")


@pytest.mark.parametrize("column", REPEATED)
@pytest.mark.parametrize("table", ["visit_responses", "judgements", "concerns"])
async def test_nobody_moves_a_part_but_with_its_visit(county: County, table: str, column: str) -> None:
    visit = visit_in(county, "visited")
    async with speaking(county, "east") as connection:
        assert await rows(
            connection, f"UPDATE {table} SET version = version WHERE visit_id = :visit RETURNING id", visit
        )
        another = (await columns(connection, table))[column]
        statement = f"UPDATE {table} SET {column} = {another} WHERE visit_id = :visit RETURNING id"
        assert "it repeats what its visit says" in await refused(connection, statement, visit)


@pytest.mark.parametrize(("name", "side"), [("yard", "provider"), ("elm", "observer"), ("west", "observer")])
async def test_a_part_is_added_as_the_visit_says_whatever_is_claimed(county: County, name: str, side: str) -> None:
    """Somebody who claims a visit for its own provider and team writes nothing on it."""
    visit, mine = visit_in(county, "visited"), county.world.ids[name]
    statement = (
        "INSERT INTO visit_responses (id, created_at, updated_at, version, visit_id, provider_id, visit_status,"
        " team_ids, network_ids, side, item_key, organisation_id, author, text, evidence_ids) VALUES"
        f" (gen_random_uuid(), now(), now(), 1, :visit, '{mine}', 'visited', ARRAY['{mine}'::uuid], '{{}}', '{side}',"
        f" 'overall', '{mine}', 'x', 'x', '{{}}')"
    )
    async with speaking(county, name) as connection:
        assert "row-level security" in await refused(connection, f"{statement} RETURNING id", visit)
