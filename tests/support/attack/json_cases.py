"""Texts that are JSON (RFC 8259), that are none, and that readers disagree about.

After the idea of JSONTestSuite (Nicolas Seriot, "Parsing JSON is a Minefield"); every text is made here.
Texts that are no JSON hold CANARY where they can, so that an answer that quotes them is found.
"""

import json
import random
from collections.abc import Iterator
from typing import NamedTuple

CANARY = "canary5b19c7"
_C = CANARY.encode()


class JsonCase(NamedTuple):
    name: str
    text: bytes


# Values that every reader of JSON takes.
VALID = (
    b"0", b"-0", b"0.0", b"-0.0", b"1e1", b"1E+2", b"1e-2", b"123.456e-7", b"9007199254740991",
    b"-9007199254740991", b"1e-400", b"123e5", b"true", b"false", b"null", b"[]", b"{}", b"[[]]",
    b"[null,1,\"1\",{}]", b' [ 1 ,\t2\n,\r3 ] ', b'""', b'"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    b'"\\u0061\\u00e9\\u2603"', b'"\\ud83d\\ude00"', '"é☃😀"'.encode(),
    '"\u2028\u2029\u007f"'.encode(), b'"\\u0020\\u001f"', b'{"":1}', b'{"a":{"b":{"c":[]}}}',
    b'{"a":1,"A":2,"\\u00e4":3}', b'"a/b\\/c"', b'"\xef\xbf\xbf"', b'"\xf4\x8f\xbf\xbf"',
)  # fmt: skip

# Texts that are no JSON value.
_INVALID_VALUES = (
    b"", b" ", b"\x0c1", b"\xc2\xa01", b"+1", b"01", b"-01", b"1.", b".5", b"-.5", b"1e", b"1e+",
    b"1.e1", b"0x1F", b"1_000", b"--1", b"-", b"1 2", b"1,2", b"NaN", b"nan", b"-NaN", b"Infinity",
    b"-Infinity", b"+Infinity", b"inf", b"True", b"False", b"None", b"nul", b"nulll", b"undefined",
    b"'" + _C + b"'", b"`" + _C + b"`", b'"' + _C, _C, _C + b'"', b'"' + _C + b'\n"',
    b'"' + _C + b'\t"', b'"' + _C + b'\x00"', b'"' + _C + b'\x1f"', b'"\\x' + _C + b'"',
    b'"\\' + _C + b'\\"', b'"\\u12"', b'"\\u{1}' + _C + b'"', b'"\\uZZZZ"', b'"\\U0001F600"',
    b'"\\\n"', b"[" + _C + b"]", b"[1,]", b"[,1]", b"[1,,2]", b"[1 2]", b"[1;2]", b"[1:2]", b"[",
    b"]", b"[1", b"1]", b"[[1]", b"[1}", b"{1]", b'["' + _C + b'",', b"{", b"}", b'{"' + _C + b'"}',
    b'{"' + _C + b'":}', b'{"' + _C + b'":1,}', b'{,"a":1}', b'{"a" 1}', b'{"a"=1}',
    b'{"a":1 "b":2}', b'{"a"::1}', b"{a:1}", b"{'" + _C + b"':1}", b"{1:1}", b"{null:1}",
    b'{"a":1}}', b'{"a":1}#' + _C, b'{"a":1}/*' + _C + b"*/", b'//' + _C + b'\n1', b'/**/1',
    b"#" + _C + b"\n1", b'{"a":1}{"b":2}', b"<" + _C + b">", b"(1)", b'"' + _C + b'" "', b"\x001",
    b"1\x00", b"@" + _C, b"...", b"[...]", '“' .encode() + _C + '”'.encode(), '１'.encode(),
    '"\\ud8３0"'.encode(), b"!!js/" + _C, b"*",
)  # fmt: skip
# No UTF-8 (RFC 3629): lone and missing continuations, overlong forms, surrogates, beyond U+10FFFF.
_NO_UTF8 = (
    b"\x80", b"\xbf", b"\xc3", b"\xc3(", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80",
    b"\xed\xbf\xbf", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfe",
    b"\xff", b"\xe9", b"\xe2\x98",
)  # fmt: skip

# RFC 8259 leaves these to the reader. Ours refuses each (docs/protocol.md, "Rules for requests").
UNDEFINED = (
    b"1e400", b"-1e400", b"9007199254740992", b"-9007199254740992", b"9" * 400, b'"\\ud800"',
    b'"\\udc00' + _C + b'"', b'"\\ud800\\ud800"', b'"\\udc00\\ud800"', b'"\\ud800a"',
    b'"\\u0000' + _C + b'"', b'{"\\u0000":1}', b'{"\\ud800":1}', b'{"a":1,"a":1}',
    b'{"a":1,"\\u0061":2}', b'{"' + _C + b'":1,"' + _C + b'":2}', b"[" * 500 + b"]" * 500,
    b'{"a":' * 500 + b"1" + b"}" * 500, b"[" * 100_000, b'{"":' * 50_000, b"[" * 21 + b"]" * 21,
)  # fmt: skip


def invalid_cases() -> Iterator[JsonCase]:
    """Yield the same texts in every run."""
    for text in _INVALID_VALUES:
        yield JsonCase(f"n {text[:30]!r}", text)
    for text in _NO_UTF8:
        yield JsonCase(f"n UTF-8 {text!r}", b'"' + _C + text + b'"')
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7"):
        text = ('{"+": "é' + CANARY + '"}').encode(encoding)
        if encoding != "utf-7":
            yield JsonCase(f"n {encoding}", text)
    yield JsonCase("n byte order mark", b"\xef\xbb\xbf{}")
    for text in UNDEFINED:
        yield JsonCase(f"i {text[:30]!r}", text)


def mutated_case(rng: random.Random) -> JsonCase:
    """Return a valid text in which one thing was changed, such that it is no JSON."""
    while True:
        text = bytearray(json.dumps(_value(rng, 3)).encode())
        at = rng.randrange(len(text))
        kind = rng.choice(("cut", "drop", "insert", "replace", "double"))
        if kind == "cut":
            del text[at:]
        elif kind == "drop":
            del text[at]
        elif kind == "double":
            text[at:at] = text[at : at + 1]
        else:
            text[at : at + (kind == "replace")] = bytes(
                [rng.choice(b'"\\{}[],:0-+.eE\x00\x01\xff tn')]
            )
        if not _is_json(bytes(text)):
            return JsonCase(f"n {kind} at {at} {bytes(text)[:60]!r}", bytes(text))


def _value(rng: random.Random, depth: int) -> object:
    kind = rng.randrange(7 if depth else 5)
    if kind == 5:
        return [_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind == 6:
        return {f"{CANARY}{number}": _value(rng, depth - 1) for number in range(rng.randrange(4))}
    return (
        None,
        rng.random() < 0.5,
        rng.randrange(-(10**9), 10**9),
        rng.uniform(-1e9, 1e9),
        CANARY,
    )[kind]


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text.decode(), parse_constant=_refuse)
    except ValueError:
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(name)
