"""What every command needs before it works: the settings, a database that is there, errors in one line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from pydantic import SecretStr, ValidationError

from app.db.embedded import EmbeddedUnavailable, embedded
from app.settings import Settings


def settings() -> Settings:
    """The settings, or a plain sentence about the one that cannot be."""
    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        fail(f"APQA_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}")


def fail(message: str) -> NoReturn:
    """End the command with a sentence."""
    sys.stderr.write(f"error: {message}\n")
    raise SystemExit(1)


@contextmanager
def reachable(found: Settings) -> Iterator[Settings]:
    """The settings with a database address: the operator's, or the embedded server's, which runs meanwhile."""
    if found.database_url is not None:
        yield found
        return
    try:
        with embedded(found.data_dir) as url:
            yield found.model_copy(update={"database_url": SecretStr(url)})
    except EmbeddedUnavailable as error:
        fail(str(error))
