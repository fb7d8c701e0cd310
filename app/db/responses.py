"""Saving notes and answers, item by item: every saved item is one's own, so nobody's overwrites another's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db import evidence, frameworks, rows
from app.db.base import Keyset, Page, Versions, new_id
from app.db.providers import Provider
from app.db.records import audit
from app.db.session import caller_of
from app.db.visiting import facts_of, hold, side_of
from app.db.visits import Visit, VisitResponse, part_of
from app.domain.errors import Conflict, DomainError, Fault, Forbidden, Invalid, NotFound, Stale
from app.domain.frameworks import Framework
from app.domain.visits import OPEN_FOR_ANSWERS, OPEN_FOR_NOTES, Side, find, scale_of

WRITTEN = ("item_key", "text", "rating", "noted_at", "evidence_ids")


@dataclass(frozen=True, slots=True)
class Saved:
    """A response as it now is, and whether it is new."""

    row: VisitResponse
    created: bool


async def save(session: AsyncSession, visit_id: UUID, items: Sequence[Mapping[str, Any]]) -> list[Saved | DomainError]:
    """Save what can be saved; each item for itself.

    A few statements for any number of items, and visitors save side by side: the visit is only kept from moving on.

    Args:
        items: `item_key`, `text`, and where given `id` (minted by the client, so that a repeat is known), `rating`,
            `noted_at`, `evidence_ids`, and `version` of the own response that is changed.

    Raises:
        NotFound: no such visit.
        Forbidden: somebody who only reads it.
        Conflict: `visit_closed_for_responses`.
    """
    visit, side = await _held_by_side(session, visit_id)
    _ensure_open(visit, side)
    form = await frameworks.named(session, visit.framework_id)
    registered = facts_of(visit, await rows.get(session, Provider, visit.provider_id)).registered
    ids = [each["id"] for each in items if each.get("id")]
    held = {each.id: each for each in await _held(session, ids)}
    files = await evidence.known(session, visit.provider_id, [*chain(*(each["evidence_ids"] for each in items))])
    files.update(chain(*(each.evidence_ids for each in held.values())))
    found: list[Saved | DomainError] = []
    new: dict[UUID, dict[str, Any]] = {}
    for said in items:
        try:
            _check(form, registered, side, said)
            _check_evidence(said["evidence_ids"], files)
            known = held.get(said["id"]) if said.get("id") else None
            found.append(_changed(session, visit, known, said) if known else _drawn(session, visit, side, said, new))
        except DomainError as refusal:
            found.append(refusal)
    await _insert(session, new)
    kept = {each.id: each for each in await _held(session, list(new))}
    told = [_as_kept(session, visit, each, kept) for each in found]
    await session.flush()
    audit(session, "respond", "visit", visit.id, responses=len([each for each in told if isinstance(each, Saved)]))
    return told


async def _held_by_side(session: AsyncSession, visit_id: UUID) -> tuple[Visit, Side]:
    visit = await hold(session, visit_id)
    side = side_of(caller_of(session), visit)
    if side is Side.READER:
        raise Forbidden("Those who visit, and the provider, respond.", code="not_yours")
    return visit, side


def _ensure_open(visit: Visit, side: Side) -> None:
    if visit.status not in (OPEN_FOR_ANSWERS if side is Side.PROVIDER else OPEN_FOR_NOTES):
        raise Conflict("The visit does not take responses now.", code="visit_closed_for_responses")


async def _held(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[VisitResponse]:
    if not ids:
        return []
    query = select(VisitResponse).where(col(VisitResponse.id).in_(ids)).order_by(col(VisitResponse.id))
    locked = query.with_for_update().execution_options(populate_existing=True)
    return (await session.execute(locked)).scalars().all()


def _check(form: Framework, registered: bool, side: Side, said: Mapping[str, Any]) -> None:
    """Refuse what is no item, and a rating that is not on its scale or not a visitor's.

    Raises:
        Invalid: `item_unknown`, `rating_unknown`, `rating_not_yours`, by pointer.
    """
    item = find(form, registered, said["item_key"])
    if said.get("rating") is None:
        return
    if side is Side.PROVIDER:
        fault = Fault("rating_not_yours", "Ratings are the visitors'.", pointer="/rating")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,))
    scale = scale_of(form, item)
    if scale is None or said["rating"] not in {each.value for each in scale.values}:
        fault = Fault("rating_unknown", "The rating is not on this item's scale.", pointer="/rating")
        raise Invalid(fault.detail, code=fault.code, errors=(fault,))


def _check_evidence(named: Sequence[UUID], known: Collection[UUID]) -> None:
    faults = tuple(
        Fault("evidence_unknown", "There is no such evidence of this provider.", pointer=f"/evidence_ids/{at}")
        for at, each in enumerate(named)
        if each not in known
    )
    if faults:
        raise Invalid("The response names unknown evidence.", code="evidence_unknown", errors=faults)


def _changed(session: AsyncSession, visit: Visit, row: VisitResponse, said: Mapping[str, Any]) -> Saved:
    """An own response, as it is already or as it is now said to be."""
    if row.author != caller_of(session).principal or row.visit_id != visit.id:
        raise _taken()
    if all(getattr(row, name) == said.get(name, _empty(name)) for name in WRITTEN):
        return Saved(row, created=False)
    if said.get("version") != row.version:
        raise Stale("This response has changed since you read it. Read it again.")
    for name in WRITTEN:
        setattr(row, name, said.get(name, _empty(name)))
    row.touch()
    return Saved(row, created=False)


def _empty(name: str) -> Any:
    return [] if name == "evidence_ids" else None


def _drawn(
    session: AsyncSession, visit: Visit, side: Side, said: Mapping[str, Any], new: dict[UUID, dict[str, Any]]
) -> Saved:
    """A response that is to be inserted."""
    caller = caller_of(session)
    row = VisitResponse(
        id=said.get("id") or new_id(),
        **part_of(visit),
        side="provider" if side is Side.PROVIDER else "observer",
        organisation_id=caller.organisation,
        author=caller.principal,
        author_name=(session.info.get("acting_for") or {}).get("display_name"),
        **{name: said.get(name, _empty(name)) for name in WRITTEN},
    )
    if row.id in new:
        raise _taken()
    new[row.id] = row.model_dump()
    return Saved(row, created=True)


async def _insert(session: AsyncSession, new: Mapping[UUID, dict[str, Any]]) -> None:
    """In one order for everybody; an id that is used at this moment is passed over, and told afterwards."""
    if new:
        told = [new[each] for each in sorted(new)]
        await session.execute(insert(VisitResponse).on_conflict_do_nothing(), told)


def _as_kept(
    session: AsyncSession, visit: Visit, saved: Saved | DomainError, kept: Mapping[UUID, VisitResponse]
) -> Saved | DomainError:
    """What became of a new response, where its id was sent by two at once: the same again, or a refusal."""
    if not isinstance(saved, Saved) or not saved.created:
        return saved
    row = kept.get(saved.row.id)
    if row is None:
        return _taken()
    if row.created_at == saved.row.created_at:
        return replace(saved, row=row)
    try:
        return _changed(session, visit, row, {name: getattr(saved.row, name) for name in WRITTEN})
    except DomainError as refusal:
        return refusal


def _taken() -> Conflict:
    return Conflict("Another response has this id.", code="id_taken")


async def list_page(
    session: AsyncSession, visit_id: UUID, keyset: Keyset, *, item_key: str | None = None
) -> Page[VisitResponse]:
    """The responses to a visit's items that the caller may see.

    Raises:
        NotFound
    """
    await rows.get(session, Visit, visit_id)
    query = select(VisitResponse).where(col(VisitResponse.visit_id) == visit_id)
    if item_key is not None:
        query = query.where(col(VisitResponse.item_key) == item_key)
    return keyset.page((await session.execute(keyset.cut(query, col(VisitResponse.id)))).scalars().all())


async def remove(session: AsyncSession, visit_id: UUID, response_id: UUID, *, expected: Versions) -> None:
    """Take back an own response, while responses are taken.

    Raises:
        NotFound, Forbidden, Stale
        Conflict: `visit_closed_for_responses`.
    """
    visit, side = await _held_by_side(session, visit_id)
    row = await rows.get(session, VisitResponse, response_id)
    if row.visit_id != visit.id:
        raise NotFound("This visit has no such response.")
    if row.author != caller_of(session).principal:
        raise Forbidden("A response is its author's.", code="not_yours")
    _ensure_open(visit, side)
    row = await rows.for_change(session, VisitResponse, response_id, expected=expected)
    await session.delete(row)
    audit(session, "remove", "response", row.id, visit_id=str(visit.id))
    await session.flush()
