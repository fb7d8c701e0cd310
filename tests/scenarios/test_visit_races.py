"""Those who visit and the provider at work on one visit at the same moment."""

import asyncio
from typing import Any

import httpx
import pytest

from app.db.base import new_id
from tests.given import Api, Given
from tests.scenarios.visiting import Walk, planned, rated

LEICS = "leics-seip-qa-v1"
OBSERVED, STAFF = "criterion:safety-observed", "criterion:safety-staff"


async def visited(given: Given) -> Walk:
    """A visit that has taken place, judged as well as can be."""
    walk = await planned(given, LEICS)
    await walk.prepared()
    await walk.visited()
    await walk.judge_all(walk.school)
    return walk


def note(text: str, **more: Any) -> dict[str, Any]:
    """A note with an id of the client's own."""
    return {"id": str(new_id()), "item_key": OBSERVED, "text": text} | more


async def saved(walk: Walk, by: Api, part: str, *items: dict[str, Any]) -> httpx.Response:
    """Items sent."""
    return await by.post(f"{walk.path}/{part}", {"items": list(items)})


async def every_response(walk: Walk, by: Api) -> dict[str, dict[str, Any]]:
    """All responses that somebody may see, by id, page by page."""
    found: dict[str, dict[str, Any]] = {}
    cursor: str | None = None
    for _ in range(10):
        asked = {"limit": 200} | ({"cursor": cursor} if cursor else {})
        page = (await by.get(f"{walk.path}/responses", params=asked)).json()
        found |= {each["id"]: each for each in page["data"]}
        cursor = page["page"]["next_cursor"]
        if cursor is None:
            break
    return found


async def test_two_observers_and_the_provider_save_two_hundred_items_each_at_once_and_lose_none(given: Given) -> None:
    walk = await visited(given)
    form = [each["item_key"] for each in (await walk.form())["items"]]
    sent = {
        by.organisation_id: [note(f"{name} {at}", item_key=form[at % len(form)]) for at in range(200)]
        for name, by in (("lead", walk.lead), ("school", walk.school), ("provider", walk.provider))
    }
    # As phones do that were offline: pieces of several sizes, and some of them twice.
    pieces = [(by, sent[by.organisation_id]) for by in (walk.lead, walk.school, walk.provider)]
    cut = [(by, items[at : at + 40]) for at in range(0, 200, 40) for by, items in pieces]
    cut += [(by, items[30:90]) for by, items in pieces]
    answers = await asyncio.gather(*(saved(walk, by, "responses", *items) for by, items in cut))
    assert {answer.status_code for answer in answers} == {207}
    assert {each["status"] for answer in answers for each in answer.json()["results"]} == {200, 201}
    kept = await every_response(walk, walk.lead)
    for organisation_id, items in sent.items():
        mine = {each["id"]: each for each in kept.values() if each["organisation_id"] == str(organisation_id)}
        assert {each["id"]: (each["item_key"], each["text"]) for each in items} == {
            key: (each["item_key"], each["text"]) for key, each in mine.items()
        }
        assert {each["version"] for each in mine.values()} == {1}
    theirs = {each["id"] for each in sent[walk.provider.organisation_id]}
    assert set(await every_response(walk, walk.provider)) == theirs


async def test_the_same_note_sent_twice_at_once_is_one_note(given: Given) -> None:
    walk = await visited(given)
    for _ in range(4):
        said = note("Tidy.")
        first, second = await asyncio.gather(*(saved(walk, walk.school, "responses", said) for _ in range(2)))
        results = [answer.json()["results"][0] for answer in (first, second)]
        assert sorted(each["status"] for each in results) == [200, 201]
        assert {(each["id"], each["version"]) for each in results} == {(said["id"], 1)}


async def test_of_two_texts_under_one_id_at_once_one_stands_and_the_other_is_told(given: Given) -> None:
    walk = await visited(given)
    for _ in range(4):
        said = note("Tidy.")
        other = said | {"text": "Untidy."}
        answers = await asyncio.gather(*(saved(walk, walk.school, "responses", each) for each in (said, other)))
        results = [answer.json()["results"][0] for answer in answers]
        assert sorted(each["status"] for each in results) == [201, 412]
        won = (said, other)[[each["status"] for each in results].index(201)]
        assert (await every_response(walk, walk.school))[said["id"]]["text"] == won["text"]


