"""Compliance over HTTP: records, positions, policies, what stands against placements, checks of each placement."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.db.base import today
from app.domain.access import Caller
from tests.access.world import TERMS
from tests.given import Api, Given, week
from tests.statements import sent

TODAY = today()
POLICY = "/v1/compliance-policy"
PLACEMENTS = "/v1/placements"
DRILL = {"type": "fire_drill", "given_on": TODAY.isoformat()}


def day(days: int) -> str:
    """So many days from today."""
    return (TODAY + timedelta(days=days)).isoformat()


class Circle:
    """A partnership with a school, another school, an authority, and a provider with its DSL."""

    def __init__(self, given: Given) -> None:
        self.given = given

    async def settle(self) -> "Circle":
        """Make them."""
        given = self.given
        self.partnership = await given.partnership()
        self.school = await given.school(partnership_id=self.partnership.organisation_id)
        self.stranger = await given.school()
        self.authority = await given.authority()
        place = await given.provider(self.partnership, la_code="855")
        self.provider = await given.api(place["id"])
        self.path = f"/v1/providers/{place['id']}"
        self.provider_id = place["id"]
        self.dsl = (await self.provider.made(f"{self.path}/staff", {"name": "Ada Invented", "role": "dsl"}))["id"]
        return self

    async def record(self, by: Api | None = None, **said: Any) -> dict[str, Any]:
        """A record, by default the provider's own."""
        return await (by or self.provider).made(f"{self.path}/compliance-items", DRILL | said)

    async def items(self, by: Api, **params: Any) -> list[dict[str, Any]]:
        """The items of the provider's position."""
        answer = await by.get(f"{self.path}/compliance", params=params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def item(self, by: Api, code: str, **params: Any) -> dict[str, Any]:
        """The one item of a type."""
        [found] = [each for each in await self.items(by, **params) if each["type"] == code]
        return found

    async def placement(self, by: Api, starts_on: str, **more: Any) -> dict[str, Any]:
        """What is told of a new placement of a new pupil."""
        pupil = await self.given.pupil(by)
        said = {"provider_id": self.provider_id, "pupil_id": pupil["id"], "starts_on": starts_on}
        return said | {"timetable": week(3, 1)} | more

    async def place(self, by: Api, starts_on: str, **more: Any) -> httpx.Response:
        """A new placement of a new pupil."""
        return await by.post(PLACEMENTS, await self.placement(by, starts_on, **more))


@pytest.fixture
async def all_(given: Given) -> Circle:
    """The circle."""
    return await Circle(given).settle()


def alerts(answer: httpx.Response) -> dict[str, list[str]]:
    """The alerts that name types of evidence."""
    assert answer.status_code in (200, 201), answer.text
    return {each["code"]: each["evidence_types"] for each in answer.json()["alerts"] if each["evidence_types"]}


def pointers(answer: httpx.Response) -> dict[str, str]:
    """The faults of a refusal: their codes by where they are."""
    assert answer.status_code == 422, answer.text
    return {each["pointer"]: each["code"] for each in answer.json()["errors"]}


# --- records --------------------------------------------------------------------------------------------------------


async def test_the_provider_its_partnerships_and_authorities_record_evidence_and_read_all_of_it(all_: Circle) -> None:
    path = f"{all_.path}/compliance-items"
    made = [await all_.record(by, note="Seen.") for by in (all_.provider, all_.partnership, all_.authority)]
    trained = await all_.record(type="dsl_training", staff_id=all_.dsl, reference="C-1", given_on="2026-01-05")
    for by in (all_.provider, all_.partnership, all_.authority):
        assert (await by.get(path)).json()["data"] == [*made, trained]
        assert (await by.get(path, params={"type": "dsl_training"})).json()["data"] == [trained]
        one = await by.get(f"/v1/compliance-items/{trained['id']}")
        assert (one.json(), one.headers["etag"]) == (trained, '"1"')
    assert (await all_.school.get(path)).status_code == 403
    assert (await all_.school.post(path, DRILL)).status_code == 403
    other = await all_.given.api((await all_.given.provider(all_.partnership))["id"])
    assert (await other.get(path)).status_code == 404
    assert (await other.post(path, DRILL)).status_code == 404
    assert (await other.get(f"/v1/compliance-items/{trained['id']}")).status_code == 404


async def test_what_is_recorded_wrongly_is_withdrawn_by_whoever_recorded_it_once_and_stays_on_record(
    all_: Circle,
) -> None:
    made = await all_.record()
    path, reason = f"/v1/compliance-items/{made['id']}/withdraw", {"reason": "Another site."}
    assert (await all_.item(all_.partnership, "fire_drill"))["status"] != "missing"
    headers = {"If-Match": '"1"'}
    assert (await all_.provider.post(path, reason)).status_code == 428
    refused = await all_.partnership.post(path, reason, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
    done = await all_.provider.post(path, reason, headers=headers)
    assert (done.status_code, done.json()["withdrawn_because"], done.headers["etag"]) == (200, "Another site.", '"2"')
    again = await all_.provider.post(path, reason, headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (409, "withdrawn_already")
    assert (await all_.item(all_.partnership, "fire_drill"))["status"] == "missing"
    assert len((await all_.provider.get(f"{all_.path}/compliance-items")).json()["data"]) == 1
    kinds = [each["kind"] for each in (await all_.provider.get("/v1/changes")).json()["data"]]
    assert [each for each in kinds if each.startswith("compliance.")] == ["compliance.recorded", "compliance.withdrawn"]


async def test_nobody_rewrites_a_record_in_the_database_either(all_: Circle) -> None:
    made = await all_.record()
    caller = Caller.system("test")
    async with all_.given.held.database.session_for(caller) as session:
        await session.execute(text("SELECT set_config('apqa.role', 'provider', true)"))
        await session.execute(
            text("SELECT set_config('apqa.org', :org, true)"), {"org": str(all_.provider.organisation_id)}
        )
        for change in ("given_on = '2020-01-01'", "withdrawn_at = now(), type = 'dbs_check'"):
            async with session.begin_nested() as part:
                with pytest.raises(Exception, match="stays as it was written"):
                    await session.execute(text(f"UPDATE compliance_items SET {change}"))
                await part.rollback()
        withdrawn: Any = await session.execute(text("UPDATE compliance_items SET withdrawn_at = now()"))
        assert withdrawn.rowcount == 1
        with pytest.raises(Exception, match="stays as it was written"):
            await session.execute(text("UPDATE compliance_items SET withdrawn_at = NULL"))
        await session.rollback()
    assert (await all_.provider.get(f"/v1/compliance-items/{made['id']}")).json() == made


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"type": "external_audit"}, {"/type": "evidence_type_unknown"}),
        ({"given_on": day(1)}, {"/given_on": "in_the_future"}),
        ({"type": "dsl_training"}, {"/staff_id": "person_missing"}),
        ({"type": "kcsie_read", "edition": "2199"}, {"/edition": "edition_unknown"}),
        ({"evidence_ids": ["00000000-0000-7000-8000-000000000000"]}, {"/evidence_ids/0": "evidence_unknown"}),
        ({"colour": "red"}, {"/colour": "unknown_field"}),
    ],
)
async def test_what_is_no_evidence_is_refused(all_: Circle, said: dict[str, Any], expected: dict[str, str]) -> None:
    assert pointers(await all_.provider.post(f"{all_.path}/compliance-items", DRILL | said)) == expected


