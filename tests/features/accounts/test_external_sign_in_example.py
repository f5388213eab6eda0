"""The example of docs/external-sign-in.md runs."""

import asyncio
import json
import re
import sys

from shared.resources import Resources
from shared.settings import ROOT, Settings
from tests.support.api_server import served
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.issuer import Issuer
from tests.support.settings import changed_settings

# Starting Python and its imports takes a second on an idle machine.


async def test_the_example_signs_in_and_receives_an_event(
    settings: Settings, resources: Resources
) -> None:
    page = (ROOT / "docs/external-sign-in.md").read_text()
    example = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]

    async with Issuer() as issuer:
        trusting = changed_settings(settings, trusted_issuers=json.dumps([issuer.setting()]))
        async with served(trusting) as node:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", example,
                env={"LIVELIST_URL": node.url, "LIVELIST_JWT": issuer.token()},
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            async with asyncio.timeout(DEADLINE_SECONDS):
                output, errors = await process.communicate()

    assert errors.decode() == ""
    assert output.decode().splitlines() == ["signed in as Ana", "received Milk"]
