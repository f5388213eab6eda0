"""The table of commands, and the help text made from it.

Uses the standard library only: `./livelist` reads this table before anything is installed. To add a
command, add a row here and a module with `run(arguments: list[str]) -> int`.
"""

from dataclasses import dataclass
from difflib import get_close_matches

from shared.version import VERSION


@dataclass(frozen=True)
class Command:
    """A command. `group` is what must be installed: "nothing", "runtime" or "dev" (with its tools).

    `usage` has a line for each form of the command, without its name.
    """

    name: str
    module: str
    help: str
    group: str = "runtime"
    usage: tuple[str, ...] = ("",)


COMMANDS = (
    Command("up", "console.commands.up", "start everything on this machine; Ctrl-C stops it"),
    Command("demo", "console.commands.demo", "add two accounts with example lists"),
    Command("migrate", "console.commands.migrate", "migrate the database to the newest version"),
    Command(
        "backup",
        "console.commands.backup",
        "copy the database into one file, while it is used",
        usage=("FILE",),
    ),
    Command(
        "restore",
        "console.commands.restore",
        "restore a backup into the database",
        usage=("[--replace] FILE",),
    ),
    Command(
        "admin",
        "console.commands.admin",
        "create, list, promote, disable and enable accounts",
        usage=(
            "create-user ADDRESS [--name NAME] [--role ROLE] [--invite]",
            "set-role ADDRESS ROLE",
            "disable | reset-password | reset-factors | export-user ADDRESS",
            "enable ADDRESS [--keep]",
            "delete-user ADDRESS --yes",
            "list-users [--role ROLE] [--status STATUS] [--search TEXT] [--mail-refused]",
            "audit [--user ADDRESS] [--action ACTION] [--address ADDRESS] [--limit N]",
            "audit [--since INSTANT] [--until INSTANT]",
            "mail-again ADDRESS",
            "site",
        ),
    ),
    Command(
        "jobs",
        "console.commands.jobs",
        "list and show jobs of the worker; retry or discard failed ones",
        usage=(
            "list [--state STATE] [--kind KIND] [--limit N] [--json]",
            "counts",
            "show ID [--json]",
            "retry ID... | --all [--kind KIND]",
            "discard ID... | --all [--kind KIND] [--yes]",
        ),
    ),
    Command(
        "doctor",
        "worker.doctor.doctor_command",
        "check everything that Livelist depends on",
        usage=("[--json]",),
    ),
    Command(
        "testmail",
        "worker.mail.testmail_command",
        "send a test mail to an address, and say each step",
        usage=("ADDRESS",),
    ),
    Command(
        "receive-mail",
        "worker.inbound_mail.receive_command",
        "take one mail from standard input, for the pipe of a mail server",
        usage=("--from SENDER RECIPIENT",),
    ),
    Command(
        "cleanup",
        "worker.cleanup.cleanup_command",
        "count the rows that clean-up would delete, or delete them now",
        usage=("[--dry-run] [--json]",),
    ),
    Command(
        "secret",
        "console.commands.secret",
        "print a random secret for SECRET_KEY, a password or push",
        "nothing",
        usage=("[--vapid]",),
    ),
    Command(
        "test",
        "console.commands.test",
        "run the tests; options are passed to pytest",
        "dev",
        usage=("[FILE...] [-k EXPRESSION] [options of pytest]",),
    ),
    Command(
        "migration",
        "console.commands.migration",
        "write the next migration from the changes of shared/tables",
        "dev",
        usage=("[--empty] SUMMARY",),
    ),
    Command(
        "faults",
        "console.commands.faults",
        "inject faults and check that every guarantee holds",
        "dev",
        usage=(
            "realtime | jobs [--only NAME] [--on DATABASE] [--seed N] [--minutes N] [--short | --full]",
        ),
    ),
    Command(
        "attack",
        "console.commands.attack",
        "attack a server of this machine and count what it refuses",
        "dev",
    ),
    Command(
        "check",
        "console.commands.check",
        "run lint, format, imports, types and tests: what a change must pass",
        "dev",
        usage=("[options of pytest]",),
    ),
    Command(
        "fix", "console.commands.fix", "format the code and correct simple lint mistakes", "dev"
    ),
)

HELP = """Livelist: a to-do service with live shared lists.

  ./livelist <command> [options]
  ./livelist --version

{commands}

Settings come from the environment or from .env. Another port: PORT=8001 ./livelist up
"./livelist help <command>" shows the options of a command.
"""


def answer_without_command(arguments: list[str]) -> str | None:
    """Return the text for `--help` or `--version`, or None if `arguments` are of another kind."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        return help_text()
    if arguments[0] in ("-V", "--version"):
        return f"Livelist {VERSION}\n"
    return None


def without_help(arguments: list[str]) -> list[str]:
    """Return `help NAME` as `NAME --help`, and other arguments as they are."""
    if len(arguments) > 1 and arguments[0] == "help":
        return [arguments[1], "--help"]
    return arguments


def unknown_command_text(name: str) -> str:
    """Return the message for a name that is no command, with the names nearest to it."""
    nearest = get_close_matches(name, [command.name for command in COMMANDS])
    hint = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
    return f"There is no command {name!r}.{hint}\n\n{help_text()}"


def help_text() -> str:
    """Return the short help: one line for each command."""
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"  {command.name:<{width}}  {command.help}" for command in COMMANDS]
    return HELP.format(commands="\n".join(lines))


def usage(command: Command) -> str:
    """Return the help of a command whose packages are not installed yet."""
    lines = [f"  ./livelist {command.name} {form}".rstrip() for form in command.usage]
    return "\n".join(
        (
            f"./livelist {command.name}: {command.help}.\n",
            *lines,
            "",
            "This shows more once its packages are installed, which its first use does.",
            "",
        )
    )


def find(name: str) -> Command | None:
    """Return the command of that name, or None."""
    return next((command for command in COMMANDS if command.name == name), None)
