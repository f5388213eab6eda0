"""Find the users whom an edit assigns and who were not assigned before. Pure."""

from collections.abc import Sequence

from shared.contract.notifications import NotificationKind
from shared.contract.shapes import TodoShape
from shared.ids import ListId, TodoId, UserId
from shared.notifications.rules import NewNotification


def assignment_notifications(
    before: Sequence[TodoShape], after: Sequence[TodoShape]
) -> list[NewNotification]:
    """Return a notification for each user newly assigned. All assignees are members of the list."""
    known = {(todo.id, user_id) for todo in before for user_id in todo.assignees}
    return [
        NewNotification(
            UserId(user_id), NotificationKind.ASSIGNED, ListId(todo.list_id), TodoId(todo.id)
        )
        for todo in after
        for user_id in todo.assignees
        if (todo.id, user_id) not in known
    ]
