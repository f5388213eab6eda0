"""JSON is read in one way only, or refused."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.input.strict_json import (
    MAX_DEPTH,
    MAX_KEYS,
    MAX_SAFE_INTEGER,
    NotStrictJsonError,
    parse_strict_json,
)


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b"[]", b"null", b'"text"', b"-9007199254740991", b"9007199254740991", b"1e308",
        b'{"a": {"a": 1}}', b'{"a": 1, "A": 2}', b' {"emoji": "\\ud83d\\ude00"} ',
        b'{"escaped backslash": "\\\\u0000"}', "{\"ü\": \"\u2028\"}".encode(),
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, b"[" + b"[]," * 50 + b"[]]",
    ],
)  # fmt: skip
def test_what_both_databases_can_keep_passes(body: bytes) -> None:
    parse_strict_json(body)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"{} {}", b"'a'", b"{a: 1}", b"[1,]", b"01", b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"), b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', b'{"a": "\0"}',
        b'{"a": "line\nbreak"}',
        b"NaN", b'{"a": Infinity}', b"-Infinity", b"1e400", b"-1e400",
        b"9007199254740992", b"-9007199254740992", b"1" * 5000,
        b'{"a": 1, "a": 2}', b'{"a": 1, "\\u0061": 2}', b'[{"b": {"a": 1, "a": 1}}]',
        b'{"a": "\\ud800"}', b'{"\\udfff": 1}', b'["\\ude00\\ud83d"]',
        b'{"a": "\\u0000"}', b'{"\\u0000": 1}',
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), b"[" * 200_000, b'{"a":' * 100_000,
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
def test_what_can_be_read_in_two_ways_or_not_be_kept_is_refused(body: bytes) -> None:
    with pytest.raises(NotStrictJsonError):
        parse_strict_json(body)


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4
    ),
    max_leaves=12,
))  # fmt: skip
def test_whatever_a_client_may_say_passes_in_both_spellings(value: object) -> None:
    parse_strict_json(json.dumps(value).encode())
    parse_strict_json(json.dumps(value, ensure_ascii=False).encode())


@given(st.binary(max_size=200))
def test_any_bytes_pass_or_are_refused_and_nothing_else(body: bytes) -> None:
    with contextlib.suppress(NotStrictJsonError):
        parse_strict_json(body)


def test_an_object_has_as_many_keys_as_anybody_needs() -> None:
    parse_strict_json(json.dumps(dict.fromkeys(map(str, range(MAX_KEYS)))).encode())
    with pytest.raises(NotStrictJsonError):
        parse_strict_json(json.dumps(dict.fromkeys(map(str, range(MAX_KEYS + 1)))).encode())
