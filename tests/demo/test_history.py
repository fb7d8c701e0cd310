"""What quality assurance has found in the demo county is possible on every day, and told as the API takes it."""

from datetime import date
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.demo.history import history
from app.demo.names import FAMILY, GIVEN
from app.demo.story import Act
from app.domain.frameworks import BY_ID, VisitKind
from app.domain.visits import Facts, VisitStatus, items, planning_faults, staff_named, telling_faults
from app.domain.visits.names import pupils_named
from app.shapes.annual_reports import AnnualReportPatch
from app.shapes.audits import ProviderAuditCreate
from app.shapes.decisions import DecisionCreate
from app.shapes.staff import StaffMemberCreate
from app.shapes.visit_parts import CommentCreate, JudgementsSave, ResponsesSave
from app.shapes.visits import TransitionSaid, VisitCreate
from tests.demo.facts import Names, id_of

ANY_DAY = st.dates(date(2024, 9, 1), date(2040, 12, 31))
TODAY = date(2026, 11, 22)
ENDED = {VisitStatus.DRAFT_SHARED, VisitStatus.FINALISED}


@given(ANY_DAY)
def test_it_is_possible_on_every_day(today: date) -> None:
    made = history(today)
    assert made == history(today)
    for visit in made.visits:
        acts = visit.acts(Names())
        assert all(one.on <= other.on for one, other in pairwise(acts)), visit.key
        assert (visit.on < today) is (visit.until in ENDED)
        programme, kind = BY_ID[visit.framework], VisitKind(visit.kind)
        plan = VisitCreate.model_validate(visit.plan(Names()))
        facts = Facts(
            planned_on=visit.on,
            announced_from_on=plan.announced_from_on,
            announced_to_on=plan.announced_to_on,
            duration_minutes=visit.minutes,
        )
        assert planning_faults(programme, kind, facts, acts[0].on) == ()
        told = next((min(each.on, today) for each in acts if each.what == VisitStatus.WITH_PROVIDER), None)
        assert told is None or telling_faults(programme, kind, facts, told) == ()
    decided = made.decision
    shared = next(each for each in made.visits if each.key == decided.visit).acts(Names())[-1]
    assert shared.on <= decided.on <= decided.read_on < today


def test_every_act_is_said_in_the_words_of_the_api_and_a_finished_visit_judges_everything() -> None:
    made = history(TODAY)
    for visit in made.visits:
        acts = visit.acts(Names())
        assert acts[0].what == "plan"
        for act in acts:
            _told(act)
        if visit.until in ENDED:
            form = BY_ID[BY_ID[visit.framework].form(VisitKind(visit.kind))]
            judged = {each["item_key"] for act in acts if act.what == "judge" for each in act.body["items"]}
            assert judged == {each.key for each in items(form, registered=False)}, visit.key
    for audit in made.audits:
        assert ProviderAuditCreate.model_validate(audit.said).audited_on < TODAY
    assert [each.published for each in made.reports] == [True, False]
    for report in made.reports:
        written = AnnualReportPatch.model_validate(report.said)
        assert written.introduction
    decision = made.decision.body(str(id_of("work-2")), str(id_of("visit")), [])
    assert DecisionCreate.model_validate(decision).review_on


def test_no_text_names_the_providers_staff() -> None:
    made = history(TODAY)
    people = [StaffMemberCreate.model_validate(person).name for each in made.staff for person in each.people]
    assert len(people) == len(set(people)) == 8
    texts = {
        f"{visit.key} {number} {place}": text
        for visit in made.visits
        for number, act in enumerate(visit.acts(Names()))
        for place, text in enumerate(_texts(act.body))
    }
    texts |= {f"{each.provider} {at}": text for each in made.reports for at, text in enumerate(_texts(each.said))}
    assert len(texts) > 200
    assert staff_named(texts, people) == ()
    assert staff_named({"/": f"{people[0]} was kind."}, people) != ()


def test_no_annual_report_names_anybody_whom_the_county_could_place() -> None:
    texts = {
        f"{each.provider} {at}": text for each in history(TODAY).reports for at, text in enumerate(_texts(each.said))
    }
    pupils = [f"{family}, {given_name}" for family in FAMILY for given_name in GIVEN]
    assert pupils_named(texts, pupils) == ()
    assert pupils_named({"/": f"{GIVEN[0]} {FAMILY[0]} passed."}, pupils) != ()


def _told(act: Act) -> None:
    match act.what:
        case "plan":
            assert isinstance(VisitCreate.model_validate(act.body).provider_id, UUID)
        case "note":
            ResponsesSave.model_validate(act.body)
        case "judge":
            JudgementsSave.model_validate(act.body)
        case "comment":
            CommentCreate.model_validate(act.body)
        case _:
            assert TransitionSaid.model_validate({"to": act.what, **act.body}).to == act.what


def _texts(said: object) -> list[str]:
    """Every text of a body but the visitors' own names."""
    if isinstance(said, dict):
        return [text for name, each in said.items() if name != "visitors" for text in _texts(each)]
    if isinstance(said, list | tuple):
        return [text for each in said for text in _texts(each)]
    return [said] if isinstance(said, str) else []
