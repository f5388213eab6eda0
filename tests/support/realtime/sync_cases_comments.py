"""A case of the sync law for reactions to comments, and for the deletion of an account that wrote some."""

from shared.accounts.profile import delete_account
from shared.comments.reactions import react, take_back_reaction
from shared.contract.shapes import TodoStatus
from shared.todos.commands.edit import edit_todo
from shared.todos.rules.todo_edits import TodoEdit
from tests.support.realtime.sync_cases import SyncFixture, records

HEART, THUMB = "\u2764\ufe0f", "\U0001f44d"


@records("comment.reacted")
async def members_react_to_a_comment(given: SyncFixture) -> None:
    for actor, emoji in ((given.ana, HEART), (given.ben, THUMB), (given.ana, THUMB)):
        await given.do(react, actor, given.milk, given.comment, emoji)
    await given.do(take_back_reaction, given.ana, given.milk, given.comment, HEART)


@records("member.removed")
async def the_author_of_a_comment_deletes_their_account(given: SyncFixture) -> None:
    for actor in (given.ben, given.ana):
        await given.do(react, actor, given.milk, given.comment, THUMB)
    await given.do(edit_todo, given.ben, given.oats, TodoEdit(status=TodoStatus.COMPLETED))
    await given.do(delete_account, given.ben)
