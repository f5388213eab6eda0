"""Run another program on one core: `python -I -S pin.py CORE PROGRAM …`.

It is a wrapper instead of a preexec_fn, because Python code between fork and exec can deadlock.
"""

import os
import sys

if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(sys.argv[1])})
    os.execvp(sys.argv[2], sys.argv[2:])
