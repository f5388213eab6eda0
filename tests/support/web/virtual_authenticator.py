"""Chromium's virtual authenticator: passkeys in a browser without a device (WebAuthn, section 11)."""

from playwright.async_api import CDPSession, Page

# Like the lock of a phone or laptop: it keeps passkeys, and has verified its user.
_PLATFORM = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


class VirtualAuthenticator:
    """The authenticator of a page, which answers at once and without a dialog."""

    def __init__(self, session: CDPSession, authenticator_id: str) -> None:
        self._session, self._id = session, authenticator_id

    @classmethod
    async def add(cls, page: Page) -> "VirtualAuthenticator":
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable")
        added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": _PLATFORM})
        return cls(session, added["authenticatorId"])

    async def allow(self, *, is_user_there: bool) -> None:
        """Let the user confirm at once from now on, or never."""
        await self._session.send(
            "WebAuthn.setAutomaticPresenceSimulation",
            {"authenticatorId": self._id, "enabled": is_user_there},
        )
