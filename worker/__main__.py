"""Run the worker: `python -m worker`.

`python -m worker health` exits with 0 while a worker of this machine is alive. Health checks that run
often read WORKER_HEARTBEAT_PATH instead. `./livelist jobs` shows what the worker has to do.
"""

import asyncio
import sys

from shared.database.errors import DatabaseError
from shared.host import open_files
from shared.jobs import queue
from shared.logs import configure_logging
from shared.resources import open_resources
from shared.settings import Settings, SettingsError, load_settings, misspelled_settings
from worker.event_loop import new_event_loop
from worker.liveness import host_name
from worker.main import serve

__all__ = ["serve"]

# Shorter than the usual time limit of a health check, so that the reason of a failure is printed.
HEALTH_CHECK_SECONDS = 8


async def check_health(settings: Settings) -> tuple[str, int]:
    """Return "ok" and 0 if a worker of this machine was alive within 35 s, else the reason and 1."""
    try:
        async with (
            asyncio.timeout(HEALTH_CHECK_SECONDS),
            open_resources(settings) as resources,
            resources.begin_read() as read,
        ):
            is_alive = await queue.is_worker_alive(read, host_name())
    except (DatabaseError, OSError, TimeoutError) as error:
        return f"the database does not answer: {str(error) or type(error).__name__}", 1
    return ("ok", 0) if is_alive else ("no worker of this machine has been seen for 35 s", 1)


def main(arguments: list[str]) -> int:
    """Run the worker or the health check; return the exit code."""
    if arguments not in ([], ["health"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"Livelist cannot start with these settings:\n{error}", file=sys.stderr)
        return 1
    if arguments:
        answer, code = asyncio.run(check_health(settings))
        print(answer, file=sys.stderr if code else sys.stdout)
        return code
    configure_logging(settings.logs, "worker", misspelled_settings())
    open_files.raise_and_log_limit(clients=0)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
