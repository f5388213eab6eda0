"""Runs a module under a sampling profiler: which of our functions the processor's time goes to.

    PROFILE_TO=/tmp/api.txt python -m bench.live.sampling_profiler api

From SIGUSR1 on, a signal each 4 ms of processor time notes the stack; nothing else is slowed
down, unlike under a tracing profiler. Written to PROFILE_TO when the process ends by SIGTERM.
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

# What common kernels can tell apart.
EVERY_SECONDS = 0.004
SHOWN = 45
ROOT = str(Path(__file__).resolve().parent.parent)

_inside: Counter[str] = Counter()
_under: Counter[str] = Counter()


def _name(frame: FrameType) -> str:
    path = frame.f_code.co_filename
    for cut in (ROOT + "/", "site-packages/", "lib/python3"):
        if cut in path and not (cut == ROOT + "/" and "site-packages" in path):
            path = path.rpartition(cut)[2]
    return f"{path}:{frame.f_code.co_qualname}"


def _sample(number: int, frame: FrameType | None) -> None:
    seen: set[str] = set()
    if frame is not None:
        _inside[_name(frame)] += 1
    for one in _stack(frame):
        seen.add(_name(one))
    _under.update(seen)


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    """Yields the frames, innermost first; a greenlet of SQLAlchemy's is called by its parent."""
    switcher: greenlet | None = getcurrent()
    while frame is not None:
        yield frame
        frame = frame.f_back
        while frame is None and switcher is not None:
            switcher = switcher.parent
            frame = None if switcher is None else switcher.gr_frame


def _begin(number: int, frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)


def _write() -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    total = max(1, sum(_inside.values()))
    lines = [f"{total} samples, one each {EVERY_SECONDS * 1000:.0f} ms of processor time"]
    for title, counted in (
        ("in the function itself", _inside),
        ("in it and what it calls", _under),
    ):
        lines += ["", title]
        lines += [f"{100 * n / total:6.1f} %  {name}" for name, n in counted.most_common(SHOWN)]
    Path(os.environ["PROFILE_TO"]).write_text("\n".join(lines) + "\n")


def main() -> None:
    module, sys.argv = sys.argv[1], sys.argv[1:]
    signal.signal(signal.SIGPROF, _sample)
    # uvicorn raises the signal again once it has shut down; by default nothing more would run.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    atexit.register(_write)
    signal.signal(signal.SIGUSR1, _begin)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
