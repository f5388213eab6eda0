"""The XML of CalDAV requests: hostile documents are refused, and answers are well-formed."""

import pytest
from lxml import etree
from starlette.exceptions import HTTPException

from api.caldav import addresses, xml_output
from api.caldav.properties import MAX_PROPERTIES, wanted_by
from api.caldav.xml_input import MAX_DEPTH, MAX_ELEMENTS, parse_xml

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "empty": b"",
    "no XML": b"hello",
    "cut off": b"<a><b>",
    "two roots": b"<a/><b/>",
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>'.encode(),
    "file": b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
    "network": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><a/>',
    "UTF-16": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode(
        "utf-16"
    ),
    "undefined entity": b"<a>&nothing;</a>",
    "too deep": b"<a>" * 100_000,
    "too deep and closed": b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
    "too many": b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>",
    "unbound prefix": b"<D:propfind/>",
    "NUL": b"<a>\0</a>",
    "twice the attribute": b'<a b="1" b="2"/>',
    "bad bytes": b"<a>\xff</a>",
    "many attributes": b"<a " + b" ".join(b'b%d=""' % n for n in range(60_000)) + b"/>",
    "long namespace": b'<a xmlns:n="' + b"n" * 500_000 + b'">' + b"<n:b/>" * 1000 + b"</a>",
    "long name of an attribute": b'<a xmlns:n="' + b"n" * 500_000 + b'"><b n:c=""/></a>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused(name: str) -> None:
    with pytest.raises(HTTPException) as refused:
        parse_xml(HOSTILE[name])

    assert refused.value.status_code == 400
    assert "passwd" not in str(refused.value.detail)


@pytest.mark.parametrize(("length", "number"), [(4, MAX_PROPERTIES + 1), (200, 90)])
def test_properties_are_bounded_because_each_object_is_answered_with_their_names(
    length: int, number: int
) -> None:
    names = "".join(f"<{'n' * length}{each}/>" for each in range(number))
    root = parse_xml(f'<D:propfind xmlns:D="DAV:"><D:prop>{names}</D:prop></D:propfind>'.encode())

    with pytest.raises(HTTPException) as refused:
        wanted_by(root)

    assert refused.value.status_code == 400


def test_an_address_that_is_none_has_no_segments() -> None:
    assert addresses.segments_of("/caldav/u/lists/l/a%20b.ics") == ["u", "lists", "l", "a b.ics"]
    assert addresses.segments_of("http://[/caldav/u/lists/l/a.ics") == []
    assert addresses.segments_of("/caldav/u/lists/l/a%00.ics") == []
    assert addresses.segments_of("https://[::1]:x/caldav/u") == ["u"]


def test_names_are_compared_with_their_namespaces() -> None:
    root = parse_xml(b'<a xmlns="DAV:" xmlns:o="urn:o"><o:prop/><prop>x</prop><?pi?><!-- c --></a>')

    assert root.tag == "{DAV:}a"
    found = root.find("{DAV:}prop")
    assert (found and found.text, len(root.children)) == ("x", 2)


def test_the_largest_documents_are_read() -> None:
    many = parse_xml(b"<a>" + b"<b/>" * (MAX_ELEMENTS - 1) + b"</a>")
    deep = parse_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH)

    assert (len(many.children), deep.tag) == (MAX_ELEMENTS - 1, "a")


def test_texts_come_back_as_they_were_written() -> None:
    text = "BEGIN:X\r\nA:<b>&\"' ]]> ☃\r\nEND:X\r\n"
    found = {"{DAV:}displayname": xml_output.text(text)}
    odd = ["{urn:a&b}name", "plain"]

    body = xml_output.multistatus([xml_output.response("/a b", found, {404: odd})]).body
    root = etree.fromstring(bytes(body))

    assert root.findtext(".//{DAV:}displayname") == text
    assert root.find(".//{urn:a&b}name") is not None
