"""A provider's staff over HTTP."""

from typing import Any

import pytest

from tests.given import Api, Given

NAME = "Perpetua Quill"


@pytest.fixture
async def partnership(given: Given) -> Api:
    """A partnership's client."""
    return await given.partnership()


def staff_of(provider: dict[str, Any]) -> str:
    return f"/v1/providers/{provider['id']}/staff"


async def names(api: Api, provider: dict[str, Any]) -> list[str]:
    answer = await api.get(staff_of(provider))
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["data"]]


async def delete(api: Api, path: str, version: int = 1) -> int:
    return (await api.send("DELETE", path, headers={"If-Match": f'"{version}"'})).status_code


async def test_the_provider_a_partnership_and_an_authority_keep_its_staff(given: Given, partnership: Api) -> None:
    provider = await given.provider(partnership)
    path = staff_of(provider)
    for api in (await given.api(provider["id"]), partnership, await given.authority()):
        made = await api.made(path, {"name": NAME, "role": "dsl", "from_on": "2025-09-01"})
        assert (made["provider_id"], made["name"], made["role"]) == (provider["id"], NAME, "dsl")
        assert (made["from_on"], made["to_on"], made["version"]) == ("2025-09-01", None, 1)
        changed = await api.patch(f"{path}/{made['id']}", {"role": "teacher", "to_on": "2025-09-01"}, 1)
        assert changed.status_code == 200, changed.text
        assert changed.headers["etag"] == '"2"'
        assert changed.json() == made | {
            "role": "teacher",
            "to_on": "2025-09-01",
            "version": 2,
            "updated_at": changed.json()["updated_at"],
        }
        assert await names(api, provider) == [NAME]
        assert await delete(api, f"{path}/{made['id']}", 2) == 204
        assert await names(api, provider) == []


async def test_a_school_learns_nothing_of_it_and_a_viewer_changes_nothing(given: Given, partnership: Api) -> None:
    provider = await given.provider(partnership)
    path = staff_of(provider)
    made = await partnership.made(path, {"name": NAME, "role": "manager"})
    one = f"{path}/{made['id']}"
    school, viewer = await given.school(), await given.api(provider["id"], "viewer")
    assert (await viewer.get(path)).status_code == 200
    assert (await school.get(path)).status_code == 403
    for api in (school, viewer):
        refused = [
            (await api.post(path, {"name": "X", "role": "other"})).status_code,
            (await api.patch(one, {"name": "X"}, 1)).status_code,
            await delete(api, one),
        ]
        assert refused == [403] * 3
    assert await names(partnership, provider) == [NAME]


async def test_another_provider_finds_no_such_staff(given: Given, partnership: Api) -> None:
    provider, other = await given.provider(partnership), await given.provider(partnership)
    made = await partnership.made(staff_of(provider), {"name": NAME, "role": "dsl"})
    stranger = await given.api(other["id"])
    one = f"{staff_of(provider)}/{made['id']}"
    assert (await stranger.get(staff_of(provider))).status_code == 404
    assert (await stranger.post(staff_of(provider), {"name": "X", "role": "dsl"})).status_code == 404
    assert (await stranger.patch(one, {"name": "X"}, 1)).status_code == 404
    assert await delete(stranger, one) == 404


async def test_staff_are_reached_under_their_own_provider_only(given: Given, partnership: Api) -> None:
    provider, other = await given.provider(partnership), await given.provider(partnership)
    made = await partnership.made(staff_of(provider), {"name": NAME, "role": "dsl"})
    astray = f"{staff_of(other)}/{made['id']}"
    for version in (1, 7):
        for api in (partnership, await given.api(other["id"]), await given.api(provider["id"])):
            assert (await api.patch(astray, {"name": "X"}, version)).status_code == 404
            assert await delete(api, astray, version) == 404
    assert await names(partnership, provider) == [NAME]
    assert await names(partnership, other) == []


async def test_a_change_and_a_removal_need_the_version_they_are_based_on(given: Given, partnership: Api) -> None:
    provider = await given.provider(partnership)
    made = await partnership.made(staff_of(provider), {"name": NAME, "role": "dsl"})
    one = f"{staff_of(provider)}/{made['id']}"
    assert (await partnership.send("PATCH", one, json={"name": "X"})).status_code == 428
    assert (await partnership.send("DELETE", one)).status_code == 428
    assert (await partnership.patch(one, {"name": "X"}, 1)).status_code == 200
    late = await partnership.patch(one, {"role": "other"}, 1)
    assert (late.status_code, late.json()["code"]) == (412, "stale_version")
    assert await delete(partnership, one) == 412
    assert await delete(partnership, one, 2) == 204
    assert (await partnership.patch(one, {"name": "X"}, 3)).status_code == 404


