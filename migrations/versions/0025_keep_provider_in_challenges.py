"""Add to sign_in_challenges which session of a provider the sign-in belongs to.

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("sign_in_challenges", sa.Column("provider_session", JSON))


def downgrade() -> None:
    op.drop_column("sign_in_challenges", "provider_session")
