"""Whom an edit assigns who was not assigned before. Pure."""

from collections.abc import Sequence

from shared.contract.notifications import NotificationKind
from shared.contract.shapes import TodoShape
from shared.ids import ListId, TodoId, UserId
from shared.notifications.rules import NewNotification


def newly_assigned(
    before: Sequence[TodoShape], after: Sequence[TodoShape]
) -> list[NewNotification]:
    """Returns what each person newly assigned is to be told; members of the list, all of them."""
    known = {(todo.id, user_id) for todo in before for user_id in todo.assignees}
    return [
        NewNotification(
            UserId(user_id), NotificationKind.ASSIGNED, ListId(todo.list_id), TodoId(todo.id)
        )
        for todo in after
        for user_id in todo.assignees
        if (todo.id, user_id) not in known
    ]
