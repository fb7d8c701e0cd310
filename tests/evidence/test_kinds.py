"""Types by content: what is taken, what lies, what would burst, and what a file is called."""

import struct
import tracemalloc
import zipfile
from io import BytesIO

import pytest

from app.domain.errors import Invalid
from app.domain.evidence import content_disposition, file_name, media_type_of, title_of
from tests.evidence import packages
from tests.evidence.packages import MIB, SHEET, SLIDES, TEXT, WORD, open_document, open_xml, with_members
from tests.evidence.sending import PDF, Store, content_of, kept, refusal, send
from tests.given import Api

ENTITY = packages.content_types(WORD).replace(b"main.xml", b"&#109;ain.xml")
UTF_16 = packages.content_types(WORD).decode().encode("utf-16")


def told(content: bytes, declared: str = "") -> str:
    """The type of a content, or the code of its refusal."""
    try:
        return media_type_of(BytesIO(content), declared)
    except Invalid as refused:
        return refused.problem_code


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"Plain text.\r\n\tWith a tab.\x0c", "text/plain"),
        ("Café – 10 £".encode(), "text/plain"),
        (b"\xef\xbb\xbfname,day\nA,1\n", "text/plain"),
        (b"x < y", "text/plain"),
        (open_xml(WORD), WORD),
        (open_xml(SHEET), SHEET),
        (open_xml(SLIDES), SLIDES),
        (open_document(), TEXT),
    ],
)
def test_what_is_taken_is_told_by_its_content(content: bytes, expected: str) -> None:
    assert told(content) == expected


def test_only_what_is_said_tells_csv_from_other_text() -> None:
    assert told(b"a,b\n", "text/csv") == "text/csv"
    assert told(PDF, "text/csv") == "application/pdf"


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00",
        b"\x7fELF\x02",
        b"#!/bin/sh\nrm -rf /\n",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"\xef\xbb\xbf \n<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><x/>",
        b"{\\rtf1 x}",
        b"%!PS-Adobe-3.0",
        b"GIF89a\x01\x00",
        b"II*\x00\x08\x00",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
        b"Rar!\x1a\x07\x01\x00",
        b"\x1f\x8b\x08\x00",
        b"Text with a nul\x00.",
        b"Text that is not UTF-8: \xff.",
        b"Cut in the middle of a letter: \xc3",
        "UTF-16".encode("utf-16"),
        b"x" * 100_000 + b"\x1b[2J",
        b"junk before %PDF-1.7 %%EOF",
        b"%PDF-1.7 without an end",
        b"RIFF\x10\x00\x00\x00WAVEfmt ",
        packages.package({"a.txt": b"a"}),
        packages.package({"META-INF/MANIFEST.MF": b"", "A.class": b"\xca\xfe\xba\xbe"}),
        packages.package({"AndroidManifest.xml": b"", "classes.dex": b"x"}),
        open_xml("application/vnd.ms-package.3dmanufacturing"),
        open_document(b"application/vnd.oasis.opendocument.database"),
        packages.package({"content.xml": b"<o/>", "mimetype": TEXT.encode(), "META-INF/manifest.xml": b""}),
        packages.package({"mimetype": TEXT.encode()}),
    ],
)
def test_everything_else_is_not(content: bytes) -> None:
    assert told(content) == "evidence_type_not_allowed"


def test_an_empty_file_is_none() -> None:
    assert told(b"") == "file_empty"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (with_members({"word/vbaProject.bin": b"x"}), "package_active"),
        (with_members({"word/VBAPROJECT.BIN": b"x"}), "package_active"),
        (with_members({"word/activeX/activeX1.xml": b"x"}), "package_active"),
        (open_xml("application/vnd.ms-word.document.macroEnabled"), "package_active"),
        (
            packages.package(
                {"[Content_Types].xml": packages.content_types(WORD, "application/vnd.ms-office.vbaProject")}
            ),
            "package_active",
        ),
        (packages.package({"[Content_Types].xml": ENTITY}), "package_unreadable"),
        (packages.package({"[Content_Types].xml": UTF_16}), "evidence_type_not_allowed"),
        (open_document(**{"Basic/Standard/Module1.xml": b"x"}), "package_active"),
        (open_document(**{"Scripts/python/a.py": b"x"}), "package_active"),
        (with_members({"../../etc/passwd": b"x"}), "package_unreadable"),
        (with_members({"/etc/passwd": b"x"}), "package_unreadable"),
        (with_members({"a\\..\\b": b"x"}), "package_unreadable"),
        (with_members({"C:/b": b"x"}), "package_unreadable"),
        (with_members({"MAIN.xml": b"x"}), "package_unreadable"),
        (
            packages.package({"[Content_Types].xml": packages.content_types(WORD)}, method=zipfile.ZIP_LZMA),
            "package_unreadable",
        ),
        (open_xml()[:-30], "package_unreadable"),
        (open_xml() + b"more", "package_unreadable"),
        (b"PK\x03\x04" + b"\0" * 100, "package_unreadable"),
        (b"PK\x03\x04", "package_unreadable"),
    ],
)
def test_a_document_with_macros_or_odd_members_is_refused(content: bytes, expected: str) -> None:
    assert told(content) == expected


