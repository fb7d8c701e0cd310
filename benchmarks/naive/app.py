"""The reference app: a token, a membership, a scope in WHERE, rows to Python, response models."""

import os
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jose import JWTError, jwt
from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import selectinload
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.domain.access import Role
from app.shapes.registration import RegistrationCheck
from benchmarks import reference
from benchmarks.naive.recording import record
from benchmarks.naive.shapes import Batch, BatchResult, PageInfo, PlacementCreate, Placements, Results
from benchmarks.naive.shapes import Placement as Shown
from benchmarks.naive.tables import Membership, Organisation, Placement, Provider, Pupil, now

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=0, pool_timeout=300)
KEY, ISSUER = os.environ["PUBLIC_KEY"], os.environ["ISSUER"]
app = FastAPI()
bearer = HTTPBearer()


async def session() -> AsyncIterator[AsyncSession]:
    """One session for each request."""
    async with AsyncSession(engine, expire_on_commit=False) as opened:
        yield opened


SessionDep = Annotated[AsyncSession, Depends(session)]


async def current(
    db: SessionDep, credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]
) -> Organisation:
    """The organisation spoken for, by the token and the membership."""
    try:
        claims = jwt.decode(credentials.credentials, KEY, algorithms=["ES256"], audience=ISSUER, issuer=ISSUER)
    except JWTError as error:
        raise HTTPException(401) from error
    found = await db.exec(
        select(Membership)
        .where(
            Membership.issuer == claims["iss"],
            Membership.subject == claims["sub"],
            Membership.organisation_id == UUID(claims["org"]),
            col(Membership.revoked_at).is_(None),
        )
        .options(selectinload(Membership.organisation).selectinload(Organisation.partnership))  # type: ignore[arg-type]
    )
    member = found.first()
    if member is None:
        raise HTTPException(403)
    return member.organisation


Me = Annotated[Organisation, Depends(current)]


def scope(me: Organisation) -> ColumnElement[bool]:
    """The placements that an organisation sees."""
    commissioned = or_(col(Placement.commissioner_id) == me.id, col(Placement.shared_with_ids).contains([me.id]))
    match me.kind:
        case Role.PARTNERSHIP:
            return commissioned
        case Role.SCHOOL:
            return or_(col(Placement.commissioner_id) == me.id, col(Placement.pupil_owner_id) == me.id)
        case Role.LOCAL_AUTHORITY:
            return or_(commissioned, col(Placement.home_la_code) == me.la_code)
        case Role.PROVIDER:
            return col(Placement.provider_id) == me.id
    return false()


def shown(row: Placement, me: Organisation, on: date) -> dict[str, Any]:
    """A placement as answered."""
    return row.model_dump() | reference.shown(row, on=on, mine=row.commissioner_id == me.id)


@app.get("/v1/placements/{placement_id}", response_model=Shown)
async def get_placement(placement_id: UUID, db: SessionDep, me: Me) -> Any:
    """One placement."""
    row = (await db.exec(select(Placement).where(Placement.id == placement_id, scope(me)))).first()
    if row is None:
        raise HTTPException(404)
    return shown(row, me, now().date())


@app.get("/v1/placements", response_model=Placements)
async def list_placements(
    db: SessionDep, me: Me, provider_id: UUID | None = None, cursor: UUID | None = None, limit: int = 50
) -> Any:
    """A page of placements."""
    query = select(Placement).where(scope(me)).order_by(col(Placement.id)).limit(limit + 1)
    if provider_id is not None:
        query = query.where(Placement.provider_id == provider_id)
    if cursor is not None:
        query = query.where(Placement.id > cursor)
    rows = (await db.exec(query)).all()
    more, on = len(rows) > limit, now().date()
    info = PageInfo(next_cursor=str(rows[limit - 1].id) if more else None, has_more=more)
    return {"data": [shown(row, me, on) for row in rows[:limit]], "page": info}


@app.get("/v1/providers/{provider_id}/registration-status", response_model=RegistrationCheck)
async def get_registration_status(provider_id: UUID, db: SessionDep, me: Me) -> Any:
    """Where a provider stands today."""
    provider = await db.get(Provider, provider_id, options=[selectinload(Provider.declarations)])  # type: ignore[arg-type]
    if provider is None:
        raise HTTPException(404)
    if me.kind != Role.PARTNERSHIP:
        raise HTTPException(403)
    records, placements = await told(db, provider_id)
    sees = {row.id for row in placements if me.id == row.commissioner_id or me.id in row.shared_with_ids}
    facts = reference.facts_of(provider, placements, records, me.rulesets)
    return reference.check(provider, facts, sees.__contains__, on=now().date()) | {"created_at": now()}


async def told(db: AsyncSession, provider_id: UUID) -> tuple[list[Pupil], list[Placement]]:
    """The records of the children who are or were here, and their placements, wherever."""
    here = select(Pupil.child_id).join(Placement).where(Placement.provider_id == provider_id, live())
    query = select(Pupil).where(col(Pupil.child_id).in_(here), col(Pupil.merged_into_id).is_(None))
    placed = selectinload(Pupil.placements.and_(live())).selectinload(Placement.provider)  # type: ignore[attr-defined, arg-type]
    records = list((await db.exec(query.options(placed))).all())
    return records, [row for record in records for row in record.placements]


def live() -> ColumnElement[bool]:
    """What was not cancelled."""
    return col(Placement.status) != reference.CANCELLED


@app.post("/v1/placements", status_code=201, response_model=Shown)
async def create_placement(body: PlacementCreate, db: SessionDep, me: Me) -> Any:
    """Record a placement."""
    row, alerts = await record(db, me, body, told, now().date())
    await db.commit()
    await db.refresh(row)
    return shown(row, me, now().date()) | {"alerts": alerts}


@app.post("/v1/placements/batch", status_code=207, response_model=Results)
async def create_placements(body: Batch, db: SessionDep, me: Me) -> Any:
    """Record several placements, all or none."""
    rows = [(await record(db, me, item, told, now().date()))[0] for item in body.items]
    await db.commit()
    return Results(results=[BatchResult(index=at, status=201, id=row.id) for at, row in enumerate(rows)])
