"""Chromium's virtual authenticator: passkeys in a browser without a device (WebAuthn, section 11)."""

from dataclasses import dataclass

from playwright.async_api import CDPSession, Page

# Like the lock of a phone or laptop: it keeps passkeys, and has verified its user.
_PLATFORM = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@dataclass(frozen=True)
class VirtualAuthenticator:
    """An authenticator of a page. It answers at once and without a dialog, while its user is there."""

    session: CDPSession
    id: str

    async def set_presence(self, is_there: bool) -> None:
        body = {"authenticatorId": self.id, "enabled": is_there}
        await self.session.send("WebAuthn.setAutomaticPresenceSimulation", body)


async def add_virtual_authenticator(page: Page) -> VirtualAuthenticator:
    """Give the page an authenticator whose user is there."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": _PLATFORM})
    return VirtualAuthenticator(session, added["authenticatorId"])
