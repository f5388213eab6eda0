"""The state of the site: how much there is, where, and which processes run."""

from datetime import timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import (
    CompoundSelect,
    literal,
    null,
    select,
    union_all,
)

from shared.access import gate
from shared.access.policy import SiteAction
from shared.actor import Actor
from shared.administration.counts import counts_shape, counts_statement
from shared.contract.administration import (
    NodeShape,
    PolicySettingShape,
    SiteStateShape,
)
from shared.database.schema_check import code_revision
from shared.database.server_clock import db_now
from shared.jobs.queue import WORKER_ALIVE_SECONDS
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import WorkerRow
from shared.tables.nodes import ApiNodeRow
from shared.unit_of_work import ReadTransaction
from shared.version import VERSION

# A process that missed three heartbeats, of ten seconds each, counts as dead.
NODE_ALIVE_SECONDS = WORKER_ALIVE_SECONDS


async def read_site_state(resources: Resources, actor: Actor) -> SiteStateShape:
    """Return counts, sizes, processes, versions and settings of the site. Raise Forbidden."""
    await gate.authorize_site(actor, SiteAction.READ_SITE)
    return await read_site_state_as_operator(resources)


async def read_site_state_as_operator(resources: Resources) -> SiteStateShape:
    """Return the state like `read_site_state`, without a check: for the command line."""
    is_sqlite = resources.settings.database.is_sqlite
    async with resources.begin_read() as read:
        row = (await read.connection.execute(counts_statement(is_sqlite=is_sqlite))).one()
        nodes = await _read_nodes(read)
    return SiteStateShape(
        version=VERSION,
        revision=row.revision,
        code_revision=code_revision(),
        counts=counts_shape(row),
        database="sqlite" if is_sqlite else "postgres",
        database_bytes=row.bytes,
        redis_bytes=await _read_redis_bytes(resources.redis),
        nodes=nodes,
        settings=_policy_settings(resources.settings),
    )


_NODES: CompoundSelect[Any] = union_all(
    select(
        ApiNodeRow.id,
        literal("api").label("kind"),
        ApiNodeRow.host,
        ApiNodeRow.version,
        ApiNodeRow.started_at,
        ApiNodeRow.seen_at,
        ApiNodeRow.lag_milliseconds,
        db_now().label("now"),
    ),
    select(
        WorkerRow.id,
        literal("worker"),
        WorkerRow.host,
        WorkerRow.version,
        WorkerRow.started_at,
        WorkerRow.seen_at,
        null(),
        db_now(),
    ),
)


async def _read_nodes(read: ReadTransaction) -> list[NodeShape]:
    """Return the processes with a row: those that live, and those that died within a day."""
    rows = await read.connection.execute(_NODES)
    nodes = [
        NodeShape(
            id=row.id,
            kind=row.kind,
            host=row.host,
            version=row.version,
            started_at=row.started_at,
            seen_at=row.seen_at,
            silent_seconds=max(0.0, (row.now - row.seen_at).total_seconds()),
            is_alive=row.now - row.seen_at < timedelta(seconds=NODE_ALIVE_SECONDS),
            lag_milliseconds=row.lag_milliseconds,
        )
        for row in rows
    ]
    return sorted(nodes, key=lambda node: (not node.is_alive, node.kind, node.host, node.id))


async def _read_redis_bytes(redis: Redis | None) -> int | None:
    """Return the memory that the broker uses; None without a broker, or if it does not say."""
    if redis is None:
        return None
    try:
        used = (await redis.info("memory")).get("used_memory")
    except (RedisError, OSError):
        return None
    return int(used) if used is not None else None


def _policy_settings(settings: Settings) -> list[PolicySettingShape]:
    accounts = settings.accounts
    values = {
        "REGISTRATION_OPEN": str(accounts.registration_open).lower(),
        "ALLOWED_EMAIL_DOMAINS": ",".join(accounts.allowed_email_domains),
        "AUDIT_DAYS": str(accounts.audit_days),
        "SESSION_DAYS": str(accounts.session_days),
    }
    return [PolicySettingShape(name=name, value=value) for name, value in values.items()]
