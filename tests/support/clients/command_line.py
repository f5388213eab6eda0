"""Runs the command `livelist` as a user's shell does, in a home folder of its own."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.settings import ROOT
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.processes import Child, running

SOURCE = ROOT / "clients/python/src"


@dataclass(frozen=True)
class Ended:
    code: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)


@dataclass(frozen=True)
class Terminal:
    """`home` holds the configuration. `variables` are added to the environment."""

    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {"PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG"}
        inherited = {name: value for name, value in os.environ.items() if name in kept}
        return {
            **inherited,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "PYTHONPATH": str(SOURCE),
            "PYTHONUTF8": "1",
            **self.variables,
        }

    async def run(self, *arguments: str, stdin: str = "") -> Ended:
        """Run the command to its end."""
        process = await asyncio.create_subprocess_exec(
            *command(*arguments),
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(DEADLINE_SECONDS):
            output, errors = await process.communicate(stdin.encode())
        assert process.returncode is not None
        assert b"Traceback" not in errors, errors.decode()
        return Ended(process.returncode, output.decode(), errors.decode())

    @asynccontextmanager
    async def watching(self, *arguments: str) -> AsyncIterator[Child]:
        """Run `livelist watch` until the block ends."""
        environment = self.environment | {"PYTHONUNBUFFERED": "1"}
        async with running("watch", command("watch", *arguments), environment) as child:
            yield child

    async def interrupt(self, child: Child) -> int:
        """End the command with Ctrl+C, and return its exit code."""
        child.send(signal.SIGINT)
        return await child.wait(DEADLINE_SECONDS)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "livelist_client", *arguments]
