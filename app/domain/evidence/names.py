"""What a file is called when somebody saves it: safe on every system, whatever its title says."""

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from app.domain.evidence.kinds import TYPES

_LONGEST = 100
_UNSAFE = re.compile(r'[<>:"/\\|?*%;\']+')
# Windows takes these for devices, whatever ending follows.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_ENDINGS = frozenset({*TYPES.values(), "jpeg"})


def title_of(path: str) -> str | None:
    """The name that a form gives to a file, as a title: the last step of what may be a path; None where none is left.

    Programs send `C:\\fakepath\\plan.pdf` as well as `../../plan.pdf`.
    """
    return _printable(re.split(r"[/\\]", path)[-1])[:200].strip() or None


def file_name(title: str | None, media_type: str) -> str:
    """The name under which a file is saved: its title without what could lead elsewhere, and the ending of its type."""
    name = _UNSAFE.sub("-", _printable(title or ""))
    path = PurePosixPath(name)
    stem = (path.stem if path.suffix[1:].lower() in _ENDINGS else name)[:_LONGEST].strip(" .-")
    if not stem or _DEVICES.fullmatch(stem):
        stem = f"evidence-{stem}".strip("-")
    return f"{stem}.{TYPES[media_type]}"


def content_disposition(name: str) -> str:
    """`Content-Disposition` for a name that `file_name` made, with a plain one for old programs (RFC 6266, 4.3)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _printable(text: str) -> str:
    """Without control and formatting characters: some turn the direction of what follows."""
    return "".join(each for each in unicodedata.normalize("NFC", text) if unicodedata.category(each)[0] != "C")
