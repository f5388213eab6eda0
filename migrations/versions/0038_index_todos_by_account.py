"""Index todos by who created and who completed them.

Exports read the todos that an account created. When an account or a guest is deleted, the database looks
for both, and read the whole table twice without these indexes.

Revision: 0038, after 0037. On Postgres the indexes are built while the site is in use, each in a
transaction of its own; a migration that was interrupted can be run again.
"""

from alembic import op
from sqlalchemy import text

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# Name, columns, and condition of a partial index.
INDEXES = (
    ("ix_todos_created_by", ["created_by", "id"], None),
    ("ix_todos_completed_by", ["completed_by"], "completed_by IS NOT NULL"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        for name, columns, where in INDEXES:
            partial = None if where is None else text(where)
            op.create_index(name, "todos", columns, sqlite_where=partial)
        return
    with op.get_context().autocommit_block():
        # CONCURRENTLY waits for transactions, for as long as they take, and lets no request wait.
        op.execute("SET lock_timeout = 0")
        for name, columns, where in INDEXES:
            # An interrupted CREATE INDEX CONCURRENTLY leaves an index that is not valid.
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            condition = "" if where is None else f" WHERE {where}"
            op.execute(
                f"CREATE INDEX CONCURRENTLY {name} ON todos ({', '.join(columns)}){condition}"
            )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    for name, _columns, _where in INDEXES:
        op.drop_index(name, "todos")
