"""What the judgements of a visit bring about: roll-ups, how long they hold, concerns, moderation, the follow-up."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.db.concerns import Concern
from app.db.records import audit, tell
from app.db.session import caller_of
from app.db.visit_content import Written, item_of
from app.db.visiting import Clock, facts_of
from app.db.visits import Judgement, Visit, part_of
from app.domain.errors import Fault, Invalid, NotFound
from app.domain.frameworks import (
    DecidedBy,
    Effect,
    Framework,
    Level,
    Ratings,
    VisitKind,
    consequences,
    follow_up_within_days,
)
from app.domain.judgements import valid_until
from app.domain.visits import Outcome, VisitStatus, check_judgement, completed, ensure_moderated, find
from app.domain.visits.items import MET_NOT_MET, ItemKind, scale_of

_TWICE = Fault("duplicate_key", "This item is amended twice.", pointer="/item_key")
_SETTLE = text("SELECT apqa_settle_visit(:visit)")


def follow_up_due_on(form: Framework, visit: Visit, ratings: Ratings) -> date | None:
    """The day by which the ratings of a visit call for another assessment."""
    days = follow_up_within_days(form, ratings)
    if days is None or visit.visited_on is None or visit.outcome == Outcome.SET_ASIDE:
        return None
    return visit.visited_on + timedelta(days=days)


async def settle(session: AsyncSession, visit: Visit, form: Framework, said: Written, clock: Clock) -> None:
    """Add the roll-ups, say how long each judgement holds, and raise the concerns that they call for.

    While the visit may still be judged: its status is changed afterwards.
    """
    assert visit.visited_on is not None  # the guard of the step has asked for it
    ratings = completed(form, said.ratings)
    rolled = await _rolled_up(session, visit, form, said, ratings, clock)
    until = valid_until(visit.visited_on, clock.judgement_months, follow_up_due_on(form, visit, ratings))
    for each in rolled:
        each.valid_until_on, each.visited_on, each.site_id = until, visit.visited_on, visit.site_id
    await _concerns(session, visit, form, rolled, ratings)
    await session.flush()


async def _rolled_up(
    session: AsyncSession, visit: Visit, form: Framework, said: Written, ratings: Ratings, clock: Clock
) -> list[Judgement]:
    """The judgements as given, with those that follow from them in place of what followed before."""
    held = {item_of(each): each for each in said.judgements if each.decided_by == DecidedBy.ROLLUP}
    rolled = {
        f"section:{each.key}": ratings.sections.get(each.key)
        for each in form.sections
        if each.decided_by is DecidedBy.ROLLUP
    }
    if form.overall.decided_by is DecidedBy.ROLLUP:
        rolled["overall"] = ratings.overall
    kept = [each for each in said.judgements if each.decided_by != DecidedBy.ROLLUP]
    for key, rating in rolled.items():
        row = held.get(key)
        if rating is None and not (row and (row.action_points or row.rationale)):
            continue
        if row is None:
            row = judgement_of(session, visit, form, key, rating, clock.at)
            session.add(row)
        row.rating, row.decided_by = rating, DecidedBy.ROLLUP.value
        kept.append(held.pop(key, row))
    for gone in held.values():
        await session.delete(gone)
    return kept


def attribute(session: AsyncSession, row: Judgement, at: datetime) -> None:
    """A judgement is whoever's made it last."""
    caller = caller_of(session)
    row.made_by, row.organisation_id, row.made_at = caller.principal, caller.organisation_id, at
    row.made_by_name = (session.info.get("acting_for") or {}).get("display_name")


