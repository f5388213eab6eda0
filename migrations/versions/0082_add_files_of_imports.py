"""Add imports.files_total and files_done: the attached files that an import restores.

Revision: 0082, after 0080
"""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("files_total", "files_done"):
        op.add_column(
            "imports", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
        )


def downgrade() -> None:
    for name in ("files_done", "files_total"):
        op.drop_column("imports", name)
