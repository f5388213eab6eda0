"""Chromium's virtual authenticator: passkeys in a browser without a device (WebAuthn, section 11)."""

from playwright.async_api import Page

# Like the lock of a phone or laptop: it keeps passkeys, and has verified its user.
_PLATFORM = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


async def add_virtual_authenticator(page: Page) -> None:
    """Give the page an authenticator, which answers at once and without a dialog."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": _PLATFORM})
