"""The session in docs/command-line.md is what the command prints."""

import re
import shlex
from pathlib import Path

import pytest

from shared.settings import ROOT
from tests.clients.python.conftest import Account
from tests.support.clients.command_line import Terminal

PAGE = ROOT / "docs/command-line.md"
COMMAND = "$ livelist "
ID = re.compile(
    r"^(added  |edited  |done  |reopened  )?([0-9a-hjkmnp-tv-z]{6})(?=  [○✓])", re.MULTILINE
)


def with_ids_by_number(text: str) -> str:
    """Replace each short id by the order in which it appears first."""
    numbers: dict[str, int] = {}
    return ID.sub(
        lambda found: f"{found[1] or ''}id{numbers.setdefault(found[2], len(numbers))}", text
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_documented_session_is_what_the_command_prints(
    account: Account, tmp_path: Path
) -> None:
    page = PAGE.read_text()
    session = page.split("<!-- session -->\n```\n")[1].split("```\n<!-- end of session -->")[0]
    terminal = Terminal(
        tmp_path, {"LIVELIST_URL": account.server.url, "LIVELIST_TOKEN": account.token.text}
    )
    async with account.client() as client:
        await client.lists.delete(account.list_id)  # the session makes its own

    printed = ""
    for line in session.splitlines():
        if line.startswith(COMMAND):
            ended = await terminal.run(*shlex.split(line.removeprefix(COMMAND)))
            printed += f"{line}\n{ended.output}{ended.errors}"

    assert with_ids_by_number(printed) == with_ids_by_number(session)
