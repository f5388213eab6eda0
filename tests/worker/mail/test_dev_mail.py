"""The development mailbox: mails that the worker writes are shown as a page and as JSON."""

from pathlib import Path

import httpx
import pytest

from api.main import create_app
from shared.clock import SystemClock
from shared.ids import JobId, new_id
from shared.settings import Settings
from tests.support.api_server import client_of
from tests.support.settings import STRONG_SECRET, plain_settings, production_settings
from worker.mail.folder_mailer import FolderMailer
from worker.mail.mailer import open_mailer
from worker.mail.renderer import EmailMessage


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return plain_settings(tmp_path)


async def _send(settings: Settings, *subjects: str) -> None:
    mailer = open_mailer(settings, SystemClock())
    assert isinstance(mailer, FolderMailer)
    for subject in subjects:
        html = f"<!doctype html><p>{subject}</p><script>alert(1)</script>"
        email = EmailMessage("ana@example.com", subject, f"{subject} – ü\n", html)
        await mailer.send(email, JobId(new_id()))


async def _get(settings: Settings, path: str) -> httpx.Response:
    async with client_of(create_app(settings)) as client:
        return await client.get(path)


async def test_the_json_lists_the_mails_newest_first(settings: Settings) -> None:
    await _send(settings, "first", "second")

    mails = (await _get(settings, "/dev/mail.json")).json()

    assert [mail["subject"] for mail in mails] == ["second", "first"]
    assert set(mails[0]) == {"id", "to", "subject", "text", "html", "at"}
    assert mails[0]["to"] == "ana@example.com"
    assert mails[0]["text"].strip() == "second – ü"
    assert mails[0]["at"].endswith("Z")


async def test_an_empty_mailbox_says_so(settings: Settings) -> None:
    assert (await _get(settings, "/dev/mail.json")).json() == []
    assert "No mail yet" in (await _get(settings, "/dev/mail")).text


async def test_the_page_escapes_subjects_and_has_no_inline_script_or_style(
    settings: Settings,
) -> None:
    await _send(settings, "older", "<img src=x onerror=alert(1)>")

    answer = await _get(settings, "/dev/mail")

    assert "&lt;img src=x onerror=alert(1)&gt;" in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self';" in policy
    assert "frame-src 'self'" in policy


async def test_the_html_of_a_mail_cannot_run_scripts(settings: Settings) -> None:
    await _send(settings, "hello")
    (mail,) = (await _get(settings, "/dev/mail.json")).json()

    answer = await _get(settings, f"/dev/mail/{mail['id']}/html")

    policy = answer.headers["content-security-policy"]
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert mail["html"].strip() == answer.text.strip()


@pytest.mark.parametrize("name", ["x", "..%2f..%2fsecret", "06gzw7kjc1zgntz2gpwywg80t4"])
async def test_an_unknown_mail_is_not_found(settings: Settings, name: str) -> None:
    await _send(settings, "hello")

    assert (await _get(settings, f"/dev/mail/{name}/html")).status_code == 404


async def test_an_incomplete_mail_is_not_shown(settings: Settings) -> None:
    await _send(settings, "complete")
    (settings.mail.folder / f"{new_id()}.part").write_bytes(b"Subj")

    assert len((await _get(settings, "/dev/mail.json")).json()) == 1


@pytest.mark.parametrize("path", ["/dev/mail", "/dev/mail.json", "/dev/mail/x/html"])
async def test_production_has_no_development_mailbox(tmp_path: Path, path: str) -> None:
    settings = production_settings(
        tmp_path,
        secret_key=STRONG_SECRET,
        public_url="https://todo.example.com",
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(settings)), base_url="https://todo.example.com"
    ) as client:
        assert (await client.get(path)).status_code == 404


async def test_a_long_unsubscribe_link_is_not_folded_or_encoded(settings: Settings) -> None:
    link = "https://livelist.example/unsubscribe#token=" + "a" * 200
    mailer = open_mailer(settings, SystemClock())

    await mailer.send(
        EmailMessage("ana@example.com", "hi", "hi", "<p>hi", one_click_url=link), JobId(new_id())
    )

    (path,) = settings.mail.folder.glob("*.eml")
    assert f"List-Unsubscribe: <{link}>".encode() in path.read_bytes().splitlines()
