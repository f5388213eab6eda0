"""Starts Postgres and the broker once a run, in the process that starts the xdist workers.

    LIVELIST_TEST_POSTGRES_URL   postgresql+asyncpg://… of the administrator, database `postgres`
    LIVELIST_TEST_REDIS_URL      redis://… without a database number

The workers inherit these. A service that cannot be had leaves its reason in the same name with
_ERROR, and the tests that ask for it fail with it: a silent skip would look like a pass.
LIVELIST_TEST_POSTGRES and LIVELIST_TEST_REDIS name servers to use instead of starting ours.

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
    """First of all: xdist starts its workers in this hook, and they copy the environment."""
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    # On the main thread: the leash watches the thread that started the child.
    config.stash[_started] = stack = ExitStack()
    _provide(POSTGRES_URL, "LIVELIST_TEST_POSTGRES", _start_postgres, stack)
    _provide(REDIS_URL, "LIVELIST_TEST_REDIS", _start_valkey, stack)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """After every worker has ended."""
    stack = config.stash.get(_started, None)
    if stack is not None:
        stack.close()


def _provide(name: str, given: str, begin: Callable[[ExitStack], str], stack: ExitStack) -> None:
    """The environment says where the service is, or why it is not."""
    os.environ.pop(name, None)
    os.environ.pop(name + "_ERROR", None)
    stack.callback(os.environ.pop, name, None)
    stack.callback(os.environ.pop, name + "_ERROR", None)
    try:
        os.environ[name] = _async_url(os.environ.get(given, "")) or begin(stack)
    except (postgres.NoPostgresError, valkey.NoValkeyError, OSError) as error:
        os.environ[name + "_ERROR"] = str(error)


def _async_url(url: str) -> str:
    """People write postgres:// or postgresql://; our driver is asyncpg."""
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


def _given(name: str) -> str:
    url = os.environ.get(name)
    if url is None:
        pytest.fail(os.environ.get(name + "_ERROR", f"{name} is not set"), pytrace=False)
    return url


@pytest.fixture(scope="session")
def postgres_admin_url() -> str:
    """The administrator's address of the run's Postgres, database `postgres`."""
    return _given(POSTGRES_URL)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The broker, with a database number no other xdist worker uses: gw0 has 1; none has 0."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    number = int(worker.removeprefix("gw")) + 1 if worker.startswith("gw") else 0
    return f"{_given(REDIS_URL)}/{number}"
