"""Herefordshire visits to an unregistered and to a registered provider, walked by their four parties."""

from datetime import date
from typing import Any

from app.db import gias
from app.domain.access import Caller
from app.integrations.gias import read_establishments
from tests.fixtures.make_gias import FIXTURES
from tests.given import Given
from tests.scenarios.visiting import Walk, planned, pointers, rated

# The questions in print order: those that everybody is asked, then those of the branch.
ALWAYS = (
    "registration-status",
    "main-characteristics",
    "qualifications-offered",
    "safeguarding-lead",
    "health-and-safety-lead",
)
SEVEN = (
    "understanding-of-registration",
    "threshold-systems",
    "pupil-profile",
    "looked-after-or-ehcp",
    "full-time-placements",
    "full-time-looked-after-or-ehcp",
    "usual-hours",
)
OF_REGISTERED = ("dfe-number", "last-inspection", "areas-for-improvement")
CAVEATS = (
    "exceptional-use",
    "best-match",
    "regular-quality-assurance",
    "consistently-suitable",
    "evidence-below-threshold",
    "ten-hours",
    "risks-managed",
)
BEFORE_DRAFT = {"lead": "visit notes judgements", "school": "visit notes judgements", "provider": "visit"}


def keys(form: dict[str, Any], kind: str) -> tuple[str, ...]:
    """The bare keys of a form's items of one kind."""
    return tuple(each["item_key"].partition(":")[2] for each in form["items"] if each["kind"] == kind)


async def registered(given: Given, walk: Walk) -> None:
    """The register has the provider."""
    with (FIXTURES / "edubasealldata20250422.csv").open("rb") as file:
        rows = [row for row in read_establishments(file) if row.urn == 990001]
    async with given.held.database.session_for(Caller.system("gias")) as session:
        await gias.import_extract(session, rows, extract_on=date(2025, 4, 22), force=True)
    path = f"/v1/providers/{walk.visit['provider_id']}"
    changed = await walk.lead.patch(path, {"urn": 990001}, (await walk.lead.get(path)).json()["version"])
    assert changed.json()["registration"]["status"] == "registered_independent_school", changed.text


async def to_the_draft(walk: Walk, **otherwise: str) -> dict[str, Any]:
    """Everything asked and judged, but for what is named as well as can be, and the draft shared."""
    await walk.step("with_provider")
    await walk.visited()
    await walk.answer_questions(walk.school)
    await walk.judge_all(walk.school, **otherwise)
    seen = await walk.opened()
    assert seen == BEFORE_DRAFT | {"authority": ""}
    return await walk.step("draft_shared")


async def test_an_unregistered_provider_with_a_caveat_and_an_essential_not_met_is_not_appropriate(given: Given) -> None:
    walk = await planned(given, "herefordshire-apqa-v1")
    await walk.step("preparing")
    form = await walk.form()
    assert keys(form, "question") == ALWAYS + SEVEN
    assert keys(form, "caveat") == CAVEATS
    assert {each["essential"] for each in form["items"] if each["kind"] == "caveat"} == {True}
    await walk.step("with_provider")
    await walk.visited()
    refused = await walk.step("draft_shared", status=409)
    assert {("unanswered", f"/responses/question:{key}") for key in ALWAYS + SEVEN} | {
        ("not_judged", f"/judgements/caveat:{key}") for key in CAVEATS
    } == {each for each in pointers(refused) if "question:" in each[1] or "caveat:" in each[1]}
    assert len(keys(form, "criterion")) == 44
    assert {("not_judged", f"/judgements/criterion:{key}") for key in keys(form, "criterion")} < pointers(refused)
    await walk.answer_questions(walk.provider)
    await walk.judge_all(walk.school, ten_hours="not_met", fire_evacuation="not_met")
    # Nobody sets, or softens, what follows from the criteria.
    for key, rating in (("section:health-and-safety", "fully_met"), ("overall", "appropriate")):
        (refusal,) = await walk.judge(walk.lead, {"item_key": key, "rating": rating})
        assert (refusal["status"], refusal["problem"]["code"]) == (422, "rolled_up")
    draft = await walk.step("draft_shared")
    found = rated(draft)
    assert (found["section:safeguarding"], found["section:health-and-safety"]) == ("fully_met", "not_met")
    assert found["overall"] == "not_appropriate"
    raised = (await walk.lead.get("/v1/concerns", params={"visit_id": walk.visit["id"]})).json()["data"]
    assert {(each["level"], each["key"] or None) for each in raised} == {
        ("caveat", "ten-hours"),
        ("criterion", "fire-evacuation"),
        ("section", "health-and-safety"),
        ("overall", None),
    }
    final = await walk.concluded()
    assert rated(final)["overall"] == "not_appropriate"
    report = (await walk.authority.get(f"{walk.path}/report")).json()["document"]
    assert [each["key"] for each in report["registration"]["questions"]] == [*ALWAYS, *SEVEN]
    met = {each["key"]: each["rating"]["value"] for each in report["registration"]["caveats"]}
    assert met == dict.fromkeys(CAVEATS, "met") | {"ten-hours": "not_met"}
    assert report["overall"]["rating"]["value"] == "not_appropriate"


