"""What of a visit anybody can find out by any route, before it is theirs to know."""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from app.db.base import new_id
from tests.access.world import TERMS
from tests.evidence.sending import digest
from tests.given import Api, Given
from tests.scenarios.probing import changed, containing, read, tried
from tests.scenarios.visiting import Walk, planned

NUMBERS = count(1)
OBSERVED, RATED = "criterion:safety-observed", ("green", "amber", "red")
# It counts the requests of all organisations, and so changes with every one.
WATCHED = "GET /metrics {}"
# Rows that are there from the first moment, so that what is asked stays the same.
ROWS = ("response_id", "judgement_id", "evidence_id")


@dataclass(slots=True)
class Secrets:
    """A visit whose observers write things that nobody else has ever written."""

    walk: Walk
    words: list[str] = field(default_factory=list)
    ids: dict[str, Any] = field(default_factory=dict)

    def word(self) -> str:
        """A word that stands nowhere else."""
        self.words.append(f"quagga{next(NUMBERS):04}x")
        return self.words[-1]

    async def written(self) -> None:
        """Both who visit note, judge, bring a file, change something and take something back."""
        for by in (self.walk.lead, self.walk.school):
            person = {"acting_for": {"user_id": self.word(), "display_name": self.word()}}
            note = {"item_key": OBSERVED, "text": f"Seen: {self.word()}.", "rating": "red"}
            gone = {"item_key": OBSERVED, "text": f"Not seen: {self.word()}."}
            saved = await by.post(f"{self.walk.path}/responses", {"items": [note, gone]} | person)
            kept, dropped = saved.json()["results"]
            await by.send("DELETE", f"{self.walk.path}/responses/{dropped['id']}", headers={"If-Match": '"1"'})
            self.words.append(kept["id"])
            self.ids["response_id"] = kept["id"]
        await self._judged(person)
        await self._filed()

    async def _judged(self, person: dict[str, Any]) -> None:
        seen = await self.walk.seen(self.walk.lead)
        held = {each["item_key"]: each["version"] for each in seen["judgements"]}
        said = {"item_key": OBSERVED, "rating": RATED[len(self.words) % 3], "version": held.get(OBSERVED)}
        said |= {"rationale": f"Because {self.word()}.", "action_points": [f"Do {self.word()}."]}
        saved = await self.walk.school.post(f"{self.walk.path}/judgements", {"items": [said]} | person)
        self.ids["judgement_id"] = saved.json()["results"][0]["id"]
        self.words.append(self.ids["judgement_id"])

    async def _filed(self) -> None:
        content = f"{self.word()}\n".encode()
        query = {"provider_id": self.walk.visit["provider_id"], "visit_id": self.walk.visit["id"]}
        headers = {"Content-Type": "text/plain", "Content-Digest": digest(content)}
        path = f"/v1/evidence/{new_id()}"
        answer = await self.walk.school.send(
            "PUT", path, params=query | {"title": self.word()}, content=content, headers=headers
        )
        assert answer.status_code == 201, answer.text
        self.ids["evidence_id"] = answer.json()["id"]
        self.words += [answer.json()["id"], answer.json()["sha256"]]


async def secret(given: Given) -> Secrets:
    """A planned visit; the ids that a prober may know or guess."""
    walk = await planned(given, "leics-seip-qa-v1")
    made = Secrets(walk)
    made.ids |= {"visit_id": walk.visit["id"], "provider_id": walk.visit["provider_id"], "content_hash": "0" * 64}
    made.ids |= {"item_key": OBSERVED, "framework_id": "leics-seip-qa-v1", "key": OBSERVED}
    made.ids |= {"organisation_id": str(walk.lead.organisation_id), "check_id": str(new_id()), "urn": "990001"}
    made.ids |= {each: str(new_id()) for each in ROWS} | {"programme_id": "leics-seip-qa-v1"}
    terms = {"terms": TERMS}
    assert (await walk.authority.put("/v1/calendars/2026-27", terms)).status_code in (200, 201, 428)
    rounds = {"programme_id": "leics-seip-qa-v1", "academic_year": "2026-27"}
    assert (await walk.provider.get("/v1/qa-cycle", params=rounds)).status_code == 200
    return made


async def nothing_new(made: Secrets, by: Api) -> None:
    """While observers write, every answer stays the same to the byte, and none holds a word of theirs."""
    await made.written()
    before = await read(by, made.ids) | await tried(by, made.ids)
    await made.written()
    after = await read(by, made.ids) | await tried(by, made.ids)
    assert list(changed(before, after)) == [WATCHED]
    assert containing(after, tuple(made.words)) == []


