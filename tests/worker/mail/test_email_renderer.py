"""Every template can be rendered (bench/email_previews.py), so that its preview is looked at."""

from pathlib import Path

import pytest

from bench import email_previews
from tests.support.settings import plain_settings
from worker.mail.renderer import EmailRenderer


@pytest.mark.parametrize("name", email_previews.names())
def test_every_mail_is_rendered_completely_with_its_footer(name: str, tmp_path: Path) -> None:
    settings = plain_settings(tmp_path, public_url="https://todo.example.org")

    email = email_previews.render(EmailRenderer(settings), name)

    for part in (email.text, email.html):
        assert "https://todo.example.org" in part
        assert ("/mail-preferences#token=" in part) is (name in email_previews.UNSUBSCRIBABLE)
    assert bool(email.one_click_url) is (name in email_previews.UNSUBSCRIBABLE)
    assert "\n\n\n" not in email.text
    assert "<" not in email.text.replace("<eggs>", "")
