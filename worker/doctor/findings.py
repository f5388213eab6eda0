"""What a check of `./livelist doctor` found, and the runner that no check can delay."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from shared.cancellation import within

State = Literal["ok", "warning", "failed"]

# Longer than every time limit inside the checks of database and broker; a mail server has four steps.
CHECK_SECONDS = 25.0


@dataclass(frozen=True)
class Finding:
    """The outcome of one check. `advice` says what to do; empty if nothing is to be done."""

    state: State
    text: str
    advice: str = ""


def ok(text: str) -> Finding:
    return Finding("ok", text)


def warning(text: str, advice: str) -> Finding:
    return Finding("warning", text, advice)


def failed(text: str, advice: str) -> Finding:
    return Finding("failed", text, advice)


Check = Callable[[], Awaitable[Finding]]


async def run_checks(
    checks: Mapping[str, Check], *, seconds: float = CHECK_SECONDS
) -> dict[str, Finding]:
    """Return the finding of each check. All run at once, and none longer than `seconds`."""
    findings = await asyncio.gather(*(_run(check, seconds) for check in checks.values()))
    return dict(zip(checks, findings, strict=True))


async def _run(check: Check, seconds: float) -> Finding:
    async def run() -> Finding:
        return await check()

    try:
        return await within(seconds, run())
    except TimeoutError:
        return failed(f"no answer within {seconds:.0f} s", "Look at its load and its log.")
    except Exception as error:  # noqa: BLE001  whatever is broken is a finding, not a stack trace
        return failed(f"{type(error).__name__}: {error}"[:300], "Look at its log.")
