"""The threshold rules a second time: day by day, minute by minute, world by world, as slow and plain as can be."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import product

from app.domain.calendar import compulsory_school_age
from app.domain.registration import Arrangement, ChildFact, PlacementFact, ProviderFacts
from app.domain.rulesets import Cap, Limb, Ruleset

WORST_FIRST = [
    "threshold_met",
    "limit_exceeded",
    "cannot_determine",
    "at_risk",
    "clear_on_known_data",
    "not_applicable",
]
BOUNDLESS = 10**6
DAY = timedelta(days=1)


def in_force(placement: PlacementFact, day: date) -> Arrangement | None:
    best = None
    for arrangement in placement.arrangements:
        if arrangement.from_on <= day and (best is None or arrangement.from_on > best.from_on):
            best = arrangement
    return best


def runs(placement: PlacementFact, day: date) -> bool:
    return placement.starts_on <= day <= (placement.ends_on or date.max)


def bitmaps(arrangements: list[Arrangement | None], week: str) -> dict[int, int]:
    """For each weekday the minutes told, as bits."""
    told = dict.fromkeys(range(1, 8), 0)
    for arrangement in arrangements:
        for slot in arrangement.slots if arrangement else ():
            if slot.weeks in ("every", week):
                told[slot.weekday] |= (1 << slot.ends_minute) - (1 << slot.starts_minute)
    return told


def half_days(arrangements: list[Arrangement | None], week: str) -> set[tuple[int, str]]:
    found = set()
    for arrangement in arrangements:
        for slot in arrangement.slots if arrangement else ():
            if slot.weeks not in ("every", week):
                continue
            if slot.starts_minute < 720:
                found.add((slot.weekday, "am"))
            if slot.starts_minute >= 720 or slot.ends_minute > 780:
                found.add((slot.weekday, "pm"))
    return found


def least_and_most(placements: list[PlacementFact], day: date, measure: str) -> tuple[int, int]:
    """The week's amount in the emptiest and the fullest world that the facts allow."""
    arrangements = [in_force(placement, day) for placement in placements]
    told = 0
    for week in "ab":
        days = bitmaps(arrangements, week)
        amounts = {
            "weekly_minutes": sum(bits.bit_count() for bits in days.values()),
            "days_per_week": sum(bits > 0 for bits in days.values()),
            "sessions_per_week": len(half_days(arrangements, week)),
        }
        told = max(told, amounts[measure])
    open_ended = False
    for arrangement in arrangements:
        if arrangement is not None and arrangement.slots:
            continue
        stated = getattr(arrangement, measure) if arrangement else None
        if stated is None and measure == "sessions_per_week" and arrangement and arrangement.days_per_week is not None:
            stated = arrangement.days_per_week * 2
        if stated is None:
            open_ended = True
        else:
            told += stated
    most = {"weekly_minutes": BOUNDLESS, "days_per_week": 7, "sessions_per_week": 14}[measure]
    return min(told, most), most if open_ended else min(told, most)


class Person:
    """One pupil, or one of a declared group, on a day: what is possible of them."""

    def __init__(self) -> None:
        self.amounts: dict[str, tuple[int, int]] = {}
        self.of_age: set[bool] = set()
        self.flags: set[str] = set()
        self.sole = self.main = self.stale = False
        self.span: int | None = None


def people(facts: ProviderFacts, day: date) -> Iterator[Person]:
    children = {child.child_id: child for child in facts.children}
    for child_id in {placement.child_id for placement in facts.placements}:
        active = [p for p in facts.placements if p.child_id == child_id and runs(p, day)]
        here = [p for p in active if p.provider_id in facts.provider_ids]
        if here:
            unregistered = [p for p in active if p in here or p.provider_unregistered]
            yield known_person(children.get(child_id, ChildFact(child_id)), here, unregistered, day)
    for provider_id in {declaration.provider_id for declaration in facts.declarations}:
        told = [d for d in facts.declarations if d.provider_id == provider_id and d.declared_on <= day]
        if told:
            latest = max(told, key=lambda declaration: declaration.declared_on)
            for group in latest.groups:
                person = Person()
                days = (0, 7) if group.days_per_week is None else (group.days_per_week,) * 2
                person.amounts = {
                    "weekly_minutes": (group.weekly_minutes,) * 2,
                    "total_weekly_minutes": (group.weekly_minutes,) * 2,
                    "days_per_week": days,
                    "sessions_per_week": (days[0] * 2, days[1] * 2),
                }
                person.of_age = {group.compulsory_school_age}
                person.flags = {kind for kind in ("ehcp", "looked_after", "sen_support") if getattr(group, kind)}
                person.sole, person.stale = group.sole_provision, day >= latest.stale_from_on
                yield from [person] * group.count


