"""Pupil records over HTTP."""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app import logs
from app.db.base import new_id, today
from app.db.records import Audit, Event
from app.domain.access import Caller
from tests.given import Given

NAMES = {"given_name": "Wilhelmina", "family_name": "Inventory"}
UPN, TEMPORARY = "H801200001001", "X00180001701A"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that the service logs."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    written = io.StringIO()
    logs.configure("debug", written)
    yield written
    root.handlers = before
    root.setLevel(level)


async def test_a_name_is_enough_and_a_school_is_at_first_the_home_school(given: Given) -> None:
    school = await given.school(la_code="856")
    answer = await school.post("/v1/pupils", NAMES)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/v1/pupils/{made['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert {field: value for field, value in made.items() if value not in (None, [])} == NAMES | {
        "id": made["id"],
        "owner_id": str(school.organisation_id),
        "home_school_id": str(school.organisation_id),
        "home_la_code": "856",
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    read = await school.get(f"/v1/pupils/{made['id']}")
    assert (read.json(), read.headers["etag"]) == (made, '"1"')


async def test_the_home_authority_is_at_first_the_home_schools_else_the_callers(given: Given) -> None:
    partnership, school = await given.partnership(la_code="855"), await given.school(la_code="857")
    placed = await given.pupil(partnership, home_school_id=str(school.organisation_id))
    unplaced = await given.pupil(partnership)
    told = await given.pupil(partnership, home_school_id=str(school.organisation_id), home_la_code="838")
    assert [each["home_la_code"] for each in (placed, unplaced, told)] == ["857", "855", "838"]
    assert unplaced["home_school_id"] is None


async def test_identifiers_and_codes_are_kept_in_their_canonical_form(given: Given) -> None:
    said = {"upn": f" {TEMPORARY.lower()} ", "uln": "9999999999", "sen_provision": "S", "year_group": "N1"}
    made = await given.pupil(await given.school(), **said)
    assert [made[field] for field in said] == [TEMPORARY, None, "E", "N1"]


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ({"upn": "A801200001001"}, "/upn", "upn_check_letter_invalid"),
        ({"former_upns": [UPN, "H80"]}, "/former_upns/1", "upn_format_invalid"),
        ({"uln": "9876543210"}, "/uln", "uln_check_digit_invalid"),
        ({"home_la_code": "8555"}, "/home_la_code", "la_code_format_invalid"),
        ({"year_group": "15"}, "/year_group", "string_pattern_mismatch"),
        ({"sen_provision": "Q"}, "/sen_provision", "literal_error"),
        ({"given_name": ""}, "/given_name", "string_too_short"),
        ({"born_on": (today() + timedelta(days=1)).isoformat()}, "/born_on", "born_in_future"),
        ({"home_school_id": str(new_id())}, "/home_school_id", "school_unknown"),
        ({"source": "sims"}, "/external_id", "source_incomplete"),
        ({"source": "sims", "external_id": UPN}, "/external_id", "external_id_is_upn"),
        (
            {"characteristics": [{"kind": "ehcp", "from_on": "2025-02-02", "to_on": "2025-02-01"}]},
            "/characteristics/0/to_on",
            "ends_before_start",
        ),
        (
            {"characteristics": [{"kind": "ehcp"}, {"kind": "ehcp", "from_on": "2025-01-01"}]},
            "/characteristics/1",
            "characteristics_overlap",
        ),
        ({"characteristics": [{"kind": "gifted"}]}, "/characteristics/0/kind", "literal_error"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_place_and_never_repeated(
    given: Given, said: dict[str, Any], pointer: str, code: str
) -> None:
    school = await given.school()
    made = await given.pupil(school)
    put = {field: value for field, value in said.items() if field not in ("source", "external_id")}
    answers = [
        await school.post("/v1/pupils", NAMES | said),
        await school.patch(f"/v1/pupils/{made['id']}", said, 1),
        *([await school.put("/v1/sources/sims/pupils/1", NAMES | put)] if put else []),
    ]
    for answer in answers:
        assert answer.status_code == 422, answer.text
        assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(pointer, code)]
        assert not any(
            str(value) in answer.text for value in said.values() if isinstance(value, str) and len(value) > 2
        )


async def test_a_home_school_is_a_school(given: Given) -> None:
    partnership = await given.partnership()
    answer = await partnership.post("/v1/pupils", NAMES | {"home_school_id": str(partnership.organisation_id)})
    assert (answer.status_code, answer.json()["code"]) == (422, "school_unknown")


async def test_one_organisation_keeps_one_record_of_a_upn_and_learns_nothing_of_anothers(given: Given) -> None:
    school, other = await given.school(), await given.school()
    made = await given.pupil(school, upn=UPN)
    theirs = await given.pupil(other, upn=UPN)
    assert theirs["upn"] == UPN
    again = await school.post("/v1/pupils", NAMES | {"upn": UPN})
    assert (again.status_code, again.json()["code"], again.json()["pupil_id"]) == (409, "pupil_exists", made["id"])
    second = await given.pupil(school)
    moved = await school.patch(f"/v1/pupils/{second['id']}", {"upn": UPN}, 1)
    assert (moved.status_code, moved.json()["code"]) == (409, "pupil_exists")
    named = await school.put("/v1/sources/sims/pupils/1", NAMES | {"upn": UPN})
    assert (named.status_code, named.json()["pupil_id"]) == (409, made["id"])
    # The way out: tell the record what the other system calls it.
    told = await school.patch(f"/v1/pupils/{made['id']}", {"source": "sims", "external_id": "1"}, 1)
    assert told.status_code == 200
    assert (await school.put("/v1/sources/sims/pupils/1", NAMES | {"upn": UPN})).status_code == 200


async def test_a_upn_that_another_record_formerly_had_is_that_records(given: Given) -> None:
    school = await given.school()
    made = await given.pupil(school, former_upns=[UPN])
    answer = await school.post("/v1/pupils", NAMES | {"upn": UPN})
    assert (answer.status_code, answer.json()["pupil_id"]) == (409, made["id"])


async def test_who_may_record_pupils(given: Given) -> None:
    partnership = await given.partnership()
    provider = await given.api((await given.provider(partnership))["id"])
    for api, status in (
        (await given.school("contributor"), 201),
        (partnership, 201),
        (await given.authority("contributor"), 201),
        (await given.school("viewer"), 403),
        (provider, 403),
    ):
        made = await api.post("/v1/pupils", NAMES)
        put = await api.put("/v1/sources/sims/pupils/1", NAMES)
        assert (made.status_code, put.status_code) == (status, status)


async def test_anothers_record_does_not_exist(given: Given) -> None:
    school = await given.school()
    mine = await given.pupil(school)
    unknown = new_id()
    for stranger in (await given.school(), await given.partnership(), await given.authority(la_code="830")):
        own = await given.pupil(stranger)
        for method, path, body in (
            ("GET", "/v1/pupils/{}", None),
            ("PATCH", "/v1/pupils/{}", {"given_name": "X"}),
            ("GET", "/v1/pupils/{}/shares", None),
            ("POST", "/v1/pupils/{}/shares", {"organisation_id": str(unknown), "purpose": "x"}),
            ("DELETE", "/v1/pupils/{}/shares/" + str(unknown), None),
            ("POST", "/v1/pupils/{}/merges", {"pupil_id": own["id"]}),
            ("POST", f"/v1/pupils/{own['id']}/merges", {"pupil_id": "{}"}),
        ):
            answers = [
                await stranger.send(
                    method,
                    path.format(each),
                    json=body and {key: value.format(each) for key, value in body.items()},
                    headers={"If-Match": '"1"'},
                )
                for each in (mine["id"], unknown)
            ]
            told = [(each.status_code, each.json()["code"], each.json()["detail"]) for each in answers]
            assert told[0] == told[1]
            assert told[0][0] == 404


async def test_a_change_merges_what_is_said_and_empties_what_is_null(given: Given) -> None:
    school = await given.school()
    made = await given.pupil(school, "ehcp", mis_id="77")
    path = f"/v1/pupils/{made['id']}"
    assert (await school.send("PATCH", path, json={})).status_code == 428
    assert (await school.patch(path, {"mis_id": None}, 2)).status_code == 412
    answer = await school.patch(path, {"mis_id": None, "year_group": "9"}, 1)
    assert answer.json() == made | {
        "mis_id": None,
        "year_group": "9",
        "version": 2,
        "updated_at": answer.json()["updated_at"],
    }
    assert answer.headers["etag"] == '"2"'
    assert (await school.patch(path, {"year_group": "9"}, 2)).json()["version"] == 2
    assert (await school.send("GET", path, headers={"If-None-Match": '"2"'})).status_code == 304


async def test_acts_are_told_and_audited_by_ids_and_field_names_alone(given: Given) -> None:
    school = await given.school()
    made = await given.pupil(school, upn=UPN)
    await school.patch(f"/v1/pupils/{made['id']}", {"family_name": "Fictitious", "upn": None}, 1)
    async with given.held.database.session_for(Caller.system("test")) as session:
        audits = (await session.execute(select(Audit).where(col(Audit.entity) == "pupil"))).scalars().all()
        events = (await session.execute(select(Event).where(col(Event.entity) == "pupil"))).scalars().all()
    assert [(each.action, each.details) for each in audits] == [
        ("create", {}),
        ("change", {"fields": ["family_name", "upn"]}),
    ]
    assert [(each.kind, each.audience, each.payload) for each in events] == [
        (kind, [school.organisation_id], {}) for kind in ("pupil.created", "pupil.changed")
    ]


async def test_no_upn_name_or_birth_date_stands_in_an_address_a_log_or_an_error(given: Given, log: io.StringIO) -> None:
    school = await given.school()
    told = NAMES | {"upn": UPN, "born_on": "2012-02-29", "uln": "1000000043"}
    made = await school.made("/v1/pupils", told)
    other = await school.put("/v1/sources/sims/pupils/1", NAMES)
    path = f"/v1/pupils/{made['id']}"
    answers = [
        await school.post("/v1/pupils", told),
        await school.put("/v1/sources/sims/pupils/2", told),
        await school.patch(path, {"upn": UPN, "born_on": "2912-02-29", "family_name": "Inventory\u0000"}, 1),
        await school.patch(f"/v1/pupils/{other.json()['id']}", {"upn": UPN}, 1),
        await school.put(f"/v1/sources/sims/pupils/{UPN}", told),
        await school.post("/v1/pupils/search", {"upn": UPN, "cursor": "x", "given_name": "Wilhelmina"}),
        await school.post("/v1/pupils", told | {"upn": UPN + "1", "sen_provision": UPN}),
    ]
    assert all(answer.status_code in (409, 422) for answer in answers)
    searched = await school.post("/v1/pupils/search", {"given_name": "Wilhelmina", "limit": 1})
    written = [log.getvalue(), *(answer.text for answer in answers)]
    written += [str(answer.headers) for answer in (*answers, other, searched)]
    for secret in (UPN, "Wilhelmina", "Inventory", "2012-02-29", "2912-02-29", "1000000043"):
        assert not any(secret in text for text in written)
    assert log.getvalue().count('"request"') >= 9
