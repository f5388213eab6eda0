"""API and worker in one process, for a machine that has no broker at all (REDIS_URL=memory://).

The in-process broker lives in this process' memory, so both doors must. The only module of the
console that reaches the doors: it asks each for `async def serve(settings) -> None` in its
`__main__`, which returns when it was told to stop by a signal.
"""

import asyncio
import importlib
import sys

from shared.settings import SettingsError, load_settings


async def serve() -> None:
    """Both doors run until one of them ends, which ends the other."""
    settings = load_settings()
    # By name: the console's walls allow the doors here, and nowhere at import.
    tasks = [
        asyncio.create_task(importlib.import_module(module).serve(settings), name=module)
        for module in ("api.__main__", "worker.__main__")
    ]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
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
