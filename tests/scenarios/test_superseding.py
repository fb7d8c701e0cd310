"""Which findings give way, whatever the order in which visits are finalised."""

from dataclasses import replace
from datetime import timedelta

from app.db.base import today
from tests.given import Given
from tests.scenarios.visiting import Walk, planned


async def finalised(walk: Walk, days_ago: int) -> None:
    """Take a planned visit of some days ago to its end."""
    await walk.step("preparing")
    await walk.judge_all(walk.lead, phase="before_visit")
    await walk.step("with_provider")
    visited_on = (today() - timedelta(days=days_ago)).isoformat()
    await walk.step("visited", visited_on=visited_on, duration_minutes=120)
    await walk.judge_all(walk.lead)
    await walk.step("draft_shared")
    conclusion = {"kind": "conclusion", "text": "We agree."}
    assert (await walk.provider.post(f"{walk.path}/comments", conclusion)).status_code == 201
    await walk.step("finalised")


async def test_the_older_visit_gives_way_also_when_it_is_finalised_last(given: Given) -> None:
    newer = await planned(given, "leics-seip-qa-v1")
    said = {name: newer.visit[name] for name in ("provider_id", "framework_id", "kind", "planned_on")}
    said["visitors"] = [{"name": "Ayesha Grant"}]
    older = replace(newer, visit=await newer.lead.made("/v1/visits", said))
    await finalised(newer, days_ago=1)
    await finalised(older, days_ago=30)
    for visit, standing in ((newer, {"current"}), (older, {"superseded"})):
        told = (await newer.lead.get("/v1/judgements", params={"visit_id": visit.visit["id"], "limit": 200})).json()
        assert {each["standing"] for each in told["data"]} == standing
