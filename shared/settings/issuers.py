"""Settings of the issuers whose JWTs are accepted for signing in. docs/external-sign-in.md."""

import json
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from shared.settings.hosts import check_host
from shared.settings.subject import SubjectSettings
from shared.text import domain_a_label, domain_key

# Signatures with a public key: with HS256 every service that checks tokens could also make them.
KNOWN_ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
DEFAULT_ALGORITHMS = ("RS256", "ES256", "EdDSA")
# The column external_identities.issuer.
MAX_ISSUER_LENGTH = 500
# A site has one; two during a move. Each costs at most one request a minute to its server.
MAX_ISSUERS = 20

_TEXTS = ("issuer", "audience", "jwks_url", "name")
_LISTS = ("algorithms", "allowed_email_domains")


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer, the audience its tokens must name, and where its public keys (JWKS) are.

    Without `allowed_email_domains` all domains are allowed that the site allows.
    """

    issuer: str
    audience: str
    jwks_url: str
    name: str
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    allowed_email_domains: tuple[str, ...] = ()

    def allows_address(self, email: str) -> bool:
        """Return True if an account of this issuer may have the address."""
        allowed = self.allowed_email_domains
        return not allowed or domain_key(email.rpartition("@")[2]) in allowed


def _parse(value: object) -> object:
    """Return the issuers of a JSON text. Raise ValueError with a sentence for every fault."""
    if not isinstance(value, str):
        return value
    try:
        items = json.loads(value, object_pairs_hook=_members) if value.strip() else []
    except (json.JSONDecodeError, RecursionError):
        items = None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError('must be a JSON list of objects: [{"issuer": "https://…", …}]')
    faults = [
        f"issuer {number}: {fault}"
        for number, item in enumerate(items, 1)
        for fault in _faults(item)
    ]
    if len(items) > MAX_ISSUERS:
        faults.append(f"has more than {MAX_ISSUERS} issuers")
    if not faults and len({item["issuer"] for item in items}) < len(items):
        faults.append("names an issuer twice")
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(map(_issuer, items))


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Of two equal names the last would win: nobody could tell which audience holds.
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("an object has the same member twice")
    return dict(pairs)


def _faults(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one object, without its values."""
    faults = [f"has an unknown member {name!r}" for name in item if name not in _TEXTS + _LISTS]
    faults += [
        f"{name} must be a text of 1 to {MAX_ISSUER_LENGTH} characters"
        for name in _TEXTS
        if (name in item or name != "name") and not _is_text(item.get(name))
    ]
    faults += [
        f"{name} must be a list of texts with at least one"
        for name in _LISTS
        if name in item and not _is_list_of_texts(item[name])
    ]
    if faults:
        return faults
    if not _is_safe_url(item["jwks_url"]):
        faults.append("jwks_url must start with https://, or with http:// and a loopback address")
    if not set(item.get("algorithms", ())) <= set(KNOWN_ALGORITHMS):
        faults.append(f"algorithms may be {', '.join(KNOWN_ALGORITHMS)}")
    if not all(map(_is_domain, item.get("allowed_email_domains", ()))):
        faults.append("allowed_email_domains must be domains such as example.org")
    return faults


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ISSUER_LENGTH and value.isprintable()


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_domain(text: str) -> bool:
    try:
        label = domain_a_label(text)
    except ValueError:
        return False
    return "." in label and "@" not in label


def _is_safe_url(text: str) -> bool:
    """Return True for https; for http only on this machine, where nobody can change the keys."""
    try:
        parts = urlsplit(text)
        host, _ = check_host(parts.hostname or ""), parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or not text.isascii():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _issuer(item: dict[str, Any]) -> TrustedIssuer:
    return TrustedIssuer(
        item["issuer"],
        item["audience"],
        item["jwks_url"],
        item.get("name", item["issuer"]),
        tuple(item.get("algorithms", DEFAULT_ALGORITHMS)),
        tuple(map(domain_a_label, item.get("allowed_email_domains", ()))),
    )


class IssuerSettings(SubjectSettings):
    trusted: Annotated[tuple[TrustedIssuer, ...], BeforeValidator(_parse)] = Field(
        (),
        alias="TRUSTED_ISSUERS",
        description="JSON list of the issuers whose JWTs sign users in: issuer, audience, jwks_url and "
        "more. Empty: none.",
    )

    def find(self, issuer: object) -> TrustedIssuer | None:
        """Return the issuer of this exact name."""
        return next((each for each in self.trusted if each.issuer == issuer), None)
