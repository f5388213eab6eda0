"""Every known attack on an access token is refused, always with the same error."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jose import jwt
from pydantic import SecretStr

from shared.accounts.authentication import access_tokens
from shared.accounts.authentication.access_tokens import check_access_token, make_access_token
from shared.errors import Unauthenticated
from shared.ids import SessionId, UserId, new_id
from shared.settings import Settings
from tests.support.settings import changed_settings, plain_settings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "a secret of more than thirty-two bytes, for tests"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return plain_settings(tmp_path, secret_key=SecretStr(SECRET))


@pytest.fixture
def token(settings: Settings) -> str:
    return make_access_token(settings, UserId(new_id()), SessionId(new_id()), NOW)[0]


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * 3))
    return claims


def _signed_with(settings: Settings, claims: object) -> str:
    """Return a token with any claims, signed by the real key."""
    key = access_tokens.derive_key(settings.secrets.signing_keys()[0])
    return access_tokens.sign(claims, key, access_tokens.key_id(key))  # type: ignore[arg-type]


def test_a_genuine_token_names_its_user_and_session(settings: Settings) -> None:
    user_id, session_id = UserId(new_id()), SessionId(new_id())

    token, seconds = make_access_token(settings, user_id, session_id, NOW)

    claims = check_access_token(settings, token, NOW)
    assert (claims.user_id, claims.session_id) == (user_id, session_id)
    assert claims.expires_at == int(NOW.timestamp()) + seconds


@pytest.mark.parametrize(
    ("made_at", "used_at"),
    [
        ({}, {"port": 8080}),
        ({}, {"public_url": "http://localhost:8080"}),
        ({"public_url": "https://todo.example:8443"}, {"public_url": "https://todo.example"}),
        ({"public_url": "http://[::1]:8000"}, {"public_url": "http://[::1]:8001"}),
    ],
)
def test_a_token_is_valid_at_every_port_of_its_site(
    settings: Settings, made_at: dict[str, Any], used_at: dict[str, Any]
) -> None:
    maker, checker = changed_settings(settings, **made_at), changed_settings(settings, **used_at)
    user_id = UserId(new_id())

    token, _ = make_access_token(maker, user_id, SessionId(new_id()), NOW)

    assert check_access_token(checker, token, NOW).user_id == user_id


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "https://localhost", "http://localhost.example"]
)
def test_a_token_is_invalid_at_another_site(settings: Settings, token: str, url: str) -> None:
    other = changed_settings(settings, public_url=url)

    with pytest.raises(Unauthenticated):
        check_access_token(other, token, NOW)


def test_a_token_expires_at_its_minute(settings: Settings, token: str) -> None:
    lifetime = timedelta(minutes=settings.accounts.access_token_minutes)

    check_access_token(settings, token, NOW + lifetime - timedelta(seconds=1))

    with pytest.raises(Unauthenticated) as caught:
        check_access_token(settings, token, NOW + lifetime)
    assert caught.value.reason == "token_expired"


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "sid", "jti", "typ", "iss", "aud"])
def test_a_token_without_a_claim_is_refused(settings: Settings, token: str, claim: str) -> None:
    claims = _claims(token)
    check_access_token(settings, _signed_with(settings, claims), NOW)
    del claims[claim]

    with pytest.raises(Unauthenticated):
        check_access_token(settings, _signed_with(settings, claims), NOW)


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("typ", "refresh"),
        ("typ", None),
        ("aud", "another"),
        ("aud", ["livelist", "another"]),
        ("iss", "https://elsewhere.example"),
        ("sub", "not an id"),
        ("sub", 7),
        ("sid", None),
        ("exp", "9999999999"),
        ("exp", 1e300),
        ("exp", True),
        ("iat", "now"),
        ("iat", 9999999999),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(
    settings: Settings, token: str, claim: str, value: object
) -> None:
    claims = _claims(token) | {claim: value}

    with pytest.raises(Unauthenticated):
        check_access_token(settings, _signed_with(settings, claims), NOW)


@pytest.mark.parametrize("claims", [[], "text", 7, None])
def test_a_payload_that_is_not_an_object_is_refused(settings: Settings, claims: object) -> None:
    key = access_tokens.derive_key(settings.secrets.signing_keys()[0])
    header = _signed_with(settings, {}).split(".")[0]
    signed = f"{header}.{_encoded(claims)}"
    signature = hmac.digest(key, signed.encode(), "sha256")
    token = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    with pytest.raises(Unauthenticated):
        check_access_token(settings, token, NOW)


def _without_algorithm(token: str) -> str:
    _, payload, _ = token.split(".")
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{payload}."


def _with_header(**changes: object) -> Callable[[str], str]:
    def change(token: str) -> str:
        header, payload, signature = token.split(".")
        known = json.loads(base64.urlsafe_b64decode(header + "=="))
        return f"{_encoded(known | changes)}.{payload}.{signature}"

    return change


def _by_another_key(token: str) -> str:
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    return str(jwt.encode(_claims(token), "another key" * 4, "HS256", {"kid": header["kid"]}))


def _with_other_last_character(token: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    return token[:-1] + alphabet[last ^ 1]


ATTACKS: dict[str, Callable[[str], str]] = {
    "no algorithm": _without_algorithm,
    "algorithm none, signature kept": _with_header(alg="none"),
    "another algorithm of the family": _with_header(alg="HS512"),
    "asymmetric algorithm": _with_header(alg="RS256"),
    "unknown key id": _with_header(kid="00000000"),
    "key id that is a path": _with_header(kid="../../dev/null"),
    "critical header": _with_header(crit=["exp"]),
    "key brought along": _with_header(jwk={"kty": "oct", "k": "AA"}),
    "key to be fetched": _with_header(jku="https://elsewhere.example/keys"),
    "another type": _with_header(typ="at+jwt"),
    "signed by another key": _by_another_key,
    "other encoding of the last character": _with_other_last_character,
    "signature cut": lambda token: token[:-4],
    "signature padded": lambda token: token + "=",
    "signature empty": lambda token: token.rpartition(".")[0] + ".",
    "payload swapped": lambda token: ".".join(
        [token.split(".")[0], _encoded({"sub": "x"}), token.split(".")[2]]
    ),
    "header of brackets": lambda token: (
        base64.urlsafe_b64encode(b"[" * 1400).decode() + "." + ".".join(token.split(".")[1:])
    ),
    "payload of brackets": lambda token: ".".join(
        [
            token.split(".")[0],
            base64.urlsafe_b64encode(b"[" * 1200).decode(),
            token.split(".")[2],
        ]
    ),
    "an additional segment": lambda token: token + ".e30",
    "too long": lambda token: token + "A" * 4000,
    "white space": lambda token: f" {token}",
    "line break": lambda token: f"{token}\n",
    "a lone surrogate": lambda token: token[:-1] + "\ud800",
    "a NUL": lambda token: token[:-1] + "\0",
    "not ASCII": lambda token: token[:-1] + "é",
    "empty": lambda _: "",
    "dots": lambda _: "..",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_a_token_is_refused(settings: Settings, token: str, attack: str) -> None:
    check_access_token(settings, token, NOW)

    with pytest.raises(Unauthenticated) as caught:
        check_access_token(settings, ATTACKS[attack](token), NOW)

    assert caught.value.detail == Unauthenticated().detail
    assert caught.value.reason == "unauthenticated"


@pytest.mark.parametrize("depth", [900, 1500, 100_000])
def test_a_signed_payload_of_brackets_is_refused(settings: Settings, depth: int) -> None:
    key = access_tokens.derive_key(settings.secrets.signing_keys()[0])
    header = _signed_with(settings, {}).split(".")[0]
    payload = base64.urlsafe_b64encode(b"[" * depth).rstrip(b"=").decode()
    signature = hmac.digest(key, f"{header}.{payload}".encode(), "sha256")
    encoded = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()

    with pytest.raises(Unauthenticated):
        check_access_token(settings, f"{header}.{payload}.{encoded}", NOW)


def test_a_token_of_the_previous_key_is_accepted_while_the_key_rotates(
    settings: Settings, token: str, tmp_path: Path
) -> None:
    new = SecretStr("another secret of more than thirty-two bytes, newer")
    rotating = plain_settings(tmp_path, secret_key=new, previous_secret_key=SecretStr(SECRET))
    rotated = plain_settings(tmp_path, secret_key=new)

    check_access_token(rotating, token, NOW)

    with pytest.raises(Unauthenticated):
        check_access_token(rotated, token, NOW)
    ours = make_access_token(rotating, UserId(new_id()), SessionId(new_id()), NOW)[0]
    check_access_token(rotated, ours, NOW)


def test_the_key_id_reveals_nothing_of_the_key(settings: Settings, token: str) -> None:
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))

    assert header.keys() == {"alg", "kid", "typ"}
    assert SECRET.encode().hex().find(header["kid"]) == -1
    assert len(header["kid"]) == 8


def test_the_signature_of_a_token_is_verified_once(
    settings: Settings, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    really_decode = jwt.decode

    def decode(token: str, *args: Any, **options: Any) -> dict[str, Any]:
        decoded.append(token)
        return really_decode(token, *args, **options)

    monkeypatch.setattr(jwt, "decode", decode)

    for _ in range(3):
        check_access_token(settings, token, NOW)
    with pytest.raises(Unauthenticated):
        check_access_token(settings, token, NOW + timedelta(days=1))

    assert decoded == [token]


@pytest.mark.parametrize(
    "change", [{"secret_key": SecretStr("b" + SECRET)}, {"public_url": "http://b"}]
)
def test_a_verified_token_is_refused_by_a_process_with_another_secret_or_address(
    settings: Settings, token: str, change: dict[str, Any]
) -> None:
    check_access_token(settings, token, NOW)

    with pytest.raises(Unauthenticated):
        check_access_token(changed_settings(settings, **change), token, NOW)
