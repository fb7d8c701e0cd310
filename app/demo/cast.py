"""How placements of the demo county are made: who commissions, for which child, with what identifier."""

from dataclasses import replace

from app.demo.chance import Chance
from app.demo.days import Days
from app.demo.organisations import AUTHORITY, PARTNERSHIPS, SCHOOLS
from app.demo.pupils import Roll
from app.demo.shapes import Organisation, Placement, Pupil

_PARTNERSHIPS = {partnership.slug: partnership for partnership in PARTNERSHIPS}
_SCHOOLS = {school.slug: school for school in SCHOOLS}


class Cast:
    """Makes placements and keeps them in order."""

    def __init__(self, days: Days, chance: Chance) -> None:
        self.days, self.chance, self.roll = days, chance, Roll(days, chance)
        self.placements: list[Placement] = []

    def add(self, placement: Placement) -> None:
        """Keep a placement under the next identifier."""
        self.placements.append(replace(placement, key=f"AP{len(self.placements) + 1:04}"))

    def school(self) -> Organisation:
        """One of the schools."""
        return self.chance.choice(SCHOOLS)

    def partnership_of(self, pupil: Pupil) -> Organisation:
        """The partnership of a pupil's school."""
        return _PARTNERSHIPS[str(_SCHOOLS[pupil.home_school].partnership)]

    def commissioner(self, school: Organisation, reason: str) -> Organisation:
        """Who places a pupil of the school: mostly the school; for reasons of health sometimes the authority."""
        partnership = _PARTNERSHIPS[str(school.partnership)]
        ill = reason in ("MHN", "PHN")
        return self.chance.choices((school, partnership, AUTHORITY), (60, 40, 40 if ill else 0))[0]
