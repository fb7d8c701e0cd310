"""A visit's form as a front end draws it: its items, and what is missing before each step that is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import frameworks, rows
from app.db.providers import Provider
from app.db.session import caller_of
from app.db.visit_content import written
from app.db.visiting import facts_of, side_of
from app.db.visits import Visit
from app.domain.access import Grade, Permission
from app.domain.errors import Fault
from app.domain.frameworks import Framework
from app.domain.visits import Item, VisitStatus, allowed, items, missing


@dataclass(frozen=True, slots=True)
class Drawn:
    """The form, its items, and what is missing before each step by the status that it leads to."""

    form: Framework
    items: Sequence[Item]
    steps: Sequence[tuple[VisitStatus, Sequence[Fault]]]


async def draw(session: AsyncSession, visit_id: UUID, *, on: date) -> Drawn:
    """The form of a visit that the caller may see. What is missing is told from what the caller may see of it.

    Raises:
        NotFound
    """
    visit, caller = await rows.get(session, Visit, visit_id), caller_of(session)
    form = await frameworks.named(session, visit.framework_id)
    facts = facts_of(visit, await rows.get(session, Provider, visit.provider_id))
    content = (await written(session, visit.id)).content()
    status, lead = VisitStatus(visit.status), caller.grade is Grade.LEAD
    open_ = caller.may(Permission.VISITS_WRITE)
    steps = allowed(status, side_of(caller, visit), lead_grade=lead) if open_ else ()
    told = [(to, missing(status, to, facts, content, form, on)) for to in steps]
    return Drawn(form, items(form, registered=facts.registered), told)
