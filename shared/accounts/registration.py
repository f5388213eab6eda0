"""Register an account, and verify its address by the link in the mail.

`register` and `resend_verification` behave alike for known and unknown addresses: only the mail
shows the difference.
"""

from dataclasses import dataclass

from sqlalchemy import distinct, func, select

from shared import audit
from shared.accounts.account import Account, find_account_by_email, lock_account
from shared.accounts.activation import activate_account
from shared.accounts.authentication import passwords
from shared.accounts.authentication.challenges import Challenge
from shared.accounts.authentication.devices import Device
from shared.accounts.authentication.sessions import IssuedTokens
from shared.accounts.authentication.sign_in import begin_session
from shared.accounts.email_change import complete_email_change
from shared.accounts.email_domains import require_allowed_domain
from shared.accounts.email_links import create_link, find_link, invalid_link, use_link
from shared.accounts.rules import invalid_field
from shared.actor import Actor
from shared.contract.jobs import SendAlreadyRegistered, SendVerification
from shared.contract.sessions import SignInMethod
from shared.contract.shapes import AccountStatus
from shared.database.statements import insert_new
from shared.errors import Forbidden, Unauthenticated
from shared.ids import UserId, new_id, user_stream
from shared.members.queries import is_invited
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.accounts import LinkRow, UserRow
from shared.text import email_key, search_key
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Registration:
    """The fields of a registration, already checked for form."""

    email: str
    password: str
    name: str
    time_zone: str = "UTC"
    locale: str = "en"
    # The token in the mail of an invitation, which admits its address while registration is closed.
    invitation_token: str = ""


async def register(resources: Resources, registration: Registration, device: Device) -> None:
    """Create a pending account and mail a verification link, or mail a warning to a known address.

    Raise Invalid for an unacceptable password, Forbidden `registration_closed` or
    `email_domain_not_allowed`.
    """
    await _require_admitted(resources, registration)
    passwords.check_acceptable(registration.password, personal=registration.email)
    # Hash for a known address too, so that the answer takes as long.
    password_hash = await passwords.hash_password(
        registration.password, passwords.of_network(resources.settings, device.address)
    )
    async with resources.begin() as work:
        is_new = await insert_account(work, registration, password_hash) is not None
        account = await find_account_by_email(work, registration.email)
        if account is None:
            return  # deleted at this moment; the user can register again
        await audit.record(
            work,
            None,
            "account.registered" if is_new else "account.registered_again",
            user_id=account.id,
            address=device.address,
        )
        if account.status == AccountStatus.PENDING:
            # The link of a second registration voids that of the first. It sets no password: a
            # stranger may be the second, and the holder of the mailbox would follow the newest link.
            first_hash = password_hash if is_new else passwords.UNUSABLE_PASSWORD
            await _send_link(work, account, first_hash)
        elif account.status == AccountStatus.ACTIVE:
            # Once an hour: a caller must not flood the mailbox of another user.
            work.add_job(
                SendAlreadyRegistered(user_id=account.id),
                dedupe_key=f"already_registered:{account.id}:{work.now:%Y%m%d%H}",
            )


async def _require_admitted(resources: Resources, registration: Registration) -> None:
    """Raise Forbidden unless the site's settings let this address register."""
    require_allowed_domain(resources.settings, registration.email)
    if resources.settings.accounts.registration_open:
        return
    keys = resources.settings.secrets.signing_keys()
    async with resources.begin_read() as read:
        if await is_invited(read, keys, registration.email, registration.invitation_token):
            return
    raise Forbidden(
        "Only people who are invited to a list can register on this site. Open the link in the "
        "invitation, and give the address that it went to.",
        code="registration_closed",
    )


async def insert_account(
    work: UnitOfWork, registration: Registration, password_hash: str
) -> UserId | None:
    """Insert a pending account and its stream. Return its id, or None if the address is taken."""
    user_id = UserId(new_id())
    row = {
        "id": user_id,
        "email": registration.email,
        "email_key": email_key(registration.email),
        "search_key": search_key(f"{registration.name} {registration.email}"),
        "password_hash": password_hash,
        "name": registration.name,
        "time_zone": registration.time_zone,
        "locale": registration.locale,
        "created_at": work.now,
        "updated_at": work.now,
    }
    if not await insert_new(work.connection, UserRow, row, key=("email_key",)):
        return None
    await work.open_stream(user_stream(user_id))
    return user_id


