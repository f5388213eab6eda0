"""A deleted account leaves its name and address in no table."""

from typing import Any

from sqlalchemy import insert, select

from shared.accounts.password_change import forgot_password
from shared.accounts.profile import ProfileEdit, delete_account, edit_profile
from shared.comments.commands import add_comment
from shared.contract.shapes import Role
from shared.ids import TodoId
from shared.members.commands import change_role
from shared.members.invitations import accept_invitation_by_id, invite_member
from shared.resources import Resources
from shared.tables import metadata
from shared.tables.idempotency import IdempotencyRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.features.invitations import id_of
from tests.support.registration import LAPTOP, Registrar
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

NAME, NEW_NAME = "Zqxmarker Firstname", "Zqxmarker Newname"
EMAIL = "zqxmarker@example.com"


async def _cells_with_the_marker(resources: Resources) -> list[str]:
    """Return the columns of all tables in which the marker occurs."""
    found = []
    async with resources.begin_read() as read:
        for table in metadata.sorted_tables:
            for column in table.columns:
                rows = await read.connection.execute(select(column))
                texts = [
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    for value in rows.scalars()
                ]
                found += [f"{column}: {t}" for t in texts if "zqxmarker" in t.casefold()]
    return found


async def test_a_deleted_account_leaves_no_name_and_no_address(
    world: World, registrar: Registrar, resources: Resources, worker: WorkerHarness
) -> None:
    user = (await registrar.register_and_verify(EMAIL, name=NAME)).actor
    ben = await world.user("Ben")
    shared = await world.list(ben, name="Shared")
    invitation = await world.run(invite_member, ben, shared, EMAIL.upper(), Role.EDITOR)
    await world.run(accept_invitation_by_id, user, id_of(invitation))
    other = await world.list(ben, name="Other")
    await world.run(invite_member, ben, other, EMAIL, Role.VIEWER)
    todo = await world.run(create_todo, user, shared, NewTodo(title="Milk"), Placement())
    await world.run(add_comment, user, TodoId(todo.id), "Fresh, please.")
    await world.run(edit_profile, user, ProfileEdit(name=NEW_NAME, bio="zqxmarker"))
    await world.run(change_role, ben, shared, user.user_id, Role.COMMENTER)
    await world.run(
        invite_member,
        user,
        await world.list(user, (ben, Role.OWNER)),
        "eve@example.com",
        Role.VIEWER,
    )
    await forgot_password(resources, EMAIL, LAPTOP)
    await registrar.change_email(user, "zqxmarker.new@example.com")
    saved: dict[str, Any] = {
        "user_id": ben.user_id, "key": "k", "request_hash": "h", "status": 201,
        "body": b'{"email":"zqxmarker@example.com"}', "created_at": resources.clock.now(),
    }  # fmt: skip
    async with resources.begin() as work:
        await work.connection.execute(insert(IdempotencyRow).values(saved))
    for _ in range(3):
        await worker.run_once()
    before = await _cells_with_the_marker(resources)

    await world.run(delete_account, user)
    for _ in range(4):
        await worker.run_once()

    columns = {cell.partition(":")[0] for cell in before}
    assert {"users.email", "events.frame", "audit.facts", "invitations.email"} <= columns
    assert await _cells_with_the_marker(resources) == []
