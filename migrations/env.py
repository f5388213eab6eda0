"""Run the migrations on the database of the settings, each in a transaction of its own."""

import asyncio
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from shared import tables
from shared.database.column_types import UtcDateTime
from shared.database.engine import open_engine
from shared.settings import Settings, load_settings


def render_item(kind: str, item: object, context: AutogenContext) -> str | Literal[False]:
    """Write plain SQLAlchemy types: a migration must not depend on shared/, which changes."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        # SQLite cannot alter a column in place; Alembic then copies the table.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=render_item,
        # A migration may build indexes outside of any transaction, and commits what came before it.
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_database() -> None:
    settings: Settings = context.config.attributes.get("settings") or load_settings()
    engine = open_engine(settings.database)
    try:
        # Not `begin`: a migration that builds an index without blocking writes ends the transaction.
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(migrate_database())
