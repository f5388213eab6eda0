"""Check names of hosts, which the resolver would otherwise refuse with an exception of its own."""

from typing import Annotated

from pydantic import AfterValidator


def check_host(host: str) -> str:
    """Return the host. Raise ValueError if no resolver takes the name: `a..b`, a label of 64 letters."""
    try:
        host.encode("idna")
    except UnicodeError:
        is_possible = False
    else:
        is_possible = host.isprintable() and " " not in host
    if not is_possible:
        raise ValueError("must be the name of a host or its address")
    return host


# The name or address of a host; empty where the setting may be.
Host = Annotated[str, AfterValidator(check_host)]
