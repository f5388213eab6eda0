"""When to try again, and what each close code of the socket asks the client to do. Pure."""

import random
from dataclasses import dataclass
from enum import StrEnum

# docs/protocol.md, "Close codes".
FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
RESTART_SPREAD_SECONDS = 10.0


class CloseAction(StrEnum):
    RECONNECT = "reconnect"
    # The node restarts and closes all sockets at once: come back spread over ten seconds.
    SPREAD = "spread"
    RENEW = "renew"
    SIGN_IN = "sign in"
    STOP = "stop"


@dataclass(frozen=True)
class CloseOrder:
    action: CloseAction
    text: str = ""


_ORDERS = {
    1009: CloseOrder(CloseAction.STOP, "The client sent a frame that was too large."),
    1012: CloseOrder(CloseAction.SPREAD),
    4001: CloseOrder(CloseAction.RENEW, "The sign-in has expired."),
    4002: CloseOrder(CloseAction.RECONNECT),
    4003: CloseOrder(CloseAction.RECONNECT),
    4005: CloseOrder(CloseAction.RECONNECT),
    4400: CloseOrder(CloseAction.STOP, "The server did not understand the client."),
    4401: CloseOrder(CloseAction.SIGN_IN, "The server does not accept the token."),
    4403: CloseOrder(CloseAction.SIGN_IN, "The token was revoked, or the account disabled."),
    4409: CloseOrder(CloseAction.STOP, "The client and the server share no protocol version."),
    4429: CloseOrder(CloseAction.STOP, "The account has too many live connections."),
}
KNOWN_CODES = frozenset(_ORDERS)


def close_order(code: int) -> CloseOrder:
    """Return what to do after a close. An unknown code means that the network went away."""
    return _ORDERS.get(code, CloseOrder(CloseAction.RECONNECT))


def retry_delay(failures: int) -> float:
    """Return a delay with full jitter: between 0.5 s and a ceiling that doubles with every failure."""
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(failures, 16))
    return random.uniform(FIRST_SECONDS, ceiling)  # noqa: S311  jitter, no secret


def restart_delay() -> float:
    """Return the delay after which to come back to a node that restarts."""
    return random.uniform(0, RESTART_SPREAD_SECONDS)  # noqa: S311  jitter, no secret
