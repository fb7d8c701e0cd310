"""Frameworks over HTTP: what comes with the service, and what organisations publish."""

import asyncio
import json
import tomllib
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.db import frameworks as stored
from app.domain import frameworks
from app.domain.access import Caller
from app.domain.errors import Conflict, NotFound
from tests import documents
from tests.given import Api, Given
from tests.steps import steps

SOURCE = Path(frameworks.__file__).with_name("herefordshire-apqa-v1.toml")
COMPUTED = ("verified", "content_hash", "organisation_id")
Fault = tuple[str, str | None]


@pytest.fixture
async def partnership(given: Given) -> Api:
    """A partnership's lead."""
    return await given.partnership()


def ours() -> dict[str, Any]:
    """A whole document under ids of one's own."""
    document = tomllib.loads(SOURCE.read_text(encoding="utf-8")) | {"id": "ours-v1"}
    for form in document["forms"]:
        form["framework_id"] = "ours-v1"
    for section in document["sections"]:
        section["criteria"] = [{"scale": section["scale"]} | each for each in section["criteria"]]
    return document


def faults(answer: httpx.Response) -> set[Fault]:
    """The faults of a document that was refused."""
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "framework_invalid"), answer.text[:500]
    return {(each["code"], each.get("pointer")) for each in told["errors"]}


def mutated(path: str, value: Any) -> dict[str, Any]:
    """The document with a value at a pointer, or with nothing there."""
    document = deepcopy(ours())
    *steps, last = [int(step) if step.isdigit() else step for step in path[1:].split("/")]
    part: Any = document
    for step in steps:
        part = part[step]
    if value is GONE:
        del part[last]
    else:
        part[last] = value
    return document


async def sent(api: Api, raw: bytes | str) -> httpx.Response:
    """POST bytes as JSON."""
    return await api.send("POST", "/v1/frameworks", content=raw, headers={"Content-Type": "application/json"})


# --- what comes with the service ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["partnership", "school", "authority"])
async def test_everybody_lists_and_reads_what_comes_with_the_service(given: Given, role: str) -> None:
    viewer: Api = await getattr(given, role)("viewer")
    listed = (await viewer.get("/v1/frameworks")).json()["data"]
    assert [each["id"] for each in listed] == sorted(frameworks.BY_ID)
    for each in listed:
        whole = (await viewer.get(f"/v1/frameworks/{each['id']}")).json()
        assert each.items() <= whole.items()
        assert each["content_hash"] == frameworks.named(each["id"]).content_hash
        assert each["organisation_id"] is None


async def test_sections_and_criteria_are_as_many_as_the_documents_print(given: Given) -> None:
    provider = await given.api((await given.provider(await given.partnership()))["id"], "viewer")
    counts = {
        "leics-seip-qa-v1": [5, 6, 5, 4],
        "herefordshire-apqa-v1": [6, 8, 7, 4, 3, 5, 2, 4, 5],
        "ave-qa-v8": [len(section.criteria) for section in frameworks.named("ave-qa-v8").sections],
        "dfe-nonschool-ap-2025-08": [
            len(section.criteria) for section in frameworks.named("dfe-nonschool-ap-2025-08").sections
        ],
    }
    assert (len(counts["ave-qa-v8"]), len(counts["dfe-nonschool-ap-2025-08"])) == (3, 4)
    for framework_id, expected in counts.items():
        whole = (await provider.get(f"/v1/frameworks/{framework_id}")).json()
        assert [len(section["criteria"]) for section in whole["sections"]] == expected, framework_id


