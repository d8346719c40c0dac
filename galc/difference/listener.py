"""What differs between two gateways as a whole: where they listen, and whom they believe."""

from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network

from galc.difference.changes import OPENING, SECURITY, Change, Changed, Members, Risk, number
from galc.ir.gateway import Gateway

_Network = IPv4Network | IPv6Network


def compare(old: Gateway, new: Gateway) -> list[Change]:
    """The changes of the settings that hold for every route."""
    found: list[Change] = []
    if ip_address(old.host) != ip_address(new.host):
        found.append(Changed("global.host", _reach(old.host, new.host), old.host, new.host))
    found += _moved("global.port", old.port, new.port)
    found += _moved("global.admin_port", old.admin_port, new.admin_port)
    return found + _trusted(old.trusted_proxies, new.trusted_proxies)


def _moved(field: str, old: int, new: int) -> list[Change]:
    """A port has no order: it isn't raised."""
    return [Changed(field, change.risk, str(old), str(new)) for change in number(field, old, new)]


def _reach(old: str, new: str) -> Risk:
    """An address that more can reach is an opening: loopback < one interface < all of them."""
    one, other = (_breadth(host) for host in (old, new))
    return OPENING if other > one else SECURITY


def _breadth(host: str) -> int:
    address = ip_address(host)
    return 0 if address.is_loopback else 2 if address.is_unspecified else 1


def _trusted(old: tuple[str, ...], new: tuple[str, ...]) -> list[Change]:
    """Networks by what they hold: two halves are the whole."""
    before, after = _networks(old), _networks(new)
    field = "global.trusted_proxies"
    found: list[Change] = []
    came = tuple(str(n) for n in after if not _within(n, before))
    went = tuple(str(n) for n in before if not _within(n, after))
    if came:
        found.append(Members(field, OPENING, came, ()))
    if went:
        found.append(Members(field, SECURITY, (), went))
    return found


def _networks(texts: tuple[str, ...]) -> list[_Network]:
    networks = [ip_network(text) for text in texts]
    return [
        *collapse_addresses(n for n in networks if isinstance(n, IPv4Network)),
        *collapse_addresses(n for n in networks if isinstance(n, IPv6Network)),
    ]


def _within(network: _Network, others: list[_Network]) -> bool:
    if isinstance(network, IPv4Network):
        return any(network.subnet_of(o) for o in others if isinstance(o, IPv4Network))
    return any(network.subnet_of(o) for o in others if isinstance(o, IPv6Network))
