"""Where a user keeps lists: as a part of a list, and as folders."""

from pydantic import Field

from shared.contract.base import Shape


class ListPlacement(Shape):
    """Where one member keeps a list. Nobody else sees it."""

    rank: str = Field(description="Sort by it byte by byte, then by the id.")
    favourite: bool
    folder_id: str | None = Field(description="The folder of the member that holds the list.")


class PlacedList(Shape):
    list_id: str
    placement: ListPlacement


class FolderShape(Shape):
    """A folder in which one user keeps lists."""

    id: str
    name: str
    rank: str = Field(description="Sort by it byte by byte, then by the id.")
