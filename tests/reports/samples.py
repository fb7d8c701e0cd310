"""Three reports on real frameworks with invented findings, draft and final."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import cycle
from typing import Any
from uuid import UUID

from app.domain import frameworks
from app.domain.establishments import RegistrationStatus
from app.domain.frameworks import Answer, Criterion, DecidedBy, Framework, VisitKind
from app.domain.registration.results import Result
from app.domain.visit_reports import (
    Caveat,
    Check,
    Comment,
    Concern,
    Dispute,
    Hint,
    Item,
    Named,
    ObserverNote,
    Overall,
    Previous,
    Provider,
    ProviderEvidence,
    Question,
    Registration,
    Report,
    Said,
    Section,
    Site,
    Stage,
    Visit,
    Visitor,
    document,
    framework_version,
    rating,
)
from app.domain.visits import MET_NOT_MET

LEICESTERSHIRE, HEREFORDSHIRE, HALF_DAY = "leics-seip-qa-v1", "herefordshire-apqa-v1", "ave-half-day-v8"
FRAMEWORKS = (LEICESTERSHIRE, HEREFORDSHIRE, HALF_DAY)
PARTNERSHIP, SCHOOL = "Northfold Inclusion Partnership", "Ashby Vale Academy"
HOSTILE = (
    "#read(\"/etc/passwd\") $x^2$ *not bold* _nor this_ `code` <script>alert('1')</script> &amp; {{ 7 * 7 }} \\ @ref",
    "שלום, הסדנה בטוחה.\nالورشة آمنة ومنظمة.",
    "Well done 👏🏽 – 校园很安全 – naïve café, Żółć, Ŵyn; mark\u202ereversed\u202c; bell\x07.",
    "An-unbroken-word-" + "that-goes-on-" * 12 + "W" * 120,
)
NOTES = (
    (
        "The workshop was calm and orderly. Staff knew each learner by name and intervened early, and the single "
        "central record was complete when it was asked for."
    ),
    (
        "Two of the six training certificates seen had lapsed in the summer.\n\nThe leader undertook to book places "
        "before half term, and showed the e-mail that asks for them."
    ),
    (
        "Learners told us that they feel safe and that the rules on telephones are fair:\n- telephones are handed in\n"
        "- they come back at the end of the day."
    ),
)
ACTIONS: tuple[tuple[str, ...], ...] = (
    (),
    ("Renew the two lapsed certificates by 18 December 2026.",),
    ("Send the partnership the dated risk assessment for the welding bay.\nReview it each year.", "Tell the school."),
)


def sample(framework_id: str, stage: Stage = Stage.FINAL, **changes: Any) -> Report:
    """A report on one of the frameworks of the service, with everything that such a report may hold."""
    framework = frameworks.named(framework_id)
    report = Report(
        stage=stage,
        number=2 if stage is Stage.FINAL else 1,
        made_at=datetime(2026, 11, 25, 16, 5, 30, tzinfo=UTC),
        visit=_visit(framework),
        provider=_provider(),
        lead_organisation=Named(UUID(int=1), PARTNERSHIP),
        framework=framework_version(framework),
        sections=_sections(framework),
        site=Site("Canal Yard", "Unit 4, Canal Yard, Wharf Lane, Northfold", "LE99 1ZZ"),
        visitors=(Visitor("Morwenna Tagg", PARTNERSHIP, "Coordinator"), Visitor("Idris Okello", SCHOOL)),
        registration=_registration(framework),
        overall=_overall(framework),
        comments=_comments(framework),
        concerns=_concerns(framework),
        follow_up_due_on=date(2027, 1, 13),
        previous=Previous(Stage.DRAFT, 1, "0f" * 32) if stage is Stage.FINAL else None,
        dispute=_dispute() if stage is Stage.FINAL else None,
    )
    return replace(report, **changes)


def hostile(framework_id: str = LEICESTERSHIRE, stage: Stage = Stage.DRAFT) -> dict[str, Any]:
    """A document in which every text is one that could break a renderer."""
    texts = cycle(HOSTILE)
    kept = {"format", "stage", "kind", "decided_by", "answer", "phase", "status", "overall", "outcome", "by"}

    def spoilt(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: spoilt(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [spoilt(each, name) for each in value]
        plain = not isinstance(value, str) or name in kept or name.endswith(("_on", "_at", "_hash", "id"))
        return value if plain else f"{value} {next(texts)}"

    spoiled: dict[str, Any] = spoilt(document(sample(framework_id, stage)))
    return spoiled


def _visit(framework: Framework) -> Visit:
    half_day = framework.id == HALF_DAY
    return Visit(
        id=UUID(int=2),
        kind=VisitKind.HALF_DAY_OBSERVATION if half_day else VisitKind.QA_VISIT,
        planned_on=date(2026, 11, 18),
        notified_at=datetime(2026, 11, 3, 9, 30, tzinfo=UTC),
        visited_on=date(2026, 11, 18),
        duration_minutes=195,
        joint=(Named(UUID(int=3), "Harrow Hill Local Authority"),),
    )


def _provider() -> Provider:
    return Provider(
        id=UUID(int=4),
        name="Second Wind Workshops",
        legal_name="Second Wind (Northfold) Community Interest Company",
        company_number="09999999",
        postcode="LE99 1ZZ",
    )


def _sections(framework: Framework) -> tuple[Section, ...]:
    marks = cycle((0, 0, 1, 0, 2, 0, 1))
    return tuple(
        Section(
            key=section.key,
            title=section.title,
            printed_ref=section.printed_ref,
            essential=section.essential,
            decided_by=section.decided_by,
            answer=section.answer,
            items=tuple(
                _item(framework, each, next(marks), n, section.answer) for n, each in enumerate(section.criteria)
            ),
            guiding_principle=section.guiding_principle,
            concluding_question=section.concluding_question,
            rating=_rated(framework, section.scale, place % 3) if section.decided_by is not DecidedBy.NONE else None,
            rationale=NOTES[place % 3],
            action_points=ACTIONS[place % 3],
            notes=(ObserverNote(SCHOOL, NOTES[(place + 1) % 3]),),
        )
        for place, section in enumerate(framework.sections)
    )


def _item(framework: Framework, criterion: Criterion, mark: int, place: int, answer: Answer) -> Item:
    unseen = answer is Answer.IF_OBSERVED and place % 3 == 2
    return Item(
        key=criterion.key,
        printed_ref=criterion.printed_ref,
        title=criterion.title,
        phase=criterion.phase,
        essential=criterion.essential,
        rating=None if unseen else _rated(framework, criterion.scale, mark),
        rationale=NOTES[place % 3] if mark else None,
        action_points=ACTIONS[mark],
        provider_evidence=(ProviderEvidence(NOTES[place % 3], ("Certificates 2026", "Policy")),) if place % 2 else (),
        observer_notes=() if unseen else (ObserverNote(SCHOOL, NOTES[place % 3]), ObserverNote(PARTNERSHIP, NOTES[0])),
    )


def _rated(framework: Framework, scale_id: str, mark: int) -> Any:
    scale = framework.scale(scale_id)
    return rating(scale, scale.values[min(mark, len(scale.values) - 1)].value)


def _registration(framework: Framework) -> Registration:
    check = framework.pre_visit_check
    return Registration(
        status=RegistrationStatus.NOT_FOUND,
        checked_on=date(2026, 11, 2),
        gias_extract_on=date(2026, 11, 1),
        check=Check(UUID(int=5), date(2026, 11, 17), Result.CLEAR_ON_KNOWN_DATA),
        questions=tuple(
            Question(each.key, each.title, (Said("provider", "Second Wind Workshops", NOTES[0]),))
            for each in (check.questions if check else ())
            if each.when != "registered"
        ),
        caveats=tuple(
            Caveat(each.key, each.title, rating(MET_NOT_MET, "not_met" if place == 2 else "met"), NOTES[place % 3])
            for place, each in enumerate(check.caveats if check else ())
        ),
    )


def _overall(framework: Framework) -> Overall | None:
    overall = framework.overall
    if overall.scale is None:
        return None
    given, worst = _rated(framework, overall.scale, 1), _rated(framework, overall.scale, 2)
    hint = Hint(worst, (framework.sections[-1].title,)) if overall.hint else None
    return Overall(overall.title or "Overall", overall.decided_by, given, NOTES[0], hint)


def _comments(framework: Framework) -> tuple[Comment, ...]:
    first = framework.criteria[0]
    best = framework.scale(first.scale).values[0].label
    return (
        Comment("provider", "amendment", NOTES[1], f"criterion:{first.key}", first.title, best),
        Comment(
            "visitor", "comment", "The certificates were not on site on the day.", f"criterion:{first.key}", first.title
        ),
        Comment("provider", "conclusion", "We have no more to say."),
    )


def _concerns(framework: Framework) -> tuple[Concern, ...]:
    found = next((each for each in framework.consequences if each.effect == "concern"), None)
    if found is None:
        return ()
    worst = framework.scale(found.scale).values[-1]
    return (Concern(framework.sections[-1].title, worst.label, found.detail, found.source),)


def _dispute() -> Dispute:
    return Dispute(
        raised_on=date(2026, 11, 26),
        reason="The certificates had been renewed; the provider sent them on the day after the visit.",
        outcome="amended",
        outcome_reason="The certificates are dated before the visit. The rating of the item was raised.",
        moderated_on=date(2026, 12, 4),
        moderated_by_organisation="Southfold Inclusion Partnership",
        how="second_assessor",
    )
