"""Compare the revision of the database with the newest that this code has.

Revisions are numbered: 0003 comes before 0004. Code serves on its own revision and on newer ones, which
keep what it uses (docs/operations.md, "Upgrading"). On an older one its statements would fail.
"""

import logging
from functools import cache

from sqlalchemy import text

from shared.clock import monotonic
from shared.database.connections import Database
from shared.database.errors import DatabaseError, SchemaOutdated
from shared.settings import ROOT

# While the schema is outdated, requests and probes ask the database at most this often.
CHECK_SECONDS = 1.0

log = logging.getLogger(__name__)


@cache
def code_revision() -> str:
    """Return the revision that this code was written for: the newest file in migrations/versions/."""
    return max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))


class SchemaCheck:
    """Whether the database has every migration that this code needs. Once it has, it is not asked again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_passed = False
        self._outdated: SchemaOutdated | None = None
        self._checked_at = -CHECK_SECONDS

    async def require(self) -> None:
        """Return if the schema is new enough. Raise SchemaOutdated, DatabaseUnavailable.

        The first refusal is logged, so that a probe every second does not fill the log.
        """
        if self._is_passed:
            return
        if self._outdated is not None and monotonic() - self._checked_at < CHECK_SECONDS:
            raise SchemaOutdated(*self._outdated.args)
        found = await read_revision(self._database)
        self._checked_at = monotonic()
        if found < code_revision():
            state = f"is at revision {found}" if found else "has no tables"
            error = SchemaOutdated(
                f"the database {state}, and this code needs {code_revision()}: run ./livelist migrate"
            )
            if self._outdated is None:
                log.error("not serving: %s", error)
            self._outdated = error
            raise error
        if found > code_revision():
            log.warning(
                "the database is at revision %s, newer than this code (%s): serving, "
                "as CHANGELOG.md allows unless it says otherwise. Upgrade this process.",
                found,
                code_revision(),
            )
        if self._outdated is not None:
            log.info("the database was migrated to %s: serving", found)
        self._is_passed = True


async def read_revision(database: Database) -> str:
    """Return the revision of the database; empty if it was never migrated."""
    try:
        async with database.single_read_connection() as connection:
            found = await connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
    except DatabaseError as error:
        # On SQLite only the text tells that a table is missing.
        if error.sqlstate == "42P01" or "no such table" in str(error):
            return ""
        raise
    return str(found or "")
