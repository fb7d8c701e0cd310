"""What a reader of a check must bear in mind, though it decides nothing."""

from collections.abc import Iterator

from app.domain.registration.facts import HoursBasis
from app.domain.registration.position import Position
from app.domain.registration.pupils import Pupil
from app.domain.registration.results import Caveat
from app.domain.registration.week import overlap_minutes


def caveats_of(position: Position) -> tuple[Caveat, ...]:
    """The state of the declarations; overlapping and estimated hours; children whose records disagree."""
    about_pupils = [caveat for pupil, _ in position.pupils for caveat in _caveats_about(pupil, position.day)]
    stale = [spell.stale for spell in position.spells]
    declaration = Caveat("declaration", "stale" if any(stale) else "current" if stale else "none")
    return (declaration, *sorted(about_pupils, key=lambda caveat: (caveat.code, caveat.placement_ids, caveat.what)))


def _caveats_about(pupil: Pupil, day: int) -> Iterator[Caveat]:
    stays = pupil.here_on(day)
    ids = tuple(sorted(stay.placement.placement_id for stay in stays))
    arrangements = [stay.on(day) for stay in stays]
    if len(stays) > 1 and (minutes := overlap_minutes(arrangements)):
        yield Caveat("overlapping_hours", "time told by more than one placement counts once", ids, minutes)
    for stay, arrangement in zip(stays, arrangements, strict=True):
        if arrangement is not None and arrangement.hours_basis == HoursBasis.ESTIMATED:
            yield Caveat("estimated_hours", "hours are estimated", (stay.placement.placement_id,))
    told_apart = (*pupil.child.disagreements, *(["born_on"] if len(pupil.child.born_on) > 1 else []))
    for what in sorted(set(told_apart)):
        yield Caveat("records_disagree", what, ids)
