"""Each function of administrators is a REST route and a command, as docs/administration.md says."""

import argparse
import re

from api.main import ROUTERS
from console.commands import admin, jobs
from shared.settings import ROOT

PAGE = ROOT / "docs" / "administration.md"
CLIENT = ROOT / "web" / "views" / "pages" / "admin"
# Commands without subcommands; the second row is the reader's own route, which sends the test mail.
PLAIN_COMMANDS = {"doctor", "testmail"}
_ROW = re.compile(
    r"^\| (?P<function>[^|`]+) \| `(?P<route>[A-Z]+ /[^`]+)`[^|]* \| (?P<commands>[^|]+) \|$"
)

_PATH_IN_CLIENT = re.compile(r"call\(\s*'[A-Z]+',\s*['`](/[^'`]*)['`]")


def table() -> list[tuple[str, str, list[str]]]:
    """Return function, route and commands of each row."""
    rows = map(_ROW.match, PAGE.read_text().splitlines())
    return [
        (row["function"], row["route"], re.findall(r"`([^`]+)`", row["commands"]))
        for row in rows
        if row is not None
    ]


def routes() -> set[str]:
    return {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        for method in getattr(route, "methods", ())
        if hasattr(route, "path")
    }


def subcommands(name: str, parser: argparse.ArgumentParser) -> set[str]:
    actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return {f"{name} {command}" for action in actions for command in action.choices}


def test_every_route_of_the_administration_is_in_the_table_and_every_row_is_a_route() -> None:
    named = {route for _, route, _ in table()}

    of_administrators = {route for route in routes() if " /admin/" in route}
    assert of_administrators != set()
    assert of_administrators - named == set()
    assert named - routes() == set()


def test_every_command_of_the_table_exists_and_every_command_on_accounts_and_jobs_is_in_it() -> (
    None
):
    known = subcommands("admin", admin._parser()) | subcommands("jobs", jobs._parser())
    named = {command for _, _, commands in table() for command in commands}

    assert named - known - PLAIN_COMMANDS == set()
    # They have no counterpart: one job in full with its ids, and all data of a user for the operator.
    assert known - named == {"jobs show", "admin export-user"}


def test_each_request_of_the_client_is_a_route_of_the_table() -> None:
    named = {route.partition(" ")[2] for _, route, _ in table()}
    sent = {
        re.sub(r"\$\{[^}]*\}", "{}", path).partition("?")[0]
        for file in CLIENT.glob("*.js")
        for path in _PATH_IN_CLIENT.findall(file.read_text())
    }
    known = {re.sub(r"\{[^}]*\}", "{}", path) for path in named}
    assert sent, "the requests are in other files now"
    assert sent - known == set()
