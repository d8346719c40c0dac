"""From a legal gateway to Traefik's two files: what it listens on, and what it does.

Routers are tried by priority, and one whose rule doesn't hold is passed over, so each has a
priority of its own: the number of those that are tried after it.
"""

from collections.abc import Iterator

from msgspec import Struct

from galc.ir.gateway import Gateway, Route
from galc.passes.overlap import Overlaps
from galc.printers.yaml import print_yaml
from galc.targets.traefik import auth, cors, headers, rate_limit, retry, rules, services, tree
from galc.targets.traefik import schema as s
from galc.targets.traefik.chain import ENTRY_POINT, NOWHERE, Chain, Config, Named
from galc.targets.traefik.middlewares import rejection
from galc.targets.traefik.text import name, printed
from galc.targets.traefik.tree import key_of

DYNAMIC = "dynamic.yaml"
STATIC = "traefik.yaml"
#: Escapes of unreserved characters are decoded before, `%5C` is decoded for matching.
_ENCODED_SLASH = r"PathRegexp(`(?i)%2f|\\`)"


def lower(gateway: Gateway) -> dict[str, str]:
    """Both files; Traefik is started in their folder with `traefik --configFile=traefik.yaml`."""
    return {DYNAMIC: printed(dynamic(gateway)), STATIC: print_yaml(static(gateway))}


def static(gateway: Gateway) -> s.Static:
    """The entry point; the admin interface listens on loopback only."""
    host = f"[{gateway.host}]" if ":" in gateway.host else gateway.host
    forwarded = s.ForwardedHeaders(
        # Without trusted proxies nothing that they say is used, and X-Forwarded-For is kept.
        insecure=not gateway.trusted_proxies,
        trusted_ips=gateway.trusted_proxies,
    )
    encoded = s.EncodedCharacters(allow_encoded_slash=False, allow_encoded_back_slash=False)
    http = s.EntryPointHttp(encoded, encode_query_semicolons=True)
    return s.Static(
        entry_points={
            ENTRY_POINT: s.EntryPoint(f"{host}:{gateway.port}", http, forwarded),
            "traefik": s.EntryPoint(f"127.0.0.1:{gateway.admin_port}"),
        },
        providers=s.Providers(s.FileProvider(DYNAMIC)),
        api=s.Api(insecure=True, dashboard=False),
        ping=s.Ping("traefik"),
        global_=s.Global(check_new_version=False),
    )


class _Root(Struct, frozen=True):
    """A router that takes a request first: that of a route, one whose middlewares answer, or one
    that only leads `into` a route. Each path that it takes begins with the `key`."""

    name: str
    rule: str
    key: str
    middlewares: tuple[Named, ...] = ()
    route: Route | None = None
    into: str = ""


def dynamic(gateway: Gateway) -> s.Dynamic:
    """Routers in the order in which they are tried, and what they use."""
    config = Config()
    roots = list(_roots(gateway))
    # The check of the path comes before all groups.
    groups, parents = tree.groups([root.key for root in roots[1:]])
    for group in groups:
        config.open(group)
    inner: dict[str, list[str]] = {}
    for root in roots:
        if root.into:
            inner.setdefault(root.into, []).append(root.name)
    for index, (root, above) in enumerate(zip(roots, [(), *parents], strict=True)):
        chain = Chain(config, root.name, root.rule, len(roots) - index, above)
        chain.apply(*root.middlewares)
        if root.route:
            _route(chain, root.route, inner.get(root.name, []), gateway.trusted_proxies)
        else:
            chain.finish("" if root.into else NOWHERE)
    found_services: dict[str, s.Service] = {}
    transports: dict[str, s.ServersTransport] = {}
    for route in gateway.routes:
        if services.name_of(route) not in found_services:
            found_services[services.name_of(route)] = services.service(route)
            transports.setdefault(services.transport_of(route), services.transport(route))
    middlewares = dict(sorted(config.middlewares.items()))
    return s.Dynamic(
        s.Http(
            routers=config.routers,
            services=dict(sorted(found_services.items())),
            middlewares=middlewares,
            servers_transports=dict(sorted(transports.items())),
        )
    )


def _roots(gateway: Gateway) -> Iterator[_Root]:
    """What is rejected, what answers preflights, then every route."""
    # Traefik's own check (in the static file) comes after a router is found, and gives 404 else.
    yield _Root("encoded slash", _ENCODED_SLASH, "", (rejection(400),))
    if any(route.cors for route in gateway.routes):
        yield from _preflights(gateway)
    for route in gateway.routes:
        yield _Root(name(route.name), rules.route(route), key_of(route.match), route=route)


def _preflights(gateway: Gateway) -> Iterator[_Root]:
    """A preflight is for the route that its requested method would reach, so these stand in the
    order of the routes, and before all of them."""
    overlaps = Overlaps.of(gateway.routes)
    for index, route in enumerate(gateway.routes):
        own, key = name(route.name), key_of(route.match)
        if route.cors is not None:
            yield _Root(
                f"{own} (preflight)", cors.preflight_rule(route), key, cors.preflight(route)
            )
        if overlaps.shadows_preflights(index):
            for other, rule in cors.refused(route, overlaps, index):
                if other is None:
                    yield _Root(f"{own} (preflight refused)", rule, key, (rejection(404),))
                else:
                    into = name(other.name)
                    yield _Root(f"{into} (preflight for {own})", rule, key, into=into)


def _route(chain: Chain, route: Route, inner: list[str], trusted: tuple[str, ...]) -> None:
    """The language's order: CORS, authentication, rate limit, headers, and the service with what is
    between its attempts."""
    cors.answer(chain, route)
    if inner:
        chain.join("inner", inner)
    auth.authenticate(chain, route)
    rate_limit.limit(chain, route, trusted)
    headers.modify(chain, route, bool(trusted))
    retry.retry(chain, route)
    chain.finish(services.name_of(route))
