"""The script `./livelist`: the first run, the installation of .venv, and the help."""

import argparse
import ast
import importlib
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

from console.command_table import COMMANDS, Command, find
from shared.settings import ROOT
from shared.version import VERSION
from tests.support.deadlines import DEADLINE_SECONDS

SCRIPT = ROOT / "livelist"
# What a command needs. Copied, not cloned: the code under test may not be committed.
COPIED = ("livelist", "console", "shared", "pyproject.toml", "uv.lock")


@pytest.fixture(scope="module")
def bootstrap() -> ModuleType:
    """Return the script as a module."""
    loader = importlib.machinery.SourceFileLoader("livelist_script", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def clone(folder: Path) -> Path:
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    return folder / "livelist"


def start(script: Path, *arguments: str, cwd: Path | None = None) -> "subprocess.Popen[str]":
    # As with `env -i HOME=$HOME PATH=$PATH`.
    bare_environment = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    command = [sys.executable, str(script), *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=bare_environment, cwd=cwd, text=True, **pipes)  # type: ignore[call-overload,no-any-return]


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return the long options and the commands of `parser` and of its commands."""
    found: set[str] = set()
    for action in parser._actions:
        found |= {name for name in action.option_strings if name.startswith("--")} - {"--help"}
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                found |= {name, *options_of(child)}
    return found


def run(script: Path, *arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    process = start(script, *arguments, cwd=cwd)
    out, err = process.communicate(timeout=DEADLINE_SECONDS)
    return process.returncode, out, err


def test_an_old_python_can_parse_the_file_and_prints_the_version_error_first() -> None:
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


def test_it_prints_the_version_before_anything_is_installed(tmp_path: Path) -> None:
    script = clone(tmp_path)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    code, out, _ = run(script, "--version")

    assert (code, out) == (0, f"Livelist {VERSION}\n")
    assert project["version"] == VERSION
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("arguments", [("upp",), ("help", "upp")])
def test_an_unknown_command_is_named_and_the_help_follows(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    script = clone(tmp_path)

    code, out, err = run(script, *arguments)

    assert (code, out) == (2, "")
    assert "There is no command 'upp'. Did you mean up?" in err
    assert "  up " in err
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_help_of_a_command_installs_nothing(tmp_path: Path, command: Command) -> None:
    script = clone(tmp_path)

    answers = [run(script, command.name, "--help"), run(script, "help", command.name)]

    assert answers[0] == answers[1]
    code, out, err = answers[0]
    assert (code, err) == (0, "")
    assert f"./livelist {command.name}" in out
    assert not (tmp_path / ".venv").exists()


def test_a_secret_is_printed_before_anything_is_installed(tmp_path: Path) -> None:
    script = clone(tmp_path)

    secrets = [run(script, "secret"), run(script, "secret", "--vapid")]

    for code, out, err in secrets:
        assert (code, err) == (0, "")
        # 256 bits in base64.
        assert len(out.strip()) == 43
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("name", ["admin", "jobs", "cleanup"])
def test_the_help_before_the_installation_names_every_option(name: str) -> None:
    command = find(name)
    assert command is not None

    parser = importlib.import_module(command.module)._parser()

    words = set(" ".join(command.usage).replace("[", " ").replace("]", " ").split())
    assert options_of(parser) - words == set()


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied"), OSError(28, "No space left on device")],
    ids=["rights", "disk"],
)
def test_a_folder_that_cannot_be_written_is_one_sentence(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    error: OSError,
) -> None:  # fmt: skip
    def prepare(group: str) -> None:
        raise error

    monkeypatch.setattr(bootstrap, "prepare", prepare)

    assert bootstrap.main(["up"]) == 1
    assert f"cannot write its .venv: {error}" in capsys.readouterr().err


@pytest.fixture
def failing_uv(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program into the place of uv that prints its settings and fails; pip succeeds."""
    program = tmp_path / "bin" / "uv"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$UV_SYSTEM_CERTS" > {tmp_path}/certificates\n'
        "for i in 1 2 3 4 5 6 7 8 9; do echo resolving $i >&2; done\n"
        "echo 'error: Failed to fetch https://index.example/simple/' >&2\n"
        "echo '  Caused by: invalid peer certificate: UnknownIssuer' >&2\n"
        "exit 2\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(bootstrap, "UV_DIR", tmp_path)
    monkeypatch.setattr(bootstrap, "pip_sync", lambda group: None)
    return tmp_path


def test_uv_uses_the_certificates_of_the_system_and_its_cause_is_printed(
    bootstrap: ModuleType, failing_uv: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.install("runtime")

    assert (failing_uv / "certificates").read_text() == "true\n"
    printed = capsys.readouterr().err
    assert "uv failed, trying pip" in printed
    assert "Failed to fetch https://index.example/simple/" in printed
    assert "Caused by: invalid peer certificate: UnknownIssuer" in printed


def test_the_certificates_that_the_user_chose_are_kept(
    bootstrap: ModuleType, failing_uv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_SYSTEM_CERTS", "false")

    bootstrap.install("runtime")

    assert (failing_uv / "certificates").read_text() == "false\n"


def test_a_failed_installation_ends_with_the_cause(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"line {number}" for number in range(40)]
    error = subprocess.CalledProcessError(
        1, ["pip"], stderr="\n".join([*lines, "ERROR: no network"])
    )

    code = bootstrap.report_failure(error)

    printed = capsys.readouterr().err
    assert code == 1
    assert "  ERROR: no network\nIs there a network?" in printed
    assert "line 39" in printed
    assert "line 3\n" not in printed


@pytest.mark.slow
def test_two_first_runs_at_once_install_once_and_a_later_run_installs_nothing(
    tmp_path: Path,
) -> None:
    script = clone(tmp_path)

    both = [start(script, "migrate", "--nonsense", cwd=Path("/")) for _ in range(2)]
    answers = [
        (process.communicate(timeout=DEADLINE_SECONDS), process.returncode) for process in both
    ]
    again = run(script, "migrate", "--help", cwd=Path("/"))

    # The option is unknown: whoever sees that has run the command.
    assert [code for _, code in answers] == [2, 2], answers
    assert sorted("Preparing .venv" in err for (_, err), _ in answers) == [False, True]
    assert all("DATABASE_URL" in out for (out, _), _ in answers)
    assert again[0] == 0
    assert again[2] == "", "the second run prepares nothing"
    stamp = json.loads((tmp_path / ".venv" / "livelist.json").read_text())
    assert stamp["group"] == "runtime"
    assert not list((tmp_path / ".venv").glob("lib/*/site-packages/pytest"))


def test_development_tools_are_never_removed(
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


def test_a_changed_lock_is_installed_with_the_development_tools_kept(
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


def test_a_python_without_ensurepip_prints_how_to_install_it(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(SystemExit) as exit_error:
        bootstrap.create_venv()

    assert "sudo apt-get install python3." in str(exit_error.value)


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


def test_the_lock_names_only_the_public_index() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())

    sources = [package["source"] for package in lock["package"]]
    registries = {urlsplit(source["registry"]) for source in sources if "registry" in source}

    assert [source for source in sources if "registry" not in source] == [{"virtual": "."}]
    [registry] = registries
    assert (registry.scheme, registry.netloc.split(".")) == ("https", ["pypi", "org"])
