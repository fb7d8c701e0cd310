"""Free text on its way into a report: what cannot be shown is spelled out, and nothing is lost."""

import re
import unicodedata
from pathlib import Path
from typing import Any

# What no reader sees: controls but tab and line feed, some of which HTML forbids, and what shows letters backwards.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ufffe\uffff]")


def _characters(ranges: str) -> str:
    """Ranges of code points in hexadecimal as the inside of a regular expression's class."""
    pairs = (each.partition("-") for each in ranges.split())
    return "".join(rf"\U{int(first, 16):08x}-\U{int(last or first, 16):08x}" for first, _, last in pairs)


# What the fonts inside the typst wheel cannot show, in regular and bold: PDF/UA and PDF/A forbid a missing glyph.
# The paragraphs of the file are one font's letters and its marks, and the letters of other fonts. A letter and the
# marks on it must come from one font.
_LETTERS, _MARKS, _OTHERS = map(
    _characters, (Path(__file__).parent / "glyphs.txt").read_text(encoding="ascii").split("\n\n")
)
NO_GLYPH = re.compile(f"[^\t\n{_LETTERS}{_MARKS}{_OTHERS}]|(?<=[{_OTHERS}])[{_MARKS}]")


def spelled(value: Any, unseen: re.Pattern[str]) -> Any:
    """JSON data in whose texts each unseen character stands as its Unicode name in square brackets."""
    match value:
        case str():
            return unseen.sub(_name, value)
        case list():
            return [spelled(each, unseen) for each in value]
        case dict():
            return {key: spelled(each, unseen) for key, each in value.items()}
    return value


def paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a text, parted by empty lines; a paragraph keeps its line breaks."""
    parts = re.split(r"\n[ \t]*\n", (text or "").replace("\r\n", "\n"))
    return [each.strip("\n") for each in parts if each.strip()]


def _name(found: re.Match[str]) -> str:
    character = found[0]
    return f"[{unicodedata.name(character, f'U+{ord(character):04X}').lower()}]"
