"""Say what is wrong with a value that was sent: the errors of Pydantic as sentences that can be translated.

A sentence names the rule, and never repeats the value: messages of other libraries may quote it, as Python's
"Invalid isoformat string" does.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from shared.languages.texts import Message, counted, message, sentence_of
from shared.text import NotAcceptableError

_NOT_ACCEPTABLE = message("is not acceptable")
_MISSING = message("Field required")
# What the library shows of a member of an enum: <Method.TOTP: 'totp'>.
_ENUM_MEMBER = re.compile(r"<[\w.]+: ('[^']*')>")
_DICTIONARY = message("Input should be a valid dictionary")
_LIST = message("Input should be a valid list")
# By the first word of the type: "int_type", "int_parsing", "int_from_float".
_KINDS: Mapping[str, Message] = {
    "bool": message("Input should be a valid boolean"),
    "dataclass": _DICTIONARY,
    "date": message("Input should be a valid date"),
    "datetime": message("Input should be a valid date and time"),
    "dict": _DICTIONARY,
    "float": message("Input should be a valid number"),
    "int": message("Input should be a valid integer"),
    "list": _LIST,
    "model": _DICTIONARY,
    "string": message("Input should be a valid string"),
    "tuple": _LIST,
}
_TYPES: Mapping[str, Callable[[Any], Message]] = {
    "string_too_long": lambda context: _at_most(context["max_length"], is_text=True),
    "string_too_short": lambda context: _at_least(context["min_length"], is_text=True),
    "too_long": lambda context: _at_most(context["max_length"], is_text=_is_text(context)),
    "too_short": lambda context: _at_least(context["min_length"], is_text=_is_text(context)),
    "string_pattern_mismatch": lambda context: message(
        "String should match pattern '{pattern}'", pattern=context["pattern"]
    ),
    "greater_than_equal": lambda context: message(
        "Input should be greater than or equal to {limit}", limit=context["ge"]
    ),
    "less_than_equal": lambda context: message(
        "Input should be less than or equal to {limit}", limit=context["le"]
    ),
    "enum": lambda context: _one_of(context["expected"]),
    "literal_error": lambda context: _one_of(context["expected"]),
    "extra_forbidden": lambda context: message("Extra inputs are not permitted"),
    "unexpected_keyword_argument": lambda context: message("Extra inputs are not permitted"),
    "missing": lambda context: _MISSING,
    "union_tag_not_found": lambda context: _MISSING,
    "union_tag_invalid": lambda context: _NOT_ACCEPTABLE,
    "assertion_error": lambda context: _NOT_ACCEPTABLE,
}


def rule_of(item: Any) -> str:
    """Return the sentence about an error of Pydantic, or one of ours in the same form."""
    kind = item["type"]
    if kind == "value_error":
        raised = item["ctx"]["error"]
        return sentence_of(raised) if isinstance(raised, NotAcceptableError) else _NOT_ACCEPTABLE
    if isinstance(item["msg"], Message):
        return item["msg"]
    if kind in _TYPES:
        return _TYPES[kind](item.get("ctx"))
    return _KINDS.get(kind.partition("_")[0], _NOT_ACCEPTABLE)


def _is_text(context: Any) -> bool:
    """Return True for a text that a function of ours checked before its length was."""
    return bool(context["field_type"] == "Value")


def _at_most(limit: int, *, is_text: bool) -> Message:
    if is_text:
        return counted(
            limit,
            "String should have at most {count} character",
            "String should have at most {count} characters",
        )
    return counted(
        limit, "List should have at most {count} item", "List should have at most {count} items"
    )


def _at_least(limit: int, *, is_text: bool) -> Message:
    if is_text:
        return counted(
            limit,
            "String should have at least {count} character",
            "String should have at least {count} characters",
        )
    return counted(
        limit, "List should have at least {count} item", "List should have at least {count} items"
    )


def _one_of(expected: str) -> Message:
    """Return the sentence about a choice, which Pydantic spells `'a', 'b' or 'c'`."""
    others, _, last = _ENUM_MEMBER.sub(r"\1", expected).rpartition(" or ")
    values = message("{others} or {last}", others=others, last=last) if others else last
    return message("Input should be {values}", values=values)
