"""Who the client is (language section 2, `global.trusted_proxies`)."""

from ipaddress import ip_address, ip_network

from galc.ir.gateway import Gateway
from galc.semantics.messages import Request, first, values


def client_address(gateway: Gateway, request: Request) -> str:
    """The peer; behind a trusted proxy the last address of X-Forwarded-For that isn't one.

    A list with something in it that is no address is believed up to there.
    """
    client = request.peer
    lines = ",".join(values(request.headers, "X-Forwarded-For"))
    named = [part.strip() for part in lines.split(",") if part.strip()]
    while named and _trusted(gateway, client):
        following = named.pop()
        if not _is_address(following):
            break
        client = following
    return client


def scheme(gateway: Gateway, request: Request) -> str:
    """By what the client came: the connection, or what a trusted proxy says of its own."""
    told = first(request.headers, "X-Forwarded-Proto")
    believed = told in ("http", "https") and _trusted(gateway, request.peer)
    return told if told and believed else "http"


def _trusted(gateway: Gateway, address: str) -> bool:
    return any(ip_address(address) in ip_network(text) for text in gateway.trusted_proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
