"""Cases of the sync law for the guests of share links. Importing this module registers them."""

from shared.contract.share_links import LinkRole
from shared.members.commands import remove_member
from shared.share_links.links import LinkEdit, edit_link, revoke_link
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.realtime.sync_cases import SyncFixture, records
from tests.support.share_links import make_guest, make_link


@records("member.added")
async def a_guest_joins(given: SyncFixture) -> None:
    link = await make_link(given.resources, given.ana, given.groceries)
    await make_guest(given.resources, link)


@records("member.edited")
async def the_role_of_a_link_changes(given: SyncFixture) -> None:
    link = await make_link(given.resources, given.ana, given.groceries)
    for name in ("Gil", "Kim"):
        await make_guest(given.resources, link, name)
    edit = LinkEdit(frozenset({"role"}), role=LinkRole.VIEWER)
    await given.do(edit_link, given.ana, given.groceries, link.id, edit)


@records("member.removed")
async def a_link_is_revoked(given: SyncFixture) -> None:
    link, other = [await make_link(given.resources, given.ana, given.groceries) for _ in range(2)]
    await make_guest(given.resources, link)
    guest = await make_guest(given.resources, other)
    await given.do(create_todo, guest.actor, given.groceries, NewTodo(title="Figs"), Placement())
    await given.do(revoke_link, given.ana, given.groceries, link.id)


@records("member.removed")
async def a_guest_is_removed(given: SyncFixture) -> None:
    guest = await make_guest(
        given.resources, await make_link(given.resources, given.ana, given.groceries)
    )
    await given.do(remove_member, given.ana, given.groceries, guest.actor.user_id)
