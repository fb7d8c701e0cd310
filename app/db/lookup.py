"""Which establishment each provider is, by one of its identifiers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db.establishments import Establishment
from app.domain.establishments import RegistrationStatus

if TYPE_CHECKING:  # a provider is looked up when it is recorded, by the module that declares it
    from app.db.providers import Provider

# In order of authority: the first that singles out an establishment decides.
IDENTIFIERS = ("urn", "ukprn", "dfe_number", "company_number")


@dataclass(frozen=True, slots=True)
class Finding:
    """The establishment that a provider is, by one of its identifiers, or None; and those it might be, each with why.

    An identifier that several live establishments share singles out none of them.
    """

    matched_by: str | None = None
    match: Establishment | None = None
    shared: tuple[tuple[str, Establishment], ...] = ()

    @property
    def status(self) -> RegistrationStatus:
        """The provider's registration status. A UKPRN or company number without an establishment is none."""
        return RegistrationStatus(self.match.registration_status) if self.match else RegistrationStatus.NOT_FOUND


async def find(session: AsyncSession, providers: Sequence["Provider"]) -> list[Finding]:
    """The finding on each provider, in their order: one statement for any number of them."""
    wanted = {key: [value for each in providers if (value := getattr(each, key))] for key in IDENTIFIERS}
    named = [col(getattr(Establishment, key)).in_(values) for key, values in wanted.items() if values]
    rows = (await session.execute(select(Establishment).where(or_(*named)))).scalars() if named else ()
    known: defaultdict[tuple[str, Any], list[Establishment]] = defaultdict(list)
    for row in rows:
        for key in IDENTIFIERS:
            known[key, getattr(row, key)].append(row)
    return [_find(each, known) for each in providers]


def _find(provider: "Provider", known: Mapping[tuple[str, Any], list[Establishment]]) -> Finding:
    shared: list[tuple[str, Establishment]] = []
    for key in IDENTIFIERS:
        value = getattr(provider, key)
        rows = known.get((key, value), []) if value is not None else []
        # A company may run a school at one address and something that is none at another.
        apart = key == "company_number" and provider.postcode is not None
        fitting = [row for row in rows if not apart or same_postcode(row.postcode, provider.postcode, unknown=True)]
        if match := _only(fitting):
            return Finding(key, match)
        shared += ((key, row) for row in rows)
    return Finding(shared=tuple(shared))


def _only(rows: Sequence[Establishment]) -> Establishment | None:
    """The one live establishment; where none is live the last that closed, for a DfE number passes to a successor."""
    live = [row for row in rows if row.is_live]
    if live or not rows:
        return live[0] if len(live) == 1 else None
    return max(rows, key=lambda row: (row.closed_on or date.min, row.urn))


def same_postcode(one: str | None, other: str | None, *, unknown: bool) -> bool:
    """Whether two postcodes are one, however they are spaced; `unknown` where either is missing."""
    if one is None or other is None:
        return unknown
    return one.replace(" ", "").upper() == other.replace(" ", "").upper()
