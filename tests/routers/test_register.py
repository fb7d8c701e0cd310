"""The register and the code lists over HTTP."""

import base64
import json
from datetime import date
from typing import Any

import pytest

from app.db import gias
from app.db.establishments import EstablishmentLink
from app.domain.access import Caller
from app.integrations.gias import read_establishments, read_links
from tests.fixtures.make_gias import FIXTURES
from tests.given import Api, Given

NARROW = FIXTURES / "edubasealldata20250422.csv"
LINKS = FIXTURES / "links_edubasealldata20250422.csv"


@pytest.fixture
async def school(given: Given) -> Api:
    """A school's client, with the register filled."""
    async with given.held.database.session_for(Caller.system("gias")) as session:
        with NARROW.open("rb") as file:
            await gias.import_extract(session, read_establishments(file), extract_on=date(2025, 4, 22))
        with LINKS.open("rb") as file:
            await gias.import_links(session, read_links(file))
    return await given.school()


async def urns(api: Api, query: str) -> list[int]:
    answer = await api.get(f"/v1/establishments?{query}")
    assert answer.status_code == 200, answer.text
    return [each["urn"] for each in answer.json()["data"]]


SEARCHES = {
    "urn=990003": [990003],
    "ukprn=10990001": [990001],
    "dfe_number=855/6901": [990001],
    "dfe_number=8556901": [990001],
    "company_number=09900001": [990001],
    "name=the upper WILLOW school": [990001],
    "name=bank, willow!": [990001],
    "name=saint eloi": [990002],
    "name=willow absent": [],
    "status=closed": [990009, 990010],
    "status=closed&la_code=999": [],
    "urn=123456": [],
}


async def test_establishments_are_found_by_identifier_words_of_the_name_area_and_status(school: Api) -> None:
    assert {query: await urns(school, query) for query in SEARCHES} == SEARCHES


async def test_one_establishment_shows_its_relatives_and_the_extract_it_is_from(school: Api) -> None:
    answer = await school.get("/v1/establishments/990009")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["registration_status"] == "closed"
    assert shown["gias_extract_on"] == "2025-04-22"
    assert [each["urn"] for each in shown["successors"]] == [990010, 990014]
    assert shown["predecessors"] == []
    after = (await school.get("/v1/establishments/990014")).json()
    assert [each["urn"] for each in after["predecessors"]] == [990010, 990009]


async def test_what_is_not_in_the_register_is_not_found(school: Api) -> None:
    for urn, status in (("990099", 404), ("0", 422), ("99999999999", 422), ("x", 422)):
        assert (await school.get(f"/v1/establishments/{urn}")).status_code == status, urn


async def test_the_list_goes_on_by_urn_and_takes_no_forged_cursor(school: Api) -> None:
    first = (await school.get("/v1/establishments?limit=5")).json()
    cursor = first["page"]["next_cursor"]
    second = (await school.get(f"/v1/establishments?limit=200&cursor={cursor}")).json()
    both = [each["urn"] for each in first["data"] + second["data"]]
    assert both == sorted(set(both))
    assert len(both) == 13
    digest, _ = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    for last in ("99999999999999999999", "-1", "x", 1e999, [1], None):
        forged = base64.urlsafe_b64encode(json.dumps([digest, last]).encode()).decode().rstrip("=")
        answer = await school.get(f"/v1/establishments?cursor={forged}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "cursor_invalid"), last


async def test_every_role_reads_the_register_and_nobody_without_a_token(given: Given, school: Api) -> None:
    partnership = await given.partnership()
    provider = await given.api((await given.provider(partnership))["id"])
    for api in (school, partnership, await given.authority(), provider):
        assert len(await urns(api, "")) == 13
    assert (await given.http.get("/v1/establishments")).status_code == 401


async def test_links_to_what_the_register_does_not_have_are_passed_over(given: Given, school: Api) -> None:
    async with given.held.database.session_for(Caller.system("test")) as session:
        session.add(EstablishmentLink(urn=990014, link_urn=999_999, link_type="Successor"))
    shown = (await school.get("/v1/establishments/990014")).json()
    assert shown["successors"] == []


async def reference(api: Api, name: str) -> dict[str, dict[str, Any]]:
    answer = await api.get(f"/v1/reference-data/{name}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["list"] == name
    return {each["code"]: each for each in answer.json()["items"]}


async def test_each_code_list_is_named_and_can_be_read(given: Given) -> None:
    school = await given.school()
    lists = (await school.get("/v1/reference-data")).json()["data"]
    assert {each["list"] for each in lists} >= {"la-codes", "placement-reasons", "setting-types", "sen-provision"}
    for each in lists:
        assert each["source"]
        assert await reference(school, each["list"])
    assert (await school.get("/v1/reference-data/none")).status_code == 404
    assert (await given.http.get("/v1/reference-data")).status_code == 401


async def test_la_codes_tell_when_they_began_and_ended(given: Given) -> None:
    codes = await reference(await given.school(), "la-codes")
    assert codes["855"] == {"code": "855", "label": "Leicestershire", "valid_from": None, "valid_to": None}
    assert (codes["909"]["valid_to"], codes["942"]["valid_from"]) == ("2023-03-31", "2023-04-01")
    assert codes["370"]["valid_to"] is None


async def test_a_reason_without_a_published_label_has_none(given: Given) -> None:
    reasons = await reference(await given.school(), "ap-reasons")
    assert [code for code, each in reasons.items() if each["label"] is None] == ["ASP", "RHE"]
