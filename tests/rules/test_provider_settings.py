"""The setting OIDC_PROVIDERS: every fault is a sentence, and none shows a value."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.settings import plain_settings

GOOD = {
    "id": "corp",
    "issuer": "https://id.example.org/realms/main",
    "client_id": "livelist",
    "client_secret": "hush-hush",
}


def test_a_provider_has_defaults(tmp_path: Path) -> None:
    settings = plain_settings(tmp_path, oidc_providers=json.dumps([GOOD]))

    provider = settings.providers.find("corp")
    assert provider is not None
    assert (provider.name, provider.scopes, provider.sign_up, provider.site_roles) == (
        "corp",
        ("openid", "email", "profile"),
        True,
        (),
    )
    assert provider.discovery_url == f"{GOOD['issuer']}/.well-known/openid-configuration"
    assert "hush-hush" not in repr(settings)
    assert plain_settings(tmp_path).providers.known == ()


def test_an_issuer_that_ends_with_a_slash_has_one_in_its_discovery(tmp_path: Path) -> None:
    given = [GOOD | {"issuer": "https://id.example.org/"}]

    (provider,) = plain_settings(tmp_path, oidc_providers=json.dumps(given)).providers.known

    assert provider.discovery_url == "https://id.example.org/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": "Corp"}, "provider 1: id must be up to 32 of a-z"),
        ({"id": "a/b"}, "id must be up to 32 of a-z"),
        ({"id": "x" * 33}, "id must be up to 32 of a-z"),
        ({"issuer": "http://id.example.org"}, "issuer must start with https://"),
        ({"issuer": "https://id.example.org/?x=1"}, "issuer must start with https://"),
        ({"issuer": "https://user:secret@id.example.org"}, "issuer must start with https://"),
        ({"client_secret": ""}, "client_secret must be a text"),
        ({"client_secret": None}, "client_secret must be a text"),
        ({"client_secret": "schlüssel"}, "client_id and client_secret must be ASCII"),
        ({"scopes": ["email"]}, 'scopes must have "openid"'),
        ({"scopes": ["openid", "a b"]}, 'scopes must have "openid"'),
        ({"scopes": "openid"}, "scopes must be a list of texts"),
        ({"sign_up": "yes"}, "sign_up must be true or false"),
        ({"allowed_email_domains": ["@example.org"]}, "must be domains such as example.org"),
        ({"site_roles": {"x": "owner"}}, "site_roles must be an object of groups"),
        ({"site_roles": ["x"]}, "site_roles must be an object of groups"),
        ({"secret": "x"}, "has an unknown member 'secret'"),
    ],
)
def test_a_fault_is_one_sentence(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as raised:
        plain_settings(tmp_path, oidc_providers=json.dumps([GOOD | change]))

    (error,) = raised.value.errors(include_input=False)
    assert sentence in error["msg"]
    assert "hush-hush" not in error["msg"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "must be a JSON list of objects"),
        ('{"id": "corp"}', "must be a JSON list of objects"),
        (json.dumps([GOOD, GOOD | {"issuer": "https://b.example"}]), "names an id twice"),
        (json.dumps([GOOD, GOOD | {"id": "other"}]), "names an issuer twice"),
        ('[{"id": "a", "id": "b"}]', "the same member twice"),
    ],
)
def test_a_list_that_is_wrong_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as raised:
        plain_settings(tmp_path, oidc_providers=text)

    assert sentence in str(raised.value.errors(include_input=False)[0]["msg"])
