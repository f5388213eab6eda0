"""Find the API token in an Authorization header: Bearer, or Basic for programs that know no other.

Basic takes an API token as the password and nothing else: a program that stores the password of the
account could do everything, and would skip the limits of signing in. The user name is not checked, for
the token names the account.
"""

import binascii
from base64 import b64decode

from shared.accounts.authentication.api_token_format import is_api_token

# A token has 53 characters; the user name, an address, at most 320 (1,280 bytes in UTF-8).
MAX_HEADER_LENGTH = 2000


def api_token_in(authorization: str) -> str | None:
    """Return the API token of a header; None if it holds none. Whether it is valid is not checked."""
    if len(authorization) > MAX_HEADER_LENGTH:
        return None
    scheme, _, credentials = authorization.partition(" ")
    token = credentials.strip()
    if scheme.lower() == "basic":
        token = _password(token)
    elif scheme.lower() != "bearer":
        return None
    return token if is_api_token(token) else None


def _password(credentials: str) -> str:
    """Return the password of Basic credentials (RFC 7617); "" if they are malformed."""
    try:
        decoded = b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return decoded.partition(":")[2]
