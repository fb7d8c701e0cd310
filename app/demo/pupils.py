"""The invented pupils of the demo county, made one by one as they are placed."""

from collections import Counter
from dataclasses import replace
from datetime import date

from app.demo.chance import Chance
from app.demo.days import DAY, Days
from app.demo.names import FAMILY, GIVEN
from app.demo.organisations import SCHOOLS
from app.demo.shapes import Flag, Organisation, Pupil
from app.domain.identifiers import make_upn

_ESTABLISHMENT = {school.slug: 4901 + number for number, school in enumerate(SCHOOLS)}


class Roll:
    """Makes pupils, each with a name and a UPN of its own, and keeps every record made."""

    def __init__(self, days: Days, chance: Chance) -> None:
        self.days, self.chance = days, chance
        self.records: list[Pupil] = []
        self._names: set[tuple[str, str]] = set()
        self._serials: Counter[tuple[int, int]] = Counter()

    def pupil(
        self, owner: Organisation, school: Organisation, *, years_left: int | None = None, flags: tuple[Flag, ...] = ()
    ) -> Pupil:
        """A new child, kept by `owner`, of compulsory school age for `years_left` leaving dates more (default: any)."""
        if years_left is None:
            years_left = self.chance.choices((0, 1, 2, 3, 4), (30, 28, 20, 14, 8))[0]
        first, last = self.days.birthdays(years_left)
        born_on = first + self.chance.randrange((last - first).days + 1) * DAY
        given, family = self._name()
        return self._keep(
            Pupil(
                owner=owner.slug,
                upn=self._upn(school, born_on),
                mis_id=f"{school.slug[:4].upper()}{self.chance.randrange(10_000, 100_000)}",
                given_name=given,
                family_name=family,
                born_on=born_on,
                home_school=school.slug,
                year_group=self.days.year_group(born_on),
                flags=flags,
            )
        )

    def also(self, pupil: Pupil, owner: Organisation, flags: tuple[Flag, ...] = ()) -> Pupil:
        """Another organisation's record of the same child, which tells flags of its own."""
        return self._keep(replace(pupil, owner=owner.slug, flags=flags))

    def usual_flags(self) -> tuple[Flag, ...]:
        """Characteristics at about the rates of pupils in alternative provision."""
        found: list[Flag] = []
        since = self._since(400, 1400)
        if self.chance.random() < 0.14:
            planned_on = self._since(60, 390)
            found += [Flag("sen_support", since, planned_on - DAY), Flag("ehcp", planned_on)]
        elif self.chance.random() < 0.55:
            found.append(Flag("sen_support", since))
        if self.chance.random() < 0.05:
            found.append(Flag("looked_after", self._since(60, 900)))
        elif self.chance.random() < 0.02:
            found.append(Flag("looked_after", self._since(500, 900), self._since(60, 400)))
        return tuple(found)

    def _since(self, least: int, most: int) -> date:
        return self.days.today - self.chance.randrange(least, most) * DAY

    def _name(self) -> tuple[str, str]:
        while True:
            name = self.chance.choice(GIVEN), self.chance.choice(FAMILY)
            if name not in self._names:
                self._names.add(name)
                return name

    def _upn(self, school: Organisation, born_on: date) -> str:
        """Given on entry to reception, by an establishment number that nobody has."""
        establishment, entered = _ESTABLISHMENT[school.slug], born_on.year + (4 if born_on.month < 9 else 5)
        self._serials[establishment, entered] += 1
        return make_upn(855, establishment, entered, self._serials[establishment, entered])

    def _keep(self, pupil: Pupil) -> Pupil:
        kept = replace(pupil, key=f"pupil-{len(self.records) + 1:03}")
        self.records.append(kept)
        return kept
