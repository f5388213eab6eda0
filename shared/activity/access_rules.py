"""Decide whether a change of who uses the list can be undone. Pure.

In doubt it is refused: to invite a person asks that person, an undo does not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from shared.access.policy import Action
from shared.activity.entries import Entry
from shared.contract.details.activity import Refusal
from shared.contract.events import MemberAdded, MemberEdited
from shared.contract.shapes import AccountStatus, Role
from shared.tables.share_links import GUEST


@dataclass(frozen=True)
class Person:
    """A user whose access the caller changed. `role` and `joined_at` are None for one who is no member.

    `removed_at` is the position of the user's newest `member.removed` after the position `searched_from`;
    0 without one. `declined_at` is when they last declined an invitation to the list, as far as known.
    """

    status: str
    role: Role | None
    joined_at: datetime | None = None
    is_only_owner: bool = False
    removed_at: int = 0
    searched_from: int = 0
    declined_at: datetime | None = None
    is_invited: bool = False

    def has_joined_after(self, entry: Entry) -> bool:
        return self.joined_at is not None and self.joined_at > entry.at


def is_own_joining(entry: Entry, user_id: str) -> bool:
    """Return True if the undo of the entry makes the user leave the list."""
    return entry.event == MemberAdded.name and entry.member_id == user_id


def refuse_change_of_access(
    entry: Entry, user_id: str, person: Person | None, allowed: Collection[Action]
) -> Refusal | None:
    """Return why the user cannot undo a change of who uses the list; values are compared elsewhere."""
    if entry.event == MemberEdited.name:
        return _refuse_role(entry, person)
    if entry.event == MemberAdded.name:
        is_allowed = is_own_joining(entry, user_id) or Action.REMOVE_MEMBER in allowed
        return _refuse_end(entry, person) if is_allowed else Refusal.ROLE
    return _refuse_return(entry, person)


def _refuse_role(entry: Entry, person: Person | None) -> Refusal | None:
    if person is None or person.role is None:
        return Refusal.NOT_MEMBER
    if person.has_joined_after(entry):
        # The role of today was given with another invitation.
        return Refusal.CHANGED_SINCE
    is_undone_from_owner = entry.after["role"] == person.role == Role.OWNER
    return Refusal.LAST_OWNER if is_undone_from_owner and person.is_only_owner else None


def _refuse_end(entry: Entry, person: Person | None) -> Refusal | None:
    if person is None or person.role is None:
        return Refusal.AS_BEFORE
    if person.has_joined_after(entry) or person.role != entry.entity["role"]:
        return Refusal.CHANGED_SINCE
    return Refusal.LAST_OWNER if person.is_only_owner else None


def _refuse_return(entry: Entry, person: Person | None) -> Refusal | None:
    """Return why a removed member is not taken back in.

    What concerns the account alone is not said: owners learn nothing about a former member.
    """
    if person is None:
        return Refusal.INVITE_AGAIN
    if person.role is not None:
        is_same = person.role == (entry.before or {}).get("role")
        return Refusal.AS_BEFORE if is_same else Refusal.CHANGED_SINCE
    checks = (
        (person.status == GUEST, Refusal.GUEST),
        (entry.before is None, Refusal.NOT_RECORDED),
        # Who left, or declined to come back, is not taken back in without being asked.
        (person.removed_at > entry.seq, Refusal.CHANGED_SINCE),
        (entry.seq < person.searched_from, Refusal.INVITE_AGAIN),
        ((person.declined_at or entry.at) > entry.at, Refusal.INVITE_AGAIN),
        (person.status != AccountStatus.ACTIVE, Refusal.INVITE_AGAIN),
        # Perhaps with a lower role, by another owner.
        (person.is_invited, Refusal.INVITED),
    )
    return next((reason for is_refused, reason in checks if is_refused), None)
