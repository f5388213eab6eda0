"""Limits of comments, whom they mention and notify, and how reactions change. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence

from shared.contract.comments.shapes import CommentShape, ReactionShape
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import TodoShape
from shared.errors import Conflict
from shared.ids import CommentId, ListId, TodoId, UserId
from shared.languages.texts import message
from shared.notifications.rules import NewNotification
from shared.text import search_key

# A long conversation. Each comment is an event for every member of the list.
MAX_COMMENTS_PER_TODO = 1_000
MAX_COMMENT_LENGTH = 10_000
# Earlier texts that are kept of a comment, the newest: as many as a dialog can show, and as many bytes as
# six of the longest texts. One answer holds them all.
MAX_VERSIONS = 50
MAX_VERSIONS_BYTES = 256 * 1024
# A row of small buttons. Each event holds all reactions of the comment, with 29 bytes for each user.
MAX_EMOJI_PER_COMMENT = 20
MAX_REACTIONS_PER_COMMENT = 500
# Each mention may become a notification, and no comment shall notify a thousand users.
MAX_MENTIONS_PER_COMMENT = 50
MENTION = re.compile(r"@\[([0-9a-z]{26})\]")


def search_text(body: str) -> str:
    """Return the text that searches compare their words with: without the ids of mentions."""
    return search_key(MENTION.sub("@", body))


def parse_mentions(body: str) -> list[UserId]:
    """Return the user ids named by `@[user_id]`, each once: the first MAX_MENTIONS_PER_COMMENT."""
    found = dict.fromkeys(UserId(user_id) for user_id in MENTION.findall(body))
    return list(found)[:MAX_MENTIONS_PER_COMMENT]


def member_mentions(body: str, members: Collection[str]) -> list[str]:
    """Return the mentioned members, sorted. The id of another user counts as plain text."""
    return sorted(user_id for user_id in parse_mentions(body) if user_id in members)


def with_reaction(
    reactions: Sequence[ReactionShape], emoji: str, user_id: UserId
) -> list[ReactionShape]:
    """Return the reactions with one more, unless it is there. Raise Conflict `too_many_reactions`."""
    by_emoji = {each.emoji: each.user_ids for each in reactions}
    if user_id in by_emoji.get(emoji, ()):
        return list(reactions)
    if emoji not in by_emoji and len(by_emoji) >= MAX_EMOJI_PER_COMMENT:
        raise Conflict(
            message(
                "A comment has at most {limit} different reactions.", limit=MAX_EMOJI_PER_COMMENT
            ),
            code="too_many_reactions",
        )
    if sum(map(len, by_emoji.values())) >= MAX_REACTIONS_PER_COMMENT:
        raise Conflict(
            message("A comment has at most {limit} reactions.", limit=MAX_REACTIONS_PER_COMMENT),
            code="too_many_reactions",
        )
    by_emoji[emoji] = [*by_emoji.get(emoji, ()), user_id]
    return _reactions_of(by_emoji)


def without_reaction(
    reactions: Sequence[ReactionShape], emoji: str, user_id: UserId
) -> list[ReactionShape]:
    """Return the reactions without this one."""
    by_emoji = {each.emoji: list(each.user_ids) for each in reactions}
    if user_id in by_emoji.get(emoji, ()):
        by_emoji[emoji].remove(user_id)
    return _reactions_of(by_emoji)


def _reactions_of(by_emoji: Mapping[str, list[str]]) -> list[ReactionShape]:
    return [
        ReactionShape(emoji=emoji, user_ids=users) for emoji, users in by_emoji.items() if users
    ]


def comment_notifications(
    comment: CommentShape, todo: TodoShape, concerned: Collection[str], mentioned: Collection[str]
) -> list[NewNotification]:
    """Return one notification for each user: "mentioned" where both kinds apply, else "commented"."""
    kinds = dict.fromkeys(concerned, NotificationKind.COMMENTED)
    kinds |= dict.fromkeys(mentioned, NotificationKind.MENTIONED)
    subject = ListId(todo.list_id), TodoId(todo.id), CommentId(comment.id)
    return [NewNotification(UserId(user_id), kind, *subject) for user_id, kind in kinds.items()]
