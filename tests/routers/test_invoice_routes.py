"""Fees and invoices over HTTP: proposed and agreed, submitted and matched, held, withheld, shared, paid."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.access import Caller, Role
from tests.access.world import TERMS
from tests.given import Api, Given, week
from tests.scenarios.visiting import on_day

AVE = "ave-qa-v8"
OCTOBER = {"period_from_on": "2026-10-01", "period_to_on": "2026-10-31"}
NOVEMBER = date(2026, 11, 2)


@dataclass
class Scene:
    """A school's placement at a provider from 1 September 2026, under the school's own calendar."""

    given: Given
    school: Api
    provider: Api
    placement: dict[str, Any]

    @property
    def fees(self) -> str:
        """The address of the rates of 2026/27."""
        return f"/v1/providers/{self.provider.organisation_id}/fees/2026-27"

    async def rate(self, by: Api, amount: str, version: int | None = None, year: str = "2026-27", **more: Any) -> Any:
        """Name a daily rate; what is answered."""
        body: dict[str, Any] = {"basis": "per_day", "amount": amount} | more
        if by is self.provider:
            body["commissioner_id"] = str(self.school.organisation_id)
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await by.send("PUT", self.fees.replace("2026-27", year), json=body, headers=headers)

    async def agreed(self, amount: str = "85.00", year: str = "2026-27") -> None:
        """Let both agree a daily rate."""
        assert (await self.rate(self.provider, amount, year=year)).status_code == 201
        assert (await self.rate(self.school, amount, 1, year=year)).status_code == 200

    def line(self, quantity: str = "2", unit_amount: str = "85.00", **more: Any) -> dict[str, Any]:
        """A line for the placement."""
        said = {"placement_id": self.placement["id"], "quantity": quantity, "unit_amount": unit_amount}
        return said | {"description": "Days in October"} | more

    def invoice(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """An invoice of October 2026."""
        said = {"commissioner_id": str(self.school.organisation_id), "reference": "A-1"}
        return said | OCTOBER | {"lines": list(lines) or [self.line()]} | more

    async def attended(self, *days: str, code: str = "/") -> None:
        """Mark mornings."""
        said = {"placement_id": self.placement["id"], "session": "AM", "code": code}
        answer = await self.provider.post("/v1/attendance", {"items": [said | {"session_on": day} for day in days]})
        assert {each["status"] for each in answer.json()["results"]} == {201}

    async def sent(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Submit an invoice."""
        return await self.provider.made("/v1/invoices", self.invoice(*lines, **more))

    async def step(self, by: Api, invoice: dict[str, Any], to: str, status: int = 200, **said: Any) -> dict[str, Any]:
        """Take an invoice to another status; what is answered."""
        path = f"/v1/invoices/{invoice['id']}"
        etag = (await by.get(path)).headers["etag"]
        answer = await by.post(f"{path}/transitions", {"to": to} | said, headers={"If-Match": etag})
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def seen(self, by: Api, invoice: dict[str, Any]) -> dict[str, Any]:
        """An invoice as somebody sees it."""
        answer = await by.get(f"/v1/invoices/{invoice['id']}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def returned(self, term: int) -> None:
        """Send a tracking return."""
        said = {"kind": "tracking", "academic_year": "2026/27", "term": term, "summary": "On track."}
        await self.provider.made("/v1/progress-reports", said | {"placement_id": self.placement["id"]})

    async def put(self, by: Api, invoice: dict[str, Any], part: str, body: Any, method: str = "PUT") -> Any:
        """Change a part of an invoice in its newest version."""
        version = (await self.seen(self.school, invoice))["version"]
        path = f"/v1/invoices/{invoice['id']}/{part}"
        return await by.send(method, path, json=body, headers={"If-Match": f'"{version}"'})


@pytest.fixture
async def scene(given: Given) -> Scene:
    """A placement of two days a week."""
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    assert (await school.put("/v1/calendars/2026-27", {"terms": TERMS})).status_code == 201
    said = {"provider_id": provider["id"], "pupil_id": (await given.pupil(school))["id"], "timetable": week(10, 2)}
    with on_day(given, date(2026, 9, 1)):
        placement = await school.made("/v1/placements", said | {"starts_on": "2026-09-01"})
    return Scene(given, school, await given.api(provider["id"]), placement)


ENDS = ("starts_on", "ends_on")


def end_of(term: dict[str, Any], end: str) -> str:
    """A day of a term."""
    return str(term[end])


def codes(told: dict[str, Any]) -> list[str]:
    return [each["code"] for each in told["findings"]]


# --- fees -----------------------------------------------------------------------------------------------------------


async def test_a_rate_is_agreed_when_both_sides_have_named_it(scene: Scene) -> None:
    with on_day(scene.given, date(2026, 9, 1)):
        first = await scene.rate(scene.provider, "85", notice_given_on="2026-06-19")
        assert (first.status_code, first.json()["status"], first.json()["amount"]) == (201, "proposed", "85.00")
        assert first.json()["agreed"] is None
        assert (await scene.rate(scene.school, "85.00")).status_code == 428
        assert (await scene.rate(scene.school, "85.00", 7)).status_code == 412
        countered = await scene.rate(scene.school, "80.00", 1)
        assert (countered.json()["status"], countered.json()["version"]) == ("proposed", 2)
        agreed = await scene.rate(scene.provider, "80.00", 2, agreed_on="2026-08-31")
        assert agreed.json()["status"] == "agreed"
        assert agreed.json()["agreed"] == {
            "basis": "per_day",
            "amount": "80.00",
            "agreed_on": "2026-08-31",
            "agreed_by_id": str(scene.provider.organisation_id),
        }
        assert [each["amount"] for each in agreed.json()["history"]] == ["85.00"]
        same = await scene.rate(scene.school, "80.0", 3)
        assert (same.status_code, same.json()["version"]) == (200, 3)


async def test_what_was_agreed_holds_while_another_rate_is_only_proposed(scene: Scene) -> None:
    with on_day(scene.given, NOVEMBER):
        await scene.agreed()
        proposed = (await scene.rate(scene.provider, "95.00", 2)).json()
        assert (proposed["status"], proposed["amount"], proposed["agreed"]["amount"]) == ("proposed", "95.00", "85.00")
        await scene.attended("2026-10-05", "2026-10-06")
        assert codes(await scene.sent()) == []
        dearer = await scene.sent(scene.line(unit_amount="95.00"), reference="A-2")
        assert "rate_mismatch" in codes(dearer)


@pytest.mark.parametrize(
    ("notice", "expected"),
    [("2026-07-21", []), ("2026-07-22", ["late_notice"]), (None, ["late_notice"])],
)
async def test_a_change_is_announced_in_the_previous_summer_term(
    scene: Scene, notice: str | None, expected: list[str]
) -> None:
    before = [each | {end: f"2026{end_of(each, end)[4:]}" for end in ENDS} for each in TERMS[2:]]
    before = [each | {end: f"2025{end_of(each, end)[4:]}" for end in ENDS} for each in TERMS[:2]] + before
    with on_day(scene.given, date(2026, 9, 1)):
        await scene.agreed("80.00", "2025-26")
        unknown = (await scene.rate(scene.provider, "85.00", notice_given_on=notice)).json()
        assert [each["code"] for each in unknown["alerts"]] == ["notice_not_determined"]
        assert (await scene.school.put("/v1/calendars/2025-26", {"terms": before})).status_code == 201
    (told,) = (await scene.school.get(scene.fees)).json()["data"]
    assert [each["code"] for each in told["alerts"]] == expected


async def test_a_rate_is_for_the_two_sides_alone(scene: Scene) -> None:
    other, partnership = await scene.given.school(), await scene.given.partnership()
    rival = await scene.given.api((await scene.given.provider(partnership))["id"])
    with on_day(scene.given, NOVEMBER):
        await scene.agreed()
    for by in (scene.school, scene.provider):
        assert len((await by.get(scene.fees)).json()["data"]) == 1
    for by in (other, partnership):
        assert (await by.get(scene.fees)).json()["data"] == []
    assert (await rival.get(scene.fees)).status_code == 404
    assert (await scene.rate(rival, "1.00")).status_code == 404
    for amount in ("-1", "1.001", "1e3", "NaN", "10000000", ""):
        assert (await scene.rate(scene.school, amount)).status_code == 422
    assert (await scene.school.put(scene.fees, {"basis": "per_day", "amount": 85})).status_code == 422


async def test_the_database_lets_no_side_agree_with_itself(scene: Scene) -> None:
    with on_day(scene.given, NOVEMBER):
        await scene.rate(scene.provider, "85.00")
    agrees = (
        "UPDATE fee_rates SET status = 'agreed', agreed_basis = basis, agreed_amount = amount,"
        " agreed_on = '2026-11-02', agreed_by_id = current_setting('apqa.org')::uuid"
    )
    provider = Caller(Role.PROVIDER, organisation_id=scene.provider.organisation_id)
    school = Caller(Role.SCHOOL, organisation_id=scene.school.organisation_id)
    for caller, statement in (
        (provider, agrees),
        (school, agrees + ", amount = 1, notice_given_on = NULL"),
        (school, "UPDATE fee_rates SET amount = 1"),
    ):
        async with scene.given.held.database.session_for(caller) as session:
            with pytest.raises(DBAPIError):
                await session.execute(text(statement))
            await session.rollback()


# --- submitting and matching ----------------------------------------------------------------------------------------


async def test_an_invoice_that_agrees_with_everything_has_no_findings(scene: Scene) -> None:
    with on_day(scene.given, NOVEMBER):
        await scene.agreed()
        await scene.attended("2026-10-05", "2026-10-06", "2026-10-12")
        found = await scene.sent(scene.line("2.5"), scene.line("0.5", "85.01", description="Part of a day"))
    assert (found["status"], found["total"], found["submitted_on"]) == ("submitted", "255.01", "2026-11-02")
    assert [(each["number"], each["quantity"], each["amount"]) for each in found["lines"]] == [
        (1, "2.50", "212.50"),
        (2, "0.50", "42.51"),
    ]
    assert codes(found) == ["rate_mismatch"]
    assert found["findings"][0] == {
        "code": "rate_mismatch",
        "detail": "This is not the rate that was agreed.",
        "line": 2,
        "billed": "85.01",
        "expected": "85.00",
        "invoice_ids": [],
    }
    assert found["payment"] == {"state": "not_received", "payable_on": None, "missing": []}


async def test_findings_follow_the_register_until_a_lead_approves_and_change_nothing(scene: Scene) -> None:
    with on_day(scene.given, NOVEMBER):
        await scene.agreed()
        await scene.attended("2026-10-05")
        invoice = await scene.sent(scene.line("3"))
        (finding,) = invoice["findings"]
        assert (finding["code"], finding["billed"], finding["expected"]) == ("attendance_unmatched", "3.00", "1.00")
        await scene.attended("2026-10-06", code="I")
        await scene.attended("2026-10-12", code="I")
        assert codes(await scene.seen(scene.school, invoice)) == ["absences_billed"]
        await scene.step(scene.school, invoice, "received")
        approved = await scene.step(scene.school, invoice, "approved")
        assert (codes(approved), approved["total"]) == (["absences_billed"], "255.00")
        await scene.attended("2026-10-13")
        assert codes(await scene.seen(scene.provider, invoice)) == ["absences_billed"]
        queried = await scene.step(scene.school, invoice, "queried", reason="Who was there?")
        assert (queried["queried_because"], codes(queried)) == ("Who was there?", ["absences_billed"])
        await scene.attended("2026-10-14")
        assert codes(await scene.seen(scene.provider, invoice)) == []


async def test_what_is_billed_twice_or_before_the_placement_is_told(scene: Scene) -> None:
    with on_day(scene.given, NOVEMBER):
        await scene.agreed()
        await scene.attended("2026-10-05", "2026-10-06")
        first = await scene.sent()
        second = await scene.sent(reference="A-2", period_from_on="2026-10-15")
        assert codes(second) == ["billed_twice", "attendance_unmatched"]
        assert second["findings"][0]["invoice_ids"] == [first["id"]]
        await scene.step(scene.provider, first, "withdrawn", reason="By mistake.")
        assert codes(await scene.seen(scene.provider, second)) == ["attendance_unmatched"]
        summer = {"period_from_on": "2026-07-01", "period_to_on": "2026-07-31"}
        early = await scene.sent(reference="A-3", **summer)
        assert codes(early) == ["placement_not_in_period", "rate_not_agreed", "attendance_not_compared"]
        again = await scene.provider.post("/v1/invoices", scene.invoice(reference="A-3"))
        assert (again.status_code, again.json()["code"]) == (409, "already_exists")
        await scene.sent(reference="A-1")


async def test_an_invoice_is_in_arrears_for_placements_of_the_commissioner_at_the_provider(scene: Scene) -> None:
    other = await scene.given.school()
    pupil = await scene.given.pupil(other)
    with on_day(scene.given, NOVEMBER):
        said = {"provider_id": scene.placement["provider_id"], "pupil_id": pupil["id"], "starts_on": "2026-09-01"}
        theirs = await other.made("/v1/placements", said)
        for body, code, pointer in (
            (scene.invoice(period_to_on="2026-11-03"), "period_invalid", "/period_to_on"),
            (scene.invoice(period_from_on="2026-11-01"), "period_invalid", "/period_to_on"),
            (
                scene.invoice(scene.line(), scene.line(placement_id=theirs["id"])),
                "invoice_invalid",
                "/lines/1/placement_id",
            ),
            (scene.invoice(received_on="2026-11-02"), "received_on_not_yours", "/received_on"),
            (scene.invoice(commissioner_id=None), "party_missing", "/commissioner_id"),
        ):
            refused = await scene.provider.post("/v1/invoices", body)
            assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text
            assert refused.json()["errors"][0]["pointer"] == pointer
        for quantity, unit in (("1.001", "85.00"), ("-1", "85.00"), ("1", "85,00"), ("10000", "1")):
            refused = await scene.provider.post("/v1/invoices", scene.invoice(scene.line(quantity, unit)))
            assert refused.status_code == 422
        nothing = await scene.provider.post("/v1/invoices", scene.invoice(scene.line("0")))
        assert [each["code"] for each in nothing.json()["errors"]] == ["nothing_billed"]


# --- the steps ------------------------------------------------------------------------------------------------------


async def test_each_side_takes_its_own_steps_and_a_lead_approves(scene: Scene) -> None:
    clerk = await scene.given.api(scene.school.organisation_id, "contributor")
    with on_day(scene.given, NOVEMBER):
        invoice = await scene.sent()
        assert invoice["allowed_transitions"] == ["withdrawn"]
        assert (await scene.seen(scene.school, invoice))["allowed_transitions"] == ["received"]
        await scene.step(scene.provider, invoice, "received", 403)
        await scene.step(scene.school, invoice, "withdrawn", 403, reason="No.")
        await scene.step(clerk, invoice, "received", 422, done_on="2026-11-03")
        received = await scene.step(clerk, invoice, "received", done_on="2026-11-01")
        assert (received["received_on"], received["allowed_transitions"]) == ("2026-11-01", ["queried"])
        await scene.step(clerk, invoice, "approved", 403)
        await scene.step(clerk, invoice, "queried", 422)
        await scene.step(scene.school, invoice, "paid", 409)
        approved = await scene.step(scene.school, invoice, "approved")
        assert approved["approved_on"] == "2026-11-02"
        await scene.step(clerk, invoice, "paid", 422, done_on="2026-10-31")
        paid = await scene.step(clerk, invoice, "paid", done_on="2026-11-02")
        assert (paid["status"], paid["payment"]["state"], paid["allowed_transitions"]) == ("paid", "paid", [])
        await scene.step(scene.provider, invoice, "withdrawn", 409, reason="No.")
    told = [each["kind"] for each in (await scene.provider.get("/v1/changes")).json()["data"]]
    assert [each for each in told if each.startswith("invoice")] == [
        f"invoice.{done}" for done in ("submitted", "received", "approved", "paid")
    ]


async def test_a_commissioner_enters_what_came_on_paper_and_can_take_it_back(scene: Scene) -> None:
    with on_day(scene.given, NOVEMBER):
        body = scene.invoice(commissioner_id=None, provider_id=str(scene.provider.organisation_id))
        invoice = await scene.school.made("/v1/invoices", body | {"received_on": "2026-10-31"})
        assert (invoice["status"], invoice["received_on"]) == ("received", "2026-10-31")
        assert "withdrawn" in invoice["allowed_transitions"]
        early = await scene.school.post("/v1/invoices", body | {"received_on": "2026-10-30", "reference": "A-2"})
        assert (early.status_code, early.json()["code"]) == (422, "done_on_invalid")
        gone = await scene.step(scene.school, invoice, "withdrawn", reason="Entered twice.")
        assert gone["withdrawn_because"] == "Entered twice."


async def test_the_database_lets_a_provider_only_withdraw(scene: Scene) -> None:
    with on_day(scene.given, NOVEMBER):
        await scene.sent()
    for role, by, statement in (
        (Role.PROVIDER, scene.provider, "UPDATE invoices SET status = 'paid'"),
        (Role.PROVIDER, scene.provider, "UPDATE invoices SET received_on = '2026-11-02'"),
        (Role.SCHOOL, scene.school, "UPDATE invoices SET total = 1"),
        (Role.SCHOOL, scene.school, "UPDATE invoices SET status = 'withdrawn'"),
    ):
        async with scene.given.held.database.session_for(Caller(role, organisation_id=by.organisation_id)) as session:
            with pytest.raises(DBAPIError):
                await session.execute(text(statement))
            await session.rollback()


async def test_an_invoice_is_for_its_two_sides_alone(scene: Scene) -> None:
    other, partnership = await scene.given.school(), await scene.given.partnership()
    with on_day(scene.given, NOVEMBER):
        invoice = await scene.sent()
        assert [each["id"] for each in (await scene.school.get("/v1/invoices?status=submitted")).json()["data"]] == [
            invoice["id"]
        ]
        assert (await scene.school.get("/v1/invoices?status=paid")).json()["data"] == []
        for by in (other, partnership, await scene.given.authority()):
            assert (await by.get(f"/v1/invoices/{invoice['id']}")).status_code == 404
            assert (await by.get("/v1/invoices")).json()["data"] == []


# --- paying ---------------------------------------------------------------------------------------------------------


async def adopt(scene: Scene, agreement: str = AVE, **more: Any) -> None:
    path = f"/v1/organisations/{scene.school.organisation_id}"
    version = (await scene.school.get(path)).json()["version"]
    answer = await scene.school.patch(path, {"agreements": [{"agreement_id": agreement} | more]}, version)
    assert answer.status_code == 200, answer.text


async def test_an_invoice_is_payable_in_thirty_days_once_the_required_tracking_has_come(scene: Scene) -> None:
    await adopt(scene)
    with on_day(scene.given, NOVEMBER):
        invoice = await scene.sent()
        held = await scene.step(scene.school, invoice, "received")
    assert (held["payment"]["state"], held["payment"]["payable_on"]) == ("held", None)
    (missing,) = held["payment"]["missing"]
    assert (missing["academic_year"], missing["term"], missing["due_on"]) == ("2026/27", 1, "2026-10-23")
    for arrived, payable_on in ((date(2026, 12, 10), "2026-12-10"), (date(2026, 11, 20), "2026-12-02")):
        with on_day(scene.given, arrived):
            await scene.returned(1)
            told = await scene.seen(scene.provider, invoice)
            assert told["payment"] == {"state": "payable", "payable_on": payable_on, "missing": []}
            (listed,) = (await scene.school.get("/v1/invoices")).json()["data"]
            assert listed["payment"] == told["payment"]


async def test_an_invoice_is_payable_in_the_days_that_the_parties_agreed_when_it_was_received(scene: Scene) -> None:
    await adopt(scene, "leics-seip-sla-2022", parameters={"pay_within_days": 14})
    with on_day(scene.given, NOVEMBER):
        invoice = await scene.sent()
        told = await scene.step(scene.school, invoice, "received")
        assert told["payment"]["payable_on"] == "2026-11-16"
    await adopt(scene, "leics-seip-sla-2022", parameters={"pay_within_days": 14}, from_on="2026-11-03")
    with on_day(scene.given, NOVEMBER):
        told = await scene.seen(scene.provider, invoice)
        assert told["payment"]["payable_on"] == "2026-12-02", "what is agreed from the next day on is not for this one"
        (listed,) = (await scene.provider.get("/v1/invoices")).json()["data"]
        assert listed["payment"] == told["payment"]


async def test_no_tracking_is_required_where_no_agreement_asks_for_it(scene: Scene) -> None:
    with on_day(scene.given, NOVEMBER):
        told = await scene.step(scene.school, await scene.sent(), "received")
    assert told["payment"] == {"state": "payable", "payable_on": "2026-12-02", "missing": []}


async def test_a_lead_withholds_for_persistent_lateness_by_the_list_and_takes_it_back(scene: Scene) -> None:
    clerk = await scene.given.api(scene.school.organisation_id, "contributor")
    reason = {"reason": "Late three times."}
    with on_day(scene.given, date(2027, 2, 15)):
        invoice = await scene.sent(period_from_on="2027-01-01", period_to_on="2027-01-31")
        await scene.step(scene.school, invoice, "received")
        unagreed = await scene.put(scene.school, invoice, "withholding", reason)
        assert (unagreed.status_code, unagreed.json()["code"]) == (409, "withholding_not_agreed")
        await adopt(scene)
        assert (await scene.put(clerk, invoice, "withholding", reason)).status_code == 403
        assert (await scene.put(scene.provider, invoice, "withholding", reason)).status_code == 403
        withheld = await scene.put(scene.school, invoice, "withholding", reason)
        assert withheld.status_code == 200, withheld.text
        assert withheld.json()["payment"]["state"] == "withheld"
        assert [each["term"] for each in withheld.json()["withheld"]["late"]] == [1, 2, 3]
        assert (await scene.seen(scene.provider, invoice))["withheld"]["reason"] == "Late three times."
        await scene.step(scene.school, invoice, "approved")
        assert (await scene.step(scene.school, invoice, "paid", 409))["code"] == "invoice_withheld"
        released = await scene.put(scene.school, invoice, "withholding", None, "DELETE")
        assert (released.json()["withheld"], released.json()["payment"]["state"]) == (None, "held")
        again = await scene.put(scene.school, invoice, "withholding", None, "DELETE")
        assert (again.status_code, again.json()["code"]) == (409, "not_withheld")


async def test_two_late_returns_are_not_persistent(scene: Scene) -> None:
    await adopt(scene)
    with on_day(scene.given, date(2027, 2, 12)):
        invoice = await scene.sent(period_from_on="2027-01-01", period_to_on="2027-01-31")
        refused = await scene.put(scene.school, invoice, "withholding", {"reason": "Late."})
    assert (refused.status_code, refused.json()["code"]) == (409, "lateness_not_persistent")
    assert (refused.json()["late"], refused.json()["limit"]) == (2, 3)


@pytest.mark.parametrize(("limit", "status"), [(2, 200), (4, 409)])
async def test_how_many_late_returns_are_persistent_the_parties_agree(scene: Scene, limit: int, status: int) -> None:
    await adopt(scene, parameters={"withhold_late_returns": limit})
    with on_day(scene.given, date(2027, 2, 12)):
        invoice = await scene.sent(period_from_on="2027-01-01", period_to_on="2027-01-31")
        answer = await scene.put(scene.school, invoice, "withholding", {"reason": "Late."})
    assert answer.status_code == status, answer.text
    if status == 200:
        assert [each["term"] for each in answer.json()["withheld"]["late"]] == [1, 2]
    else:
        assert (answer.json()["late"], answer.json()["limit"]) == (2, 4)


# --- sharing --------------------------------------------------------------------------------------------------------


def shares(*percents: tuple[Api, str], line: int = 1) -> dict[str, Any]:
    """Who bears a line."""
    return {
        "lines": [
            {
                "line": line,
                "shares": [{"organisation_id": str(by.organisation_id), "percent": part} for by, part in percents],
            }
        ]
    }


async def test_who_bears_a_share_sees_that_share_alone_and_the_pence_add_up(scene: Scene) -> None:
    partnership, other = await scene.given.partnership(), await scene.given.school()
    with on_day(scene.given, NOVEMBER):
        invoice = await scene.sent(scene.line("1", "100.00"), scene.line("1", "50.00", description="Transport"))
        body = shares((scene.school, "33.33"), (partnership, "33.33"), (other, "33.34"))
        shared = (await scene.put(scene.school, invoice, "shares", body)).json()
        assert [each["amount"] for each in shared["shares"]] == ["33.33", "33.33", "33.34"]
        uneven = shares((scene.school, "50"), (partnership, "50.00"), line=2)
        uneven["lines"] += shares((partnership, "100"))["lines"]
        shared = (await scene.put(scene.school, invoice, "shares", uneven)).json()
        assert [(each["line"], each["amount"]) for each in shared["shares"]] == [
            (1, "100.00"),
            (2, "25.00"),
            (2, "25.00"),
        ]
        await scene.step(scene.school, invoice, "received")
    (first, second) = (await partnership.get("/v1/invoice-shares")).json()["data"]
    assert {each["amount"] for each in (first, second)} == {"100.00", "25.00"}
    assert {(each["status"], each["reference"]) for each in (first, second)} == {("received", "A-1")}
    assert (await partnership.get(f"/v1/invoices/{invoice['id']}")).status_code == 404
    assert (await other.get("/v1/invoice-shares")).json()["data"] == []
    assert len((await scene.provider.get(f"/v1/invoice-shares?invoice_id={invoice['id']}")).json()["data"]) == 3


async def test_shares_are_the_whole_of_lines_that_there_are_and_are_the_commissioners_to_say(scene: Scene) -> None:
    partnership = await scene.given.partnership()
    with on_day(scene.given, NOVEMBER):
        invoice = await scene.sent()
        for body, code in (
            (shares((scene.school, "50"), (partnership, "49.99")), "shares_not_whole"),
            (shares((scene.school, "50"), (scene.school, "50")), "share_repeated"),
            (shares((scene.school, "100"), (partnership, "0")), "share_empty"),
            (shares((scene.school, "100"), line=2), "line_unknown"),
            (shares((scene.provider, "100")), "organisation_unknown"),
        ):
            refused = await scene.put(scene.school, invoice, "shares", body)
            assert (refused.status_code, refused.json()["code"]) == (422, "shares_invalid"), refused.text
            assert [each["code"] for each in refused.json()["errors"]] == [code]
        mine = shares((scene.school, "100"))
        assert (await scene.put(scene.provider, invoice, "shares", mine)).status_code == 403
        await scene.step(scene.school, invoice, "received")
        await scene.step(scene.school, invoice, "approved")
        late = await scene.put(scene.school, invoice, "shares", mine)
        assert (late.status_code, late.json()["code"]) == (409, "invoice_settled")


async def test_a_dry_run_and_a_stale_version_keep_nothing(scene: Scene) -> None:
    with on_day(scene.given, NOVEMBER):
        tried = await scene.provider.post("/v1/invoices?dry_run=true", scene.invoice())
        assert (tried.status_code, (await scene.provider.get("/v1/invoices")).json()["data"]) == (201, [])
        invoice = await scene.sent()
        await scene.step(scene.school, invoice, "received")
        path = f"/v1/invoices/{invoice['id']}/transitions"
        stale = await scene.school.post(path, {"to": "approved"}, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
