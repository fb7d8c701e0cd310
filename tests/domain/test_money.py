"""What money may do: sums in whole pence, rates that two sides agree, invoices that are matched, payable or held."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import Caller, Grade, Role
from app.domain.attendance import Entry, Mark, Session
from app.domain.calendar import Term
from app.domain.errors import Conflict, Forbidden, Invalid
from app.domain.money import (
    INVOICE_STEPS,
    PAY_WITHIN_DAYS,
    Billed,
    FeeBasis,
    FeeStatus,
    FeeStep,
    Finding,
    InvoiceSide,
    InvoiceStatus,
    Named,
    Offer,
    PaymentState,
    PlacedFor,
    Rate,
    Recorded,
    Return,
    Share,
    Terms,
    allowed_invoice_steps,
    changes_told,
    ensure_dated,
    ensure_done_on,
    ensure_invoice_step,
    ensure_may_withhold,
    ensure_period,
    ensure_shares,
    fee_step,
    findings,
    invoice_side,
    late_returns,
    line_amount,
    notice_alerts,
    notice_of,
    parts,
    payment,
    pounds,
    required_returns,
    total,
)
from app.domain.obligations import ensure_sound, named

ROOT = Path(__file__).parents[2]
PROVIDER, COMMISSIONER, OTHER = (UUID(int=each) for each in (1, 2, 3))
TERMS = (
    Term(1, date(2025, 9, 1), date(2025, 10, 24)),
    Term(2, date(2025, 11, 3), date(2025, 12, 19)),
    Term(3, date(2026, 1, 5), date(2026, 2, 13)),
    Term(4, date(2026, 2, 23), date(2026, 3, 27)),
    Term(5, date(2026, 4, 13), date(2026, 5, 22)),
    Term(6, date(2026, 6, 1), date(2026, 7, 17)),
)
pence = st.integers(0, 10**9).map(lambda each: Decimal(each) / 100)


# --- no floats ------------------------------------------------------------------------------------------------------

MODULES = [
    *sorted((ROOT / "app" / "domain" / "money").glob("*.py")),
    *(ROOT / "app" / folder / f"{name}.py" for folder in ("db", "shapes", "routers") for name in ("fees", "invoices")),
    ROOT / "app" / "domain" / "attendance.py",
    ROOT / "app" / "domain" / "compliance" / "charges.py",
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_module_that_handles_money_knows_floats(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in ("float", "round")]
    literal = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert (named, literal) == ([], [])


# --- amounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "unit", "expected"),
    [("3", "45.10", "135.30"), ("0.5", "0.01", "0.01"), ("0.25", "0.50", "0.13"), ("2.5", "19.99", "49.98")],
)
def test_a_line_is_rounded_half_up_to_pence(quantity: str, unit: str, expected: str) -> None:
    assert pounds(line_amount(Decimal(quantity), Decimal(unit))) == expected


def test_a_total_is_the_sum_of_what_is_printed() -> None:
    lines = [line_amount(Decimal("0.5"), Decimal("0.01"))] * 3
    assert pounds(total(lines)) == "0.03"
    assert pounds(total([])) == "0.00"


@given(pence, st.lists(st.integers(1, 9999), min_size=1, max_size=8))
def test_shares_add_up_to_the_amount_and_none_is_a_penny_off_its_own(amount: Decimal, weights: list[int]) -> None:
    hundredths = [10000 * each // sum(weights) for each in weights]
    hundredths[0] += 10000 - sum(hundredths)
    shares = [Share(UUID(int=n), Decimal(each) / 100) for n, each in enumerate(hundredths)]
    borne = parts(amount, shares)
    assert sum(borne) == amount
    assert all(
        abs(part - amount * each.percent / 100) < Decimal("0.01") for part, each in zip(borne, shares, strict=True)
    )
    assert all(part == part.quantize(Decimal("0.01")) for part in borne)


def test_shares_are_the_whole_and_each_organisation_has_one() -> None:
    def said(*shares: tuple[UUID, str]) -> set[str]:
        return {each.code for each in ensure_shares([Share(one, Decimal(part)) for one, part in shares], "/x")}

    assert said((OTHER, "50"), (COMMISSIONER, "50.00")) == set()
    assert said((OTHER, "50"), (COMMISSIONER, "49.99")) == {"shares_not_whole"}
    assert said((OTHER, "50"), (OTHER, "50")) == {"share_repeated"}
    assert said((OTHER, "100"), (COMMISSIONER, "0")) == {"share_empty"}


# --- fees -----------------------------------------------------------------------------------------------------------

DAILY = Rate(FeeBasis.PER_DAY, Decimal("85.00"))


def test_a_rate_is_agreed_when_the_other_side_says_the_same() -> None:
    held = Offer(DAILY, PROVIDER, FeeStatus.PROPOSED, date(2025, 6, 20))
    assert fee_step(held, DAILY, COMMISSIONER, None) is FeeStep.AGREE
    assert fee_step(held, DAILY, COMMISSIONER, date(2025, 6, 20)) is FeeStep.AGREE
    assert fee_step(held, DAILY, COMMISSIONER, date(2025, 7, 20)) is FeeStep.PROPOSE
    assert fee_step(held, DAILY, PROVIDER, None) is FeeStep.KEEP
    assert fee_step(held, Rate(FeeBasis.PER_DAY, Decimal(86)), COMMISSIONER, None) is FeeStep.PROPOSE
    assert fee_step(held, Rate(FeeBasis.PER_SESSION, DAILY.amount), COMMISSIONER, None) is FeeStep.PROPOSE
    agreed = Offer(DAILY, PROVIDER, FeeStatus.AGREED)
    assert fee_step(agreed, Rate(FeeBasis.PER_DAY, Decimal(85)), COMMISSIONER, None) is FeeStep.KEEP


def test_a_change_is_announced_by_the_last_day_of_the_previous_summer_term() -> None:
    before = Rate(FeeBasis.PER_DAY, Decimal("80.00"))

    def told(on: date, was: Rate | None = before, terms: tuple[Term, ...] | None = TERMS) -> list[str]:
        return [each.code for each in notice_alerts(DAILY, was, told_on=on, terms_before=terms)]

    assert told(date(2026, 7, 17)) == []
    assert told(date(2026, 7, 18)) == ["late_notice"]
    assert told(date(2025, 11, 1)) == []
    assert told(date(2026, 9, 1), was=DAILY) == []
    assert told(date(2026, 9, 1), was=None) == []
    assert told(date(2026, 6, 1), terms=None) == ["notice_not_determined"]


def test_what_was_agreed_or_announced_is_not_in_the_future() -> None:
    today = date(2026, 9, 1)
    ensure_dated(agreed_on=today, notice_given_on=None, today=today)
    with pytest.raises(Invalid) as refused:
        ensure_dated(agreed_on=today + timedelta(days=1), notice_given_on=today + timedelta(days=1), today=today)
    assert [each.pointer for each in refused.value.errors] == ["/agreed_on", "/notice_given_on"]


# --- the steps of an invoice ----------------------------------------------------------------------------------------

STEPS = """
submitted received   payer    contributor
submitted withdrawn  enterer  contributor reason
received  approved   payer    lead
received  queried    payer    contributor reason
received  withdrawn  enterer  contributor reason
queried   approved   payer    lead
queried   withdrawn  enterer  contributor reason
approved  queried    payer    contributor reason
approved  paid       payer    contributor
approved  withdrawn  enterer  contributor reason
"""


def test_the_steps_of_an_invoice_are_these_and_no_others() -> None:
    provider, entered = InvoiceSide.PROVIDER, InvoiceSide.ENTERER
    who = {frozenset({InvoiceSide.COMMISSIONER, entered}): "payer", frozenset({provider, entered}): "enterer"}
    told = {
        (here, to): (side, grade, bool(reason))
        for here, to, side, grade, *reason in map(str.split, STEPS.strip().splitlines())
    }
    assert {
        (here.value, to.value): (who[step.sides], step.grade.value, step.needs_reason)
        for (here, to), step in INVOICE_STEPS.items()
    } == told


@pytest.mark.parametrize(("here", "to"), list(product(InvoiceStatus, InvoiceStatus)))
def test_a_step_is_taken_by_its_side_and_grade_alone(here: InvoiceStatus, to: InvoiceStatus) -> None:
    for side, grade in product(InvoiceSide, Grade):
        if to in allowed_invoice_steps(here, side, grade):
            ensure_invoice_step(here, to, side, grade, reason="So.", withheld=False)
        else:
            with pytest.raises((Conflict, Forbidden)):
                ensure_invoice_step(here, to, side, grade, reason="So.", withheld=False)


def test_a_query_says_why_and_what_is_withheld_is_not_paid() -> None:
    side, lead = InvoiceSide.COMMISSIONER, Grade.LEAD
    with pytest.raises(Invalid):
        ensure_invoice_step(InvoiceStatus.RECEIVED, InvoiceStatus.QUERIED, side, lead, reason=" ", withheld=False)
    ensure_invoice_step(InvoiceStatus.RECEIVED, InvoiceStatus.APPROVED, side, lead, reason=None, withheld=True)
    with pytest.raises(Conflict) as refused:
        ensure_invoice_step(InvoiceStatus.APPROVED, InvoiceStatus.PAID, side, lead, reason=None, withheld=True)
    assert refused.value.problem_code == "invoice_withheld"


def test_a_viewer_and_a_stranger_only_read() -> None:
    def side(of: UUID, grade: Grade = Grade.CONTRIBUTOR, by: UUID = PROVIDER) -> InvoiceSide:
        caller = Caller(Role.SCHOOL, grade, of)
        return invoice_side(caller, provider_id=PROVIDER, commissioner_id=COMMISSIONER, entered_by_id=by)

    assert side(COMMISSIONER) is InvoiceSide.COMMISSIONER
    assert side(PROVIDER) is InvoiceSide.PROVIDER
    assert side(COMMISSIONER, by=COMMISSIONER) is InvoiceSide.ENTERER
    assert side(PROVIDER, by=COMMISSIONER) is InvoiceSide.PROVIDER
    assert side(OTHER) is InvoiceSide.READER
    assert side(COMMISSIONER, Grade.VIEWER) is InvoiceSide.READER


def test_an_invoice_is_in_arrears() -> None:
    last = date(2026, 2, 28)
    ensure_period(date(2026, 2, 1), last, today=last)
    for from_on, to_on, code in (
        (date(2026, 2, 1), last + timedelta(days=1), "not_in_arrears"),
        (last, date(2026, 2, 1), "period_backwards"),
        (last - timedelta(days=184), last, "period_too_long"),
    ):
        with pytest.raises(Invalid) as refused:
            ensure_period(from_on, to_on, today=last)
        assert [each.code for each in refused.value.errors] == [code]


def test_receipt_and_payment_are_dated_and_nothing_else_is() -> None:
    day = date(2026, 2, 28)
    ensure_done_on(day, not_before=day, today=day, pointer="/done_on")
    for done_on in (day - timedelta(days=1), day + timedelta(days=1)):
        with pytest.raises(Invalid):
            ensure_done_on(done_on, not_before=day, today=day, pointer="/done_on")
    side, lead, received = InvoiceSide.COMMISSIONER, Grade.LEAD, InvoiceStatus.RECEIVED
    ensure_invoice_step(InvoiceStatus.SUBMITTED, received, side, lead, reason=None, withheld=False, dated=True)
    with pytest.raises(Invalid) as refused:
        ensure_invoice_step(received, InvoiceStatus.APPROVED, side, lead, reason=None, withheld=False, dated=True)
    assert refused.value.problem_code == "date_not_asked"


# --- matching -------------------------------------------------------------------------------------------------------

PLACE = UUID(int=10)
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


def register(*marked: tuple[int, str, str]) -> list[Mark]:
    """Marks of January 2026, by day."""
    return [Mark(date(2026, 1, day), Session(session), Entry(code)) for day, session, code in marked]


WEEKLY = register((5, "AM", "/"), (5, "PM", "\\"), (6, "AM", "I"), (6, "PM", "I"), (12, "AM", "L"), (13, "AM", "#"))


def matched(quantity: str, rate: Rate | None = DAILY, *, unit: str = "85.00", **more: object) -> list[Finding]:
    """What is found of one line of January."""
    said: dict[str, object] = {
        "period": JANUARY,
        "placements": {PLACE: PlacedFor(date(2026, 1, 5), None)},
        "rates": [rate] if rate else [],
        "recorded": {PLACE: Recorded.of(WEEKLY)},
        "terms": TERMS,
    }
    return list(findings([Billed(1, PLACE, Decimal(quantity), Decimal(unit))], **(said | more)))  # type: ignore[arg-type]


def codes(found: list[Finding]) -> list[str]:
    return [each.code.value for each in found]


def test_the_register_is_counted_in_sessions_days_and_weeks() -> None:
    found = Recorded.of(WEEKLY)
    assert dict(found.open) == {FeeBasis.PER_SESSION: 5, FeeBasis.PER_DAY: 3, FeeBasis.PER_WEEK: 2}
    assert dict(found.attended) == {FeeBasis.PER_SESSION: 3, FeeBasis.PER_DAY: 2, FeeBasis.PER_WEEK: 2}


@pytest.mark.parametrize(
    ("basis", "quantity", "expected"),
    [
        ("per_day", "2", []),
        ("per_day", "1", []),
        ("per_day", "3", ["absences_billed"]),
        ("per_day", "3.01", ["attendance_unmatched"]),
        ("per_session", "3", []),
        ("per_session", "5", ["absences_billed"]),
        ("per_session", "6", ["attendance_unmatched"]),
        ("per_week", "2", []),
        ("per_week", "3", ["attendance_unmatched"]),
        ("per_hour", "1", ["attendance_not_compared"]),
        ("per_place_term", "1", ["attendance_not_compared"]),
    ],
)
def test_what_is_billed_is_compared_with_the_register(basis: str, quantity: str, expected: list[str]) -> None:
    assert codes(matched(quantity, Rate(FeeBasis(basis), Decimal("85.00")))) == expected


def test_a_finding_tells_what_is_billed_and_what_is_expected() -> None:
    assert [(each.line, each.billed, each.expected) for each in matched("4")] == [(1, Decimal(4), Decimal(3))]
    wrong = matched("2", unit="90.00")
    assert [(each.code.value, each.billed, each.expected) for each in wrong] == [
        ("rate_mismatch", Decimal("90.00"), Decimal("85.00"))
    ]


def test_lines_for_one_placement_are_compared_together_and_told_once() -> None:
    lines = [Billed(n, PLACE, Decimal(2), DAILY.amount) for n in (1, 2)]
    found = findings(
        lines,
        period=JANUARY,
        placements={PLACE: PlacedFor(date(2026, 1, 5), None)},
        rates=[DAILY],
        recorded={PLACE: Recorded.of(WEEKLY)},
        terms=TERMS,
    )
    assert [(each.code.value, each.line, each.billed) for each in found] == [("attendance_unmatched", 1, Decimal(4))]


def test_a_place_without_a_register_a_rate_or_a_day_in_the_period_is_told() -> None:
    assert codes(matched("1", recorded={})) == ["attendance_unmatched"]
    assert codes(matched("1", None)) == ["rate_not_agreed", "attendance_not_compared"]
    for placed in (
        PlacedFor(date(2026, 2, 1), None),
        PlacedFor(date(2025, 9, 1), date(2025, 12, 31)),
        PlacedFor(date(2026, 1, 5), None, cancelled=True),
    ):
        assert codes(matched("2", placements={PLACE: placed})) == ["placement_not_in_period"]
    twice = matched("2", placements={PLACE: PlacedFor(date(2026, 1, 31), None, billed_by=(OTHER,))})
    assert [(each.code.value, each.invoice_ids) for each in twice] == [("billed_twice", (OTHER,))]


@pytest.mark.parametrize(
    ("from_on", "to_on", "regular"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), True),
        (date(2025, 9, 1), date(2025, 12, 31), True),
        (date(2025, 12, 20), date(2026, 3, 31), True),
        (date(2025, 12, 19), date(2026, 1, 5), False),
        (date(2026, 1, 15), date(2026, 4, 13), False),
    ],
)
def test_a_period_is_a_months_or_a_terms(from_on: date, to_on: date, *, regular: bool) -> None:
    found = codes(matched("1", period=(from_on, to_on)))
    assert ("neither_monthly_nor_termly" not in found) is regular
    assert "neither_monthly_nor_termly" not in codes(matched("1", period=(from_on, to_on), terms=None))


# --- paying ---------------------------------------------------------------------------------------------------------


def owed(due: str, came: str | None = None) -> Return:
    """A tracking return."""
    due_on = date.fromisoformat(due)
    key = UUID(int=due_on.toordinal())
    return Return(key, "tracking_return", "Tracking", due_on, date.fromisoformat(came) if came else None)


def paid(
    received: str | None, *required: Return, withheld: bool = False, days: int = PAY_WITHIN_DAYS
) -> tuple[str, date | None]:
    on = date.fromisoformat(received) if received else None
    found = payment(InvoiceStatus.APPROVED, on, required, withheld=withheld, days=days)
    return found.state.value, found.payable_on


def test_an_invoice_is_payable_thirty_calendar_days_after_receipt() -> None:
    assert paid("2026-02-02") == ("payable", date(2026, 3, 4))
    assert paid("2027-12-31") == ("payable", date(2028, 1, 30))
    assert paid("2028-01-30") == ("payable", date(2028, 2, 29))
    assert paid(None) == ("not_received", None)


def test_the_days_are_those_that_were_agreed_and_the_earliest_of_several_promises() -> None:
    assert paid("2028-01-30", days=1) == ("payable", date(2028, 1, 31))
    assert paid("2028-01-30", days=90) == ("payable", date(2028, 4, 29))
    sla, ave = named("leics-seip-sla-2022"), named("ave-qa-v8")
    assert Terms.of([]) == Terms(30, None)
    assert Terms.of([named("herefordshire-apqa-v1").settled({})]) == Terms(30, None)
    assert Terms.of([sla.settled({})]) == Terms(30, None)
    assert Terms.of([ave.settled({"withhold_late_returns": 4})]) == Terms(30, 4)
    assert Terms.of([sla.settled({"pay_within_days": 14}), ave.settled({"pay_within_days": 21})]) == Terms(14, 3)


@pytest.mark.parametrize(
    ("agreement", "parameter", "least", "default", "most"),
    [
        ("leics-seip-sla-2022", "pay_within_days", 1, 30, 90),
        ("ave-qa-v8", "pay_within_days", 1, 30, 90),
        ("ave-qa-v8", "withhold_late_returns", 2, 3, 12),
    ],
)
def test_what_was_agreed_of_payment_lies_within_its_limits(
    agreement: str, parameter: str, least: int, default: int, most: int
) -> None:
    assert named(agreement).settled({})[parameter] == default
    for value in (least, most):
        ensure_sound([(agreement, {parameter: value})])
    for value in (least - 1, most + 1):
        with pytest.raises(Invalid) as refused:
            ensure_sound([(agreement, {parameter: value})])
        assert refused.value.errors[0].code == "parameter_out_of_range"


def test_it_is_held_while_tracking_is_missing_and_payable_from_the_later_day_once_it_has_come() -> None:
    missing = owed("2026-02-13")
    found = payment(
        InvoiceStatus.RECEIVED, date(2026, 3, 2), [owed("2025-12-19", "2025-12-19"), missing], withheld=False, days=30
    )
    assert (found.state, found.payable_on, found.missing) == (PaymentState.HELD, None, (missing,))
    assert paid("2026-03-02", owed("2026-02-13", "2026-03-20")) == ("payable", date(2026, 4, 1))
    assert paid("2026-03-02", owed("2026-02-13", "2026-04-20")) == ("payable", date(2026, 4, 20))


def test_a_decision_to_withhold_counts_until_it_is_taken_back_and_a_payment_ends_it_all() -> None:
    assert paid("2026-03-02", withheld=True) == ("withheld", None)
    missing = [owed("2026-02-13")]
    assert payment(InvoiceStatus.PAID, date(2026, 3, 2), missing, withheld=False, days=30).state is PaymentState.PAID
    assert (
        payment(InvoiceStatus.WITHDRAWN, date(2026, 3, 2), missing, withheld=False, days=30).state
        is PaymentState.NOT_DUE
    )


def test_what_was_due_by_the_end_of_the_period_is_required() -> None:
    returns = [owed("2026-03-27"), owed("2026-02-13"), owed("2025-12-19"), owed("2025-07-18")]
    period = (date(2026, 2, 1), date(2026, 2, 28))
    assert [each.due_on.month for each in required_returns(returns, period)] == [7, 12, 2]
    assert [each.due_on.month for each in required_returns(returns, period, within=True)] == [2]
    on_the_day = (date(2026, 2, 13), date(2026, 2, 13))
    assert [each.due_on.month for each in required_returns(returns, on_the_day, within=True)] == [2]


def test_lateness_is_persistent_from_three_returns_in_a_school_year_and_only_where_it_was_agreed() -> None:
    returns = [
        owed("2025-07-18", "2025-08-31"),
        owed("2025-10-24", "2025-10-24"),
        owed("2025-12-19", "2026-01-05"),
        owed("2026-02-13"),
        owed("2026-03-27"),
    ]
    late = late_returns(returns, date(2026, 2, 28), on=date(2026, 3, 27))
    assert [each.due_on.month for each in late] == [12, 2]
    now = late_returns(returns, date(2026, 2, 28), on=date(2026, 3, 28))
    assert len(now) == 3
    for status, told, limit, code in (
        (InvoiceStatus.RECEIVED, now, 3, None),
        (InvoiceStatus.RECEIVED, late, 2, None),
        (InvoiceStatus.RECEIVED, late, 3, "lateness_not_persistent"),
        (InvoiceStatus.RECEIVED, now, 4, "lateness_not_persistent"),
        (InvoiceStatus.RECEIVED, now, None, "withholding_not_agreed"),
        (InvoiceStatus.PAID, now, 3, "invoice_settled"),
    ):
        assert refusal(status, told, Terms(withhold_from=limit)) == code


def refusal(status: InvoiceStatus, late: Sequence[Return], terms: Terms) -> str | None:
    """By which code it is refused to withhold."""
    try:
        ensure_may_withhold(status, late, terms)
    except Conflict as refused:
        return refused.problem_code
    return None


# --- notice of changed fees (SLA 2022, Systems and Processes 2) -----------------------------------------------------


def test_a_rate_is_a_change_where_it_differs_from_the_one_before_and_the_provider_says_so() -> None:
    ninety, hundred = Rate(FeeBasis.PER_DAY, Decimal(90)), Rate(FeeBasis.PER_DAY, Decimal(100))
    june, july = date(2027, 6, 14), date(2027, 7, 1)
    assert changes_told(ninety, [Named(hundred, june)]) == [june]
    assert changes_told(ninety, [Named(ninety, june)]) == [], "the same again"
    assert changes_told(None, [Named(hundred, june)]) == [], "none before: nothing changes"
    assert changes_told(ninety, [Named(hundred, None)]) == [], "the commissioner's own proposal"
    assert changes_told(None, [Named(ninety, june), Named(hundred, july)]) == [july], "a change within the year"
    by_session = Rate(FeeBasis.PER_SESSION, Decimal(90))
    assert changes_told(ninety, [Named(by_session, june)]) == [june], "of what, too"


def test_notice_is_given_on_the_day_named_else_with_the_providers_own_proposal() -> None:
    provider, payer = UUID(int=1), UUID(int=2)
    offer = Offer(Rate(FeeBasis.PER_DAY, Decimal(90)), provider, FeeStatus.PROPOSED)
    proposed = date(2027, 6, 14)
    assert notice_of(offer, proposed_on=proposed, provider_id=provider) == proposed
    theirs = replace(offer, proposed_by_id=payer)
    assert notice_of(theirs, proposed_on=proposed, provider_id=provider) is None
    by_letter = replace(theirs, notice_given_on=date(2027, 6, 1))
    assert notice_of(by_letter, proposed_on=proposed, provider_id=provider) == date(2027, 6, 1)