async def test_evidence_names_the_providers_own_staff_and_files(all_: Circle) -> None:
    path = f"{all_.path}/compliance-items"
    other = (await all_.given.provider(all_.partnership))["id"]
    stranger = await all_.partnership.made(f"/v1/providers/{other}/staff", {"name": "Eve Invented", "role": "dsl"})
    said: dict[str, Any] = {"type": "dsl_training", "given_on": "2026-01-05"}
    assert pointers(await all_.partnership.post(path, said | {"staff_id": stranger["id"]})) == {
        "/staff_id": "staff_unknown"
    }
    files = {"params": {"provider_id": all_.provider_id}, "files": {"file": ("a.txt", b"Seen.")}}
    sent = (await all_.provider.send("POST", "/v1/evidence", **files)).json()["id"]
    made = await all_.record(**said, staff_id=all_.dsl, evidence_ids=[sent])
    found = await all_.item(all_.partnership, "dsl_training", on="2026-02-01")
    assert (found["evidence_ids"], found["record_id"]) == ([sent], made["id"])


# --- where a provider stands ----------------------------------------------------------------------------------------


async def test_a_position_tells_of_each_item_where_it_stands_and_who_asks_for_it(all_: Circle) -> None:
    answer = (await all_.partnership.get(f"{all_.path}/compliance", params={"on": "2026-10-05"})).json()
    assert (answer["provider_id"], answer["on"], answer["policy_organisation_id"]) == (
        all_.provider_id,
        "2026-10-05",
        None,
    )
    assert answer["summary"] == {"valid": 1, "expiring": 0, "expired": 0, "missing": len(answer["items"]) - 1}
    await all_.record(type="dsl_training", staff_id=all_.dsl, given_on="2024-02-29")
    for on, status, left in (("2026-02-27", "expiring", 0), ("2026-02-28", "expired", -1), ("2025-12-28", "valid", 61)):
        found = await all_.item(all_.provider, "dsl_training", on=on)
        assert (found["status"], found["days_left"], found["expires_on"]) == (status, left, "2026-02-27")
        assert (found["staff_id"], found["record_type"], found["blocks"]) == (all_.dsl, "dsl_training", False)
    assert [each["clause"] for each in found["clauses"]] == ["1.3", "Learner Safety 3"]


