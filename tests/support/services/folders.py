"""Temporary folders of servers, and the sweeping of those a killed run left behind."""

import os
import shutil
import tempfile
from pathlib import Path

from tests.support.services.processes import is_alive


def temporary_folder(kind: str) -> Path:
    """Returns a new empty folder; folders of the same kind whose process is gone are removed."""
    prefix = f"livelist-{kind}-"
    for old in Path(tempfile.gettempdir()).glob(prefix + "*"):
        owner = old.name.removeprefix(prefix).partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))
