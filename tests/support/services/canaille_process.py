"""Run canaille, an OpenID Connect provider, with users and one client in memory.

    python -m tests.support.services.canaille_process PORT REDIRECT_URI

Prints "ready" when it listens. canaille never says that it verified an address, so this process adds
`email_verified`, as a provider says it that has.
"""

import datetime as dt
import sys
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.oidc import provider, userinfo
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from tests.support.services.canaille import CLIENT_ID, CLIENT_SECRET, PASSWORD


def main(port: int, redirect_uri: str) -> None:
    key = RSAKey.generate_key(2048, private=True, auto_kid=True).as_dict(private=True)
    app = create_app(
        {
            "SECRET_KEY": "only for tests",
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "ENABLE_REGISTRATION": False, "SMTP": None},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [key]},
        }
    )
    _say_that_addresses_are_verified()
    with app.app_context(), Backend.instance.session():
        for name, email in (("ana", "ana@example.com"), ("bea", "bea@example.com")):
            _add_user(name, email)
        _add_client(redirect_uri)
    server = make_server("127.0.0.1", port, app, threaded=True)
    print("ready", flush=True)
    server.serve_forever()


def _say_that_addresses_are_verified() -> None:
    generate = userinfo.generate_user_claims

    def claims(user: Any, mapping: Any = None) -> dict[str, Any]:
        return {**generate(user, mapping), "email_verified": True}

    for module in (userinfo, provider):
        module.generate_user_claims = claims


def _add_user(name: str, email: str) -> None:
    user = models.User(
        formatted_name=name.capitalize(),
        given_name=name.capitalize(),
        family_name="Example",
        user_name=name,
        emails=[email],
        password=PASSWORD,
    )
    Backend.instance.save(user)


def _add_client(redirect_uri: str) -> None:
    now = dt.datetime.now(dt.UTC)
    client = models.Client(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_name="Livelist",
        # A client of this machine is trusted: no page asks for consent.
        client_uri="http://127.0.0.1",
        client_id_issued_at=now,
        redirect_uris=[redirect_uri],
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "email", "profile"],
        token_endpoint_auth_method="client_secret_basic",
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
