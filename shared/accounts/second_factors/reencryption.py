"""Encrypt the secrets of authenticator apps anew after SECRET_KEY was replaced."""

from sqlalchemy import select, update

from shared.accounts.second_factors import secret_encryption
from shared.ids import UserId
from shared.resources import Resources
from shared.tables.second_factors import TotpRow

# Some milliseconds of work, as the batches of other chores.
BATCH = 200


async def reencrypt_batch(resources: Resources) -> bool:
    """Encrypt some secrets with the current key; return True if there may be more.

    A secret that no key decrypts any more is left: its user gets in by a recovery code.
    """
    keys = resources.settings.secrets.signing_keys()
    if len(keys) < 2:
        return False
    current, previous = map(secret_encryption.key_id, keys)
    async with resources.begin() as work:
        rows = list(
            await work.connection.execute(
                select(TotpRow.user_id, TotpRow.encrypted_secret)
                .where(TotpRow.key_id == previous)
                .limit(BATCH)
            )
        )
        for row in rows:
            secret = secret_encryption.decrypt(keys, UserId(row.user_id), row.encrypted_secret)
            if secret is None:
                continue
            sealed = secret_encryption.encrypt(keys, UserId(row.user_id), secret)
            await work.connection.execute(
                update(TotpRow)
                # The user may have set up another app in between.
                .where(
                    TotpRow.user_id == row.user_id,
                    TotpRow.encrypted_secret == row.encrypted_secret,
                )
                .values(encrypted_secret=sealed, key_id=current)
            )
    return len(rows) == BATCH
