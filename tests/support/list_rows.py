"""Insert a list with members directly into the tables: the commands have tests of their own."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId, list_stream, new_id
from shared.resources import Resources
from shared.tables.lists import ListRow
from shared.tables.members import MemberRow


async def insert_list(resources: Resources, members: Mapping[Actor, Role], **values: Any) -> ListId:
    """Insert a list with its stream and members; `values` are columns of the list."""
    list_id = ListId(new_id())
    async with resources.begin() as work:
        await work.open_stream(list_stream(list_id))
        row = {"id": list_id, "created_at": work.now, "updated_at": work.now} | values
        await work.connection.execute(insert(ListRow).values(row))
        for member, role in members.items():
            await work.connection.execute(
                insert(MemberRow).values(
                    list_id=list_id, user_id=member.user_id, role=role.value, joined_at=work.now
                )
            )
    return list_id
