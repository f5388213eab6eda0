"""Write the next migration from the difference between shared/tables and the migrations.

Compared with a new SQLite database, because that needs no server and takes half a second. The tests
compare both databases, so a difference of Postgres alone (an index method, a collation) is found there.
"""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from console.schema.upgrade import SCRIPTS, alembic_config, upgrade
from shared.database.engine import open_engine
from shared.settings import ROOT, Settings


def write_revision(summary: str, *, is_empty: bool = False, scripts: Path = SCRIPTS) -> Path | None:
    """Write the next revision file, formatted, and return it; None if nothing has changed.

    With `is_empty`, write one without steps, for a change of rows. Raise CommandError.
    """
    with tempfile.TemporaryDirectory(prefix="livelist-migration-") as folder:
        variables = {"DATA_DIR": folder, "DATABASE_URL": ""}
        settings = Settings.from_variables(variables)
        upgrade(settings, scripts=scripts, report=lambda line: None)
        path = asyncio.run(_compare(settings, summary, is_empty, scripts))
    if path is not None:
        # A mistake that ruff cannot correct is shown, and left to the author.
        for tool in (("format", "--quiet"), ("check", "--fix", "--quiet")):
            options = ("--config", str(ROOT / "pyproject.toml"), str(path))
            subprocess.run([sys.executable, "-m", "ruff", *tool, *options], cwd=ROOT)
    return path


async def _compare(settings: Settings, summary: str, is_empty: bool, scripts: Path) -> Path | None:
    number = max(path.name[:4] for path in (scripts / "versions").glob("[0-9]*.py"))

    def write(connection: Connection) -> Path | None:
        config = alembic_config(connection, scripts)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")

        def drop_if_unchanged(ctx: MigrationContext, heads: Any, directives: list[Any]) -> None:
            if directives[0].upgrade_ops.is_empty() and not is_empty:
                directives.clear()

        made: Any = command.revision(
            config,
            summary.rstrip(".") + ".",
            autogenerate=True,
            rev_id=f"{int(number) + 1:04}",
            process_revision_directives=drop_if_unchanged,
        )
        return Path(made.path) if made else None

    engine = open_engine(settings.database)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(write)
    finally:
        await engine.dispose()
