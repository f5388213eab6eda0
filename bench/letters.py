"""Every mail there is, as pictures: on a phone and a desktop, light and dark, and as plain text.

    .venv/bin/python -m bench.letters /tmp/letters

Templates are found by themselves; what a template needs is filled in from FACTS, and a name that is
missing there is an error, so a new kind of mail shows up here by asking for its facts.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from shared.notifications.unsubscribe_links import Mails
from tests.support.services.chromium import find_chromium
from tests.support.settings import plain_settings
from worker.mail.renderer import TEMPLATES, Letter, Letters

WIDTHS = {"phone": 390, "desktop": 900}
# The frame of all of them, and what they are made of.
NOT_LETTERS = {"layout", "parts"}
LONG = "Buy flour, milk & <eggs> for the birthday cake of grandmother, who turns ninety on Sunday"
TOKEN = "06gzxa61ccfqfgwgmwffa3cnmj.kb6v1q3f8w0m5t2y7h9c4d6e8r1a3s5d7f9g1h3j5k7l9"  # noqa: S105  as long as a real one
FACTS: dict[str, Any] = {
    "name": "Ana María", "email": "ana@example.com", "inviter": "Ben Öztürk",
    "list_name": "Family & friends", "role": "as an editor, who may change everything in it",
    "link": f"https://todo.example.org/verify#token={TOKEN}", "valid_for": "24 hours",
    "title": LONG, "due": "tomorrow at 09:00", "zone": "Europe/Berlin",
    "meant_for": "Saturday, 21 November 2026 at 10:42 (Europe/Berlin)",
    "what": "Your password was changed.", "advice": "If not, reset your password now.",
    "when": "Saturday, 21 November 2026 at 10:42 (Europe/Berlin)", "address": "203.0.113.7",
    "lines": [
        {"words": f"Ben Öztürk assigned you “{LONG}”", "link": "https://todo.example.org/lists/a",
         "where": "Family & friends"},
        {"words": "Carla removed you from “Old flat”", "link": "", "where": ""},
    ],
    "parts": [
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
# Letters that their reader may stop, and the name those mails have in the link.
STOPPED = {
    "digest": Mails.DIGEST, "invitation": Mails.INVITATIONS, "notifications": Mails.NOTIFICATIONS,
    "reminder": Mails.REMINDERS,
}  # fmt: skip


def names() -> list[str]:
    """Returns every template that is a letter."""
    return sorted({path.stem for path in TEMPLATES.rglob("*.html")} - NOT_LETTERS)


def write(letters: Letters, name: str) -> Letter:
    """Returns the letter as somebody gets it."""
    stop = (TOKEN, STOPPED[name].value) if name in STOPPED else None
    return letters.write(name, "ana@example.com", f"{name}: {LONG}"[:60], stop=stop, **FACTS)


async def draw(folder: Path) -> None:
    """`folder` holds a picture of each mail for each width and scheme, and its text."""
    letters = Letters(plain_settings(folder, public_url="https://todo.example.org"))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for name in names():
            letter = write(letters, name)
            (folder / f"{name}.txt").write_text(f"Subject: {letter.subject}\n\n{letter.text}")
            for width_name, width in WIDTHS.items():
                for scheme in ("light", "dark"):
                    page = await browser.new_page(
                        viewport={"width": width, "height": 400},
                        color_scheme="dark" if scheme == "dark" else "light",
                    )
                    await page.set_content(letter.html)
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
