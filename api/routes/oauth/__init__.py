"""The OAuth 2.1 endpoints for programs, and what the consent pages call. docs/oauth.md."""