async def test_a_school_learns_where_a_provider_stands_and_nothing_of_its_staff_or_records(all_: Circle) -> None:
    deputy = await all_.provider.made(f"{all_.path}/staff", {"name": "Eve Invented", "role": "deputy_dsl"})
    made = await all_.record(type="dsl_training", staff_id=all_.dsl, given_on="2026-01-05")
    assert len([each for each in await all_.items(all_.provider) if each["type"] == "dsl_training"]) == 2
    answer = await all_.school.get(f"{all_.path}/compliance", params={"on": "2026-02-01"})
    [found] = [each for each in answer.json()["items"] if each["type"] == "dsl_training"]
    assert (found["status"], found["staff_id"], found["record_id"]) == ("missing", None, None)
    for secret in (all_.dsl, deputy["id"], made["id"], "Invented"):
        assert secret not in answer.text
    client = await all_.given.api(all_.partnership.organisation_id, scopes=["compliance:read"])
    assert all_.dsl not in (await client.get(f"{all_.path}/compliance")).text


async def test_audits_and_the_list_of_staff_feed_in(all_: Circle) -> None:
    assert (await all_.item(all_.school, "dsl_appointed"))["status"] == "valid"
    assert (await all_.item(all_.school, "external_audit"))["status"] == "missing"
    told = {"body": "LEBC", "audited_on": "2025-10-05", "recommendations": [{"text": "x", "due_on": "2026-01-31"}]}
    audit = await all_.partnership.made(f"{all_.path}/audits", told)
    for on, external, followed in (
        ("2025-10-05", "valid", "expiring"),
        ("2026-01-31", "valid", "expiring"),
        ("2026-02-01", "valid", "expired"),
        ("2026-10-04", "expiring", "expired"),
        ("2026-10-05", "expired", "expired"),
    ):
        found = {each["type"]: each for each in await all_.items(all_.partnership, on=on)}
        assert found["external_audit"]["status"] == external, on
        assert found["audit_recommendations"]["status"] == followed, on
        assert found["external_audit"]["record_id"] == audit["id"]
    biennial = await all_.partnership.put(POLICY, {"audit_interval": "P2Y"})
    assert biennial.status_code == 201
    assert (await all_.item(all_.school, "external_audit", on="2026-10-05"))["expires_on"] == "2027-10-04"


