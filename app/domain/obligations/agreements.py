"""The agreements that organisations adopt, read from the TOML files beside this module."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from app.domain.errors import Fault, Invalid, NotFound
from app.domain.frameworks import OpensAt
from app.domain.obligations.vocabulary import About, Kind, Party, Rule


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a document leaves open: a whole number within limits, and what holds where nothing else is agreed."""

    key: str
    title: str
    default: int
    least: int
    most: int
    source: str


@dataclass(frozen=True, slots=True)
class Point:
    """A day of an academic year: of a term (its number, or that of a parameter), or without one of the year itself.

    The year itself starts with its first term or on 1 September, whichever is earlier, and ends on 31 August.
    """

    term: int | None = None
    parameter: str | None = None
    at: OpensAt = OpensAt.START

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", OpensAt(self.at))


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that an agreement asks for, with the clause that asks.

    `waived_by`: who may say that it is not owed this once; None: whom it is owed to. `opens_days`: the parameter that
    says how long before its due day it opens. `conditional`: owed only if something changes,
    so that it lapses in silence. `also_met_by`: what, in time, will do as well. `note` says by which rule the due day
    stays where it falls on a day without school, or moves.
    """

    key: str
    kind: Kind
    title: str
    source: str
    rule: Rule
    owed_by: Party
    owed_to: Party
    waived_by: Party | None = None
    note: str | None = None
    opens: Point = field(default_factory=Point)
    closes: Point = field(default_factory=lambda: Point(at=OpensAt.END))
    opens_days: str | None = None
    about: About = About.THIS_YEAR
    conditional: bool = False
    also_met_by: tuple[Kind, ...] = ()
    parts: tuple[str, ...] = ()
    topic: str | None = None
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement. `framework`: the QA framework whose yearly round of visits it goes with."""

    id: str
    title: str
    publisher: str
    documents: tuple[str, ...]
    duties: tuple[Duty, ...]
    framework: str
    parameters: tuple[Parameter, ...] = ()
    effective_from: date | None = None
    note: str | None = None

    def settled(self, agreed: Mapping[str, int]) -> dict[str, int]:
        """Every parameter: as agreed, else its default."""
        return {each.key: agreed.get(each.key, each.default) for each in self.parameters}


def parse(text: str) -> Agreement:
    """Read one agreement from TOML. Raises TypeError on an unknown or absent key, ValueError on an unknown value."""
    raw: dict[str, Any] = tomllib.loads(text)
    return Agreement(
        **raw
        | {
            "documents": tuple(raw["documents"]),
            "duties": tuple(map(_duty, raw["duties"])),
            "parameters": tuple(Parameter(**each) for each in raw.get("parameters", ())),
        }
    )


def _duty(raw: Mapping[str, Any]) -> Duty:
    told = dict(raw)
    for name, read in (("kind", Kind), ("rule", Rule), ("owed_by", Party), ("owed_to", Party), ("waived_by", Party)):
        if name in told:
            told[name] = read(told[name])
    for name in ("opens", "closes"):
        if name in told:
            told[name] = Point(**told[name])
    for name in ("parts", "entries"):
        told[name] = tuple(told.get(name, ()))
    told["also_met_by"] = tuple(map(Kind, told.get("also_met_by", ())))
    return Duty(**told | {"about": About(told.get("about", About.THIS_YEAR))})


ALL: tuple[Agreement, ...] = tuple(
    parse(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.toml"))
)
BY_ID: dict[str, Agreement] = {agreement.id: agreement for agreement in ALL}


def named(agreement_id: str) -> Agreement:
    """The agreement of an id.

    Raises:
        NotFound
    """
    if agreement_id not in BY_ID:
        raise NotFound("There is no such agreement.")
    return BY_ID[agreement_id]


def ensure_sound(adopted: Iterable[tuple[str, Mapping[str, int]]]) -> None:
    """Refuse agreements and parameters that there are not, one adopted twice, and numbers outside their limits.

    Raises:
        Invalid: `agreements_invalid`, each fault with its pointer into `{"agreements": […]}`.
    """
    faults: list[Fault] = []
    seen: set[str] = set()
    for at, (agreement_id, parameters) in enumerate(adopted):
        pointer = f"/agreements/{at}"
        if agreement_id not in BY_ID or agreement_id in seen:
            code = "agreement_repeated" if agreement_id in seen else "agreement_unknown"
            faults.append(Fault(code, "Each agreement of GET /v1/agreements once.", pointer=f"{pointer}/agreement_id"))
            continue
        seen.add(agreement_id)
        limits = {each.key: each for each in BY_ID[agreement_id].parameters}
        for key, value in parameters.items():
            if key not in limits:
                detail = "The agreement has no such parameter."
                faults.append(Fault("parameter_unknown", detail, pointer=f"{pointer}/parameters"))
            elif not limits[key].least <= value <= limits[key].most:
                detail = f"From {limits[key].least} to {limits[key].most}."
                faults.append(Fault("parameter_out_of_range", detail, pointer=f"{pointer}/parameters/{key}"))
    if faults:
        raise Invalid("The agreements cannot be adopted so.", code="agreements_invalid", errors=tuple(faults))
