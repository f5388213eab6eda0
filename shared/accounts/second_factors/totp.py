"""The authenticator app of an account: set up, check a code, remove. One app for each account."""

from typing import Any

from sqlalchemy import delete, insert, select, update

from shared.accounts.account import Account, lock_own_account
from shared.accounts.second_factors import secret_encryption, totp_codes
from shared.accounts.second_factors.changes import finish_change, require_remaining_factor
from shared.accounts.second_factors.recovery_codes import make_first_codes
from shared.actor import Actor
from shared.contract.second_factors import NewTotpShape, RecoveryCodesShape
from shared.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from shared.ids import UserId, new_totp_secret
from shared.languages.texts import counted, message
from shared.settings import Settings
from shared.tables.second_factors import TotpRow
from shared.unit_of_work import UnitOfWork


async def begin_totp(work: UnitOfWork, settings: Settings, actor: Actor) -> NewTotpShape:
    """Store a new secret, which counts once `confirm_totp` got its first code. Return it.

    Until then an app that is set up keeps working: so a user moves to another phone, also where a
    second factor is required.
    """
    account = await lock_own_account(work, actor)
    row = await _read(work, account.id)
    secret = new_totp_secret()
    sealed = _seal(settings, account.id, secret)
    if row is not None and row.confirmed_at is not None:
        pending = {"pending_secret": sealed["encrypted_secret"]}
        await work.connection.execute(
            update(TotpRow).where(TotpRow.user_id == account.id).values(pending)
        )
    else:
        await delete_totp(work, account.id)
        values = {"user_id": account.id, "last_step": 0, "created_at": work.now}
        await work.connection.execute(insert(TotpRow).values(values | sealed))
    uri = totp_codes.otpauth_uri(secret, account.email, settings.site.name)
    return NewTotpShape(secret=secret, uri=uri, qr_code=totp_codes.qr_code(uri))


async def confirm_totp(
    work: UnitOfWork, settings: Settings, actor: Actor, code: str
) -> RecoveryCodesShape:
    """Set the app up by its first code, and return the recovery codes of a first second factor.

    It takes the place of an app that was set up before. Raise NotFound without a new secret, or Invalid
    `wrong_code`, which says by how much the clocks differ.
    """
    account = await lock_own_account(work, actor)
    row = await _read(work, account.id)
    replaces = row is not None and row.confirmed_at is not None
    if row is None or (replaces and row.pending_secret is None):
        raise NotFound
    secret = _decrypt(
        settings, account.id, row.pending_secret if replaces else row.encrypted_secret
    )
    step = totp_codes.matching_step(secret, code, work.now)
    if step is None:
        difference = totp_codes.clock_difference_seconds(secret, code, work.now)
        raise Invalid.field("code", "wrong_code", _explanation(difference))
    await work.connection.execute(
        update(TotpRow)
        .where(TotpRow.user_id == account.id)
        .values(
            _seal(settings, account.id, secret)
            | {"pending_secret": None, "confirmed_at": work.now, "last_step": step}
        )
    )
    await finish_change(work, actor, account, "totp.replaced" if replaces else "totp.added")
    return RecoveryCodesShape(recovery_codes=await make_first_codes(work, account.id))


async def remove_totp(work: UnitOfWork, settings: Settings, actor: Actor) -> None:
    """Remove the app. Raise NotFound if none is set up, or Conflict `last_second_factor`."""
    account = await lock_own_account(work, actor)
    row = await _read(work, account.id)
    if row is None or row.confirmed_at is None:
        raise NotFound
    await delete_totp(work, account.id)
    await require_remaining_factor(work, settings, account)
    await finish_change(work, actor, account, "totp.removed")


async def use_totp_code(
    work: UnitOfWork, settings: Settings, account: Account, code: str
) -> DomainError | None:
    """Use up a code of the locked account's app. Return why it is refused; None if it is right."""
    row = await _read(work, account.id)
    if row is None or row.confirmed_at is None:
        return wrong_code()
    step = totp_codes.matching_step(
        _decrypt(settings, account.id, row.encrypted_secret), code, work.now
    )
    if step is None:
        return wrong_code()
    # The row decides: of two uses of one code at the same moment, one updates it.
    used = await work.connection.scalar(
        update(TotpRow)
        .where(TotpRow.user_id == account.id, TotpRow.last_step < step)
        .values(last_step=step)
        .returning(TotpRow.user_id)
    )
    if used is None:
        return Forbidden("This code was used already. Wait for the next one.", code="code_used")
    return None


def wrong_code() -> Forbidden:
    return Forbidden(
        "This code is not right. It changes every 30 seconds, and the clock of your device must be "
        "right.",
        code="wrong_code",
    )


def _seal(settings: Settings, user_id: UserId, secret: str) -> dict[str, Any]:
    keys = settings.secrets.signing_keys()
    return {
        "encrypted_secret": secret_encryption.encrypt(keys, user_id, secret),
        "key_id": secret_encryption.key_id(keys[0]),
    }


def _decrypt(settings: Settings, user_id: UserId, encrypted: str) -> str:
    keys = settings.secrets.signing_keys()
    secret = secret_encryption.decrypt(keys, user_id, encrypted)
    if secret is None:
        raise Conflict(
            "The key of this site was replaced, and your authenticator app with it. Use a recovery "
            "code, or ask an administrator.",
            code="totp_unreadable",
        )
    return secret


def _explanation(difference_seconds: int | None) -> str:
    if difference_seconds is None:
        return message(
            "This code is not right. Scan the QR code again, and enter the code that is shown now."
        )
    minutes = abs(difference_seconds) / 60
    if minutes >= 2:
        amount = counted(round(minutes), "{count} minute", "{count} minutes")
    else:
        amount = counted(abs(difference_seconds), "{count} second", "{count} seconds")
    if difference_seconds > 0:
        return message(
            "The clock of your device is {amount} ahead of the clock of this site. Let your device set "
            "its clock by itself. If it is right, the clock of this site is wrong: tell whoever runs it.",
            amount=amount,
        )
    return message(
        "The clock of your device is {amount} behind the clock of this site. Let your device set "
        "its clock by itself. If it is right, the clock of this site is wrong: tell whoever runs it.",
        amount=amount,
    )


async def _read(work: UnitOfWork, user_id: UserId) -> Any:
    rows = await work.connection.execute(
        select(TotpRow.encrypted_secret, TotpRow.pending_secret, TotpRow.confirmed_at).where(
            TotpRow.user_id == user_id
        )
    )
    return rows.one_or_none()


async def delete_totp(work: UnitOfWork, user_id: UserId) -> None:
    await work.connection.execute(delete(TotpRow).where(TotpRow.user_id == user_id))