async def test_terms_are_those_of_the_callers_calendar_else_of_the_area_else_nominal(all_: Circle) -> None:
    await all_.record(given_on="2026-01-05")
    nominal = await all_.item(all_.provider, "fire_drill", on="2026-02-01")
    assert (nominal["expires_on"], nominal["terms_assumed"]) == ("2026-07-31", True)
    year: list[dict[str, Any]] = [
        each | {end: f"{int(str(each[end])[:4]) - 1}{str(each[end])[4:]}" for end in ("starts_on", "ends_on")}
        for each in TERMS
    ]
    assert (await all_.authority.put("/v1/calendars/2025-26", {"terms": year})).status_code == 201
    for by in (all_.provider, all_.stranger, all_.partnership):
        known = await all_.item(by, "fire_drill", on="2026-02-01")
        assert (known["expires_on"], known["terms_assumed"]) == ("2026-07-21", False)
    earlier = [*year[:5], year[5] | {"ends_on": "2026-07-14"}]
    assert (await all_.partnership.put("/v1/calendars/2025-26", {"terms": earlier})).status_code == 201
    for by, expected in ((all_.school, "2026-07-14"), (all_.stranger, "2026-07-21")):
        assert (await all_.item(by, "fire_drill", on="2026-02-01"))["expires_on"] == expected
    assert (await all_.school.put(POLICY, {"term_model": "six"})).status_code == 201
    assert (await all_.item(all_.school, "fire_drill", on="2026-02-01"))["expires_on"] == "2026-03-25"


async def test_one_person_in_two_posts_owes_once_and_one_who_was_removed_nothing(all_: Circle) -> None:
    await all_.provider.made(f"{all_.path}/staff", {"name": " ada  INVENTED ", "role": "teacher"})
    eve = await all_.provider.made(f"{all_.path}/staff", {"name": "Eve Invented", "role": "teacher"})
    await all_.record(type="dbs_check", staff_id=eve["id"])
    found = [each for each in await all_.items(all_.provider) if each["type"] == "dbs_check"]
    assert [(each["staff_id"], each["status"]) for each in found] == [(all_.dsl, "missing"), (eve["id"], "valid")]
    gone = await all_.provider.send("DELETE", f"{all_.path}/staff/{eve['id']}", headers={"If-Match": '"1"'})
    assert gone.status_code == 204
    assert (await all_.item(all_.provider, "dbs_check"))["staff_id"] == all_.dsl


# --- policies -------------------------------------------------------------------------------------------------------


async def test_a_policy_is_ones_own_else_the_partnerships_else_the_default(all_: Circle) -> None:
    default = (await all_.school.get(POLICY)).json()
    assert default == {
        "organisation_id": None,
        "required": None,
        "blocking": [],
        "audit_interval": "P1Y",
        "term_model": "three",
        "placement_charge": "40.00",
        "version": 0,
        "updated_at": None,
    }
    said = {"required": ["dsl_training", "fire_drill"], "blocking": ["dsl_training"], "placement_charge": "42.5"}
    made = await all_.partnership.put(POLICY, said)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json()["placement_charge"] == "42.50"
    for by in (all_.partnership, all_.school):
        shown = await by.get(POLICY)
        assert (shown.json(), shown.headers["etag"]) == (made.json(), '"1"')
        assert [each["type"] for each in await all_.items(by)] == ["dsl_training", "fire_drill"]
        assert (await all_.item(by, "dsl_training"))["blocks"]
    for by in (all_.stranger, all_.authority, all_.provider):
        assert (await by.get(POLICY)).json() == default
    asked_by = {"organisation_id": str(all_.school.organisation_id)}
    assert (await all_.provider.get(POLICY, params=asked_by)).json() == made.json()
    assert [each["type"] for each in await all_.items(all_.provider, **asked_by)] == ["dsl_training", "fire_drill"]
    own = await all_.school.put(POLICY, {"required": []})
    assert (own.status_code, own.json()["required"]) == (201, [])
    assert await all_.items(all_.school) == []