async def test_a_post_that_ends_before_it_starts_is_refused_at_the_day_that_was_sent(
    given: Given, partnership: Api
) -> None:
    provider = await given.provider(partnership)
    path = staff_of(provider)
    refused = await partnership.post(
        path, {"name": NAME, "role": "dsl", "from_on": "2026-01-05", "to_on": "2026-01-04"}
    )
    assert pointers(refused.json()) == {"/to_on": "ends_before_start"}
    made = await partnership.made(path, {"name": NAME, "role": "dsl", "from_on": "2026-01-05", "to_on": "2026-01-05"})
    for said, pointer in (
        ({"to_on": "2026-01-04"}, "/to_on"),
        ({"from_on": "2026-01-06"}, "/from_on"),
        ({"from_on": "2026-02-01", "to_on": "2026-01-31"}, "/to_on"),
    ):
        answer = await partnership.patch(f"{path}/{made['id']}", said, 1)
        assert answer.status_code == 422
        assert pointers(answer.json()) == {pointer: "ends_before_start"}, said
    assert (await partnership.get(path)).json()["data"] == [made]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"from_on": "2026-02-30"}, "/from_on"),
    ({"from_on": "01/09/2025"}, "/from_on"),
    ({"to_on": 46000}, "/to_on"),
    ({"role": "caretaker"}, "/role"),
    ({"role": None}, "/role"),
    ({"name": None}, "/name"),
    ({"name": " "}, "/name"),
    ({"name": f"{NAME}\x07"}, "/name"),
    ({"name": f"{NAME} " * 20}, "/name"),
    ({"nickname": NAME}, "/nickname"),
]


async def test_what_is_wrong_is_told_by_its_place_and_never_by_a_name(given: Given, partnership: Api) -> None:
    path = staff_of(await given.provider(partnership))
    made = await partnership.made(path, {"name": NAME, "role": "dsl"})
    for said, pointer in FAULTS:
        for answer in (
            await partnership.post(path, {"name": NAME, "role": "dsl"} | said),
            await partnership.patch(f"{path}/{made['id']}", said, 1),
        ):
            assert (answer.status_code, list(pointers(answer.json()))) == (422, [pointer]), said
            assert NAME not in answer.text


def pointers(problem: dict[str, Any]) -> dict[str, str]:
    """The faults of a problem: their codes by where they are."""
    return {each["pointer"]: each["code"] for each in problem["errors"]}


async def test_neither_the_audit_trail_nor_an_event_names_anybody(given: Given, partnership: Api) -> None:
    provider = await given.provider(partnership)
    path = staff_of(provider)
    made = await partnership.made(path, {"name": NAME, "role": "dsl"})
    await partnership.patch(f"{path}/{made['id']}", {"name": f"{NAME}-Marsh"}, 1)
    assert await delete(partnership, f"{path}/{made['id']}", 2) == 204
    trail = await partnership.get("/v1/audit")
    acts = [each for each in trail.json()["data"] if each["entity"] == "staff_member"]
    assert [each["action"] for each in acts] == ["create", "change", "remove"]
    assert {each["entity_id"] for each in acts} == {made["id"]}
    for told in (trail, await partnership.get("/v1/changes")):
        assert told.status_code == 200
        assert "Perpetua" not in told.text


async def test_staff_are_kept_in_no_cache_and_told_in_pages(given: Given, partnership: Api) -> None:
    provider = await given.provider(partnership)
    path = staff_of(provider)
    made = [await partnership.made(path, {"name": f"Ada {n}", "role": "teacher"}) for n in range(3)]
    first = await partnership.get(f"{path}?limit=2")
    assert first.headers["cache-control"] == "no-store"
    rest = (await partnership.get(f"{path}?limit=2&cursor={first.json()['page']['next_cursor']}")).json()
    assert [*first.json()["data"], *rest["data"]] == made
    assert rest["page"]["has_more"] is False
    other = await given.provider(partnership)
    astray = await partnership.get(f"{staff_of(other)}?cursor={first.json()['page']['next_cursor']}")
    assert [each["code"] for each in astray.json()["errors"]] == ["cursor_invalid"]


async def test_a_post_repeated_by_its_key_records_one_and_what_is_only_tried_none(
    given: Given, partnership: Api
) -> None:
    provider = await given.provider(partnership)
    path = staff_of(provider)
    said = {"name": NAME, "role": "dsl"}
    answers = [await partnership.post(path, said, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert (await partnership.post(f"{path}?dry_run=true", said)).status_code == 201
    one = f"{path}/{answers[0].json()['id']}"
    assert await delete(partnership, f"{one}?dry_run=true") == 204
    assert await names(partnership, provider) == [NAME]
