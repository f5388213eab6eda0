"""The units of deploy/systemd/ start the processes and give them time to stop."""

import re
import shutil
import subprocess
from configparser import RawConfigParser

import pytest

from api.__main__ import DRAIN_SECONDS as API_SECONDS
from api.__main__ import MAX_CONNECTIONS
from shared.settings import ROOT, Settings, environment_variables
from worker.main import DRAIN_SECONDS as WORKER_SECONDS

FOLDER = ROOT / "deploy/systemd"
UNITS = {"livelist-api@.service": "api", "livelist-worker.service": "worker"}


def unit(name: str) -> RawConfigParser:
    parser = RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(FOLDER / name)
    return parser


def test_there_are_no_other_units() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(UNITS)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_its_process_unprivileged_and_gives_it_time_to_stop(name: str) -> None:
    service = unit(name)["Service"]
    # What `env` sets wins over EnvironmentFile=, Environment= does not.
    program, *words = service["ExecStart"].split()
    assert program == "/usr/bin/env"
    variables = dict(word.split("=", 1) for word in words if "=" in word)
    defaults = dict(pair.split("=", 1) for pair in service.get("Environment", "").split())
    delay = int(defaults.get("SHUTDOWN_DELAY_SECONDS", 0))

    assert service["ExecStart"].endswith(f"/python -m {UNITS[name]}")
    assert {*variables, *defaults} <= environment_variables().keys()
    assert (variables.get("PORT") == "%i") == (name == "livelist-api@.service")
    Settings.from_variables({**defaults, **variables, "PORT": "8000"})
    # Of several processes the first one stops the others: a second SIGTERM would be a Ctrl-C to them.
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > delay + max(API_SECONDS, WORKER_SECONDS)
    assert service["User"] != "root"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    # The one folder that is writable under ProtectSystem=strict.
    assert variables["DATA_DIR"] == f"/var/lib/{service['StateDirectory']}"


def test_the_api_may_open_a_descriptor_for_each_of_its_connections() -> None:
    assert int(unit("livelist-api@.service")["Service"]["LimitNOFILE"]) > MAX_CONNECTIONS


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on PATH")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_accepts_a_unit(name: str) -> None:
    command = ["systemd-analyze", "verify", "--man=no", str(FOLDER / name)]
    found = subprocess.run(command, capture_output=True, text=True)

    # This machine has no program at /opt/livelist; an unknown option or value is another line.
    lines = [line for line in found.stderr.splitlines() if "/opt/livelist" not in line]
    ours = [line for line in lines if re.search(r"livelist", line)]
    assert ours == []
