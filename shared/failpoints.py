"""Named places where a test may break the process: FAILPOINT=name:kill|raise[:N].

Nothing happens at any of them unless that setting names it; production refuses the setting. With
a number it breaks at the N-th time somebody comes by, and whenever after that.

    committed         any transaction is committed, nobody was told yet
    job_claimed       the claim is committed, nothing was done yet
    mail_sending      `sending` is committed, nothing was handed over yet
    smtp_accepted     the mail server took the mail, nobody knows yet
    push_accepted     a push service took the push, nobody knows yet
    effect_unsaved    inside the finishing transaction
    job_finished      the finishing transaction is committed
    reminders_unsaved inside the transaction that fires reminders
"""

import os
import signal
from dataclasses import dataclass

from shared.settings import Settings


@dataclass
class _Armed:
    how: str
    # How many may still come by unharmed.
    passes: int


_armed: dict[str, _Armed] = {}


class FailpointReached(Exception):
    """Raised at a place that was told to raise."""


def arm(settings: Settings) -> None:
    """The place that the settings name, if any, breaks from now on; no other does."""
    _armed.clear()
    name, _, rest = settings.failpoint.partition(":")
    how, _, number = rest.partition(":")
    if how:
        _armed[name] = _Armed(how, int(number or 1) - 1)


async def reach(name: str) -> None:
    """Nothing happened, unless this place was armed."""
    armed = _armed.get(name)
    if armed is None:
        return
    if armed.passes > 0:
        armed.passes -= 1
        return
    if armed.how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise FailpointReached(name)
