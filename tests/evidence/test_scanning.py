"""Malware: found by a scanner over a real socket, kept from everybody, and never passed for scanned."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.domain.evidence import Scan
from app.integrations.scanning import Scanner, ScannerAway
from app.worker.loop import Worker
from tests.evidence.clamd import EICAR, Verdict, clamd
from tests.evidence.sending import Store, content_of, kept, refusal, send
from tests.given import Api, Given


@asynccontextmanager
async def scanning(app: FastAPI, verdict: Verdict | None = None) -> AsyncIterator[None]:
    """The service with a scanner."""
    async with clamd() if verdict is None else clamd(verdict) as address:
        app.state.services.intake.scanner = Scanner(address)
        yield


async def test_a_clean_file_is_marked_and_given_out(app: FastAPI, provider: Api, provider_id: str) -> None:
    async with scanning(app):
        told = await kept(provider, provider_id, b"x" * 300_000)
    assert told["scan"] == "clean"
    assert (await content_of(provider, told["id"])).status_code == 200


async def test_a_file_with_malware_is_recorded_and_given_to_nobody(
    app: FastAPI, provider: Api, partnership: Api, provider_id: str
) -> None:
    async with scanning(app):
        told = await kept(provider, provider_id, b"x" * 100_000 + EICAR)
    assert told["scan"] == "infected"
    for by in (provider, partnership):
        assert (await by.get(f"/v1/evidence/{told['id']}")).json()["scan"] == "infected"
        answer = await content_of(by, told["id"])
        assert refusal(answer) == (409, "evidence_infected")
        assert b"EICAR" not in answer.content


VERDICTS = (None, b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK", b"stream: OK\nstream: OK\0", b"\0")


async def test_without_a_verdict_nothing_is_taken(app: FastAPI, provider: Api, provider_id: str, store: Store) -> None:
    for said in VERDICTS:
        async with scanning(app, lambda _, said=said: said):  # type: ignore[misc]
            answer = await send(provider, provider_id)
        assert refusal(answer) == (503, "unavailable"), said
        assert answer.headers["Retry-After"]
    assert store.files() == []


async def test_what_came_before_there_was_a_scanner_is_scanned_when_there_is_one(
    given: Given, provider: Api, partnership: Api, provider_id: str, store: Store
) -> None:
    bad, worse = [await kept(by, provider_id, EICAR) for by in (provider, partnership)]
    good, lost = await kept(provider, provider_id, b"Good."), await kept(provider, provider_id, b"Lost.")
    next(path for path in store.files() if path.read_bytes() == b"Lost.").unlink()
    database, settings = given.held.database, given.held.settings
    async with clamd() as address:
        await Worker(database, settings.model_copy(update={"clamd": address})).once()
    told = [(await partnership.get(f"/v1/evidence/{each['id']}")).json() for each in (bad, worse, good, lost)]
    assert [each["scan"] for each in told] == ["infected", "infected", "clean", "unscanned"]
    assert [each["version"] for each in told] == [2, 2, 2, 1]
    assert refusal(await content_of(provider, bad["id"])) == (409, "evidence_infected")
    assert (await content_of(provider, good["id"])).status_code == 200


async def test_a_scanner_that_is_away_is_not_passed_over(
    app: FastAPI, provider: Api, provider_id: str, store: Store, tmp_path: Path
) -> None:
    async with clamd() as address:
        pass
    for gone in (address, f"unix://{tmp_path}/absent.ctl"):
        app.state.services.intake.scanner = Scanner(gone)
        assert refusal(await send(provider, provider_id)) == (503, "unavailable")
    assert store.files() == []


async def test_a_scanner_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.integrations.scanning.PATIENCE_S", 0.05)

    def silent(_: bytes) -> bytes:
        return b"stream: "

    async with clamd(silent) as address:
        with pytest.raises(ScannerAway):
            await Scanner(address).scan(BytesIO(b"x"))


async def test_a_scanner_is_spoken_to_by_a_unix_socket_too(tmp_path: Path) -> None:
    async with clamd(path=tmp_path / "c") as address:
        assert await Scanner(address).scan(BytesIO(EICAR)) is Scan.INFECTED
        assert await Scanner(address).scan(BytesIO(b"x")) is Scan.CLEAN
