"""What a scan for malware can find, and what follows for a download."""

from enum import StrEnum

from app.domain.errors import Conflict


class Scan(StrEnum):
    """What is known of a file; `unscanned` where no scanner was configured."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"


def ensure_safe(scan: str) -> None:
    """Refuse to give out a file in which malware was found.

    Raises:
        Conflict: `evidence_infected`.
    """
    if scan == Scan.INFECTED:
        raise Conflict("Malware was found in this file: nobody can download it.", code="evidence_infected")
