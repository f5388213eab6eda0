"""`./livelist testmail ADDRESS`: send one mail with the configured settings, and say each step."""

import argparse
import sys
from html import escape

from shared.clock import SystemClock
from shared.host.command_loop import run_command
from shared.ids import JobId, new_id
from shared.settings import Settings, SettingsError, load_settings
from shared.text import NotAcceptableError, smtp_address, validated_address
from worker.mail.folder_mailer import FolderMailer
from worker.mail.headers import message_id
from worker.mail.mime import mime_bytes
from worker.mail.renderer import EmailMessage
from worker.mail.server_check import StepFailed, failures_of, open_session

TEXT = (
    "This is a test mail of {site}. If you can read it, {site} can send mail.\n\n"
    "It was sent by ./livelist testmail.\n"
)


def run(arguments: list[str]) -> int:
    """Return 0 if the mail server accepted the mail, 1 if not, 2 for wrong arguments."""
    parser = argparse.ArgumentParser(
        prog="./livelist testmail",
        description="Send a test mail with the configured settings, and print each step.",
    )
    parser.add_argument("address", help="who gets the mail")
    try:
        given = parser.parse_args(arguments).address
    except SystemExit as error:
        return int(error.code or 0)
    try:
        address = validated_address(given).normalized
    except NotAcceptableError:
        print(f"{given!r} is not an e-mail address.", file=sys.stderr)
        return 2
    return run_command(_run(address))


async def _run(address: str) -> int:
    try:
        await _send(load_settings(), address)
    except SettingsError as error:
        print(f"The settings are not usable:\n{error}", file=sys.stderr)
        return 1
    except StepFailed as failed:
        print(f"failed  {failed.step}: {failed.reason}\n        {failed.advice}", file=sys.stderr)
        print("The mail was not sent.", file=sys.stderr)
        return 1
    return 0


def _report(step: str, text: str) -> None:
    print(f"ok      {step}: {text}", flush=True)


async def _send(settings: Settings, address: str) -> None:
    """Send the mail, or keep it in the development mailbox. Raise StepFailed."""
    mail = _test_mail(settings, address)
    if not settings.mail.server:
        try:
            await FolderMailer(settings, SystemClock()).send(mail, JobId(new_id()))
        except OSError as error:
            advice = f"Check that {settings.mail.folder} can be written: DATA_DIR."
            raise StepFailed("mailbox", error.strerror or str(error), advice) from None
        _report("mailbox", f"MAIL_SERVER is not set: kept in {settings.mail.folder}")
        print(f"No mail left this machine. {settings.web.public_url}/dev/mail shows it.")
        return
    async with open_session(settings, _report) as session:
        with failures_of("sender", settings, lambda error: "Check MAIL_FROM."):
            options = [] if smtp_address(address).isascii() else ["SMTPUTF8"]
            sender = smtp_address(settings.mail.sender_address)
            await session.mail(sender, options=options, encoding="utf-8")
        _report("sender", f"the server accepts MAIL_FROM ({settings.mail.sender_address})")
        with failures_of("recipient", settings, lambda error: "Check the address."):
            await session.rcpt(smtp_address(address), encoding="utf-8")
        _report("recipient", "the server accepts the address")
        with failures_of("mail", settings, lambda error: "Ask the operator of the mail server."):
            reply = await session.data(_content(settings, mail))
        _report("mail", f"{reply.code} {' '.join(reply.message.split())}")
    print("The mail server has taken the mail. If it does not arrive, look into the spam folder.")


def _test_mail(settings: Settings, address: str) -> EmailMessage:
    site = settings.site.name
    text = TEXT.format(site=site)
    paragraphs = "".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n"))
    return EmailMessage(address, f"Test mail of {site}", text, paragraphs)


def _content(settings: Settings, mail: EmailMessage) -> bytes:
    sender = (settings.sender_name, settings.mail.sender_address)
    headers = {"Auto-Submitted": "auto-generated"}
    now = SystemClock().now()
    return mime_bytes(mail, sender, message_id(JobId(new_id()), settings), headers, now)
