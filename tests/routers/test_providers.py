"""Providers over HTTP."""

from tests.given import Given


async def test_a_partnership_records_a_provider_that_a_school_reads_and_other_providers_do_not(given: Given) -> None:
    partnership, school = await given.partnership(), await given.school()
    made = await given.provider(partnership, postcode="le11aa", company_number="09876543")
    other = await given.provider(partnership)
    assert made["postcode"] == "LE1 1AA"
    assert made["la_code"] == "855"
    seen = await school.get(f"/v1/providers/{made['id']}")
    assert seen.status_code == 200
    assert seen.headers["etag"] == '"1"'
    assert seen.json() == made
    own, stranger = await given.api(made["id"]), await given.api(other["id"])
    assert (await own.get(f"/v1/providers/{made['id']}")).status_code == 200
    assert (await stranger.get(f"/v1/providers/{made['id']}")).status_code == 404


async def test_a_school_may_not_record_a_provider(given: Given) -> None:
    answer = await (await given.school()).post("/v1/providers", {"name": "X"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_required"


async def test_a_change_needs_the_version_it_is_based_on(given: Given) -> None:
    partnership = await given.partnership()
    made = await given.provider(partnership)
    path = f"/v1/providers/{made['id']}"
    assert (await partnership.send("PATCH", path, json={"name": "New"})).status_code == 428
    assert (await partnership.patch(path, {"name": "New"}, 7)).status_code == 412
    changed = await partnership.patch(path, {"name": "New", "postcode": None}, 1)
    assert changed.status_code == 200, changed.text
    assert changed.json()["name"] == "New"
    assert changed.json()["version"] == 2
    assert (await partnership.send("GET", path, headers={"If-None-Match": '"2"'})).status_code == 304


async def test_a_repeated_post_is_replayed_by_its_key(given: Given) -> None:
    partnership = await given.partnership()
    headers = {"Idempotency-Key": "one"}
    first = await partnership.post("/v1/providers", {"name": "Once"}, headers=headers)
    again = await partnership.post("/v1/providers", {"name": "Once"}, headers=headers)
    other = await partnership.post("/v1/providers", {"name": "Twice"}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"
    listed = (await partnership.get("/v1/providers")).json()
    assert len(listed["data"]) == 1


async def test_a_dry_run_answers_and_keeps_nothing(given: Given) -> None:
    partnership = await given.partnership()
    tried = await partnership.post("/v1/providers?dry_run=true", {"name": "Perhaps"})
    assert tried.status_code == 201
    assert (await partnership.get(f"/v1/providers/{tried.json()['id']}")).status_code == 404


async def test_a_list_goes_on_by_its_cursor_which_fits_no_other_list(given: Given) -> None:
    partnership = await given.partnership()
    made = [(await given.provider(partnership))["id"] for _ in range(5)]
    first = await partnership.get("/v1/providers?limit=3")
    page = first.json()["page"]
    assert page["has_more"]
    assert 'rel="next"' in first.headers["link"]
    second = (await partnership.get(f"/v1/providers?limit=3&cursor={page['next_cursor']}")).json()
    assert [each["id"] for each in first.json()["data"] + second["data"]] == made
    assert second["page"] == {"next_cursor": None, "has_more": False}
    wrong = await partnership.get(f"/v1/providers?name=x&cursor={page['next_cursor']}")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["parameter"] == "cursor"


async def test_a_provider_renamed_is_called_so_and_keeps_its_settings_to_itself(given: Given) -> None:
    partnership = await given.partnership()
    made = await given.provider(partnership)
    await partnership.patch(f"/v1/providers/{made['id']}", {"name": "Called Anew"}, 1)
    organisation = await partnership.get(f"/v1/organisations/{made['id']}")
    assert organisation.json()["name"] == "Called Anew"
    refused = await partnership.patch(f"/v1/organisations/{made['id']}", {"threshold_policy": "advise"}, 1)
    assert refused.status_code == 403
    assert refused.json()["code"] == "not_yours"
