"""Settings of the whole gateway."""

from collections.abc import Iterator
from ipaddress import ip_network

from galc.diagnostics import Diagnostic, lint
from galc.frontend.source import Place
from galc.ir.document import Document
from galc.ir.gateway import Gateway
from galc.passes import matching

#: Shorter than the widest private network of each family, 10.0.0.0/8 and fc00::/7.
_WIDE = {4: 8, 6: 7}
_TLS_PORTS = (443, 8443)


def check(document: Document, gateway: Gateway) -> Iterator[Diagnostic]:
    """What is odd about `global`."""
    for index, text in enumerate(document.global_.trusted_proxies):
        name = matching.network(text)
        network = ip_network(name) if name else None
        if network is not None and network.prefixlen < _WIDE[network.version]:
            yield lint.EverybodyTrusted(Place(("global", "trusted_proxies", index)), text)
    place = Place(("global", "port"))
    if gateway.port in _TLS_PORTS:
        yield lint.PlainOnTlsPort(place, gateway.port)
    elif gateway.port < 1024:
        yield lint.PrivilegedPort(place, gateway.port)
