"""Runs the worker: `python -m worker`. Asks whether one is alive on this machine: `… health`."""

import asyncio
import sys

from sqlalchemy.exc import SQLAlchemyError

from shared.jobs import queue
from shared.logs import set_up_logs
from shared.resources import open_resources
from shared.settings import Settings, SettingsError, load_settings
from worker.main import serve
from worker.presence import host_name

__all__ = ["serve"]

# A health check that hangs is killed by whoever asked; we would rather say why.
HEALTH_SECONDS = 8


async def check_health(settings: Settings) -> str:
    """Returns what is wrong; empty when a worker of this machine was alive within 35 s."""
    try:
        async with (
            asyncio.timeout(HEALTH_SECONDS),
            open_resources(settings) as resources,
            resources.begin_read() as read,
        ):
            alive = await queue.is_worker_alive(read, host_name())
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return f"the database does not answer: {type(error).__name__}"
    return "" if alive else "no worker of this machine has been seen for 35 s"


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    if arguments not in ([], ["health"]):
        print("Usage: python -m worker [health]", file=sys.stderr)
        return 2
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"Livelist cannot start with these settings:\n{error}", file=sys.stderr)
        return 1
    if arguments == ["health"]:
        wrong = asyncio.run(check_health(settings))
        print(wrong or "ok", file=sys.stderr if wrong else sys.stdout)
        return 1 if wrong else 0
    set_up_logs(settings, "worker")
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
