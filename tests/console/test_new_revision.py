"""`./livelist migration` writes the steps that the migrations lack."""

import subprocess
import sys
from pathlib import Path

import pytest

from console.commands import migration
from console.schema.new_revision import write_revision
from console.schema.upgrade import upgrade
from shared.settings import ROOT, Settings
from tests.support.migrations import add_revision, on_connection
from tests.support.schema_facts import schema_facts

# What the migrations of the test do besides, and the generated migration has to undo.
LEFT_OVER = """
with op.batch_alter_table("todos") as batch:
    batch.add_column(sa.Column("effort", sa.Integer()))
    batch.drop_constraint(op.f("ck_todos_priority"), type_="check")
    batch.drop_index("ix_todos_subtasks")
"""


def test_the_difference_becomes_the_next_formatted_migration(
    empty_database: Settings, tmp_path: Path
) -> None:
    upgrade(empty_database)
    expected = on_connection(empty_database, schema_facts)
    scripts = add_revision(tmp_path, LEFT_OVER)

    path = write_revision("Make it right again", scripts=scripts)

    assert path == scripts / "versions" / "9002_make_it_right_again.py"
    written = path.read_text()
    assert written.startswith('"""Make it right again.\n\nRevision: 9002, after 9001\n')
    for tool in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *tool]
        config = ["--config", str(ROOT / "pyproject.toml")]
        assert subprocess.run([*command, *config, str(path)]).returncode == 0
    upgrade(empty_database, scripts=scripts)
    assert on_connection(empty_database, schema_facts) == expected


def test_without_a_difference_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripts = add_revision(tmp_path, "pass")
    before = sorted((scripts / "versions").glob("*.py"))

    code = migration.run(["What should change"], scripts)

    assert code == 0
    assert "Nothing changed" in capsys.readouterr().out
    assert sorted((scripts / "versions").glob("*.py")) == before


def test_an_empty_migration_is_written_on_demand(tmp_path: Path) -> None:
    scripts = add_revision(tmp_path, "pass")

    assert migration.run(["Correct some rows.", "--empty"], scripts) == 0

    assert (scripts / "versions" / "9002_correct_some_rows.py").read_text().count("pass") == 2
