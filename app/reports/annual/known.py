"""What the system knows of a year, as the sections of an annual report tell it, each with where it comes from."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.obligations import ReportPart
from app.reports.annual.blocks import NOT_TOLD, Block, Cell, cell, headed, note, table
from app.reports.annual.words import TITLES, labelled, worded
from app.reports.tones import tone
from app.reports.words import day

Data = Mapping[str, Any]
Blocks = list[Block]

KEPT = (
    "As the version before told it: what is known now differs by fewer than five children, and the difference would "
    "tell of them."
)
SMALL = (
    f"“{NOT_TOLD.capitalize()}” stands where a count would tell of fewer than five children, or let that be worked out "
    "by those who know the others."
)
FEW_PAYERS = "Sums are told where at least three commissioners were invoiced, so that none learns what another pays."


def of_part(figures: Data, part: ReportPart) -> Blocks:
    """What belongs to one of the five parts."""
    match part:
        case ReportPart.OUTCOMES_ACHIEVED:
            told = _breakdown(figures["progress"]["targets"])
            return [*told, _source(figures["progress"]["source"])] if told else []
        case ReportPart.FINANCIAL_STATUS:
            return _invoices(figures["invoices"])
    return []


def of_year(figures: Data) -> Iterator[tuple[str, Blocks]]:
    """The sections that follow the five parts."""
    yield "Pupils and placements", _placements(figures["placements"])
    yield "Attendance and punctuality", _attendance(figures["attendance"])
    yield "Welfare visits and reports of progress", [*_welfare(figures["welfare"]), *_progress(figures["progress"])]
    yield "Quality assurance visits", _visits(figures["visits"])
    yield "Improvement and audits", [*_actions(figures["actions"]), *_audits(figures["audits"])]
    yield "What pupils, parents and staff say", _questionnaires(figures["questionnaires"])
    yield "Compliance and obligations", [*_compliance(figures["compliance"]), *_obligations(figures["obligations"])]
    yield (
        "Registration and decisions",
        [*_registration(figures["registration"]), *_decisions(figures["decisions"])],
    )


# --- children -------------------------------------------------------------------------------------------------------


def _count(count: int | None) -> Cell:
    return cell(NOT_TOLD if count is None else str(count))


def _source(source: Data) -> Block:
    records = "" if source["records"] is None else f" ({source['records']} records)"
    return note(f"From {source['resource'].replace('-', ' ')}{records}.")


def _breakdown(told: Data) -> Blocks:
    by, total = told["by"], told["total"]
    title, caption = TITLES[by]
    if total == 0:
        return []
    rows = [[cell(labelled(by, each["value"])), _count(each["count"])] for each in told["cells"]]
    return [table(caption, (title, "Number"), [*rows, [cell("In all"), _count(total)]])]


def _facts(*facts: tuple[str, str | None]) -> Block:
    return {"kind": "facts", "facts": [[name, value] for name, value in facts if value]}


def _told(count: int | None) -> str:
    return NOT_TOLD if count is None else str(count)


def _kept(told: Data) -> Blocks:
    return [note(KEPT)] if told["kept"] else []


def _placements(told: Data) -> Blocks:
    parts = [block for each in told["breakdowns"] for block in _breakdown(each)]
    facts = _facts(("Pupils", _told(told["pupils"])), ("Placements", _told(told["source"]["records"])))
    counted = "Each child is counted once, by the last of its placements in the year."
    return [facts, *parts, note(f"{counted} {SMALL}"), *_kept(told), _source(told["source"])]


def _attendance(told: Data) -> Blocks:
    if told["source"]["records"] == 0:
        return [note("No session was reported here.")]
    percent = None if told["percent"] is None else f"{told['percent']} %"
    facts = _facts(
        ("Pupils reported of", _told(told["pupils"])),
        ("Sessions attended, of those possible", percent or NOT_TOLD),
        ("Sessions to which a pupil came late", _told(told["late"])),
    )
    return [facts, *_breakdown(told["sessions"]), *_kept(told), _source(told["source"])]


def _welfare(told: Data) -> Blocks:
    if told["pupils"]["total"] == 0:
        return []
    return [headed("Welfare visits"), *_breakdown(told["pupils"]), *_kept(told), _source(told["source"])]


def _progress(told: Data) -> Blocks:
    if told["source"]["records"] == 0:
        return [headed("Reports of progress"), note("No report was given here.")]
    return [headed("Reports of progress"), *_breakdown(told["reports"]), _source(told["source"])]


# --- assurance ------------------------------------------------------------------------------------------------------


def _badge(rating: Data | None) -> Cell:
    return cell(rating["label"], tone(rating)) if rating else cell("Not judged", "none")


def _visits(told: list[Data]) -> Blocks:
    return [block for each in told for block in _visit(each)] or [note("No record was finalised in the year.")]


def _visit(told: Data) -> Blocks:
    on = day(told["visited_on"])
    facts = _facts(
        ("Led by", told["lead_organisation"]),
        ("Framework", told["framework"]),
        ("Finalised on", day(told["finalised_on"])),
        ("Outcome", "Set aside by moderation: it holds no judgements" if told["set_aside"] else None),
        ("Report, SHA-256", told["content_hash"]),
    )
    rows = [[cell(each["title"]), _badge(each["rating"])] for each in told["sections"]]
    if told["overall"]:
        rows.append([cell("Overall"), _badge(told["overall"])])
    judged = [table("Judgements of this visit", ("Section", "Judgement"), rows)] if rows else []
    return [headed(f"{worded(told['kind'])}, {on}"), facts, *judged]


def _actions(told: Data) -> Blocks:
    if not told["source"]["records"]:
        return [headed("Improvement plans"), note("No action was open in the year.")]
    rows = [[cell(worded(each["status"])), _count(each["count"])] for each in told["statuses"]]
    rows.append([cell("Of these overdue"), _count(told["overdue"])])
    return [headed("Improvement plans"), table("Actions", ("Actions", "Number"), rows), _source(told["source"])]


def _audits(told: list[Data]) -> Blocks:
    rows = [
        [
            cell(each["body"]),
            cell(day(each["audited_on"])),
            cell(day(each["valid_until_on"])),
            cell(f"{each['recommendations']}, {each['recommendations_open']} open"),
        ]
        for each in told
    ]
    columns = ("Audited by", "On", "Valid until", "Recommendations")
    shown = table("External audits of the year", columns, rows) if rows else note("None was recorded in the year.")
    return [headed("External audits"), shown]


def _questionnaires(told: list[Data]) -> Blocks:
    return [block for each in told for block in _questionnaire(each)]


def _questionnaire(told: Data) -> Blocks:
    asked = f"{worded(told['audience'])}: {_told(told['answered'])} answered, shared {day(told['shared_on'])}."
    rows = [
        [cell(each["text"]), cell("; ".join(f"{one['value']}: {_told(one['count'])}" for one in each["answers"]))]
        for each in told["questions"]
    ]
    shown = [table("Answers", ("Question", "Answers"), rows)] if rows else []
    return [headed(told["title"]), note(asked), *shown]


# --- what is asked of it --------------------------------------------------------------------------------------------


def _compliance(told: Data) -> Blocks:
    on, asked, in_order = day(told["as_of_on"]), told["asked"], told["in_order"]
    rows = [
        [cell(each["title"]), cell(worded(each["status"])), cell(day(each["expires_on"]))] for each in told["wanting"]
    ]
    columns = ("What is asked", "Standing", "Holds until")
    wanting = [table("What was not in order, or not for long", columns, rows)] if rows else []
    return [headed("Compliance"), note(f"{in_order} of {asked} things asked were in order on {on}."), *wanting]


def _obligations(told: Data) -> Blocks:
    names = ("due", "in_time", "late", "overdue", "waived")
    rows = [[cell(worded(each["kind"])), *(_count(each[name]) for name in names)] for each in told["duties"]]
    columns = ("What was due", "Due", "In time", "Late", "Overdue", "Waived")
    on = day(told["as_of_on"])
    shown = table(f"As it stood on {on}", columns, rows) if rows else note("No adopted agreement made anything due.")
    unknown = [note("Of some agreements it cannot be told, since terms are not known.")] if told["undetermined"] else []
    return [headed("Obligations by adopted agreements"), shown, *unknown]


def _registration(told: Data) -> Blocks:
    if told["overall"] is None:
        return [headed("Registration"), note("The whole roll was not checked in the year.")]
    facts = _facts(("Latest check", worded(told["overall"])), ("As of", day(told["as_of_on"])))
    verdict = note("A registration check is dated evidence, not a verdict.")
    return [headed("Registration"), facts, verdict, _source(told["source"])]


def _decisions(told: list[Data]) -> Blocks:
    rows = [
        [
            cell(worded(each["kind"])),
            cell(each["decided_by"]),
            cell(day(each["effective_on"])),
            cell(day(each["ended_on"])),
        ]
        for each in told
    ]
    columns = ("Decision", "Of", "From", "Until")
    return [headed("Decisions"), table("Decisions in force in the year", columns, rows)] if rows else []


def _invoices(told: Data) -> Blocks:
    if told["source"]["records"] == 0:
        return []
    facts = _facts(
        ("Commissioners invoiced", str(told["commissioners"])),
        ("Invoiced", told["invoiced"] and f"£{told['invoiced']}"),
        ("Paid of this", told["paid"] and f"£{told['paid']}"),
    )
    return [facts, *([note(FEW_PAYERS)] if told["suppressed"] else []), _source(told["source"])]
