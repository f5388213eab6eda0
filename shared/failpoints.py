"""Named points where a test can break the process: FAILPOINT=name:kill|raise[:N].

A point does nothing unless the setting names it, and production refuses the setting. With a number,
the point breaks the N-th time it is reached, and each time after that.

    committed         any transaction is committed; nothing is published yet
    events_committed  a transaction with events is committed; none is published yet
    job_claimed       the claim is committed; nothing was done yet
    mail_sending      the state `sending` is committed; nothing was handed over yet
    smtp_accepted     the mail server accepted the mail; the database does not know yet
    push_accepted     a push service accepted the push; the database does not know yet
    webhook_sent      a receiver answered; the database does not know yet
    effect_unsaved    inside the finishing transaction
    export_page_saved a page of an export is committed; the next one is not begun
    events_erased     names were erased from a page of events; the next one is not read
    import_page_saved the todos of a page of an import are committed; the next page is not begun
    mail_stored       a mail that came in is committed; its sender has no answer yet
    attachment_stored the bytes of an attachment are in the storage; its row is still `uploading`
    job_finished      the finishing transaction is committed
    reminders_unsaved inside the transaction that fires reminders
"""

import os
import signal
from dataclasses import dataclass


@dataclass
class _Armed:
    action: str
    # How many times the point may still be reached without breaking.
    passes: int


_armed: dict[str, _Armed] = {}


class FailpointReached(Exception):
    """Raised at a point that is armed with `raise`."""


def arm(setting: str) -> None:
    """Arm the point that the setting FAILPOINT names, and disarm every other one."""
    _armed.clear()
    name, _, rest = setting.partition(":")
    action, _, number = rest.partition(":")
    if action:
        _armed[name] = _Armed(action, int(number or 1) - 1)


def armed() -> list[str]:
    """Return the names of the armed points."""
    return list(_armed)


async def reach(name: str) -> None:
    """Do nothing unless the point is armed; then kill the process or raise FailpointReached."""
    point = _armed.get(name)
    if point is None:
        return
    if point.passes > 0:
        point.passes -= 1
        return
    if point.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise FailpointReached(name)
