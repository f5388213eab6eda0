"""Install what the compared servers need into the cache, once, with this machine's package tools."""

import shutil
import sys
from pathlib import Path

from bench.fanout.machine import UnavailableError, run

PEERS = Path(__file__).parent.parent / "peers"
# Enough for a slow connection.
INSTALL_SECONDS = 300
COMPILE_SECONDS = 300
# Debian's golang-…-dev packages put their sources here; nothing is downloaded for Go.
GO_SOURCES = Path("/usr/share/gocode")
# The second line lists dependencies that the first package does not declare.
DEBIAN_PACKAGES = (
    "golang-go golang-github-centrifugal-centrifuge-dev "
    "golang-github-{fzambia-eagle,centrifugal-protocol,igm-sockjs-go,mna-redisc}-dev"
)
CENTRIFUGE = "src/github.com/centrifugal/centrifuge"


async def python_packages(cache: Path, wanted: Path = PEERS / "requirements.txt") -> Path:
    """Install the Python packages and return their folder, for PYTHONPATH."""
    target = cache / "python"
    if not _is_installed(target, wanted):
        # A separate environment, because the one made by uv has no pip.
        await run([sys.executable, "-m", "venv", "--clear", "pip"], cache, INSTALL_SECONDS)
        pip = [str(cache / "pip" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        await run([*pip, "--target", str(target), "-r", str(wanted)], cache, INSTALL_SECONDS)
        _mark_installed(target, wanted)
    return target


async def node_packages(cache: Path) -> Path:
    """Install the Node packages and return a folder with them and the Node servers."""
    target = cache / "node"
    wanted = PEERS / "node" / "package-lock.json"
    if shutil.which("node") is None:
        raise UnavailableError("node is not installed")
    if not _is_installed(target, wanted):
        target.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / "node" / name, target)
        await run(["npm", "ci", "--no-audit", "--no-fund"], target, INSTALL_SECONDS)
        _mark_installed(target, wanted)
    for program in (PEERS / "node").glob("*.mjs"):
        shutil.copy(program, target)
    return target


async def centrifuge(cache: Path) -> Path:
    """Build centrifuge from Debian's sources alone and return the program."""
    if not (GO_SOURCES / CENTRIFUGE).is_dir():
        raise UnavailableError(f"on Debian: sudo apt-get install {DEBIAN_PACKAGES}")
    target = cache / "centrifuge"
    await run(
        ["go", "build", "-o", str(target), str(PEERS / "centrifuge" / "main.go")],
        cache,
        COMPILE_SECONDS,
        GO111MODULE="off",
        GOPATH=str(GO_SOURCES),
        GOCACHE=str(cache / "go-build"),
        GOPROXY="off",
    )
    return target


def _is_installed(target: Path, wanted: Path) -> bool:
    """Return True if the folder was installed from the same list; otherwise remove the folder."""
    stamp = target / "installed-from"
    if stamp.is_file() and stamp.read_bytes() == wanted.read_bytes():
        return True
    shutil.rmtree(target, ignore_errors=True)
    return False


def _mark_installed(target: Path, wanted: Path) -> None:
    (target / "installed-from").write_bytes(wanted.read_bytes())
