"""Settings of rate limits: what counts as one network, and how much one network may do.

The limits of one account are constants (api/http/rate_limits.py): no site needs others. Those of a
network depend on how many users share an address. The lower bounds leave a household its sign-ins.
"""

from pydantic import Field

from shared.settings.subject import SubjectSettings


class RateLimitSettings(SubjectSettings):
    sign_ins_per_network: int = Field(
        100,
        alias="SIGN_INS_PER_NETWORK",
        ge=10,
        le=100_000,
        description="Sign-ins from one network in 15 minutes.",
    )
    registrations_per_network: int = Field(
        60,
        alias="REGISTRATIONS_PER_NETWORK",
        ge=1,
        le=100_000,
        description="Registrations from one network in an hour.",
    )
    mails_per_network: int = Field(
        60,
        alias="MAILS_PER_NETWORK",
        ge=1,
        le=100_000,
        description="Mails that strangers of one network can request in an hour.",
    )
    refreshes_per_network: int = Field(
        1_500,
        alias="REFRESHES_PER_NETWORK",
        ge=100,
        le=1_000_000,
        description="Renewals of access tokens from one network in 15 minutes.",
    )
    ipv4_prefix: int = Field(
        32,
        alias="RATE_LIMIT_IPV4_PREFIX",
        # A wider network would be several providers: one attacker would lock out all their customers.
        ge=16,
        le=32,
        description="Bits of an IPv4 address that make a network.",
    )
    ipv6_prefix: int = Field(
        64,
        alias="RATE_LIMIT_IPV6_PREFIX",
        # A longer prefix would give a customer, who has a /64 at least, any number of networks.
        ge=32,
        le=64,
        description="Bits of an IPv6 address that make a network.",
    )
