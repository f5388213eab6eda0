"""A streaming replica of a Postgres of the tests, whose replay can be paused."""

import asyncpg

from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.postgres import NoPostgresError, Postgres


class PostgresReplica(Postgres):
    """A read-only server that replicates `primary` from its start on."""

    def __init__(self, primary: Postgres) -> None:
        super().__init__(primary.binaries)
        self._primary = primary

    def _prepare(self) -> None:
        self._chown_to_user()
        command = [
            str(self.binaries / "pg_basebackup"), "--pgdata", str(self._folder / "data"),
            "--host=127.0.0.1", f"--port={self._primary.port}", "--username=postgres",
            "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync",
        ]  # fmt: skip
        exit_code = self._start(command).wait(DEADLINE_SECONDS)
        if exit_code != 0:
            raise NoPostgresError(f"pg_basebackup ended with {exit_code}.")

    async def pause_replay(self) -> None:
        """Show nothing that is committed from now on, until `resume_replay`."""
        await self._query("SELECT pg_wal_replay_pause()")
        while await self._query("SELECT pg_get_wal_replay_pause_state()") != "paused":
            pass

    async def resume_replay(self) -> None:
        await self._query("SELECT pg_wal_replay_resume()")

    async def catch_up(self) -> None:
        """Wait until everything committed on the primary so far is replayed here."""
        primary = await asyncpg.connect(self._primary.url.replace("+asyncpg", ""))
        position = await primary.fetchval("SELECT pg_current_wal_insert_lsn()")
        await primary.execute("SELECT pg_switch_wal()")
        await primary.close()
        while not await self._query("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", position):
            pass

    async def _query(self, statement: str, *values: object) -> object:
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()
