"""An OpenID Connect provider on this machine, which tells lies when a test asks for them.

async with SigningProvider() as provider:
    setting = provider.setting()                              # an object of OIDC_PROVIDERS
    parameters = provider.authorize(url, email="ana@…")       # what its login page would send back
    provider.lie = lambda honest: …                           # the next ID tokens are this instead
    provider.answers["/token"] = b"HTTP/1.1 503 …"            # or another answer at an address

It checks what an honest provider checks: the client, the redirect URI, PKCE, and that a code is used
once. It shares no code with what is tested.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlsplit

from tests.support.services.issuer import Issuer, encoded, public_jwk, text_of

CLIENT_ID, CLIENT_SECRET = "livelist", "s3cret/with+odd=characters"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class Grant:
    """A code that was issued: its claims, and what the browser's request demanded."""

    claims: Mapping[str, Any]
    userinfo: Mapping[str, Any]
    challenge: str
    redirect_uri: str


@dataclass
class SigningProvider(Issuer):
    """`answers` replaces the answer at a path; `metadata` changes what discovery says."""

    id: str = "corp"
    metadata: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    # Returns another ID token, given the honest claims.
    lie: Callable[[dict[str, Any]], str] | None = None
    grants: dict[str, Grant] = field(default_factory=dict)
    # (path, form) of each request.
    received: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def setting(self, **changes: Any) -> dict[str, Any]:
        """Return this provider as an object of OIDC_PROVIDERS."""
        given = {
            "id": self.id,
            "name": "Example Inc.",
            "issuer": self.url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        return given | changes

    def discovery(self) -> dict[str, Any]:
        honest = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        changed = honest | self.metadata
        return {name: value for name, value in changed.items() if value is not None}

    def authorize(
        self, url: str, *, userinfo: Mapping[str, Any] | None = None, **claims: Any
    ) -> dict[str, str]:
        """Sign a user in at the address that the browser was sent to; return what it brings back."""
        asked = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
        assert url.startswith(f"{self.url}/authorize?"), url
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        code = f"{self.id}-code-{len(self.grants)}"
        given = {"aud": CLIENT_ID, "nonce": asked["nonce"]} | claims
        self.grants[code] = Grant(
            self.claims(**given), userinfo or {}, asked["code_challenge"], asked["redirect_uri"]
        )
        return {"code": code, "state": asked["state"], "iss": self.url}

    def logout_token(self, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """Return a good logout token with these changes; None removes a claim."""
        claims = self.claims(email=None, email_verified=None, name=None)
        given = {"aud": CLIENT_ID, "jti": "logout-1", "events": {LOGOUT_EVENT: {}}} | changes
        kept = {name: value for name, value in (claims | given).items() if value is not None}
        return self.signed(
            encoded({"alg": "EdDSA", "kid": "ed"} | dict(header or {})), encoded(kept)
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests += 1
            path = head.split()[1]
            lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
            headers = {name.lower(): value for name, _, value in lines}
            body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
            form = dict(parse_qsl(body))
            self.received.append((path, form))
            if self.is_silent:
                await reader.read()
            writer.write(self.answers.get(path) or self._answer(path, headers, form))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str, headers: Mapping[str, str], form: Mapping[str, str]) -> bytes:
        match path:
            case "/.well-known/openid-configuration":
                return http_answer(self.discovery())
            case "/jwks":
                return http_answer({"keys": [public_jwk(*each) for each in self.keys.items()]})
            case "/token":
                return self._token(headers, form)
            case "/userinfo":
                code = headers["authorization"].removeprefix("Bearer access-")
                grant = self.grants[f"used {code}"]
                return http_answer({"sub": grant.claims.get("sub"), **grant.userinfo})
        return http_answer({}, "404 Not Found")

    def _token(self, headers: Mapping[str, str], form: Mapping[str, str]) -> bytes:
        code = form.get("code", "")
        grant = self.grants.pop(code, None)
        if not self._is_our_client(headers, form):
            return http_answer({"error": "invalid_client"}, "401 Unauthorized")
        verifier = form.get("code_verifier", "").encode()
        challenge = text_of(hashlib.sha256(verifier).digest())
        if grant is None or (grant.challenge, grant.redirect_uri) != (
            challenge,
            form.get("redirect_uri"),
        ):
            return http_answer({"error": "invalid_grant"}, "400 Bad Request")
        self.grants[f"used {code}"] = grant
        access_token = f"access-{code}"
        half = hashlib.sha512(access_token.encode()).digest()[:32]
        claims = {"at_hash": text_of(half)} | dict(grant.claims)
        id_token = self.lie(claims) if self.lie else self.id_token(claims)
        return http_answer(
            {"access_token": access_token, "token_type": "Bearer", "id_token": id_token}
        )

    def id_token(self, claims: Mapping[str, Any], **header: Any) -> str:
        given = {"alg": "EdDSA", "kid": "ed", "typ": "JWT"} | header
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.signed(encoded(given), encoded(kept))

    def _is_our_client(self, headers: Mapping[str, str], form: Mapping[str, str]) -> bool:
        if "client_secret" in form:
            return (form["client_id"], form["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
        sent = base64.b64decode(headers.get("authorization", "Basic ").removeprefix("Basic "))
        return tuple(map(unquote_plus, sent.decode().split(":"))) == (CLIENT_ID, CLIENT_SECRET)


def http_answer(value: Any, status: str = "200 OK") -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body)


def query_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, strict_parsing=True)
