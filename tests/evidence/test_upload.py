"""Files sent and fetched: whole, once, by whom they are for, and nothing left of what was refused."""

import asyncio
import hashlib
import json
from typing import Any

from app.db.base import new_id
from app.domain.evidence import MOST_BYTES
from tests.evidence.sending import PDF, Store, content_of, digest, kept, refusal, send
from tests.given import Api, Given


async def test_a_file_is_fetched_as_it_was_sent(provider: Api, provider_id: str) -> None:
    told = await kept(provider, provider_id, title="First aid certificate")
    assert told["sha256"] == told["sent_sha256"] == hashlib.sha256(PDF).hexdigest()
    shown = [told[key] for key in ("media_type", "size", "scan", "side", "frozen", "title", "visit_id", "version")]
    assert shown == ["application/pdf", len(PDF), "unscanned", "provider", False, "First aid certificate", None, 1]
    got = await content_of(provider, told["id"])
    assert (got.status_code, got.content) == (200, PDF)
    assert got.headers["Content-Disposition"].startswith('attachment; filename="First aid certificate.pdf"')
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"].startswith("sandbox")
    assert got.headers["Cache-Control"] == "no-store"
    assert got.headers["Content-Digest"] == digest(PDF)


async def test_a_file_longer_than_a_chunk_is_fetched_whole(provider: Api, provider_id: str) -> None:
    content = b"a,b\n" * 700_001
    told = await kept(provider, provider_id, content, media_type="text/csv")
    assert (told["media_type"], told["size"]) == ("text/csv", len(content))
    assert (await content_of(provider, told["id"])).content == content


async def test_the_same_file_again_is_what_it_was_and_another_one_is_refused(
    provider: Api, provider_id: str, store: Store
) -> None:
    mine = str(new_id())
    first = await send(provider, provider_id, evidence_id=mine)
    again = await send(provider, provider_id, evidence_id=mine)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    other = await send(provider, provider_id, b"Another.", evidence_id=mine)
    assert refusal(other) == (409, "evidence_differs")
    renamed = await send(provider, provider_id, evidence_id=mine, title="Another")
    assert refusal(renamed) == (409, "evidence_differs")
    assert store.contents() == [PDF]


async def test_an_id_that_is_anothers_is_refused_whoever_may_see_it(
    given: Given, provider_id: str, store: Store
) -> None:
    told = await kept(await given.school(), provider_id)
    for by, expected in (
        (await given.school(), (409, "already_exists")),
        (await given.api(provider_id), (403, "not_yours")),
    ):
        assert refusal(await send(by, provider_id, evidence_id=told["id"])) == expected
    assert store.contents() == [PDF]


async def test_equal_contents_are_one_object_until_the_last_is_removed(
    provider: Api, partnership: Api, provider_id: str, store: Store
) -> None:
    mine, theirs = await kept(provider, provider_id), await kept(partnership, provider_id)
    assert store.contents() == [PDF]
    headers = {"If-Match": '"1"'}
    assert (await provider.send("DELETE", f"/v1/evidence/{mine['id']}", headers=headers)).status_code == 204
    assert (await content_of(partnership, theirs["id"])).content == PDF
    assert (await content_of(provider, mine["id"])).status_code == 404
    assert (await partnership.send("DELETE", f"/v1/evidence/{theirs['id']}", headers=headers)).status_code == 204
    assert store.files() == []


async def test_a_file_is_removed_by_whoever_sent_it_at_the_version_it_has(
    provider: Api, partnership: Api, provider_id: str
) -> None:
    told = await kept(provider, provider_id)
    path = f"/v1/evidence/{told['id']}"
    assert refusal(await provider.send("DELETE", path)) == (428, "precondition_required")
    assert refusal(await provider.send("DELETE", path, headers={"If-Match": '"2"'})) == (412, "stale_version")
    assert refusal(await partnership.send("DELETE", path, headers={"If-Match": '"1"'})) == (403, "not_yours")
    assert (await content_of(provider, told["id"])).status_code == 200


