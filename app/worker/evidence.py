"""What is done to evidence behind the scenes: contents without a record removed, files without a scan scanned."""

from datetime import timedelta
from tempfile import TemporaryFile

from app.db import evidence
from app.db.session import Database
from app.integrations.scanning import Scanner
from app.integrations.storage import Contents, StoreAway
from app.logs import Log

GRACE = timedelta(hours=1)  # longer than any upload takes
SCANNED_IN_A_TURN = 500

log = Log("app.worker")


async def scan_the_unscanned(database: Database, contents: Contents, scanner: Scanner) -> None:
    """Scan what was sent before there was a scanner.

    Raises:
        ScannerAway
    """
    for sha256, size in await evidence.unscanned(database, limit=SCANNED_IN_A_TURN):
        with TemporaryFile() as file:
            try:
                async for chunk in await contents.opened(sha256, size):
                    file.write(chunk)
            except StoreAway:
                continue  # told in the log; the others need not wait for it
            found = await scanner.scan(file)
        await evidence.scanned(database, sha256, found)
        log.info("evidence_scanned", sha256=sha256, scan=found.value)


async def remove_orphans(database: Database, contents: Contents, *, older_than: timedelta = GRACE) -> None:
    """Remove contents that no file has."""
    async for hashes in contents.older_than(older_than):
        for each in await evidence.unnamed(database, hashes):
            await evidence.release(database, each, contents.remove)
            log.info("orphan_removed", sha256=each)