async def test_an_id_that_two_people_mint_at_once_is_one_persons_and_the_others_is_refused(given: Given) -> None:
    walk = await visited(given)
    said = [note(f"Note {at}.") for at in range(20)]
    answers = await asyncio.gather(
        saved(walk, walk.school, "responses", *said), saved(walk, walk.lead, "responses", *reversed(said))
    )
    assert {answer.status_code for answer in answers} == {207}
    mine, theirs = (answer.json()["results"] for answer in answers)
    for each, other in zip(mine, reversed(theirs), strict=True):
        assert sorted((each["status"], other["status"])) == [201, 409]
        refused = each["problem"] or other["problem"]
        assert refused["code"] == "id_taken"


async def test_of_two_who_judge_one_item_at_once_one_stands_and_the_other_is_told_what_does(given: Given) -> None:
    walk = await planned(given, LEICS)
    await walk.prepared()
    for key in ("safety-observed", "safety-staff", "safety-students"):
        said = [{"item_key": f"criterion:{key}", "rating": rating} for rating in ("green", "amber")]
        answers = await asyncio.gather(
            saved(walk, walk.lead, "judgements", said[0]), saved(walk, walk.school, "judgements", said[1])
        )
        results = [answer.json()["results"][0] for answer in answers]
        assert sorted(each["status"] for each in results) == [201, 412]
        at = [each["status"] for each in results].index(201)
        assert results[1 - at]["problem"]["current"] == {"rating": said[at]["rating"], "version": 1}
        assert rated(await walk.seen(walk.lead))[said[at]["item_key"]] == said[at]["rating"]


async def test_of_two_who_agree_at_once_but_for_the_action_points_none_loses_them_unseen(given: Given) -> None:
    walk = await planned(given, LEICS)
    await walk.prepared()
    for key in (OBSERVED, STAFF):
        said = [{"item_key": key, "rating": "green", "action_points": [point]} for point in ("Lock it.", "Label it.")]
        answers = await asyncio.gather(
            saved(walk, walk.lead, "judgements", said[0]), saved(walk, walk.school, "judgements", said[1])
        )
        assert sorted(answer.json()["results"][0]["status"] for answer in answers) == [201, 412]


async def test_all_items_judged_by_two_at_once_in_opposite_orders_each_have_one_judgement(given: Given) -> None:
    walk = await planned(given, LEICS)
    await walk.step("preparing")
    keys = [each["item_key"] for each in (await walk.form())["items"] if each["values"]]
    said = [{"item_key": key, "rating": "green"} for key in keys]
    answers = await asyncio.gather(
        saved(walk, walk.lead, "judgements", *said), saved(walk, walk.school, "judgements", *reversed(said))
    )
    assert {answer.status_code for answer in answers} == {207}, [answer.text for answer in answers]
    mine, theirs = (answer.json()["results"] for answer in answers)
    assert {each["status"] for each in (*mine, *theirs)} == {200, 201}
    assert [each["id"] for each in mine] == [each["id"] for each in reversed(theirs)]
    assert len((await walk.seen(walk.lead))["judgements"]) == len(keys)


async def test_what_is_saved_while_the_draft_is_shared_is_in_the_draft_or_was_refused(given: Given) -> None:
    walk = await visited(given)
    for _ in range(3):
        sent = [
            (by, [note(f"said {new_id().hex}") for _ in range(5)])
            for by in (walk.school, walk.provider, walk.lead)
            for _ in range(4)
        ]
        version = (await walk.seen(walk.lead))["version"]
        tasks: list[Any] = [saved(walk, by, "responses", *items) for by, items in sent]
        tasks.insert(5, step(walk, walk.lead, "draft_shared", version))
        answers = await asyncio.gather(*tasks)
        assert answers.pop(5).status_code == 200
        draft = (await walk.provider.get(f"{walk.path}/report")).text
        visible = await every_response(walk, walk.lead)
        for (_, items), answer in zip(sent, answers, strict=True):
            assert answer.status_code in (207, 409), answer.text
            kept = answer.status_code == 207
            assert kept or answer.json()["code"] == "visit_closed_for_responses"
            for each in items:
                assert (each["text"] in draft) is kept
                assert (each["id"] in visible) is kept
        await walk.step("visited", reason="Once more.")


