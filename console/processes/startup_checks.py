"""Checks before anything is started: no other `up` uses the data folder, and the port is free."""

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterator

from shared.settings import Settings
from shared.settings.private_files import make_private_folder


class CannotStartError(Exception):
    """The reason why nothing was started, in one sentence that says what to do."""


@contextlib.contextmanager
def lock_data_dir(settings: Settings) -> Iterator[None]:
    """Hold an exclusive lock on DATA_DIR/up.lock; the kernel releases it however we end.

    Raise CannotStartError if another process has the lock or the folder cannot be written.
    """
    path = settings.data_dir / "up.lock"
    try:
        make_private_folder(settings.data_dir)
        file = path.open("a+")
    except OSError as error:
        raise CannotStartError(
            f"The data folder {settings.data_dir} cannot be written ({error.strerror}): "
            "choose another with DATA_DIR=... ./livelist up"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotStartError(
                f"Livelist is already running on {settings.data_dir} ({file.read().strip()}): "
                "stop it there with Ctrl-C, or start another with "
                f"DATA_DIR=./data2 PORT={settings.web.port + 1} ./livelist up"
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, {settings.web.public_url}")
        file.flush()
        yield


def check_port_is_free(settings: Settings) -> None:
    """Raise CannotStartError, with a way out, if nothing can listen on HOST and PORT."""
    family = socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET
    with socket.socket(family) as probe:
        # As uvicorn does: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.web.host, settings.web.port))
        except OSError as error:
            raise CannotStartError(_explain_bind_error(settings, error)) from error


def _explain_bind_error(settings: Settings, error: OSError) -> str:
    other = settings.web.port + 1 if settings.web.port >= 1024 else 8000
    way_out = f"choose another with PORT={other} ./livelist up"
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.web.port} is in use by another program: {way_out}"
    if error.errno == errno.EACCES:
        return f"Port {settings.web.port} is reserved for the administrator: {way_out}"
    return (
        f"Livelist cannot listen on {settings.web.host}:{settings.web.port} ({error}): check HOST"
    )
