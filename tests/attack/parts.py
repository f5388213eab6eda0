"""The parts of the attack, in the order in which they run: the last one searches what the others got."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.clock import monotonic
from tests.attack import (
    caldav_requests,
    canary_secrets,
    foreign_ids,
    json_corpus,
    mcp_requests,
    openapi_requests,
    raw_requests,
    socket_frames,
)
from tests.attack.sign_in import part as sign_in
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    name: str
    run: Callable[[Target, Tally], Awaitable[None]]


PARTS = (
    Part("openapi-requests", openapi_requests.run),
    Part("json-corpus", json_corpus.run),
    Part("socket-frames", socket_frames.run),
    Part("foreign-ids", foreign_ids.run),
    Part("raw-requests", raw_requests.run),
    Part("caldav-requests", caldav_requests.run),
    Part("mcp-requests", mcp_requests.run),
    Part("sign-in", sign_in.run),
    Part("canary-secrets", canary_secrets.run),
)


async def run_part(part: Part, target: Target) -> Tally:
    """Run a part and return its count.

    Whatever it raises is a failure, as is a dead server, and a part of which the server refused nothing: its
    attempts did not arrive.
    """
    tally, began = Tally(part.name), monotonic()
    try:
        await part.run(target, tally)
        await target.assert_alive()
        if not tally.refused:
            tally.fail(f"{tally.tried} attempts, none refused: the part itself does not work")
    except Exception as error:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        log.debug("part %s", part.name, exc_info=error)
        tally.fail(f"{type(error).__name__}: {error}")
    tally.seconds = monotonic() - began
    return tally
