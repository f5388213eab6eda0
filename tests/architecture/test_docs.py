"""The documentation names what exists, and everything that people must know is in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest
from prometheus_client import REGISTRY
from pydantic import BaseModel

import api.main
import realtime.transports.websocket_endpoint
import worker.main
from api.http.middleware.security_headers import security_headers
from api.main import create_app
from api.openapi import asyncapi
from api.operations.health import HealthChecker
from console.command_table import COMMANDS
from shared import errors
from shared.contract import frames
from shared.contract.base import Body
from shared.contract.events import EVENTS
from shared.contract.frames import CLOSES, Close, ErrorCode, ServerFrame
from shared.errors import DomainError
from shared.resources import open_resources
from shared.settings import ROOT, environment_variables
from tests.architecture.source import DOORS, dotted, modules
from tests.support.settings import plain_settings

# Importing the doors has filled the registry and the tree of errors.
LOADED = (api.main, realtime.transports.websocket_endpoint, worker.main)

PAGES = [
    ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]  # fmt: skip
PROTOCOL = (ROOT / "docs/protocol.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()
SECURITY = (ROOT / "docs/security.md").read_text()


def row_of(page: str, *cells: str) -> bool:
    """Whether a table of the page has a row that begins with these cells."""
    wanted = "| " + " | ".join(cells) + " |"
    return any(line.startswith(wanted) for line in page.splitlines())


# What must be said


@pytest.mark.parametrize("name", sorted(environment_variables()))
def test_every_setting_is_explained(name: str) -> None:
    assert row_of(OPERATIONS, f"`{name}`")


def test_no_setting_is_explained_that_is_none() -> None:
    settings = OPERATIONS.split("## Settings")[1].split("### ")[0]
    told = set(re.findall(r"^\| `([A-Z_]+)`", settings, re.MULTILINE))

    assert told == set(environment_variables())


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_is_explained_with_its_data(name: str) -> None:
    data = ", ".join(f"`{field}`" for field in EVENTS[name].model_fields)

    assert row_of(PROTOCOL, f"`{name}`", data) if data else row_of(PROTOCOL, f"`{name}`")


def test_no_event_is_explained_that_is_none() -> None:
    told = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` ", PROTOCOL, re.MULTILINE))

    assert told == set(EVENTS)


@pytest.mark.parametrize("close", sorted(Close))
def test_every_close_code_is_explained(close: Close) -> None:
    assert row_of(PROTOCOL, str(int(close)))
    assert close in CLOSES


def types_of(base: type[BaseModel]) -> Iterator[str]:
    for kind in vars(frames).values():
        if isinstance(kind, type) and issubclass(kind, base) and "type" in kind.model_fields:
            yield str(kind.model_fields["type"].annotation).split("'")[1]


@pytest.mark.parametrize(
    "name", sorted({*types_of(ServerFrame), *types_of(Body)}), ids=lambda name: name
)
def test_every_frame_is_shown(name: str) -> None:
    assert f'{{"type":"{name}"' in PROTOCOL


def test_the_asyncapi_document_is_what_the_contract_says() -> None:
    assert asyncapi.FILE.read_bytes() == asyncapi.encoded(), (
        "run: .venv/bin/python -m api.openapi.asyncapi"
    )


def codes_in_source() -> set[str]:
    """Returns every code with which a whole request or frame can be refused."""
    known = {error.code for error in vars(errors).values() if _is_error(error)} - {"error"}
    known |= set(get_args(ErrorCode))
    for module in modules(*DOORS):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            name = dotted(node.func)
            given = [word.value for word in node.keywords if word.arg == "code"]
            if name in ("problem_response", "InputRejected") and len(node.args) > 1:
                given.append(node.args[1])
            known |= {value for one in given for value in _texts(one)}
    return known


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, DomainError)


def _texts(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def test_every_error_code_is_explained() -> None:
    # `code` of one field in `errors` says which rule it broke; those are the schema's.
    told = set(re.findall(r"`([a-z_]+)`", PROTOCOL))

    assert codes_in_source() - told == set()


def test_every_error_code_of_the_socket_is_explained_there_and_no_other() -> None:
    section = PROTOCOL.split("Errors on the socket: ")[1].split("\n\n")[0]
    told = set(re.findall(r"`([a-z_]+)`", section)) - {"auth"}

    assert told == set(get_args(ErrorCode))


def test_no_error_code_is_explained_that_is_none() -> None:
    rows = re.findall(r"^\| \d{3} \| ([^|]+) \|", PROTOCOL, re.MULTILINE)
    told = {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)}

    assert told - codes_in_source() - {"method_not_allowed"} == set()


def metrics_we_have() -> set[str]:
    return {
        metric.name + ("_total" if metric.type == "counter" else "")
        for metric in REGISTRY.collect()
        if metric.name.startswith("livelist_")
    }


def test_every_metric_is_explained_and_no_other() -> None:
    told = set(re.findall(r"^\| `(livelist_[a-z_]+)`", OPERATIONS, re.MULTILINE))

    assert told == metrics_we_have()


async def test_every_health_check_is_explained(tmp_path: Path) -> None:
    async with open_resources(plain_settings(tmp_path)) as resources:
        health = HealthChecker(resources)
        report = await health.report()
        await health.close()

    section = OPERATIONS.split("## Health")[1].split("\n## ")[0]
    for check in report.checks:
        assert f"`{check}`" in section, check
    for path in ("/health", "/health/live", "/health/ready"):
        assert row_of(section, f"`{path}`")


def test_every_security_header_is_explained(tmp_path: Path) -> None:
    secure = plain_settings(tmp_path, public_url="https://todo.example.org")

    for name in security_headers(secure):
        assert f"`{name}`" in SECURITY, name


# What is said must hold


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if urlsplit(target).scheme or target.startswith("#"):
            continue
        # Pictures are made by the browser's tests.
        if "docs/pictures/" in target:
            continue
        assert (page.parent / target.split("#")[0]).exists(), target


FOLDERS = "api|realtime|worker|shared|console|migrations|tests|web|docs|bench"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(page: Path) -> None:
    for name in re.findall(rf"`((?:{FOLDERS})/[A-Za-z0-9_./-]*)`", page.read_text()):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_are_named_exist(page: Path) -> None:
    known = {command.name for command in COMMANDS} | {"help"}

    assert set(re.findall(r"\./livelist ([a-z]+)", page.read_text())) <= known


def test_commands_that_messages_name_exist() -> None:
    known = {command.name for command in COMMANDS} | {"help"}
    named = {
        (module.path, name)
        for module in modules()
        for name in re.findall(r"\./livelist ([a-z]+)", module.text)
    }

    assert {(path, name) for path, name in named if name not in known} == set()


def test_addresses_that_the_protocol_names_exist(tmp_path: Path) -> None:
    document = create_app(plain_settings(tmp_path)).openapi()
    known = {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path.removeprefix("/api/v1")))
        for path, operations in document["paths"].items()
        for method in operations
    } | {("GET", "/ws")}

    named = {
        (method, re.sub(r"\{[^}]*\}", "{}", path))
        for method, path in re.findall(r"`(GET|POST|PATCH|DELETE) (/[^`?\s]*)", PROTOCOL)
    }

    assert named - known == set()


def test_layers_are_those_that_are_enforced() -> None:
    drawn = (ROOT / "docs/architecture.md").read_text().split("## Layers")[1].split("```")[1]
    names = [
        str(re.findall(r"^([a-z0-9_]+(?: · [a-z0-9_]+)*)", line)[0]).split(" · ")
        for line in drawn.strip().splitlines()
    ]
    kept = (ROOT / "pyproject.toml").read_text().split('name = "the layers of shared"')[1]
    layers = re.findall(
        r'^    "([a-z0-9_ |]+)",$', kept.split("layers = [")[1].split("]")[0], re.MULTILINE
    )

    assert names == [layer.split(" | ") for layer in layers]


def test_decisions_are_numbered_in_a_row() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))

    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        assert page.read_text().startswith(f"# {number:04}: ")
    for path, text in ((module.path, module.text) for module in modules()):
        for number in re.findall(r"docs/decisions/(\d{4})", text):
            assert int(number) <= len(pages), path
