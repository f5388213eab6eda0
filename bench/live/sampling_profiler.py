"""Run a module under a sampling profiler, to see which functions use processor time.

    PROFILE_TO=/tmp/api.txt python -m bench.live.sampling_profiler api

After SIGUSR1, a signal for every 4 ms of processor time records the stack. Unlike a tracing profiler
it slows nothing else down. The report is written to PROFILE_TO when SIGTERM ends the process.
"""

import atexit
import os
import runpy
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from greenlet import getcurrent, greenlet

# The resolution of common kernels.
INTERVAL_SECONDS = 0.004
TOP_FUNCTIONS = 45
ROOT = str(Path(__file__).resolve().parents[2])

_own_time: Counter[str] = Counter()
_total_time: Counter[str] = Counter()


def _name(frame: FrameType) -> str:
    path = frame.f_code.co_filename
    for prefix in (ROOT + "/", "site-packages/", "lib/python3"):
        if prefix in path and not (prefix == ROOT + "/" and "site-packages" in path):
            path = path.rpartition(prefix)[2]
    return f"{path}:{frame.f_code.co_qualname}"


def _sample(number: int, frame: FrameType | None) -> None:
    names: set[str] = set()
    if frame is not None:
        _own_time[_name(frame)] += 1
    for caller in _stack(frame):
        names.add(_name(caller))
    _total_time.update(names)


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the frames, innermost first, and go on from a greenlet of SQLAlchemy to its parent."""
    switcher: greenlet | None = getcurrent()
    while frame is not None:
        yield frame
        frame = frame.f_back
        while frame is None and switcher is not None:
            switcher = switcher.parent
            frame = None if switcher is None else switcher.gr_frame


def _start(number: int, frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)


def _write() -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    total = max(1, sum(_own_time.values()))
    lines = [f"{total} samples, one every {INTERVAL_SECONDS * 1000:.0f} ms of processor time"]
    for title, counted in (
        ("in the function itself", _own_time),
        ("in it and what it calls", _total_time),
    ):
        lines += ["", title]
        lines += [
            f"{100 * n / total:6.1f} %  {name}" for name, n in counted.most_common(TOP_FUNCTIONS)
        ]
    Path(os.environ["PROFILE_TO"]).write_text("\n".join(lines) + "\n")


def main() -> None:
    module, sys.argv = sys.argv[1], sys.argv[1:]
    signal.signal(signal.SIGPROF, _sample)
    # uvicorn raises the signal again after its shutdown. The default action would skip atexit.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    atexit.register(_write)
    signal.signal(signal.SIGUSR1, _start)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