@pytest.mark.parametrize("at", range(3))
async def test_a_judgement_changed_while_the_draft_is_shared_counts_whole_or_not_at_all(given: Given, at: int) -> None:
    walk = await visited(given)
    seen = await walk.seen(walk.lead)
    held = next(each for each in seen["judgements"] if each["item_key"] == OBSERVED)
    worse = {"item_key": OBSERVED, "rating": "red", "rationale": "Unlocked.", "version": held["version"]}
    tasks = [saved(walk, walk.school, "judgements", worse), step(walk, walk.lead, "draft_shared", seen["version"])]
    answers = await asyncio.gather(*(tasks if at % 2 else reversed(tasks)))
    change = next(answer for answer in answers if str(answer.url).endswith("/judgements"))
    red = change.status_code == 207
    assert red or change.json()["code"] == "visit_closed_for_judgements"
    raised = (await walk.lead.get("/v1/concerns", params={"visit_id": walk.visit["id"]})).json()["data"]
    assert [each["key"] for each in raised] == (["safety-observed"] if red else [])
    draft = (await walk.provider.get(f"{walk.path}/report")).json()["document"]
    items = {each["key"]: each["rating"]["value"] for section in draft["sections"] for each in section["items"]}
    assert items["safety-observed"] == ("red" if red else "green")


async def test_an_answer_taken_back_while_the_draft_is_shared_was_there_or_is_missed(given: Given) -> None:
    walk = await planned(given, "herefordshire-apqa-v1")
    await walk.prepared()
    await walk.visited()
    await walk.answer_questions(walk.provider)
    await walk.judge_all(walk.school)
    seen = await walk.seen(walk.lead)
    answer = seen["responses"][0]
    removal = walk.provider.send("DELETE", f"{walk.path}/responses/{answer['id']}", headers={"If-Match": '"1"'})
    removed, shared = await asyncio.gather(removal, step(walk, walk.lead, "draft_shared", seen["version"]))
    assert sorted((removed.status_code, shared.status_code)) in ([200, 409], [204, 409])


async def test_of_two_steps_at_once_one_is_taken(given: Given) -> None:
    walk = await planned(given, LEICS)
    await walk.prepared()
    version = (await walk.seen(walk.lead))["version"]
    told = {"visited_on": walk.visit["planned_on"], "duration_minutes": 120}
    answers = await asyncio.gather(
        step(walk, walk.lead, "visited", version, **told),
        step(walk, walk.school, "visited", version, **told),
        step(walk, walk.lead, "cancelled", version, reason="By mistake."),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_a_dispute_and_the_finalising_at_once_are_one_or_the_other(given: Given) -> None:
    walk = await visited(given)
    await walk.step("draft_shared")
    await walk.provider.made(f"{walk.path}/comments", {"kind": "conclusion", "text": "Nothing more."})
    version = (await walk.seen(walk.lead))["version"]
    answers = await asyncio.gather(
        step(walk, walk.lead, "finalised", version),
        step(walk, walk.provider, "disputed", version, reason="The store was locked."),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    status = next(answer.json()["status"] for answer in answers if answer.status_code == 200)
    seen = await walk.seen(walk.provider)
    assert seen["status"] == status
    assert [each["stage"] for each in seen["versions"]][1:] == (["final"] if status == "finalised" else [])


async def step(walk: Walk, by: Api, to: str, version: int, **said: Any) -> httpx.Response:
    """A step taken from a version that was seen."""
    headers = {"If-Match": f'"{version}"'}
    return await by.post(f"{walk.path}/transitions", {"to": to, **said}, headers=headers)


async def test_of_the_same_step_under_the_same_key_at_once_one_is_taken_and_the_other_replayed_or_told_to_wait(
    given: Given,
) -> None:
    walk = await planned(given, LEICS)
    body, headers = {"to": "preparing"}, {"If-Match": '"1"', "Idempotency-Key": "step-1"}
    answers = await asyncio.gather(
        *(walk.lead.post(f"{walk.path}/transitions", body, headers=headers) for _ in range(3))
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    again = await walk.lead.post(f"{walk.path}/transitions", body, headers=headers)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert again.json()["registration"]["status"] == "not_found"
    assert again.json()["version"] == (await walk.seen(walk.lead))["version"] == 2
