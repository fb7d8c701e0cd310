"""The frameworks that organisations publish, beside those that come with the service."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Text, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from app.db import rows
from app.db.base import Keyset, Page, Root, Versions, document, one_of
from app.db.records import audit
from app.db.session import caller_of
from app.domain import crosswalk, frameworks
from app.domain.crosswalk import Conversion, Loss
from app.domain.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from app.domain.frameworks import Framework, Scale, Status
from app.domain.frameworks.reading import read

# Published one after another, so that each is held against all that were before it.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('apqa frameworks'))")
# What a list tells of a document, besides columns.
_TOLD = ("title", "publisher", "version", "document", "effective_from", "review_due_on", "supersedes")
_PLAIN_STEP = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_REMEMBERED = 500
MOST_FAULTS = 100
"""Faults told of one document; so many misfits already, and it is not looked at more closely."""

_parsed: dict[str, Framework] = {}  # by content hash: what has been published never changes


class PublishedFramework(Root, table=True):
    """One version of a framework, published by an organisation. Its content never changes, only its status."""

    __tablename__ = "frameworks"
    __table_args__ = (
        one_of("status", (Status.PUBLISHED.value, Status.RETIRED.value)),
        Index("ix_frameworks_organisation_id_id", "organisation_id", "id"),
    )

    # Ordered as Python orders ids, so that those that come with the service take their places among these.
    id: str = Field(primary_key=True, sa_type=Text(collation="C"))  # type: ignore[assignment]
    organisation_id: UUID = Field(foreign_key="organisations.id")
    status: str = Status.PUBLISHED.value
    content: dict[str, Any] = document()
    content_hash: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A framework version, whose it is (None: it comes with the service), and the version of its standing, an ETag."""

    framework: Framework
    organisation_id: UUID | None
    version: str


# --- reading --------------------------------------------------------------------------------------------------------


def slug_key(written: str) -> Any:
    """A framework's id as it stands in a cursor, for `Keyset`. Raises ValueError."""
    if len(written) > 80 or not written.isascii() or not written.isprintable():
        raise ValueError
    return written


async def list_page(
    session: AsyncSession, keyset: Keyset, *, organisation_id: UUID | None = None, status: str | None = None
) -> Page[Any]:
    """Frameworks by id, those that come with the service in their places, each with what a list tells.

    Args:
        organisation_id: only what this organisation has published.
        status: only those with this status.
    """
    table = PublishedFramework
    told: list[Any] = [getattr(table, each) for each in ("id", "organisation_id", "status", "content_hash", "verified")]
    query = select(*told, *(table.content[name].astext.label(name) for name in _TOLD))
    if organisation_id is not None:
        query = query.where(col(table.organisation_id) == organisation_id)
    if status is not None:
        query = query.where(col(table.status) == status)
    found = (await session.execute(keyset.cut(query, col(table.id)))).all()
    after: Any = keyset.after or ""
    ours = [each for each in frameworks.ALL if organisation_id is None and each.id > after]
    ours = [each for each in ours if status in (None, each.status)]
    return keyset.page(sorted([*ours, *found], key=lambda each: str(each.id)))


async def get(session: AsyncSession, framework_id: str) -> Held:
    """One framework version.

    Raises:
        NotFound
    """
    if framework_id in frameworks.BY_ID:
        return _ours(frameworks.BY_ID[framework_id])
    found = await _published(session, col(PublishedFramework.id) == framework_id)
    if framework_id not in found:
        raise NotFound("There is no such framework.")
    return found[framework_id]


async def named(session: AsyncSession, framework_id: str) -> Framework:
    """The framework version of an id, whoever published it.

    Raises:
        NotFound
    """
    return (await get(session, framework_id)).framework


async def usable(session: AsyncSession, framework_id: str) -> Framework:
    """The framework version of an id, for a new visit.

    Raises:
        NotFound
        Conflict: `framework_retired`.
    """
    framework = await named(session, framework_id)
    if framework.status is Status.RETIRED:
        raise Conflict("This version has been retired: name another.", code="framework_retired")
    return framework


async def known(session: AsyncSession) -> Mapping[str, Framework]:
    """Every framework version by id."""
    return {framework_id: held.framework for framework_id, held in (await _all(session)).items()}


async def convert(session: AsyncSession, rating: str, from_scale: str, to_scale: str) -> Conversion:
    """How a rating reads on another scale. From and to an organisation's own scales there is no table.

    Raises:
        Invalid: `scale_unknown`; `rating_unknown`, a rating that is not on `from_scale`.
    """
    if {from_scale, to_scale} <= crosswalk.SCALES.keys():
        return crosswalk.convert(rating, from_scale, to_scale)
    scales = {each.id: each for framework in (await known(session)).values() for each in framework.scales}
    scales |= crosswalk.SCALES
    if not {from_scale, to_scale} <= scales.keys():
        raise Invalid("There is no such scale.", code="scale_unknown")
    own = scales[from_scale]
    own.rank(rating)
    concern = rating in own.failing
    if from_scale == to_scale:
        return Conversion(rating, Loss.NONE, concern, "The scale is the same.", own.source, None)
    return Conversion(None, Loss.FORBIDDEN, concern, "There is no table from this scale to that.", None, None)


async def _all(session: AsyncSession) -> dict[str, Held]:
    return await _published(session) | {each.id: _ours(each) for each in frameworks.ALL}


