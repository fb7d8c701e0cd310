"""Which role signs in to which database: the owner to migrate, a lesser role of its own to serve."""

import hashlib
import hmac

from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from app.settings import Settings

DRIVER = "postgresql+asyncpg"


class DatabaseUnset(RuntimeError):
    """No database address, and no embedded server was started."""


def owner_url(settings: Settings) -> URL:
    """The address by which the owner migrates.

    Raises:
        DatabaseUnset
    """
    if settings.database_url is None:
        raise DatabaseUnset("Set APQA_DATABASE_URL, or start the service by a command that brings its own server.")
    return _address(settings.database_url)


def _address(told: SecretStr) -> URL:
    """An address as asyncpg takes it, which calls libpq's `sslmode` by another name."""
    url = make_url(told.get_secret_value()).set(drivername=DRIVER)
    mode = url.query.get("sslmode")
    return url if mode is None else url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def runtime_role(settings: Settings) -> str:
    """The role that serves. Roles belong to the whole server, so the name carries the database's."""
    if settings.runtime_database_url is not None:
        return make_url(settings.runtime_database_url.get_secret_value()).username or ""
    return f"{owner_url(settings).database}_runtime"[:63]


def runtime_password(settings: Settings) -> str:
    """The serving role's password.

    It is derived from the owner's, so that every process that may migrate can also serve and there is no second secret
    to keep; whoever needs them apart makes the role by hand and sets APQA_RUNTIME_DATABASE_URL.
    """
    owner = owner_url(settings)
    told = f"apqa runtime role of {owner.database}".encode()
    return hmac.new((owner.password or "").encode(), told, hashlib.sha256).hexdigest()


def runtime_url(settings: Settings) -> URL:
    """The address by which the service signs in."""
    if settings.runtime_database_url is not None:
        return _address(settings.runtime_database_url)
    return owner_url(settings).set(username=runtime_role(settings), password=runtime_password(settings))
