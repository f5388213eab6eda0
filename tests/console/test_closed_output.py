"""A command whose reader has left, as `head` does, ends without a complaint."""

import os
import subprocess
import sys

import pytest

from console.__main__ import READER_LEFT
from shared.resources import Resources
from shared.settings import ROOT
from tests.support.deadlines import DEADLINE_SECONDS


@pytest.mark.parametrize("command", ["--help", "jobs list", "admin site"])
def test_a_command_whose_reader_left_complains_of_nothing(
    resources: Resources, command: str
) -> None:
    settings = resources.settings
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run(
        [sys.executable, "-m", "console", *command.split()],
        cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=DEADLINE_SECONDS,
        env=os.environ | {"DATABASE_URL": settings.database.url, "DATA_DIR": str(settings.data_dir)},
    )  # fmt: skip
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (READER_LEFT, "")
