"""pytest plugin: start Postgres and a broker once a run, before the xdist workers start.

    LIVELIST_TEST_POSTGRES_URL   postgresql+asyncpg://… of the administrator, database `postgres`
    LIVELIST_TEST_REDIS_URL      redis://… without a database number

The workers inherit these variables. If a server cannot be started, the reason is in the same name
with _ERROR, and the tests that use it fail with the reason: a silent skip would look like a pass.
LIVELIST_TEST_POSTGRES and LIVELIST_TEST_REDIS name servers to use instead of starting them.

Fixtures: `postgres_admin_url`, `redis_url` (a database number for each xdist worker).
"""

import os
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.support.services import postgres, valkey

POSTGRES_URL = "LIVELIST_TEST_POSTGRES_URL"
REDIS_URL = "LIVELIST_TEST_REDIS_URL"

_started = pytest.StashKey[ExitStack]()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers first: xdist starts its workers in this hook, with our environment."""
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    # Many container images set it. Without bytecode each process that a test starts compiles 1,500
    # modules: 1.5 to 2 s.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # On the main thread: the kernel kills a child with the thread that started it.
    config.stash[_started] = stack = ExitStack()
    _provide(POSTGRES_URL, "LIVELIST_TEST_POSTGRES", _start_postgres, stack)
    _provide(REDIS_URL, "LIVELIST_TEST_REDIS", _start_valkey, stack)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers last, after every xdist worker has ended."""
    stack = config.stash.get(_started, None)
    if stack is not None:
        stack.close()


def _provide(name: str, given: str, start: Callable[[ExitStack], str], stack: ExitStack) -> None:
    """Set `name` to the address of the server, or `name`_ERROR to the reason why there is none."""
    os.environ.pop(name, None)
    os.environ.pop(name + "_ERROR", None)
    stack.callback(os.environ.pop, name, None)
    stack.callback(os.environ.pop, name + "_ERROR", None)
    try:
        os.environ[name] = _async_url(os.environ.get(given, "")) or start(stack)
    except (postgres.NoPostgresError, valkey.NoValkeyError, OSError) as error:
        os.environ[name + "_ERROR"] = str(error)


def _async_url(url: str) -> str:
    """Return the address with our driver, asyncpg, where it says postgres:// or postgresql://."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+asyncpg://" + url.removeprefix(scheme)
    return url.rstrip("/")


def _start_postgres(stack: ExitStack) -> str:
    server = postgres.start()
    stack.callback(server.stop)
    return server.url


def _start_valkey(stack: ExitStack) -> str:
    server = valkey.Valkey()
    stack.callback(server.close)
    server.start()
    return server.url


def _read_url(name: str) -> str:
    url = os.environ.get(name)
    if url is None:
        pytest.fail(os.environ.get(name + "_ERROR", f"{name} is not set"), pytrace=False)
    return url


@pytest.fixture(scope="session")
def postgres_admin_url() -> str:
    """Return the administrator's address of the Postgres of this run, database `postgres`."""
    return _read_url(POSTGRES_URL)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Return the address of the broker, with a database number that no other worker uses.

    Worker gw0 has database 1, gw1 has 2, and so on; a run without workers has 0.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    number = int(worker.removeprefix("gw")) + 1 if worker.startswith("gw") else 0
    return f"{_read_url(REDIS_URL)}/{number}"