def known_person(child: ChildFact, here: list[PlacementFact], unregistered: list[PlacementFact], day: date) -> Person:
    person = Person()
    person.amounts = {m: least_and_most(here, day, m) for m in ("weekly_minutes", "days_per_week", "sessions_per_week")}
    person.amounts["total_weekly_minutes"] = least_and_most(unregistered, day, "weekly_minutes")
    for born_on in child.born_on:
        first, last = compulsory_school_age(born_on)
        person.of_age.add(first <= day <= last)
    person.of_age = person.of_age or {True, False}
    person.flags = {f.kind.value for f in child.flags if f.from_on <= day and (f.to_on is None or day <= f.to_on)}
    person.sole = any(p.sole_provision is True for p in here)
    person.main = any(p.main_responsibility is True for p in here)
    if all(p.ends_on for p in here):
        person.span = max((p.ends_on - p.starts_on).days + 1 for p in here if p.ends_on)
    return person


def passes(comparison: str, observed: int, limit: int) -> bool:
    return observed > limit if comparison == ">" else observed >= limit


def towards_limb(ruleset: Ruleset, limb: Limb, person: Person) -> str:
    """yes, no, unknown, or might."""
    if limb.any_of and not {flag.value for flag in limb.any_of} & person.flags:
        return "no"
    full_time = ruleset.full_time
    assert full_time is not None
    ages = person.of_age if limb.compulsory_school_age else {True}
    least, most = person.amounts["weekly_minutes"]
    worlds = [
        passes(full_time.comparison, minutes, full_time.limit_minutes) and of_age
        for minutes, of_age in product({least, most}, ages)
    ]
    if any(worlds):
        return "yes" if all(worlds) else "unknown"
    might = full_time.limit_minutes - 120 <= most or (person.sole and full_time.sole_provision_open)
    return "might" if might and True in ages else "no"


def towards_cap(cap: Cap, person: Person) -> str:
    short = person.span is not None and person.span <= 84
    if (cap.only_programmes_within_days and not short) or (cap.except_programmes_within_days and short):
        return "no"
    if cap.measure == "main_responsibility":
        return "yes" if person.main else "no"
    worlds = [passes(cap.comparison, amount, cap.limit) for amount in person.amounts[cap.measure]]
    return "yes" if all(worlds) else "unknown" if any(worlds) else "no"


def result_on(facts: ProviderFacts, ruleset: Ruleset, here: Sequence[Person], day: date) -> str:
    if facts.registration_status in ("registered_independent_school", "state_ap_school", "other_school"):
        return "not_applicable"
    if ruleset.effective_from and day < ruleset.effective_from:
        return "not_applicable"
    said = set()
    for test in ruleset.tests:
        needed = 1 if isinstance(test, Cap) else test.limit
        yes = stale = might = unknown = 0
        for person in here:
            stands = towards_cap(test, person) if isinstance(test, Cap) else towards_limb(ruleset, test, person)
            if person.stale:
                stale += stands == "yes"
                continue
            yes += stands == "yes"
            might += stands == "might"
            unknown += stands == "unknown"
        if yes >= needed:
            said.add("limit_exceeded" if isinstance(test, Cap) else "threshold_met")
        if unknown or yes + stale >= needed:
            said.add("cannot_determine")
        if (needed > 1 and yes >= needed - 1) or yes + might >= needed:
            said.add("at_risk")
    return next((word for word in WORST_FIRST if word in said), "clear_on_known_data")


def binds(facts: ProviderFacts, ruleset: Ruleset, day: date) -> bool:
    status = ruleset.legal_status.value
    if ruleset.legal_status_once_commenced and ruleset.commences_on and day >= ruleset.commences_on:
        status = ruleset.legal_status_once_commenced.value
    if ruleset.effective_to and day > ruleset.effective_to:
        status = "superseded"
    begun = ruleset.effective_from is None or day >= ruleset.effective_from
    concerned = ruleset.scope == "england" or ruleset.id in facts.adopted
    return begun and concerned and status in ("in_force", "guidance", "contract")


def results_on(facts: ProviderFacts, rulesets: Sequence[Ruleset], day: date) -> dict[str, str]:
    """The result of every ruleset, and "overall"."""
    here = list(people(facts, day))
    results = {ruleset.id: result_on(facts, ruleset, here, day) for ruleset in rulesets}
    binding = [results[ruleset.id] for ruleset in rulesets if binds(facts, ruleset, day)]
    results["overall"] = min(binding, key=WORST_FIRST.index, default="not_applicable")
    return results


def history(
    facts: ProviderFacts, rulesets: Sequence[Ruleset], first_on: date, last_on: date
) -> list[tuple[date, dict[str, str]]]:
    """The results of every single day."""
    days = [first_on + DAY * n for n in range((last_on - first_on).days + 1)]
    return [(day, results_on(facts, rulesets, day)) for day in days]