async def test_a_form_is_taken_too_and_its_key_is_answered_once(provider: Api, provider_id: str, store: Store) -> None:
    def form() -> dict[str, tuple[str, bytes, str]]:
        return {"file": ("C:\\fakepath\\register of staff.csv", b"a,b\n1,2\n", "application/vnd.ms-excel")}

    path, headers = f"/v1/evidence?provider_id={provider_id}", {"Idempotency-Key": "k"}
    first = await provider.send("POST", path, files=form(), headers=headers)
    assert first.status_code == 201, first.text
    told = first.json()
    shown = [told[key] for key in ("title", "file_name", "media_type")]
    assert shown == ["register of staff.csv", "register of staff.txt", "text/plain"]
    again = await provider.send("POST", path, files=form(), headers=headers)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (told, "true")
    assert (await provider.get(first.headers["Location"])).json() == told
    other = {"file": ("b.csv", b"c", "text/csv")}
    assert refusal(await provider.send("POST", path, files=other, headers=headers)) == (422, "idempotency_key_reused")
    assert store.contents() == [b"a,b\n1,2\n"]


async def test_a_form_has_one_file(provider: Api, provider_id: str, store: Store) -> None:
    path = f"/v1/evidence?provider_id={provider_id}"
    one, two = ("a.txt", b"a", "text/plain"), ("b.txt", b"b", "text/plain")
    odd: list[Any] = [{"other": one}, [("file", one), ("file", two)], {"file": (None, b"a", "text/plain")}]
    for files in odd:
        assert refusal(await provider.send("POST", path, files=files)) == (400, "malformed_body")
    empty = await provider.send("POST", path, files={"file": ("a.txt", b"", "text/plain")})
    assert refusal(empty) == (422, "file_empty")
    for content in (b"x", b"--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nbroken off"):
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        broken = await provider.send("POST", path, content=content, headers=headers)
        assert refusal(broken) == (400, "malformed_body")
    assert store.files() == []


async def test_the_digest_of_a_form_is_held_to(provider: Api, provider_id: str) -> None:
    headers = {"Content-Digest": digest(b"Something else.")}
    path, files = f"/v1/evidence?provider_id={provider_id}", {"file": ("a.txt", b"a", "text/plain")}
    assert refusal(await provider.send("POST", path, files=files, headers=headers)) == (422, "digest_differs")


async def test_a_body_comes_with_its_own_digest(provider: Api, provider_id: str, store: Store) -> None:
    path = f"/v1/evidence/{new_id()}?provider_id={provider_id}"
    kind = {"Content-Type": "application/pdf"}
    answer = await provider.send("PUT", path, content=PDF, headers=kind)
    assert refusal(answer) == (422, "invalid_request")
    assert [each["header"] for each in answer.json()["errors"]] == ["Content-Digest"]
    for said in ("", "sha-256=abc", "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:", digest(PDF).upper(), f"x{digest(PDF)}"):
        answer = await provider.send("PUT", path, content=PDF, headers=kind | {"Content-Digest": said})
        assert refusal(answer) == (422, "digest_unreadable"), said
    assert refusal(await send(provider, provider_id, headers={"Content-Digest": digest(b"x")})) == (
        422,
        "digest_differs",
    )
    assert store.files() == []


async def test_a_digest_among_others_is_found(provider: Api, provider_id: str) -> None:
    several = f"md5=:1B2M2Y8AsgTpgAmY7PhCfg==:, {digest(PDF)}, crc32c=:AAAAAA==:"
    assert (await send(provider, provider_id, headers={"Content-Digest": several})).status_code == 201


