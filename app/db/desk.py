"""Placements recorded in their order, on one ground: each is decided in its turn, and all are written together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import admission, books, pupils, registration, rows, straight
from app.db import facts as facts_
from app.db.books import Books
from app.db.checks import ThresholdHold
from app.db.drafts import drawn, placed, sites_of
from app.db.ground import PUPIL_KEYS, Ground, Kept, unknown
from app.db.placements import Placement
from app.db.providers import Provider
from app.db.records import audit, tell
from app.db.registration import Check
from app.db.session import caller_of
from app.db.threshold import Settled, Turn, as_of, audience, settle
from app.domain.access import ensure_may_change
from app.domain.errors import Conflict, DomainError, Fault, Invalid
from app.domain.placements import Alert

_SEAT = "SELECT apqa_seat_pupils($1, $2)"


@dataclass(frozen=True, slots=True)
class Told:
    """One placement as its client tells it, provider and pupil by id or by natural keys.

    With a source and no external id it is known by its pupil, provider and first day. `override`: a lead's reason for
    going ahead with a plan that would be blocked; `hold_id`: a hold of the caller's that it uses up; `acting_for`: the
    person for whom it is told.
    """

    said: Mapping[str, Any]
    override: str | None = None
    hold_id: UUID | None = None
    acting_for: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A placement as it now is, what was decided on it, and whether it is new, or has changed."""

    row: Placement
    settled: Settled | None = None
    created: bool = False
    changed: bool = True
    told: Sequence[Alert] = ()

    @property
    def alerts(self) -> list[Alert]:
        """What its commissioner should know of what was done."""
        return [*self.told, *(self.settled.alerts() if self.settled else [])]

    def let_go(self) -> "Recorded":
        """The same without what was decided on, which holds a whole provider: of several nobody asks for alerts."""
        return Recorded(self.row, None, self.created, self.changed, self.told)


class Undo(Exception):
    """A placement was refused after something of it had been written: it has to be rolled back."""

    def __init__(self, refusal: DomainError) -> None:
        super().__init__()
        self.refusal = refusal


