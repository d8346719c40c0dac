"""CORS: the `headers` middleware, with routers of their own for preflights.

https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/middlewares/headers/ and
`pkg/middlewares/headers/header.go`. The middleware answers every preflight, tells credentials and
exposed headers to refused origins too, and drops all `Vary` lines of an upstream but the first; so
what it sees is chosen by rules.
"""

from galc.ir.gateway import Cors, Route
from galc.passes.overlap import Overlaps, covers
from galc.targets.memo import shared
from galc.targets.traefik import rules
from galc.targets.traefik import schema as s
from galc.targets.traefik.chain import Case, Chain, Named
from galc.targets.traefik.middlewares import named

#: Methods of a route that takes all, as told to a browser.
_ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def takes_options(route: Route) -> bool:
    """Whether a preflight that the gateway doesn't answer is a request for this route."""
    return not route.methods or "OPTIONS" in route.methods


def answer(chain: Chain, route: Route) -> None:
    """CORS headers on everything that is answered below, also on rejections."""
    if route.cors is None:
        return
    cases = _cases(route.cors, takes_options(route))
    if len(cases) == 1:
        chain.apply(*cases[0].middlewares)
    else:
        chain.split(cases)


@shared
def _cases(cors: Cors, may_be_preflight: bool) -> tuple[Case, ...]:
    """A preflight that got to the route is an OPTIONS request like any other."""
    told = (_told(cors),)
    cases = [Case("unanswered preflight", rules.PREFLIGHT)] if may_be_preflight else []
    if not (cors.credentials or cors.expose):
        return (*cases, Case("any origin", rules.ALWAYS, told))
    varies = (_VARY,) if _names_origins(cors) else ()
    return (
        *cases,
        Case("allowed origin", rules.allowed_origin(cors), told),
        Case("other origin", rules.ALWAYS, varies),
    )


def _names_origins(cors: Cors) -> bool:
    """Whether an answer depends on the origin."""
    return cors.credentials or all(origin.kind != "any" for origin in cors.origins)


@shared
def _told(cors: Cors) -> Named:
    return named("cors", s.Middleware(headers=_headers(cors)))


def _headers(cors: Cors, methods: tuple[str, ...] | None = None) -> s.Headers:
    exact = tuple(
        "*" if o.kind == "any" else o.value for o in cors.origins if o.kind != "subdomains"
    )
    below = tuple(rules.origin_regex(o) for o in cors.origins if o.kind == "subdomains")
    return s.Headers(
        access_control_allow_credentials=cors.credentials,
        access_control_allow_origin_list=exact,
        access_control_allow_origin_list_regex=below,
        access_control_expose_headers=cors.expose if methods is None else (),
        access_control_allow_headers=() if methods is None else cors.headers,
        access_control_allow_methods=methods or (),
        access_control_max_age=None if methods is None else cors.max_age_s,
        add_vary_header=methods is None and _names_origins(cors),
    )


_VARY = named("vary", s.Middleware(headers=s.Headers(add_vary_header=True)))
_PREFLIGHT_VARY = named(
    "preflight-vary", s.Middleware(headers=s.Headers(custom_response_headers={"Vary": "Origin"}))
)


def preflight_rule(route: Route) -> str:
    """A preflight from an allowed origin for a method that the route takes."""
    assert route.cors is not None
    return rules.all_of(
        rules.path(route.match),
        rules.hosts(route.hosts),
        "Method(`OPTIONS`)",
        rules.allowed_origin(route.cors),
        rules.asks_for(route.methods),
    )


def preflight(route: Route) -> tuple[Named, ...]:
    """The middlewares that answer it."""
    assert route.cors is not None
    answered = _preflight(route.cors, route.methods)
    return (_PREFLIGHT_VARY, answered) if _names_origins(route.cors) else (answered,)


@shared
def _preflight(cors: Cors, taken: tuple[str, ...]) -> Named:
    methods = cors.methods or taken or _ALL_METHODS
    return named("preflight", s.Middleware(headers=_headers(cors, methods)))


def refused(route: Route, overlaps: Overlaps, index: int) -> list[tuple[Route | None, str]]:
    """Where preflights go that are a route's and that it doesn't allow: to the routes that take
    OPTIONS there, past the preflight routers of broader routes, and at last nowhere."""
    asked = rules.all_of(
        rules.path(route.match),
        rules.hosts(route.hosts),
        rules.PREFLIGHT,
        rules.asks_for(route.methods),
    )
    found: list[tuple[Route | None, str]] = []
    for other in overlaps.around(index):
        if takes_options(other):
            found.append(
                (other, rules.all_of(rules.path(other.match), rules.hosts(other.hosts), asked))
            )
            if covers(other, route):
                return found
    return [*found, (None, asked)]
