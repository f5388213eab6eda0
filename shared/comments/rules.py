"""What a comment may be, and who is mentioned in it. Pure."""

import re
from collections.abc import Collection

from shared.contract.notifications import NotificationKind
from shared.contract.shapes import CommentShape, TodoShape
from shared.ids import CommentId, ListId, TodoId, UserId
from shared.notifications.rules import NewNotification

# A long conversation; each comment is an event to everybody in the list.
COMMENTS_A_TODO = 1_000
COMMENT_LENGTH = 10_000
# Each mention may become a notice; a comment is not a way to reach a thousand people.
MENTIONS_A_COMMENT = 50
_MENTION = re.compile(r"@\[([0-9a-z]{26})\]")


def mentioned(body: str) -> list[UserId]:
    """Returns whom `@[user_id]` names in the text, each once, the first so many."""
    found = dict.fromkeys(UserId(one) for one in _MENTION.findall(body))
    return list(found)[:MENTIONS_A_COMMENT]


def mentions_of(body: str, members: Collection[str]) -> list[str]:
    """Returns the members mentioned, sorted; naming anybody else is only text."""
    return sorted(one for one in mentioned(body) if one in members)


def notices_of(
    comment: CommentShape, todo: TodoShape, around: Collection[str], mentioned: Collection[str]
) -> list[NewNotification]:
    """Returns what a comment tells whom: those it mentions that, the others around the todo less."""
    kinds = dict.fromkeys(around, NotificationKind.COMMENTED)
    kinds |= dict.fromkeys(mentioned, NotificationKind.MENTIONED)
    about = ListId(todo.list_id), TodoId(todo.id), CommentId(comment.id)
    return [NewNotification(UserId(user_id), kind, *about) for user_id, kind in kinds.items()]