def _ours(framework: Framework) -> Held:
    return Held(framework, None, f"{framework.content_hash}-{framework.status}")


async def _published(session: AsyncSession, *which: ColumnElement[bool]) -> dict[str, Held]:
    """Published versions by id: their content is read only where it is not remembered."""
    table = PublishedFramework
    heads = select(table.id, table.organisation_id, table.status, table.version, table.content_hash)  # type: ignore[call-overload]
    found: Sequence[Any] = (await session.execute(heads.where(*which))).all()
    content = {each.content_hash: _parsed[each.content_hash] for each in found if each.content_hash in _parsed}
    wanted = [each.id for each in found if each.content_hash not in content]
    if wanted:
        documents = select(col(table.content_hash), col(table.content)).where(col(table.id).in_(wanted))
        content |= {each.content_hash: read(each.content)[0] for each in await session.execute(documents)}
        _remember(content)
    return {each.id: _held(each, content[each.content_hash]) for each in found}


def _held(row: Any, framework: Framework) -> Held:
    return Held(replace(framework, status=Status(row.status)), row.organisation_id, str(row.version))


def _remember(content: Mapping[str, Framework]) -> None:
    _parsed.update(content)
    for oldest in list(_parsed)[: max(0, len(_parsed) - _REMEMBERED)]:
        del _parsed[oldest]


# --- publishing -----------------------------------------------------------------------------------------------------


async def publish(session: AsyncSession, raw: Any, misfits: Sequence[Fault] = ()) -> Held:
    """Publish a framework, for good, in the name of the caller's organisation.

    Args:
        raw: the document, as parsed from JSON.
        misfits: what is wrong with it by the contract.

    Raises:
        Invalid: `framework_invalid`, with every fault by pointer.
        Conflict: `framework_exists`.
    """
    await session.execute(_ONE_AT_A_TIME)
    before = await _all(session)
    _refuse(misfits if len(misfits) >= MOST_FAULTS else _faults(raw, misfits, before, caller_of(session).organisation))
    framework = read(raw)[0]
    if framework.id in before:
        raise Conflict("There is a framework version of this id: choose another.", code="framework_exists")
    row = PublishedFramework(
        id=framework.id,
        organisation_id=caller_of(session).organisation,
        content=raw,
        content_hash=framework.content_hash,
        verified=framework.verified,
    )
    session.add(row)
    await session.flush()
    audit(session, "publish", "framework", None, framework_id=row.id, content_hash=row.content_hash)
    return _held(row, framework)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        less = f" Of {len(faults)} faults, the first {MOST_FAULTS} follow." if len(faults) > MOST_FAULTS else ""
        detail = f"The framework is not valid.{less}"
        raise Invalid(detail, code="framework_invalid", errors=tuple(faults[:MOST_FAULTS]))


def _faults(raw: Any, misfits: Iterable[Fault], before: Mapping[str, Held], mine: UUID) -> list[Fault]:
    """Everything that is wrong, once for each place."""
    catalogue = {framework_id: held.framework for framework_id, held in before.items()}
    framework = read(raw)[0]
    told = list(map(_shown, frameworks.faults(raw, catalogue)))
    for more in (misfits, _redefined(framework.scales), _anothers(framework, before, mine)):
        places = {each.pointer for each in told}
        told += [each for each in more if each.pointer not in places]
    return told


def _shown(fault: Fault) -> Fault:
    """The fault, with a pointer that ends before a step that is not plainly a name: it may be somebody's."""
    steps = (fault.pointer or "").split("/")
    odd = next((at for at, step in enumerate(steps[1:], 1) if not _PLAIN_STEP.fullmatch(step)), len(steps))
    return replace(fault, pointer="/".join(steps[:odd]))


def _redefined(scales: Iterable[Scale]) -> Iterator[Fault]:
    """Scales whose ids crosswalks use already, with other values."""
    for position, scale in enumerate(scales):
        if scale.id in crosswalk.SCALES and crosswalk.SCALES[scale.id].values != scale.values:
            detail = "This scale is known with other values: choose another id."
            yield Fault("scale_redefined", detail, pointer=f"/scales/{position}/id")


def _anothers(framework: Framework, before: Mapping[str, Held], mine: UUID) -> Iterator[Fault]:
    """What a version claims to come after, where that is not the organisation's own."""
    predecessor = before.get(framework.supersedes or "")
    if predecessor is not None and predecessor.organisation_id != mine:
        yield Fault("not_yours", "A version comes after one of your own organisation.", pointer="/supersedes")


async def retire(session: AsyncSession, framework_id: str, *, expected: Versions) -> Held:
    """Take a version out of use: no new visit may name it, and those that do keep it.

    Raises:
        NotFound, Forbidden, Stale
        Conflict: `framework_retired`, it is already.
    """
    if framework_id in frameworks.BY_ID:
        raise Forbidden("This framework comes with the service.", code="not_yours")
    key: Any = framework_id
    row = await rows.for_change(session, PublishedFramework, key, expected=expected)
    if row.status == Status.RETIRED:
        raise Conflict("This version has been retired already.", code="framework_retired")
    row.status = Status.RETIRED.value
    row.touch()
    await session.flush()
    audit(session, "retire", "framework", None, framework_id=row.id)
    return _held(row, read(row.content)[0])