async def test_a_framework_is_shown_whole_under_the_names_that_others_rely_on(partnership: Api) -> None:
    whole = (await partnership.get("/v1/frameworks/leics-seip-qa-v1")).json()
    assert {"id", "title", "publisher", "version", "sections", "scales", "overall", "forms"} <= whole.keys()
    section = whole["sections"][0]
    assert {"key", "title", "scale", "concluding_question", "criteria"} <= section.keys()
    assert section["concluding_question"].endswith("?")
    criterion = section["criteria"][0]
    wanted = {"key", "printed_ref", "title", "phase", "essential", "scale", "prompts", "source"}
    assert wanted <= criterion.keys()
    assert (criterion["printed_ref"], criterion["phase"], criterion["essential"]) == ("1.1", "before_visit", False)
    scale = next(each for each in whole["scales"] if each["id"] == criterion["scale"] == section["scale"])
    assert [(each["value"], each["concern"]) for each in scale["values"]] == [
        ("green", False),
        ("amber", False),
        ("red", True),
    ]
    assert all(each["meaning"] for each in scale["values"])


async def test_an_unknown_framework_is_not_found(partnership: Api) -> None:
    for unknown in ("nope", "leics-seip-qa-v2", "LEICS-SEIP-QA-V1", "x" * 80):
        answer = await partnership.get(f"/v1/frameworks/{unknown}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), unknown
    for odd in ("%00", "a%00b", "%ff", "x" * 5000):
        assert (await partnership.get(f"/v1/frameworks/{odd}")).status_code in (404, 422), odd[:9]


async def test_what_a_client_has_is_not_sent_again(partnership: Api) -> None:
    await partnership.made("/v1/frameworks", documents.framework("ours-v1"))
    for framework_id in ("ave-qa-v8", "ours-v1"):
        path = f"/v1/frameworks/{framework_id}"
        etag = (await partnership.get(path)).headers["ETag"]
        again = await partnership.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        assert (await partnership.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


# --- lists ----------------------------------------------------------------------------------------------------------


async def test_what_is_published_stands_among_the_others_by_id_on_pages_of_any_size(given: Given) -> None:
    partnership, authority = await given.partnership(), await given.authority()
    mine = ["a-v1", "ave-qa-v8-x", "ave_qa", "b-v1", "h2-v1", "z-v1", "0-v1"]
    for framework_id in mine:
        await partnership.made("/v1/frameworks", documents.framework(framework_id))
    await authority.made("/v1/frameworks", documents.framework("theirs-v1"))
    everything = sorted([*mine, "theirs-v1", *frameworks.BY_ID])
    for limit in (1, 3, 5, 15, 16, 200):
        assert await paged(authority, f"limit={limit}") == everything, limit
    own = f"organisation_id={partnership.organisation_id}"
    assert await paged(authority, f"{own}&limit=2") == sorted(mine)
    await partnership.send("POST", "/v1/frameworks/b-v1/retire", headers={"If-Match": '"1"'})
    assert await paged(authority, "status=retired&limit=1") == ["b-v1"]
    assert await paged(authority, "status=published&limit=4") == [each for each in everything if each != "b-v1"]
    assert await paged(authority, f"{own}&status=draft") == []


async def paged(api: Api, query: str) -> list[str]:
    """The ids of every page."""
    ids: list[str] = []
    path: str | None = f"/v1/frameworks?{query}"
    while path is not None:
        answer = await api.get(path)
        assert answer.status_code == 200, answer.text
        ids += [each["id"] for each in answer.json()["data"]]
        path = answer.headers["Link"][1:].split(">")[0] if "Link" in answer.headers else None
        assert len(ids) < 50
    return ids


async def test_a_list_tells_of_a_framework_what_the_whole_does(partnership: Api) -> None:
    said = documents.framework("ours-v1", effective_from="2026-09-01", review_due_on="2027-08-31")
    said["sections"][0]["criteria"][0]["verified"] = False
    whole = await partnership.made("/v1/frameworks", said)
    listed = (await partnership.get(f"/v1/frameworks?organisation_id={partnership.organisation_id}")).json()["data"]
    assert len(listed) == 1
    assert listed[0].items() <= whole.items()
    assert (listed[0]["verified"], listed[0]["effective_from"]) == (False, "2026-09-01")


async def test_a_cursor_is_bound_to_its_list(partnership: Api) -> None:
    cursor = (await partnership.get("/v1/frameworks?limit=2")).json()["page"]["next_cursor"]
    for query in (f"cursor={cursor}&status=published", "cursor=WyJ4Il0", "cursor=%00", "limit=0", "status=lost"):
        assert (await partnership.get(f"/v1/frameworks?{query}")).status_code == 422, query


# --- publishing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("framework", frameworks.ALL, ids=lambda each: each.id)
async def test_what_is_read_can_be_edited_and_published(given: Given, framework: frameworks.Framework) -> None:
    authority = await given.authority()
    read = (await authority.get(f"/v1/frameworks/{framework.id}")).json()
    said = {name: value for name, value in read.items() if name not in COMPUTED}
    said |= {"id": "ours-v1", "title": "Ours", "supersedes": None}
    made = await authority.post("/v1/frameworks", said)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == "/v1/frameworks/ours-v1"
    shown = await authority.get("/v1/frameworks/ours-v1")
    assert shown.json() == made.json()
    assert shown.headers["ETag"] == made.headers["ETag"] == '"1"'
    assert {name: shown.json()[name] for name in said} == said
    assert shown.json()["organisation_id"] == str(authority.organisation_id)
    assert shown.json()["content_hash"] != read["content_hash"]


async def test_what_the_service_works_out_is_refused_by_name(partnership: Api) -> None:
    read = (await partnership.get("/v1/frameworks/leics-seip-qa-v1")).json()
    answer = await partnership.post("/v1/frameworks", read | {"id": "ours-v1"})
    assert faults(answer) == {("computed_field", f"/{name}") for name in COMPUTED}


async def test_schools_providers_and_contributors_publish_nothing(given: Given) -> None:
    partnership = await given.partnership()
    provider = await given.api((await given.provider(partnership))["id"])
    contributor = await given.api(partnership.organisation_id, "contributor")
    for api in (await given.school(), provider, contributor):
        for path in ("/v1/frameworks", "/v1/frameworks/leics-seip-qa-v1/retire"):
            answer = await api.post(path, documents.framework("ours-v1"), headers={"If-Match": '"1"'})
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_required")


async def test_an_id_is_used_once_whoever_used_it(given: Given) -> None:
    partnership, authority = await given.partnership(), await given.authority()
    await partnership.made("/v1/frameworks", documents.framework("ours-v1"))
    for api, framework_id in ((partnership, "ours-v1"), (authority, "ours-v1"), (authority, "ave-qa-v8")):
        answer = await api.post("/v1/frameworks", documents.framework(framework_id))
        assert (answer.status_code, answer.json()["code"]) == (409, "framework_exists"), framework_id


async def test_of_several_at_once_one_is_published(given: Given) -> None:
    partnership, authority = await given.partnership(), await given.authority()
    posts = (api.post("/v1/frameworks", documents.framework("ours-v1")) for api in (partnership, authority) * 3)
    answers = await asyncio.gather(*posts)
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"framework_exists"}


async def test_a_repeated_post_is_replayed_by_its_key(partnership: Api) -> None:
    said, headers = documents.framework("ours-v1"), {"Idempotency-Key": "one"}
    first = await partnership.post("/v1/frameworks", said, headers=headers)
    again = await partnership.post("/v1/frameworks", said, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    other = await partnership.post("/v1/frameworks", documents.framework("other-v1"), headers=headers)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_dry_run_checks_everything_and_keeps_nothing(partnership: Api) -> None:
    tried = await partnership.post("/v1/frameworks?dry_run=true", documents.framework("ours-v1"))
    assert (tried.status_code, tried.json()["id"]) == (201, "ours-v1")
    assert (await partnership.get("/v1/frameworks/ours-v1")).status_code == 404
    assert ("missing", "/title") in faults(
        await partnership.post("/v1/frameworks?dry_run=true", mutated("/title", GONE))
    )
    await partnership.made("/v1/frameworks", documents.framework("ours-v1"))


async def test_who_published_is_written_down_with_whom_a_machine_acted_for(partnership: Api) -> None:
    acting = {"user_id": "u-1", "display_name": "R. Invented"}
    made = await partnership.made("/v1/frameworks", documents.framework("ours-v1", acting_for=acting))
    assert "acting_for" not in made
    entry = (await partnership.get("/v1/audit")).json()["data"][-1]
    assert (entry["action"], entry["entity"], entry["acting_for"]) == ("publish", "framework", acting)
    assert entry["details"]["framework_id"] == "ours-v1"
    wrong = documents.framework("other-v1", acting_for={"user_id": 7, "x": 1})
    answer = await partnership.post("/v1/frameworks", wrong)
    assert {pointer for _, pointer in faults(answer)} == {"/acting_for/user_id", "/acting_for/x"}


async def test_what_is_published_cannot_be_changed_or_removed(partnership: Api) -> None:
    await partnership.made("/v1/frameworks", documents.framework("ours-v1"))
    for method in ("PATCH", "PUT", "DELETE"):
        answer = await partnership.send(method, "/v1/frameworks/ours-v1", json={}, headers={"If-Match": '"1"'})
        assert answer.status_code == 405


# --- versions -------------------------------------------------------------------------------------------------------


async def test_a_new_version_comes_after_one_of_ones_own(given: Given) -> None:
    partnership, authority = await given.partnership(), await given.authority()
    await partnership.made("/v1/frameworks", documents.framework("ours-v1"))
    scales = documents.framework("ours-v1")["scales"]
    following = documents.framework("ours-v2", supersedes="ours-v1", version="2")
    made = await partnership.made("/v1/frameworks", following)
    assert made["supersedes"] == "ours-v1"
    stolen = documents.framework("stolen-v2", supersedes="ours-v1", version="2")
    assert faults(await authority.post("/v1/frameworks", stolen)) == {("not_yours", "/supersedes")}
    built_in = documents.framework("ave-qa-v9", supersedes="ave-qa-v8", publisher=ave_publisher())
    assert faults(await authority.post("/v1/frameworks", built_in)) == {("not_yours", "/supersedes")}
    renamed = documents.framework("ours-v3", supersedes="ours-v2", publisher="Another name")
    assert faults(await partnership.post("/v1/frameworks", renamed)) == {("other_publisher", "/supersedes")}
    nothing = documents.framework("ours-v3", supersedes="ours-v0")
    assert faults(await partnership.post("/v1/frameworks", nothing)) == {("unknown_framework", "/supersedes")}
    itself = documents.framework("ours-v3", supersedes="ours-v3")
    assert faults(await partnership.post("/v1/frameworks", itself)) == {("supersedes_cycle", "/supersedes")}
    taken = documents.framework("other-v1")
    taken["scales"] = deepcopy(scales) + taken["scales"]
    taken["scales"][0]["values"].reverse()
    taken["scales"][0]["values"][0]["concern"] = False
    assert faults(await authority.post("/v1/frameworks", taken)) == {("scale_redefined", "/scales/0/id")}


def ave_publisher() -> str:
    """As the framework that comes with the service names it."""
    return frameworks.named("ave-qa-v8").publisher


async def test_a_scale_that_crosswalks_know_keeps_its_values(partnership: Api) -> None:
    for known in ("ofsted-report-card-2025", "leics-seip-rag"):
        said = json.loads(json.dumps(documents.framework("ours-v1")).replace("ours-v1-scale", known))
        assert faults(await partnership.post("/v1/frameworks", said)) == {("scale_redefined", "/scales/0/id")}


async def test_its_publisher_alone_retires_a_version_and_once(given: Given) -> None:
    partnership, authority = await given.partnership(), await given.authority()
    await partnership.made("/v1/frameworks", documents.framework("ours-v1"))
    path = "/v1/frameworks/ours-v1/retire"
    assert (await partnership.post(path)).status_code == 428
    assert (await partnership.post(path, headers={"If-Match": '"2"'})).status_code == 412
    current = {"If-Match": '"1"'}
    for api, framework_id in ((authority, "ours-v1"), (authority, "ave-qa-v8"), (partnership, "ave-qa-v8")):
        answer = await api.post(f"/v1/frameworks/{framework_id}/retire", headers=current)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    assert (await partnership.post("/v1/frameworks/nope/retire", headers=current)).status_code == 404
    tried = await partnership.post(f"{path}?dry_run=true", headers=current)
    assert tried.json()["status"] == "retired"
    retired = await partnership.post(path, headers=current)
    assert (retired.status_code, retired.json()["status"], retired.headers["ETag"]) == (200, "retired", '"2"')
    shown = await authority.get("/v1/frameworks/ours-v1", headers={"If-None-Match": '"1"'})
    assert shown.json() == retired.json()
    again = await partnership.post(path, headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (409, "framework_retired")
    taken = await partnership.post("/v1/frameworks", documents.framework("ours-v1"))
    assert (taken.status_code, taken.json()["code"]) == (409, "framework_exists")
    retired_again = {name: value for name, value in shown.json().items() if name not in COMPUTED} | {"id": "ours-v2"}
    assert faults(await partnership.post("/v1/frameworks", retired_again)) == {("literal_error", "/status")}


async def test_others_find_by_id_what_is_known_and_what_may_be_used(given: Given) -> None:
    partnership = await given.partnership()
    for framework_id in ("ours-v1", "ours-v2"):
        await partnership.made("/v1/frameworks", documents.framework(framework_id))
    await partnership.post("/v1/frameworks/ours-v1/retire", headers={"If-Match": '"1"'})
    async with given.held.database.session_for(Caller.system("test"), readonly=True) as session:
        assert (await stored.named(session, "ours-v1")).status == "retired"
        assert (await stored.usable(session, "ours-v2")).section("safety").criteria[0].key == "insurance"
        assert (await stored.usable(session, "ave-qa-v8")) is frameworks.named("ave-qa-v8")
        with pytest.raises(Conflict) as refused:
            await stored.usable(session, "ours-v1")
        assert refused.value.problem_code == "framework_retired"
        with pytest.raises(NotFound):
            await stored.named(session, "ours-v3")
        everything = await stored.known(session)
        assert set(everything) == {"ours-v1", "ours-v2", *frameworks.BY_ID}
        assert everything["ours-v1"].content_hash == (await stored.named(session, "ours-v1")).content_hash


# --- what is wrong --------------------------------------------------------------------------------------------------

GONE = object()
LAST = "/sections/8/criteria/4"
WRONG: list[tuple[str, Any, str, str]] = [
    ("/id", GONE, "missing", "/id"),
    ("/id", None, "not_a_slug", "/id"),
    ("/id", [], "not_a_slug", "/id"),
    ("/id", {"a": 1}, "not_a_slug", "/id"),
    ("/id", "Not A Slug", "not_a_slug", "/id"),
    ("/id", "x" * 81, "not_a_slug", "/id"),
    ("/id", "a\x00", "not_a_slug", "/id"),
    ("/title", GONE, "missing", "/title"),
    ("/title", "", "text_length", "/title"),
    ("/title", " \n ", "text_length", "/title"),
    ("/title", "x" * 2001, "text_length", "/title"),
    ("/title", 7, "wrong_type", "/title"),
    ("/title", "nul\x00", "string_pattern_mismatch", "/title"),
    ("/version", 8, "wrong_type", "/version"),
    ("/colour", "red", "unknown_field", "/colour"),
    ("/status", "draft", "literal_error", "/status"),
    ("/status", 1, "literal_error", "/status"),
    ("/effective_from", "2026-02-30", "wrong_type", "/effective_from"),
    ("/effective_from", "0001-01-01", "date_out_of_range", "/effective_from"),
    ("/effective_from", 20260101, "wrong_type", "/effective_from"),
    ("/review_due_on", "2026-09-01T00:00:00Z", "wrong_type", "/review_due_on"),
    ("/sections", None, "wrong_type", "/sections"),
    ("/sections", {}, "wrong_type", "/sections"),
    ("/sections", [], "empty", "/sections"),
    ("/sections/0", "x", "wrong_type", "/sections/0"),
    ("/sections/0", None, "wrong_type", "/sections/0"),
    ("/sections/1/key", "safeguarding", "duplicate_key", "/sections/1/key"),
    ("/sections/0/decided_by", "chance", "unknown_value", "/sections/0/decided_by"),
    ("/sections/0/essential", 1, "wrong_type", "/sections/0/essential"),
    ("/sections/4/criteria", [], "empty", "/sections/4/criteria"),
    ("/sections/4/scale", "nowhere", "unknown_scale", "/sections/4/scale"),
    (f"{LAST}/phase", "after", "unknown_value", f"{LAST}/phase"),
    (f"{LAST}/phase", ["at_visit"], "unknown_value", f"{LAST}/phase"),
    (f"{LAST}/voice", [], "empty", f"{LAST}/voice"),
    (f"{LAST}/voice", ["parrots"], "unknown_value", f"{LAST}/voice/0"),
    (f"{LAST}/voice", "staff", "wrong_type", f"{LAST}/voice"),
    (f"{LAST}/prompts", ["x"] * 501, "too_long", f"{LAST}/prompts"),
    (f"{LAST}/prompts", [None], "wrong_type", f"{LAST}/prompts/0"),
    (f"{LAST}/source", GONE, "missing", f"{LAST}/source"),
    (f"{LAST}/key", "insurance", "duplicate_key", f"{LAST}/key"),
    (f"{LAST}/weight", 3, "unknown_field", f"{LAST}/weight"),
    ("/scales/0/values/1/value", "fully_met", "duplicate_key", "/scales/0/values/1/value"),
    ("/scales/1/values", [], "scale_too_short", "/scales/1/values"),
    ("/scales/0/id", "leics-seip-rag", "scale_redefined", "/scales/0/id"),
    ("/overall/scale", None, "missing", "/overall/scale"),
    ("/overall/hint", "guess", "unknown_value", "/overall/hint"),
    ("/overall", [], "wrong_type", "/overall"),
    ("/floor/0/section", "nowhere", "unknown_section", "/floor/0/section"),
    ("/floor/0/at_least", "perfect", "unknown_rating", "/floor/0/at_least"),
    ("/consequences/0/values/0", "perfect", "unknown_rating", "/consequences/0/values/0"),
    ("/consequences/0/within_days", 10**30, "less_than_equal", "/consequences/0/within_days"),
    ("/consequences/0/within_days", True, "wrong_type", "/consequences/0/within_days"),
    ("/consequences/0/within_days", 1.5, "wrong_type", "/consequences/0/within_days"),
    ("/forms", [], "empty", "/forms"),
    ("/forms/0/framework_id", "nowhere", "unknown_framework", "/forms/0/framework_id"),
    ("/cycle/0/kind", "work_scrutiny", "cycle_without_form", "/cycle/0/kind"),
    ("/cycle/0/windows", [{"opens_term": 7}], "out_of_range", "/cycle/0/windows/0/opens_term"),
    ("/pre_visit_check/questions", 1, "wrong_type", "/pre_visit_check/questions"),
    ("/improvement_plan/columns", GONE, "missing", "/improvement_plan/columns"),
]


async def test_each_wrong_place_is_told_by_pointer_and_repeats_nothing_that_was_sent(partnership: Api) -> None:
    for path, value, code, pointer in WRONG:
        answer = await sent(partnership, json.dumps(mutated(path, value)))
        assert (code, pointer) in faults(answer), (path, value, answer.text[:300])
        places = [each.get("pointer") for each in answer.json()["errors"]]
        assert len({*zip(places, (each["code"] for each in answer.json()["errors"]), strict=True)}) == len(places)
    assert (await partnership.get(f"/v1/frameworks?organisation_id={partnership.organisation_id}")).json()["data"] == []
    assert (await partnership.post("/v1/frameworks", ours())).status_code == 201


async def test_everything_wrong_is_told_at_once(partnership: Api) -> None:
    document = mutated("/title", 7)
    document |= {"colour": 1, "supersedes": "ave-qa-v8", "note": "nul\x00", "verified": True}
    document["sections"][2]["scale"] = "nowhere"
    assert {
        ("wrong_type", "/title"),
        ("unknown_field", "/colour"),
        ("other_publisher", "/supersedes"),
        ("string_pattern_mismatch", "/note"),
        ("computed_field", "/verified"),
        ("unknown_scale", "/sections/2/scale"),
    } <= faults(await partnership.post("/v1/frameworks", document))


async def test_half_a_surrogate_pair_and_names_that_may_be_somebodys_are_not_repeated(partnership: Api) -> None:
    for text in ("\ud800", "a \udfff b"):
        assert faults(await sent(partnership, json.dumps(mutated("/title", text)))) == {("string_unicode", "/title")}
    for key in ("Mabel Fictitious", "\ud800", "\x00", "x" * 500, "", "é"):
        document = ours() | {key: 1}
        document["sections"][0]["criteria"][0][key] = 1
        answer = await sent(partnership, json.dumps(document))
        assert faults(answer) == {("unknown_field", ""), ("unknown_field", "/sections/0/criteria/0")}
        assert "Mabel" not in answer.text


@pytest.mark.parametrize("body", [[], "text", 7, True, [[]], {}, [ours()]])
async def test_what_is_no_document_at_all_is_refused(partnership: Api, body: Any) -> None:
    told = faults(await sent(partnership, json.dumps(body)))
    assert ("wrong_type", "") in told or ("missing", "/sections") in told


@pytest.mark.parametrize(
    ("raw", "statuses"),
    [
        (b"null", {422}),
        (b"{", {400}),
        (b"\xff\xfe", {400}),
        (b'{"id": NaN}', {400}),
        (b'{"id": ' + b"9" * 5000 + b"}", {400, 422}),
        (b"[" * 100_000, {400}),
        (b'{"sections": ' + b"[" * 500 + b"]" * 500 + b"}", {422}),
        (b'{"a":' * 900 + b"1" + b"}" * 900, {400, 422}),
        (b'{"id": "' + b"x" * (1 << 20) + b'"}', {413}),
    ],
    ids=["null", "open", "latin", "nan", "digits", "brackets", "nested", "objects", "large"],
)
async def test_garbage_is_refused_and_never_fails(partnership: Api, raw: bytes, statuses: set[int]) -> None:
    answer = await sent(partnership, raw)
    assert answer.status_code in statuses, answer.text[:300]
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_body_of_another_type_is_not_read(partnership: Api) -> None:
    answer = await partnership.send("POST", "/v1/frameworks", content=b"id = 1", headers={"Content-Type": "text/toml"})
    assert answer.status_code == 415


def empty(count: int) -> Any:
    """Criteria that say nothing."""
    return ours() | {"sections": [{"criteria": [{}] * count}] * 32}


def repeated(count: int) -> Any:
    """The same criterion over and over."""
    document = ours()
    document["sections"][4]["criteria"] = [document["sections"][4]["criteria"][0]] * count
    return document


def hollow(count: int) -> Any:
    """Criteria whose titles are no text."""
    document = ours()
    document["sections"][4]["criteria"] = [document["sections"][4]["criteria"][0] | {"title": "\x1c"}] * count
    return document


GARBAGE = (empty, repeated, hollow)


@pytest.mark.parametrize("made", GARBAGE)
def test_the_work_grows_with_the_length_of_the_garbage(made: Callable[[int], Any]) -> None:
    small, large = made(100), made(200)
    once, twice = (steps(partial(frameworks.faults, raw)) for raw in (small, large))
    assert twice <= 2.1 * once


async def test_garbage_by_the_thousand_is_told_in_part(partnership: Api) -> None:
    for made in GARBAGE:
        assert len(faults(await partnership.post("/v1/frameworks", made(500)))) <= 100
    too_large = await sent(partnership, json.dumps(ours() | {"sections": [{"criteria": [{}] * 500}] * 500}))
    assert (too_large.status_code, too_large.json()["code"]) == (422, "framework_too_large")
