"""`./livelist testmail`: every wrong setting is one sentence with what to do, and no traceback."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.settings import Settings, SettingsError
from tests.support.console.command_runner import CommandRunner
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.certificates import Certificate, make_certificate
from tests.support.services.silent_server import silent_server
from tests.support.services.smtp import SmtpServer
from tests.support.settings import plain_settings
from worker.mail import server_check, testmail_command

ADDRESS = "ana@example.com"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


@pytest_asyncio.fixture
async def smtp() -> AsyncIterator[SmtpServer]:
    async with SmtpServer() as server:
        yield server


class Testmail:
    """The command with the settings of a test."""

    __test__ = False

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, captured: Captured) -> None:
        self._folder, self._monkeypatch, self._captured = folder, monkeypatch, captured

    def settings(self, **mail: object) -> Settings:
        values = {"mail_starttls": False, "mail_from": "todo@example.org"} | mail
        return plain_settings(self._folder, **values)

    async def __call__(self, port: int, **mail: object) -> tuple[int, str]:
        """Return the exit code, and what was printed."""
        settings = self.settings(mail_server="127.0.0.1", mail_port=port, **mail)
        run = CommandRunner(testmail_command, settings, self._monkeypatch)
        async with asyncio.timeout(DEADLINE_SECONDS):
            code = await run(ADDRESS)
        printed = self._captured.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out + printed.err


@pytest.fixture
def send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Testmail:
    monkeypatch.setattr(server_check, "REPLY_SECONDS", 1)
    return Testmail(tmp_path, monkeypatch, capsys)


async def test_a_mail_arrives_and_every_step_is_said(send: Testmail, smtp: SmtpServer) -> None:
    code, printed = await send(smtp.port)

    (mail,) = smtp.received
    assert code == 0
    assert mail.recipients == (ADDRESS,)
    assert mail.sender == "todo@example.org"
    assert "Test mail" in mail.subject
    steps = [line.split(":")[0] for line in printed.splitlines() if line.startswith("ok ")]
    assert [step.split()[1] for step in steps] == [
        "resolve", "connect", "greeting", "TLS", "sign-in", "sender", "recipient", "mail",
    ]  # fmt: skip
    assert "250 OK" in printed


@pytest.mark.parametrize("mode", ["starttls", "ssl_tls"])
async def test_a_mail_goes_over_tls_with_a_password(
    send: Testmail, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    contexts = {"tls" if mode == "ssl_tls" else "starttls": certificate.context}
    login = {"mail_username": "livelist", "mail_password": "right"}

    async with SmtpServer(username="livelist", password="right", **contexts) as smtp:
        code, printed = await send(smtp.port, **{f"mail_{mode}": True}, **login)

    assert (code, len(smtp.received)) == (0, 1)
    assert "TLSv1." in printed
    assert "accepts MAIL_USERNAME" in printed


async def test_a_wrong_password(send: Testmail) -> None:
    async with SmtpServer(username="livelist", password="right") as smtp:
        smtp.reject_auth("535 5.7.8 no: wr0ng pass")
        code, printed = await send(smtp.port, mail_username="livelist", mail_password="wr0ng pass")

    assert code == 1
    assert "failed  sign-in: 535 5.7.8 no: (hidden)" in printed
    assert "Check MAIL_USERNAME and MAIL_PASSWORD" in printed
    assert "wr0ng" not in printed


async def test_a_server_without_starttls(send: Testmail, smtp: SmtpServer) -> None:
    code, printed = await send(smtp.port, mail_starttls=True)

    assert code == 1
    assert "failed  STARTTLS: " in printed
    assert "does not offer STARTTLS" in printed
    assert smtp.received == []


async def test_tls_at_a_port_without_tls(send: Testmail, smtp: SmtpServer) -> None:
    code, printed = await send(smtp.port, mail_ssl_tls=True)

    assert code == 1
    assert "failed  TLS: " in printed
    assert "MAIL_SSL_TLS=false" in printed


async def test_no_tls_at_a_port_with_tls(send: Testmail, certificate: Certificate) -> None:
    async with SmtpServer(tls=certificate.context) as smtp:
        code, printed = await send(smtp.port)

    assert code == 1
    assert "failed  greeting: " in printed
    assert "MAIL_SSL_TLS=true" in printed


@pytest.mark.parametrize("mode", ["starttls", "ssl_tls"])
async def test_a_certificate_that_is_not_trusted(
    send: Testmail, certificate: Certificate, mode: str
) -> None:
    contexts = {"tls" if mode == "ssl_tls" else "starttls": certificate.context}
    async with SmtpServer(**contexts) as smtp:  # type: ignore[arg-type]
        code, printed = await send(smtp.port, **{f"mail_{mode}": True})

    assert code == 1
    assert "CERTIFICATE_VERIFY_FAILED" in printed
    assert "the server's certificate" in printed
    assert smtp.received == []


async def test_a_closed_port(send: Testmail, unused_tcp_port: int) -> None:
    code, printed = await send(unused_tcp_port)

    assert code == 1
    assert "failed  connect: " in printed
    assert "Check MAIL_SERVER and MAIL_PORT" in printed


async def test_a_server_that_says_nothing(send: Testmail) -> None:
    async with silent_server() as port:
        code, printed = await send(port)

    assert code == 1
    assert "failed  greeting: " in printed


async def test_a_name_that_does_not_exist(
    send: Testmail, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    run = CommandRunner(testmail_command, send.settings(mail_server="mail.invalid"), monkeypatch)

    code = await run(ADDRESS)

    printed = capsys.readouterr().err
    assert code == 1
    assert "failed  resolve: " in printed
    assert "Check MAIL_SERVER (mail.invalid)" in printed


async def test_a_refused_recipient(send: Testmail, smtp: SmtpServer) -> None:
    smtp.reject_recipients("550 5.1.1 <ana@example.com>: no such user")
    code, printed = await send(smtp.port)

    assert code == 1
    assert "failed  recipient: 550 5.1.1 <ana@example.com>: no such user" in printed


async def test_a_refused_mail(send: Testmail, smtp: SmtpServer) -> None:
    smtp.reject("554 5.7.1 spam")
    code, printed = await send(smtp.port)

    assert (code, "failed  mail: 554 5.7.1 spam" in printed) == (1, True)


async def test_without_a_mail_server_the_mail_is_in_the_mailbox(
    send: Testmail, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    settings = send.settings()
    run = CommandRunner(testmail_command, settings, monkeypatch)

    code = await run(ADDRESS)

    assert code == 0
    assert len(list(settings.mail.folder.glob("*.eml"))) == 1
    assert "No mail left this machine" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["ana"], 2), (["--help"], 0)])
def test_wrong_arguments(arguments: list[str], code: int, capsys: Captured) -> None:
    assert testmail_command.run(arguments) == code
    capsys.readouterr()


def test_wrong_settings_are_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def load() -> Settings:
        raise SettingsError("MAIL_PORT: must be a whole number")

    monkeypatch.setattr(testmail_command, "load_settings", load)

    assert testmail_command.run([ADDRESS]) == 1
    assert "MAIL_PORT: must be a whole number" in capsys.readouterr().err
