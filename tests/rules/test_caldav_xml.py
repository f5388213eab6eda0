"""The XML of CalDAV requests: hostile documents are refused, and answers are well-formed."""

import pytest
from lxml import etree
from starlette.exceptions import HTTPException

from api.caldav import addresses, xml_output
from api.caldav.properties import MAX_PROPERTIES, wanted_by
from api.caldav.xml_input import MAX_DEPTH, MAX_ELEMENTS, parse_xml
from tests.support.attack.xml_cases import HOSTILE


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
