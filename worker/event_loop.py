"""The event loop of the worker process: uvloop, as uvicorn chooses it for the API.

Mails are many small messages to the mail server, the database and the broker. On asyncio's own loop a
fifth of the CPU time of a mail was the loop.
"""

import asyncio


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of uvloop, or asyncio's own on a system without a wheel of uvloop."""
    try:
        import uvloop  # noqa: PLC0415  not on Windows
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