async def test_that_a_visit_is_planned_prepared_and_cancelled_a_provider_cannot_find_out(given: Given) -> None:
    made = await secret(given)
    walk = made.walk
    before = await read(walk.provider, made.ids) | await tried(walk.provider, made.ids)
    version = (await walk.seen(walk.lead))["version"]
    plan = {"visitors": [{"name": made.word(), "role": made.word()}], "planned_minutes": 77}
    assert (await walk.lead.patch(walk.path, plan, version)).status_code == 200
    await walk.step("preparing")
    await made.written()
    after = await read(walk.provider, made.ids) | await tried(walk.provider, made.ids)
    assert set(changed(before, after)) == {WATCHED}
    assert containing(after, tuple(made.words)) == []
    await walk.step("cancelled", reason=f"Called off: {made.word()}.")
    after = await read(walk.provider, made.ids)
    assert set(changed({each: before[each] for each in after}, after)) == {WATCHED}
    assert containing(after, tuple(made.words)) == []


@pytest.mark.parametrize("status", ["with_provider", "visited", "taken_back"])
async def test_a_provider_learns_nothing_of_notes_and_ratings_by_any_route_before_the_draft(
    given: Given, status: str
) -> None:
    made = await secret(given)
    walk = made.walk
    await walk.prepared()
    await walk.note(walk.provider, {"item_key": OBSERVED, "text": "We lock the store."})
    if status in ("visited", "taken_back"):
        await walk.visited()
    if status == "taken_back":
        await walk.judge_all(walk.school, learner_safety="red")
        await made.written()
        draft = await walk.step("draft_shared")
        assert {word for _, word in containing(await read(walk.provider, made.ids), tuple(made.words))}  # it is found
        made.ids["content_hash"] = draft["versions"][0]["content_hash"]
        (concern,) = (await walk.provider.get("/v1/concerns")).json()["data"]
        made.ids["concern_id"] = concern["id"]
        made.words += [concern["id"], made.ids["content_hash"]]
        await walk.step("visited", reason=f"To be put right: {made.word()}.")
    await nothing_new(made, walk.provider)


async def test_whoever_does_not_visit_learns_nothing_before_a_visit_is_final(given: Given) -> None:
    made = await secret(given)
    walk = made.walk
    others = {
        "a school that does not visit": await given.school(partnership_id=walk.lead.organisation_id),
        "the authority of the network": walk.authority,
        "another partnership of the network": await given.partnership(network=walk.network),
        "a partnership elsewhere": await given.partnership(),
    }
    before = await asyncio.gather(*(read(by, made.ids) for by in others.values()))
    await walk.prepared()
    await walk.visited()
    await walk.judge_all(walk.lead, learner_safety="red")
    await made.written()
    shared = await walk.step("draft_shared")
    made.ids["content_hash"] = shared["versions"][0]["content_hash"]
    await walk.provider.made(f"{walk.path}/comments", {"kind": "comment", "text": f"But {made.word()}."})
    await walk.step("disputed", walk.provider, reason=f"Since {made.word()}.")
    after = await asyncio.gather(*(read(by, made.ids) for by in others.values()))
    for name, then, now in zip(others, before, after, strict=True):
        # The check that is kept when the provider is told is read by whoever oversees the place; it names no visit.
        told = {each for each in changed(then, now) if not each.startswith("GET /v1/registration-checks ")}
        assert told == {WATCHED}, name
        assert containing(now, tuple(made.words)) == [], name


async def test_why_a_text_that_seems_to_name_staff_may_stand_is_told_to_nobody(given: Given) -> None:
    made = await secret(given)
    walk = made.walk
    staff = f"/v1/providers/{walk.visit['provider_id']}/staff"
    await walk.provider.made(staff, {"name": "Rosalind Quimby", "role": "teacher"})
    await walk.prepared()
    await walk.visited()
    await walk.judge_all(walk.lead)
    await walk.note(walk.school, {"item_key": OBSERVED, "text": "The Quimby hall was tidy."})
    told = await walk.step("draft_shared")
    assert {each["code"] for each in told["alerts"]} != set()
    await walk.provider.made(f"{walk.path}/comments", {"kind": "conclusion", "text": "Nothing more."})
    refused = await walk.step("finalised", status=409)
    assert [each["pointer"].split("/")[1] for each in refused["errors"]] == ["responses"]
    final = await walk.step("finalised", names_reviewed=f"A building, not a person: {made.word()}.")
    made.ids["content_hash"] = final["versions"][-1]["content_hash"]
    for by in (walk.provider, walk.authority):
        assert containing(await read(by, made.ids), tuple(made.words)) == []
