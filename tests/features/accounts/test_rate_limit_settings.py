"""Each setting of rate limits has the effect that docs/operations.md describes."""

import pytest

from api.http import rate_limits
from api.http.rate_limiter import Limit
from api.http.rate_limits import make_rate_limiter
from shared.errors import RateLimited
from shared.resources import open_resources
from shared.settings import Settings
from shared.settings.rate_limits import RateLimitSettings
from tests.support.settings import changed_settings

BY_SETTING = {
    "sign_ins_per_network": rate_limits.SIGN_IN_BY_NETWORK,
    "registrations_per_network": rate_limits.REGISTER,
    "mails_per_network": rate_limits.MAIL_BY_NETWORK,
    "refreshes_per_network": rate_limits.REFRESH,
}
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def attempts_until_refused(
    settings: Settings, limit: Limit, at_most: int, *addresses: str
) -> int:
    """Return how many attempts, from the addresses in turn, are allowed."""
    local = changed_settings(settings, redis_url="", rate_limits=True)
    async with open_resources(local) as resources:
        limiter = make_rate_limiter(resources)
        for number in range(at_most):
            try:
                await limiter.take([limit], "", addresses[number % len(addresses)])
            except RateLimited:
                return number
    return at_most


@pytest.mark.parametrize("name", BY_SETTING)
async def test_a_limit_of_a_network_is_what_its_setting_says(settings: Settings, name: str) -> None:
    limit = BY_SETTING[name]
    changed = changed_settings(settings, **{f"{name}": 100})

    assert await attempts_until_refused(changed, limit, 2000, "192.0.2.1") == 100
    default = RateLimitSettings.model_fields[name].default
    assert limit.max_attempts == default
    assert await attempts_until_refused(settings, limit, 2000, "192.0.2.1") == default


@pytest.mark.parametrize(
    ("name", "prefix", "addresses"),
    [
        ("rate_limit_ipv4_prefix", 24, ("192.0.2.1", "192.0.2.200")),
        ("rate_limit_ipv6_prefix", 48, ("2001:db8:1:1::1", "2001:db8:1:2::1")),
    ],
)
async def test_a_shorter_prefix_counts_more_addresses_as_one_network(
    settings: Settings, name: str, prefix: int, addresses: tuple[str, str]
) -> None:
    limit = rate_limits.REGISTER
    changed = changed_settings(settings, **{name: prefix})

    assert await attempts_until_refused(changed, limit, 200, *addresses) == limit.max_attempts
    assert await attempts_until_refused(settings, limit, 200, *addresses) == 2 * limit.max_attempts
