"""What peers need, installed once into the cache, from what this machine's installers are set to."""

import shutil
import sys
from pathlib import Path

from bench.fanout.machine import NotHereError, run

PEERS = Path(__file__).with_name("peers")
# A slow line, once.
INSTALL_SECONDS = 300
COMPILE_SECONDS = 300
# Where Debian's golang-…-dev packages put their sources; nothing is downloaded for Go.
GO_SOURCES = Path("/usr/share/gocode")
# The second line is what the package forgets to ask for.
DEBIANS = (
    "golang-go golang-github-centrifugal-centrifuge-dev "
    "golang-github-{fzambia-eagle,centrifugal-protocol,igm-sockjs-go,mna-redisc}-dev"
)
CENTRIFUGE = "src/github.com/centrifugal/centrifuge"


async def python_packages(cache: Path) -> Path:
    """Returns a folder for PYTHONPATH with the Python peers' packages."""
    target = cache / "python"
    wanted = PEERS / "requirements.txt"
    if not _is_done(target, wanted):
        # An environment of its own, for its pip: ours is made by uv and has none.
        await run([sys.executable, "-m", "venv", "--clear", "pip"], cache, INSTALL_SECONDS)
        pip = [str(cache / "pip" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        await run([*pip, "--target", str(target), "-r", str(wanted)], cache, INSTALL_SECONDS)
        _done(target, wanted)
    return target


async def node_packages(cache: Path) -> Path:
    """Returns a folder with the Node peers and their node_modules."""
    target = cache / "node"
    wanted = PEERS / "node" / "package-lock.json"
    if shutil.which("node") is None:
        raise NotHereError("node is not installed")
    if not _is_done(target, wanted):
        target.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / "node" / name, target)
        await run(["npm", "ci", "--no-audit", "--no-fund"], target, INSTALL_SECONDS)
        _done(target, wanted)
    for program in (PEERS / "node").glob("*.mjs"):
        shutil.copy(program, target)
    return target


async def centrifuge(cache: Path) -> Path:
    """Returns the program, built from Debian's sources alone."""
    if not (GO_SOURCES / CENTRIFUGE).is_dir():
        raise NotHereError(f"on Debian: sudo apt-get install {DEBIANS}")
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


def _is_done(target: Path, wanted: Path) -> bool:
    """Tells whether the folder was filled from the same list; one that was not is removed."""
    stamp = target / "installed-from"
    if stamp.is_file() and stamp.read_bytes() == wanted.read_bytes():
        return True
    shutil.rmtree(target, ignore_errors=True)
    return False


def _done(target: Path, wanted: Path) -> None:
    (target / "installed-from").write_bytes(wanted.read_bytes())
