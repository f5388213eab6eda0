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


@pytest.mark.parametrize("name", email_previews.names())
def test_every_mail_has_the_name_and_the_links_of_the_site(name: str, tmp_path: Path) -> None:
    links = {
        "site_help_url": "mailto:help@example.org",
        "site_privacy_url": "https://example.org/privacy?a=1&b=2",
    }
    settings = plain_settings(tmp_path, site_name="Choir <North>", **links)

    email = email_previews.render(EmailRenderer(settings), name)

    footer = "\nHelp: mailto:help@example.org\nPrivacy: https://example.org/privacy?a=1&b=2\n"
    assert email.text.endswith(footer)
    assert "Choir <North>" in email.text
    assert "Choir &lt;North&gt;" in email.html
    assert 'href="mailto:help@example.org"' in email.html
    assert 'href="https://example.org/privacy?a=1&amp;b=2"' in email.html


def test_an_old_name_does_not_reorder_the_text_around_it(tmp_path: Path) -> None:
    renderer = EmailRenderer(plain_settings(tmp_path, public_url="https://todo.example.org"))
    name = "Ana\u202egnp.exe\u2066"

    email = renderer.render(
        "invitation",
        "ben@example.com",
        f"{name} shares",
        inviter=name,
        list_name=name,
        role="as an editor",
        link="https://todo.example.org/x",
        valid_for="a day",
    )

    assert email.subject == "Anagnp.exe shares"
    for part in (email.text, email.html):
        assert "Anagnp.exe" in part
        assert not set(part) & set("\u202e\u2066")
