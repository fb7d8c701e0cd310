"""Who reads what of a visit, written out by hand, with the SQL that asks for it under the serving role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.access import Caller
from tests.access.conftest import County

STATUSES = ("planned", "preparing", "with_provider", "visited", "draft_shared", "disputed", "finalised", "cancelled")

# What there is to read of a visit. Each of the visits to "forge", led by "east" with "oak", has some of everything.
KINDS = {
    "visit": "SELECT id FROM visits WHERE id = :visit",
    "note": "SELECT id FROM visit_responses WHERE visit_id = :visit AND side = 'observer'",
    "answer": "SELECT id FROM visit_responses WHERE visit_id = :visit AND side = 'provider'",
    "judgement": "SELECT id FROM judgements WHERE visit_id = :visit",
    "comment": "SELECT id FROM visit_comments WHERE visit_id = :visit",
    "draft": "SELECT id FROM visit_versions WHERE visit_id = :visit AND stage = 'draft'",
    "final": "SELECT id FROM visit_versions WHERE visit_id = :visit AND stage = 'final'",
    "concern": "SELECT id FROM concerns WHERE visit_id = :visit",
}
PART_TABLES = ("visit_responses", "judgements", "visit_comments", "visit_versions", "concerns")
NOTHING = ""
EVERYTHING = "visit note answer judgement comment draft final concern"
# The drafts of a record are for those who made it and for whom it was made.
PUBLISHED = "visit note answer judgement comment final concern"

# Who reads what of those visits. Findings are confidential until the provider may scrutinise them (SLA 2022,
# Partnerships will, Systems and Processes 7). The network is "county": "ash" belongs to it through its partnership.
TEAM = dict.fromkeys(STATUSES, EVERYTHING)
OUTSIDE = dict.fromkeys(STATUSES, NOTHING)
FINAL_ALONE = OUTSIDE | {"finalised": PUBLISHED}
READ = {
    "east": TEAM,
    "oak": TEAM,
    "forge": {
        "planned": NOTHING,
        "preparing": NOTHING,
        "with_provider": "visit answer",
        "visited": "visit answer",
        "draft_shared": EVERYTHING,
        "disputed": EVERYTHING,
        "finalised": EVERYTHING,
        "cancelled": NOTHING,
    },
    "west": FINAL_ALONE,
    "ash": FINAL_ALONE,
    "shire": FINAL_ALONE,
    "elm": OUTSIDE,
    "yard": OUTSIDE,
    "barn": OUTSIDE,
    "city": OUTSIDE,
    "unplaced": OUTSIDE,
}


@asynccontextmanager
async def speaking(county: County, name: str) -> AsyncIterator[AsyncConnection]:
    """The serving role's own connection, told of a member of the organisation; nothing is kept."""
    async with county.database.engine.connect() as connection:
        await told(connection, county, name)
        yield connection
        await connection.rollback()


async def told(connection: AsyncConnection, county: County, name: str) -> None:
    """Tell the database of somebody, from here to the end of the transaction."""
    caller = county.world.members().get(name, Caller.system("test"))
    settings = {
        "apqa.role": caller.role.value,
        "apqa.org": str(caller.organisation_id or ""),
        "apqa.la": caller.la_code or "",
        "apqa.networks": ",".join(map(str, caller.network_ids)),
    }
    for setting, value in settings.items():
        await connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": setting, "value": value})


def visit_to(county: County, provider: str, status: str, lead: str) -> UUID:
    """A visit of the county."""
    ids = county.world.ids
    wanted = (ids[provider], status, ids[lead])
    (found,) = (
        row["id"]
        for row in county.world.tables["visits"].values()
        if (row["provider_id"], row["status"], row["lead_organisation_id"]) == wanted
    )
    return UUID(str(found))


def visit_in(county: County, status: str) -> UUID:
    """The visit to "forge" in a status."""
    return visit_to(county, "forge", status, "east")


async def read(connection: AsyncConnection, visit: UUID) -> set[str]:
    """What can be read of a visit."""
    found = {kind: await rows(connection, query, visit) for kind, query in KINDS.items()}
    return {kind for kind, seen in found.items() if seen}


async def rows(connection: AsyncConnection, statement: str, visit: UUID) -> list[tuple[object, ...]]:
    """What a statement about a visit answers."""
    return [tuple(row) for row in await connection.execute(text(statement), {"visit": visit})]


async def refused(connection: AsyncConnection, statement: str, visit: UUID) -> str:
    """Why the database says that a statement is not for this caller; "" where it takes it. Nothing of it is kept."""
    async with connection.begin_nested() as tried:
        try:
            await rows(connection, statement, visit)
        except DBAPIError as error:
            await tried.rollback()
            if getattr(error.orig, "sqlstate", None) != "42501":
                raise
            return str(error.orig)
        await tried.rollback()
    return ""
