"""The device of a request: what a sign-in records about its client."""

from dataclasses import dataclass, field

MAX_USER_AGENT_LENGTH = 300


@dataclass(frozen=True)
class Device:
    """The network address and user agent of a request, as sent by the client.

    `token` is the secret in the device cookie of a browser, made for this request if it
    `has_new_token`; empty for clients that keep no cookie.
    """

    address: str = ""
    user_agent: str = ""
    token: str = field(default="", repr=False)
    has_new_token: bool = False

    def printable_user_agent(self) -> str:
        """Return the user agent without control characters, cut to the column's length."""
        printable = "".join(c for c in self.user_agent if c.isprintable())
        return printable[:MAX_USER_AGENT_LENGTH]
