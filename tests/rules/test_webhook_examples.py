"""The examples in docs/webhooks.md that verify a signature accept what the library signs."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from shared.settings import ROOT
from tests.support.web.deno import run_deno

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"type":"event","title":"Brötchen"}'
# Name, seconds since it was signed, body, and whether it is accepted.
CASES = [
    ("signed now", 0, BODY, True),
    ("too old", 400, BODY, False),
    ("changed", 0, BODY.replace("event", "evil"), False),
]


def _example(language: str) -> str:
    page = (ROOT / "docs/webhooks.md").read_text()
    found = re.search(rf"```{language}\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


def _headers(age: int) -> dict[str, str]:
    at = int(time.time()) - age
    signature = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(at, UTC), BODY)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,bm9uZQ== {signature}",
    }


@pytest.mark.parametrize(("name", "age", "body", "is_accepted"), CASES)
def test_the_python_example_verifies(name: str, age: int, body: str, is_accepted: bool) -> None:
    scope: dict[str, Any] = {}
    exec(_example("python"), scope)

    assert scope["verify"](SECRET, _headers(age), body.encode()) is is_accepted, name


async def test_the_javascript_example_verifies(tmp_path: Path) -> None:
    cases = [[SECRET, _headers(age), body] for _, age, body, _ in CASES]
    program = tmp_path / "verify.mjs"
    program.write_text(
        f"{_example('javascript')}\nconst cases = {json.dumps(cases)};\n"
        "console.log(JSON.stringify(cases.map((each) => verify(...each))));\n"
    )

    code, output = await run_deno(tmp_path, "run", str(program))

    assert (code, json.loads(output)) == (0, [case[3] for case in CASES])
