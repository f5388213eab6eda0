"""The table of commands, and the help made from it.

Standard library only and no import of our own: the bootstrap reads this table before anything is
installed. A command is a row here and a module with `run(arguments: list[str]) -> int`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """`group` says what must be installed: "runtime", or "dev" for the tools as well."""

    name: str
    module: str
    help: str
    group: str = "runtime"


COMMANDS = (
    Command(
        "up", "console.commands.up", "start everything on this machine, and stop it with Ctrl-C"
    ),
    Command("demo", "console.commands.demo", "add two accounts and lists to look at"),
    Command("migrate", "console.commands.migrate", "bring the database to the newest version"),
    Command("admin", "console.commands.admin", "make, list, promote, disable and enable accounts"),
    Command(
        "jobs", "console.commands.jobs", "list, show, retry and discard what the worker has to do"
    ),
    Command(
        "cleanup", "worker.cleanup.dry_run", "count what clean-up would remove, or remove it now"
    ),
    Command(
        "secret", "console.commands.secret", "print a random text, for SECRET_KEY and passwords"
    ),
    Command("test", "console.commands.test", "run the tests; what follows goes to pytest", "dev"),
    Command(
        "faults", "console.commands.faults", "break things, and print whether promises hold", "dev"
    ),
    Command(
        "check",
        "console.commands.check",
        "run lint, format, imports, types and tests: what a change must pass",
        "dev",
    ),
    Command(
        "fix", "console.commands.fix", "format the code and correct simple lint mistakes", "dev"
    ),
)

HELP = """Livelist: shared to-do lists that are live.

  ./livelist <command> [options]

{commands}

Settings come from the environment or from .env; for another port: PORT=8001 ./livelist up
"""


def help_text() -> str:
    """Returns the short help: one line a command."""
    width = max(len(command.name) for command in COMMANDS)
    return HELP.format(commands="\n".join(f"  {one.name:<{width}}  {one.help}" for one in COMMANDS))


def find(name: str) -> Command | None:
    """Returns the command of that name, or None."""
    return next((command for command in COMMANDS if command.name == name), None)
