"""Shapes of the activity of a list: what was done, by whom, and whether it can be undone."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from shared.contract.base import Instant, Shape

# How a change came other than from a page of the site: by a token that the user made (CalDAV too), a
# connected application, or a mail to the list.
Via = Literal["api_token", "application", "mail"]


class Refusal(StrEnum):
    """Why a change cannot be undone. Each has a sentence in shared/activity/sentences.py."""

    NOT_OWN = "not_own"
    TOO_OLD = "too_old"
    UNDONE = "undone"
    NOT_RECORDED = "not_recorded"
    ELSEWHERE = "elsewhere"
    PURGED = "purged"
    IN_TRASH = "in_trash"
    IN_OTHER_LIST = "in_other_list"
    CHANGED_SINCE = "changed_since"
    AS_BEFORE = "as_before"
    TOO_MANY = "too_many"
    ROLE = "role"
    NOT_MEMBER = "not_member"
    GUEST = "guest"
    INVITED = "invited"
    INVITE_AGAIN = "invite_again"
    LAST_OWNER = "last_owner"


class NamedShape(Shape):
    id: str
    name: str


class FieldChange(Shape):
    field: str
    before: Any = Field(description="As the entity has it; long texts are cut.")
    after: Any


class ActivityEntry(Shape):
    """An event of the list, with what was before it."""

    seq: int = Field(description="Position of the event in the list's stream.")
    at: Instant
    actor: NamedShape | None
    via: Via | None = Field(description="Null: a page of the site.")
    event: str = Field(description="The name of the event, such as `todo.edited`.")
    todo_id: str | None
    title: str | None = Field(
        description="The title of the todo; null if it is not known any more."
    )
    subject: NamedShape | None = Field(
        description="The label, the member or the file that it is about; the name is empty if it is gone."
    )
    comment_id: str | None
    changes: list[FieldChange]
    has_before: bool = Field(description="False: what was before the change was not recorded.")
    list_id: str | None = Field(
        description="The other list of a move, for its members; for others null."
    )
    ended: str | None = Field(
        description="How an occurrence of a repeating todo ended: completed, skipped or reopened."
    )
    reason: str | None = Field(description="Why a member is gone: the `reason` of member.removed.")
    undoes: int | None = Field(description="The event that this one undid.")
    is_undone: bool
    is_undoable: bool
    refusal: Refusal | None = Field(description="Why it cannot be undone.")
    refused_fields: list[str] = Field(description="The fields that were changed again since.")


class ActivityPage(Shape):
    """Newest first. `people` and `labels` name the users and labels of `changes`, as far as they exist."""

    items: list[ActivityEntry]
    next_before: int | None = Field(description="`before` of the next page; null at the end.")
    people: list[NamedShape]
    labels: list[NamedShape]


class UndoneShape(Shape):
    undone: list[int] = Field(description="The events that were undone, newest first.")
