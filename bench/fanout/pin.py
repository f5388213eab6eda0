"""Becomes another program that runs on one core alone: `python -I -S pin.py CORE PROGRAM …`.

A wrapper and not a preexec_fn: Python between fork and exec can deadlock.
"""

import os
import sys

if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(sys.argv[1])})
    os.execvp(sys.argv[2], sys.argv[2:])
