"""The number of files, sockets included, that the kernel lets this process have open.

Many systems start a process with 1,024. Beyond the limit no connection is accepted and none to the
database can be opened.
"""

import contextlib
import logging
import resource

# What a process opens besides its clients: up to 100 connections to the database and as many to its
# replica, 50 to Redis and to each node of a cluster, pushes, files.
RESERVED_FILES = 500
# Connections of an API process, WebSockets included. Twenty thousand take half a gigabyte: better a 503
# for the next one than the kernel killing the process for all.
API_CONNECTIONS = 20_000

log = logging.getLogger(__name__)


def allowed_files() -> int:
    """Return how many files this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _number(soft)


def possible_files() -> int:
    """Return the limit to which a process of this user may raise its own."""
    return _number(resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def accepted_connections(allowed: int) -> int:
    """Return how many connections fit into `allowed` files: those for database and broker stay free."""
    return max(allowed - RESERVED_FILES, allowed // 2)


def raise_limit() -> int:
    """Raise the limit to what an ordinary user may have. Return it. Never raises an error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _number(soft) < _number(hard):
        # Refused where the kernel has a lower bound of its own, as on macOS.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return allowed_files()


def raise_and_log_limit(clients: int) -> None:
    """Raise the limit and log it; warn if it is below `clients` and RESERVED_FILES together."""
    allowed, needed = raise_limit(), clients + RESERVED_FILES
    log.info("may open %d files", allowed)
    if allowed < needed:
        log.warning(
            "may open %d files, and %d are needed for everything that docs/operations.md promises: raise "
            "the hard limit (LimitNOFILE of systemd, ulimits of Compose, `ulimit -Hn`) to %d",
            allowed, needed, needed,
        )  # fmt: skip


def _number(limit: int) -> int:
    # The largest number that a file descriptor can be, where there is no limit.
    return 2**31 - 1 if limit == resource.RLIM_INFINITY else limit
