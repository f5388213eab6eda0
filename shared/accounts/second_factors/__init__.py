"""Second factors: authenticator apps (TOTP) and recovery codes. docs/sign-in.md."""
