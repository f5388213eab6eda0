"""Step-up: before a change of credentials, the user proves again who they are.

A session stores when its user last did: at sign-in, or by a step-up since then. Whoever finds an
unlocked computer, or steals a token, can so read and edit todos, but not take the account over.
docs/decisions/0028 has the reasons.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from shared import audit
from shared.accounts.account import find_account, lock_own_account
from shared.accounts.authentication.guessing import report_guessing
from shared.accounts.authentication.methods import (
    METHODS,
    Occasion,
    columns_of_methods,
    methods_of_row,
    second_factors,
)
from shared.accounts.passkeys.assertions import begin_assertion
from shared.accounts.passkeys.ceremonies import Purpose
from shared.actor import Actor
from shared.contract.passkeys import PasskeyRequestOptions
from shared.contract.sign_in import Method, Proof
from shared.errors import Forbidden, StepUpRequired, Unauthenticated
from shared.resources import Resources
from shared.tables.accounts import SessionRow, UserRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# Long enough to set up a phone and copy recovery codes; short enough for a desk that was left.
RECENT = timedelta(minutes=15)


async def require_recent_authentication(read: ReadTransaction, actor: Actor) -> None:
    """Raise StepUpRequired unless the actor's session proved within RECENT whose it is.

    Always reads the session: a step-up through another process is valid at once. API tokens and
    users of trusted issuers have no session: Forbidden `session_required`.
    """
    if actor.grant is not None or actor.is_external or actor.is_guest:
        raise Forbidden("Sign in on this site to do this.", code="session_required")
    row = await _read_session(read, actor)
    if row.authenticated_at <= read.now - RECENT:
        raise StepUpRequired(step_up_methods(methods_of_row(row)))


async def step_up(resources: Resources, actor: Actor, proof: Proof) -> None:
    """Renew the time at which the actor's session proved whose it is. Audited either way.

    Raise StepUpRequired if the account does not step up by this method, or what the method raises.
    """
    async with resources.begin_read() as read:
        account = await find_account(read, actor.user_id)
        allowed = step_up_methods(methods_of_row(await _read_session(read, actor)))
    if account is None:
        raise Unauthenticated
    if proof.method not in allowed:
        raise StepUpRequired(allowed)
    confirm = await METHODS[proof.method].prepare(resources, account, proof)
    async with resources.begin() as work:
        locked = await lock_own_account(work, actor)
        occasion = Occasion(Purpose.STEP_UP, actor.session_id, actor.address)
        refusal = await confirm(work, locked, occasion)
        # Raise after the transaction: the failed attempt must be in the audit.
        if refusal is None:
            await renew_authentication(work, actor, proof.method)
        else:
            facts = {"method": proof.method.value}
            await audit.record(work, actor, "step_up.failed", user_id=actor.user_id, facts=facts)
            await report_guessing(work, locked.id, actor.address)
    if refusal is not None:
        raise refusal


async def begin_passkey_step_up(resources: Resources, actor: Actor) -> PasskeyRequestOptions:
    """Return the options with which the actor's browser asks for a passkey of the account.

    Raise Conflict `passkeys_unavailable`.
    """
    async with resources.begin() as work:
        return await begin_assertion(
            work, resources.settings, Purpose.STEP_UP, actor.session_id, user_id=actor.user_id
        )


async def renew_authentication(work: UnitOfWork, actor: Actor, method: Method) -> None:
    """Record that the actor's session proved by `method` whose it is."""
    of_session = SessionRow.id == actor.session_id
    await work.connection.execute(
        update(SessionRow).where(of_session).values(authenticated_at=work.now)
    )
    facts = {"method": method.value}
    await audit.record(work, actor, "session.stepped_up", user_id=actor.user_id, facts=facts)


def step_up_methods(methods: list[Method]) -> list[Method]:
    """Return the methods that an account steps up by: its second factors if it has any.

    A stolen password must not be enough to remove the second factor.
    """
    return second_factors(methods) or methods


async def _read_session(read: ReadTransaction, actor: Actor) -> Any:
    """Return the row of the actor's session with the methods of its user."""
    authenticated_at = func.coalesce(SessionRow.authenticated_at, SessionRow.created_at)
    rows = await read.connection.execute(
        select(authenticated_at.label("authenticated_at"), *columns_of_methods())
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(SessionRow.id == actor.session_id)
    )
    row = rows.one_or_none()
    if row is None:
        raise Unauthenticated
    return row
