"""Encrypt the secrets of webhooks anew after SECRET_KEY was replaced."""

from sqlalchemy import select, update

from shared.accounts.second_factors import secret_encryption
from shared.resources import Resources
from shared.tables.interop.webhooks import WebhookRow

# Some milliseconds of work, as the batches of other chores.
BATCH = 200


async def reencrypt_batch(resources: Resources) -> bool:
    """Encrypt some secrets with the current key; return True if there may be more."""
    keys = resources.settings.secrets.signing_keys()
    if len(keys) < 2:
        return False
    current, previous = map(secret_encryption.key_id, keys)
    async with resources.begin() as work:
        rows = list(
            await work.connection.execute(
                select(WebhookRow.id, WebhookRow.encrypted_secret)
                .where(WebhookRow.key_id == previous)
                .limit(BATCH)
            )
        )
        for row in rows:
            secret = secret_encryption.decrypt(keys, row.id, row.encrypted_secret)
            if secret is None:
                continue
            await work.connection.execute(
                update(WebhookRow)
                # It may have been replaced in between.
                .where(WebhookRow.id == row.id, WebhookRow.encrypted_secret == row.encrypted_secret)
                .values(
                    encrypted_secret=secret_encryption.encrypt(keys, row.id, secret),
                    key_id=current,
                )
            )
    return len(rows) == BATCH
