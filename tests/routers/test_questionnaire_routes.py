"""Questionnaires: worded, drawn, answered by secret links, and told so that nobody is known by them."""

from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select, text
from sqlmodel import col

from app.db.base import now, today
from app.db.questionnaires import QuestionnaireLink
from app.domain.access import Caller
from app.domain.questionnaires import draw
from tests.given import Api, Given, week

QUESTIONS: list[dict[str, Any]] = [
    {"key": "safe", "kind": "yes_no", "text": "Do you feel safe?"},
    {"key": "how", "kind": "scale", "text": "How is it?", "values": ["poor", "good"], "required": False},
    {"key": "words", "kind": "text", "text": "What would you change?", "required": False},
]
SOON = (now() + timedelta(days=1)).isoformat()


class Scene:
    """A partnership that asks about a provider, and others around them."""

    def __init__(self, given: Given) -> None:
        self.given = given

    async def settle(self) -> "Scene":
        """Make them."""
        self.partnership = await self.given.partnership()
        self.stranger = await self.given.partnership()
        self.made = await self.given.provider(self.partnership)
        self.provider = await self.given.api(self.made["id"])
        self.bound = {"programme_id": "ave-qa-v8", "provider_id": self.made["id"]}
        return self

    async def worded(self, **more: Any) -> dict[str, Any]:
        """A draft."""
        said = {"title": "How is it?", "audience": "pupils", "questions": QUESTIONS} | self.bound | more
        return await self.partnership.made("/v1/questionnaires", said)

    async def step(self, asked: dict[str, Any], to: str) -> dict[str, Any]:
        """The next status, as the partnership takes it."""
        return await acted(self.partnership, asked, "steps", {"to": to})

    async def opened(self) -> dict[str, Any]:
        """One that is open."""
        return await self.step(await self.worded(), "open")

    async def links(self, asked: dict[str, Any], **more: Any) -> list[str]:
        """The paths of new links."""
        said = {"count": 1, "expires_at": SOON} | more
        made = await self.partnership.made(f"/v1/questionnaires/{asked['id']}/links", said)
        return [httpx.URL(each).path for each in made["urls"]]

    async def answered(self, asked: dict[str, Any], *answers: dict[str, str]) -> dict[str, Any]:
        """It closed, after these answers."""
        for path, each in zip(await self.links(asked, count=len(answers)), answers, strict=True):
            assert (await self.given.http.post(path, json={"answers": each})).status_code == 204
        return await self.step(asked, "closed")


