"""Check that a worker takes mail at INBOUND_MAIL_LISTEN: read its greeting, and say goodbye."""

import asyncio
from functools import partial

from shared.settings import Settings
from worker.doctor.findings import Check, Finding, failed, ok, warning

# A listener of this machine, or of its private network.
GREETING_SECONDS = 5


def inbound_mail_check(settings: Settings) -> Check:
    return partial(_check, settings)


async def _check(settings: Settings) -> Finding:
    inbound = settings.inbound_mail
    if not inbound.domain:
        return ok("not used")
    if not inbound.listen:
        return ok(f"for {inbound.domain}, by ./livelist receive-mail alone")
    advice = "Start python -m worker with INBOUND_MAIL_LISTEN, and read its log."
    host, port = inbound.listen_address
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                greeting = (await reader.readline()).decode("ascii", "replace").strip()
                writer.write(b"QUIT\r\n")
                await writer.drain()
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        return failed(f"{inbound.listen}: {str(error) or 'no greeting'}", advice)
    if not greeting.startswith("220"):
        return warning(f"{inbound.listen} is busy: {greeting[:100]}", "Look at the worker's log.")
    return ok(f"for {inbound.domain}, at {inbound.listen}")
