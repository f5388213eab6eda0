"""Settings of the issuers whose JWTs are accepted for signing in. docs/external-sign-in.md."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.settings.external_sign_in.json_objects import (
    is_domain,
    is_safe_url,
    parse_objects,
    unknown_members,
    wrong_lists,
    wrong_texts,
)
from shared.settings.subject import SubjectSettings
from shared.text import domain_a_label, domain_key

# Signatures with a public key: with HS256 every service that checks tokens could also make them.
KNOWN_ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
DEFAULT_ALGORITHMS = ("RS256", "ES256", "EdDSA")
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
    items = parse_objects(value, "issuer", _faults, example='{"issuer": "https://…", …}')
    return tuple(map(_issuer, items))


def _faults(item: dict[str, Any]) -> list[str]:
    """Return what is wrong with one object, without its values."""
    faults = unknown_members(item, _TEXTS + _LISTS)
    faults += wrong_texts(item, _TEXTS, optional=("name",))
    faults += wrong_lists(item, _LISTS)
    if faults:
        return faults
    if not is_safe_url(item["jwks_url"]):
        faults.append("jwks_url must start with https://, or with http:// and a loopback address")
    if not set(item.get("algorithms", ())) <= set(KNOWN_ALGORITHMS):
        faults.append(f"algorithms may be {', '.join(KNOWN_ALGORITHMS)}")
    if not all(map(is_domain, item.get("allowed_email_domains", ()))):
        faults.append("allowed_email_domains must be domains such as example.org")
    return faults


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
