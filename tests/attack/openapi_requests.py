"""Requests that Schemathesis makes from the OpenAPI document: valid ones, and one thing wrong in each.

All its checks are on: status, media type, headers and body of each answer as documented, no server
error, valid data accepted, wrong data refused, authentication not ignored, no undocumented method.
It also chains requests, such as an edit after the creation (its "stateful" phase).

Schemathesis runs as a program of its own, so that its generator, threads and pytest plugin stay apart
from ours.
"""

import asyncio
import base64
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from sqlalchemy import update

from shared.contract.shapes import SiteRole
from shared.tables.accounts import UserRow
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.features.permissions import PermissionScenario

# They end the session of the caller, after which every request is refused.
ENDS_THE_SESSION = ("POST /api/v1/auth/logout", "DELETE /api/v1/auth/sessions/{session_id}")
# The codes of what a schema can say: valid data that is refused with one of them is a fault of the document.
# Other codes are rules that it cannot hold, such as two fields that exclude each other, names of time zones,
# or texts that only the server makes.
OF_SCHEMAS = (
    "extra_forbidden", "missing", "_type", "_parsing", "_too_long", "_too_short", "too_long", "too_short",
    "greater_than", "less_than", "enum", "literal_error", "pattern_mismatch",
)  # fmt: skip
# 2.0 is an integer for JSON Schema; a position has two parameters; a password counts after NFKC.
BEYOND_SCHEMAS = (
    "int_type", "missing epoch", "missing since", "password_too_long", "password_too_short",
)  # fmt: skip
NO_ID = "is not an id"
# The headers of requests that failures show.
SHOWN = ("If-Match", "If-None-Match", "Idempotency-Key", "Last-Event-ID", "Content-Type", "Accept")
# About 4,000 requests take half of this with nothing else running.
FIXED_PHASES_SECONDS = 90
# Ends a run that hangs; a run without a time limit takes a minute.
HANG_SECONDS = 240.0


class Exchange(NamedTuple):
    """One request with its answer, and the checks that failed."""

    request: str
    status: int
    answer: str
    failed_checks: list[str]


async def run(target: Target, tally: Tally) -> None:
    scenario = PermissionScenario(target.client, target.world, target.settings)
    await scenario.build()
    await _make_admin(target, scenario)
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_bytes((await target.client.get("/openapi.json")).content)
        for options in _runs(target):
            await _run_schemathesis(target, tally, scenario, document, options)


async def _make_admin(target: Target, scenario: PermissionScenario) -> None:
    """Let the owner of the list be an administrator, so that only the input is refused."""
    is_owner = UserRow.id == scenario.users["owner"].user_id
    async with target.resources.begin() as work:
        statement = update(UserRow).where(is_owner).values(site_role=SiteRole.ADMIN.value)
        await work.connection.execute(statement)


def _runs(target: Target) -> list[list[str]]:
    """Return the options of each run; a run that may end the session comes last."""
    if target.is_quick:
        phases = ["--phases", "examples,stateful", "--max-examples", "1"]
    else:
        # The limit shall cut off the fuzzing; the phases before it have a fixed number of requests.
        phases = ["--max-time", str(max(FIXED_PHASES_SECONDS, int(target.seconds)))]
    every = [option for name in ENDS_THE_SESSION for option in ("--exclude-name", name)]
    ending = [option for name in ENDS_THE_SESSION for option in ("--include-name", name)]
    return [[*phases, *every], ["--max-examples", "5", *ending]]


