"""What all commands share: the sign-in, the client, and how a command ends.

Exit codes: 0 done · 1 the server refused · 2 wrong usage · 3 not signed in · 4 no such list or todo, or
several · 5 the server cannot be reached · 130 interrupted · 141 the reader of a pipe has gone
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from livelist_client.cli.output import printable
from livelist_client.cli.settings import (
    Config,
    NotConfigured,
    read_config,
    write_config,
)
from livelist_client.client import Client
from livelist_client.errors import (
    Forbidden,
    LivelistError,
    NotFound,
    NotSignedIn,
    ProblemError,
    SignedOut,
    Unreachable,
)
from livelist_client.limits import Limits
from livelist_client.oauth import OAuthCredentials, OAuthSite, OAuthTokens

T = TypeVar("T")
# A person waits: they rather hear soon that the server is away. A restart takes less.
LIMITS = Limits(request_seconds=15, attempts=5, total_seconds=30)
EXIT_REFUSED, EXIT_USAGE, EXIT_SIGNED_OUT, EXIT_NOT_FOUND, EXIT_UNREACHABLE = 1, 2, 3, 4, 5
EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 130, 141


class Unclear(LivelistError):
    """No todo or list, or several of them, are what the user wrote."""


def open_client(config: Config | None = None) -> Client:
    """Return a client of the sign-in that is kept, or of `config`."""
    kept = config or read_config()
    if not kept.refresh_token:
        return Client(kept.url, kept.token, limits=LIMITS)

    def keep(tokens: OAuthTokens) -> None:
        write_config(Config(kept.url, tokens.access_token, tokens.refresh_token))

    tokens = OAuthTokens(kept.token, kept.refresh_token)
    credentials = OAuthCredentials(OAuthSite(kept.url, LIMITS), tokens, keep)
    return Client(kept.url, credentials=credentials, limits=LIMITS)


def run(work: Callable[[Client], Coroutine[Any, Any, T]]) -> T:
    """Run `work` with a client, and close the client."""

    async def main() -> T:
        async with open_client() as client:
            return await work(client)

    return asyncio.run(main())


async def read_now(client: Client) -> datetime:
    """Return the time in the zone of the account."""
    try:
        return datetime.now(ZoneInfo((await client.account.get())["time_zone"]))
    except (Forbidden, ZoneInfoNotFoundError):
        # An account that the token may not read, or a zone that this machine does not know.
        return datetime.now(UTC).astimezone()


def exit_code(error: Exception) -> int:
    """Return the exit code for an error."""
    match error:
        case NotConfigured() | NotSignedIn() | SignedOut():
            return EXIT_SIGNED_OUT
        case Unclear() | NotFound():
            return EXIT_NOT_FOUND
        case Unreachable():
            return EXIT_UNREACHABLE
    return EXIT_REFUSED


def end(error: LivelistError, *, as_json: bool) -> int:
    """Say the error in one sentence, or as JSON, and return the exit code."""
    if as_json:
        code = getattr(error, "code", None)
        text = json.dumps({"error": {"code": code, "detail": str(error)}})
        print(text, file=sys.stderr)
    else:
        lines = [printable(line) for line in _sentence(error).splitlines()]
        print("\n".join(lines), file=sys.stderr)
    return exit_code(error)


def _sentence(error: LivelistError) -> str:
    if isinstance(error, NotSignedIn):
        return f"{error} Sign in again: livelist login …"
    if isinstance(error, ProblemError):
        fields = [f"{each['field']}: {each['message']}" for each in error.problem.get("errors", ())]
        return " ".join([str(error), *fields])
    return str(error)


def leave_broken_pipe() -> int:
    """Return the exit code after the reader of standard output has gone, as `head` does."""
    # Python would complain at exit, when it flushes the rest.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_BROKEN_PIPE


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json` to a command; it is also an option of `livelist` itself."""

    def remember(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
        root = context.find_root()
        root.meta["livelist.json"] = root.meta.get("livelist.json", False) or value
        return bool(root.meta["livelist.json"])

    return click.option(
        "--json", "as_json", is_flag=True, callback=remember, help="Print JSON for programs."
    )(command)
