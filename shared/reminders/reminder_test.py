"""Trying out whether one's own reminders arrive: a mail now, by the way every reminder goes."""

from shared.actor import Actor
from shared.contract.events import ReminderTested
from shared.contract.jobs import SendTestReminder
from shared.contract.shapes import ReminderState, ReminderTestShape
from shared.ids import UserId, new_id, user_stream
from shared.unit_of_work import UnitOfWork


async def send_test_reminder(work: UnitOfWork, actor: Actor) -> ReminderTestShape:
    """A test reminder to the actor is on its way; their screens hear what becomes of it."""
    await work.lock_streams([user_stream(actor.user_id)])
    test_id = new_id()
    work.add_job(SendTestReminder(user_id=actor.user_id, test_id=test_id))
    return _told(work, actor, actor.user_id, test_id, ReminderState.SENDING, "")


async def record_reminder_test(
    work: UnitOfWork, user_id: UserId, test_id: str, state: ReminderState, detail: str
) -> None:
    """The person's screens know how their test goes. Nothing when the account is gone."""
    if await work.lock_streams([user_stream(user_id)]):
        _told(work, None, user_id, test_id, state, detail)


def _told(
    work: UnitOfWork,
    actor: Actor | None,
    user_id: UserId,
    test_id: str,
    state: ReminderState,
    detail: str,
) -> ReminderTestShape:
    test = ReminderTestShape(id=test_id, state=state, detail=detail, at=work.now)
    work.record(user_stream(user_id), ReminderTested(test=test), actor)
    return test
