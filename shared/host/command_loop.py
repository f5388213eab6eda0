"""Run a command to its end without waiting for threads that hang.

`asyncio.run`, and Python at its end, wait for every thread of the pool in which getaddrinfo runs. It
cannot be cancelled and takes up to half a minute where no name server answers.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_THREADS = "livelist-command"
# Threads that do nothing end within microseconds; all of them together wait no longer than this.
JOIN_SECONDS = 0.2


class _CommandLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(thread_name_prefix=_THREADS)
        self.set_default_executor(self._pool)

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def run_command(main: Coroutine[Any, Any, int]) -> int:
    """Return the exit code of `main`, or end this process with it if a thread still hangs."""
    with asyncio.Runner(loop_factory=_CommandLoop) as runner:
        code = runner.run(main)
    for thread in threading.enumerate():
        if thread.name.startswith(_THREADS):
            thread.join(JOIN_SECONDS)
            if thread.is_alive():
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
    return code
