"""Limits of comments, the users they mention and the notifications they cause. Pure."""

import re
from collections.abc import Collection

from shared.contract.notifications import NotificationKind
from shared.contract.shapes import CommentShape, TodoShape
from shared.ids import CommentId, ListId, TodoId, UserId
from shared.notifications.rules import NewNotification

# A long conversation. Each comment is an event for every member of the list.
MAX_COMMENTS_PER_TODO = 1_000
MAX_COMMENT_LENGTH = 10_000
# Each mention may become a notification, and no comment shall notify a thousand users.
MAX_MENTIONS_PER_COMMENT = 50
_MENTION = re.compile(r"@\[([0-9a-z]{26})\]")


def parse_mentions(body: str) -> list[UserId]:
    """Return the user ids named by `@[user_id]`, each once: the first MAX_MENTIONS_PER_COMMENT."""
    found = dict.fromkeys(UserId(user_id) for user_id in _MENTION.findall(body))
    return list(found)[:MAX_MENTIONS_PER_COMMENT]


def member_mentions(body: str, members: Collection[str]) -> list[str]:
    """Return the mentioned members, sorted. The id of another user counts as plain text."""
    return sorted(user_id for user_id in parse_mentions(body) if user_id in members)


def comment_notifications(
    comment: CommentShape, todo: TodoShape, concerned: Collection[str], mentioned: Collection[str]
) -> list[NewNotification]:
    """Return one notification for each user: "mentioned" where both kinds apply, else "commented"."""
    kinds = dict.fromkeys(concerned, NotificationKind.COMMENTED)
    kinds |= dict.fromkeys(mentioned, NotificationKind.MENTIONED)
    subject = ListId(todo.list_id), TodoId(todo.id), CommentId(comment.id)
    return [NewNotification(UserId(user_id), kind, *subject) for user_id, kind in kinds.items()]
