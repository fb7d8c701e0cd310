"""Files that show what is claimed: which are taken, how they are told by their content, and what they are called."""

from app.domain.evidence.kinds import (
    CSV,
    IMAGES,
    JPEG,
    MOST_BYTES,
    TYPES,
    UNTOLD,
    ensure_as_declared,
    media_type_of,
    not_allowed,
)
from app.domain.evidence.names import content_disposition, file_name, title_of
from app.domain.evidence.scans import Scan, ensure_safe
from app.domain.evidence.standing import FROZEN, NO_VISIT

__all__ = [
    "CSV",
    "FROZEN",
    "IMAGES",
    "JPEG",
    "MOST_BYTES",
    "NO_VISIT",
    "TYPES",
    "UNTOLD",
    "Scan",
    "content_disposition",
    "ensure_as_declared",
    "ensure_safe",
    "file_name",
    "media_type_of",
    "not_allowed",
    "title_of",
]
