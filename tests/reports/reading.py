"""How the tests read a report: the elements of a page, and the pages of a PDF as text."""

import re
import zlib
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "polygon"}


@dataclass
class Element:
    """An element with its attributes, all the text in it, and the names of the elements around it."""

    name: str
    attributes: dict[str, str | None]
    around: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """The elements of a page in order of their start tags."""

    source: str
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), tuple(each.name for each in self.open))
        self.elements.append(element)
        if tag not in VOID and tag != "br":
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), tuple(each.name for each in self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def all(self, *names: str) -> list[Element]:
        """The elements of some names."""
        return [each for each in self.elements if each.name in names]

    def of_class(self, name: str) -> list[Element]:
        """The elements of a class."""
        return [each for each in self.elements if name in (each.attributes.get("class") or "").split()]


@dataclass
class Paper:
    """A PDF: its objects and, page by page, the marked content as pairs of tag and text."""

    source: bytes

    def __post_init__(self) -> None:
        self.objects: dict[bytes, bytes] = dict(re.findall(rb"(\d+) 0 obj\s(.*?)\bendobj", self.source, re.DOTALL))
        root = re.search(rb"/Root (\d+) 0 R", self.source)
        assert root
        self.catalog = self.objects[root[1]]
        self.pages = [self._page(each) for each in self.objects.values() if re.match(rb"<</Type/Page/", each)]

    def text(self, page: int) -> str:
        """All that a page says, header and footer too."""
        return "".join(text for _, text in self.pages[page])

    @property
    def content(self) -> str:
        """All that the pages say, without what stands on each of them."""
        return "".join(text for page in self.pages for tag, text in page if not tag.startswith("/Artifact"))

    def stream(self, number: bytes) -> bytes:
        """The decoded stream of an object."""
        found = re.search(rb"stream\r?\n(.*)\r?\nendstream", self.objects[number], re.DOTALL)
        assert found
        return zlib.decompress(found[1])

    def metadata(self) -> str:
        """The XMP packet, which is never compressed."""
        packets = [each for each in self.objects.values() if b"/Type/Metadata" in each]
        return packets[0].decode("utf-8", "replace")

    def _page(self, page: bytes) -> list[tuple[str, str]]:
        resources, contents = (re.search(rb"/%s (\d+) 0 R" % name, page) for name in (b"Resources", b"Contents"))
        assert resources
        assert contents
        named = re.findall(rb"/(f\d+) (\d+) 0 R", self.objects[resources[1]])
        fonts = {name: self._characters(number) for name, number in named}
        found: list[tuple[str, str]] = []
        font: dict[bytes, str] = {}
        token = rb"(/\w+)\s?(<<.*?>>)?BDC|/(f\d+) [\d.]+ Tf|\(((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*)\)"
        for tag, about, name, text in re.findall(token, self.stream(contents[1]), re.DOTALL):
            if tag:
                found.append(((tag + about).decode("latin-1"), ""))
            elif name:
                font = fonts[name]
            else:
                codes = _unescaped(text)
                shown = "".join(font[codes[place : place + 2]] for place in range(0, len(codes), 2))
                found[-1] = (found[-1][0], found[-1][1] + shown)
        return found

    def _characters(self, number: bytes) -> dict[bytes, str]:
        reference = re.search(rb"/ToUnicode (\d+) 0 R", self.objects[number])
        assert reference
        told = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", self.stream(reference[1]))
        return {bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in told}


_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescaped(text: bytes) -> bytes:
    def one(found: re.Match[bytes]) -> bytes:
        escaped = found[1]
        return bytes([int(escaped, 8)]) if escaped.isdigit() else _ESCAPES.get(escaped, escaped)

    return re.sub(rb"\\([0-7]{3}|.)", one, text, flags=re.DOTALL)
