"""The seeded databases of one run, and the tokens of those who ask."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from pydantic import SecretStr

from app.db import embedded
from app.db.base import new_id, now
from app.db.prepare import prepare
from app.integrations.keys import SigningKeys, issue
from app.settings import Settings
from benchmarks import county, machine
from benchmarks.folder import reachable_folder


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows."""

    providers: int
    pupils: int
    placements: int


LARGE = Size(10_000, 300_000, 1_000_000)
SMALL = Size(1_000, 30_000, 100_000)
TINY = Size(300, 9_000, 30_000)


@dataclass(frozen=True, slots=True)
class World:
    """One database. `url` is its owner's address; `public_key` verifies the tokens of `token`."""

    url: str
    data_dir: Path
    size: Size

    @property
    def settings(self) -> Settings:
        """The product's settings on it."""
        return Settings(database_url=SecretStr(self.url), data_dir=self.data_dir)

    @property
    def issuer(self) -> str:
        """The `iss` and `aud` of the tokens."""
        return self.settings.issuer

    @property
    def public_key(self) -> dict[str, Any]:
        """The key as a JWK."""
        return SigningKeys.told(self.settings).jwks()["keys"][0]

    def owner(self, *statements: str) -> Any:
        """Run statements as the owner; the first value of the last."""

        async def work() -> Any:
            connection = await asyncpg.connect(self.url)
            try:
                return [await connection.fetchval(each) for each in statements][-1]
            finally:
                await connection.close()

        return asyncio.run(work())

    def token(self, organisation: int) -> str:
        """A token of an organisation's lead, for a day."""
        return issue(
            SigningKeys.told(self.settings),
            issuer=self.issuer,
            audience=self.settings.audience,
            subject=f"bench-{organisation}",
            token_id=new_id(),
            organisation_id=county.uid(0, organisation),
            scopes=None,
            client_id=None,
            at=now() - timedelta(seconds=1),
            minutes=1440,
        )


@contextmanager
def server(kept: Path | None = None) -> Iterator[tuple[str, Path]]:
    """An embedded server, away from the core of what is measured: its address and folder.

    It syncs its writes. Its buffers are a quarter of the memory and at most 1 GB, as for any database of this size: it
    is the database of everything that is compared.

    Args:
        kept: a folder to keep the databases in for another run; else they are gone at the end.
    """
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4
    embedded._SETTINGS["shared_buffers"] = f"{min(1 << 30, pages) >> 20}MB"
    embedded._SETTINGS["max_wal_size"] = "4GB"
    with reachable_folder() if kept is None else _existing(kept) as folder, embedded.embedded(folder / "data") as url:
        asyncio.run(_pin(url))
        yield url, folder


@contextmanager
def _existing(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    yield folder


async def _pin(url: str) -> None:
    connection = await asyncpg.connect(url)
    place = Path(await connection.fetchval("SHOW data_directory"))
    await connection.close()
    machine.pin(int((place / "postmaster.pid").read_text().split()[0]), machine.cores()[1])


def database(url: str, folder: Path, size: Size) -> World:
    """The database of a size on the server: made, or as a run before left it."""
    name = f"bench_{size.placements}"
    world = World(urlunsplit(urlsplit(url)._replace(path=f"/{name}")), folder / "data", size)
    asyncio.run(_made(url, name, world))
    return world


async def _made(url: str, name: str, world: World) -> None:
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await prepare(world.settings)  # it may have been made by an earlier version
            await county.share(world.url)
            return
        await connection.execute(f'CREATE DATABASE "{name}"')
        try:
            await _fill(world)
        except BaseException:
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            raise
    finally:
        await connection.close()


async def _fill(world: World) -> None:
    await prepare(world.settings)
    begun, size = perf_counter(), world.size
    await county.make(world.url, providers=size.providers, pupils=size.pupils, placements=size.placements)
    print(f"{size.placements:,} placements at {size.providers:,} providers: {perf_counter() - begun:.0f} s", flush=True)
