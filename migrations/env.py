"""Configure Alembic for the connection of console/schema/, which runs and writes migrations."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError

from shared import tables
from shared.database.column_types import UtcDateTime


def render_item(kind: str, item: object, context: AutogenContext) -> str | Literal[False]:
    """Write plain SQLAlchemy types: a migration must not depend on shared/, which changes."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


connection = context.config.attributes.get("connection")
if connection is None:
    raise CommandError("run ./livelist migrate, which opens the database")
context.configure(
    connection=connection,
    target_metadata=tables.metadata,
    # SQLite cannot alter a column in place; Alembic then copies the table.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    compare_server_default=True,
    autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
    render_item=render_item,
    # A migration may build indexes outside of any transaction, and commits what came before it.
    transaction_per_migration=True,
    # Called in the transaction of the migration, before its commit.
    on_version_apply=context.config.attributes.get("on_version_apply", ()),
)
with context.begin_transaction():
    context.run_migrations()
