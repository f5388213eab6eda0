"""Who may do what in the source. Each exception is named, with its reason."""

import ast
import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.http.dependencies import current_actor
from api.main import ROUTERS
from shared.contract.events import Event
from shared.settings import ROOT
from tests.architecture.source import DOORS, modules, uses

LONGEST_FILE = 400

# Routes that answer to anybody. A new route is not on this list unless its author means it.
PUBLIC = {
    "register", "verify_email", "resend_verification", "login", "login_with_form", "refresh",
    "forgot_password", "reset_password",
    "show_unsubscribing", "unsubscribe", "read_mail_preferences", "edit_mail_preferences",  # by token
    "logout",  # asks by itself: an expired access token will do with the refresh token beside it
}  # fmt: skip

Exceptions = dict[str, str]

READS_ENVIRONMENT: Exceptions = {
    "shared/settings/__init__.py": "it is its job",
    "console/commands/up.py": "hands its environment on to the processes it starts",
    "console/processes/broker.py": "likewise",
}
READS_TIME: Exceptions = {
    "shared/clock.py": "it is its job",
    "shared/ids.py": "ids begin with the time, and stand on the same floor",
    "console/commands/check.py": "tells how long the checks took",
    "console/commands/test.py": "tells how long the tests took",
}
MAKES_SECRETS: Exceptions = {
    "shared/ids.py": "it is its job",
    "shared/settings/secrets.py": "makes the secret of development",
    "console/processes/broker.py": "makes the password of the embedded broker",
}
COMMITS: Exceptions = {
    "shared/unit_of_work.py": "it is its job",
    "shared/resources.py": "commits the unit of work when its block ends",
    "migrations/env.py": "a migration is no work of anybody",
}
READS_POLICY: Exceptions = {
    "shared/access/policy.py": "it is the policy",
    "shared/access/gate.py": "it decides",
    "shared/lists/queries.py": "shows lists in the trash to those who may take them out",
    "shared/members/commands.py": "withdraws what somebody may no longer send",
}


def test_no_file_is_too_long_to_read() -> None:
    # A migration is written once and never edited; its length is the schema's.
    files = [path for folder in (*DOORS, "console", "tests") for path in _python(folder)]
    files += [ROOT / "livelist", *(ROOT / "web").rglob("*.js")]

    lengths = {path.relative_to(ROOT).as_posix(): path.read_text().count("\n") for path in files}

    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def _python(folder: str) -> list[Path]:
    return list((ROOT / folder).rglob("*.py"))


def test_every_file_says_what_its_job_is() -> None:
    silent = [
        module.path
        for module in modules()
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]

    assert silent == []


def test_no_file_is_a_junk_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "managers", "services"}

    assert not [module.path for module in modules() if drawers & set(module.name.split("."))]


def users_of(names: set[str], *packages: str) -> set[str]:
    return {module.path for module in modules(*packages) if uses(module, names)}


def test_only_the_settings_read_the_environment() -> None:
    assert users_of({"os.environ", "os.getenv", "pydantic_settings", "dotenv"}) == set(
        READS_ENVIRONMENT
    )


def test_only_the_clock_reads_the_time() -> None:
    times = {
        "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter",
        "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
        "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today",
    }  # fmt: skip

    assert users_of(times) == set(READS_TIME)


def test_only_ids_makes_ids_and_secrets() -> None:
    makers = {"secrets", "uuid", "os.urandom", "random.SystemRandom"}

    assert users_of(makers) == set(MAKES_SECRETS)


def test_only_the_work_commits() -> None:
    committing = {
        module.path
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("commit", "begin_nested", "sessionmaker")
    }

    assert committing == set(COMMITS)


def test_only_the_gate_decides() -> None:
    tables = {"shared.access.policy.ALLOWED", "shared.access.policy.ALLOWED_ON_SITE"}
    readers = users_of(tables) | {"shared/access/policy.py"}

    assert readers == set(READS_POLICY)


def test_only_the_contract_defines_events() -> None:
    for module in modules(*DOORS):
        importlib.import_module(module.name.removesuffix(".__main__"))

    def kinds(of: type[Event]) -> set[type[Event]]:
        return set(of.__subclasses__()).union(*map(kinds, of.__subclasses__()))

    assert {kind.__module__ for kind in kinds(Event)} == {"shared.contract.events"}


def test_nobody_uses_what_costs_or_loses() -> None:
    refused = {
        # A hundred times the cost of a pure ASGI middleware, and it breaks context variables.
        "starlette.middleware.base.BaseHTTPMiddleware",
        # Lost with the process; a job is a row.
        "fastapi.BackgroundTasks", "starlette.background.BackgroundTasks",
        # The domain's errors know no status; only the door's own files may.
        "fastapi.HTTPException",
        # Core statements on the connection of the work.
        "sqlalchemy.orm.Session", "sqlalchemy.ext.asyncio.AsyncSession",
        "sqlalchemy.orm.relationship",
    }  # fmt: skip

    assert users_of(refused) == set()


def needs_an_actor(dependant: Dependant) -> bool:
    return dependant.call is current_actor or any(map(needs_an_actor, dependant.dependencies))


ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_asks_who_is_there_or_is_public_on_purpose(route: APIRoute) -> None:
    assert needs_an_actor(route.dependant) is not (route.name in PUBLIC)


def calls_of(dependant: Dependant) -> set[Callable[..., Any]]:
    own = {dependant.call} if dependant.call else set()
    return own.union(*map(calls_of, dependant.dependencies))


def is_awaited(call: Callable[..., Any]) -> bool:
    # A function, or an object such as OAuth2PasswordBearer.
    return iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_no_route_goes_through_a_thread(route: APIRoute) -> None:
    # FastAPI calls what is not `async def` in a thread; four of them made an edit twice as slow.
    assert {call for call in calls_of(route.dependant) if not is_awaited(call)} == set()


def test_no_route_escapes_that_question() -> None:
    assert ROUTES
    assert all(isinstance(route, APIRoute) for router in ROUTERS for route in router.routes)


@pytest.mark.parametrize("package", [*DOORS, "console"])
def test_packages_are_those_of_this_folder(package: str) -> None:
    # A stray `shared` elsewhere on the path would win silently (docs/decisions/0001).
    found = importlib.util.find_spec(package)

    assert found is not None
    assert Path(found.origin or "").parent == ROOT / package


def test_the_walls_stand() -> None:
    script = Path(sys.executable).parent / "lint-imports"
    found = subprocess.run([script, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert found.returncode == 0, found.stdout
