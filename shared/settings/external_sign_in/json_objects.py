"""Read settings that are a JSON list of objects, and say in words what is wrong with them.

No sentence quotes a value: some are secrets.
"""

import json
from collections.abc import Callable, Collection, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from shared.settings.hosts import check_host
from shared.text import domain_a_label

# The column external_identities.issuer.
MAX_TEXT_LENGTH = 500
# A site has one issuer or provider; two during a move. Each costs requests to its server.
MAX_OBJECTS = 20

Faults = Callable[[dict[str, Any]], list[str]]


def parse_objects(
    text: str, noun: str, faults_of: Faults, *, example: str, unique: Sequence[str] = ("issuer",)
) -> list[dict[str, Any]]:
    """Return the objects of a JSON list. Raise ValueError with a sentence for every fault.

    `noun` is what one object is called; no two objects have the same value of a `unique` member.
    """
    try:
        items = json.loads(text, object_pairs_hook=_members) if text.strip() else []
    except (json.JSONDecodeError, RecursionError):
        items = None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError(f"must be a JSON list of objects: [{example}]")
    faults = [
        f"{noun} {number}: {fault}"
        for number, item in enumerate(items, 1)
        for fault in faults_of(item)
    ]
    if len(items) > MAX_OBJECTS:
        faults.append(f"has more than {MAX_OBJECTS} {noun}s")
    if not faults:
        faults += [
            f"names {'an' if name[0] in 'aeiou' else 'a'} {name} twice"
            for name in unique
            if len({item[name] for item in items}) < len(items)
        ]
    if faults:
        raise ValueError("; ".join(faults))
    return items


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Of two equal names the last would win: nobody could tell which audience holds.
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("an object has the same member twice")
    return dict(pairs)


def unknown_members(item: dict[str, Any], known: Collection[str]) -> list[str]:
    return [f"has an unknown member {name!r}" for name in item if name not in known]


def wrong_texts(
    item: dict[str, Any], names: Collection[str], *, optional: Collection[str] = ()
) -> list[str]:
    return [
        f"{name} must be a text of 1 to {MAX_TEXT_LENGTH} characters"
        for name in names
        if (name in item or name not in optional) and not is_text(item.get(name))
    ]


def wrong_lists(item: dict[str, Any], names: Collection[str]) -> list[str]:
    return [
        f"{name} must be a list of texts with at least one"
        for name in names
        if name in item and not _is_list_of_texts(item[name])
    ]


def is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT_LENGTH and value.isprintable()


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_text, value))


def is_domain(text: str) -> bool:
    try:
        label = domain_a_label(text)
    except ValueError:
        return False
    return "." in label and "@" not in label


def is_safe_url(text: str) -> bool:
    """Return True for https; for http only on this machine, where nobody can change the answer."""
    try:
        parts = urlsplit(text)
        host, _ = check_host(parts.hostname or ""), parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or not text.isascii():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def is_loopback_url(text: str) -> bool:
    return _is_loopback(urlsplit(text).hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
