"""The OAuth 2.1 authorization server: programs that a user lets in. docs/oauth.md."""
