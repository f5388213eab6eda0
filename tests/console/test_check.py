"""`./livelist check` and `./livelist fix`, and the files that run the same steps elsewhere."""

import os
import re
import sys
from typing import Any

import pytest
import yaml

from console.commands import check, fix
from console.commands.check import STEPS, Step
from shared.settings import ROOT

PASSES = (sys.executable, "-c", "print('clean')")
FAILS = (sys.executable, "-c", "raise SystemExit(3)")


def read_yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


@pytest.fixture
def no_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "run_pytest", lambda arguments: 0)


def test_check_runs_every_step_and_names_those_that_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], no_tests: None
) -> None:
    monkeypatch.setattr(check, "STEPS", (Step("first", FAILS), Step("second", PASSES)))

    code = check.run([])

    shown = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line.split()[:2] for line in shown[-4:-1]] == [
        ["first", "FAILED"], ["second", "ok"], ["tests", "ok"],
    ]  # fmt: skip
    assert shown[-1] == "livelist check: FAILED in first"


def test_check_passes_when_every_step_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], no_tests: None
) -> None:
    monkeypatch.setattr(check, "STEPS", (Step("only", PASSES),))

    assert check.run([]) == 0
    assert "livelist check: all passed in" in capsys.readouterr().out


def test_fix_runs_the_steps_that_can_correct(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = (Step("corrects", FAILS, fix=PASSES), Step("reports only", FAILS))
    monkeypatch.setattr(fix, "STEPS", steps)

    assert fix.run([]) == 0

    shown = capsys.readouterr().out
    assert "corrects" in shown
    assert "reports only" not in shown


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["--fast"], 2)])
def test_fix_takes_no_options(arguments: list[str], code: int) -> None:
    assert fix.run(arguments) == code


def test_pre_commit_runs_tools_of_the_same_steps_and_downloads_none() -> None:
    (repository,) = read_yaml(".pre-commit-config.yaml")["repos"]
    steps = {step.name: step for step in STEPS}

    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        program, *options = hook["entry"].split()
        command = steps[hook["id"]].fix or steps[hook["id"]].check
        assert os.path.basename(program) in (os.path.basename(command[0]), "python")
        # Without the folder: pre-commit appends the names of files.
        expected = [os.path.basename(part) for part in command[1:] if part != "."]
        assert [os.path.basename(part) for part in options][: len(expected)] == expected


def test_the_hosted_check_runs_ci_run_on_supported_versions_of_python() -> None:
    job = read_yaml(".github/workflows/check.yml")["jobs"]["check"]
    (oldest,) = re.findall(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())

    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert oldest in job["strategy"]["matrix"]["python"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
