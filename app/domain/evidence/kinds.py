"""The closed list of types that are taken as evidence, each told by content and never by name."""

import codecs
import re
from collections.abc import Mapping
from typing import BinaryIO

from app.domain.errors import Fault, Invalid
from app.domain.evidence.packages import DOCX, ODP, ODS, ODT, PPTX, XLSX, package_type

MOST_BYTES = 20 * 1024 * 1024

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
WEBP = "image/webp"
TEXT = "text/plain"
CSV = "text/csv"

# With the ending of its names. HEIC is not among them: nothing here could take the place of the camera out of it.
TYPES: Mapping[str, str] = {
    PDF: "pdf",
    PNG: "png",
    JPEG: "jpg",
    WEBP: "webp",
    TEXT: "txt",
    CSV: "csv",
    DOCX: "docx",
    XLSX: "xlsx",
    PPTX: "pptx",
    ODT: "odt",
    ODS: "ods",
    ODP: "odp",
}
IMAGES = frozenset({PNG, JPEG, WEBP})
# What a client says that does not know the type.
UNTOLD = "application/octet-stream"

_HEAD = 1024
_CHUNK = 64 * 1024
_PDF = re.compile(rb"%PDF-[12]\.\d")
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\f\r"})  # in UTF-8, none of these is part of another character
# Markup, PostScript and RTF are written in plain characters and are no plain text.
_OTHERWISE = re.compile(rb"(\xef\xbb\xbf)?\s*(<[!?/a-z]|%!|\{\\rtf|#!)", re.IGNORECASE)


def media_type_of(file: BinaryIO, declared: str = "") -> str:
    """The type of a file, by its content; `declared` decides only between plain text and CSV. Leaves it at its start.

    Raises:
        Invalid: `file_empty`, `evidence_type_not_allowed`, or what is wrong with an office document.
    """
    head = file.read(_HEAD)
    if not head:
        raise Invalid("The file is empty.", code="file_empty")
    found = _by_magic(file, head) or (package_type(file) if head.startswith(b"PK\x03\x04") else None)
    if found is None and _is_text(file, head):
        found = CSV if declared == CSV else TEXT
    file.seek(0)
    if found is None:
        raise not_allowed()
    return found


def ensure_as_declared(found: str, declared: str) -> None:
    """Refuse a file that is said to be of another type than it is.

    Raises:
        Invalid: `evidence_type_differs`.
    """
    if declared not in (found, UNTOLD):
        fault = Fault("evidence_type_differs", "The content is of another type.", header="Content-Type")
        raise Invalid("The file is not what its Content-Type says.", code="evidence_type_differs", errors=(fault,))


def not_allowed() -> Invalid:
    """The refusal of a file of no type that is taken."""
    known = ", ".join(sorted(TYPES.values()))
    return Invalid(f"By its content, this is none of: {known}.", code="evidence_type_not_allowed")


def _by_magic(file: BinaryIO, head: bytes) -> str | None:
    if _PDF.match(head):
        return PDF if _ends_with(file, b"%%EOF") else None
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    return None


def _ends_with(file: BinaryIO, mark: bytes) -> bool:
    """Whether a mark stands in the last kilobyte, where a reader of PDF looks for its end."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _HEAD))
    return mark in file.read(_HEAD)


def _is_text(file: BinaryIO, head: bytes) -> bool:
    """Whether it is UTF-8 without control characters, and no markup or program by its first characters."""
    if _OTHERWISE.match(head) or b"%PDF-" in head:
        return False
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
            if len(chunk.translate(None, _CONTROLS)) < len(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
