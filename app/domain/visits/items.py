"""The items of a form: everything in a framework version that is answered, noted or judged on one visit."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Fault, Invalid
from app.domain.frameworks import Answer, Branch, Criterion, DecidedBy, Framework, Phase, Scale, Section, Value


class ItemKind(StrEnum):
    """What an item is."""

    QUESTION = "question"
    CAVEAT = "caveat"
    CRITERION = "criterion"
    SECTION = "section"
    OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `key` is its kind and its key in the framework ("criterion:lebc-compliance"), or "overall".

    `scale_id` is None where nobody rates it. `required`: the draft is not shared without an answer (question), a
    rating by an assessor (all others); what is only commented on if observed, or rolled up, is not required.
    """

    key: str
    kind: ItemKind
    title: str
    section_key: str | None
    phase: Phase
    scale_id: str | None
    essential: bool
    required: bool
    printed_ref: str | None = None


OVERALL = "overall"

MET_NOT_MET = Scale(
    id="met-not-met",
    values=(
        Value("met", "Met", "The condition holds"),
        Value("not_met", "Not met", "The condition does not hold", concern=True),
    ),
    source="Herefordshire framework, Unregistered provision: conditions that hold or do not",
)


def items(form: Framework, *, registered: bool) -> tuple[Item, ...]:
    """The items of a form in print order: what is asked before the visit, each section under its criteria, the whole.

    Questions of the other branch, and for a registered provider the caveats, are no items.
    """
    return (*_before(form, registered=registered), *_sections(form), *_overall(form))


def find(form: Framework, registered: bool, key: str) -> Item:
    """The item of a key.

    Raises:
        Invalid: `item_unknown`, by the pointer "/item_key".
    """
    for each in items(form, registered=registered):
        if each.key == key:
            return each
    fault = Fault("item_unknown", "The form has no such item.", pointer="/item_key")
    raise Invalid("The form has no such item.", code="item_unknown", errors=(fault,))


def scale_of(form: Framework, item: Item) -> Scale | None:
    """The scale on which an item is rated, None where nobody rates it."""
    if item.kind is ItemKind.CAVEAT:
        return MET_NOT_MET
    return None if item.scale_id is None else form.scale(item.scale_id)


def _before(form: Framework, *, registered: bool) -> Iterator[Item]:
    check = form.pre_visit_check
    if check is None:
        return
    applies = (Branch.ALWAYS, Branch.REGISTERED if registered else Branch.UNREGISTERED)
    for question in check.questions:
        if question.when in applies:
            yield _prior(ItemKind.QUESTION, question.key, question.title, None)
    for caveat in () if registered else check.caveats:
        yield _prior(ItemKind.CAVEAT, caveat.key, caveat.title, MET_NOT_MET.id)


def _prior(kind: ItemKind, key: str, title: str, scale_id: str | None) -> Item:
    # All caveats must hold for an unregistered provider to be used: each is essential.
    essential = kind is ItemKind.CAVEAT
    return Item(f"{kind}:{key}", kind, title, None, Phase.BEFORE_VISIT, scale_id, essential, required=True)


def _sections(form: Framework) -> Iterator[Item]:
    for section in form.sections:
        for criterion in section.criteria:
            yield _criterion(section, criterion)
        yield Item(
            key=f"{ItemKind.SECTION}:{section.key}",
            kind=ItemKind.SECTION,
            title=section.title,
            section_key=section.key,
            phase=Phase.AT_VISIT,
            scale_id=None if section.decided_by is DecidedBy.NONE else section.scale,
            essential=section.essential,
            required=section.decided_by is DecidedBy.ASSESSOR,
            printed_ref=section.printed_ref,
        )


def _criterion(section: Section, criterion: Criterion) -> Item:
    return Item(
        key=f"{ItemKind.CRITERION}:{criterion.key}",
        kind=ItemKind.CRITERION,
        title=criterion.title,
        section_key=section.key,
        phase=criterion.phase,
        scale_id=criterion.scale,
        essential=criterion.essential,
        required=section.answer is Answer.REQUIRED,
        printed_ref=criterion.printed_ref,
    )


def _overall(form: Framework) -> Iterator[Item]:
    overall = form.overall
    if overall.decided_by is DecidedBy.NONE:
        return
    yield Item(
        key=OVERALL,
        kind=ItemKind.OVERALL,
        title=overall.title or "Overall",
        section_key=None,
        phase=Phase.AT_VISIT,
        scale_id=overall.scale,
        essential=False,
        required=overall.decided_by is DecidedBy.ASSESSOR,
    )