async def test_a_caveat_alone_not_met_raises_its_concern(given: Given) -> None:
    walk = await planned(given, "herefordshire-apqa-v1")
    await walk.step("preparing")
    draft = await to_the_draft(walk, risks_managed="not_met")
    assert rated(draft)["caveat:risks-managed"] == "not_met"
    (raised,) = (await walk.lead.get("/v1/concerns", params={"visit_id": walk.visit["id"]})).json()["data"]
    assert (raised["level"], raised["key"]) == ("caveat", "risks-managed")
    assert raised["source"] == "Herefordshire framework, Unregistered provision, closing paragraph"


async def test_a_registered_provider_is_asked_its_own_questions_and_no_caveat_and_rolls_up_alike(given: Given) -> None:
    walk = await planned(given, "herefordshire-apqa-v1")
    await registered(given, walk)
    prepared = await walk.step("preparing")
    assert (prepared["registration"]["status"], prepared["registration"]["urn"]) == (
        "registered_independent_school",
        990001,
    )
    form = await walk.form()
    assert (keys(form, "question"), keys(form, "caveat")) == (ALWAYS + OF_REGISTERED, ())
    asked = [{"item_key": f"question:{key}", "text": "No."} for key in SEVEN]
    assert {each["problem"]["code"] for each in await walk.note(walk.school, *asked)} == {"item_unknown"}
    judged = [{"item_key": f"caveat:{key}", "rating": "met"} for key in CAVEATS]
    assert {each["problem"]["code"] for each in await walk.judge(walk.school, *judged)} == {"item_unknown"}
    draft = await to_the_draft(walk, safeguarding_training="not_met")
    assert (rated(draft)["section:safeguarding"], rated(draft)["overall"]) == ("not_met", "not_appropriate")
    # Put right while the draft is taken back, the roll-up follows and the concerns are withdrawn.
    await walk.step("visited", reason="The certificate has been found.")
    held = next(each for each in draft["judgements"] if each["item_key"] == "criterion:safeguarding-training")
    said = {"item_key": held["item_key"], "rating": "fully_met", "rationale": "Seen.", "version": held["version"]}
    assert [each["status"] for each in await walk.judge(walk.school, said)] == [200]
    draft = await walk.step("draft_shared")
    assert (rated(draft)["section:safeguarding"], rated(draft)["overall"]) == ("fully_met", "appropriate")
    raised = (await walk.lead.get("/v1/concerns", params={"visit_id": walk.visit["id"]})).json()["data"]
    assert {each["status"] for each in raised} == {"withdrawn"}
    await walk.concluded()
    everything = dict.fromkeys(("lead", "school", "provider", "authority"), "visit notes judgements final")
    assert await walk.opened() == everything