async def resend_verification(resources: Resources, email: str, device: Device) -> None:
    """Mail another verification link if the address belongs to a pending account."""
    async with resources.begin() as work:
        account = await find_account_by_email(work, email)
        await audit.record(
            work,
            None,
            "account.link_wanted",
            user_id=account.id if account else None,
            address=device.address,
        )
        if account is not None and account.status == AccountStatus.PENDING:
            await send_verification_again(work, account)


async def send_first_link(work: UnitOfWork, user_id: UserId) -> None:
    """Mail the link that activates an account which an administrator made."""
    account = await lock_account(work, user_id)
    await _send_link(work, account, passwords.UNUSABLE_PASSWORD)


async def send_verification_again(
    work: UnitOfWork, account: Account, *, forgot_password: bool = False
) -> None:
    """Mail another verification link to a pending account.

    The link sets no password if the address was registered with different passwords, or if its
    holder forgot the password: a stranger may have registered it and would share the account. Who
    follows the link then chooses a password.
    """
    password_count = await work.connection.scalar(
        select(func.count(distinct(LinkRow.password_hash))).where(
            LinkRow.user_id == account.id, LinkRow.purpose == Purpose.VERIFY_EMAIL
        )
    )
    keeps_password = (password_count or 0) <= 1 and not forgot_password
    password_hash = account.password_hash if keeps_password else passwords.UNUSABLE_PASSWORD
    await _send_link(work, account, password_hash)


async def verify_email(
    resources: Resources,
    token: str,
    device: Device,
    actor: Actor | None = None,
    password: str | None = None,
) -> IssuedTokens | Challenge:
    """Verify an address by its link, and sign in the device that followed the link.

    `password` is for an account that has none yet: it never becomes active without a way in. A change
    of address requires `actor` to be the account's own user: the holder of a mistyped address must not
    get the account. Raise Unauthenticated `sign_in_first`, Invalid `password_required`, or for an
    unacceptable password, or `email_taken` for a change of address, and what `find_link` raises.
    """
    keys = resources.settings.secrets.signing_keys()
    purposes = (Purpose.VERIFY_EMAIL, Purpose.CHANGE_EMAIL)
    chosen_hash = await _hash_chosen(resources, token, password)
    async with resources.begin() as work:
        link = await find_link(work, keys, purposes, token)
        account = await lock_account(work, link.user_id)
        # Check again under the lock: of two concurrent clicks, one succeeds.
        link = await find_link(work, keys, purposes, token)
        await use_link(work, link)  # undone if an error is raised below
        if link.purpose is Purpose.CHANGE_EMAIL:
            if actor is None or actor.user_id != account.id:
                raise Unauthenticated(
                    "Sign in to your account here first, then open the link again.",
                    code="sign_in_first",
                )
            account = await complete_email_change(work, account, link, device)
        elif account.status != AccountStatus.PENDING or link.email != account.email:
            raise invalid_link()
        else:
            password_hash = link.password_hash or account.password_hash
            if password_hash == passwords.UNUSABLE_PASSWORD:
                if chosen_hash is None:
                    raise invalid_field(
                        "password", "Choose a password for your account.", code="password_required"
                    )
                password_hash = chosen_hash
            account = await activate_account(work, account, password_hash)
            await audit.record(
                work, None, "account.verified", user_id=account.id, address=device.address
            )
        return await begin_session(
            work, resources.settings, account, device, SignInMethod.EMAIL_LINK
        )


async def _hash_chosen(resources: Resources, token: str, password: str | None) -> str | None:
    """Return the hash of the password that a follower of a link chose. No transaction is open."""
    if password is None:
        return None
    keys = resources.settings.secrets.signing_keys()
    async with resources.single_read() as read:
        link = await find_link(read, keys, (Purpose.VERIFY_EMAIL,), token)
    passwords.check_acceptable(password, personal=link.email)
    return await passwords.hash_password(password, passwords.of_account(link.user_id))


async def _send_link(work: UnitOfWork, account: Account, password_hash: str) -> None:
    link_id = await create_link(
        work, Purpose.VERIFY_EMAIL, account.id, account.email, password_hash=password_hash
    )
    if link_id is not None:
        work.add_job(SendVerification(link_id=link_id))
