"""The command `livelist`: its sub-commands, and how each ends."""

import sys

import click
from click.shell_completion import get_completion_class

from livelist_client.cli import listings, lists, sign_in, todos, watch
from livelist_client.cli.context import (
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    end,
    json_option,
    leave_broken_pipe,
)
from livelist_client.cli.output import ReaderGone
from livelist_client.errors import LivelistError
from livelist_client.version import VERSION

SHELLS = ("bash", "zsh", "fish")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="livelist")
@json_option
def cli(as_json: bool) -> None:
    """Your live to-do lists in the terminal."""


@cli.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script: eval "$(livelist completion bash)"."""
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "livelist", "_LIVELIST_COMPLETE").source())


for command in (
    sign_in.login, sign_in.logout, todos.add, listings.list_todos, lists.lists, listings.today, todos.done,
    todos.reopen, todos.edit, todos.move, todos.rm, todos.comment, watch.watch,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    as_json = "--json" in arguments
    try:
        # Answers the shell's question for completion, too, and then exits by itself.
        code = cli.main(arguments, "livelist", standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except ReaderGone:
        return leave_broken_pipe()
    except LivelistError as error:
        return end(error, as_json=as_json)
    except OSError as error:
        # The configuration cannot be written, for one.
        return end(LivelistError(f"{error.strerror or error}: {error.filename}."), as_json=as_json)
    # click returns the code of --help and --version, and None after a command.
    return code or 0


if __name__ == "__main__":
    main()
