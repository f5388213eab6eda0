"""Push encryption as in RFC 8291, validation of subscriptions, and the check for public addresses."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from shared import push_vapid
from shared.ids import new_p256_key
from shared.notifications.push_subscription_rules import (
    PushSubscription,
    parse_auth_secret,
    parse_endpoint,
    parse_public_key,
)
from tests.support.services.push_service import Browser, bytes_of
from worker.push.encryption import MAX_TEXT_BYTES, encrypt, encrypt_with
from worker.push.public_network import is_public

# RFC 8291, section 5.
_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
_POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
_SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
_ENCRYPTED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
    "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_test_browser_decrypts_the_example_of_the_standard() -> None:
    number = int.from_bytes(bytes_of(_PRIVATE), "big")
    browser = Browser("", ec.derive_private_key(number, ec.SECP256R1()), bytes_of(_SECRET))

    text = browser.decrypt(bytes_of(_ENCRYPTED))

    assert browser.point == bytes_of(_POINT)
    assert text == b"When I grow up, I want to be a watermelon"


def test_the_example_of_the_standard_is_encrypted_byte_for_byte() -> None:
    number = int.from_bytes(bytes_of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    server_key = ec.derive_private_key(number, ec.SECP256R1())

    encrypted = encrypt_with(
        b"When I grow up, I want to be a watermelon",
        PushSubscription("", _POINT, _SECRET),
        server_key,
        bytes_of("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert encrypted == bytes_of(_ENCRYPTED)


def test_equal_texts_are_encrypted_differently_and_the_longest_fits_the_limit_of_services() -> None:
    browser = PushSubscription("", _POINT, _SECRET)

    bodies = {encrypt(b"x" * MAX_TEXT_BYTES, browser) for _ in range(10)}

    assert len(bodies) == 10
    assert {len(body) for body in bodies} == {4096}
    with pytest.raises(ValueError, match="too long"):
        encrypt(b"x" * (MAX_TEXT_BYTES + 1), browser)


def test_a_public_key_is_derived_from_its_private_key() -> None:
    assert push_vapid.public_key(_PRIVATE) == _POINT
    assert len({new_p256_key() for _ in range(100)}) == 100
    assert all(len(bytes_of(push_vapid.public_key(new_p256_key()))) == 65 for _ in range(100))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "::", "::1"),
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("64:ff9b::a9fe:a9fe", "2001:0:7f00:1::", "64:ff9b:1::7f00:1"),
    ],
)  # fmt: skip
def test_private_addresses_are_not_public_even_when_embedded_in_others(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "142.250.74.106", "2a00:1450:4001::200e", "64:ff9b::808:808"]
)
def test_addresses_on_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://push.example.net/x", "ftp://push.example.net/x", "https://", "push.example.net/x"),
        *("https://127.0.0.1/x", "https://[::1]/x", "https://user@push.example.net/x"),
        *("https://push.example.net:8443/x", "https://push.example.net:99999/x"),
        *("https://push.example.net/x#y", "https://push.example.net/x\r\nHost: y", "https://pü.net/x"),
    ],
)  # fmt: skip
def test_an_endpoint_that_no_browser_would_have_is_rejected(endpoint: str) -> None:
    with pytest.raises(ValueError, match="https address"):
        parse_endpoint(endpoint, allow_private=False)


def test_a_browsers_endpoint_is_accepted_and_with_private_addresses_allowed_a_local_one() -> None:
    for endpoint in ("https://fcm.googleapis.com/fcm/send/a:b", "https://push.example.net:443/x"):
        assert parse_endpoint(endpoint, allow_private=False) == endpoint
    assert (
        parse_endpoint("http://127.0.0.1:8080/x", allow_private=True) == "http://127.0.0.1:8080/x"
    )


def test_keys_must_have_the_right_size_and_encoding() -> None:
    off_the_curve = _POINT[:-1] + "8"
    foreign = f"{_POINT[:9]}!{_POINT[9:]}"

    assert parse_public_key(f"{_POINT}=") == _POINT
    assert parse_auth_secret(f"{_SECRET}==") == _SECRET
    for wrong in (_SECRET, "AA" + _POINT[2:], off_the_curve, foreign, ""):
        with pytest.raises(ValueError, match="not a key"):
            parse_public_key(wrong)
    for wrong in (_POINT, "not base 64!", f"{_SECRET[:-1]}+", ""):
        with pytest.raises(ValueError, match="not a key"):
            parse_auth_secret(wrong)
