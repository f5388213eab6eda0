"""Run a command of ./livelist inside the test's process."""

import asyncio
from types import ModuleType

import pytest

from shared.settings import Settings


class CommandRunner:
    """Run one command, with the settings of the test in place of the environment's."""

    def __init__(
        self, command: ModuleType, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._command = command
        self._monkeypatch = monkeypatch
        self.use_settings(settings)

    def use_settings(self, settings: Settings) -> None:
        self._monkeypatch.setattr(self._command, "load_settings", lambda: settings)

    async def __call__(self, *arguments: str) -> int:
        """Return the exit code. The command runs in a thread: it starts an event loop of its own."""
        code = await asyncio.to_thread(self._command.run, list(arguments))
        assert isinstance(code, int)
        return code
