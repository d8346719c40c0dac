"""Gateways of any size, with policies mixed as in real ones; one number gives one text."""

from collections.abc import Iterator
from itertools import chain

from galc.frontend.printer import print_gal
from galc.frontend.source import Source
from galc.frontend.yaml import compose

ROUTES_PER_SERVICE = 10


def yaml_gateway(routes: int) -> str:
    """A gateway in YAML: a third of the routes limited, a third with JWT, half with header rules,
    a fifth with CORS, a tenth with a circuit breaker."""
    # The header that limits go by is written by the proxy in front.
    head = 'version: "1"\nglobal:\n  port: 8080\n  trusted_proxies: [10.0.0.0/8]\n'
    return _gateway(head, routes, _TARGETS, _JWT, _HEADERS)


def gal_gateway(routes: int) -> str:
    """The same gateway as a `.gal` file."""
    return _in_gal(yaml_gateway(routes))


def common_gateway(routes: int) -> str:
    """A gateway in YAML that every target can be built for: with keys instead of tokens, and
    without templates in header values."""
    head = 'version: "1"\nglobal:\n  port: 8080\n  trusted_proxies: [10.0.0.0/8]\n'
    return _gateway(head, routes, _TARGETS, _KEYS, _PLAIN_HEADERS)


def predecessor_gateway(routes: int) -> str:
    """The gateway of `yaml_gateway` for GAL 1.3, as far as that has it: one host for each service
    (its library fails on several), and no trusted proxies."""
    head = 'version: "1.0"\nprovider: envoy\nglobal:\n  port: 8080\n'
    jwt = _JWT.replace("audiences: [api]", "audience: api")
    return _gateway(head, routes, _SINGLE_HOST, jwt, _HEADERS)


def _in_gal(text: str) -> str:
    problems: list[object] = []
    tree = compose(Source("bench.yaml", text, "yaml"), problems.append)
    assert tree is not None, problems
    return print_gal(tree)


def _gateway(head: str, routes: int, upstream: str, authentication: str, headers: str) -> str:
    services = range(max(1, routes // ROUTES_PER_SERVICE))
    per_service = range(min(routes, ROUTES_PER_SERVICE))
    lines = chain.from_iterable(
        _service(service, per_service, upstream, authentication, headers) for service in services
    )
    return "".join((head, "services:\n", *lines))


def _service(
    service: int, routes: range, upstream: str, authentication: str, headers: str
) -> Iterator[str]:
    yield f"  - name: service-{service}\n" + upstream.replace("NAME", f"service-{service}")
    yield "    routes:\n"
    for route in routes:
        yield f"      - path_prefix: /service-{service}/resource-{route}\n"
        yield "        methods: [GET, POST]\n"
        if route % 3 == 0:
            yield _LIMIT
        if route % 3 == 1:
            yield authentication
        if route % 2 == 0:
            yield headers
        if route % 5 == 0:
            yield _CORS
        if route == 7:
            yield "        circuit_breaker:\n          max_failures: 5\n"


_TARGETS = """\
    upstream:
      targets:
        - {host: one.NAME.internal, port: 8080, weight: 2}
        - {host: two.NAME.internal, port: 8080}
"""
_SINGLE_HOST = """\
    type: rest
    protocol: http
    upstream:
      host: one.NAME.internal
      port: 8080
"""
_LIMIT = """\
        rate_limit:
          requests_per_second: 100
          burst: 200
          key_type: header
          key_header: X-Client
"""
_JWT = """\
        authentication:
          type: jwt
          jwt:
            issuer: https://auth.example.com
            audiences: [api]
            jwks_uri: https://auth.example.com/.well-known/jwks.json
"""
_KEYS = """\
        authentication:
          type: api_key
          api_key:
            header_name: X-API-Key
            keys:
              - {key: "${env:PARTNER_KEY}", name: partner}
"""
_HEADERS = """\
        headers:
          request_set:
            X-Gateway: galc
            X-Client-Address: "{{client_ip}}"
          response_remove: [Server, X-Powered-By]
"""
_PLAIN_HEADERS = """\
        headers:
          request_set:
            X-Gateway: galc
            X-Environment: production
          response_remove: [Server, X-Powered-By]
"""
_CORS = """\
        cors:
          allowed_origins: ["https://app.example.com"]
          allow_credentials: true
"""
