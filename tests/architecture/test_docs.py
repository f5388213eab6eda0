"""The documentation is complete, and every name in it exists."""

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
from api.http import problems
from api.http.middleware.security_headers import security_headers
from api.openapi import asyncapi
from api.operations.health import HealthChecker
from console.command_table import COMMANDS
from shared import errors, metrics
from shared.contract import frames
from shared.contract.base import Body
from shared.contract.events import EVENTS
from shared.contract.frames import CLOSES, Close, ErrorCode, ServerFrame
from shared.errors import DomainError
from shared.resources import open_resources
from shared.settings import ROOT, environment_variables
from tests.architecture.source import SERVICE_PACKAGES, dotted_name, modules
from tests.support.openapi_document import DOCUMENT
from tests.support.settings import plain_settings

# These imports register all metrics and define all errors.
IMPORTED = (api.main, realtime.transports.websocket_endpoint, worker.main)

PAGES = [
    ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]  # fmt: skip
PROTOCOL = (ROOT / "docs/protocol.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()
SECURITY = (ROOT / "docs/security.md").read_text()


def has_row(page: str, *cells: str) -> bool:
    """Return True if a table of the page has a row that begins with these cells."""
    wanted = "| " + " | ".join(cells) + " |"
    return any(line.startswith(wanted) for line in page.splitlines())


# Everything is documented


@pytest.mark.parametrize("name", sorted(environment_variables()))
def test_every_setting_is_documented(name: str) -> None:
    assert has_row(OPERATIONS, f"`{name}`")


def test_every_documented_setting_exists() -> None:
    settings = OPERATIONS.split("## Settings")[1].split("### ")[0]
    documented = set(re.findall(r"^\| `([A-Z_0-9]+)`", settings, re.MULTILINE))

    assert documented == set(environment_variables())


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_is_documented_with_its_data(name: str) -> None:
    data = ", ".join(f"`{field}`" for field in EVENTS[name].model_fields)

    assert has_row(PROTOCOL, f"`{name}`", data) if data else has_row(PROTOCOL, f"`{name}`")


def test_every_documented_event_exists() -> None:
    documented = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` ", PROTOCOL, re.MULTILINE))

    assert documented == set(EVENTS)


@pytest.mark.parametrize("close", sorted(Close))
def test_every_close_code_is_documented(close: Close) -> None:
    assert has_row(PROTOCOL, str(int(close)))
    assert close in CLOSES


def test_every_documented_close_code_exists() -> None:
    section = PROTOCOL.split("### Close codes")[1].split("\n## ")[0]
    documented = {int(code) for code in re.findall(r"^\| (\d{4}) ", section, re.MULTILINE)}

    # 1009 is sent by the WebSocket protocol itself.
    assert documented - {1009} == {int(close) for close in Close}


def frame_types(base: type[BaseModel]) -> Iterator[str]:
    for frame in vars(frames).values():
        if isinstance(frame, type) and issubclass(frame, base) and "type" in frame.model_fields:
            yield str(frame.model_fields["type"].annotation).split("'")[1]


@pytest.mark.parametrize(
    "name", sorted({*frame_types(ServerFrame), *frame_types(Body)}), ids=lambda name: name
)
def test_every_frame_has_an_example(name: str) -> None:
    assert f'{{"type":"{name}"' in PROTOCOL


def test_the_asyncapi_document_is_up_to_date() -> None:
    assert asyncapi.FILE.read_bytes() == asyncapi.encoded(), (
        "run: .venv/bin/python -m api.openapi.asyncapi"
    )


def codes_in_source() -> set[str]:
    """Return every code with which a whole request or frame can be refused."""
    known = {error.code for error in vars(errors).values() if _is_error(error)} - {"error"}
    known |= set(get_args(ErrorCode)) | set(problems.CODES_OF_STATUS.values())
    for module in modules(*SERVICE_PACKAGES):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            function = dotted_name(node.func)
            codes = [word.value for word in node.keywords if word.arg == "code"]
            if function in ("problem_response", "InputRejected") and len(node.args) > 1:
                codes.append(node.args[1])
            known |= {text for code in codes for text in _texts(code)}
    return known


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, DomainError)


def _texts(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def test_every_error_code_is_documented() -> None:
    # Codes of single fields are not among them: the schema of the body defines those.
    assert codes_in_source() - documented_errors() - set(get_args(ErrorCode)) == set()


def documented_errors() -> set[str]:
    """Return the codes in the table of errors."""
    rows = re.findall(r"^\| \d{3} \| ([^|]+) \|", PROTOCOL, re.MULTILINE)
    return {code for row in rows for code in re.findall(r"`([a-z_]+)`", row)}


def test_every_error_code_of_the_socket_is_documented_there_and_no_other() -> None:
    section = PROTOCOL.split("Errors on the socket: ")[1].split("\n\n")[0]
    documented = set(re.findall(r"`([a-z_]+)`", section)) - {"auth"}

    assert documented == set(get_args(ErrorCode))


def test_every_documented_error_code_exists() -> None:
    assert documented_errors() - codes_in_source() == set()


def defined_metrics() -> set[str]:
    metrics.export("api")
    metrics.export("worker")
    return {
        metric.name + ("_total" if metric.type == "counter" else "")
        for metric in REGISTRY.collect()
        if metric.name.startswith("livelist_")
    }


def test_every_metric_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(livelist_[a-z_]+)`", OPERATIONS, re.MULTILINE))

    assert documented == defined_metrics()


async def test_every_health_check_is_documented(tmp_path: Path) -> None:
    async with open_resources(plain_settings(tmp_path)) as resources:
        health = HealthChecker(resources)
        report = await health.report()
        await health.close()

    section = OPERATIONS.split("## Health")[1].split("\n## ")[0]
    for check in report.checks:
        assert f"`{check}`" in section, check
    for path in ("/health", "/health/live", "/health/ready"):
        assert has_row(section, f"`{path}`")


def test_every_security_header_is_documented(tmp_path: Path) -> None:
    secure = plain_settings(tmp_path, public_url="https://todo.example.org")

    for name in security_headers(secure):
        assert f"`{name}`" in SECURITY, name


# Everything documented exists


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_have_a_target(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if urlsplit(target).scheme or target.startswith("#"):
            continue
        # The browser tests make the pictures.
        if "docs/pictures/" in target:
            continue
        assert (page.parent / target.split("#")[0]).exists(), target


def _links(page: Path) -> set[Path]:
    """Return the files and folders of the repository that the page links."""
    targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", page.read_text())
    paths = [link or source for link, source in targets if not urlsplit(link or source).scheme]
    return {(page.parent / path).resolve() for path in paths}


def test_every_page_and_every_picture_is_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        inside = (
            page.glob("*.md") if page.is_dir() else _links(page) if page.suffix == ".md" else ()
        )
        reached.add(page)
        waiting += [path for path in inside if path not in reached and path.exists()]

    pictures = (ROOT / "docs/pictures").iterdir()
    assert {path.name for path in [*PAGES, *pictures] if path not in reached} == set()


FOLDERS = "api|realtime|worker|shared|console|migrations|tests|web|docs|bench|deploy"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_documented_files_exist(page: Path) -> None:
    for name in re.findall(rf"`((?:{FOLDERS})/[A-Za-z0-9_./-]*)`", page.read_text()):
        assert (ROOT / name).exists(), name


def test_sections_named_in_source_exist() -> None:
    headings = {
        page.name: set(re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)) for page in PAGES
    }
    sources = [ROOT / "docker-compose.yml", ROOT / ".env.example", *(ROOT / "web").rglob("*.js")]
    sources += [path for path in (ROOT / "deploy").rglob("*") if path.is_file()]
    texts = {module.path: module.text for module in modules()}
    texts |= {path.relative_to(ROOT).as_posix(): path.read_text() for path in sources}

    named = {
        (path, page, section)
        for path, text in texts.items()
        for page, section in re.findall(r'([a-z]+\.md),\s+(?:[#/*]+\s*)?"([^"]+)"', text)
    }

    assert named
    assert {name for name in named if name[2] not in headings[name[1]]} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_documented_commands_exist(page: Path) -> None:
    known = {command.name for command in COMMANDS} | {"help"}

    assert set(re.findall(r"\./livelist ([a-z]+(?:-[a-z]+)*)", page.read_text())) <= known


def test_commands_in_messages_exist() -> None:
    known = {command.name for command in COMMANDS} | {"help"}
    named = {
        (module.path, name)
        for module in modules()
        for name in re.findall(r"\./livelist ([a-z]+(?:-[a-z]+)*)", module.text)
    }

    assert {(path, name) for path, name in named if name not in known} == set()


def test_documented_routes_exist() -> None:
    known = {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path.removeprefix("/api/v1")))
        for path, operations in DOCUMENT["paths"].items()
        for method in operations
    } | {("GET", "/ws")}

    named = {
        (method, re.sub(r"\{[^}]*\}", "{}", path))
        for method, path in re.findall(r"`(GET|POST|PATCH|DELETE) (/[^`?\s]*)", PROTOCOL)
    }

    assert named - known == set()


def test_documented_layers_are_the_enforced_ones() -> None:
    drawing = (ROOT / "docs/architecture.md").read_text().split("## Layers")[1].split("```")[1]
    names = [
        str(re.findall(r"^([a-z0-9_]+(?: · [a-z0-9_]+)*)", line)[0]).split(" · ")
        for line in drawing.strip().splitlines()
    ]
    contract = (ROOT / "pyproject.toml").read_text().split('name = "the layers of shared"')[1]
    layers = re.findall(
        r'^    "([a-z0-9_ |]+)",$', contract.split("layers = [")[1].split("]")[0], re.MULTILINE
    )

    assert names == [layer.split(" | ") for layer in layers]


def test_decisions_are_numbered_without_gaps() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))

    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        assert page.read_text().startswith(f"# {number:04}: ")
    for path, text in ((module.path, module.text) for module in modules()):
        for number in re.findall(r"docs/decisions/(\d{4})", text):
            assert int(number) <= len(pages), path
