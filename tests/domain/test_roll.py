"""What a roll holds of those whom it counts: files are long, and providers may have many pupils."""

import gc

from app.domain.registration import ChildFact, Result, Roll
from app.domain.registration.pupils import Pupil
from tests.domain import roll as pupils
from tests.domain.roll import ON, week


def test_of_pupils_who_were_counted_nothing_is_kept_but_where() -> None:
    facts = pupils.Roll().add(week(1, 60), times=40).facts()
    before = made()
    roll = Roll(facts)
    assert roll.overall(ON) is Result.CLEAR_ON_KNOWN_DATA
    for placement in facts.placements:
        roll = roll.instead(placement.placement_id, ChildFact(placement.child_id), None)
    assert roll.overall(ON) is Result.CLEAR_ON_KNOWN_DATA
    assert made() == before


def test_pupils_are_made_for_grounds_and_go_on_from_there() -> None:
    facts = pupils.Roll().add(week(5, 360), times=5).facts()
    roll = Roll(facts)
    assert roll.snapshot(ON).overall is Result.THRESHOLD_MET
    one = facts.placements[0]
    fewer = roll.instead(one.placement_id, facts.children[0], None)
    assert fewer.snapshot(ON).overall is fewer.overall(ON) is not Result.THRESHOLD_MET
    assert roll.snapshot(ON).overall is Result.THRESHOLD_MET


def made() -> int:
    """How many pupils there are in memory."""
    gc.collect()
    return sum(isinstance(each, Pupil) for each in gc.get_objects())
