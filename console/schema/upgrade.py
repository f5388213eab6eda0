"""Run migrations on a database: one process at a time, each migration in a transaction of its own."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from console.schema.migration_lock import migration_lock
from shared.clock import monotonic
from shared.database.engine import LOCK_TIMEOUT_SECONDS, open_engine
from shared.settings import ROOT, Settings

SCRIPTS = ROOT / "migrations"
# A migration gives way to a long transaction, such as a backup by pg_dump, and tries again: twenty
# times within two to three minutes.
LOCK_ATTEMPTS = 20
LOCK_PAUSE_SECONDS = 4.0
# The SQLSTATEs of a lock that was not free in time, and of a deadlock.
_LOCK_FAILURES = ("55P03", "40P01")

Report = Callable[[str], None]


def print_progress(line: str) -> None:
    print(line, flush=True)


def alembic_config(connection: Connection | None = None, scripts: Path = SCRIPTS) -> Config:
    """Return the configuration with which migrations/env.py uses the connection."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(
    settings: Settings,
    revision: str = "head",
    *,
    scripts: Path = SCRIPTS,
    report: Report = print_progress,
) -> None:
    """Upgrade the schema. `scripts` is the folder of env.py and versions/.

    A migration that fails is rolled back, and those before it are kept. Raise CommandError,
    LockedError, SQLAlchemyError, OSError.
    """

    def run(connection: Connection) -> None:
        config = alembic_config(connection, scripts)
        progress = _Progress(connection, ScriptDirectory.from_config(config), revision)

        def end_migration(**step: Any) -> None:
            progress.end(report)

        config.attributes["on_version_apply"] = [check_foreign_keys, end_migration]
        progress.begin(report)
        command.upgrade(config, revision)

    asyncio.run(_run(settings, run, report))


def downgrade(settings: Settings, revision: str, *, report: Report = print_progress) -> None:
    """Undo the migrations after `revision`. For development: data of dropped columns is lost."""

    def run(connection: Connection) -> None:
        config = alembic_config(connection)
        config.attributes["on_version_apply"] = [check_foreign_keys]
        command.downgrade(config, revision)

    asyncio.run(_run(settings, run, report))


async def _run(settings: Settings, run: Callable[[Connection], None], report: Report) -> None:
    engine = open_engine(settings.database)
    try:
        async with (
            engine.connect() as connection,
            migration_lock(connection, settings.database, report),
        ):
            await _run_with_retries(connection, run, report)
    finally:
        await engine.dispose()


async def _run_with_retries(
    connection: AsyncConnection, run: Callable[[Connection], None], report: Report
) -> None:
    """Run the migrations; again if a lock was not free, beginning with the one that failed."""
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            await connection.run_sync(run)
            await connection.commit()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _LOCK_FAILURES:
                raise
            await connection.rollback()
            if attempt == LOCK_ATTEMPTS:
                raise CommandError(
                    f"a table was locked by another transaction {attempt} times; "
                    "end it (see pg_stat_activity), and run the migration again"
                ) from error
            report(
                f"A lock was not free within {LOCK_TIMEOUT_SECONDS} s: traffic goes first. "
                f"Trying again in {LOCK_PAUSE_SECONDS:.0f} s."
            )
            await asyncio.sleep(LOCK_PAUSE_SECONDS)
        else:
            return


def check_foreign_keys(ctx: MigrationContext, step: MigrationInfo, **others: Any) -> None:
    """Fail a migration on SQLite that leaves a row without the row it refers to."""
    connection = ctx.connection
    if connection is None or connection.dialect.name != "sqlite":
        return
    broken: dict[tuple[str, str], int] = {}
    for table, _row, parent, _key in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        broken[table, parent] = broken.get((table, parent), 0) + 1
    if broken:
        found = ", ".join(
            f"{count} of {table} (missing in {parent})" for (table, parent), count in broken.items()
        )
        raise CommandError(
            f"migration {step.up_revision_id} leaves rows that refer to missing rows: {found}. "
            "It was rolled back."
        )


class _Progress:
    """Report when each migration begins, and how long it took; of a new database only all together."""

    def __init__(self, connection: Connection, script: ScriptDirectory, target: str) -> None:
        current = MigrationContext.configure(connection).get_current_heads()
        # Alembic begins no transactions of its own on a connection that is in one.
        connection.rollback()
        self._pending = list(script.iterate_revisions(target, current or "base"))
        self._of_new_database = 0 if current else len(self._pending)
        self._began_at = monotonic()

    def begin(self, report: Report) -> None:
        if self._of_new_database:
            report("The database is new: creating its tables.")
        else:
            self._report_next(report)

    def end(self, report: Report) -> None:
        """Report the end of a migration, and the beginning of the next one."""
        seconds = monotonic() - self._began_at
        ended = self._pending.pop()
        if not self._of_new_database:
            report(f"Migration {ended.revision} took {seconds:.1f} s.")
            self._report_next(report)
        elif not self._pending:
            report(f"Created them by {self._of_new_database} migrations in {seconds:.1f} s.")

    def _report_next(self, report: Report) -> None:
        if self._pending:
            script = self._pending[-1]
            report(f"Migration {script.revision} begins: {script.doc}")
        self._began_at = monotonic()
