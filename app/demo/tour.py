"""A first question for each of the four kinds of user, as a line to paste."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from app.db.providers import Provider
from app.db.session import Database
from app.domain.access import Caller


@dataclass(frozen=True, slots=True)
class Stop:
    """Who asks what, and how."""

    who: str
    asks: str
    curl: str


SHOWN = "Larkmoor Motor Project"
SCHOOL = "ashmere-school"


async def stops(database: Database, token: Callable[[str], Awaitable[str]], url: str) -> list[Stop]:
    """One stop for each role, with a token of its own.

    Args:
        token: makes a token for an organisation's slug or id.
        url: where the service answers.
    """
    async with database.session_for(Caller.system("demo"), readonly=True) as session:
        query = select(col(Provider.id)).where(col(Provider.name) == SHOWN)
        shown = (await session.execute(query)).scalars().first()
    if shown is None:
        return []
    asked = (
        ("Partnership", "hbep", "must this provider register?", f"/v1/providers/{shown}/registration-status"),
        ("School", SCHOOL, "where are our pupils?", "/v1/placements?status=active&limit=5"),
        ("Provider", str(shown), "who is with us?", "/v1/placements?limit=5"),
        ("Local authority", "leicestershire", "what has happened?", "/v1/changes?limit=5"),
    )
    return [
        Stop(who, asks, f"curl -s -H 'Authorization: Bearer {await token(ref)}' '{url}{path}'")
        for who, ref, asks, path in asked
    ]
