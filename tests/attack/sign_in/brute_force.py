"""Guessing: what is counted by challenge, account and network, and what does not help."""

from shared.accounts.authentication import passwords
from shared.accounts.authentication.challenges import MAX_ATTEMPTS
from tests.attack.sign_in.scene import (
    BAD_CREDENTIALS,
    CHALLENGE_INVALID,
    TOO_MANY,
    WRONG_CODE,
    Scene,
    bearer,
    log_in,
    post,
    proof,
)
from tests.support.registration import PASSWORD
from tests.support.share_links import make_link

# Of rate_limits.SIGN_IN_BY_ACCOUNT and others, by the documentation; the next one is refused.
ATTEMPTS = 10
CODES = 15


async def run(scene: Scene) -> None:
    await _challenges(scene)
    await _recovery_codes(scene)
    await _passwords(scene)
    await _step_up(scene)
    await _share_link(scene)


async def _challenges(scene: Scene) -> None:
    """Three challenges use up the codes of an hour, and a fourth does not bring them back."""
    site, ana = scene.sites.limited, await scene.app_user()
    for number in range(CODES // MAX_ATTEMPTS):
        challenge = await scene.challenge(ana, site)
        for attempt in range(MAX_ATTEMPTS):
            await scene.refuse(
                f"wrong code {attempt + 1} of challenge {number + 1}",
                post(site, "/auth/challenge", proof(challenge, ana.wrong_code())), WRONG_CODE,
            )  # fmt: skip
        await scene.refuse(
            f"right code after {MAX_ATTEMPTS} wrong ones, challenge {number + 1}",
            post(site, "/auth/challenge", proof(challenge, ana.code())), CHALLENGE_INVALID,
        )  # fmt: skip
    fresh = await scene.challenge(ana, site)
    await scene.refuse(
        "right code in a new challenge, beyond the limit of the account",
        post(site, "/auth/challenge", proof(fresh, ana.code())), TOO_MANY,
    )  # fmt: skip
    await scene.refuse(
        "right code for a step-up, beyond the limit of the account",
        post(site, "/auth/step-up", {"method": "totp", "code": ana.code()}, ana.headers), TOO_MANY,
    )  # fmt: skip
    await scene.allow(
        "a recovery code is not shut out",
        post(site, "/auth/challenge", proof(fresh, ana.recovery_codes[0], "recovery_code")),
    )


async def _recovery_codes(scene: Scene) -> None:
    site, ana = scene.sites.limited, await scene.app_user()
    challenge = await scene.challenge(ana, site)
    for attempt in range(MAX_ATTEMPTS):
        wrong = proof(challenge, f"aaaa-bbbb-ccc{attempt}", "recovery_code")
        await scene.refuse(
            f"wrong recovery code {attempt + 1}", post(site, "/auth/challenge", wrong), WRONG_CODE
        )
    right = proof(challenge, ana.recovery_codes[0], "recovery_code")
    await scene.refuse(
        "right recovery code after five wrong ones", post(site, "/auth/challenge", right),
        CHALLENGE_INVALID,
    )  # fmt: skip


async def _passwords(scene: Scene) -> None:
    """Ten wrong passwords, each from another claimed network: the header of a stranger does not count."""
    site, email = scene.sites.limited, scene.address()
    await scene.registrar.register_and_verify(email)
    for number in range(ATTEMPTS):
        claimed = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        await scene.refuse(
            f"wrong password {number + 1}, claimed network", log_in(site, email, "wrong", **claimed),
            BAD_CREDENTIALS,
        )  # fmt: skip
    claimed = {"X-Forwarded-For": "198.51.100.1"}
    await scene.refuse(
        "right password beyond the limit, claimed network", log_in(site, email, **claimed), TOO_MANY
    )
    await scene.refuse(
        "right password beyond the limit, address in capitals",
        log_in(site, email.upper()),
        TOO_MANY,
    )
    form = {"username": email, "password": PASSWORD}
    await scene.refuse(
        "right password beyond the limit, OAuth 2 form",
        site.post("/api/v1/auth/token", data=form), TOO_MANY,
    )  # fmt: skip


async def _step_up(scene: Scene) -> None:
    site = scene.sites.limited
    tokens = await scene.registrar.register_and_verify(scene.address())
    headers = bearer(tokens.access_token)
    for number in range(ATTEMPTS):
        body = {"method": "password", "password": f"wrong {number}"}
        await scene.refuse(
            f"wrong password {number + 1} for a step-up",
            post(site, "/auth/step-up", body, headers), (403, "wrong_password"),
        )  # fmt: skip
    right = {"method": "password", "password": PASSWORD}
    await scene.refuse(
        "right password for a step-up, beyond the limit",
        post(site, "/auth/step-up", right, headers), TOO_MANY,
    )  # fmt: skip


async def _share_link(scene: Scene) -> None:
    site, owner = scene.sites.limited, await scene.target.world.user("Olga")
    list_id = await scene.target.world.list(owner)
    password_hash = await passwords.hash_password(PASSWORD)
    link = await make_link(scene.resources, owner, list_id, password_hash=password_hash)
    body = {"token": link.token, "name": "Gil"}
    await scene.refuse(
        "share link without its password", post(site, "/share-links/join", body),
        (403, "link_password_required"),
    )  # fmt: skip
    for number in range(ATTEMPTS):
        path = "/share-links/open" if number % 2 else "/share-links/join"
        sent = (body if number % 2 == 0 else {"token": link.token}) | {
            "password": f"wrong {number}"
        }
        await scene.refuse(
            f"wrong password {number + 1} of a share link", post(site, path, sent),
            (403, "wrong_link_password"),
        )  # fmt: skip
    await scene.refuse(
        "right password of a share link, beyond the limit",
        post(site, "/share-links/join", body | {"password": PASSWORD}), TOO_MANY,
    )  # fmt: skip
