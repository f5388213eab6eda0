"""`./livelist doctor` says whether each provider can be used, and nothing secret."""

import json
from pathlib import Path

from tests.support.services.provider import CLIENT_SECRET, SigningProvider
from tests.support.settings import plain_settings
from worker.doctor.findings import run_checks
from worker.doctor.provider_checks import provider_checks


async def test_the_doctor_tries_each_provider(tmp_path: Path) -> None:
    async with SigningProvider() as good, SigningProvider(id="liar") as liar:
        liar.metadata["issuer"] = "https://evil.example"
        away = good.setting(id="away", issuer="http://127.0.0.1:1")
        providers = [good.setting(), liar.setting(), away]
        settings = plain_settings(tmp_path, oidc_providers=json.dumps(providers))

        found = await run_checks(provider_checks(settings))

    states = {name: finding.state for name, finding in found.items()}
    assert states == {"provider corp": "ok", "provider liar": "failed", "provider away": "failed"}
    assert "its `issuer` is not the one of the setting" in found["provider liar"].text
    assert "ES256" in found["provider corp"].text
    assert CLIENT_SECRET not in repr(found)
