"""Named places where a test may break the process: FAILPOINT=name:kill|raise|sleep.

Nothing happens at any of them unless that setting names it; production refuses the setting.

    committed         any transaction is committed, nobody was told yet
    job_claimed       the claim is committed, nothing was done yet
    mail_sending      `sending` is committed, nothing was handed over yet
    smtp_accepted     the mail server took the mail, nobody knows yet
    effect_unsaved    inside the finishing transaction
    job_finished      the finishing transaction is committed
    reminders_unsaved inside the transaction that fires reminders
"""

import asyncio
import os
import signal

from shared.settings import Settings

# Longer than any lease: whoever sleeps here is overtaken.
SLEEP_SECONDS = 3600

_armed: dict[str, str] = {}


class FailpointReached(Exception):
    """Raised at a place that was told to raise."""


def arm(settings: Settings) -> None:
    """The place that the settings name, if any, breaks from now on; no other does."""
    _armed.clear()
    name, _, how = settings.failpoint.partition(":")
    if how:
        _armed[name] = how


async def reach(name: str) -> None:
    """Nothing happened, unless this place was armed."""
    how = _armed.get(name)
    if how is None:
        return
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "raise":
        raise FailpointReached(name)
    await asyncio.sleep(SLEEP_SECONDS)
