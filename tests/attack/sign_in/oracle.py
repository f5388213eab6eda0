"""Answers from which a stranger could learn who has an account, and what it signs in with."""

from shared.ids import new_id
from tests.attack.sign_in.scene import Scene, log_in, post, proof
from tests.support.authenticator import Authenticator
from tests.support.features.passkeys import SIGN_IN, sign_in_options


async def run(scene: Scene) -> None:
    site = scene.sites.plain
    app = await scene.app_user()
    _, authenticator, actor = await scene.passkey_user()
    passkey_email = await scene.target.world.email_of(actor)
    pending = scene.address()
    await scene.registrar.register(pending)
    known = {
        "an account with an app": app.email,
        "one with a passkey": passkey_email,
        "an unverified one": pending,
    }

    unknown = await log_in(site, scene.address(), "wrong password")
    for name, email in known.items():
        scene.alike(
            f"wrong password of {name}", unknown, await log_in(site, email, "wrong password")
        )
    form = "/api/v1/auth/token"
    sent = [
        {"username": each, "password": "wrong password"} for each in (scene.address(), app.email)
    ]
    scene.alike("OAuth 2 form", *[await site.post(form, data=each) for each in sent])

    for path in ("/auth/forgot-password", "/auth/resend-verification"):
        stranger = await post(site, path, {"email": scene.address()})
        for name, email in {**known, "an account in capitals": app.email.upper()}.items():
            scene.alike(f"{path} of {name}", stranger, await post(site, path, {"email": email}))
    new = {"password": "quiet orchard lamp", "name": "Ana"}
    stranger = await post(site, "/auth/register", new | {"email": scene.address()})
    scene.alike(
        "register a known address",
        stranger,
        await post(site, "/auth/register", new | {"email": app.email}),
    )

    plain = await post(site, "/auth/passkey/options")
    scene.alike("options of a passkey", plain, await post(site, "/auth/passkey/options"))
    with scene.tally.attempt(f"{scene.family}: options of a passkey name nobody's"):
        assert plain.json()["allowCredentials"] == []
        scene.tally.refused += 1
    lies = {
        "another key": Authenticator(
            credential_id=authenticator.credential_id, user_handle=authenticator.user_handle
        ),
        "another handle": authenticator.lying(user_handle=b"another"),
        "another origin": authenticator.lying(origin="https://evil.example"),
    }
    stranger = await site.post(
        SIGN_IN, json=Authenticator(user_handle=b"x").get(await sign_in_options(site))
    )
    for name, lying in lies.items():
        answer = await site.post(SIGN_IN, json=lying.get(await sign_in_options(site)))
        scene.alike(f"passkey with {name}", stranger, answer)

    used = await scene.challenge(app)
    for _ in range(5):
        await post(site, "/auth/challenge", proof(used, app.wrong_code()))
    scene.alike(
        "challenge that is unknown, or used up",
        await post(site, "/auth/challenge", proof("x" * 43, "000000")),
        await post(site, "/auth/challenge", proof(used, "000000")),
    )
    token = {"token": f"{new_id()}.{'x' * 43}"}
    scene.alike(
        "link that is unknown, or no link",
        await post(site, "/share-links/open", token),
        await post(site, "/share-links/open", {"token": "x"}),
    )