def judgement_of(
    session: AsyncSession, visit: Visit, form: Framework, key: str, rating: str | None, at: datetime
) -> Judgement:
    """A new judgement on one item, by the session's caller."""
    caller = caller_of(session)
    item = find(form, facts_of(visit).registered, key)
    scale = scale_of(form, item)
    return Judgement(
        **part_of(visit),
        framework_id=form.id,
        level=item.kind.value,
        key=key.partition(":")[2],
        section_key=item.section_key,
        rating=rating,
        decided_by=(DecidedBy.ASSESSOR if rating else DecidedBy.ROLLUP if scale else DecidedBy.NONE).value,
        scale=scale.id if scale else "",
        organisation_id=caller.organisation_id,
        made_by=caller.principal,
        made_by_name=(session.info.get("acting_for") or {}).get("display_name"),
        made_at=at,
        visited_on=visit.visited_on,
        site_id=visit.site_id,
    )


# --- concerns -------------------------------------------------------------------------------------------------------


async def _concerns(
    session: AsyncSession, visit: Visit, form: Framework, judgements: list[Judgement], ratings: Ratings
) -> None:
    """Raise what the ratings call for, and withdraw what they no longer do."""
    query = select(Concern).where(col(Concern.visit_id) == visit.id, col(Concern.status) != "withdrawn")
    held = {(each.level, each.key or "", each.rating): each for each in (await session.execute(query)).scalars()}
    called_for = {} if visit.outcome == Outcome.SET_ASIDE else dict(_called_for(visit, form, judgements, ratings))
    for key, row in held.items():
        if key not in called_for and row.status == "open":
            row.status, row.withdrawn_because = "withdrawn", "The judgement that raised it no longer stands."
            row.touch()
    for key, told in called_for.items():
        if key not in held:
            raise_concern(session, Concern(**part_of(visit), **told, **_raiser(session, visit)))


def raise_concern(session: AsyncSession, row: Concern) -> None:
    """Put a concern before those who work on the visit: the partnership's chair first of all."""
    session.add(row)
    audit(session, "raise", "concern", row.id, provider_id=str(row.provider_id))
    tell(session, "concern.raised", "concern", row.id, row.team_ids, provider_id=str(row.provider_id))


def _raiser(session: AsyncSession, visit: Visit) -> dict[str, Any]:
    return {"organisation_id": visit.lead_organisation_id, "raised_by": caller_of(session).principal}


def _called_for(
    visit: Visit, form: Framework, judgements: list[Judgement], ratings: Ratings
) -> Iterator[tuple[tuple[str, str, str], dict[str, Any]]]:
    """Each concern by level, key and rating."""
    for each in consequences(form, ratings):
        if each.consequence.effect is not Effect.CONCERN:
            continue
        item = find(form, facts_of(visit).registered, _item_key(each.level, each.key))
        yield (
            (each.level.value, each.key or "", each.rating),
            {
                "level": each.level.value,
                "key": each.key,
                "title": item.title,
                "rating": each.rating,
                "scale": item.scale_id,
                "detail": each.consequence.detail,
                "source": each.consequence.source,
            },
        )
    for caveat in judgements:
        if caveat.level == ItemKind.CAVEAT and caveat.rating in MET_NOT_MET.failing:
            item = find(form, facts_of(visit).registered, item_of(caveat))
            yield (caveat.level, caveat.key, caveat.rating), _unmet(caveat, item.title, form)


def _item_key(level: Level, key: str | None) -> str:
    return level.value if level is Level.OVERALL else f"{level}:{key}"


def _unmet(caveat: Judgement, title: str, form: Framework) -> dict[str, Any]:
    check = form.pre_visit_check
    source = next((each.source for each in check.caveats if each.key == caveat.key), None) if check else None
    return {
        "level": caveat.level,
        "key": caveat.key,
        "title": title,
        "rating": caveat.rating,
        "scale": caveat.scale,
        "detail": "A condition for using a provider that is not registered does not hold.",
        "source": source,
    }


# --- moderation -----------------------------------------------------------------------------------------------------


