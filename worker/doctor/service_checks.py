"""Check the services: database, schema, broker, workers, mail server, and what waits in the tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select, text

from shared.clock import SystemClock, as_rfc3339, monotonic
from shared.database.connections import Database
from shared.database.errors import DatabaseError, DatabaseUnavailable
from shared.database.schema_check import code_revision, read_revision
from shared.database.server_clock import db_later, db_now
from shared.jobs.mail_status import read_mail_status
from shared.jobs.queue import WORKER_ALIVE_SECONDS
from shared.pubsub import open_cluster
from shared.resources import redis_pool
from shared.settings import Settings
from shared.tables.jobs import JobRow, WorkerRow
from shared.unit_of_work import ReadTransaction
from worker.doctor.findings import Check, Finding, failed, ok, warning
from worker.doctor.inbound_mail_check import inbound_mail_check
from worker.mail.server_check import StepFailed, open_session

# A request takes two to five round trips; beyond this they are what users feel.
SLOW_MILLISECONDS = 20
# Up to this the processes do not correct their clocks by the database's.
CLOCK_TOLERANCE_SECONDS = 1.0
# Sharded pub/sub came with Redis 7; Valkey began with 7.2.
CLUSTER_MAJOR = 7
NOT_CHECKED = "not checked: the database does not answer, or lacks its tables"


def service_checks(settings: Settings, database: Database) -> Mapping[str, Check]:
    """Return the checks by name."""
    checks = _Checks(settings, database)
    return {
        "database": checks.database,
        "schema": checks.schema,
        "broker": checks.broker,
        "cluster": checks.cluster,
        "worker": checks.worker,
        "mail server": checks.mail_server,
        "inbound mail": inbound_mail_check(settings),
        "waiting mail": checks.waiting_mail,
        "dead letters": checks.dead_letters,
    }


class _Checks:
    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    async def database(self) -> Finding:
        address = self._settings.database.address
        try:
            version, milliseconds, ahead = await self._measure()
        except (DatabaseError, OSError) as error:
            return failed(f"{address}: {error}", "Check DATABASE_URL, and that the server runs.")
        found = f"{address}: {version}, {milliseconds:.1f} ms a round trip"
        if abs(ahead) > CLOCK_TOLERANCE_SECONDS:
            return warning(
                f"{found}; this machine's clock is {ahead:+.1f} s off the database's",
                "Run NTP on both machines. Livelist follows the database's clock.",
            )
        if milliseconds > SLOW_MILLISECONDS:
            return warning(found, "Run the processes nearer to the database.")
        return ok(f"{found}, clocks {abs(ahead):.1f} s apart")

    async def _measure(self) -> tuple[str, float, float]:
        """Return version, milliseconds of the fastest of three reads, and seconds that we are ahead."""
        is_sqlite = self._database.is_sqlite
        query = "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
        version = await self._scalar(text(query))
        rounds, ahead = [], 0.0
        for _ in range(3):
            began_at = monotonic()
            database_now = await self._scalar(select(db_now()))
            rounds.append(monotonic() - began_at)
            ahead = (SystemClock().now() - database_now).total_seconds() - rounds[-1] / 2
        return f"{'SQLite' if is_sqlite else 'Postgres'} {version}", min(rounds) * 1000, ahead

    async def _scalar(self, statement: Any) -> Any:
        self._require_file()
        async with self._database.single_read_connection() as connection:
            return await connection.scalar(statement)

    def _require_file(self) -> None:
        """Raise DatabaseUnavailable instead of creating the file of SQLite."""
        address = self._settings.database.address
        if self._database.is_sqlite and not Path(address).exists():
            raise DatabaseUnavailable(
                "the file does not exist; ./livelist up or migrate creates it"
            )

    async def schema(self) -> Finding:
        try:
            self._require_file()
            found = await read_revision(self._database)
        except (DatabaseError, OSError):
            return warning(NOT_CHECKED, "Repair and migrate it first.")
        if found < code_revision():
            state = f"at revision {found}" if found else "without tables"
            text = f"{state}, and this release needs {code_revision()}"
            return failed(text, "Run ./livelist migrate.")
        if found > code_revision():
            text = f"at revision {found}, newer than this release ({code_revision()})"
            return warning(text, "Upgrade this machine.")
        return ok(f"at revision {found}")

    async def broker(self) -> Finding:
        url = self._broker_url()
        pool = redis_pool(url)
        if pool is None:
            return warning(
                "none: live updates come up to a second late, each process counts rate limits alone",
                "Set REDIS_URL.",
            )
        if url.startswith("memory://"):  # knows no INFO
            await pool.disconnect()
            return ok("inside the process, for development and tests")
        redis = Redis(connection_pool=pool)
        try:
            began_at = monotonic()
            info = await redis.info("server")
            milliseconds = (monotonic() - began_at) * 1000
        except (RedisError, OSError) as error:
            return failed(f"{error}", "Check REDIS_URL, and that the broker runs.")
        finally:
            await redis.aclose()
            await pool.disconnect()
        return ok(f"{_server(info)}, {milliseconds:.1f} ms")

    def _broker_url(self) -> str:
        """Return REDIS_URL, or the address of the broker that `./livelist up` runs."""
        if self._settings.redis.url or self._settings.in_production:
            return self._settings.redis.url
        try:
            return (self._settings.data_dir / "broker" / "url").read_text().strip()
        except (OSError, UnicodeDecodeError):
            return ""

    async def cluster(self) -> Finding:
        if not self._settings.redis.cluster_url:
            return ok("not used")
        cluster = open_cluster(self._settings.redis.cluster_url)
        try:
            info = await cluster.info("server")
            if "redis_version" not in info:  # of each node
                info = next(iter(info.values()))
            await cluster.execute_command("SPUBLISH", "livelist:doctor", "")
        except (RedisError, OSError) as error:
            return failed(
                f"{error}",
                "Check REDIS_CLUSTER_URL: it needs a Redis Cluster of version 7 or newer.",
            )
        finally:
            await cluster.aclose()
        return ok(f"{_server(info)}, sharded pub/sub works")

    async def worker(self) -> Finding:
        alive = select(func.count()).where(WorkerRow.seen_at > db_later(-WORKER_ALIVE_SECONDS))
        try:
            count = await self._scalar(alive.select_from(WorkerRow))
        except (DatabaseError, OSError):
            return warning(NOT_CHECKED, "Repair and migrate it first.")
        if not count:
            return failed(
                f"none was seen for {WORKER_ALIVE_SECONDS} s: mail, reminders and clean-up wait",
                "Start python -m worker, and read its log.",
            )
        return ok(f"{count} alive")

    async def mail_server(self) -> Finding:
        mail = self._settings.mail
        if not mail.server:
            return ok(f"none: mail is kept in {mail.folder} and shown at /dev/mail")
        try:
            async with open_session(self._settings, lambda step, text: None):
                pass
        except StepFailed as error:
            return failed(f"{mail.server}:{mail.port}, {error.step}: {error.reason}", error.advice)
        return ok(f"{mail.server}:{mail.port} accepts connection and sign-in; nothing was sent")

    async def waiting_mail(self) -> Finding:
        try:
            self._require_file()
            async with self._database.read_connection() as connection:
                status = await read_mail_status(ReadTransaction(connection, SystemClock().now()))
        except (DatabaseError, OSError):
            return warning(NOT_CHECKED, "Repair and migrate it first.")
        if status.waiting_since is not None:
            text = f"since {as_rfc3339(status.waiting_since)}"
            paused = ", ".join(each.kind for each in status.paused)
            text += f"; paused: {paused}" if paused else ""
            text += f"; the server: {status.answer}" if status.answer else ""
            return warning(text, "Run ./livelist testmail with an address of yours.")
        return ok("none")

    async def dead_letters(self) -> Finding:
        try:
            count = await self._scalar(
                select(func.count()).select_from(JobRow).where(JobRow.state == "dead")
            )
        except (DatabaseError, OSError):
            return warning(NOT_CHECKED, "Repair and migrate it first.")
        if count:
            return warning(
                f"{count} {'job was' if count == 1 else 'jobs were'} given up",
                "./livelist jobs list --state dead shows why; then retry or discard them.",
            )
        return ok("none")


def _server(info: Mapping[str, Any]) -> str:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info.get('redis_version', 'of unknown version')}"
