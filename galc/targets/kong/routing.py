"""Routes: a Kong service for each route of the file, with a Kong route, and more where a preflight
needs them.

kong/router/transform.lua: get_priority. What orders Kong's routes is the number of kinds of
conditions that they have, then whether all hosts are plain, then the number of headers, and only
then `regex_priority`; so the first three are made equal wherever the language orders by something
else. Every path is a regex, because a plain one is no prefix of segments.
"""

from typing import Any

from galc.ir.gateway import Gateway, Route
from galc.passes.order import rank
from galc.targets.kong import schema as s
from galc.targets.kong import times
from galc.targets.kong.names import entity_name, upstream_name
from galc.targets.kong.paths import path_regex
from galc.targets.kong.plugins import of_route
from galc.targets.kong.preflights import Entry, entries
from galc.targets.memo import shared

#: On a listener without TLS a route's `snis` are no condition, but count as a kind: they stand in
#: for `methods`. `snis` want a protocol with TLS among the route's.
_NO_CONDITION = ("galc.invalid",)
_PROTOCOLS = ("http", "https")
#: A wildcard beside plain hosts, so that these don't beat other wildcards.
_NO_HOST = "*.galc.invalid"


def services(gateway: Gateway) -> tuple[s.Service, ...]:
    """Every route's service, sorted by name."""
    priorities = _priorities(gateway)
    preflights = _preflights(gateway)
    found = [
        _service(route, priorities[rank(route)], tuple(preflights.get(route.name, ())))
        for route in gateway.routes
    ]
    return tuple(sorted(found, key=lambda service: service.name))


def _priorities(gateway: Gateway) -> dict[Any, int]:
    """Rank → `regex_priority`: the same for routes that no request can match both."""
    ranks = sorted({rank(route) for route in gateway.routes}, reverse=True)
    return {found: number for number, found in enumerate(ranks, 1)}


def _service(route: Route, priority: int, preflights: tuple[s.Route, ...]) -> s.Service:
    name, upstream = entity_name(route.name), route.upstream
    allowed = times.of_route(route)
    own = s.Route(
        name=name,
        paths=(path_regex(route.match),),
        regex_priority=priority,
        strip_path=route.strip_prefix,
        # With TLS the certificate is checked against the name that is sent as Host.
        preserve_host=not upstream.tls,
        protocols=_PROTOCOLS,
        methods=route.methods,
        hosts=_hosts(route.hosts),
        snis=() if route.methods else _NO_CONDITION,
        plugins=of_route(route),
    )
    return s.Service(
        name=name,
        host=upstream_name(upstream.name),
        # `grpc` is how Kong speaks HTTP/2 to any upstream; the routes stay open for all requests.
        protocol="https" if upstream.tls else "grpc" if upstream.http2 else "http",
        connect_timeout=allowed.connect,
        write_timeout=allowed.write,
        read_timeout=allowed.read,
        retries=route.retry.attempts - 1 if route.retry else 0,
        routes=(own, *preflights),
        tls_verify=True if upstream.tls else None,
    )


def _preflights(gateway: Gateway) -> dict[str, list[s.Route]]:
    """The routes for preflights by the name of the route whose service they belong to.

    They all have a path, a method, two headers, and hosts or `snis`: more than any other route, so
    they come before those, and among them only the order of the entries counts.
    """
    ordered = list(entries(gateway))
    found: dict[str, list[s.Route]] = {}
    for number, entry in enumerate(ordered):
        found.setdefault(entry.owner.name, []).append(_preflight(entry, len(ordered) - number))
    return found


def _preflight(entry: Entry, priority: int) -> s.Route:
    return s.Route(
        name=entity_name(entry.name),
        paths=(path_regex(entry.match),),
        regex_priority=priority,
        strip_path=entry.owner.strip_prefix,
        preserve_host=not entry.owner.upstream.tls,
        protocols=_PROTOCOLS,
        methods=("OPTIONS",),
        hosts=_hosts(entry.hosts),
        headers=entry.headers,
        snis=() if entry.hosts else _NO_CONDITION,
        plugins=entry.plugins,
    )


@shared
def _hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    if not hosts or any(host.startswith("*.") for host in hosts):
        return hosts
    return (*hosts, _NO_HOST)
