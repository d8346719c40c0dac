"""Gateways of any size, with policies mixed as in real ones; one number gives one text."""

from collections.abc import Iterator

from galc.frontend.printer import print_gal
from galc.frontend.source import Source
from galc.frontend.yaml import compose

ROUTES_PER_SERVICE = 10


def yaml_gateway(routes: int) -> str:
    """A gateway in YAML: a third of the routes limited, a third with JWT, half with header rules,
    a fifth with CORS, a tenth with a circuit breaker."""
    services = max(1, routes // ROUTES_PER_SERVICE)
    return "".join(_lines(services, min(routes, ROUTES_PER_SERVICE)))


def gal_gateway(routes: int) -> str:
    """The same gateway as a `.gal` file."""
    problems: list[object] = []
    tree = compose(Source("bench.yaml", yaml_gateway(routes), "yaml"), problems.append)
    assert tree is not None, problems
    return print_gal(tree)


def _lines(services: int, routes: int) -> Iterator[str]:
    # The header that limits go by is written by the proxy in front.
    yield 'version: "1"\nglobal:\n  port: 8080\n  trusted_proxies: [10.0.0.0/8]\nservices:\n'
    for service in range(services):
        yield (
            f"  - name: service-{service}\n"
            "    upstream:\n"
            "      targets:\n"
            f"        - {{host: one.service-{service}.internal, port: 8080, weight: 2}}\n"
            f"        - {{host: two.service-{service}.internal, port: 8080}}\n"
            "    routes:\n"
        )
        for route in range(routes):
            yield from _route(service, route)


def _route(service: int, route: int) -> Iterator[str]:
    yield f"      - path_prefix: /service-{service}/resource-{route}\n"
    yield "        methods: [GET, POST]\n"
    if route % 3 == 0:
        yield (
            "        rate_limit:\n"
            "          requests_per_second: 100\n"
            "          burst: 200\n"
            "          key_type: header\n"
            "          key_header: X-Client\n"
        )
    if route % 3 == 1:
        yield (
            "        authentication:\n"
            "          type: jwt\n"
            "          jwt:\n"
            "            issuer: https://auth.example.com\n"
            "            audiences: [api]\n"
            "            jwks_uri: https://auth.example.com/.well-known/jwks.json\n"
        )
    if route % 2 == 0:
        yield (
            "        headers:\n"
            "          request_set:\n"
            "            X-Gateway: galc\n"
            '            X-Client-Address: "{{client_ip}}"\n'
            "          response_remove: [Server, X-Powered-By]\n"
        )
    if route % 5 == 0:
        yield (
            "        cors:\n"
            '          allowed_origins: ["https://app.example.com"]\n'
            "          allow_credentials: true\n"
        )
    if route == 7:
        yield "        circuit_breaker:\n          max_failures: 5\n"