def test_a_document_that_is_encrypted_is_refused() -> None:
    plain = bytearray(open_xml())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = plain.find(mark)
        plain[at + flags] |= 1
    assert told(bytes(plain)) == "package_unreadable"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (with_members({f"{at}.xml": b"\0" * 20 * MIB for at in range(6)}), "package_too_large"),
        (with_members({f"{at}.xml": b"" for at in range(2001)}), "package_too_large"),
        (packages.package({"[Content_Types].xml": packages.content_types(WORD) + b" " * 2 * MIB}), "package_too_large"),
        (packages.lying_about_its_length(), "package_unreadable"),
        (packages.overlapping(), "package_too_large"),
        (
            b"PK\x03\x04" + b"\0" * 50 + struct.pack("<4s4xHHII2x", b"PK\x05\x06", 9, 9, 16 * MIB, 4),
            "package_too_large",
        ),
    ],
)
def test_a_bomb_is_told_before_it_bursts(content: bytes, expected: str) -> None:
    tracemalloc.start()
    assert told(content) == expected
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MIB


def test_a_large_document_is_unpacked_in_bounded_memory() -> None:
    content = with_members({f"{at}.xml": b"\0" * 20 * MIB for at in range(4)})
    tracemalloc.start()
    assert told(content) == WORD
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MIB


# --- over HTTP ------------------------------------------------------------------------------------------------------


async def test_a_type_that_lies_is_refused(provider: Api, provider_id: str, store: Store) -> None:
    lies = [(PDF, "image/png"), (b"Text.", "application/pdf"), (open_xml(), "application/pdf"), (open_xml(SHEET), WORD)]
    for content, media_type in lies:
        answer = await send(provider, provider_id, content, media_type=media_type)
        assert refusal(answer) == (422, "evidence_type_differs")
        assert [each["header"] for each in answer.json()["errors"]] == ["Content-Type"]
    assert store.files() == []


async def test_what_is_not_taken_leaves_nothing_and_is_not_repeated(
    provider: Api, provider_id: str, store: Store
) -> None:
    for content in (b"MZ\x90 secret", b"<html>secret</html>", packages.lying_about_its_length()):
        answer = await send(provider, provider_id, content)
        assert answer.status_code == 422
        assert "secret" not in answer.text
    assert store.files() == []


# --- what a file is called ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (None, "evidence.pdf"),
        ("", "evidence.pdf"),
        ("Plan", "Plan.pdf"),
        ("Plan.PDF", "Plan.pdf"),
        ("Plan.exe", "Plan.exe.pdf"),
        ("plan.pdf.exe", "plan.pdf.exe.pdf"),
        ("Version 1.2", "Version 1.2.pdf"),
        ("../../etc/passwd", "etc-passwd.pdf"),
        ("..\\..\\boot.ini", "boot.ini.pdf"),
        ("/", "evidence.pdf"),
        ("...", "evidence.pdf"),
        ("con", "evidence-con.pdf"),
        ("LPT1.txt", "evidence-LPT1.pdf"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie- x=1.pdf"),
        ('quote".html', "quote-.html.pdf"),
        ("\u202egpj.exe", "gpj.exe.pdf"),
        ("a:b*c?d|e<f>g%h", "a-b-c-d-e-f-g-h.pdf"),
        ("x" * 500, "x" * 100 + ".pdf"),
    ],
)
def test_a_name_is_safe_to_save_under(title: str | None, expected: str) -> None:
    assert file_name(title, "application/pdf") == expected


def test_a_name_keeps_its_letters_where_they_are_understood() -> None:
    assert content_disposition(file_name("Résumé – 學校", "text/plain")) == (
        "attachment; filename=\"Resume  .txt\"; filename*=UTF-8''R%C3%A9sum%C3%A9%20%E2%80%93%20%E5%AD%B8%E6%A0%A1.txt"
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [("C:\\fakepath\\a.pdf", "a.pdf"), ("../../a.pdf", "a.pdf"), ("a/", None), ("", None), ("a\x00b\n", "ab")],
)
def test_a_title_is_the_last_step_of_a_path(path: str, expected: str | None) -> None:
    assert title_of(path) == expected


async def test_a_title_of_any_kind_comes_back_as_one_header_line(provider: Api, provider_id: str) -> None:
    told = await kept(provider, provider_id, title="../..\\\u202e“x”;é.pdf")
    got = await content_of(provider, told["id"])
    assert got.status_code == 200
    assert got.headers.get_list("Content-Disposition") == [content_disposition(told["file_name"])]
    assert "/" not in told["file_name"]
