"""The DfE's voluntary standards: a visit of an authority's own, walked by its four parties."""

from app.db.base import today
from tests.given import Given
from tests.scenarios.visiting import Walk, planned, rated


async def test_the_voluntary_standards_are_rated_one_by_one_and_never_added_up(given: Given) -> None:
    walk = await planned(given, "dfe-nonschool-ap-2025-08")
    assert await walk.opened() == {"lead": "visit", "school": "visit", "provider": "", "authority": ""}
    await walk.prepared(recruitment_checks="not_met")
    assert (await walk.opened())["provider"] == "visit"
    await walk.visited(minutes=120)
    await walk.judge_all(walk.school, recruitment_checks="not_met")
    (refusal,) = await walk.judge(walk.lead, {"item_key": "section:safeguarding-and-welfare", "rating": "met"})
    assert refusal["problem"]["code"] == "not_rated"
    (refusal,) = await walk.judge(walk.lead, {"item_key": "overall", "rating": "met"})
    assert refusal["problem"]["code"] == "item_unknown"
    await walk.step("draft_shared")
    draft = "visit judgements draft"
    assert await walk.opened() == {"lead": draft, "school": draft, "provider": draft, "authority": ""}
    final = await walk.concluded()
    assert rated(final)["criterion:recruitment-checks"] == "not_met"
    assert {key.partition(":")[0] for key in rated(final)} == {"criterion"}
    assert (await walk.lead.get("/v1/visits", params={"kind": "follow_up"})).json()["data"] == []
    report = (await walk.authority.get(f"{walk.path}/report")).json()["document"]
    assert report["overall"] is None


async def test_an_authority_leads_and_a_partnership_outside_the_team_reads_what_is_final(given: Given) -> None:
    network = f"network-{given.number()}"
    authority, sister = await given.authority(network=network), await given.partnership(network=network)
    school = await given.school(partnership_id=sister.organisation_id)
    provider = await given.provider(authority)
    body = {
        "provider_id": provider["id"],
        "framework_id": "dfe-nonschool-ap-2025-08",
        "kind": "qa_visit",
        "planned_on": today().isoformat(),
        "visitors": [{"name": "Ayesha Grant"}],
    }
    visit = await authority.made("/v1/visits", body)
    walk = Walk(authority, school, await given.api(provider["id"]), sister, visit, given)
    nobody = {"lead": "visit judgements", "school": "", "authority": ""}
    await walk.prepared()
    assert await walk.opened() == nobody | {"provider": "visit"}
    await walk.visited()
    await walk.judge_all(authority)
    await walk.step("draft_shared")
    draft = "visit judgements draft"
    assert await walk.opened() == nobody | {"lead": draft, "provider": draft}
    assert await walk.kinds(sister) == await walk.kinds(school) == []
    await walk.concluded()
    assert await walk.opened() == dict.fromkeys(("lead", "school", "provider", "authority"), "visit judgements final")
    for api in (sister, school):
        assert await walk.kinds(api) == ["visit.finalised"]
        assert (await walk.step("cancelled", api, 403, reason="By mistake."))["code"] == "not_yours"
