"""The priorities of a theme that nobody rates, or that follows from its criteria."""

from app.db.base import today
from tests.given import Given
from tests.scenarios.visiting import planned


async def test_a_theme_has_priorities_though_nobody_rates_it(given: Given) -> None:
    walk = await planned(given, "herefordshire-apqa-v1")
    await walk.step("preparing")
    await walk.judge_all(walk.lead, phase="before_visit")
    await walk.step("with_provider")
    await walk.answer_questions(walk.provider)
    await walk.step("visited", visited_on=today().isoformat(), duration_minutes=180)
    await walk.judge_all(walk.lead)
    priorities = {
        "section:safeguarding": "Renew the signing-in book.",
        "section:outcomes": "Publish last year's results.",
    }
    saved = await walk.judge(
        walk.lead,
        *({"item_key": key, "action_points": [text]} for key, text in priorities.items()),
        {"item_key": "criterion:no-such"},
        {"item_key": "section:safeguarding", "rating": "fully_met"},
    )
    assert [each["status"] for each in saved] == [201, 201, 422, 422]
    criterion = next(each["item_key"] for each in (await walk.form())["items"] if each["kind"] == "criterion")
    [refused] = await walk.judge(walk.lead, {"item_key": criterion, "action_points": ["x"]})
    assert refused["problem"]["code"] == "rating_missing"

    shared = await walk.step("draft_shared")
    told = {each["item_key"]: (each["rating"], each["action_points"]) for each in shared["judgements"]}
    assert told["section:safeguarding"] == ("fully_met", [priorities["section:safeguarding"]])
    assert told["section:outcomes"] == (None, [priorities["section:outcomes"]])
    document = (await walk.provider.get(f"{walk.path}/report")).json()["document"]
    points = {each["key"]: each["action_points"] for each in document["sections"]}
    assert points["outcomes"] == [priorities["section:outcomes"]]

    assert (
        await walk.provider.post(f"{walk.path}/comments", {"kind": "conclusion", "text": "Yes."})
    ).status_code == 201
    await walk.step("finalised")
    found = (await walk.lead.get("/v1/judgements", params={"visit_id": walk.visit["id"], "limit": 200})).json()["data"]
    assert "outcomes" not in {each["section_key"] for each in found if each["level"] == "section"}
    drafted = await walk.lead.post(f"{walk.path}/action-plan", {})
    assert drafted.status_code == 201, drafted.text
    actions = (await walk.provider.get("/v1/actions")).json()["data"]
    assert {each["action"] for each in actions} == set(priorities.values())
