"""Temporary folders of test servers; folders that a killed run has left are removed."""

import os
import shutil
import tempfile
from pathlib import Path

from tests.support.services.processes import is_alive


def temporary_folder(kind: str) -> Path:
    """Return a new empty folder. Removes folders of the same kind whose process has ended."""
    prefix = f"livelist-{kind}-"
    for old in Path(tempfile.gettempdir()).glob(prefix + "*"):
        owner = old.name.removeprefix(prefix).partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))
