"""Fixtures for tests of the commands of ./livelist."""

import pytest

from shared.resources import Resources
from shared.settings import Settings
from tests.support.console.command_runner import CommandRunner


@pytest.fixture
def run(
    request: pytest.FixtureRequest,
    settings: Settings,
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> CommandRunner:
    """Run the command that the test module names in COMMAND, on the database of `resources`."""
    return CommandRunner(request.module.COMMAND, settings, monkeypatch)