async def _run_schemathesis(
    target: Target, tally: Tally, scenario: PermissionScenario, document: Path, options: list[str]
) -> None:
    folder = document.parent
    report, configuration = folder / "report.ndjson", folder / "schemathesis.toml"
    configuration.write_text(_configuration(target, scenario))
    program = Path(sys.executable).with_name("schemathesis")
    process = await asyncio.create_subprocess_exec(
        program, "--config-file", configuration, "--no-color", "run", document,
        "--checks", "all", "--seed", str(target.random.randrange(2**31)),
        "--report-ndjson-path", report, "--output-sanitize", "false", *options,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(HANG_SECONDS + target.seconds):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    # 1: a check failed, which the report has too.
    assert process.returncode in (0, 1), output.decode(errors="replace")[-2000:]
    for exchange in _exchanges(report):
        tally.tried += 1
        tally.refused += 400 <= exchange.status < 500
        target.record("owner", exchange.request, exchange.answer)
        for check in exchange.failed_checks:
            reasons = _reasons(exchange.answer)
            if check != "positive_data_acceptance" or not _are_beyond_schemas(reasons):
                text = f"{exchange.request[:300]} -> {exchange.status} {exchange.answer[:400]}"
                tally.fail(f"{check}: {text}", f"{check} {reasons or exchange.request}")


def _configuration(target: Target, scenario: PermissionScenario) -> str:
    """Return schemathesis.toml: whose requests these are, and ids that exist."""
    authorization = scenario.headers("owner")["Authorization"]
    # A session is another user's, or the one that the requests use.
    ids = {name: value for name, value in scenario.ids.items() if name != "session_id"}
    lines = [
        f'base-url = "{target.node.url}"',
        f"request-timeout = {DEADLINE_SECONDS:g}",
        "continue-on-failure = true",
        f'headers = {{ Authorization = "{authorization}" }}',
        "[generation]",
        "no-shrink = true",
        'database = "none"',
        # JSON with NUL is refused as a whole, which part json-corpus tries.
        "allow-x00 = false",
        "[parameters]",
        *(f'"path.{name}" = {{ dictionary = "{name}", probability = 0.7 }}' for name in ids),
    ]
    for name, value in ids.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps([value])}"]
    return "\n".join(lines)


def _exchanges(report: Path) -> Iterator[Exchange]:
    with report.open("rb") as lines:
        for line in lines:
            event = orjson.loads(line)
            if "ScenarioFinished" not in event:
                continue
            recorder = event["ScenarioFinished"]["recorder"]
            for case_id, interaction in recorder.get("interactions", {}).items():
                checks = recorder.get("checks", {}).get(case_id, ())
                failed = [check["name"] for check in checks if check["status"] == "failure"]
                yield _exchange(interaction, failed)


def _exchange(interaction: Mapping[str, Any], failed: list[str]) -> Exchange:
    request, response = interaction["request"], interaction["response"] or {}
    asked = [
        f"{name}: {request['headers'][name][0]}" for name in SHOWN if name in request["headers"]
    ]
    sent = f"{request['method']} {request['uri']} {_text(request.get('body'))} {asked or ''}"
    heads = "\n".join(f"{k}: {v}" for k, vs in response.get("headers", {}).items() for v in vs)
    status = response.get("status_code", 0)
    return Exchange(sent, status, f"{_text(response.get('content'))}\n{heads}", failed)


def _text(encoded: Mapping[str, str] | None) -> str:
    return base64.b64decode(encoded["$base64"]).decode(errors="replace") if encoded else ""


def _reasons(answer: str) -> list[tuple[str, str, str]]:
    """Return field, code and message of each reason of a refusal."""
    try:
        problem = orjson.loads(answer.partition("\n")[0])
    except orjson.JSONDecodeError:
        return []
    if "code" not in problem:
        return []
    errors = problem.get("errors") or [
        {"field": "", "code": problem["code"], "message": problem["detail"]}
    ]
    return [(error["field"], error["code"], error["message"]) for error in errors]


def _are_beyond_schemas(reasons: list[tuple[str, str, str]]) -> bool:
    """Return True if valid data was refused for reasons that no schema can hold."""
    return bool(reasons) and not any(
        message == NO_ID
        or (
            any(part in code for part in OF_SCHEMAS)
            and code not in BEYOND_SCHEMAS
            and f"{code} {field}" not in BEYOND_SCHEMAS
        )
        for field, code, message in reasons
    )
