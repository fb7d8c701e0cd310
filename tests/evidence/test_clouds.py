"""The same store with a cloud: an S3-compatible server over a real connection, and what else an address can name."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO

import httpx
import pytest
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from app.integrations.storage import CHUNK, PART, Contents, StoreAway, contents
from app.settings import Settings
from app.worker.evidence import remove_orphans
from tests.conftest import serving
from tests.evidence.sending import PDF, content_of, kept, refusal, send
from tests.given import Given

NO_TIME = timedelta(0)
BUCKET = "evidence"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of an S3-compatible server with a bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket, whose credentials and endpoint are where the cloud's own tools look for them."""
    told = {"ACCESS_KEY_ID": "made", "SECRET_ACCESS_KEY": "up", "REGION": "eu-west-2", "ENDPOINT_URL": endpoint}
    for name, value in told.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    httpx.post(f"{endpoint}/moto-api/reset").raise_for_status()
    httpx.put(f"{endpoint}/{BUCKET}").raise_for_status()
    return f"s3://{BUCKET}/apqa"


def keys(asked: str = "list-type=2") -> list[str]:
    """Every object in the bucket, or every upload that was begun and not ended (`uploads`)."""
    listed = httpx.get(f"{os.environ['AWS_ENDPOINT_URL']}/{BUCKET}?{asked}").raise_for_status()
    return re.findall("<Key>(.*?)</Key>", listed.text)


@pytest.fixture
def settings(settings: Settings, bucket: str) -> Settings:
    """The service with that bucket."""
    return settings.model_copy(update={"evidence_url": bucket})


@pytest.fixture
def store(bucket: str) -> Contents:
    """The bucket, as the service uses it."""
    return contents(Settings(evidence_url=bucket))


async def read(store: Contents, content: bytes) -> bytes:
    """A content as the store gives it."""
    return b"".join([chunk async for chunk in await store.opened(sha256(content).hexdigest(), len(content))])


async def test_a_file_is_kept_in_a_bucket_and_fetched_through_the_service(given: Given) -> None:
    partnership = await given.partnership()
    provider_id = (await given.provider(partnership))["id"]
    content = b"0123456789abcde\n" * (1024 * 1024)
    told = await kept(partnership, provider_id, content)
    assert keys() == [f"apqa/sha256/{told['sha256'][:2]}/{told['sha256']}"]
    got = await content_of(partnership, told["id"])
    assert (got.status_code, got.content == content) == (200, True)
    gone = await partnership.send("DELETE", f"/v1/evidence/{told['id']}", headers={"If-Match": '"1"'})
    assert (gone.status_code, keys()) == (204, [])
    assert refusal(await send(partnership, provider_id, b"<html>")) == (422, "evidence_type_not_allowed")
    assert keys() == []


async def test_what_a_cloud_keeps_without_a_record_is_swept(given: Given) -> None:
    partnership = await given.partnership()
    provider_id = (await given.provider(partnership))["id"]
    told = await kept(partnership, provider_id)
    await given.held.contents.keep("ab" * 32, BytesIO(b"x"))
    assert len(keys()) == 2
    await remove_orphans(given.held.database, given.held.contents)
    assert len(keys()) == 2
    await remove_orphans(given.held.database, given.held.contents, older_than=NO_TIME)
    assert keys() == [f"apqa/sha256/{told['sha256'][:2]}/{told['sha256']}"]


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, PART, PART + 1, 2 * PART + 3])
async def test_a_content_of_any_length_is_whole(store: Contents, size: int) -> None:
    content = bytes(each % 251 for each in range(size))
    await store.keep(sha256(content).hexdigest(), BytesIO(content))
    assert await read(store, content) == content


async def test_an_upload_that_fails_leaves_no_part_of_it(store: Contents) -> None:
    class Failing(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= PART:
                raise OSError
            return super().read(size)

    with pytest.raises(StoreAway):
        await store.keep("ab" * 32, Failing(b"x" * 3 * PART))
    assert keys() == keys("uploads") == []


async def test_what_is_not_there_is_removed_all_the_same_and_cannot_be_read(store: Contents) -> None:
    await store.remove("ab" * 32)
    with pytest.raises(StoreAway):
        await read(store, PDF)


async def test_a_folder_can_be_named_by_its_address(given: Given, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("evidence")
    settings = given.held.settings.model_copy(update={"evidence_url": folder.as_uri()})
    async with serving(settings) as app:
        held = app.state.services.contents
        await held.keep(sha256(PDF).hexdigest(), BytesIO(PDF))
        assert await read(held, PDF) == PDF
    assert len([each for each in folder.rglob("*") if each.is_file()]) == 1


def test_other_clouds_are_named_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "made")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "dXA=")
    for address in ("az://container/evidence", "gs://bucket/evidence"):
        assert isinstance(contents(Settings(evidence_url=address)), Contents)


@pytest.mark.parametrize("address", ["http://host/x", "memory://", "/srv/evidence", "s3://", "ftp://x/y"])
def test_an_address_of_another_kind_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(ValidationError):
        Settings(evidence_url=address)


@pytest.mark.parametrize("address", ["127.0.0.1:3310", "tcp://host", "http://host:1", "unix:relative"])
def test_a_scanner_of_another_kind_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(ValidationError):
        Settings(clamd=address)
