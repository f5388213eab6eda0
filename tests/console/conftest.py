"""Fixtures for tests of the commands of ./livelist."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.resources import Resources
from shared.settings import Settings
from tests.conftest import WORKER
from tests.support.console.command_runner import CommandRunner
from tests.support.database import new_postgres_database
from tests.support.settings import plain_settings


@pytest.fixture
def run(
    request: pytest.FixtureRequest,
    settings: Settings,
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> CommandRunner:
    """Run the command that the test module names in COMMAND, on the database of `resources`."""
    return CommandRunner(request.module.COMMAND, settings, monkeypatch)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a database without tables."""
    if request.param == "sqlite":
        yield plain_settings(tmp_path)
        return
    admin_url = request.getfixturevalue("postgres_admin_url")
    with new_postgres_database(admin_url, f"livelist_migrate_{WORKER}_{os.getpid()}") as url:
        yield plain_settings(tmp_path, database_url=url)
