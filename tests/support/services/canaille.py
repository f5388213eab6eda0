"""Canaille as tests use it: its setting, and its login page in a browser."""

from typing import Any

from playwright.async_api import Page

PROGRAM = "tests.support.services.canaille_process"
PASSWORD = "correct horse battery"
CLIENT_ID, CLIENT_SECRET = "livelist", "canaille-secret"


def canaille_setting(port: int) -> dict[str, Any]:
    """Return canaille as an object of OIDC_PROVIDERS."""
    return {
        "id": "canaille",
        "name": "Canaille",
        "issuer": f"http://127.0.0.1:{port}",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }


async def log_in(page: Page, name: str) -> None:
    """Fill in the two pages on which canaille asks who the user is."""
    await page.fill("[name=login]", name)
    await page.click("#loginform button[type=submit]")
    await page.fill("[name=password]", PASSWORD)
    await page.click("button[type=submit]")
