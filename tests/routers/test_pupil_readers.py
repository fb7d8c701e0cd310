"""Who finds which pupils, and what each reader is told of them."""

from typing import Any

from tests.given import Given, week

UPN, TEMPORARY = "H801200001001", "X00180001701A"


async def test_a_list_is_filtered_and_goes_on_by_its_cursor(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    made = [await given.pupil(partnership, year_group=str(8 + each % 2)) for each in range(4)]
    at_school = await given.pupil(partnership, home_school_id=str(school.organisation_id))

    async def ids(query: str) -> list[str]:
        return [each["id"] for each in (await partnership.get(f"/v1/pupils?{query}")).json()["data"]]

    assert await ids("") == [each["id"] for each in [*made, at_school]]
    assert await ids("year_group=9") == [made[1]["id"], made[3]["id"]]
    assert await ids(f"home_school_id={school.organisation_id}") == [at_school["id"]]
    first = (await partnership.get("/v1/pupils?year_group=9&limit=1")).json()
    cursor = first["page"]["next_cursor"]
    assert await ids(f"year_group=9&limit=1&cursor={cursor}") == [made[3]["id"]]
    assert (await partnership.get(f"/v1/pupils?year_group=8&cursor={cursor}")).status_code == 422
    assert (await school.get("/v1/pupils")).json()["data"] == []


async def test_a_search_finds_by_every_key_page_by_page(given: Given) -> None:
    school = await given.school()
    ada = await given.pupil(school, upn=UPN, uln="1000000043", mis_id="7", family_name="Élan_d", born_on="2012-02-29")
    bob = await given.pupil(school, former_upns=[TEMPORARY], family_name="Élandor")
    await given.pupil(await given.school(), mis_id="7", family_name="Élan")

    async def found(**said: Any) -> list[str]:
        answer = await school.post("/v1/pupils/search", said)
        assert answer.status_code == 200, answer.text
        assert "link" not in answer.headers
        return [each["id"] for each in answer.json()["data"]]

    assert await found(upn=UPN.lower()) == await found(uln="1000000043") == await found(mis_id="7") == [ada["id"]]
    assert await found(upn=TEMPORARY) == [bob["id"]]
    assert await found(family_name="Élan") == [ada["id"], bob["id"]]
    assert await found(family_name="ÉLAN_") == [ada["id"]]
    assert await found(family_name="Élan", born_on="2012-02-29") == [ada["id"]]
    assert await found(family_name="%") == []
    first = (await school.post("/v1/pupils/search", {"family_name": "Él", "limit": 1})).json()
    cursor = first["page"]["next_cursor"]
    assert await found(family_name="Él", limit=1, cursor=cursor) == [bob["id"]]
    wrong = (await school.post("/v1/pupils/search", {"family_name": "É", "cursor": cursor})).json()
    assert wrong["errors"][0] == wrong["errors"][0] | {"code": "cursor_invalid", "pointer": "/cursor"}
    nothing = (await school.post("/v1/pupils/search", {"upn": None, "limit": 5})).json()
    assert nothing["errors"][0]["code"] == "criterion_required"


async def test_a_provider_is_told_the_minimum_and_cannot_ask_for_more(given: Given) -> None:
    school, partnership = await given.school(), await given.partnership()
    provider = await given.provider(partnership)
    made = await given.pupil(school, "looked_after", upn=UPN, year_group="9", sen_provision="K", mis_id="7")
    placed = {"provider_id": provider["id"], "pupil_id": made["id"], "starts_on": "2026-09-01", "timetable": week(5, 1)}
    await school.made("/v1/placements", placed)
    teacher = await given.api(provider["id"])
    answer = await teacher.get(f"/v1/pupils/{made['id']}")
    shown = {"id", "given_name", "family_name", "born_on", "year_group"}
    assert {field for field, value in answer.json().items() if value not in (None, [])} == shown
    assert {field: made[field] for field in shown}.items() <= answer.json().items()
    assert answer.json().keys() == made.keys()
    assert "etag" not in answer.headers
    assert (await teacher.get("/v1/pupils")).json()["data"] == [answer.json()]
    assert (await teacher.get(f"/v1/pupils?home_school_id={school.organisation_id}")).json()["data"] == []
    assert (await teacher.get("/v1/pupils?year_group=9")).json()["data"] == [answer.json()]
    for asked, rows in (({"upn": UPN}, 0), ({"mis_id": "7"}, 0), ({"family_name": made["family_name"]}, 1)):
        assert len((await teacher.post("/v1/pupils/search", asked)).json()["data"]) == rows
    other = await given.api((await given.provider(partnership))["id"])
    assert (await other.get(f"/v1/pupils/{made['id']}")).status_code == 404


async def test_the_home_authority_reads_and_does_not_change_or_learn_whose_record_it_is(given: Given) -> None:
    school, authority = await given.school(la_code="855"), await given.authority(la_code="855")
    made = await given.pupil(school, "ehcp", source="sims", external_id="1")
    answer = await authority.get(f"/v1/pupils/{made['id']}")
    assert answer.json() == made | {"owner_id": None, "source": None, "external_id": None}
    refused = await authority.patch(f"/v1/pupils/{made['id']}", {"given_name": "X"}, 1)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
    away = await school.patch(f"/v1/pupils/{made['id']}", {"home_la_code": "831"}, 1)
    assert away.status_code == 200
    assert (await authority.get(f"/v1/pupils/{made['id']}")).status_code == 404
