"""Render every mail as pictures: phone and desktop, light and dark, and as plain text.

    .venv/bin/python -m bench.email_previews /tmp/emails

Templates are found in the templates folder and rendered with VARIABLES. A variable that is missing there
raises an error, so a new template cannot be forgotten here.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from shared.notifications.unsubscribe_links import Mails
from tests.support.services.chromium import find_chromium
from tests.support.settings import plain_settings
from worker.mail.renderer import TEMPLATES, EmailMessage, EmailRenderer

WIDTHS = {"phone": 390, "desktop": 900}
# The layout of all mails, and the macros that they use.
NOT_EMAILS = {"layout", "parts"}
LONG = "Buy flour, milk & <eggs> for the birthday cake of grandmother, who turns ninety on Sunday"
TOKEN = "06gzxa61ccfqfgwgmwffa3cnmj.kb6v1q3f8w0m5t2y7h9c4d6e8r1a3s5d7f9g1h3j5k7l9"  # noqa: S105  as long as a real one
VARIABLES: dict[str, Any] = {
    "name": "Ana María", "email": "ana@example.com", "inviter": "Ben Öztürk",
    "list_name": "Family & friends", "role": "as an editor, who may change everything in it",
    "link": f"https://todo.example.org/verify#token={TOKEN}", "valid_for": "24 hours",
    "title": LONG, "due": "tomorrow at 09:00", "zone": "Europe/Berlin",
    "meant_for": "Saturday, 21 November 2026 at 10:42 (Europe/Berlin)",
    "providers": ["Example Inc.", "Octopus"],
    "what": "Your password was changed.", "advice": "If not, reset your password now.",
    "when": "Saturday, 21 November 2026 at 10:42 (Europe/Berlin)", "address": "203.0.113.7",
    "device": "Firefox on Linux",
    "until": "Saturday, 28 November 2026 at 10:42 (Europe/Berlin)",
    "links": [("Change your password", "https://todo.example.org/settings#password")],
    "lines": [
        {"text": f"Ben Öztürk assigned you “{LONG}”", "link": "https://todo.example.org/lists/a",
         "list_name": "Family & friends"},
        {"text": "Carla removed you from “Old flat”", "link": "", "list_name": ""},
    ],
    "sections": [
        ("Overdue", [
            {"title": LONG, "due": "yesterday at 18:00", "list_name": "Family & friends",
             "link": "https://todo.example.org/lists/a?todo=b"},
        ], 4),
        ("Assigned to you", [
            {"title": "Book the movers", "due": "", "list_name": "House move",
             "link": "https://todo.example.org/lists/a?todo=c"},
        ], 0),
    ],
    "sent_at": "Saturday, 21 November 2026 at 10:42 (Europe/Berlin)",
    "more": 3,
    "paragraphs": ["The site is down on Sunday from 8 to 9.", "We are sorry.\nThe operators"],
}  # fmt: skip
# Mails that their recipient may unsubscribe from, with their category in the link.
UNSUBSCRIBABLE = {
    "digest": Mails.DIGEST, "invitation": Mails.INVITATIONS, "notifications": Mails.NOTIFICATIONS,
    "reminder": Mails.REMINDERS,
}  # fmt: skip


def names() -> list[str]:
    """Return the names of all templates of mails."""
    return sorted({path.stem for path in TEMPLATES.rglob("*.html")} - NOT_EMAILS)


def render(renderer: EmailRenderer, name: str) -> EmailMessage:
    """Return the mail as a recipient gets it."""
    unsubscribe = (TOKEN, UNSUBSCRIBABLE[name].value) if name in UNSUBSCRIBABLE else None
    return renderer.render(
        name, "ana@example.com", f"{name}: {LONG}"[:60], unsubscribe=unsubscribe, **VARIABLES
    )


async def draw(folder: Path) -> None:
    """Write a picture of each mail for each width and colour scheme, and its text, to `folder`."""
    renderer = EmailRenderer(plain_settings(folder, public_url="https://todo.example.org"))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for name in names():
            email = render(renderer, name)
            (folder / f"{name}.txt").write_text(f"Subject: {email.subject}\n\n{email.text}")
            for width_name, width in WIDTHS.items():
                for scheme in ("light", "dark"):
                    page = await browser.new_page(
                        viewport={"width": width, "height": 400},
                        color_scheme="dark" if scheme == "dark" else "light",
                    )
                    await page.set_content(email.html)
                    wide = await page.evaluate("document.documentElement.scrollWidth")
                    print(f"{name:<20} {width_name:<8} {scheme:<6} {wide - width:+d} px too wide")
                    path = folder / f"{name}-{width_name}-{scheme}.png"
                    await page.screenshot(path=path, full_page=True)
                    await page.close()
        await browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(draw(folder))


if __name__ == "__main__":
    main()
