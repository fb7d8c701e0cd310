"""What is left in the object store by a process that died between a content and its record."""

from datetime import timedelta

import structlog

from app.db import evidence
from app.db.session import Database
from app.integrations.storage import Contents

GRACE = timedelta(hours=1)  # longer than any upload takes

log = structlog.get_logger("app.worker")


async def remove_orphans(database: Database, contents: Contents, *, older_than: timedelta = GRACE) -> None:
    """Remove contents that no file has."""
    async for hashes in contents.older_than(older_than):
        for each in await evidence.unnamed(database, hashes):
            await evidence.release(database, each, contents.remove)
            log.info("orphan_removed", sha256=each)
