"""From a verified identity to a caller: the memberships in the database decide, nothing in the token."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.db.session import Database
from app.domain.access import Caller, Grade, Role
from app.domain.errors import Forbidden

_IDENTIFY = "SELECT * FROM apqa_identify($1, $2)"


async def memberships(database: Database, issuer: str, subject: str) -> Sequence[Any]:
    """The unrevoked memberships of an identity, read afresh each time so that revoking one works at once."""
    async with database.readers.connection() as connection:
        found: Sequence[Any] = await connection.fetch(_IDENTIFY, issuer, subject)
        return found


def choose(
    found: Sequence[Any],
    *,
    issuer: str,
    subject: str,
    token_organisation: UUID | None,
    wanted: str | None,
    scopes: frozenset[str] | None,
) -> Caller:
    """The caller for one of an identity's memberships.

    Args:
        found: rows of organisation_id, slug, name, kind, grade, la_code, partnership_id, network_ids.
        issuer, subject: the verified identity.
        token_organisation: the organisation that our own token was issued for; it admits no other.
        wanted: id or slug from the header `Acting-Organisation`.
        scopes: what narrows the role, if anything does.

    Raises:
        Forbidden: `no_membership` or `organisation_required`.
    """
    mine = [row for row in found if token_organisation in (None, row["organisation_id"])]
    if wanted is not None:
        mine = [row for row in mine if wanted in (str(row["organisation_id"]), row["slug"])]
    if not mine:
        raise Forbidden("No organisation has made this identity a member.", code="no_membership")
    if len(mine) > 1:
        raise Forbidden(
            "Choose one of your organisations by the header Acting-Organisation.", code="organisation_required"
        )
    row = mine[0]
    return Caller(
        role=Role(row["kind"]),
        grade=Grade(row["grade"]),
        organisation_id=row["organisation_id"],
        la_code=row["la_code"],
        partnership_id=row["partnership_id"],
        network_ids=tuple(row["network_ids"]),
        issuer=issuer,
        subject=subject,
        scopes=scopes,
    )
