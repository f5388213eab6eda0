"""Tokens in mail are valid for one purpose, row and nonce, under the current or the previous key."""

import pytest

from shared.ids import new_id, new_secret
from shared.signed_links import Purpose, check, make, row_id_in

CURRENT, PREVIOUS, FOREIGN = b"c" * 32, b"p" * 32, b"s" * 32


def test_a_token_is_accepted_for_its_own_row() -> None:
    row_id, nonce = new_id(), new_secret()

    token = make([CURRENT], Purpose.VERIFY_EMAIL, row_id, nonce)

    assert row_id_in(token) == row_id
    assert check([CURRENT], Purpose.VERIFY_EMAIL, token, nonce)


@pytest.mark.parametrize(
    "other", [purpose for purpose in Purpose if purpose is not Purpose.VERIFY_EMAIL]
)
def test_a_token_is_rejected_for_every_other_purpose(other: Purpose) -> None:
    nonce = new_secret()

    token = make([CURRENT], Purpose.VERIFY_EMAIL, new_id(), nonce)

    assert not check([CURRENT], other, token, nonce)


def test_a_token_is_rejected_once_the_nonce_has_changed() -> None:
    token = make([CURRENT], Purpose.ACCEPT_INVITATION, new_id(), new_secret())

    assert not check([CURRENT], Purpose.ACCEPT_INVITATION, token, new_secret())


def test_a_token_cannot_be_used_for_another_row() -> None:
    nonce = new_secret()
    token = make([CURRENT], Purpose.RESET_PASSWORD, new_id(), nonce)

    forged = f"{new_id()}.{token.partition('.')[2]}"

    assert not check([CURRENT], Purpose.RESET_PASSWORD, forged, nonce)


def test_a_token_of_the_previous_key_is_valid_while_keys_rotate() -> None:
    nonce = new_secret()
    token = make([PREVIOUS], Purpose.RESET_PASSWORD, new_id(), nonce)

    assert check([CURRENT, PREVIOUS], Purpose.RESET_PASSWORD, token, nonce)
    assert not check([CURRENT, FOREIGN], Purpose.RESET_PASSWORD, token, nonce)


def test_no_other_last_character_is_accepted() -> None:
    nonce = new_secret()
    token = make([CURRENT], Purpose.VERIFY_EMAIL, new_id(), nonce)

    others = [token[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345" if last != token[-1]]

    assert not any(check([CURRENT], Purpose.VERIFY_EMAIL, other, nonce) for other in others)


@pytest.mark.parametrize(
    "nonsense",
    ["", ".", "a.b", "é" * 70, "0" * 26 + "." + "\ud800" * 43, "0" * 26 + "." + "A" * 43 + "\n"],
)
def test_malformed_tokens_are_rejected(nonsense: str) -> None:
    assert row_id_in(nonsense) is None
    assert not check([CURRENT], Purpose.VERIFY_EMAIL, nonsense, "")
