"""Events about what a user keeps lists and todos by, on the stream of that user."""

from shared.contract.base import Event
from shared.contract.own_lists.personal_labels import LabelledTodo, PersonalLabelShape
from shared.contract.own_lists.placement import FolderShape, PlacedList
from shared.contract.own_lists.views import ListView


class ListPlaced(Event):
    """The user put lists elsewhere among the own ones: in the order, in a folder, as a favourite."""

    name = "list.placed"
    lists: list[PlacedList]


class ListViewSet(Event):
    """The user looks at a list in another way: filter, order, groups."""

    name = "list.view_set"
    list_id: str
    view: ListView | None


class FolderSet(Event):
    """The folder is new, or has another name or rank."""

    name = "folder.set"
    folder: FolderShape


class FolderRemoved(Event):
    """The folder was deleted. Its lists are in no folder now."""

    name = "folder.removed"
    folder_id: str


class PersonalLabelSet(Event):
    """The personal label is new, or has another name or colour."""

    name = "personal_label.set"
    label: PersonalLabelShape


class PersonalLabelRemoved(Event):
    """The personal label was deleted, and removed from every todo."""

    name = "personal_label.removed"
    label_id: str


class LabelledTodosSet(Event):
    """The personal labels of these todos changed, or the user lost access to the todos."""

    name = "labelled_todos.set"
    todos: list[LabelledTodo]
