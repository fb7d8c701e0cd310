"""How a test drafts an improvement plan, and takes its actions from step to step."""

from typing import Any

from tests.given import Api
from tests.scenarios.visiting import Walk

LEICS = "leics-seip-qa-v1"


async def shared(walk: Walk, *points: str, **otherwise: str) -> Walk:
    """A visit taken to a shared draft.

    Args:
        points: action points under "safety-observed", which is green.
        otherwise: ratings by bare key that are not the best.
    """
    await walk.prepared()
    await walk.visited()
    await walk.judge_all(walk.school, phase="at_visit", **otherwise)
    if points:
        await judge_again(walk, "criterion:safety-observed", rating="green", action_points=list(points))
    await walk.step("draft_shared")
    return walk


async def judge_again(walk: Walk, item_key: str, **said: Any) -> None:
    """Change what is agreed on an item."""
    held = {each["item_key"]: each["version"] for each in (await walk.seen(walk.lead))["judgements"]}
    item = {"item_key": item_key, "rationale": "Seen.", "version": held[item_key]} | said
    results = await walk.judge(walk.lead, item)
    assert results[0]["status"] == 200, results


async def drafted(walk: Walk, by: Api, status: int = 201, **said: Any) -> dict[str, Any]:
    """Draft the plan of the visit; what is answered."""
    answer = await by.post(f"{walk.path}/action-plan", said)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def actions(by: Api, **asked: Any) -> list[dict[str, Any]]:
    """The actions that somebody sees."""
    answer = await by.get("/v1/actions", params={"limit": 200} | asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def plans(by: Api, **asked: Any) -> list[dict[str, Any]]:
    """The plans that somebody sees."""
    answer = await by.get("/v1/action-plans", params={"limit": 200} | asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def moved(by: Api, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """POST to a part of a record with the ETag that it has now; what is answered."""
    etag = (await by.get(path.rpartition("/")[0])).headers.get("etag", '"1"')
    answer = await by.post(path, body, headers={"If-Match": etag})
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def step(by: Api, action: dict[str, Any], to: str, status: int = 200, **said: Any) -> dict[str, Any]:
    """Take an action to another status."""
    return await moved(by, f"/v1/actions/{action['id']}/transitions", {"to": to, **said}, status)


async def settle(owner: Api, provider: Api, *found: dict[str, Any]) -> None:
    """See that actions are submitted and verified."""
    for each in found:
        await step(provider, each, "submitted")
        await step(owner, each, "verified")