class Desk:
    """Where placements are recorded one after the other, each on top of those before it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.session, self.clock = ground.session, ground.clock
        self.wrote = False
        self._made: dict[UUID, Kept] = {}
        self._coming: dict[UUID, set[UUID]] = {}
        self._since = self.clock.today
        self._books: dict[UUID, Books] = {}
        self._rows: list[Placement] = []

    @cached_property
    def _keyed(self) -> defaultdict[tuple[str, str], list[Kept]]:
        """The pupils by what they can be told by: a file names each of its pupils so."""
        found = defaultdict[tuple[str, str], list[Kept]](list)
        for each in self.ground.pupils.values():
            for key in each.told_by():
                found[key].append(each)
        return found

    # --- names --------------------------------------------------------------------------------------------------

    async def resolved(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """What a client said of a placement, with our ids beside natural keys.

        Raises:
            Invalid: `provider_unknown` or `pupil_unknown`: no record, or more than one, or none that the caller may
                see; `school_unknown`: the home school's id is no school's.
        """
        told = {**said, "provider_id": self.ground.provider_id(said), "home_school_id": self.ground.school_id(said)}
        told["pupil_id"] = said.get("pupil_id") or await self._pupil_id(said)
        if (pupil := self._pupil(told["pupil_id"])) is not None:
            self._coming.setdefault(told["provider_id"], set()).add(pupil.child_id)
        self._since = min(self._since, as_of(told["starts_on"], told.get("ends_on"), today=self.clock.today))
        return told

    async def _pupil_id(self, said: Mapping[str, Any]) -> UUID:
        """The caller's own record, made where it has none and a name is given; else one shared with the caller."""
        shown: Mapping[str, Any] = said.get("pupil") or {}
        key = next((name for name in PUPIL_KEYS if shown.get(name)), None)
        if key is None:
            raise unknown("pupil", "Name the pupil by id, UPN or the MIS's own id.")
        caller = caller_of(self.session).organisation
        found = self._keyed[key, shown[key]]
        mine = [each for each in found if each.owner_id == caller] or found
        if len(mine) == 1:
            return mine[0].id
        if not shown.get("given_name") or not shown.get("family_name"):
            raise unknown("pupil", "No pupil of yours has this key. Give the name too, and a record is made.")
        self.wrote = True
        row = await pupils.add(self.session, shown, on=self.clock.today)
        made = self._made[row.id] = Kept(**{name: getattr(row, name) for name in Kept.__slots__})
        for each in made.told_by():
            self._keyed[each].append(made)
        return row.id

    # --- turns --------------------------------------------------------------------------------------------------

    async def record(self, said: Mapping[str, Any], override: str | None, hold_id: UUID | None) -> Recorded:
        """Record a placement: a fact always, a plan unless its commissioner's policy blocks it.

        Args:
            said: what the client told, provider and pupil by id.

        Raises:
            Conflict: `registration_threshold`, with the check; `admission.admit`; `hold_expired`; `pupil_merged`.
            Invalid, NotFound, Forbidden
        """
        provider_id: UUID = said["provider_id"]
        provider = rows.found(self.ground.providers.get(provider_id))
        pupil = rows.found(self._pupil(said["pupil_id"]))
        caller = caller_of(self.session)
        row = drawn(said, pupil, caller.organisation, self.clock)
        ensure_may_change(caller, "placements", vars(row))
        ensure_sites(sites_of(row), self.ground.sites_of(provider_id))
        told = await admission.admit(self.session, row, before=None, clock=self.clock, override=override)
        await self._use_hold(hold_id, pupil.child_id)
        if pupil.merged_into_id is not None:
            raise Conflict("This record was merged into another.", code="pupil_merged")
        about = {"provider_id": str(provider_id)}
        audit(self.session, "create", "placement", row.id, **about, starts_on=said["starts_on"].isoformat())
        tell(self.session, "placement.created", "placement", row.id, audience(row), **about)
        settled = await self._settled(row, provider, pupil, override)
        return Recorded(row, settled, created=True, told=told)

    async def _settled(self, row: Placement, provider: Any, pupil: Kept, override: str | None) -> Settled:
        if not self._books:
            self._books = await books.opened(
                self.session, self.ground.groups, self._coming, since=self._since, at=self.clock.at
            )
        new = placed(row, pupil.child_id, provider["registration_status"])
        # Who is to come to a provider is concerned by it, as who is there.
        concerned = [(at, each) for at, each in self._books.items() if pupil.child_id in each.concerned]
        now = {at: each.instead(row.id, pupil.child_id, new) for at, each in concerned}
        both = self._books[row.provider_id], now[row.provider_id]
        turn = Turn(row, provider["la_code"], *both, row.starts_on, override, lambda on: self._check(row, on))
        settled = await settle(self.session, turn, self.clock)
        self._books |= now
        self._rows.append(row)
        return settled

    async def _check(self, row: Placement, on: date) -> Check:
        """The check of a plan that is refused: read whole, with the plan and all before it in, and out again."""
        nested = await self.session.begin_nested()
        try:
            await self._write([*self._rows, row])
            return await check(self.session, row, on=on, at=self.clock.at)
        finally:
            await nested.rollback()

    async def _use_hold(self, hold_id: UUID | None, child_id: UUID) -> None:
        """Take one of the places that a hold keeps, the child's own if it is named; the last one ends the hold."""
        if hold_id is None:
            return
        hold = await rows.get(self.session, ThresholdHold, hold_id)
        if hold.expires_at <= self.clock.at:
            raise Conflict("The hold has expired.", code="hold_expired")
        places = sorted(hold.placements, key=lambda place: bool(place["child"]["child_id"] != str(child_id)))
        hold.placements = places[1:]
        if not hold.placements:
            await self.session.delete(hold)
        await self.session.flush()
        await self.write()

    def keep(self) -> None:
        """Let those who come after on the same ground know the pupils that were made: nothing is rolled back now."""
        self.ground.pupils.update(self._made)

    def _pupil(self, pupil_id: UUID) -> Kept | None:
        return self._made.get(pupil_id) or self.ground.pupils.get(pupil_id)

    async def write(self) -> None:
        """Write down what has been recorded. What is recorded after it is decided on what is read then."""
        self.wrote = True
        new, self._rows, self._books = self._rows, [], {}  # the books are gone before the documents are made
        await self._write(new)

    async def _write(self, new: Sequence[Placement]) -> None:
        if not new:
            return
        seats = {(row.pupil_id, row.provider_id) for row in new}
        seats -= {(each.id, provider_id) for each in self.ground.pupils.values() for provider_id in each.setting_ids}
        if seats:
            pupil_ids, provider_ids = zip(*sorted(seats), strict=True)
            await straight.rows(self.session, _SEAT, pupil_ids, provider_ids)
        await straight.add(self.session, new)


def ensure_sites(named: AbstractSet[UUID], known: AbstractSet[UUID]) -> None:
    """Refuse sites that are not the provider's.

    Raises:
        Invalid: `site_unknown`.
    """
    if named - known:
        fault = Fault("site_unknown", "Name one of the provider's own sites.", pointer="/site_id")
        raise Invalid("There is no such site of this provider.", code="site_unknown", errors=(fault,))


async def check(session: AsyncSession, row: Placement, *, on: date, at: datetime) -> Check:
    """The provider's check on a day with a placement that is written, and with the room that is kept filled."""
    provider = await rows.get(session, Provider, row.provider_id)
    facts = await facts_.load(session, provider, at=at)
    return registration.evaluate(facts.holding(), provider, caller_of(session), on=on)
