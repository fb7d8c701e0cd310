"""Whom providers without a live match in the register may be, until a person confirms one: nothing here ever does."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import establishments
from app.db.establishments import Establishment
from app.db.lookup import Finding, same_postcode
from app.domain.establishments import name_key, successors

if TYPE_CHECKING:
    from app.db.providers import Provider

Namesakes = Mapping[str, Sequence[Establishment]]
_MOST = 10


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What followed an establishment that is no more, nearest first, and the candidates, likeliest first."""

    followed: Sequence[Establishment] = ()
    candidates: Sequence[dict[str, Any]] = ()


async def suggest(session: AsyncSession, found: Sequence[tuple["Provider", Finding]]) -> defaultdict[UUID, Suggestion]:
    """A suggestion for each provider whose match is absent or no longer live: three statements for any number."""
    lost = [(provider, finding) for provider, finding in found if finding.match is None or not finding.match.is_live]
    followed = await _followed(session, [finding.match.urn for _, finding in lost if finding.match])
    namesakes = await _namesakes(session, {key for provider, _ in lost for key in _keys(provider)})
    suggested = defaultdict[UUID, Suggestion](Suggestion)
    for provider, finding in lost:
        after = followed.get(finding.match.urn, []) if finding.match else []
        suggested[provider.id] = Suggestion(after, _candidates(provider, finding, after, namesakes))
    return suggested


async def _followed(session: AsyncSession, urns: Sequence[int]) -> dict[int, list[Establishment]]:
    if not urns:
        return {}
    links = await establishments.links_around(session, urns)
    after = {urn: successors(urn, links) for urn in urns}
    known = await establishments.by_urns(session, {each for chain in after.values() for each in chain})
    return {urn: [known[each] for each in chain if each in known] for urn, chain in after.items()}


async def _namesakes(session: AsyncSession, keys: set[str]) -> Namesakes:
    by_key: defaultdict[str, list[Establishment]] = defaultdict(list)
    if keys:
        for row in (
            await session.execute(select(Establishment).where(col(Establishment.name_key).in_(keys)))
        ).scalars():
            by_key[row.name_key].append(row)
    return by_key


def _keys(provider: "Provider") -> set[str]:
    return {provider.name_key, *([name_key(provider.legal_name)] if provider.legal_name else [])}


def _candidates(
    provider: "Provider", finding: Finding, followed: Sequence[Establishment], namesakes: Namesakes
) -> list[dict[str, Any]]:
    def rank(row: Establishment) -> tuple[bool, bool, int]:
        return not same_postcode(row.postcode, provider.postcode, unknown=False), not row.is_live, row.urn

    named = sorted((row for key in _keys(provider) for row in namesakes.get(key, ())), key=rank)
    found = [("successor", row) for row in followed if row.is_live]
    found += [*finding.shared, *(("name", row) for row in named)]
    distinct: dict[int, dict[str, Any]] = {}
    for why, row in found:
        if finding.match is None or row.urn != finding.match.urn:
            distinct.setdefault(row.urn, _candidate(provider, why, row))
    return list(distinct.values())[:_MOST]


def _candidate(provider: "Provider", why: str, row: Establishment) -> dict[str, Any]:
    return {
        "urn": row.urn,
        "name": row.name,
        "town": row.town,
        "postcode": row.postcode,
        "registration_status": row.registration_status,
        "because": why,
        "same_postcode": same_postcode(row.postcode, provider.postcode, unknown=False),
    }
