"""Add lists.icon: one emoji, or nothing.

Revision: 0072, after 0071
"""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "lists", sa.Column("icon", sa.String(16), nullable=False, server_default=sa.text("''"))
    )


def downgrade() -> None:
    op.drop_column("lists", "icon")
