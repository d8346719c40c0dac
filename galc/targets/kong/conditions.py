"""What goes together less well than each alone, and values that Kong's fields can't hold."""

from collections.abc import Iterator
from ipaddress import ip_address

from galc.ir.gateway import Gateway, HeaderRules, Route
from galc.passes.matching import is_address
from galc.targets import Condition, approximate, unsupported
from galc.targets.bodies.support import CONDITIONS as BODY_CONDITIONS
from galc.targets.introspection import has_bare_address
from galc.targets.kong import jwt, paths, preflights, upstreams
from galc.targets.kong.headers import FIXED
from galc.targets.nginx import CONDITIONS as RETRIES
from galc.targets.nginx import other_statuses
from galc.targets.references import variables

#: kong/db/schema/typedefs.lua: timeout.
_MOST_MILLISECONDS = 2**31 - 2
_NO_PROBES = unsupported(
    "Kong probes by HTTP/1.1, which an upstream of HTTP/2 doesn't understand",
    "leave `health_check` out; a `circuit_breaker` on the routes works",
)


def has_choice(route: Route) -> bool:
    """Whether another attempt could go to another target."""
    return route.retry is not None and len(route.upstream.targets) > 1


CONDITIONS = (
    *RETRIES,
    Condition(
        "retry",
        approximate("the next attempt goes to the same target again"),
        lambda route: has_choice(route) and upstreams.is_hashed(route.upstream),
    ),
    Condition(
        "retry",
        approximate("a target that failed may get the next attempt, too, if it is its turn"),
        lambda route: has_choice(route) and upstreams.takes_turns(route.upstream),
    ),
    Condition(
        "upstream.load_balancer.sticky_sessions",
        approximate("a client without the cookie gets a target by chance, not by the algorithm"),
        lambda route: bool(
            route.upstream.sticky_cookie and route.upstream.algorithm != "round_robin"
        ),
    ),
    Condition(
        "upstream.health_check.passive",
        approximate(
            "probes and answers are counted together, so a good one of either makes Kong forget "
            "the failures of both, and a target comes back by probes, not after a time"
        ),
        lambda route: bool(route.upstream.passive and route.upstream.active),
    ),
    Condition(
        "upstream.health_check.active",
        _NO_PROBES,
        lambda route: bool(route.upstream.http2 and route.upstream.active),
    ),
    Condition(
        "upstream.health_check.passive",
        _NO_PROBES,
        lambda route: bool(route.upstream.http2 and route.upstream.passive),
    ),
    Condition(
        "routes.strip_prefix",
        unsupported("Kong sends an HTTP/2 upstream the path as the client wrote it"),
        lambda route: route.upstream.http2 and route.strip_prefix,
    ),
    Condition(
        "services.protocol=https",
        unsupported("Kong doesn't verify the certificate of an upstream that it speaks HTTP/2 to"),
        lambda route: route.upstream.http2 and route.upstream.tls,
    ),
    Condition(
        "services.protocol=https",
        unsupported(
            "Kong compares an upstream's certificate with a host name, not with an address",
            "give the target by its name",
        ),
        lambda route: (
            route.upstream.tls and any(is_address(target.host) for target in route.upstream.targets)
        ),
    ),
    Condition(
        "routes.path_regex",
        approximate("Kong compares the path with encoded characters such as `%20` decoded"),
        lambda route: paths.compares_encoding(route.match),
    ),
    Condition(
        "authentication.oauth2.introspection_endpoint",
        unsupported(
            "nginx verifies a certificate against a name, and this endpoint has an address",
            "give the endpoint by its name",
        ),
        has_bare_address,
    ),
    Condition(
        "authentication.jwt.jwks",
        approximate("a token that doesn't name its key by `kid` is refused"),
        jwt.needs_kid,
    ),
    *BODY_CONDITIONS,
)


def refused_values(gateway: Gateway) -> Iterator[tuple[Route, str, str]]:
    """The route, the feature, and why."""
    known: set[str] = set()
    for route in gateway.routes:
        for feature, why in _of_route(route):
            yield route, feature, why
        if route.upstream.name not in known:
            known.add(route.upstream.name)
            for feature, why in upstreams.problems(route):
                yield route, feature, why
    yield from other_statuses(gateway)
    yield from jwt.problems(gateway)
    yield from preflights.problems(gateway)


def _of_route(route: Route) -> Iterator[tuple[str, str]]:
    path = paths.problem(route.match)
    if path:
        kind = {"exact": "path", "prefix": "path_prefix", "regex": "path_regex"}[route.match.kind]
        yield f"routes.{kind}", path
    for method in route.methods:
        if "-" in method:
            yield "routes.methods", f"a method has letters only, unlike `{method}`"
    for host in route.hosts:
        if is_address(host.strip("[]")) and ip_address(host.strip("[]")).version == 6:
            yield "routes.hosts", f"Kong's router reads a port into an IPv6 address like `{host}`"
    if route.authentication:
        for name in variables(route.authentication):
            if name != name.upper():
                yield "authentication", f"Kong's vault makes capitals of a variable like `{name}`"
    phases, websocket = route.phases, route.websocket
    for feature, time in (
        ("timeout", route.timeout_ms),
        ("timeout.send", phases.send_ms if phases else 0),
        ("websocket.idle_timeout", websocket.idle_ms if websocket else 0),
    ):
        if time > _MOST_MILLISECONDS:
            yield feature, f"it is {_MOST_MILLISECONDS} milliseconds at most"
    if route.headers:
        for name in _names(route.headers.request):
            if name.lower() in FIXED:
                yield "headers", f"Kong itself sets `{name}` to the client's address"
        for name in _names(route.headers.response):
            if "_" in name:
                yield "headers", f"Kong writes a hyphen for `_` in an answer's header like `{name}`"


def _names(rules: HeaderRules) -> Iterator[str]:
    yield from rules.remove
    for name, _ in (*rules.set, *rules.add):
        yield name
