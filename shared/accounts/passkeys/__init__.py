"""Passkeys (WebAuthn): credentials whose private half never leaves the user's authenticator."""
