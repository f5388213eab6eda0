"""Routes of the signed-in user's reminders on todos. Other users cannot see them."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, StrictBool

from api.http import rate_limits
from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from shared.contract.base import Body, SentInstant
from shared.contract.shapes import Page, ReminderShape, ReminderTestShape
from shared.ids import ReminderId, TodoId
from shared.reminders import commands, queries, reminder_test
from shared.reminders.rules import MAX_OFFSET_MINUTES, ReminderTrigger, Snooze
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["reminders"], responses=problem_responses(401, 404, 422))
_REFUSED = problem_responses(403, 409)


class ReminderBody(Body):
    """Exactly one of `at` and `minutes_before`."""

    at: SentInstant | None = None
    minutes_before: (
        Annotated[int, Field(strict=True, ge=-MAX_OFFSET_MINUTES, le=MAX_OFFSET_MINUTES)] | None
    ) = Field(None, description="Before the due time; negative: after it.")


@router.get("/todos/{todo_id}/reminders", response_model=Page[ReminderShape])
async def list_reminders(
    resources: OpenResources, actor: CurrentActor, todo_id: PathId
) -> Response:
    """List your reminders on a todo: few enough for one page."""
    async with resources.single_read() as read:
        reminders = await queries.read_reminders_of_todo(read, actor, TodoId(todo_id))
    page = Page[ReminderShape](items=reminders, next_cursor=None, total=len(reminders))
    return Response(page.model_dump_json(), media_type="application/json")


@router.post(
    "/todos/{todo_id}/reminders", status_code=201, response_model=ReminderShape, responses=_REFUSED
)
async def set_reminder(runner: Runner, todo_id: PathId, body: ReminderBody) -> Response:
    """Add a reminder to yourself, at an instant or some minutes before the todo is due."""
    trigger = ReminderTrigger(body.at, body.minutes_before)

    async def add(work: UnitOfWork) -> ReminderShape:
        return await commands.set_reminder(work, runner.actor, TodoId(todo_id), trigger)

    return await runner.run(add, status=201)


class SnoozeBody(Body):
    """Exactly one of `minutes`, `until` and `tomorrow`."""

    minutes: Annotated[int, Field(strict=True, ge=1, le=MAX_OFFSET_MINUTES)] | None = None
    until: SentInstant | None = None
    tomorrow: StrictBool = Field(False, description="At 09:00 in your time zone.")


@router.post(
    "/todos/{todo_id}/reminders/{reminder_id}/snooze",
    response_model=ReminderShape,
    responses=_REFUSED,
)
async def snooze_reminder(
    runner: Runner, todo_id: PathId, reminder_id: PathId, body: SnoozeBody
) -> Response:
    """Snooze a reminder, also one that has fired."""
    snooze = Snooze(body.minutes, body.until, body.tomorrow)

    async def apply(work: UnitOfWork) -> ReminderShape:
        return await commands.snooze_reminder(
            work, runner.actor, TodoId(todo_id), ReminderId(reminder_id), snooze
        )

    return await runner.run(apply)


@router.delete("/todos/{todo_id}/reminders/{reminder_id}", status_code=204, responses=_REFUSED)
async def remove_reminder(runner: Runner, todo_id: PathId, reminder_id: PathId) -> Response:
    """Remove one of your reminders."""

    async def remove(work: UnitOfWork) -> None:
        await commands.remove_reminder(work, runner.actor, TodoId(todo_id), ReminderId(reminder_id))

    return await runner.run(remove)


@router.post(
    "/users/me/reminder-test",
    status_code=202,
    response_model=ReminderTestShape,
    responses=problem_responses(429, 503),
)
async def try_my_reminders(runner: Runner, limits: Limits) -> Response:
    """Mail yourself a test reminder. `reminder.tested` on your own stream reports its state."""
    await limits.take(rate_limits.REMINDER_TEST, account=runner.actor.user_id)

    async def send(work: UnitOfWork) -> ReminderTestShape:
        return await reminder_test.send_test_reminder(work, runner.actor)

    return await runner.run(send, status=202)