async def moderate(
    session: AsyncSession, visit: Visit, form: Framework, said: Written, told: Mapping[str, Any], clock: Clock
) -> None:
    """End a dispute: the draft is upheld, amended, or set aside, by somebody who made none of its judgements.

    Args:
        told: `outcome`, `reason`, `how`, and for an amendment `amendments` of item_key, rating and rationale.

    Raises:
        Forbidden, Invalid: `ensure_moderated`; `judgement_invalid` by pointer.
    """
    amendments = told.get("amendments") or []
    outcome = Outcome(told["outcome"]) if told.get("outcome") else None
    given = {item_of(each): each for each in said.judgements}
    ensure_moderated(
        outcome,
        amended={each["item_key"]: each["rating"] for each in amendments},
        judged={key: each.rating for key, each in given.items() if each.rating},
        moderator=caller_of(session).principal,
        authors={each.made_by for each in given.values() if each.decided_by != DecidedBy.ROLLUP},
    )
    _check_amendments(visit, form, amendments)
    for each in amendments:
        row = given.get(each["item_key"])
        if row is None:
            row = judgement_of(session, visit, form, each["item_key"], each["rating"], clock.at)
            session.add(row)
        row.rating, row.rationale = each["rating"], each.get("rationale") or row.rationale
        attribute(session, row, clock.at)
        row.touch()
    for row in given.values():
        row.set_aside = outcome is Outcome.SET_ASIDE
    visit.outcome, visit.outcome_because = told["outcome"], told["reason"]
    visit.moderated_how, visit.moderated_by_id = told.get("how"), caller_of(session).organisation_id
    await session.flush()


def _check_amendments(visit: Visit, form: Framework, amendments: list[Mapping[str, Any]]) -> None:
    keys = [each["item_key"] for each in amendments]
    faults = tuple(
        replace(fault, pointer=f"/amendments/{at}{fault.pointer}")
        for at, each in enumerate(amendments)
        for fault in (
            *check_judgement(form, facts_of(visit).registered, each["item_key"], each["rating"]),
            *([_TWICE] if each["item_key"] in keys[:at] else []),
        )
    )
    if faults:
        raise Invalid("An amendment cannot be so.", code="judgement_invalid", errors=faults)


# --- afterwards -----------------------------------------------------------------------------------------------------


async def conclude(session: AsyncSession, visit: Visit, form: Framework, programme: Framework, said: Written) -> None:
    """What a finalised visit brings about: older findings give way, and where it is called for a follow-up is due."""
    await session.execute(_SETTLE, {"visit": visit.id})
    due_on = follow_up_due_on(form, visit, said.ratings)
    if due_on is not None and not await _planned_already(session, visit, due_on):
        await _schedule(session, visit, programme, due_on)


async def _planned_already(session: AsyncSession, visit: Visit, due_on: date) -> bool:
    """Whether a follow-up is planned already; one without a last day has it from now on."""
    query = select(Visit).where(
        col(Visit.follows_visit_id) == visit.id, col(Visit.status) != VisitStatus.CANCELLED.value
    )
    planned = (await session.execute(query)).scalars().all()
    for each in planned:
        if each.due_by_on is None:
            each.due_by_on = due_on
            each.touch()
    return bool(planned)


async def _schedule(session: AsyncSession, visit: Visit, programme: Framework, due_on: date) -> None:
    try:
        form_id = programme.form(VisitKind.FOLLOW_UP)
    except NotFound:
        return
    row = Visit(
        provider_id=visit.provider_id,
        site_id=visit.site_id,
        framework_id=form_id,
        programme_id=programme.id,
        kind=VisitKind.FOLLOW_UP.value,
        lead_organisation_id=visit.lead_organisation_id,
        team_ids=visit.team_ids,
        network_ids=visit.network_ids,
        la_code=visit.la_code,
        due_by_on=due_on,
        follows_visit_id=visit.id,
    )
    session.add(row)
    audit(session, "schedule", "visit", row.id, follows=str(visit.id), due_by_on=due_on.isoformat())
    tell(session, "visit.follow_up_due", "visit", row.id, visit.team_ids, due_by_on=due_on.isoformat())
    await session.flush()