async def test_twenty_mebibytes_are_taken_and_not_one_byte_more(provider: Api, provider_id: str, store: Store) -> None:
    line = b"x" * 1023 + b"\n"
    whole = line * (MOST_BYTES // len(line))
    told = await kept(provider, provider_id, whole, media_type="text/plain")
    assert told["size"] == MOST_BYTES == 20 * 1024 * 1024
    assert refusal(await send(provider, provider_id, whole + b"x")) == (413, "payload_too_large")

    async def unannounced() -> object:
        for _ in range(21):
            yield line * 1024

    headers = {"Content-Type": "text/plain", "Content-Digest": digest(whole)}
    path = f"/v1/evidence/{new_id()}?provider_id={provider_id}"
    assert refusal(await provider.send("PUT", path, content=unannounced(), headers=headers)) == (
        413,
        "payload_too_large",
    )
    assert len(store.files()) == 1


async def test_nothing_is_kept_of_what_is_refused_or_only_tried(
    given: Given, provider: Api, provider_id: str, store: Store
) -> None:
    nowhere = str(new_id())
    assert refusal(await send(provider, nowhere)) == (404, "not_found")
    assert refusal(await send(provider, provider_id, visit_id=nowhere)) == (404, "not_found")
    assert refusal(await send(provider, provider_id, item_key="overall")) == (422, "visit_missing")
    assert refusal(await send(provider, provider_id, item_key="../x")) == (422, "invalid_request")
    assert refusal(await send(await given.api(provider_id, "viewer"), provider_id)) == (403, "permission_required")
    assert refusal(await send(provider, provider_id, title="a\x00b")) == (422, "invalid_request")
    assert refusal(await send(provider, provider_id, b"{}", media_type="application/json")) == (
        415,
        "unsupported_media_type",
    )
    assert (await send(provider, provider_id, dry_run="true")).status_code == 201
    assert store.files() == []
    assert (await provider.get("/v1/evidence")).json()["data"] == []


async def test_senders_of_one_id_at_once_leave_one_file(provider: Api, provider_id: str, store: Store) -> None:
    mine = str(new_id())
    same = await asyncio.gather(*(send(provider, provider_id, evidence_id=mine) for _ in range(6)))
    assert sorted(each.status_code for each in same) == [200] * 5 + [201]
    other = str(new_id())
    rivals = [f"Version {number}.".encode() for number in range(5)]
    answers = await asyncio.gather(*(send(provider, provider_id, each, evidence_id=other) for each in rivals))
    assert sorted(each.status_code for each in answers) == [201] + [409] * 4
    won = rivals[next(at for at, each in enumerate(answers) if each.status_code == 201)]
    assert sorted(store.contents()) == sorted([PDF, won])
    assert (await content_of(provider, other)).content == won


async def test_files_are_listed_by_what_they_are_about(given: Given, partnership: Api, provider_id: str) -> None:
    other = (await given.provider(partnership))["id"]
    about = [await kept(partnership, to, f"File {n}.".encode()) for n, to in enumerate([provider_id, other] * 2)]
    page = (await partnership.get(f"/v1/evidence?provider_id={provider_id}&limit=1")).json()
    assert [each["id"] for each in page["data"]] == [about[0]["id"]]
    more = f"/v1/evidence?provider_id={provider_id}&limit=1&cursor={page['page']['next_cursor']}"
    assert [each["id"] for each in (await partnership.get(more)).json()["data"]] == [about[2]["id"]]
    assert len((await partnership.get("/v1/evidence")).json()["data"]) == 4


async def test_who_sees_a_file_apart_from_any_visit(
    given: Given, partnership: Api, provider: Api, provider_id: str
) -> None:
    school, authority, stranger = await given.school(), await given.authority(), await given.partnership()
    rival = await given.api((await given.provider(partnership))["id"])
    theirs, noted = await kept(provider, provider_id), await kept(partnership, provider_id, b"Noted.")
    everybody = [partnership, provider, school, authority, stranger, rival]
    for told, expected in ((theirs, [1, 1, 0, 1, 1, 0]), (noted, [1, 1, 0, 0, 0, 0])):
        for path in (f"/v1/evidence/{told['id']}", f"/v1/evidence/{told['id']}/content"):
            seen = [(await each.get(path)).status_code for each in everybody]
            assert seen == [200 if each else 404 for each in expected]
        listed = [(await each.get("/v1/evidence")).text for each in everybody]
        assert [told["id"] in each for each in listed] == [bool(each) for each in expected]


async def test_what_was_done_is_written_down_without_a_word_of_the_file(provider: Api, provider_id: str) -> None:
    told = await kept(provider, provider_id, title="Secret title")
    trail = (await provider.get("/v1/audit?limit=200")).json()["data"]
    assert [each["action"] for each in trail if each["entity_id"] == told["id"]] == ["create"]
    events = (await provider.get("/v1/changes?limit=200")).json()["data"]
    assert "evidence.added" in [each["kind"] for each in events]
    assert "Secret" not in json.dumps([trail, events])
