"""What can be wrong with a framework, each fault by JSON pointer."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise

from app.domain.errors import Fault
from app.domain.frameworks.reading import read
from app.domain.frameworks.shapes import CycleEntry, Framework, Scale, Section
from app.domain.frameworks.vocabulary import DecidedBy, Effect, Hint

Faults = Iterator[Fault]


def faults(raw: object, known: Mapping[str, Framework] | None = None) -> tuple[Fault, ...]:
    """Everything that is wrong with a framework given as data, empty when it may be published.

    `known` is the catalogue against which its references are checked (its predecessor, the framework versions of its
    forms, scales that it shares); without it they are not.
    """
    framework, of_shape = read(raw)
    seen = {fault.pointer or "" for fault in of_shape}
    of_meaning = (each for each in meaning(framework, known) if not _under(each.pointer or "", seen))
    return of_shape + tuple(of_meaning)


def meaning(framework: Framework, known: Mapping[str, Framework] | None = None) -> Faults:
    """What is wrong with a framework of the right shape."""
    scales = {scale.id: scale for scale in framework.scales}
    yield from _repeated(framework)
    yield from _scales(framework)
    yield from _empty(framework)
    for position, section in enumerate(framework.sections):
        yield from _section(section, f"/sections/{position}", scales)
    yield from _overall(framework, scales)
    yield from _consequences(framework, scales)
    yield from _floor(framework, scales)
    yield from _cycle(framework)
    if known is not None:
        yield from _references(framework, known)


def _under(pointer: str, seen: set[str]) -> bool:
    """Whether a fault was already told of the same place, or of one that holds it."""
    parts = pointer.split("/")
    return any("/".join(parts[:length]) in seen for length in range(1, len(parts) + 1))


# --- keys -----------------------------------------------------------------------------------------------------------


def _repeated(framework: Framework) -> Faults:
    places: list[list[tuple[str, str]]] = [
        [(f"/scales/{n}/id", each.id) for n, each in enumerate(framework.scales)],
        [(f"/sections/{n}/key", each.key) for n, each in enumerate(framework.sections)],
        [
            (f"/sections/{n}/criteria/{m}/key", each.key)
            for n, section in enumerate(framework.sections)
            for m, each in enumerate(section.criteria)
        ],
        [(f"/cycle/{n}/key", each.key) for n, each in enumerate(framework.cycle)],
        [(f"/forms/{n}/kind", each.kind) for n, each in enumerate(framework.forms)],
    ]
    for n, scale in enumerate(framework.scales):
        places.append([(f"/scales/{n}/values/{m}/value", each.value) for m, each in enumerate(scale.values)])
    if check := framework.pre_visit_check:
        places.append([(f"/pre_visit_check/questions/{n}/key", each.key) for n, each in enumerate(check.questions)])
        places.append([(f"/pre_visit_check/caveats/{n}/key", each.key) for n, each in enumerate(check.caveats)])
    return chain.from_iterable(map(_twice, places))


def _twice(places: Iterable[tuple[str, str]]) -> Faults:
    seen: set[str] = set()
    for at, name in places:
        if name in seen:
            yield Fault("duplicate_key", "This is used more than once; it must be unique.", pointer=at)
        seen.add(name)


def _empty(framework: Framework) -> Faults:
    if not framework.sections:
        yield Fault("empty", "A framework has at least one section.", pointer="/sections")
    for position, section in enumerate(framework.sections):
        if not section.criteria:
            yield Fault("empty", "A section has at least one criterion.", pointer=f"/sections/{position}/criteria")
        for place, criterion in enumerate(section.criteria):
            if not criterion.voice:
                at = f"/sections/{position}/criteria/{place}/voice"
                yield Fault("empty", "A criterion listens to at least one voice.", pointer=at)
    if not framework.forms:
        yield Fault("empty", "A framework is the form of at least one kind of visit.", pointer="/forms")


# --- scales ---------------------------------------------------------------------------------------------------------


def _scales(framework: Framework) -> Faults:
    for position, scale in enumerate(framework.scales):
        at = f"/scales/{position}/values"
        if len(scale.values) < 2:
            yield Fault("scale_too_short", "A scale has at least two values.", pointer=at)
        for place, (better, worse) in enumerate(pairwise(scale.values)):
            if better.concern and not worse.concern:
                detail = "Values stand best first: none without concern follows one with concern."
                yield Fault("scale_out_of_order", detail, pointer=f"{at}/{place + 1}/concern")


def _unknown_scale(scale_id: str, scales: Mapping[str, Scale], at: str) -> Faults:
    if scale_id not in scales:
        yield Fault("unknown_scale", "The framework defines no such scale.", pointer=at)


def _section(section: Section, at: str, scales: Mapping[str, Scale]) -> Faults:
    yield from _unknown_scale(section.scale, scales, f"{at}/scale")
    own = scales.get(section.scale)
    some_essential = section.essential or any(each.essential for each in section.criteria)
    if own and some_essential and section.decided_by is not DecidedBy.NONE and not own.failing:
        detail = "A section that holds something essential needs a value of concern to fall to."
        yield Fault("essential_cannot_fail", detail, pointer=f"{at}/scale")
    for position, criterion in enumerate(section.criteria):
        place = f"{at}/criteria/{position}/scale"
        if criterion.scale != section.scale:
            yield from _unknown_scale(criterion.scale, scales, place)
            if section.decided_by is DecidedBy.ROLLUP:
                detail = "Criteria that are rolled up stand on the scale of their section."
                yield Fault("rollup_scale_differs", detail, pointer=place)
        scale = scales.get(criterion.scale)
        if scale and criterion.essential and not scale.failing:
            detail = "An essential criterion stands on a scale with a value of concern."
            yield Fault("essential_cannot_fail", detail, pointer=place)


# --- what follows from ratings --------------------------------------------------------------------------------------


def _overall(framework: Framework, scales: Mapping[str, Scale]) -> Faults:
    overall = framework.overall
    if overall.decided_by is DecidedBy.NONE:
        if overall.scale is not None:
            yield Fault("not_decided", "Nobody decides an overall rating: it has no scale.", pointer="/overall/scale")
    elif overall.scale is None:
        yield Fault("missing", "An overall rating needs a scale.", pointer="/overall/scale")
    else:
        yield from _unknown_scale(overall.scale, scales, "/overall/scale")
    if overall.decided_by is DecidedBy.ROLLUP:
        yield from _overall_rollup(framework, scales)
    if overall.hint is Hint.LIMITING_JUDGEMENT:
        yield from _limiting(framework)


def _overall_rollup(framework: Framework, scales: Mapping[str, Scale]) -> Faults:
    scale = scales.get(framework.overall.scale or "")
    if scale and not scale.failing:
        yield Fault("essential_cannot_fail", "The overall scale needs a value of concern.", pointer="/overall/scale")
    if not any(section.essential for section in framework.sections):
        detail = "The roll-up follows from essential sections, of which there is none."
        yield Fault("nothing_essential", detail, pointer="/overall/decided_by")
    for position, section in enumerate(framework.sections):
        if section.essential and section.decided_by is DecidedBy.NONE:
            detail = "An essential section must be rated for the whole to be."
            yield Fault("essential_not_rated", detail, pointer=f"/sections/{position}/decided_by")


def _limiting(framework: Framework) -> Faults:
    if framework.overall.decided_by is not DecidedBy.ASSESSOR:
        yield Fault("hint_without_assessor", "A hint is shown to an assessor who decides.", pointer="/overall/hint")
    for position, section in enumerate(framework.sections):
        if section.decided_by is not DecidedBy.NONE and section.scale != framework.overall.scale:
            detail = "The limiting judgement is read on one scale."
            yield Fault("hint_scale_differs", detail, pointer=f"/sections/{position}/scale")


def _consequences(framework: Framework, scales: Mapping[str, Scale]) -> Faults:
    for position, each in enumerate(framework.consequences):
        at = f"/consequences/{position}"
        yield from _unknown_scale(each.scale, scales, f"{at}/scale")
        if each.effect is Effect.FOLLOW_UP and (each.within_days is None or each.within_days < 1):
            yield Fault("missing", "A follow-up is due within a number of days.", pointer=f"{at}/within_days")
        if not (scale := scales.get(each.scale)):
            continue
        for place, value in enumerate(each.values):
            yield from _unknown_value(value, scale, f"{at}/values/{place}")
            flagged = value in scale.failing or value not in {known.value for known in scale.values}
            if each.effect is Effect.CONCERN and not flagged:
                detail = "The scale does not mark this value as a concern."
                yield Fault("not_a_concern", detail, pointer=f"{at}/values/{place}")


def _unknown_value(value: str, scale: Scale, at: str) -> Faults:
    if value not in {each.value for each in scale.values}:
        yield Fault("unknown_rating", "The scale has no such value.", pointer=at)


def _floor(framework: Framework, scales: Mapping[str, Scale]) -> Faults:
    on = {section.key: section.scale for section in framework.sections}
    for position, each in enumerate(framework.floor):
        at = f"/floor/{position}"
        if each.section is not None and each.section not in on:
            yield Fault("unknown_section", "The framework has no such section.", pointer=f"{at}/section")
        scale = scales.get((framework.overall.scale if each.section is None else on.get(each.section)) or "")
        if scale:
            yield from _unknown_value(each.at_least, scale, f"{at}/at_least")


# --- the yearly round -----------------------------------------------------------------------------------------------


def _cycle(framework: Framework) -> Faults:
    kinds, entries = {form.kind for form in framework.forms}, {entry.key: entry for entry in framework.cycle}
    for position, entry in enumerate(framework.cycle):
        at = f"/cycle/{position}"
        if entry.kind not in kinds:
            yield Fault("cycle_without_form", "No form is given for this kind of visit.", pointer=f"{at}/kind")
        if entry.together_with is not None and entry.together_with not in entries.keys() - {entry.key}:
            yield Fault("unknown_entry", "There is no other entry of this key.", pointer=f"{at}/together_with")
        elif entry.together_with is not None and entries[entry.together_with].windows != entry.windows:
            yield Fault("windows_differ", "Visits on one day have the same windows.", pointer=f"{at}/windows")
        yield from _numbers(entry, at)
        yield from _windows(entry, at)


def _numbers(entry: CycleEntry, at: str) -> Faults:
    for name, least in (("announced_days", 1), ("notice_days_min", 0), ("notice_days_max", 0), ("max_minutes", 1)):
        value = getattr(entry, name)
        if value is not None and value < least:
            yield Fault("out_of_range", f"At least {least}.", pointer=f"{at}/{name}")
    if entry.notice_days_max is not None and entry.notice_days_max < (entry.notice_days_min or 0):
        yield Fault("out_of_range", "At least the shortest notice.", pointer=f"{at}/notice_days_max")


def _windows(entry: CycleEntry, at: str) -> Faults:
    for position, window in enumerate(entry.windows):
        place, closes = f"{at}/windows/{position}", window.closes_term
        if not 1 <= window.opens_term <= 6:
            yield Fault("out_of_range", "Terms are numbered 1 to 6.", pointer=f"{place}/opens_term")
        if closes is not None and not window.opens_term <= closes <= 6:
            yield Fault(
                "out_of_range",
                "A window closes in the term in which it opens, or a later one.",
                pointer=f"{place}/closes_term",
            )


# --- the catalogue --------------------------------------------------------------------------------------------------


def _references(framework: Framework, known: Mapping[str, Framework]) -> Faults:
    yield from _supersedes(framework, known)
    for position, form in enumerate(framework.forms):
        if form.framework_id != framework.id and form.framework_id not in known:
            at = f"/forms/{position}/framework_id"
            yield Fault("unknown_framework", "There is no such framework version.", pointer=at)
    others = [each for each in known.values() if each.id != framework.id]
    for position, scale in enumerate(framework.scales):
        if any(scale.id == other.id and scale.values != other.values for each in others for other in each.scales):
            detail = "Another framework gives this scale other values: choose another id."
            yield Fault("scale_redefined", detail, pointer=f"/scales/{position}/id")


def _supersedes(framework: Framework, known: Mapping[str, Framework]) -> Faults:
    if framework.supersedes is None:
        return
    line = [framework.id]
    following: str | None = framework.supersedes
    while following is not None and following not in line:
        if following not in known:
            yield Fault("unknown_framework", "There is no such framework version.", pointer="/supersedes")
            return
        line.append(following)
        following = known[following].supersedes
    if following is not None:
        yield Fault("supersedes_cycle", "A version cannot come after itself.", pointer="/supersedes")
    elif known[framework.supersedes].publisher != framework.publisher:
        yield Fault("other_publisher", "Only its publisher can supersede a framework.", pointer="/supersedes")
