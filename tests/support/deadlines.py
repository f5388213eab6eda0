"""How long a test waits for what must come, and how it asks a server: on a slow machine, too.

A deadline of a test only ends a test that would hang: a test that passes never waits for it. So one value
serves all of them, long enough for a machine many times slower than ours that swaps. It is below the limit
of a whole test (`timeout` in pyproject.toml), so that a test says what did not come.
"""

import httpx

DEADLINE_SECONDS = 120.0


def http_client(url: str = "", headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """Return a client of a server on this machine. By itself httpx gives up after 5 s."""
    return httpx.AsyncClient(
        base_url=url, headers=headers, trust_env=False, timeout=DEADLINE_SECONDS
    )
