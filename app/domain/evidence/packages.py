"""Office documents: what kind a ZIP package is, and that unpacking it harms nobody."""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import BinaryIO, NoReturn

from app.domain.errors import Invalid

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
DOCX = f"{_OPEN_XML}wordprocessingml.document"
XLSX = f"{_OPEN_XML}spreadsheetml.sheet"
PPTX = f"{_OPEN_XML}presentationml.presentation"
ODT = f"{_OPEN_DOCUMENT}text"
ODS = f"{_OPEN_DOCUMENT}spreadsheet"
ODP = f"{_OPEN_DOCUMENT}presentation"

MOST_MEMBERS = 2_000
MOST_UNPACKED = 100 * 1024 * 1024
_MOST_DIRECTORY = 1024 * 1024
_MOST_LIST = 1024 * 1024
_CHUNK = 64 * 1024

_END = struct.Struct("<4s4xHHII2x")  # APPNOTE.TXT 4.3.16, without a comment
_CONTENT_TYPE = re.compile(rb"""\bContentType\s*=\s*["']([^"']*)["']""")
_ACTIVE = re.compile(rb"macroenabled|vbaproject|activex", re.IGNORECASE)
_ACTIVE_MEMBER = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml|activex/.*)$|^(basic|scripts)/", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, UnicodeError)


def package_type(file: BinaryIO) -> str | None:
    """The media type of an office document; None where the package is of another kind.

    Every member is unpacked once, within bounds, so that a length that lies is found out.

    Raises:
        Invalid: `package_unreadable`, `package_too_large`, `package_active` (macros, controls).
    """
    try:
        _ensure_short_directory(file)
        with zipfile.ZipFile(file) as package:
            members = package.infolist()
            _ensure_bounded(members)
            _ensure_plain(members)
            found = _open_xml(package) or _open_document(package, members)
            for each in members if found else ():
                _unpack(package, each)
            return found
    except _BROKEN:
        _unreadable()


def _unreadable() -> NoReturn:
    raise Invalid("The package cannot be read as an office document writes one.", code="package_unreadable") from None


def _ensure_short_directory(file: BinaryIO) -> None:
    """Look at the directory's length before it is read: each entry costs ten times as much in memory."""
    file.seek(-min(_END.size, file.seek(0, 2)), 2)
    mark, here, entries, length, _ = _END.unpack(file.read())
    if mark != b"PK\x05\x06" or here != entries:
        _unreadable()
    if length > _MOST_DIRECTORY or entries > MOST_MEMBERS:
        _too_large()


def _too_large() -> NoReturn:
    mib = MOST_UNPACKED // (1024 * 1024)
    raise Invalid(
        f"Unpacked, the document has more than {mib} MiB or {MOST_MEMBERS} parts.", code="package_too_large"
    ) from None


def _ensure_bounded(members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > MOST_UNPACKED:
        _too_large()


def _ensure_plain(members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse names that lead elsewhere or stand twice, links, encryption, and compression that offices do not write."""
    names = {each.filename.casefold() for each in members}
    odd = any(
        each.flag_bits & 1
        or each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        or stat.S_ISLNK(each.external_attr >> 16)
        or each.filename.startswith("/")
        or not {"..", "."}.isdisjoint(each.filename.split("/"))
        or re.search(r"[\\:\x00-\x1f]", each.orig_filename)
        for each in members
    )
    if odd or len(names) != len(members):
        _unreadable()
    if any(_ACTIVE_MEMBER.search(each.filename) for each in members):
        _active()


def _active() -> NoReturn:
    raise Invalid("Documents with macros or controls are not taken: save it without them.", code="package_active")


def _open_xml(package: zipfile.ZipFile) -> str | None:
    """By the list of content types (ECMA-376 part 2, 10.1.2.2), which names the main part of the document."""
    listed = _member(package, "[Content_Types].xml")
    if listed is None:
        return None
    if b"&" in listed or b"<!" in listed:  # nothing in a true list needs an entity, and one could hide a name
        _unreadable()
    if _ACTIVE.search(listed):
        _active()
    told = set(_CONTENT_TYPE.findall(listed))
    return next((kind for kind in (DOCX, XLSX, PPTX) if f"{kind}.main+xml".encode() in told), None)


def _open_document(package: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> str | None:
    """By its first member, which holds the type as it is (OpenDocument 1.3 part 2, 3.3)."""
    if not members or members[0].filename != "mimetype" or members[0].compress_type != zipfile.ZIP_STORED:
        return None
    told = _member(package, "mimetype")
    known = _member(package, "META-INF/manifest.xml") is not None
    return next((kind for kind in (ODT, ODS, ODP) if known and kind.encode() == told), None)


def _member(package: zipfile.ZipFile, name: str) -> bytes | None:
    """A short member; None where there is none."""
    if name not in package.namelist():
        return None
    if package.getinfo(name).file_size > _MOST_LIST:
        _too_large()
    return package.read(name)


def _unpack(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack a member to nowhere: its length and checksum must be what the directory says."""
    with package.open(member) as stream:
        read = 0
        while chunk := stream.read(_CHUNK):
            read += len(chunk)
    if read != member.file_size:
        _unreadable()
