"""Settings of the OpenID Connect providers that sign users in. docs/external-sign-in.md."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr

from shared.settings.external_sign_in.json_objects import (
    is_domain,
    is_safe_url,
    is_text,
    parse_objects,
    unknown_members,
    wrong_lists,
    wrong_texts,
)
from shared.settings.subject import SubjectSettings
from shared.text import domain_a_label, domain_key

DEFAULT_SCOPES = ("openid", "email", "profile")
# Part of two addresses, and of the names of routes in logs.
_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")
# RFC 6749, section 3.3: no space, quote or backslash.
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_TEXTS = ("id", "name", "issuer", "client_id", "client_secret", "groups_claim")
_LISTS = ("scopes", "allowed_email_domains")
_OTHERS = ("sign_up", "site_roles")
# Of the site; every other account is an ordinary one.
_SITE_ROLES = ("moderator", "admin")


@dataclass(frozen=True)
class Provider:
    """A provider and the client that it registered for this site.

    `site_roles` has pairs (group, role); empty: sign-ins change no role. Without
    `allowed_email_domains` all domains are allowed that the site allows.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: SecretStr
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    allowed_email_domains: tuple[str, ...] = ()
    sign_up: bool = True
    groups_claim: str = "groups"
    site_roles: tuple[tuple[str, str], ...] = ()

    @property
    def discovery_url(self) -> str:
        # OpenID Connect Discovery 1.0, section 4.
        return f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    def allows_address(self, email: str) -> bool:
        """Return True if an account of this provider may have the address."""
        allowed = self.allowed_email_domains
        return not allowed or domain_key(email.rpartition("@")[2]) in allowed


def _parse(value: object) -> object:
    """Return the providers of a JSON text. Raise ValueError with a sentence for every fault."""
    if not isinstance(value, str):
        return value
    items = parse_objects(
        value, "provider", _faults, example='{"id": "…", "issuer": "https://…", …}',
        unique=("id", "issuer"),
    )  # fmt: skip
    return tuple(map(_provider, items))


def _faults(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one object, without its values."""
    faults = unknown_members(item, _TEXTS + _LISTS + _OTHERS)
    faults += wrong_texts(item, _TEXTS, optional=("name", "groups_claim"))
    faults += wrong_lists(item, _LISTS)
    if not isinstance(item.get("sign_up", True), bool):
        faults.append("sign_up must be true or false")
    if not _is_role_map(item.get("site_roles", {})):
        faults.append("site_roles must be an object of groups: their role is moderator or admin")
    if faults:
        return faults
    if not _ID.fullmatch(item["id"]):
        faults.append("id must be up to 32 of a-z, 0-9 and -, and begin with a letter")
    if not is_safe_url(item["issuer"]) or set("?#") & set(item["issuer"]):
        faults.append(
            "issuer must start with https://, or with http:// and a loopback address, "
            "and have no ? or #"
        )
    if not (item["client_id"] + item["client_secret"]).isascii():
        faults.append("client_id and client_secret must be ASCII")
    scopes = item.get("scopes", DEFAULT_SCOPES)
    if "openid" not in scopes or not all(map(_SCOPE.fullmatch, scopes)):
        faults.append('scopes must have "openid", and no scope a space')
    if not all(map(is_domain, item.get("allowed_email_domains", ()))):
        faults.append("allowed_email_domains must be domains such as example.org")
    return faults


def _is_role_map(value: object) -> bool:
    return isinstance(value, dict) and all(
        is_text(group) and role in _SITE_ROLES for group, role in value.items()
    )


def _provider(item: dict[str, Any]) -> Provider:
    return Provider(
        id=item["id"],
        name=item.get("name", item["id"]),
        issuer=item["issuer"],
        client_id=item["client_id"],
        client_secret=SecretStr(item["client_secret"]),
        scopes=tuple(item.get("scopes", DEFAULT_SCOPES)),
        allowed_email_domains=tuple(map(domain_a_label, item.get("allowed_email_domains", ()))),
        sign_up=item.get("sign_up", True),
        groups_claim=item.get("groups_claim", "groups"),
        site_roles=tuple(item.get("site_roles", {}).items()),
    )


class ProviderSettings(SubjectSettings):
    known: Annotated[tuple[Provider, ...], BeforeValidator(_parse)] = Field(
        (),
        alias="OIDC_PROVIDERS",
        description="JSON list of the OpenID Connect providers that sign users in: id, name, issuer, "
        "client_id, client_secret and more. Empty: none.",
    )

    def find(self, provider_id: str) -> Provider | None:
        return next((each for each in self.known if each.id == provider_id), None)

    def of_issuer(self, issuer: str) -> Provider | None:
        return next((each for each in self.known if each.issuer == issuer), None)
