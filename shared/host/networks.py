"""IP addresses and the networks of single customers. Pure."""

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)
def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def network(address: str, ipv4_prefix: int = 32, ipv6_prefix: int = 64) -> str:
    """Return the network of one customer: these many bits of the address."""
    if not is_address(address):
        return "unknown"
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    prefix = ipv4_prefix if parsed.version == 4 else ipv6_prefix
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False).network_address)
