"""The types of attachments, by their content; and ranges of bytes."""

import io
import zipfile

import pytest

from api.routes.byte_ranges import Unsatisfiable, requested_range
from api.routes.todos.attachment_response import disposition
from shared.attachments.rules import BINARY, file_name, is_allowed, media_type_of, size_in_words
from tests.support.attachments import picture


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "b")
    return buffer.getvalue()


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (picture(2, 2), "photo.html", "image/png"),
        (picture(2, 2, "JPEG"), "photo", "image/jpeg"),
        (picture(2, 2, "GIF"), "photo.svg", "image/gif"),
        (picture(2, 2, "WEBP"), "photo.jpg", "image/webp"),
        (b"%PDF-1.7\n", "paper.html", "application/pdf"),
        (_zip(), "paper.docx", DOCX),
        (_zip(), "app.jar", "application/zip"),
        (_zip(), "photo.png", "application/zip"),
        ("Straße, zwei Äpfel".encode(), "list.html", "text/plain"),
        ("Ä".encode()[:1] * 0 + b"x" * 8191 + "Ä".encode()[:1], "cut.txt", "text/plain"),
        (b"a < b, b > c", "maths.txt", "text/plain"),
        (b"<!doctype html><p>hi", "list.txt", BINARY),
        (b"hello <ScRiPt>alert(1)</ScRiPt>", "list.txt", BINARY),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "photo.png", BINARY),
        (b"<?xml version='1.0'?><x/>", "photo.png", BINARY),
        ("\ufeff<html>".encode(), "list.txt", BINARY),
        ("<html>".encode("utf-16"), "list.txt", BINARY),
        (b"#!/bin/sh\nrm -rf /\n", "list.txt", BINARY),
        (b"MZ\x90\x00\x03", "photo.png", BINARY),
        (b"\x7fELF\x02\x01", "photo.png", BINARY),
        (b"\x00" * 100, "photo.png", BINARY),
        (b"\xe9t\xe9", "latin1.txt", BINARY),
    ],
)
def test_the_content_tells_the_type(content: bytes, name: str, expected: str) -> None:
    assert media_type_of(content, name) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None), ("bytes=0-0", (0, 1)), ("bytes=5-", (5, 10)), ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)), ("bytes=5-99", (5, 10)), ("bytes=5-4", None), ("bytes=-", None),
        ("bytes=0-1,3-4", None), ("lines=1-2", None), ("bytes=a-b", None), ("bytes=٣-٤", None),
    ],
)  # fmt: skip
def test_one_range_is_understood_and_others_are_ignored(
    header: str, expected: tuple[int, int] | None
) -> None:
    assert requested_range(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_outside_the_file_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        requested_range(header, 10)


def test_a_name_cannot_leave_its_header() -> None:
    header = disposition('a"; filename="evil.exe\\ %41\N{SNOWMAN}')

    assert header == (
        'attachment; filename="a_; filename=_evil.exe_ _41_"; '
        "filename*=UTF-8''a%22%3B%20filename%3D%22evil.exe%5C%20%2541%E2%98%83"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a/b/c.txt", "c.txt"), ("..\\..\\x", "x"), ("a/..", ".."), ("a\u202egnp.exe", "agnp.exe")],
)
def test_of_a_path_the_last_part_is_the_name(text: str, expected: str) -> None:
    assert file_name(text) == expected


def test_allowed_types_are_named_or_a_family() -> None:
    assert is_allowed("image/png", ())
    assert is_allowed("image/png", ("application/pdf", "image/*"))
    assert not is_allowed("text/plain", ("application/pdf", "image/*"))


def test_sizes_are_said_in_words() -> None:
    sizes = 1, 1024, 900_000, 25 * 1024**2, 1024**3
    assert [size_in_words(size) for size in sizes] == ["1 kB", "1 kB", "879 kB", "25 MB", "1 GB"]
