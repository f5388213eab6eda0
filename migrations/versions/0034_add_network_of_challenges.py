"""Add sign_in_challenges.network: of too many challenges, which makes room.

Revision: 0034, after 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sign_in_challenges",
        sa.Column("network", sa.String(64), server_default=sa.text("''"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("sign_in_challenges", "network")
