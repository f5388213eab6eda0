"""Recognise the devices on which a user has signed in before, and mail the user about a new one.

A browser is recognised by a random token in a cookie. A client without the cookie, such as a script,
is recognised by its user agent and network together. The database holds a hash for each account.
"""

import hashlib
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select, update

from shared import audit
from shared.accounts.account import Account
from shared.accounts.authentication.devices import Device
from shared.accounts.user_agents import device_name
from shared.actor import Actor
from shared.contract.jobs import SendSecurityNotice
from shared.contract.sessions import SignInMethod
from shared.database.statements import insert_new
from shared.host.networks import network
from shared.ids import SessionId, UserId
from shared.tables.accounts import AuditRow
from shared.tables.known_devices import KnownDeviceRow
from shared.unit_of_work import UnitOfWork

# The whole network of a customer, whose single addresses change: usual sizes of what one is given.
IPV4_PREFIX = 24
IPV6_PREFIX = 48
# More than a user has. The device that was seen longest ago makes room, and is new again.
MAX_DEVICES = 200
# Mails in one day (UTC): somebody who knows the password must not fill the mailbox. The security log
# has every new device.
MAX_MAILS_A_DAY = 5
# A user who registers at a desk opens the mail on a phone, and then signs in at the desk.
VERIFICATION_GRACE = timedelta(hours=1)

_ACTION: Final = "session.new_device"


async def notice_device(
    work: UnitOfWork, account: Account, actor: Actor, device: Device, method: SignInMethod
) -> None:
    """Remember on which device the session of `actor` begins; audit and mail a new one.

    `account` is locked, and as it was before this sign-in. Nothing is said about the first sign-in of
    an account, and soon after its address was verified: these are the user's own.
    """
    device_hash = _hash(account.id, device)
    seen = await work.connection.execute(
        update(KnownDeviceRow)
        .where(KnownDeviceRow.user_id == account.id, KnownDeviceRow.hash == device_hash)
        .values(last_seen_at=work.now, session_id=actor.session_id)
    )
    if seen.rowcount:
        return
    await _add(work, account.id, actor.session_id, device_hash)
    if not _is_expected(work, account, method):
        await _report(work, account, actor, device)


async def remember_device(
    work: UnitOfWork, user_id: UserId, session_id: SessionId, device: Device
) -> None:
    """Remember the device of a session that began before the browser had its cookie."""
    await _add(work, user_id, session_id, _hash(user_id, device))


async def forget_devices(work: UnitOfWork, user_id: UserId, session_ids: list[SessionId]) -> None:
    """Forget the devices of sessions that were signed out from elsewhere, perhaps as a stranger's."""
    await work.connection.execute(
        delete(KnownDeviceRow).where(
            KnownDeviceRow.user_id == user_id, KnownDeviceRow.session_id.in_(session_ids)
        )
    )


async def _add(work: UnitOfWork, user_id: UserId, session_id: SessionId, device_hash: str) -> None:
    of_user = KnownDeviceRow.user_id == user_id
    excess = (
        select(KnownDeviceRow.hash)
        .where(of_user)
        .order_by(KnownDeviceRow.last_seen_at.desc(), KnownDeviceRow.hash)
        .offset(MAX_DEVICES - 1)
    )
    if hashes := list(await work.connection.scalars(excess)):
        await work.connection.execute(
            delete(KnownDeviceRow).where(of_user, KnownDeviceRow.hash.in_(hashes))
        )
    row = {
        "user_id": user_id,
        "hash": device_hash,
        "session_id": session_id,
        "first_seen_at": work.now,
        "last_seen_at": work.now,
    }
    await insert_new(work.connection, KnownDeviceRow, row, key=("user_id", "hash"))


def _is_expected(work: UnitOfWork, account: Account, method: SignInMethod) -> bool:
    if method is SignInMethod.EMAIL_LINK or account.last_login_at is None:
        return True
    verified_at = account.verified_at
    return verified_at is not None and work.now - verified_at < VERIFICATION_GRACE


async def _report(work: UnitOfWork, account: Account, actor: Actor, device: Device) -> None:
    midnight = work.now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = (
        select(AuditRow.id)
        .where(AuditRow.user_id == account.id, AuditRow.action == _ACTION, AuditRow.at >= midnight)
        .limit(MAX_MAILS_A_DAY)
        .subquery()
    )
    mailed = await work.connection.scalar(select(func.count()).select_from(today)) or 0
    facts = {"session_id": actor.session_id, "device": device_name(device.user_agent)}
    audit_id = await audit.record(work, actor, _ACTION, user_id=account.id, facts=facts)
    if mailed < MAX_MAILS_A_DAY:
        work.add_job(
            SendSecurityNotice(audit_id=audit_id),
            # With the session: a device that was signed out as a stranger's is reported each time.
            dedupe_key=f"new_device:{account.id}:{actor.session_id}",
        )


def _hash(user_id: UserId, device: Device) -> str:
    """Return what is stored of a device: with the user's id, so that accounts cannot be linked."""
    identity = f"cookie {device.token}"
    if not device.token:
        where = network(device.address, IPV4_PREFIX, IPV6_PREFIX)
        identity = f"client {where} {device.printable_user_agent()}"
    return hashlib.sha256(f"{user_id} {identity}".encode("utf-8", "surrogatepass")).hexdigest()
