"""`./livelist doctor`: check everything that Livelist depends on, one line each."""

import argparse
import logging
from collections.abc import Mapping
from dataclasses import asdict

import orjson

from shared.database.connections import Database
from shared.host.command_loop import run_command
from shared.settings import SettingsError, load_settings, misspelled_settings
from worker.doctor.findings import Finding, failed, ok, run_checks, warning
from worker.doctor.host_checks import file_descriptors, host_checks
from worker.doctor.provider_checks import provider_checks
from worker.doctor.service_checks import service_checks


def run(arguments: list[str]) -> int:
    """Return 0 if no check failed, 1 if one did, 2 for wrong arguments. Warnings fail nothing."""
    parser = argparse.ArgumentParser(
        prog="./livelist doctor",
        description="Check settings, database, broker, worker, mail server, and this machine. "
        "Nothing is changed and no mail is sent.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as error:
        return int(error.code or 0)
    # What the libraries log is what the checks say, in more words.
    logging.disable(logging.CRITICAL)
    try:
        return run_command(_run(as_json=options.json))
    finally:
        logging.disable(logging.NOTSET)


async def _run(*, as_json: bool) -> int:
    findings = await _check()
    has_failed = any(finding.state == "failed" for finding in findings.values())
    if as_json:
        checks = [{"name": name, **asdict(finding)} for name, finding in findings.items()]
        print(orjson.dumps({"failed": has_failed, "checks": checks}).decode())
    else:
        _print(findings)
    return 1 if has_failed else 0


async def _check() -> dict[str, Finding]:
    try:
        settings = load_settings()
    except SettingsError as error:
        reason = "; ".join([*str(error).splitlines(), *_near_misses()])
        advice = "docs/operations.md describes every setting. The other checks need them."
        files = await run_checks({"file descriptors": file_descriptors})
        return {"settings": failed(reason, advice), **files}
    database = Database(settings.database)
    try:
        checks = {
            **service_checks(settings, database),
            **provider_checks(settings),
            **host_checks(settings),
        }
        found = await run_checks(checks)
    finally:
        await database.close()
    return {"settings": _settings(), **found}


def _settings() -> Finding:
    if near_misses := _near_misses():
        return warning("; ".join(near_misses), "Correct the name, or remove the variable.")
    return ok("usable")


def _near_misses() -> list[str]:
    try:
        return misspelled_settings()
    except SettingsError:
        return []  # .env cannot be read, which is reported already


def _print(findings: Mapping[str, Finding]) -> None:
    width = max(map(len, findings))
    for name, finding in findings.items():
        end = "" if finding.text.endswith(("?", ".")) else "."
        advice = f"{end} {finding.advice}" if finding.advice else ""
        print(f"{finding.state:<7}  {name:<{width}}  {finding.text}{advice}")
