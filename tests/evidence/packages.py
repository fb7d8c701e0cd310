"""Office documents as offices write them, and as nobody should."""

import zipfile
from collections.abc import Mapping
from io import BytesIO

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
TEXT = "application/vnd.oasis.opendocument.text"

MIB = 1024 * 1024


def content_types(kind: str, *more: str) -> bytes:
    """The list of content types of an Open XML document, with more parts than the main one."""
    listed = "".join(f'<Override PartName="/p{at}" ContentType="{each}"/>' for at, each in enumerate(more))
    main = f'<Override PartName="/main.xml" ContentType="{kind}.main+xml"/>'
    return f'<?xml version="1.0"?><Types xmlns="x">{main}{listed}</Types>'.encode()


def package(members: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file of these members; a member named `mimetype` is stored as it is."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as written:
        for name, content in members.items():
            told = zipfile.ZipInfo(name, (2026, 1, 5, 9, 0, 0))
            told.compress_type = zipfile.ZIP_STORED if name == "mimetype" else method
            written.writestr(told, content)
    return out.getvalue()


def open_xml(kind: str = WORD, /, **members: bytes) -> bytes:
    """An Open XML document with more members than it needs."""
    return package({"[Content_Types].xml": content_types(kind), "main.xml": b"<w/>"} | members)


def with_members(members: Mapping[str, bytes]) -> bytes:
    """A Word document with members of any name."""
    return package({"[Content_Types].xml": content_types(WORD), "main.xml": b"<w/>", **members})


def open_document(told: bytes = TEXT.encode(), /, **members: bytes) -> bytes:
    """An OpenDocument text."""
    return package({"mimetype": told, "META-INF/manifest.xml": b"<m/>", "content.xml": b"<o/>"} | members)


def lying_about_its_length() -> bytes:
    """A document one of whose members says that it is short and unpacks to a hundred times as much."""
    whole = bytearray(with_members({"big.xml": b"\0" * 8 * MIB}))
    true, false = (8 * MIB).to_bytes(4, "little"), (1024).to_bytes(4, "little")
    assert whole.count(true) == 2
    return bytes(whole.replace(true, false))


def overlapping() -> bytes:
    """Many members whose directory entries all lead to the same compressed bytes, so that they unpack to gigabytes."""
    zeros = b"\0" * 20 * MIB
    one = BytesIO(with_members({f"{at:02}.xml": zeros if at == 0 else b"" for at in range(60)}))
    with zipfile.ZipFile(one) as read:
        first = next(each for each in read.infolist() if each.filename == "00.xml")
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as written:
            written.writestr("[Content_Types].xml", content_types(WORD))
            at = written.fp.tell()  # type: ignore[union-attr]
            raw = one.getvalue()[first.header_offset : first.header_offset + 30 + 6 + first.compress_size]
            written.fp.write(raw)  # type: ignore[union-attr]
            written.start_dir = written.fp.tell()  # type: ignore[union-attr]
            for number in range(60):
                twin = zipfile.ZipInfo(f"{number:02}.xml", first.date_time)
                twin.compress_type, twin.CRC = first.compress_type, first.CRC
                twin.compress_size, twin.file_size, twin.header_offset = first.compress_size, first.file_size, at
                written.filelist.append(twin)
            written._didModify = True  # type: ignore[attr-defined]
    return out.getvalue()
