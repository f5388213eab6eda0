"""The columns of a member's row that say where the member keeps the list."""

from sqlalchemy import func

from shared.tables.members import MemberRow

# A member that the release before inserted, and a guest, has no rank. The ids of lists are ranks too: they
# have the same digits, and are in the order of creation.
RANK = func.coalesce(MemberRow.rank, MemberRow.list_id).label("rank")
PLACEMENT = (RANK, MemberRow.favourite, MemberRow.folder_id)
