"""Random histories of a provider: small, crowded round the limits, within ten weeks."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import strategies as st

from app.domain.registration import (
    Arrangement,
    ChildFact,
    DeclarationFact,
    DeclaredGroup,
    Flag,
    PlacementFact,
    ProviderFacts,
    Slot,
    Weeks,
)
from app.domain.rulesets import ALL, FlagKind, LegalStatus, Ruleset

FIRST_ON = date(2026, 5, 18)
DAYS = 70  # holds the leaving date 26 June 2026
HERE, LINKED, ELSEWHERE = (UUID(int=n) for n in (1, 2, 3))

# The real rulesets, but with dates of beginning, end and commencement that fall within the weeks looked at.
RULESETS: tuple[Ruleset, ...] = tuple(
    replace(
        ruleset,
        effective_from=FIRST_ON + timedelta(days=12) if ruleset.id == "herefordshire-apqa" else ruleset.effective_from,
        effective_to=FIRST_ON + timedelta(days=30) if ruleset.id.startswith("ofsted") else None,
        commences_on=FIRST_ON + timedelta(days=45) if ruleset.id.startswith("cwsa") else None,
        legal_status_once_commenced=LegalStatus.IN_FORCE if ruleset.id.startswith("cwsa") else None,
    )
    for ruleset in ALL
)

days = st.integers(0, DAYS).map(lambda n: FIRST_ON + timedelta(days=n))
maybe_day = st.none() | days
birth_dates = st.sampled_from(
    [
        date(2011, 3, 4),
        date(2012, 2, 29),
        date(2010, 6, 26),
        date(2010, 8, 31),
        date(2010, 9, 1),
        date(2009, 12, 1),
        date(2021, 5, 1),
    ]
)


@st.composite
def slots(draw: st.DrawFn) -> tuple[Slot, ...]:
    """Usually a full week at or about 18 hours, sometimes anything."""
    if draw(st.integers(0, 3)):
        length = draw(st.sampled_from([217, 216, 217, 240, 216, 192, 191, 60]))
        return tuple(Slot(weekday, 540, 540 + length) for weekday in range(1, draw(st.sampled_from([6, 6, 6, 5, 3]))))
    spans = draw(st.lists(st.tuples(st.integers(1, 6), st.integers(8, 15), st.integers(1, 7)), min_size=1, max_size=6))
    weeks = st.sampled_from(Weeks)
    return tuple(Slot(day, hour * 60, (hour + length) * 60, draw(weeks)) for day, hour, length in spans)


@st.composite
def arrangements(draw: st.DrawFn, starts_on: date, told: bool) -> tuple[Arrangement, ...]:
    made = []
    for from_on in [starts_on, *draw(st.lists(days, max_size=1))]:
        if told or draw(st.integers(0, 3)):
            made.append(Arrangement(from_on, slots=draw(slots())))
        else:
            minutes = draw(st.none() | st.sampled_from([0, 300, 540, 600, 601, 1080, 1081, 1200]))
            per_week = st.none() | st.integers(0, 5)
            made.append(Arrangement(from_on, (), minutes, draw(per_week), draw(per_week)))
    return tuple({arrangement.from_on: arrangement for arrangement in made}.values())


@st.composite
def placements(draw: st.DrawFn, number: int, child_id: UUID, told: bool = False) -> PlacementFact:
    starts_on = draw(days)
    ends_on = draw(st.none() | st.integers(0, 100).map(lambda n: starts_on + timedelta(days=n)))
    return PlacementFact(
        placement_id=UUID(int=1000 + number),
        commissioner_id=UUID(int=draw(st.integers(50, 52))),
        provider_id=draw(st.sampled_from([HERE, HERE, HERE, HERE, LINKED, ELSEWHERE])),
        child_id=child_id,
        starts_on=starts_on,
        ends_on=ends_on,
        arrangements=draw(arrangements(starts_on, told)),
        sole_provision=draw(st.sampled_from([None, None, False, True])),
        main_responsibility=draw(st.sampled_from([None, None, None, None, False, True])),
        provider_unregistered=draw(st.sampled_from([True, True, False])),
    )


@st.composite
def children(draw: st.DrawFn, child_id: UUID, told: bool) -> ChildFact:
    born_on = draw(st.lists(birth_dates, min_size=int(told), max_size=1 if told else 2, unique=True))
    flags = draw(st.lists(st.builds(Flag, st.sampled_from(FlagKind), days, maybe_day), max_size=1))
    return ChildFact(child_id, tuple(born_on), tuple(flags))


def groups(told: bool) -> st.SearchStrategy[DeclaredGroup]:
    return st.builds(
        DeclaredGroup,
        count=st.integers(0, 4),
        weekly_minutes=st.sampled_from([300, 600, 601, 960, 1080, 1081]),
        days_per_week=st.integers(1, 5) if told else st.none() | st.integers(1, 5),
        compulsory_school_age=st.sampled_from([True, True, False]),
        ehcp=st.sampled_from([False, False, False, True]),
        sen_support=st.booleans(),
        sole_provision=st.booleans(),
    )


@st.composite
def declarations(draw: st.DrawFn, told: bool) -> DeclarationFact:
    declared_on = draw(days)
    return DeclarationFact(
        provider_id=draw(st.sampled_from([HERE, LINKED])),
        declared_on=declared_on,
        stale_from_on=declared_on + timedelta(days=draw(st.integers(1, 40))),
        groups=tuple(draw(st.lists(groups(told), max_size=2))),
    )


@st.composite
def provider_facts(draw: st.DrawFn) -> ProviderFacts:
    """Up to eight children with up to a dozen placements, and a declaration or two; in most, nothing is untold."""
    told = draw(st.sampled_from([True, True, False]))
    child_ids = [UUID(int=100 + n) for n in range(draw(st.sampled_from([8, 6, 4, 2, 1, 0])))]
    doubled = draw(st.lists(st.sampled_from(child_ids), max_size=4)) if child_ids else []
    declared = draw(st.lists(declarations(told), max_size=2, unique_by=lambda d: (d.provider_id, d.declared_on)))
    return ProviderFacts(
        provider_ids=frozenset({HERE, LINKED}),
        registration_status=draw(st.sampled_from([None, "not_found", "closed"])),
        children=tuple(draw(children(child_id, told)) for child_id in child_ids if told or draw(st.booleans())),
        placements=tuple(draw(placements(n, child_id, told)) for n, child_id in enumerate([*child_ids, *doubled])),
        declarations=tuple(declared),
        adopted=frozenset(draw(st.sets(st.sampled_from([ruleset.id for ruleset in ALL]), max_size=3))),
    )
