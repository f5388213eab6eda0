"""The example of the README, run as a reader would run it."""

import asyncio
import os
import re
import sys

from shared.settings import ROOT
from tests.clients.python.conftest import Account
from tests.support.deadlines import DEADLINE_SECONDS

README = ROOT / "clients/python/README.md"
SOURCE = ROOT / "clients/python/src"
OUTPUT = """\
refused: invalid
['Book the night train', 'Pack']
new: Water the plants
"""


async def test_the_example_of_the_readme_runs(account: Account) -> None:
    found = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    environment = {
        **os.environ,
        "PYTHONPATH": str(SOURCE),
        "LIVELIST_URL": account.server.url,
        "LIVELIST_TOKEN": account.token.text,
    }

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", found[1], env=environment, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await process.communicate()

    assert output.decode() == OUTPUT
