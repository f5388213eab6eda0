"""Check the OpenID Connect providers: fetch the metadata of each, as a sign-in would."""

from collections.abc import Mapping
from functools import partial

from shared.issuer_keys.discovery import fetch_metadata
from shared.issuer_keys.fetching import FETCH_ERRORS, reason
from shared.settings import Settings
from shared.settings.external_sign_in.providers import Provider
from worker.doctor.findings import Check, Finding, failed, ok


def provider_checks(settings: Settings) -> Mapping[str, Check]:
    """Return a check for each provider, by its id."""
    return {f"provider {each.id}": partial(_check, each) for each in settings.providers.known}


async def _check(provider: Provider) -> Finding:
    try:
        metadata = await fetch_metadata(provider)
    except FETCH_ERRORS as error:
        return failed(
            f"{provider.discovery_url}: {reason(error)}",
            "Nobody signs in with it now. Compare `issuer` in OIDC_PROVIDERS with that document.",
        )
    return ok(f"signs with {', '.join(metadata.algorithms)}; {metadata.auth_method}")