async def acted(by: Api, asked: dict[str, Any], act: str, body: dict[str, Any]) -> dict[str, Any]:
    """What an act on a version makes of a questionnaire."""
    headers = {"If-Match": f'"{asked["version"]}"'}
    answer = await by.send("POST", f"/v1/questionnaires/{asked['id']}/{act}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def code(answer: httpx.Response) -> tuple[int, str]:
    """How it was refused."""
    return answer.status_code, answer.json()["code"]


async def test_a_questionnaire_belongs_to_a_visit_or_to_a_programme_and_a_provider(given: Given) -> None:
    scene = await Scene(given).settle()
    said = {"title": "x", "audience": "staff", "questions": QUESTIONS}
    for bound in ({}, {"programme_id": "ave-qa-v8"}, {"provider_id": scene.made["id"]}):
        answer = await scene.partnership.post("/v1/questionnaires", said | bound)
        assert code(answer) == (422, "questionnaire_unbound")
    answer = await scene.partnership.post("/v1/questionnaires", said | scene.bound | {"programme_id": "none-v1"})
    assert code(answer) == (404, "not_found")
    answer = await scene.partnership.post("/v1/questionnaires", said | scene.bound | {"questions": QUESTIONS[:1] * 2})
    assert code(answer) == (422, "questions_invalid")


async def test_only_a_draft_is_worded_otherwise(given: Given) -> None:
    scene = await Scene(given).settle()
    asked = await scene.worded()
    path = f"/v1/questionnaires/{asked['id']}"
    changed = (await scene.partnership.patch(path, {"title": "Another"}, asked["version"])).json()
    assert (changed["title"], changed["questions"][0]["values"]) == ("Another", ["yes", "no"])
    opened = await scene.step(changed, "open")
    answer = await scene.partnership.patch(path, {"title": "Again"}, opened["version"])
    assert code(answer) == (409, "questionnaire_open")
    assert code(await scene.stranger.get(path)) == (404, "not_found")


async def test_a_link_is_answered_without_signing_in_as_often_as_it_may_be(given: Given) -> None:
    scene = await Scene(given).settle()
    asked = await scene.opened()
    (path,) = await scene.links(asked, uses=2)
    shown = (await given.http.get(path)).json()
    assert set(shown) == {"title", "audience", "questions"}
    assert [each["key"] for each in shown["questions"]] == ["safe", "how", "words"]
    answer = await given.http.post(path, json={"answers": {"safe": "perhaps", "who": "me"}})
    assert code(answer) == (422, "answers_invalid")
    assert (await given.http.post(path, json={"answers": {"safe": "yes"}, "name": "x"})).status_code == 422
    for _ in range(2):
        assert (await given.http.post(path, json={"answers": {"safe": "yes"}})).status_code == 204
    for answer in (await given.http.get(path), await given.http.post(path, json={"answers": {"safe": "yes"}})):
        assert code(answer) == (409, "link_used")
    assert (await scene.partnership.get(f"/v1/questionnaires/{asked['id']}")).json()["answered"] == 2


async def test_a_link_that_is_unknown_expired_or_of_a_closed_questionnaire_is_not_found(given: Given) -> None:
    scene = await Scene(given).settle()
    asked = await scene.opened()
    expired, live = await scene.links(asked, count=2)
    async with given.held.database.session_for(Caller.system("test")) as session:
        rows = (await session.execute(select(QuestionnaireLink).order_by(col(QuestionnaireLink.id)))).scalars().all()
        found = [each for each in rows if str(each.questionnaire_id) == asked["id"]]
        assert not any(part in str(each.secret_hash) for each in found for part in (expired[3:], live[3:]))
        found[0].expires_at = now()
    assert (await given.http.get(live)).status_code == 200
    await scene.step(asked, "closed")
    for path in (expired, live, "/q/unknown"):
        assert code(await given.http.get(path)) == (404, "not_found")
        assert code(await given.http.post(path, json={"answers": {"safe": "yes"}})) == (404, "not_found")


async def test_links_end_within_a_year_and_are_counted_one_way(given: Given) -> None:
    scene = await Scene(given).settle()
    draft = await scene.worded()
    path, soon = f"/v1/questionnaires/{draft['id']}/links", {"expires_at": SOON}
    assert code(await scene.partnership.post(path, {"count": 1} | soon)) == (409, "questionnaire_draft")
    await scene.step(draft, "open")
    assert code(await scene.partnership.post(path, soon)) == (422, "links_uncounted")
    for days in (-1, 400):
        late = {"count": 1, "expires_at": (now() + timedelta(days=days)).isoformat()}
        assert code(await scene.partnership.post(path, late)) == (422, "expiry_unfit")


async def test_nothing_of_who_answered_is_kept(given: Given) -> None:
    scene = await Scene(given).settle()
    asked = await scene.answered(await scene.opened(), {"safe": "yes"})
    async with given.held.database.session_for(Caller.system("test"), readonly=True) as session:
        query = text("SELECT to_jsonb(a) - 'id' FROM questionnaire_answers a WHERE questionnaire_id = :asked")
        kept = (await session.execute(query, {"asked": asked["id"]})).scalar_one()
        said = (
            await session.execute(text("SELECT action FROM audit WHERE entity_id = :asked"), {"asked": asked["id"]})
        ).scalars()
        assert "answer" not in list(said)
    partnership = str(scene.partnership.organisation_id)
    assert kept == {"questionnaire_id": asked["id"], "organisation_id": partnership, "answers": {"safe": "yes"}}


async def test_results_are_told_of_enough_answers_once_it_is_closed(given: Given) -> None:
    scene = await Scene(given).settle()
    few = await scene.opened()
    path = f"/v1/questionnaires/{few['id']}/results"
    assert code(await scene.partnership.get(path)) == (409, "questionnaire_open")
    closed = await scene.answered(few, *[{"safe": "no", "words": "Nothing."}] * 4)
    hidden = (await scene.partnership.get(path)).json()
    assert hidden == {"suppressed": True, "answered": None, "least_group": 5, "questions": []}
    headers = {"If-Match": f'"{closed["version"]}"'}
    shared = await scene.partnership.send("POST", path.replace("results", "share"), json={}, headers=headers)
    assert code(shared) == (409, "too_few_answers")


async def test_the_provider_reads_results_when_they_are_shared_and_texts_when_these_are(given: Given) -> None:
    scene = await Scene(given).settle()
    answers = [{"safe": "yes", "how": "good", "words": f"Words {n}"} for n in range(6)]
    answers += [{"safe": "yes", "how": "poor"}] * 5 + [{"safe": "no"}] * 5
    closed = await scene.answered(await scene.opened(), *answers)
    path = f"/v1/questionnaires/{closed['id']}/results"
    for reader in (scene.provider, scene.stranger):
        assert code(await reader.get(path)) == (404, "not_found")
    whole = (await scene.partnership.get(path)).json()
    safe, how, words = whole["questions"]
    assert (whole["answered"], how["unanswered"], len(words["texts"])) == (16, 5, 6)
    assert safe["suppressed"]
    shared = await acted(scene.partnership, closed, "share", {})
    told = (await scene.provider.get(path)).json()
    assert told["questions"][1] == how
    assert (told["questions"][2]["texts"], told["questions"][2]["suppressed"]) == ([], True)
    assert [each["id"] for each in (await scene.provider.get("/v1/questionnaires")).json()["data"]] == [closed["id"]]
    await acted(scene.partnership, shared, "share", {"texts": True})
    assert (await scene.provider.get(path)).json() == whole
    assert code(await scene.stranger.get(path)) == (404, "not_found")


async def test_a_sample_is_drawn_again_by_its_seed_from_what_the_caller_sees(given: Given) -> None:
    scene = await Scene(given).settle()
    said = {"provider_id": scene.made["id"], "starts_on": today().isoformat(), "timetable": week(3, 1)}
    for _ in range(4):
        pupil = await given.pupil(scene.partnership)
        await scene.partnership.made("/v1/placements", said | {"pupil_id": pupil["id"]})
    other = await given.school()
    hidden = await other.made("/v1/placements", said | {"pupil_id": (await given.pupil(other))["id"]})
    planned = {"provider_id": scene.made["id"], "framework_id": "leics-seip-qa-v1", "kind": "qa_visit"}
    visit = await scene.partnership.made("/v1/visits", planned)
    asked = await scene.worded(programme_id=None, provider_id=None, visit_id=visit["id"])
    path = f"/v1/questionnaires/{asked['id']}/samples"
    first = await scene.partnership.made(path, {"visit_id": visit["id"], "size": 2})
    again = await scene.partnership.made(path, {"visit_id": visit["id"], "size": 2, "seed": first["seed"]})
    assert (again["placement_ids"], again["frame_size"]) == (first["placement_ids"], 4)
    every = await scene.partnership.made(path, {"visit_id": visit["id"], "size": 9, "seed": first["seed"]})
    assert hidden["id"] not in every["placement_ids"]
    assert [str(each) for each in draw(first["seed"], every["placement_ids"], 2)] == first["placement_ids"]
    listed = (await scene.partnership.get(path)).json()["data"]
    assert [each["seed"] for each in listed] == [first["seed"]] * 3
    opened = await scene.step(asked, "open")
    assert len(await scene.links(opened, count=None, sample_id=first["id"])) == 2
    elsewhere = await given.provider(scene.partnership)
    away = await scene.worded(provider_id=elsewhere["id"])
    answer = await scene.partnership.post(
        f"/v1/questionnaires/{away['id']}/samples", {"visit_id": visit["id"], "size": 2}
    )
    assert code(answer) == (422, "visit_elsewhere")
