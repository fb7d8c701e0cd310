"""What the guards of a visit ask for, walked with each framework from an empty form to a complete one."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain import frameworks
from app.domain.errors import Conflict, Fault, Forbidden, Invalid
from app.domain.frameworks import Framework, Phase, Ratings
from app.domain.visits import (
    Content,
    Facts,
    Item,
    ItemKind,
    Outcome,
    VisitStatus,
    ensure_complete,
    ensure_moderated,
    items,
    missing,
    scale_of,
)

TODAY = date(2027, 3, 2)
PLANNED = Facts(planned_on=TODAY, visitors=2)
VISITED = replace(PLANNED, visited_on=TODAY, duration_minutes=90)
FORMS = pytest.mark.parametrize("form", frameworks.ALL, ids=lambda form: form.id)
BRANCHES = pytest.mark.parametrize("registered", [True, False], ids=["registered", "unregistered"])
HEREFORDSHIRE = frameworks.named("herefordshire-apqa-v1")
LEICESTERSHIRE = frameworks.named("leics-seip-qa-v1")
HALF_DAY = frameworks.named("ave-half-day-v8")
WALK = frameworks.named("ave-learning-walk-v8")


def best(form: Framework, item: Item) -> str:
    scale = scale_of(form, item)
    assert scale is not None
    return scale.values[0].value


def bare(item: Item) -> str:
    return item.key.partition(":")[2]


def filled(form: Framework, *, registered: bool) -> Content:
    """Everything that is required, and everything that is looked at only if observed."""
    by_kind: dict[ItemKind, dict[str, str]] = {kind: {} for kind in ItemKind}
    asked = items(form, registered=registered)
    for item in asked:
        if item.required and item.kind is not ItemKind.QUESTION:
            by_kind[item.kind][bare(item)] = best(form, item)
    overall = by_kind[ItemKind.OVERALL].get("")
    return Content(
        noted=frozenset(item.key for item in asked if item.kind is ItemKind.CRITERION and not item.required),
        answered=frozenset(item.key for item in asked if item.kind is ItemKind.QUESTION),
        ratings=Ratings(by_kind[ItemKind.CRITERION], by_kind[ItemKind.SECTION], overall),
        caveats=by_kind[ItemKind.CAVEAT],
        rationales=frozenset(item.key for item in asked if item.kind is ItemKind.SECTION and item.required),
    )


def without(content: Content, item: Item) -> Content:
    """The same content, but for what was said of one item."""
    ratings, key = content.ratings, bare(item)
    match item.kind:
        case ItemKind.QUESTION:
            return replace(content, answered=content.answered - {item.key})
        case ItemKind.CAVEAT:
            return replace(content, caveats={k: v for k, v in content.caveats.items() if k != key})
        case ItemKind.CRITERION:
            rest = {k: v for k, v in ratings.criteria.items() if k != key}
            return replace(content, ratings=replace(ratings, criteria=rest))
        case ItemKind.SECTION:
            rest = {k: v for k, v in ratings.sections.items() if k != key}
            return replace(content, ratings=replace(ratings, sections=rest))
        case ItemKind.OVERALL:
            return replace(content, ratings=replace(ratings, overall=None))


def told(faults: tuple[Fault, ...]) -> list[tuple[str, str | None]]:
    return [(each.code, each.pointer) for each in faults]


def sharing(form: Framework, content: Content, facts: Facts = VISITED) -> list[tuple[str, str | None]]:
    return told(missing(VisitStatus.VISITED, VisitStatus.DRAFT_SHARED, facts, content, form, TODAY))


# --- before the visit -----------------------------------------------------------------------------------------------


def test_a_visit_is_prepared_once_its_day_and_a_visitor_are_known() -> None:
    step = (VisitStatus.PLANNED, VisitStatus.PREPARING)
    assert told(missing(*step, Facts(), Content(), WALK, TODAY)) == [
        ("planned_on_missing", "/planned_on"),
        ("visitors_missing", "/visitors"),
    ]
    assert told(missing(*step, replace(PLANNED, visitors=0), Content(), WALK, TODAY)) == [
        ("visitors_missing", "/visitors")
    ]
    assert missing(*step, PLANNED, Content(), WALK, TODAY) == ()


@FORMS
@BRANCHES
def test_each_criterion_of_before_the_visit_is_answered_before_the_provider_sees_it(
    form: Framework, *, registered: bool
) -> None:
    step, facts = (VisitStatus.PREPARING, VisitStatus.WITH_PROVIDER), replace(PLANNED, registered=registered)
    early = [
        item.key
        for item in items(form, registered=registered)
        if item.kind is ItemKind.CRITERION and item.phase is Phase.BEFORE_VISIT and item.required
    ]
    empty = told(missing(*step, facts, Content(), form, TODAY))
    assert empty == [("unanswered", f"/responses/{key}") for key in early]
    for key in early:
        some = Content(noted=frozenset(early) - {key})
        assert told(missing(*step, facts, some, form, TODAY)) == [("unanswered", f"/responses/{key}")]
        judged = replace(some, ratings=Ratings({key.partition(":")[2]: "any"}))
        assert missing(*step, facts, judged, form, TODAY) == ()


def test_the_provider_is_asked_with_the_partnerships_own_part_done() -> None:
    faults = missing(VisitStatus.PREPARING, VisitStatus.WITH_PROVIDER, PLANNED, Content(), LEICESTERSHIRE, TODAY)
    assert told(faults)[0] == ("unanswered", "/responses/criterion:lebc-compliance")
    answered = Content(answered=frozenset({"criterion:lebc-compliance"}))
    assert missing(VisitStatus.PREPARING, VisitStatus.WITH_PROVIDER, PLANNED, answered, LEICESTERSHIRE, TODAY) == faults


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (VISITED, []),
        (replace(VISITED, visited_on=TODAY - timedelta(days=400)), []),
        (replace(VISITED, visited_on=TODAY + timedelta(days=1)), [("visited_on_in_future", "/visited_on")]),
        (replace(VISITED, visited_on=None), [("visited_on_missing", "/visited_on")]),
        (replace(VISITED, duration_minutes=None), [("duration_missing", "/duration_minutes")]),
        (PLANNED, [("visited_on_missing", "/visited_on"), ("duration_missing", "/duration_minutes")]),
    ],
)
def test_a_visit_took_place_on_a_day_and_took_its_time(facts: Facts, expected: list[tuple[str, str]]) -> None:
    assert told(missing(VisitStatus.WITH_PROVIDER, VisitStatus.VISITED, facts, Content(), WALK, TODAY)) == expected
    assert sharing(WALK, filled(WALK, registered=True), facts) == expected


# --- the draft ------------------------------------------------------------------------------------------------------


@FORMS
@BRANCHES
def test_an_empty_form_is_told_of_all_that_it_lacks(form: Framework, *, registered: bool) -> None:
    facts = replace(VISITED, registered=registered)
    pointers = {pointer for _, pointer in sharing(form, Content(), facts)}
    asked = {item for item in items(form, registered=registered) if item.required}
    expected = {f"/{'responses' if i.kind is ItemKind.QUESTION else 'judgements'}/{i.key}" for i in asked}
    assert pointers - {"/responses"} == expected
    assert ("/responses" in pointers) == form.id.startswith(("ave-qa", "ave-half-day", "ave-learning-walk"))


@FORMS
@BRANCHES
def test_a_full_form_lacks_exactly_the_one_thing_taken_from_it(form: Framework, *, registered: bool) -> None:
    facts, full = replace(VISITED, registered=registered), filled(form, registered=registered)
    assert sharing(form, full, facts) == []
    required = [item for item in items(form, registered=registered) if item.required]
    for item in required:
        asked = item.kind is ItemKind.QUESTION
        expected = ("unanswered", f"/responses/{item.key}") if asked else ("not_judged", f"/judgements/{item.key}")
        assert sharing(form, without(full, item), facts) == [expected]
    for key in full.rationales:
        unexplained = replace(full, rationales=full.rationales - {key})
        assert sharing(form, unexplained, facts) == [("rationale_missing", f"/judgements/{key}/rationale")]


def test_a_question_may_be_answered_by_a_visitor_instead_of_the_provider() -> None:
    full = filled(HEREFORDSHIRE, registered=True)
    facts = replace(VISITED, registered=True)
    assert sharing(HEREFORDSHIRE, replace(full, answered=frozenset(), noted=full.answered), facts) == []


def test_where_only_what_is_seen_is_told_something_was_seen() -> None:
    full = filled(HALF_DAY, registered=True)
    assert sharing(HALF_DAY, replace(full, noted=frozenset())) == [("nothing_observed", "/responses")]
    assert sharing(HALF_DAY, replace(full, noted=frozenset({"criterion:behaviour"}))) == []
    seen = replace(full, noted=frozenset(), ratings=replace(full.ratings, criteria={"behaviour": "good"}))
    assert sharing(HALF_DAY, seen) == []
    assert sharing(HALF_DAY, replace(full, noted=frozenset({"section:behaviour-and-attitudes"}))) == [
        ("nothing_observed", "/responses")
    ]


def test_an_overall_rating_that_differs_from_the_limiting_judgement_is_explained() -> None:
    full = filled(HALF_DAY, registered=True)
    sections = {**full.ratings.sections, "personal-development": "requires_improvement"}
    differs = replace(full, ratings=replace(full.ratings, sections=sections))
    assert sharing(HALF_DAY, differs) == [("rationale_missing", "/judgements/overall/rationale")]
    assert sharing(HALF_DAY, replace(differs, rationales=differs.rationales | {"overall"})) == []
    limited = replace(differs, ratings=replace(differs.ratings, overall="requires_improvement"))
    assert sharing(HALF_DAY, limited) == []


def assessed(form: Framework) -> Framework:
    """The form with its first section, and the whole, decided by an assessor."""
    first, *rest = form.sections
    sections = (replace(first, decided_by=frameworks.DecidedBy.ASSESSOR), *rest)
    return replace(form, sections=sections, overall=replace(form.overall, decided_by=frameworks.DecidedBy.ASSESSOR))


def test_no_assessor_rates_better_than_an_essential_failure_allows() -> None:
    form = assessed(HEREFORDSHIRE)
    full = filled(form, registered=True)
    facts = replace(VISITED, registered=True)
    criteria = {**full.ratings.criteria, "disclosures": "not_met"}
    failed = replace(full, ratings=replace(full.ratings, criteria=criteria))
    assert sharing(form, failed, facts) == [("essential_failed", "/judgements/section:safeguarding")]
    sections = {**full.ratings.sections, "safeguarding": "not_met"}
    honest = replace(failed, ratings=replace(failed.ratings, sections=sections))
    assert sharing(form, honest, facts) == [("essential_failed", "/judgements/overall")]
    candid = replace(honest, ratings=replace(honest.ratings, overall="not_appropriate"))
    assert sharing(form, candid, facts) == []
    step = (VisitStatus.DISPUTED, VisitStatus.FINALISED)
    assert told(missing(*step, facts, failed, form, TODAY)) == [
        ("essential_failed", "/judgements/section:safeguarding")
    ]
    assert missing(*step, facts, candid, form, TODAY) == ()


def test_a_rolled_up_failure_of_something_essential_is_shared_as_it_is() -> None:
    full = filled(HEREFORDSHIRE, registered=True)
    ratings = replace(full.ratings, criteria={**full.ratings.criteria, "disclosures": "not_met"})
    assert sharing(HEREFORDSHIRE, replace(full, ratings=ratings), replace(VISITED, registered=True)) == []


# --- the provider's say ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        (None, []),
        (TODAY, []),
        (TODAY + timedelta(days=10), []),
        (TODAY - timedelta(days=1), [("comments_due_passed", "/comments_due_on")]),
    ],
)
def test_a_draft_is_shared_with_time_to_comment(due_on: date | None, expected: list[tuple[str, str]]) -> None:
    facts = replace(VISITED, comments_due_on=due_on)
    assert sharing(WALK, filled(WALK, registered=True), facts) == expected


@pytest.mark.parametrize(
    ("due_on", "concluded", "final"),
    [
        (None, False, False),
        (None, True, True),
        (TODAY, False, False),
        (TODAY, True, True),
        (TODAY - timedelta(days=1), False, True),
    ],
)
def test_a_draft_is_final_once_the_provider_concludes_or_its_day_passes(
    due_on: date | None, *, concluded: bool, final: bool
) -> None:
    facts, content = replace(VISITED, comments_due_on=due_on), Content(concluded=concluded)
    faults = missing(VisitStatus.DRAFT_SHARED, VisitStatus.FINALISED, facts, content, WALK, TODAY)
    assert told(faults) == ([] if final else [("comments_open", "/comments_due_on")])


@pytest.mark.parametrize("status", [VisitStatus.DRAFT_SHARED, VisitStatus.DISPUTED])
def test_a_report_that_seems_to_name_staff_is_looked_at_before_it_is_final(status: VisitStatus) -> None:
    named = Fault("staff_named", "A name.", pointer="/judgements/overall/rationale")
    content = Content(concluded=True, names=(named,))
    assert missing(status, VisitStatus.FINALISED, VISITED, content, WALK, TODAY) == (named,)
    looked_at = replace(VISITED, reviewed_names=True)
    assert missing(status, VisitStatus.FINALISED, looked_at, content, WALK, TODAY) == ()


@pytest.mark.parametrize(
    ("status", "to"),
    [
        (VisitStatus.PLANNED, VisitStatus.CANCELLED),
        (VisitStatus.WITH_PROVIDER, VisitStatus.CANCELLED),
        (VisitStatus.DRAFT_SHARED, VisitStatus.VISITED),
        (VisitStatus.DRAFT_SHARED, VisitStatus.DISPUTED),
        (VisitStatus.DISPUTED, VisitStatus.DRAFT_SHARED),
    ],
)
def test_taking_back_disputing_and_cancelling_ask_for_nothing(status: VisitStatus, to: VisitStatus) -> None:
    assert missing(status, to, Facts(), Content(), HEREFORDSHIRE, TODAY) == ()


def test_a_step_is_refused_with_everything_that_is_missing() -> None:
    with pytest.raises(Conflict) as refused:
        ensure_complete(VisitStatus.PLANNED, VisitStatus.PREPARING, Facts(), Content(), WALK, TODAY)
    assert refused.value.problem_code == "visit_incomplete"
    assert len(refused.value.errors) == 2
    ensure_complete(VisitStatus.PLANNED, VisitStatus.PREPARING, PLANNED, Content(), WALK, TODAY)


# --- moderation -----------------------------------------------------------------------------------------------------

JUDGED = {"criterion:pse": "success", "criterion:smsc": "development"}


@pytest.mark.parametrize(
    ("outcome", "amended", "expected"),
    [
        (None, {}, [("outcome_missing", "/outcome")]),
        (Outcome.UPHELD, {}, None),
        (Outcome.SET_ASIDE, {}, None),
        (Outcome.AMENDED, {}, [("amendments_missing", "/amendments")]),
        (Outcome.AMENDED, {"criterion:pse": "success"}, [("amendments_missing", "/amendments")]),
        (Outcome.AMENDED, {"criterion:pse": "success", "criterion:smsc": "success"}, None),
        (Outcome.AMENDED, {"criterion:safety": "success"}, None),
        (Outcome.UPHELD, {"criterion:smsc": "success"}, [("amendments_unexpected", "/amendments")]),
    ],
)
def test_a_dispute_ends_with_an_outcome_that_is_what_it_says(
    outcome: Outcome | None, amended: dict[str, str], expected: list[tuple[str, str]] | None
) -> None:
    def moderate() -> None:
        ensure_moderated(outcome, amended=amended, judged=JUDGED, moderator="third", authors={"first", "second"})

    if expected is None:
        moderate()
        return
    with pytest.raises(Invalid) as refused:
        moderate()
    assert told(refused.value.errors) == expected


def test_who_judged_does_not_moderate() -> None:
    with pytest.raises(Forbidden) as refused:
        ensure_moderated(Outcome.UPHELD, amended={}, judged=JUDGED, moderator="first", authors={"first"})
    assert refused.value.problem_code == "moderator_not_independent"