async def test_a_policy_is_a_leads_to_set_and_replaced_in_the_version_that_was_seen(all_: Circle) -> None:
    contributor = await all_.given.api(all_.partnership.organisation_id, "contributor")
    assert (await contributor.put(POLICY, {})).status_code == 403
    assert (await all_.provider.put(POLICY, {})).status_code == 403
    stale = await all_.partnership.send("PUT", POLICY, json={}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert (await all_.partnership.put(POLICY, {})).status_code == 201
    assert (await all_.partnership.put(POLICY, {})).status_code == 428
    again = await all_.partnership.send("PUT", POLICY, json={"term_model": "six"}, headers={"If-Match": '"1"'})
    assert (again.status_code, again.headers["etag"], again.json()["term_model"]) == (200, '"2"', "six")
    refused = await all_.partnership.send(
        "PUT", POLICY, json={"required": ["x"], "blocking": ["fire_drill"]}, headers={"If-Match": '"2"'}
    )
    assert pointers(refused) == {"/required/0": "evidence_type_unknown", "/blocking/0": "not_required"}
    for charge in (40, 40.0, "40.001", "-1", "1e3", "٤٠"):
        assert (await all_.partnership.put(POLICY, {"placement_charge": charge})).status_code == 422, charge


async def test_the_evidence_types_are_listed_as_they_stood_on_a_day(all_: Circle) -> None:
    now = (await all_.school.get("/v1/evidence-types")).json()["data"]
    then = (await all_.school.get("/v1/evidence-types", params={"on": "2022-02-28"})).json()["data"]
    later = {each["code"] for each in now} - {each["code"] for each in then}
    assert {"sla_accepted", "annual_report"} <= later
    assert "dsl_training" not in later
    [read] = [each for each in now if each["code"] == "kcsie_read"]
    assert (read["basis"], read["document"], read["per"], read["verified"]) == ("per_edition", "kcsie", "each", True)


# --- against placements ---------------------------------------------------------------------------------------------

BLOCKING = {"required": ["public_liability_insurance", "fire_drill"], "blocking": ["public_liability_insurance"]}


async def insured(all_: Circle, until: str) -> dict[str, Any]:
    """A record of an insurance that holds through a day."""
    return await all_.record(type="public_liability_insurance", given_on=day(-300), valid_until_on=until)


async def test_a_plan_is_refused_from_the_day_after_what_blocks_has_expired(all_: Circle) -> None:
    assert (await all_.partnership.put(POLICY, BLOCKING)).status_code == 201
    await insured(all_, day(10))
    await all_.record()
    for by in (all_.partnership, all_.school):
        assert alerts(await all_.place(by, day(10))) == {}
        refused = await all_.place(by, day(11))
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (409, "provider_not_compliant")
        assert problem["compliance"]["on"] == day(11)
        [lacking] = problem["compliance"]["items"]
        assert (lacking["type"], lacking["status"], lacking["expires_on"]) == (
            "public_liability_insurance",
            "expired",
            day(10),
        )
        assert {"document": "herefordshire", "clause": "2.4"} in lacking["clauses"]
    assert alerts(await all_.place(all_.stranger, day(11))) == {}
    assert len((await all_.school.get(PLACEMENTS)).json()["data"]) == 1


async def test_what_has_begun_is_recorded_and_what_is_lacking_is_told(all_: Circle) -> None:
    assert alerts(await all_.place(all_.school, day(0))) == {}  # nobody has said what is asked
    assert (await all_.partnership.put(POLICY, BLOCKING)).status_code == 201
    expected = {
        "provider_not_compliant": ["public_liability_insurance"],
        "provider_compliance_warning": ["fire_drill"],
    }
    for first in (0, -100):
        assert alerts(await all_.place(all_.school, day(first))) == expected
    assert alerts(await all_.place(all_.school, day(-100), ends_on=day(-1))) == {}  # it is over
    await insured(all_, day(400))
    assert alerts(await all_.place(all_.school, day(5))) == {"provider_compliance_warning": ["fire_drill"]}


async def test_a_lead_goes_ahead_with_a_reason_and_the_partnership_is_told_but_not_of_whom(all_: Circle) -> None:
    assert (await all_.partnership.put(POLICY, BLOCKING)).status_code == 201
    said = await all_.placement(all_.school, day(3), override={"reason": "The renewal is signed."})
    contributor = await all_.given.api(all_.school.organisation_id, "contributor")
    refused = await contributor.post(PLACEMENTS, said)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_required")
    made = await all_.school.post(PLACEMENTS, said)
    assert alerts(made)["provider_not_compliant"] == ["public_liability_insurance"]
    [heard] = (await all_.partnership.get("/v1/changes?kind=compliance.overridden")).json()["data"]
    assert heard["payload"]["organisation_id"] == str(all_.school.organisation_id)
    assert made.json()["id"] not in str(heard)
    kept = (await all_.school.get(f"/v1/audit?entity_id={made.json()['id']}")).json()["data"]
    [override] = [each for each in kept if each["action"] == "override"]
    assert override["details"] == {"lacking": ["public_liability_insurance"], "reason": "The renewal is signed."}


async def test_a_placement_is_not_moved_to_begin_without_what_blocks_and_otherwise_changed_freely(
    all_: Circle,
) -> None:
    coming = (await all_.place(all_.school, day(5))).json()
    assert (await all_.partnership.put(POLICY, BLOCKING)).status_code == 201
    path = f"{PLACEMENTS}/{coming['id']}"
    moved = await all_.school.patch(path, {"starts_on": day(6)}, 1)
    assert (moved.status_code, moved.json()["code"]) == (409, "provider_not_compliant")
    longer = await all_.school.patch(path, {"ends_on": day(60)}, 1)
    assert alerts(longer) == {}
    begun = await all_.school.patch(path, {"starts_on": day(0)}, 2)
    assert "provider_not_compliant" in alerts(begun)


async def test_a_what_if_tells_what_is_lacking_and_no_room_is_kept_against_it(all_: Circle) -> None:
    assert (await all_.partnership.put(POLICY, BLOCKING)).status_code == 201
    plan = {"pupil": {"born_on": "2012-03-01"}, "timetable": week(4, 1), "starts_on": day(3)}
    said = {"provider_id": all_.provider_id, "placements": [plan, plan]}
    path = "/v1/registration-checks/what-if"
    answer = await all_.school.post(path, said)
    assert set(alerts(answer)) == {"provider_not_compliant", "provider_compliance_warning"}
    assert len(answer.json()["alerts"]) == 2
    kept = await all_.school.post(path, said | {"hold_minutes": 30})
    assert (kept.status_code, kept.json()["code"]) == (409, "provider_not_compliant")
    assert (await all_.stranger.post(path, said | {"hold_minutes": 30})).status_code == 200


async def test_a_batch_asks_once_for_the_policy_and_once_for_what_is_known_of_its_providers(all_: Circle) -> None:
    other = (await all_.given.provider(all_.partnership))["id"]
    said = [await all_.placement(all_.school, day(-2)) for _ in range(8)]
    for each in said[::2]:
        each["provider_id"] = other
    counted: list[tuple[int, int]] = []
    for batch in (said[:4], said[4:]):
        body = {"mode": "independent", "items": batch}
        with sent(all_.given, "compliance") as own, sent(all_.given, "FROM calendars") as terms:
            answer = await all_.school.post(f"{PLACEMENTS}/batch", body)
        assert {each["status"] for each in answer.json()["results"]} == {201}
        counted.append((len(own), len(terms)))
        if len(counted) == 1:
            assert (await all_.partnership.put(POLICY, BLOCKING)).status_code == 201
    assert counted == [(1, 0), (2, 1)]


# --- the worklist ---------------------------------------------------------------------------------------------------


async def test_the_worklist_has_the_providers_in_use_and_what_they_lack_or_soon_will(all_: Circle) -> None:
    policy = {"required": ["public_liability_insurance", "fire_drill", "annual_report"]}
    for by in (all_.partnership, all_.authority):
        assert (await by.put(POLICY, policy)).status_code == 201
    await insured(all_, day(40))
    await all_.record(type="annual_report", given_on=day(-1))
    assert (await all_.school.get("/v1/compliance")).json()["data"] == []
    for first, last in ((-9, -1), (5, None)):
        assert (await all_.place(all_.school, day(first), ends_on=last and day(last))).status_code == 201
    for within, expected in ((39, ["fire_drill"]), (40, ["public_liability_insurance", "fire_drill"])):
        [found] = (await all_.school.get("/v1/compliance", params={"within_days": within})).json()["data"]
        assert sorted(each["type"] for each in found["items"]) == sorted(expected)
        assert (found["provider_id"], found["summary"]["missing"]) == (all_.provider_id, 1)
    assert (await all_.stranger.get("/v1/compliance")).json()["data"] == []
    [own] = (await all_.provider.get("/v1/compliance")).json()["data"]
    assert own["provider_id"] == all_.provider_id


async def test_the_worklist_is_paged_and_asks_as_much_for_many_providers_as_for_one(all_: Circle) -> None:
    others = [(await all_.given.provider(all_.partnership))["id"] for _ in range(3)]
    for provider_id in others:
        said = await all_.placement(all_.school, day(0)) | {"provider_id": provider_id}
        assert (await all_.school.post(PLACEMENTS, said)).status_code == 201
    with sent(all_.given, "SELECT") as one:
        first = (await all_.school.get("/v1/compliance", params={"limit": 1})).json()
    with sent(all_.given, "SELECT") as several:
        whole = (await all_.school.get("/v1/compliance")).json()
    assert len(one) == len(several) <= 7
    assert [each["provider_id"] for each in whole["data"]] == others
    found, cursor = first["data"], first["page"]["next_cursor"]
    for _ in others[1:]:
        answer = (await all_.school.get("/v1/compliance", params={"limit": 1, "cursor": cursor})).json()
        found, cursor = [*found, *answer["data"]], answer["page"]["next_cursor"]
    assert (found, cursor) == (whole["data"], None)


# --- at each placement ----------------------------------------------------------------------------------------------

REGISTERED = {"kind": "lebc_registered", "confirmed_on": TODAY.isoformat(), "reference": "L-1"}


async def test_a_registration_is_charged_as_the_policy_says_and_borne_by_the_commissioner(all_: Circle) -> None:
    placement = (await all_.place(all_.partnership, day(0))).json()
    path = f"{PLACEMENTS}/{placement['id']}/checks"
    made = await all_.partnership.made(path, REGISTERED)
    me = str(all_.partnership.organisation_id)
    assert (made["charge"], made["shares"]) == (
        "40.00",
        [{"organisation_id": me, "percent": "100.00", "amount": "40.00"}],
    )
    assert (await all_.partnership.put(POLICY, {"placement_charge": "43"})).status_code == 201
    again = await all_.partnership.made(path, REGISTERED)
    told = await all_.partnership.made(path, REGISTERED | {"charge": "0"})
    assert (again["charge"], told["charge"]) == ("43.00", "0.00")
    confirmed = await all_.partnership.made(path, REGISTERED | {"kind": "staff_checks_confirmed"})
    assert (confirmed["charge"], confirmed["shares"]) == (None, [])
    assert (await all_.partnership.get(path)).json()["data"] == [made, again, told, confirmed]


async def test_a_charge_is_shared_to_the_penny(all_: Circle) -> None:
    placement = (await all_.place(all_.partnership, day(0))).json()
    path = f"{PLACEMENTS}/{placement['id']}/checks"
    thirds = zip((all_.partnership, all_.school, all_.stranger), ("33.33", "33.33", "33.34"), strict=True)
    shares = [{"organisation_id": str(by.organisation_id), "percent": percent} for by, percent in thirds]
    made = await all_.partnership.made(path, REGISTERED | {"shares": shares})
    assert [each["amount"] for each in made["shares"]] == ["13.33", "13.33", "13.34"]
    for said, place, code in (
        (shares[:2], "/shares", "shares_invalid"),
        ([shares[0], shares[0] | {"percent": "66.67"}], "/shares", "shares_invalid"),
        (
            [{"organisation_id": all_.provider_id, "percent": "100"}],
            "/shares/0/organisation_id",
            "organisation_unknown",
        ),
    ):
        assert pointers(await all_.partnership.post(path, REGISTERED | {"shares": said})) == {place: code}
    free = REGISTERED | {"kind": "staff_checks_confirmed"}
    assert pointers(await all_.partnership.post(path, free | {"charge": "1"})) == {"/charge": "charge_not_due"}
    assert pointers(await all_.partnership.post(path, REGISTERED | {"confirmed_on": day(1)})) == {
        "/confirmed_on": "in_the_future"
    }
    for charge in (40.0, 40, "40.001", "-1"):
        assert (await all_.partnership.post(path, REGISTERED | {"charge": charge})).status_code == 422, charge


async def test_a_pupils_school_reads_that_checks_were_made_and_the_provider_only_those_on_its_staff(
    all_: Circle,
) -> None:
    pupil = await all_.given.pupil(all_.school)
    shared = {"organisation_id": str(all_.partnership.organisation_id), "purpose": "Referral"}
    await all_.school.made(f"/v1/pupils/{pupil['id']}/shares", shared)
    said = await all_.placement(all_.partnership, day(0)) | {"pupil_id": pupil["id"]}
    path = f"{PLACEMENTS}/{(await all_.partnership.made(PLACEMENTS, said))['id']}/checks"
    registered = await all_.partnership.made(path, REGISTERED)
    confirmed = await all_.partnership.made(path, REGISTERED | {"kind": "staff_checks_confirmed"})
    assert (await all_.school.get(path)).json()["data"] == [registered, confirmed]
    assert (await all_.provider.get(path)).json()["data"] == [confirmed]
    assert (await all_.stranger.get(path)).status_code == 404
    assert (await all_.school.post(path, REGISTERED)).status_code == 403
    back = {"reason": "By mistake."}
    withdraw = f"{path}/{registered['id']}/withdraw"
    assert (await all_.school.post(withdraw, back, headers={"If-Match": '"1"'})).status_code == 403
    done = await all_.partnership.post(withdraw, back, headers={"If-Match": '"1"'})
    assert (done.status_code, done.json()["withdrawn_because"]) == (200, "By mistake.")
    again = await all_.partnership.post(withdraw, back, headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (409, "withdrawn_already")
    elsewhere = (await all_.place(all_.partnership, day(0))).json()["id"]
    wrong = f"{PLACEMENTS}/{elsewhere}/checks/{confirmed['id']}/withdraw"
    assert (await all_.partnership.post(wrong, back, headers={"If-Match": '"1"'})).status_code == 404


async def test_nothing_is_confirmed_of_a_placement_that_never_was(all_: Circle) -> None:
    placement = (await all_.place(all_.school, day(0))).json()
    path = f"{PLACEMENTS}/{placement['id']}"
    assert (await all_.school.post(f"{path}/cancel", {"reason": "x"}, headers={"If-Match": '"1"'})).status_code == 200
    refused = await all_.school.post(f"{path}/checks", REGISTERED)
    assert (refused.status_code, refused.json()["code"]) == (409, "placement_cancelled")
