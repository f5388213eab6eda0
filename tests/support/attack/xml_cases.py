"""Documents that are no XML, or hostile: CalDAV refuses each with 400."""

from api.caldav.xml_input import MAX_DEPTH, MAX_ELEMENTS

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
