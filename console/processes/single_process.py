"""Run API and worker in one process, for a machine without any broker (REDIS_URL=memory://).

The in-memory broker lives in the memory of this process, so both must run in it. This is the only
module of the console that reaches `api` and `worker`: the `__main__` of each has an
`async def serve(settings) -> None` that returns when a signal has asked it to stop.
"""

import asyncio
import importlib
import sys

from shared.logs import configure_logging
from shared.settings import SettingsError, load_settings, misspelled_settings


async def serve() -> None:
    """Run API and worker until one of them ends, then stop the other."""
    settings = load_settings()
    configure_logging(settings.logs, "livelist", misspelled_settings())
    # By name, at run time: the import contracts forbid the console to import them.
    tasks = [
        asyncio.create_task(importlib.import_module(module).serve(settings), name=module)
        for module in ("api.__main__", "worker.__main__")
    ]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


def main() -> int:
    try:
        asyncio.run(serve())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
