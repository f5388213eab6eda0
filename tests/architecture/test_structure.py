"""Rules of the source code. Every exception is listed with its reason."""

import ast
import importlib
import importlib.util
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.http.api_tokens.basic_token import basic_token_actor
from api.http.dependencies import current_actor
from api.main import CALDAV, MCP, ROUTERS
from api.mcp.authentication import mcp_actor
from api.routes.account.personal_data import leaving_actor
from shared.contract.events import Event
from shared.settings import ROOT
from tests.architecture.source import SERVICE_PACKAGES, modules, used_names

MAX_FILE_LINES = 400
MAX_FOLDER_FILES = 20

# Routes that need no authentication. A new route needs it unless its author adds the route here.
PUBLIC = {
    "register", "verify_email", "resend_verification", "login", "login_with_form", "answer_challenge",
    "refresh", "forgot_password", "reset_password", "begin_passkey_sign_in", "begin_passkey_step",
    "sign_in_with_passkey",
    "preview_invitation", "open_share_link", "join_by_share_link", "read_calendar_feed",  # by token
    "show_unsubscribing", "unsubscribe", "read_mail_preferences", "edit_mail_preferences",  # by token
    "read_site",  # for visitors
    "start_provider_sign_in", "finish_provider_sign_in",  # finishing authenticates where it links
    "log_out_by_provider",  # by the signature of its token
    "logout",  # authenticates by itself: an expired access token is enough with a refresh token
}  # fmt: skip

Exceptions = dict[str, str]

READS_ENVIRONMENT: Exceptions = {
    "shared/settings/__init__.py": "its purpose",
    "console/commands/up.py": "passes its environment to the processes that it starts",
    "console/processes/broker.py": "passes its environment to the broker",
}
READS_TIME: Exceptions = {
    "shared/clock.py": "its purpose",
    "shared/ids.py": "ids begin with the time; shared/clock.py is in the same layer",
    "console/commands/check.py": "shows how long the checks took",
    "console/commands/test.py": "shows how long the tests took",
}
MAKES_SECRETS: Exceptions = {
    "shared/ids.py": "its purpose",
    "shared/settings/secrets.py": "makes the secret of development",
    "console/processes/broker.py": "makes the password of the embedded broker",
}
COMMITS: Exceptions = {
    "shared/unit_of_work.py": "its purpose",
    "shared/resources.py": "commits the unit of work when its block ends",
    "console/backup/postgres_copy.py": "drops tables before a restore",
    "console/schema/migration_lock.py": "ends the statement that asks for the lock",
    "console/schema/upgrade.py": "a migration is no command",
}
READS_POLICY: Exceptions = {
    "shared/access/policy.py": "is the policy",
    "shared/access/gate.py": "decides",
    "shared/lists/queries.py": "shows lists in the trash to users who may restore them",
    "api/openapi/typescript_types.py": "writes the table for the web client, which offers what is allowed",
    "shared/members/commands.py": "withdraws invitations that their sender may no longer send",
}


def test_no_file_is_longer_than_400_lines() -> None:
    # Migrations are left out: a migration is as long as the schema, and is never edited.
    files = [path for folder in (*SERVICE_PACKAGES, "console", "tests") for path in _python(folder)]
    files += [ROOT / "livelist", *(ROOT / "web").rglob("*.js")]

    lengths = {path.relative_to(ROOT).as_posix(): path.read_text().count("\n") for path in files}

    assert {path: length for path, length in lengths.items() if length > MAX_FILE_LINES} == {}


def _python(folder: str) -> list[Path]:
    return list((ROOT / folder).rglob("*.py"))


def test_no_folder_holds_more_than_20_files() -> None:
    files = [
        path
        for folder in (*SERVICE_PACKAGES, "console", "web")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    ]

    counts = Counter(path.parent.relative_to(ROOT).as_posix() for path in files)

    assert {folder: count for folder, count in counts.items() if count > MAX_FOLDER_FILES} == {}


def test_every_file_has_a_docstring() -> None:
    undocumented = [
        module.path
        for module in modules()
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]

    assert undocumented == []


def test_no_module_has_a_name_without_meaning() -> None:
    names = {"utils", "util", "helpers", "helper", "common", "misc", "managers", "services"}

    assert not [module.path for module in modules() if names & set(module.name.split("."))]


