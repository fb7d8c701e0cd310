"""Where providers stand in the register: ways to be found, candidates, confirmation, history, who hears of it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from app.db import gias
from app.domain.access import Caller
from app.integrations.gias import EstablishmentRow, LinkRow, read_establishments
from tests.fixtures.make_gias import FIXTURES
from tests.given import Api, Given, week

EXTRACT_ON = date(2025, 4, 22)
LATER = date(2025, 5, 22)
with (FIXTURES / "edubasealldata20250422.csv").open("rb") as file:
    ROWS = {row.urn: row for row in read_establishments(file)}
LINKS = [
    LinkRow(990009, 990010, None, "Successor", None),
    LinkRow(990014, 990010, None, "Predecessor - merged", None),
]


async def load(given: Given, rows: Sequence[EstablishmentRow], on: date = EXTRACT_ON) -> None:
    async with given.held.database.session_for(Caller.system("gias")) as session:
        await gias.import_extract(session, rows, extract_on=on, force=True)
        await gias.import_links(session, LINKS, force=True)


@pytest.fixture
async def register(given: Given) -> Given:
    """The same, with the register filled."""
    await load(given, list(ROWS.values()))
    return given


async def check(api: Api, provider: dict[str, Any], **said: Any) -> dict[str, Any]:
    return await api.made(f"/v1/providers/{provider['id']}/status-checks", said)


async def history(api: Api, provider: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await api.get(f"/v1/providers/{provider['id']}/status-checks")
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["data"]
    return listed


async def status_of(api: Api, provider: dict[str, Any]) -> str:
    shown: dict[str, Any] = (await api.get(f"/v1/providers/{provider['id']}")).json()
    return str(shown["registration"]["status"])


STATUSES = {
    990001: "registered_independent_school",
    990002: "registered_independent_school",
    990003: "state_ap_school",
    990004: "state_ap_school",
    990005: "state_ap_school",
    990006: "non_school_institution",
    990007: "non_school_institution",
    990008: "not_found",
    990009: "closed",
    990012: "other_school",
    990098: "registration_pending",
    990099: "not_found",
}


async def test_a_new_provider_has_the_status_of_its_urn_at_once(given: Given) -> None:
    pending = ROWS[990001]._replace(urn=990098, status_code=4, ukprn=None, company_number=None)
    await load(given, [*ROWS.values(), pending])
    partnership = await given.partnership()
    made = [await given.provider(partnership, urn=urn) for urn in STATUSES]
    assert {each["urn"]: each["registration"]["status"] for each in made} == STATUSES
    assert {each["registration"]["gias_extract_on"] for each in made} == {EXTRACT_ON.isoformat()}
    assert {each["version"] for each in made} == {1}


async def test_every_identifier_finds_and_the_stronger_one_decides(register: Given) -> None:
    partnership = await register.partnership()
    for said, matched_by, urn in (
        ({"urn": 990003, "ukprn": "10990001"}, "urn", 990003),
        ({"ukprn": "10990004", "dfe_number": "855/6901"}, "ukprn", 990004),
        ({"dfe_number": "855/6901", "company_number": "00000001"}, "dfe_number", 990001),
        ({"company_number": "09900001"}, "company_number", 990001),
        ({"urn": 999_999, "ukprn": "10990001"}, "ukprn", 990001),
    ):
        provider = await register.provider(partnership, **said)
        [found] = await history(partnership, provider)
        assert (found["matched_by"], found["urn"]) == (matched_by, urn), said
        assert found["status"] == STATUSES[urn]
        assert found["snapshot"]["name"] == ROWS[urn].name
        assert found["candidates"] == []


async def test_a_ukprn_or_company_that_no_establishment_has_is_no_registration(register: Given) -> None:
    partnership = await register.partnership()
    provider = await register.provider(partnership, ukprn="10012345", company_number="09876543")
    assert provider["registration"]["status"] == "not_found"
    [found] = await history(partnership, provider)
    assert (found["matched_by"], found["urn"], found["snapshot"]) == (None, None, None)


async def test_a_company_at_another_postcode_is_only_a_candidate(register: Given) -> None:
    partnership = await register.partnership()
    there = await register.provider(partnership, company_number="09900001", postcode="LE119ZZ")
    elsewhere = await register.provider(partnership, company_number="09900001", postcode="LE1 1AA")
    assert there["registration"]["status"] == "registered_independent_school"
    assert elsewhere["registration"]["status"] == "not_found"
    [found] = await history(partnership, elsewhere)
    assert [(each["urn"], each["because"]) for each in found["candidates"]] == [(990001, "company_number")]


async def test_an_identifier_that_two_live_establishments_share_singles_out_neither(given: Given) -> None:
    twin = ROWS[990001]._replace(urn=990097)
    await load(given, [*ROWS.values(), twin])
    partnership = await given.partnership()
    provider = await given.provider(partnership, ukprn="10990001")
    [found] = await history(partnership, provider)
    assert (found["status"], found["matched_by"]) == ("not_found", None)
    assert {each["urn"]: each["because"] for each in found["candidates"]} == {990001: "ukprn", 990097: "ukprn"}


async def test_a_number_passes_from_a_closed_school_to_the_one_that_is_open(given: Given) -> None:
    reborn = ROWS[990009]._replace(urn=990097, status_code=1, closed_on=None)
    await load(given, [*ROWS.values(), reborn])
    partnership = await given.partnership()
    provider = await given.provider(partnership, dfe_number="855/6903")
    [found] = await history(partnership, provider)
    assert (found["urn"], found["status"]) == (990097, "registered_independent_school")


async def test_a_closed_school_stays_closed_and_its_open_successor_is_offered(register: Given) -> None:
    partnership = await register.partnership()
    provider = await register.provider(partnership, urn=990009)
    found = await check(partnership, provider)
    assert (found["status"], found["urn"]) == ("closed", 990009)
    assert found["successor_urns"] == [990010, 990014]
    assert [(each["urn"], each["because"]) for each in found["candidates"]] == [(990014, "successor")]
    assert await status_of(partnership, provider) == "closed"


async def test_a_namesake_is_a_candidate_that_only_a_person_can_confirm(register: Given) -> None:
    partnership = await register.partnership()
    provider = await register.provider(partnership, name="The Willow Bank Upper Ltd", postcode="LE11 9ZZ")
    for _ in range(2):
        found = await check(partnership, provider)
        assert (found["status"], found["matched_by"], found["urn"]) == ("not_found", None, None)
    [candidate] = found["candidates"]
    assert (candidate["urn"], candidate["because"], candidate["same_postcode"]) == (990001, "name", True)
    confirmed = await check(partnership, provider, urn=candidate["urn"])
    assert (confirmed["status"], confirmed["matched_by"]) == ("registered_independent_school", "confirmed")
    shown = (await partnership.get(f"/v1/providers/{provider['id']}")).json()
    assert (shown["urn"], shown["registration"]["status"]) == (990001, "registered_independent_school")
    assert shown["version"] == 4
    assert (await check(partnership, provider))["matched_by"] == "urn"
    assert [each["matched_by"] for each in await history(partnership, provider)] == [None] * 3 + ["confirmed", "urn"]


async def test_the_namesake_at_the_same_postcode_comes_first_and_the_open_before_the_closed(given: Given) -> None:
    plain = ROWS[990002]._replace(name="Same Name School", ukprn=None, postcode="LE1 1AA")
    rows = [plain._replace(urn=990050, status_code=2), plain._replace(urn=990051), plain._replace(urn=990052)]
    rows[2] = rows[2]._replace(postcode="LE2 2BB")
    await load(given, [*rows, *(plain._replace(urn=urn, name="Same Name") for urn in range(990060, 990080))])
    partnership = await given.partnership()
    provider = await given.provider(partnership, name="Other", legal_name="Same Name Limited", postcode="LE2 2BB")
    [found] = await history(partnership, provider)
    assert [each["urn"] for each in found["candidates"]] == [990052, 990051, *range(990060, 990068)]


async def test_what_cannot_be_confirmed_is_refused(register: Given) -> None:
    partnership = await register.partnership()
    taken, provider = await register.provider(partnership, urn=990001), await register.provider(partnership)
    path = f"/v1/providers/{provider['id']}/status-checks"
    for said, status, code in (
        ({"urn": 999_999}, 422, "urn_unknown"),
        ({"urn": 12}, 422, None),
        ({"urn": 990001}, 409, "already_exists"),
    ):
        answer = await partnership.post(path, said)
        assert answer.status_code == status, answer.text
        assert code is None or answer.json()["code"] == code
    assert taken["registration"]["status"] == "registered_independent_school"
    assert len(await history(partnership, provider)) == 1


async def test_who_may_check_and_who_may_read_the_history(register: Given) -> None:
    partnership, authority, school = await register.partnership(), await register.authority(), await register.school()
    provider, other = await register.provider(partnership), await register.provider(partnership)
    own, stranger = await register.api(provider["id"]), await register.api(other["id"])
    path = f"/v1/providers/{provider['id']}/status-checks"
    assert (await authority.post(path, {})).status_code == 201
    for api in (school, own, await register.partnership("viewer")):
        assert (await api.post(path, {})).status_code == 403
    for api in (partnership, authority, school, own):
        assert len(await history(api, provider)) == 2
    assert (await stranger.get(path)).status_code == 404
    shown = await history(own, provider)
    assert [each["organisation_id"] for each in shown] == [
        str(partnership.organisation_id),
        str(authority.organisation_id),
    ]


async def test_an_online_provider_is_accredited_until_its_day_of_expiry(given: Given) -> None:
    online = ROWS[990007]
    valid = online._replace(urn=990060, ukprn=None, accreditation_expires_on=date(2999, 1, 1))
    expired = online._replace(urn=990061, ukprn=None, accreditation_expires_on=date(2020, 1, 1))
    await load(given, [*ROWS.values(), valid, expired])
    partnership = await given.partnership()
    for urn, accredited in ((990060, True), (990061, False), (990001, False)):
        [found] = await history(partnership, await given.provider(partnership, urn=urn))
        assert found["is_accredited_online_provider"] is accredited


async def test_a_changed_identifier_is_looked_up_and_any_other_change_is_not(register: Given) -> None:
    partnership = await register.partnership()
    provider = await register.provider(partnership)
    path = f"/v1/providers/{provider['id']}"
    renamed = await partnership.patch(path, {"legal_name": "Another Ltd"}, 1)
    assert renamed.status_code == 200
    changed = await partnership.patch(path, {"ukprn": "10990001"}, 2)
    assert changed.json()["registration"]["status"] == "registered_independent_school"
    assert changed.json()["version"] == 3
    removed = await partnership.patch(path, {"ukprn": None}, 3)
    assert removed.json()["registration"]["status"] == "not_found"
    assert [each["status"] for each in await history(partnership, provider)] == [
        "not_found",
        "registered_independent_school",
        "not_found",
    ]


async def test_an_import_moves_every_provider_and_keeps_a_check_of_those_that_changed(register: Given) -> None:
    partnership = await register.partnership()
    providers = {urn: await register.provider(partnership, urn=urn) for urn in (990001, 990002, 990003, 990009, 990096)}
    rows = ROWS | {
        990001: ROWS[990001]._replace(status_code=2, closed_on=LATER),
        990009: ROWS[990009]._replace(status_code=1),
        990096: ROWS[990002]._replace(urn=990096),
    }
    del rows[990002]
    await load(register, list(rows.values()), LATER)
    after = {
        990001: ["registered_independent_school", "closed"],
        990002: ["registered_independent_school", "not_found"],
        990003: ["state_ap_school"],
        990009: ["closed", "registered_independent_school"],
        990096: ["not_found", "registered_independent_school"],
    }
    for urn, statuses in after.items():
        checks = await history(partnership, providers[urn])
        assert [each["status"] for each in checks] == statuses, urn
        assert [each["organisation_id"] for each in checks[1:]] == [None] * len(checks[1:])
        shown = (await partnership.get(f"/v1/providers/{providers[urn]['id']}")).json()
        assert shown["registration"]["gias_extract_on"] == LATER.isoformat()
        assert (shown["registration"]["status"], shown["version"]) == (statuses[-1], 2)
    gone = (await history(partnership, providers[990002]))[-1]
    assert (gone["urn"], gone["snapshot"]["vanished_on"]) == (990002, LATER.isoformat())


async def test_a_change_is_told_to_the_provider_and_to_whoever_commissions_there(register: Given) -> None:
    commissioner, bystander = await register.partnership(), await register.partnership()
    provider = await register.provider(bystander, urn=990001)
    pupil = await register.pupil(commissioner)
    await commissioner.made(
        "/v1/placements",
        {
            "provider_id": provider["id"],
            "pupil_id": pupil["id"],
            "starts_on": "2025-01-06",
            "timetable": week(5, 1),
        },
    )
    await load(register, [row for row in ROWS.values() if row.urn != 990001], LATER)
    told = []
    for api in (commissioner, await register.api(provider["id"]), bystander):
        changes = (await api.get("/v1/changes?kind=provider.status_changed")).json()["data"]
        told.append([each["payload"] for each in changes])
    payload = {"from": "registered_independent_school", "to": "not_found", "urn": 990001}
    assert told == [[payload], [payload], []]


async def test_before_the_first_extract_nobody_is_found_and_no_extract_is_claimed(given: Given) -> None:
    partnership = await given.partnership()
    provider = await given.provider(partnership, urn=990001)
    assert provider["registration"]["status"] == "not_found"
    assert provider["registration"]["gias_extract_on"] is None
