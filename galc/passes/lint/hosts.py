"""Which hosts are reached over the internet."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

#: Domains without names on the internet: RFC 2606, RFC 6761, RFC 6762, RFC 8375, ICANN's
#: `.internal` (2024), and what clusters and offices use of old.
_PRIVATE_DOMAINS = frozenset(
    "arpa cluster consul corp example home internal intranet invalid lan local localdomain "
    "localhost onion private svc test".split()
)


@lru_cache(maxsize=65536)
def address(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is, brackets or not; None for a name."""
    if host[-1:].isalpha() and ":" not in host:
        return None
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


@lru_cache(maxsize=65536)
def is_public(host: str) -> bool:
    """Whether a host is on the internet, as far as its name or address tells.

    >>> is_public("api.example.com"), is_public("users.internal"), is_public("10.1.2.3")
    (True, False, False)
    """
    ip = address(host)
    if ip is not None:
        return ip.is_global
    labels = host.lower().rstrip(".").split(".")
    return len(labels) > 1 and labels[-1] not in _PRIVATE_DOMAINS and "svc" not in labels
