"""Parse the XML body of a request: no document type, no entities, no network, bounded in each size.

The bytes of a body are bounded before (api/http/input_checks.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from starlette.exceptions import HTTPException

# A filter of a parameter of a property in a query, the deepest that RFC 4791 knows, is at level 8.
MAX_DEPTH = 32
# Some clients name all the objects of a list in one calendar-multiget: 10,000 (MAX_TODOS_PER_LIST).
MAX_ELEMENTS = 12_000
# Of an element, with its namespace. Each element has the whole text of its own: 11,000 elements in a
# namespace of 500 kB took 5 GB.
MAX_NAME_LENGTH = 255
# Of an element; CalDAV knows three. lxml takes 29 s to read 60,000 of them.
MAX_ATTRIBUTES = 32
# A document is fed to the parser in pieces, so that one that is too deep is not read to its end.
_PIECE_BYTES = 16 * 1024


@dataclass(frozen=True)
class Element:
    """An element of a request. `tag` is in Clark notation; `text` is that before its first child."""

    tag: str
    text: str
    attributes: dict[str, str]
    children: tuple["Element", ...]

    def find(self, tag: str) -> "Element | None":
        """Return the first child of that name, or None."""
        return next(self.find_all(tag), None)

    def find_all(self, tag: str) -> Iterator["Element"]:
        return (child for child in self.children if child.tag == tag)


def parse_xml(body: bytes) -> Element:
    """Return the root of a document. Raise HTTPException 400."""
    # A body in UTF-16 has the two characters elsewhere: `_check_document` finds its type too.
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise _refusal("has a document type, which is not accepted")
    # Small limits of libxml2's own stay in force: huge_tree is off.
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    depth = count = 0
    try:
        for start in range(0, len(body), _PIECE_BYTES):
            parser.feed(body[start : start + _PIECE_BYTES])
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                count += event == "start"
                if depth > MAX_DEPTH or count > MAX_ELEMENTS:
                    raise _refusal("has too many levels or elements")
                if event == "start":
                    _check_element(element)
                if count == 1 and event == "start":
                    _check_document(element)
        root = parser.close()
    except etree.XMLSyntaxError:
        # Its message would repeat what was sent.
        raise _refusal("is not well-formed") from None
    _check_document(root)
    return _element(root)


def _check_document(root: etree._Element) -> None:
    """Raise HTTPException 400 for a document with a type, whatever the encoding of its bytes."""
    if root.getroottree().docinfo.doctype:
        raise _refusal("has a document type, which is not accepted")


def _check_element(element: etree._Element) -> None:
    """Raise HTTPException 400 for an element with long names or many attributes."""
    if len(element.attrib) > MAX_ATTRIBUTES:
        raise _refusal("has too many attributes")
    if any(len(name) > MAX_NAME_LENGTH for name in (element.tag, *element.attrib)):
        raise _refusal("has a name that is too long")


def _element(node: etree._Element) -> Element:
    """Return the element with its descendants, of which there are MAX_DEPTH levels at most."""
    children = tuple(_element(child) for child in node if isinstance(child.tag, str))
    attributes = {str(name): str(value) for name, value in node.attrib.items()}
    return Element(str(node.tag), (node.text or "").strip(), attributes, children)


def _refusal(reason: str) -> HTTPException:
    return HTTPException(400, f"The XML of the body {reason}.")
