"""`./livelist receive-mail`: take one message from standard input, for the pipe of a mail server.

Exit codes of sysexits.h, as Postfix, Exim and OpenSMTPD understand them:

    0   stored, or stored before
    64  wrong arguments
    65  the message cannot be taken: too large, or odd headers
    67  there is no such address
    75  try again later: too much mail, no database, settings that cannot be used
    77  automatic mail, and mail loops
"""

import argparse
import asyncio
import logging
import sys

from shared import failpoints
from shared.resources import open_resources
from shared.settings import Settings, SettingsError, load_settings
from worker.inbound_mail.reception import Reception

OK, USAGE, DATA_ERROR, NO_USER, TRY_AGAIN, NO_PERMISSION = 0, 64, 65, 67, 75, 77
# Mail servers wait for minutes; a database that does not answer in this time is away.
STORE_SECONDS = 30
_EXIT_CODES = {
    "550 5.1.1": NO_USER,
    "550 5.7.1": NO_PERMISSION,
    "554 5.4.6": NO_PERMISSION,
}


def run(arguments: list[str]) -> int:
    """Store the message. Return the exit code; every surprise is "try again later"."""
    parser = argparse.ArgumentParser(
        prog="./livelist receive-mail",
        description="Take one message from standard input, for the pipe of a mail server.",
    )
    parser.add_argument(
        "--from",
        dest="sender",
        required=True,
        help="the sender of the envelope; empty for a bounce",
    )
    parser.add_argument("recipient", help="the recipient of the envelope")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as error:
        return USAGE if error.code else OK
    # A line on standard error goes into the log of the mail server, and into bounces.
    logging.disable(logging.CRITICAL)
    try:
        return _receive(options.sender, options.recipient)
    except SettingsError as error:
        return _say(str(error), TRY_AGAIN)
    except Exception as error:  # noqa: BLE001  any other exit code would be a bounce
        return _say(f"Not stored: {type(error).__name__}.", TRY_AGAIN)
    finally:
        logging.disable(logging.NOTSET)


def _receive(sender: str, recipient: str) -> int:
    settings = load_settings()
    if not settings.inbound_mail.domain:
        return _say("Set INBOUND_MAIL_DOMAIN.", TRY_AGAIN)
    # A byte more shows that there is more.
    content = sys.stdin.buffer.read(settings.inbound_mail.max_bytes + 1)
    if len(content) > settings.inbound_mail.max_bytes:
        return _say("The message is too large.", DATA_ERROR)
    answer = asyncio.run(_take(settings, content, sender, recipient))
    return OK if answer.startswith("250") else _say(answer, _exit_code(answer))


async def _take(settings: Settings, content: bytes, sender: str, recipient: str) -> str:
    failpoints.arm(settings.failpoint)
    async with asyncio.timeout(STORE_SECONDS), open_resources(settings) as resources:
        return await Reception(resources).take(content, sender, recipient)


def _exit_code(answer: str) -> int:
    for start, code in _EXIT_CODES.items():
        if answer.startswith(start):
            return code
    return TRY_AGAIN if answer.startswith("4") else DATA_ERROR


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
