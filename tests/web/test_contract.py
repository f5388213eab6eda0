"""The web client and the contract agree on events and close codes."""

from pathlib import Path

from api.openapi.asyncapi import document
from shared.contract.events import EVENTS
from shared.contract.frames import CLOSES
from tests.support.web.deno import evaluate


async def test_the_reducer_is_tested_with_every_event_as_the_contract_sends_it(
    deno_cache: Path,
) -> None:
    cases = await evaluate(
        deno_cache, "tests/web/unit/support/event_cases.js", "module.EVENT_CASES"
    )

    assert set(cases) == set(EVENTS)
    for event, (data, _) in cases.items():
        assert EVENTS[event].model_validate(data).model_dump(mode="json") == data, event


async def test_the_reducer_has_a_case_for_every_event_and_no_other(deno_cache: Path) -> None:
    cases = await evaluate(deno_cache, "web/sync/reducer.js", "Object.keys(module.CASES)")

    assert set(cases) == set(EVENTS)


async def test_the_client_obeys_every_close_code(deno_cache: Path) -> None:
    closes = document()["channels"]["socket"]["x-close-codes"]
    codes = [close["code"] for close in closes]

    orders = await evaluate(
        deno_cache, "web/sync/backoff.js", "input.map((code) => module.closeOrder(code))", codes
    )

    assert len(closes) > len(CLOSES)
    for close, order in zip(closes, orders, strict=True):
        stops = order["action"] in ("stop", "sign-in")
        assert stops is not close["reconnect"], close
        assert not stops or order.get("text"), "a page that stops says why"
