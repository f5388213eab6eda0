"""Add, rename and remove the passkeys of an account."""

from collections.abc import Sequence

from sqlalchemy import delete, update

from shared import audit, base64url
from shared.accounts.account import lock_account, lock_own_account
from shared.accounts.passkeys.ceremonies import (
    TIMEOUT_MILLISECONDS,
    Purpose,
    begin_ceremony,
    get_relying_party,
    use_ceremony,
)
from shared.accounts.passkeys.queries import (
    SHAPE_COLUMNS,
    count_passkeys,
    read_descriptors,
    read_user_handle,
)
from shared.accounts.passkeys.verification import (
    ALGORITHMS,
    Attestation,
    NotGenuineError,
    verify_attestation,
)
from shared.accounts.second_factors.changes import finish_change, require_remaining_factor
from shared.accounts.second_factors.recovery_codes import make_first_codes
from shared.actor import Actor
from shared.contract.events import CredentialsChanged
from shared.contract.passkeys import (
    AddedPasskeyShape,
    PasskeyCreationOptions,
    PasskeyShape,
)
from shared.database.statements import insert_new
from shared.errors import Conflict, DomainError, Invalid, NotFound
from shared.ids import PasskeyId, new_id, new_secret_bytes, user_stream
from shared.languages.texts import message
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.passkeys import PasskeyRow
from shared.unit_of_work import UnitOfWork

# One for each device and security key of a user. The options of a ceremony name them all, and
# authenticators are asked about each.
MAX_PASSKEYS = 20


async def begin_registration(
    work: UnitOfWork, settings: Settings, actor: Actor
) -> PasskeyCreationOptions:
    """Return the options with which the actor's browser makes a passkey, within five minutes.

    Raise Conflict `passkeys_unavailable` or `too_many_passkeys`.
    """
    party = get_relying_party(settings)
    account = await lock_own_account(work, actor)
    if await count_passkeys(work, account.id) >= MAX_PASSKEYS:
        raise _too_many()
    handle = await read_user_handle(work, account.id) or base64url.encode(new_secret_bytes())
    challenge = await begin_ceremony(
        work, Purpose.REGISTRATION, actor.session_id, user_handle=handle
    )
    return PasskeyCreationOptions.model_validate(
        {
            "rp": {"id": party.id, "name": settings.site.name},
            "user": {"id": handle, "name": account.email, "displayName": account.name},
            "challenge": challenge,
            "pubKeyCredParams": [
                {"type": "public-key", "alg": int(algorithm)} for algorithm in ALGORITHMS
            ],
            "timeout": TIMEOUT_MILLISECONDS,
            "excludeCredentials": await read_descriptors(work, account.id),
        }
    )


async def add_passkey(
    resources: Resources, actor: Actor, name: str, transports: Sequence[str], sent: Attestation
) -> AddedPasskeyShape:
    """Store the passkey that the actor's browser made, and queue a security mail.

    It is a second factor too: the first one brings recovery codes.

    Raise Invalid `passkey_refused`, or Conflict `too_many_passkeys` or `passkey_exists`. The ceremony
    has ended in each case.
    """
    get_relying_party(resources.settings)
    async with resources.begin() as work:
        # Return errors instead of raising them, so that the end of the ceremony is committed.
        outcome = await _add(work, resources.settings, actor, name, transports, sent)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def rename_passkey(
    work: UnitOfWork, actor: Actor, passkey_id: PasskeyId, name: str
) -> PasskeyShape:
    """Rename one of the actor's passkeys. Raise NotFound."""
    await lock_account(work, actor.user_id)
    rows = await work.connection.execute(
        update(PasskeyRow)
        .where(PasskeyRow.id == passkey_id, PasskeyRow.user_id == actor.user_id)
        .values(name=name)
        .returning(*SHAPE_COLUMNS)
    )
    row = rows.one_or_none()
    if row is None:
        raise NotFound
    work.record(user_stream(actor.user_id), CredentialsChanged(), actor)
    facts = {"passkey_id": passkey_id, "name": name}
    await audit.record(work, actor, "passkey.renamed", user_id=actor.user_id, facts=facts)
    return PasskeyShape.model_validate(row._asdict())


async def remove_passkey(
    work: UnitOfWork, settings: Settings, actor: Actor, passkey_id: PasskeyId
) -> None:
    """Remove one of the actor's passkeys, and queue a security mail.

    Raise NotFound, or Conflict `last_second_factor`.
    """
    account = await lock_own_account(work, actor)
    rows = await work.connection.scalars(
        delete(PasskeyRow)
        .where(PasskeyRow.id == passkey_id, PasskeyRow.user_id == actor.user_id)
        .returning(PasskeyRow.name)
    )
    removed = list(rows)
    if not removed:
        raise NotFound
    await require_remaining_factor(work, settings, account)
    facts = {"passkey_id": passkey_id, "name": removed[0]}
    await finish_change(work, actor, account, "passkey.removed", facts)


async def _add(
    work: UnitOfWork,
    settings: Settings,
    actor: Actor,
    name: str,
    transports: Sequence[str],
    sent: Attestation,
) -> AddedPasskeyShape | DomainError:
    party = settings.web.relying_party
    try:
        ceremony = await use_ceremony(
            work, Purpose.REGISTRATION, sent.client_data, actor.session_id
        )
        new = verify_attestation(party, ceremony.challenge, sent)
    except NotGenuineError:
        return _refused()
    account = await lock_own_account(work, actor)
    if await count_passkeys(work, account.id) >= MAX_PASSKEYS:
        return _too_many()
    # Two registrations that began before the first passkey was stored have two handles.
    if await read_user_handle(work, account.id) not in {None, ceremony.user_handle}:
        return _refused()
    shape = PasskeyShape(
        id=new_id(),
        name=name,
        is_backed_up=new.is_backed_up,
        created_at=work.now,
        last_used_at=None,
    )
    row = shape.model_dump() | {
        "user_id": account.id,
        "credential_id": base64url.encode(new.credential_id),
        "public_key": new.public_key,
        "user_handle": ceremony.user_handle,
        "sign_count": new.sign_count,
        "transports": list(transports),
        "aaguid": new.aaguid,
    }
    if not await insert_new(work.connection, PasskeyRow, row, key=("credential_id",)):
        return Conflict("This passkey belongs to an account already.", code="passkey_exists")
    facts = {"passkey_id": shape.id, "name": name}
    await finish_change(work, actor, account, "passkey.added", facts)
    codes = await make_first_codes(work, account.id)
    return AddedPasskeyShape(**shape.model_dump(), recovery_codes=codes)


def _refused() -> Invalid:
    return Invalid(
        "This passkey cannot be added: it was made for another site, or more than five minutes "
        "ago, or beside another one, or without checking that it is you. Try again.",
        code="passkey_refused",
    )


def _too_many() -> Conflict:
    return Conflict(
        message("You have {limit} passkeys. Remove one first.", limit=MAX_PASSKEYS),
        code="too_many_passkeys",
    )
