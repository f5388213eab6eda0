"""Admit the status `guest` of users: the authors of what is written by a share link.

Revision: 0020, after 0019. Rebuilds `users` on SQLite. Postgres reads the table once, and holds its
lock so long.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NAME = "ck_users_status"
BEFORE = "status IN ('pending', 'active', 'disabled')"
AFTER = "status IN ('pending', 'active', 'disabled', 'guest')"


def upgrade() -> None:
    _replace(AFTER)


def downgrade() -> None:
    # Not deleted: what they wrote keeps its author.
    op.execute("UPDATE users SET status = 'disabled' WHERE status = 'guest'")
    _replace(BEFORE)


def _replace(condition: str) -> None:
    with op.batch_alter_table("users") as users:
        users.drop_constraint(op.f(NAME), type_="check")
        users.create_check_constraint(op.f(NAME), condition)
