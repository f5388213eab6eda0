"""The setting TRUSTED_ISSUERS: every fault is a sentence, and none shows a value."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.settings.external_sign_in.issuers import DEFAULT_ALGORITHMS, TrustedIssuer
from tests.support.settings import plain_settings

GOOD = {
    "issuer": "https://id.example.org/",
    "audience": "livelist",
    "jwks_url": "https://id.example.org/jwks",
}


def test_an_issuer_has_defaults(tmp_path: Path) -> None:
    issuers = plain_settings(tmp_path, trusted_issuers=json.dumps([GOOD])).issuers

    expected = TrustedIssuer(
        GOOD["issuer"], GOOD["audience"], GOOD["jwks_url"], GOOD["issuer"], DEFAULT_ALGORITHMS
    )
    assert issuers.trusted == (expected,)
    assert issuers.find("https://id.example.org/") == expected
    assert issuers.find("https://id.example.org") is None
    assert plain_settings(tmp_path).issuers.trusted == ()


@pytest.mark.parametrize(
    "url", ["http://localhost:3000/jwks", "http://127.0.0.1/jwks", "http://[::1]:1/jwks"]
)
def test_keys_may_come_over_http_from_this_machine(tmp_path: Path, url: str) -> None:
    plain_settings(tmp_path, trusted_issuers=json.dumps([GOOD | {"jwks_url": url}]))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"jwks_url": "http://id.example.org/jwks"}, "issuer 1: jwks_url must start with https://"),
        ({"jwks_url": "http://127.0.0.1.evil.example/"}, "jwks_url must start with"),
        ({"jwks_url": "https://user:secret@id.example.org/"}, "jwks_url must start with"),
        ({"jwks_url": "https://a..b/jwks"}, "jwks_url must start with"),
        ({"jwks_url": "https://"}, "jwks_url must start with"),
        ({"jwks_url": "file:///etc/passwd"}, "jwks_url must start with"),
        ({"issuer": ""}, "issuer must be a text"),
        ({"audience": ["livelist"]}, "audience must be a text"),
        ({"audience": None}, "audience must be a text"),
        ({"algorithms": ["HS256"]}, "algorithms may be RS256"),
        ({"algorithms": ["none"]}, "algorithms may be RS256"),
        ({"algorithms": []}, "algorithms must be a list of texts"),
        ({"algorithms": "RS256"}, "algorithms must be a list of texts"),
        ({"allowed_email_domains": ["@example.org"]}, "must be domains such as example.org"),
        ({"audiense": "x"}, "has an unknown member 'audiense'"),
    ],
)
def test_a_fault_is_one_sentence(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    text = json.dumps([GOOD | change])

    with pytest.raises(ValidationError) as caught:
        plain_settings(tmp_path, trusted_issuers=text)

    (error,) = caught.value.errors()
    assert sentence in error["msg"]
    assert "secret" not in error["msg"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "must be a JSON list of objects"),
        (json.dumps(GOOD), "must be a JSON list of objects"),
        ('["x"]', "must be a JSON list of objects"),
        ('[{"issuer": "a", "issuer": "b"}]', "the same member twice"),
        (json.dumps([GOOD, GOOD]), "names an issuer twice"),
        (json.dumps([GOOD | {"issuer": str(n)} for n in range(21)]), "more than 20 issuers"),
        (json.dumps([{}, {"x": 1}]), "issuer 2: has an unknown member 'x'"),
    ],
)
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        plain_settings(tmp_path, trusted_issuers=text)
