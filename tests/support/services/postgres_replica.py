"""A streaming replica of a Postgres of the tests, and the ways to hold it back."""

import asyncpg

from tests.support.services.postgres import START_SECONDS, NoPostgresError, Postgres


class PostgresReplica(Postgres):
    """Follows `primary` from its start on; reads only."""

    def __init__(self, primary: Postgres) -> None:
        super().__init__(primary.binaries)
        self._primary = primary

    def _prepare(self) -> None:
        self._give_to_account()
        line = [
            str(self.binaries / "pg_basebackup"), "--pgdata", str(self._folder / "data"),
            "--host=127.0.0.1", f"--port={self._primary.port}", "--username=postgres",
            "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync",
        ]  # fmt: skip
        done = self._start(line).wait(START_SECONDS)
        if done != 0:
            raise NoPostgresError(f"pg_basebackup ended with {done}.")

    async def hold_back(self) -> None:
        """What is committed from now on is not seen here, until `follow`."""
        await self._say("SELECT pg_wal_replay_pause()")
        while await self._say("SELECT pg_get_wal_replay_pause_state()") != "paused":
            pass

    async def follow(self) -> None:
        await self._say("SELECT pg_wal_replay_resume()")

    async def catch_up(self) -> None:
        """Everything committed on the primary so far is seen here."""
        primary = await asyncpg.connect(self._primary.url.replace("+asyncpg", ""))
        position = await primary.fetchval("SELECT pg_current_wal_insert_lsn()")
        await primary.execute("SELECT pg_switch_wal()")
        await primary.close()
        while not await self._say("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", position):
            pass

    async def _say(self, statement: str, *values: object) -> object:
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()
