"""What the provider says of a shared draft, and what it is told in answer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import frameworks, rows
from app.db.base import Keyset, Page
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.visiting import facts_of, side_of
from app.db.visits import Visit, VisitComment, part_of
from app.domain.errors import Conflict, Fault, Forbidden, Invalid
from app.domain.visits import OPEN_FOR_COMMENTS, Side, find, scale_of


async def add(session: AsyncSession, visit_id: UUID, said: Mapping[str, Any]) -> VisitComment:
    """Say something of the draft.

    Args:
        said: `kind`, `text`, `item_key` where it is of one item, and the `suggested_rating` of an amendment.

    Raises:
        NotFound
        Forbidden: a reader; a conclusion by anybody but the provider.
        Conflict: `visit_closed_for_comments`.
        Invalid: `item_unknown`, `rating_unknown`.
    """
    visit = await rows.get(session, Visit, visit_id)
    caller = caller_of(session)
    side = side_of(caller, visit)
    if side is Side.READER or (said["kind"] != "comment" and side is not Side.PROVIDER):
        raise Forbidden("The provider comments and concludes; those who visit answer.", code="not_yours")
    if visit.status not in OPEN_FOR_COMMENTS:
        raise Conflict("There is no draft to comment on.", code="visit_closed_for_comments")
    await _check(session, visit, said)
    row = VisitComment(
        **part_of(visit),
        **said,
        organisation_id=caller.organisation,
        author=caller.principal,
        author_name=(session.info.get("acting_for") or {}).get("display_name"),
    )
    session.add(row)
    await session.flush()
    audit(session, "comment", "visit", visit.id, kind=row.kind)
    tell(session, "visit.commented", "visit", visit.id, {*visit.team_ids, visit.provider_id}, said=row.kind)
    return row


async def _check(session: AsyncSession, visit: Visit, said: Mapping[str, Any]) -> None:
    if said.get("item_key") is None:
        return
    form = await frameworks.named(session, visit.framework_id)
    registered = facts_of(visit, await rows.get(session, Provider, visit.provider_id)).registered
    item = find(form, registered, said["item_key"])
    scale = scale_of(form, item)
    suggested = said.get("suggested_rating")
    if suggested is not None and (scale is None or suggested not in {each.value for each in scale.values}):
        fault = Fault("rating_unknown", "The rating is not on this item's scale.", pointer="/suggested_rating")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,))


async def list_page(session: AsyncSession, visit_id: UUID, keyset: Keyset) -> Page[VisitComment]:
    """What was said of a draft, oldest first.

    Raises:
        NotFound
    """
    await rows.get(session, Visit, visit_id)
    query = select(VisitComment).where(col(VisitComment.visit_id) == visit_id)
    return keyset.page((await session.execute(keyset.cut(query, col(VisitComment.id)))).scalars().all())
