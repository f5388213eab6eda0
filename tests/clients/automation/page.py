"""Read docs/automation.md: its code blocks, and the requests that they describe."""

import json
import re
from dataclasses import dataclass
from typing import Any

import jinja2
import yaml

from shared.settings import ROOT

PAGE = ROOT / "docs/automation.md"
SITE = "https://todo.example"
# What a reader replaces: an id, or what an address of the page names.
_ELIDED = "…"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: str | None


def blocks(language: str) -> list[str]:
    """Return the code blocks of a language in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def http_request(block: str, values: dict[str, str]) -> Request:
    """Return the request of an `http` block, with the values in place of what a reader replaces."""
    for name, value in values.items():
        block = block.replace(name, value)
    head, _, body = block.strip().partition("\n\n")
    first, *lines = head.split("\n")
    method, address = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    return Request(method, address.removeprefix(SITE), headers, body or None)


class _Loader(yaml.SafeLoader):
    """YAML as Home Assistant reads it: `!secret name`."""


_Loader.add_constructor("!secret", lambda loader, node: "!secret " + str(node.value))


def home_assistant() -> dict[str, Any]:
    """Return the configuration of the page; the automations of its blocks together."""
    merged: dict[str, Any] = {"automation": []}
    for block in blocks("yaml"):
        # _Loader is a SafeLoader.
        read = yaml.load(block, _Loader)
        merged["automation"] += read.pop("automation", [])
        merged |= read
    return merged


def render(template: str, **variables: Any) -> str:
    """Render a template as Home Assistant does: sandboxed, undefined names are errors, with to_json."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    environment.filters["to_json"] = json.dumps
    return environment.from_string(template).render(**variables)


def differences(shown: Any, real: Any, path: str = "body") -> list[str]:
    """Return where a payload that the page shows differs from a real one, which may have more fields.

    Ids and instants differ each time; the page and reality must both have one.
    """
    if isinstance(shown, dict) and isinstance(real, dict):
        absent = [f"{path}.{name} is absent" for name in shown if name not in real]
        present = [name for name in shown if name in real]
        return absent + [
            found
            for name in present
            for found in differences(shown[name], real[name], f"{path}.{name}")
        ]
    is_id = isinstance(shown, str) and _ELIDED in shown
    is_instant = isinstance(shown, str) and re.fullmatch(r"[\d-]+T[\d:.]+Z", shown)
    if is_id or is_instant or path == "body.seq":
        is_like = type(real) is type(shown) and (not is_instant or len(real) == len(shown))
    else:
        is_like = shown == real
    return [] if is_like else [f"{path}: {shown!r} on the page, {real!r} in reality"]
