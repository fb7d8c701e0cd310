"""A visit pushed at random by everybody who may have to do with it: what holds whatever they do."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from app.domain.access import Grade
from tests.given import Api, Given
from tests.scenarios.visiting import Walk, planned, rated

STATUSES = (
    "planned",
    "preparing",
    "with_provider",
    "visited",
    "draft_shared",
    "disputed",
    "finalised",
    "cancelled",
)
# Every step there is: which side takes it, whether only a lead, whether it says why. Written a second time, by hand.
STEPS = {
    ("planned", "preparing"): ("lead", False, False),
    ("planned", "cancelled"): ("lead", False, True),
    ("preparing", "with_provider"): ("lead", False, False),
    ("preparing", "cancelled"): ("lead", False, True),
    ("with_provider", "visited"): ("lead team", False, False),
    ("with_provider", "cancelled"): ("lead", False, True),
    ("visited", "draft_shared"): ("lead", False, False),
    ("draft_shared", "visited"): ("lead", False, True),
    ("draft_shared", "finalised"): ("lead", True, False),
    ("draft_shared", "disputed"): ("lead provider", True, True),
    ("disputed", "draft_shared"): ("provider", True, True),
    ("disputed", "finalised"): ("lead team", True, True),
}
SEEN = {
    "provider": STATUSES[2:7],
    "reader": ("finalised",),
}
ENDS = ("finalised", "cancelled")
ESSENTIAL = ("safeguarding", "health-and-safety")


T = TypeVar("T")
Act = Callable[[str, str], Awaitable[None]]


@dataclass(slots=True)
class Chance:
    """Choices that look like chance and are the same in every run."""

    seed: int
    made: int = 0

    def choice(self, options: Sequence[T]) -> T:
        """One of some."""
        self.made += 1
        drawn = hashlib.sha256(f"{self.seed} {self.made}".encode()).digest()
        return options[int.from_bytes(drawn[:4]) % len(options)]

    def once_in(self, times: int) -> bool:
        """Whether it is so, where it is so once in so many times."""
        return self.choice(range(times)) == 0


@dataclass(slots=True)
class Pushed:
    """A visit, those who push it, and what was found of it so far."""

    walk: Walk
    chance: Chance
    actors: dict[tuple[str, str], Api]
    status: str = "planned"
    versions: list[str] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)

    async def push(self) -> None:
        """Somebody does something; then everything is looked at."""
        side, grade = self.chance.choice(list(self.actors))
        acts: list[Act] = [self.step, self.step, self.onward, self.onward, self.judge, self.write]
        await self.chance.choice(acts)(side, grade)
        await self.look()

    async def step(self, side: str, grade: str, to: str | None = None) -> None:
        """Somebody tries a step, with or without a reason."""
        to, by = to or self.chance.choice(STATUSES), self.actors[side, grade]
        said: dict[str, Any] = {"to": to} | self.chance.choice(({}, {"reason": "Said."}))
        said |= self.chance.choice(({}, {"outcome": self.chance.choice(("upheld", "set_aside"))}))
        said |= {"visited_on": self.walk.visit["planned_on"], "duration_minutes": 60} if to == "visited" else {}
        version = (await self.walk.seen(self.walk.lead))["version"]
        headers = {"If-Match": f'"{version}"'}
        answer = await by.post(f"{self.walk.path}/transitions", said, headers=headers)
        assert answer.status_code in self.expected(side, grade, to, bool(said.get("reason"))), answer.text
        if answer.status_code == 200:
            self.taken.append((self.status, to))
            self.status = to

    def expected(self, side: str, grade: str, to: str, reason: bool) -> tuple[int, ...]:
        """How a step may be answered. One that is open may still lack something (409), or its moderator (403)."""
        if grade == "viewer":
            return (403,)
        if self.status not in SEEN.get(side, STATUSES):
            return (404,)
        if side == "reader":
            return (403,)
        sides, by_lead, needs_reason = STEPS.get((self.status, to), ("", False, False))
        if not sides:
            return (409, 403)
        if side not in sides.split() or (by_lead and grade != "lead"):
            return (403,)
        if needs_reason and not reason:
            return (422,)
        return (200, 403, 409, 422) if (self.status, to) == ("disputed", "finalised") else (200, 409)

    async def onward(self, *_: str) -> None:
        """What a well-meaning team would do next, so that the walk does not stay at its beginning."""
        forward = {"planned": "preparing", "preparing": "with_provider", "with_provider": "visited"}
        forward |= {"visited": "draft_shared", "draft_shared": "finalised"}
        if self.status == "visited":
            await self.fill()
        if self.status == "draft_shared" and self.chance.once_in(2):
            said = {"kind": "conclusion", "text": "Nothing more."}
            assert (await self.walk.provider.post(f"{self.walk.path}/comments", said)).status_code == 201
        elif self.status == "draft_shared":
            await self.step("provider", "lead", "disputed")
        elif self.status == "disputed":
            await self.step(*self.chance.choice((("provider", "lead", "draft_shared"), ("lead", "lead", "finalised"))))
        if self.status in forward:
            await self.step("lead", "lead", forward[self.status])

    async def fill(self) -> None:
        """Answer and judge what is missing, most of it well."""
        judged = rated(await self.walk.seen(self.walk.lead))
        form = await self.walk.form()
        await self.walk.answer_questions(self.walk.school)
        items = [
            {"item_key": each["item_key"], "rating": self.rating(each["values"]), "rationale": "Seen."}
            for each in form["items"]
            if each["required"] and each["values"] and each["item_key"] not in judged
        ]
        if items:
            assert {each["status"] for each in await self.walk.judge(self.walk.school, *items)} == {201}

    def rating(self, values: list[str]) -> str:
        """Nearly always the best."""
        return self.chance.choice(values) if self.chance.once_in(20) else values[0]

    async def judge(self, side: str, grade: str) -> None:
        """Somebody judges something, perhaps what is judged already."""
        form = await self.walk.form()
        item = self.chance.choice([each for each in form["items"] if each["values"]])
        seen = await self.walk.seen(self.walk.lead)
        held = next((each for each in seen["judgements"] if each["item_key"] == item["item_key"]), None)
        said = {"item_key": item["item_key"], "rating": self.chance.choice(item["values"]), "rationale": "Seen."}
        said |= {"version": held["version"]} if held else {}
        answer = await self.actors[side, grade].post(f"{self.walk.path}/judgements", {"items": [said]})
        opened = self.status in ("preparing", "with_provider", "visited") and side in ("lead", "team")
        assert (answer.status_code == 207) is (opened and grade != "viewer"), answer.text

    async def write(self, side: str, grade: str) -> None:
        """Somebody notes, or answers, something."""
        said = {"items": [{"item_key": "criterion:first-aid", "text": "Seen."}]}
        answer = await self.actors[side, grade].post(f"{self.walk.path}/responses", said)
        observed = self.status in ("preparing", "with_provider", "visited") and side in ("lead", "team")
        answered = self.status in ("with_provider", "visited") and side == "provider"
        assert (answer.status_code == 207) is ((observed or answered) and grade != "viewer"), answer.text

    async def look(self) -> None:
        """What holds at every moment."""
        seen = await self.walk.seen(self.walk.lead)
        assert seen["status"] == self.status
        assert all(each in STEPS for each in self.taken)
        assert all(before not in ENDS for before, _ in self.taken)
        steps = {to for (here, to), (sides, _, _) in STEPS.items() if here == self.status and "lead" in sides.split()}
        assert set(seen["allowed_transitions"]) == steps
        await self.look_at_versions(seen)
        self.look_at_ratings(seen)

    async def look_at_versions(self, seen: dict[str, Any]) -> None:
        """Each version says what it said when it was made, and its hash is that of what it says."""
        assert [each["number"] for each in seen["versions"]] == list(range(1, len(seen["versions"]) + 1))
        hashes = [each["content_hash"] for each in seen["versions"]]
        assert hashes[: len(self.versions)] == self.versions
        if len(hashes) > len(self.versions):
            self.versions = hashes
            for number, each in enumerate(hashes, start=1):
                report = await self.walk.lead.get(f"{self.walk.path}/report", params={"version": number})
                told = json.dumps(report.json()["document"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
                assert hashlib.sha256(told.encode()).hexdigest() == each == report.json()["content_hash"]

    def look_at_ratings(self, seen: dict[str, Any]) -> None:
        """In what is shared, no rating above an essential failure is better than one."""
        if self.status not in ("draft_shared", "disputed", "finalised"):
            return
        ratings = rated(seen)
        sections = {each["item_key"]: each["section_key"] for each in seen["judgements"]}
        for section in ESSENTIAL:
            beneath = {
                ratings[key] for key, within in sections.items() if within == section and key.startswith("criterion:")
            }
            assert ratings[f"section:{section}"] == ("not_met" if "not_met" in beneath else "fully_met")
        failed = "not_met" in {ratings[f"section:{each}"] for each in ESSENTIAL}
        assert ratings["overall"] == ("not_appropriate" if failed else "appropriate")


async def actors(given: Given, walk: Walk) -> dict[tuple[str, str], Api]:
    """Everybody, in every grade."""
    sides = {"lead": walk.lead, "team": walk.school, "provider": walk.provider, "reader": walk.authority}
    leads = {(side, "lead"): api for side, api in sides.items()}
    return leads | {
        (side, grade.value): await given.api(api.organisation_id, grade)
        for side, api in sides.items()
        for grade in (Grade.CONTRIBUTOR, Grade.VIEWER)
    }


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_anybody_does_a_visit_keeps_to_its_steps_its_versions_and_its_roll_ups(
    given: Given, seed: int
) -> None:
    walk = await planned(given, "herefordshire-apqa-v1")
    pushed = Pushed(walk, Chance(seed), await actors(given, walk))
    for _ in range(30):
        await pushed.push()
        if pushed.status in ENDS and pushed.chance.once_in(4):
            break  # enough was tried on what has ended
    assert pushed.taken
