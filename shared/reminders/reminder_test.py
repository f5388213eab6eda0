"""Send a test reminder to oneself: a mail now, delivered in the same way as every reminder."""

from shared.actor import Actor
from shared.contract.events import ReminderTested
from shared.contract.jobs import SendTestReminder
from shared.contract.shapes import ReminderState, ReminderTestShape
from shared.ids import UserId, new_id, user_stream
from shared.unit_of_work import UnitOfWork


async def send_test_reminder(work: UnitOfWork, actor: Actor) -> ReminderTestShape:
    """Queue a test reminder to the actor. Record its state on the actor's stream and return it."""
    await work.lock_streams([user_stream(actor.user_id)])
    test_id = new_id()
    work.add_job(SendTestReminder(user_id=actor.user_id, test_id=test_id))
    return _record(work, actor, actor.user_id, test_id, ReminderState.SENDING, "")


async def record_reminder_test(
    work: UnitOfWork, user_id: UserId, test_id: str, state: ReminderState, detail: str
) -> None:
    """Record the new state of a test reminder on the user's stream, unless the account is deleted."""
    if await work.lock_streams([user_stream(user_id)]):
        _record(work, None, user_id, test_id, state, detail)


def _record(
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
