"""Files and folders that other users of the machine must not read: the database, mails, secrets."""

import contextlib
import os
from pathlib import Path


def make_private_folder(path: Path) -> None:
    """Create the folder and its missing parents, mode 0700. A folder that exists keeps its mode.

    An operator may have opened it on purpose, as for a backup that runs as another user.
    """
    if not path.is_dir():
        make_private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def create_private_file(path: Path) -> None:
    """Create the file empty, mode 0600, unless it exists. No other user can read it at any moment."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
