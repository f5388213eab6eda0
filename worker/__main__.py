"""Runs the worker: `python -m worker`. With a word, asks about the queue instead:

health              ends with 0 while a worker of this machine is alive
dead                lists the jobs that were given up
retry ID… | all     queues them afresh
discard ID… | all   forgets them
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from shared.ids import JobId
from shared.jobs import queue
from shared.logs import set_up_logs
from shared.resources import Resources, open_resources
from shared.settings import Settings, SettingsError, load_settings
from worker.main import serve
from worker.presence import host_name

__all__ = ["serve"]

# A health check that hangs is killed by whoever asked; we would rather say why.
ANSWER_SECONDS = 8
# Those that `all` means; more than that is a matter for another round.
ALL = 10_000

Question = Callable[[Resources, Sequence[str]], Coroutine[Any, Any, str]]


class NotWell(Exception):
    """The answer to the question is no."""


async def check_health(resources: Resources, _: Sequence[str]) -> str:
    """Returns "ok" when a worker of this machine was alive within 35 s. Raises NotWell."""
    async with resources.begin_read() as read:
        if not await queue.is_worker_alive(read, host_name()):
            raise NotWell("no worker of this machine has been seen for 35 s")
    return "ok"


async def list_dead(resources: Resources, _: Sequence[str]) -> str:
    """Returns a line for each job that was given up, newest first."""
    async with resources.begin_read() as read:
        dead = await queue.list_dead(read)
    lines = (
        f"{one.id}  {one.created_at:%Y-%m-%d %H:%M}  {one.kind}  "
        f"attempts {one.attempts}, crashes {one.crashes}: {one.why}"
        for one in dead
    )
    return "\n".join(lines) or "none"


async def retry(resources: Resources, wanted: Sequence[str]) -> str:
    """Dead jobs are queued afresh; returns how many."""
    dead = await _dead_among(resources, wanted)
    async with resources.begin_work() as work:
        count = await queue.retry_dead(work, dead)
    return f"{count} queued again"


async def discard(resources: Resources, wanted: Sequence[str]) -> str:
    """Dead jobs are forgotten; returns how many."""
    dead = await _dead_among(resources, wanted)
    async with resources.begin_work() as work:
        count = await queue.discard_dead(work, dead)
    return f"{count} discarded"


async def _dead_among(resources: Resources, wanted: Sequence[str]) -> list[JobId]:
    if list(wanted) != ["all"]:
        return [JobId(one) for one in wanted]
    async with resources.begin_read() as read:
        return [one.id for one in await queue.list_dead(read, ALL)]


QUESTIONS: dict[str, Question] = {
    "health": check_health,
    "dead": list_dead,
    "retry": retry,
    "discard": discard,
}


async def ask(settings: Settings, question: Question, words: Sequence[str]) -> tuple[str, int]:
    """Returns the answer, and the exit code."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS), open_resources(settings) as resources:
            return await question(resources, words), 0
    except NotWell as error:
        return str(error), 1
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return f"the database does not answer: {type(error).__name__}", 1


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    if arguments and not _is_a_question(*arguments):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"Livelist cannot start with these settings:\n{error}", file=sys.stderr)
        return 1
    if arguments:
        answer, code = asyncio.run(ask(settings, QUESTIONS[arguments[0]], arguments[1:]))
        print(answer, file=sys.stderr if code else sys.stdout)
        return code
    set_up_logs(settings, "worker")
    asyncio.run(serve(settings))
    return 0


def _is_a_question(name: str, *words: str) -> bool:
    return name in QUESTIONS and bool(words) == (name in ("retry", "discard"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
