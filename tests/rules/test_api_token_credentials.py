"""Which Authorization headers hold an API token."""

from base64 import b64encode

import pytest

from api.http.api_tokens.credentials import api_token_in
from shared.accounts.authentication.api_token_format import make_token

TOKEN = make_token(bytes(range(32)))


def _basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {TOKEN}",
        f"bearer  {TOKEN}",
        _basic(f"ana@example.org:{TOKEN}"),
        _basic(f":{TOKEN}"),
    ],
)
def test_a_token_is_found_in_bearer_and_as_the_password_of_basic(header: str) -> None:
    assert api_token_in(header) == TOKEN


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x", f"Digest {TOKEN}", f"{TOKEN}",
        _basic("ana@example.org:quiet orchard lamp"), _basic(f"{TOKEN}:"), _basic(TOKEN),
        "Basic !!!", "Basic YQ", "Basic é", "Basic /w==", f"Bearer {'x' * 5000}",
    ],
)  # fmt: skip
def test_nothing_else_is_taken_for_a_token(header: str) -> None:
    assert api_token_in(header) is None
