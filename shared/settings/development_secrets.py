"""Secrets that a development machine makes for itself, one file each in DATA_DIR."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from shared.settings.private_files import create_private_file, make_private_folder


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in the file `path`, which is created with `make()` where it is missing."""
    if not path.exists():
        make_private_folder(path.parent)
        # Written to a file of this process and linked to its name: API and worker, started
        # together, agree on the first one, and neither can read half a secret.
        own = path.with_suffix(f".{os.getpid()}")
        create_private_file(own)
        own.write_text(make())
        with contextlib.suppress(FileExistsError):
            os.link(own, path)
        own.unlink()
    return path.read_text()
