"""The text of API tokens: what scanners match, and what is refused without the database."""

import re

import pytest

from shared.accounts.authentication.api_token_format import hash_token, is_api_token, make_token
from shared.errors import Unauthenticated


@pytest.mark.parametrize(
    "secret", [bytes(32), b"\xff" * 32, bytes(range(32))], ids=["zero", "largest", "any"]
)
def test_every_secret_makes_a_token_of_one_form(secret: bytes) -> None:
    token = make_token(secret)

    assert re.fullmatch("llt_[0-9A-Za-z]{49}", token)
    assert is_api_token(token)
    assert re.fullmatch("[0-9a-f]{64}", hash_token(token))


def test_a_mistyped_character_anywhere_is_noticed() -> None:
    token = make_token(bytes(range(32)))

    for place in range(len("llt_"), len(token)):
        other = "b" if token[place] == "a" else "a"
        with pytest.raises(Unauthenticated):
            hash_token(token[:place] + other + token[place + 1 :])


def test_text_of_another_form_is_refused() -> None:
    for text in ("llt_", "llt_" + "a" * 48, "llt_" + "é" * 49, "llt_" + "a" * 5000, "llt_\ud800"):
        with pytest.raises(Unauthenticated):
            hash_token(text)
