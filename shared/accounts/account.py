"""Find, lock and save one account.

Every change to an account or its sessions locks the account first; `save_account` records the event.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from shared.access import gate
from shared.accounts.authentication.passwords import UNUSABLE_PASSWORD
from shared.actor import Actor
from shared.contract.events import AccountEdited
from shared.contract.notifications import HourCycle, WeekStart
from shared.contract.shapes import AccountShape, AccountStatus, SiteRole
from shared.errors import NotFound
from shared.ids import UserId, user_stream
from shared.tables.accounts import UserRow
from shared.tables.share_links import GUEST
from shared.text import email_key, search_key
from shared.unit_of_work import ReadTransaction, UnitOfWork


@dataclass(frozen=True)
class Account:
    """A row of the users table."""

    id: UserId
    email: str
    password_hash: str
    name: str
    bio: str
    avatar_url: str | None
    time_zone: str
    locale: str
    language: str
    week_start: str
    hour_cycle: str
    site_role: str
    status: str
    verified_at: datetime | None
    last_login_at: datetime | None
    has_second_factor: bool
    mail_refused_at: datetime | None
    mail_refusal: str
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def is_invited(self) -> bool:
        """Return True if an administrator made the account, and nobody has activated it yet."""
        return self.status == AccountStatus.PENDING and self.password_hash == UNUSABLE_PASSWORD

    def shape(self) -> AccountShape:
        return AccountShape(
            id=self.id,
            name=self.name,
            avatar_url=self.avatar_url,
            email=self.email,
            bio=self.bio,
            time_zone=self.time_zone,
            locale=self.locale,
            language=self.language,
            week_start=WeekStart(self.week_start),
            hour_cycle=HourCycle(self.hour_cycle),
            site_role=SiteRole(self.site_role),
            status=AccountStatus(self.status),
            is_verified=self.verified_at is not None,
            last_login_at=self.last_login_at,
            has_second_factor=self.has_second_factor,
            mail_refused_at=self.mail_refused_at,
            mail_refusal=self.mail_refusal,
            version=self.version,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


ACCOUNT_COLUMNS = tuple(getattr(UserRow, name) for name in Account.__dataclass_fields__)


async def find_account(read: ReadTransaction, user_id: UserId) -> Account | None:
    return await _find(read, UserRow.id == user_id)


async def find_account_by_email(read: ReadTransaction, email: str) -> Account | None:
    """Return the account of an address, whichever way it is spelled; None if there is none."""
    return await _find(read, UserRow.email_key == email_key(email))


async def lock_account(work: UnitOfWork, user_id: UserId) -> Account:
    """Lock the account's own stream until the transaction ends, and return the account.

    Every change to an account or its sessions takes this lock, so concurrent changes are serialised.
    Raise NotFound if the account does not exist.
    """
    await work.lock_streams([user_stream(user_id)])
    account = await find_account(work, user_id)
    if account is None:
        raise NotFound
    return account


async def lock_own_account(work: UnitOfWork, actor: Actor) -> Account:
    """Lock the account of a signed-in user, and return it. For what outlives the session, or ends others.

    The session was alive when the request began. A reset of the password that held the lock since then has
    ended it, and a credential that was added after it would outlive the reset. Raise Unauthenticated.
    """
    account = await lock_account(work, actor.user_id)
    await gate.require_live_session(work, actor)
    return account


async def save_account(
    work: UnitOfWork,
    before: Account,
    after: Account,
    actor: Actor | None,
    *,
    bump_version: bool = True,
) -> Account:
    """Write `after` over the locked account, record `account.edited` on its stream, and return it.

    Record no event if nothing visible changed. `bump_version=False` keeps the version, for changes
    that no user made as an edit, such as the time of the last sign-in.
    """
    if bump_version:
        after = replace(after, version=before.version + 1, updated_at=work.now)
    keys = {
        "email_key": email_key(after.email),
        "search_key": search_key(f"{after.name} {after.email}"),
    }
    await work.connection.execute(
        update(UserRow).where(UserRow.id == after.id).values(asdict(after) | keys)
    )
    if before.shape() != after.shape():
        work.record(user_stream(after.id), AccountEdited(account=after.shape()), actor)
    return after


async def _find(read: ReadTransaction, condition: ColumnElement[bool]) -> Account | None:
    found = select(*ACCOUNT_COLUMNS).where(condition, UserRow.status != GUEST)
    row = (await read.connection.execute(found)).one_or_none()
    return None if row is None else Account(**row._asdict())