def users_of(names: set[str], *packages: str) -> set[str]:
    return {module.path for module in modules(*packages) if used_names(module, names)}


def test_only_the_settings_read_the_environment() -> None:
    assert users_of({"os.environ", "os.getenv", "pydantic_settings", "dotenv"}) == set(
        READS_ENVIRONMENT
    )


def test_only_one_module_authenticates_from_the_cache_of_actors() -> None:
    users = {module.path for module in modules() if ".actor_cache" in module.text}

    # A second one once took a cached API token for a session. The resources only remove.
    assert users == {
        "shared/accounts/authentication/credentials.py",
        "shared/resources.py",
    }


def test_only_dependencies_of_routes_accept_more_than_sessions() -> None:
    users = {module.path for module in modules() if "accepts=" in module.text}

    assert users == {
        "api/http/dependencies.py",
        "api/http/api_tokens/basic_token.py",
        "api/mcp/authentication.py",
    }


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


def test_only_the_unit_of_work_commits() -> None:
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


def test_only_the_gate_asks_for_the_memberships_of_a_caller() -> None:
    # gate.IS_READER also leaves out the lists that an API token does not reach.
    askers = {
        module.path
        for module in modules("shared", "realtime", "api")
        if 'MemberRow.user_id == bindparam("reader")' in module.text
    }

    assert askers == {"shared/access/gate.py"}


def test_only_the_contract_defines_events() -> None:
    for module in modules(*SERVICE_PACKAGES):
        importlib.import_module(module.name.removesuffix(".__main__"))

    def subclasses(event: type[Event]) -> set[type[Event]]:
        return set(event.__subclasses__()).union(*map(subclasses, event.__subclasses__()))

    assert {event.__module__ for event in subclasses(Event)} == {
        "shared.contract.events",
        "shared.contract.own_lists.events",
    }


def test_slow_or_unsafe_library_features_are_not_used() -> None:
    unwanted = {
        # Costs a hundred times a pure ASGI middleware, and breaks context variables.
        "starlette.middleware.base.BaseHTTPMiddleware",
        # A background task is lost with the process; a job is a row.
        "fastapi.BackgroundTasks", "starlette.background.BackgroundTasks",
        # Errors of the domain know no status; api/http/problems.py maps them.
        "fastapi.HTTPException",
        # Statements are SQLAlchemy Core, on the connection of the unit of work.
        "sqlalchemy.orm.Session", "sqlalchemy.ext.asyncio.AsyncSession",
        "sqlalchemy.orm.relationship",
    }  # fmt: skip

    assert users_of(unwanted) == set()


def needs_actor(dependant: Dependant) -> bool:
    authenticates = dependant.call in (current_actor, leaving_actor)
    return authenticates or any(map(needs_actor, dependant.dependencies))


ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_authenticates_or_is_listed_as_public(route: APIRoute) -> None:
    assert needs_actor(route.dependant) is not (route.name in PUBLIC)


def _needs_token(dependant: Dependant) -> bool:
    is_token = dependant.call in (basic_token_actor, mcp_actor)
    return is_token or any(map(_needs_token, dependant.dependencies))


def test_every_route_of_calendar_apps_needs_an_api_token() -> None:
    routes = [route for router in (*CALDAV, *MCP) for route in router.routes]

    public = {
        route.name
        for route in routes
        if isinstance(route, APIRoute) and not _needs_token(route.dependant)
    }
    assert len(routes) > 30
    # They say only that there is CalDAV here: clients ask before they send a password.
    assert public == {"redirect_to_root", "options", "options_site", "help_text"}


def test_every_route_is_checked() -> None:
    assert ROUTES
    assert all(isinstance(route, APIRoute) for router in ROUTERS for route in router.routes)


@pytest.mark.parametrize("package", [*SERVICE_PACKAGES, "console"])
def test_packages_are_imported_from_this_repository(package: str) -> None:
    # Another `shared` earlier on the path would be imported silently (docs/decisions/0001).
    found = importlib.util.find_spec(package)

    assert found is not None
    assert Path(found.origin or "").parent == ROOT / package


def test_import_contracts_are_kept() -> None:
    script = Path(sys.executable).parent / "lint-imports"
    found = subprocess.run([script, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert found.returncode == 0, found.stdout
