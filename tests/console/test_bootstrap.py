"""`./livelist` itself: what a newcomer meets first."""

import ast
import importlib.machinery
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest

from console.command_table import COMMANDS
from shared.settings import ROOT

SCRIPT = ROOT / "livelist"
# What a command needs of a clone; copied, because what is under test may not be committed.
PARTS = ("livelist", "console", "shared", "pyproject.toml", "uv.lock")


@pytest.fixture(scope="module")
def bootstrap() -> ModuleType:
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("livelist_script", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def clone(folder: Path) -> Path:
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    return folder / "livelist"


def start(script: Path, *arguments: str, cwd: Path | None = None) -> "subprocess.Popen[str]":
    # As `env -i HOME=$HOME PATH=$PATH` would.
    bare = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    line = [sys.executable, str(script), *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(line, env=bare, cwd=cwd, text=True, **pipes)  # type: ignore[call-overload,no-any-return]


def run(script: Path, *arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    process = start(script, *arguments, cwd=cwd)
    out, err = process.communicate(timeout=110)  # a slow line; below the limit of a test
    return process.returncode, out, err


def test_an_old_python_can_read_the_file_and_meets_the_sentence_first() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 6))

    kinds = [type(node) for node in tree.body[:3]]
    check = tree.body[2]
    assert kinds == [ast.Expr, ast.Import, ast.If]
    assert "Livelist needs Python 3.11 or newer" in ast.unparse(check)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("help",)])
def test_without_a_command_it_prints_the_short_help(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    script = clone(tmp_path)

    code, out, _ = run(script, *arguments)

    assert code == 0
    assert all(f"  {command.name} " in out for command in COMMANDS)
    assert not (tmp_path / ".venv").exists()


def test_an_unknown_command_is_named_and_the_help_follows(tmp_path: Path) -> None:
    script = clone(tmp_path)

    code, out, err = run(script, "upp")

    assert (code, out) == (2, "")
    assert "There is no command 'upp'." in err
    assert "  up " in err
    assert not (tmp_path / ".venv").exists()


@pytest.mark.slow
def test_a_fresh_clone_works_for_two_at_once_and_again_at_once(tmp_path: Path) -> None:
    script = clone(tmp_path)

    both = [start(script, "migrate", "--help", cwd=Path("/")) for _ in range(2)]
    answers = [(one.communicate(timeout=110), one.returncode) for one in both]
    again = run(script, "migrate", "--help", cwd=Path("/"))

    assert [code for _, code in answers] == [0, 0], answers
    assert sorted("Preparing .venv" in err for (_, err), _ in answers) == [False, True]
    assert all("DATABASE_URL" in out for (out, _), _ in answers)
    assert again[0] == 0
    assert again[2] == "", "the second run prepares nothing"
    stamp = json.loads((tmp_path / ".venv" / "livelist.json").read_text())
    assert stamp["group"] == "runtime"
    assert not list((tmp_path / ".venv").glob("lib/*/site-packages/pytest"))


def test_tools_of_development_are_never_taken_away(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    for name, value in (("PYTHON", python), ("STAMP", tmp_path / "stamp")):
        monkeypatch.setattr(bootstrap, name, value)

    def ready_after(installed: str) -> dict[str, bool]:
        bootstrap.STAMP.write_text(json.dumps(bootstrap.stamp(installed)))
        return {group: bootstrap.is_ready(group) for group in ("runtime", "dev")}

    assert ready_after("dev") == {"runtime": True, "dev": True}
    assert ready_after("runtime") == {"runtime": True, "dev": False}


def test_a_changed_lock_is_installed_though_the_tools_stay(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    for name, value in (("PYTHON", python), ("STAMP", tmp_path / "stamp"), ("ROOT", tmp_path)):
        monkeypatch.setattr(bootstrap, name, value)
    monkeypatch.setattr(bootstrap, "install", installed.append)
    old = bootstrap.stamp("dev") | {"lock": "of last week"}
    bootstrap.STAMP.write_text(json.dumps(old))

    bootstrap.prepare("runtime")

    assert installed == ["dev"]
    assert json.loads(bootstrap.STAMP.read_text()) == bootstrap.stamp("dev")


def test_a_python_without_ensurepip_is_told_the_fix(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(SystemExit) as told:
        bootstrap.create_venv()

    assert "sudo apt-get install python3." in str(told.value)


def test_pip_gets_every_package_pinned_and_hashed(bootstrap: ModuleType) -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    locked = {package["name"] for package in lock["package"]} - {"livelist"}

    runtime = bootstrap.requirements(lock, "runtime")
    everything = bootstrap.requirements(lock, "dev")

    names = [line.partition("==")[0] for line in everything]
    assert sorted(names) == sorted(locked)
    assert all("--hash=sha256:" in line for line in everything)
    assert {line.partition("==")[0] for line in runtime} < set(names)
    assert not [line for line in runtime if line.startswith("pytest")]


def test_the_lock_names_no_index_but_the_public_one() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())

    sources = [package["source"] for package in lock["package"]]
    registries = {urlsplit(one["registry"]) for one in sources if "registry" in one}

    assert [one for one in sources if "registry" not in one] == [{"virtual": "."}]
    [registry] = registries
    assert (registry.scheme, registry.netloc.split(".")) == ("https", ["pypi", "org"])
