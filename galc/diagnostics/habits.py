"""What people write who come from elsewhere, and how galc says it.

Data, and the few functions that put the author's own value into the replacement. Words that differ
from galc's by case, dashes or a letter need no entry: the nearest name is found without one.
"""

import re
from typing import Any

#: A word → galc's words for it; the first one that the construct at hand has is meant.
WORDS: dict[str, tuple[str, ...]] = {
    "add_header": ("response_add",),
    "address": ("host",),
    "addresses": ("targets",),
    "allow_headers": ("allowed_headers",),
    "allow_methods": ("allowed_methods",),
    "allow_origin": ("allowed_origins",),
    "allow_origins": ("allowed_origins",),
    "accessControlAllowOriginList": ("allowed_origins",),
    "accessControlAllowMethods": ("allowed_methods",),
    "accessControlAllowHeaders": ("allowed_headers",),
    "accessControlAllowCredentials": ("allow_credentials",),
    "accessControlExposeHeaders": ("expose_headers",),
    "accessControlMaxAge": ("max_age",),
    "apikey": ("api_key",),
    "key-auth": ("api_key", "authentication"),
    "key_auth": ("api_key", "authentication"),
    "keyauth": ("api_key", "authentication"),
    "basic-auth": ("basic", "authentication"),
    "basicAuth": ("basic", "authentication"),
    "bearer": ("jwt",),
    "oidc": ("jwt",),
    "jwt": ("jwt", "authentication"),
    "auth": ("authentication",),
    "security": ("authentication",),
    "aud": ("audiences",),
    "iss": ("issuer",),
    "jwksUri": ("jwks_uri",),
    "jwks_url": ("jwks_uri",),
    "scopes": ("required_scopes",),
    "endpoint": ("introspection_endpoint",),
    "introspection_url": ("introspection_endpoint",),
    "average": ("requests_per_second",),
    "requests": ("requests_per_second",),
    "rate": ("requests_per_second",),
    "rps": ("requests_per_second",),
    "requestsPerSecond": ("requests_per_second",),
    "requests_per_unit": ("requests_per_second",),
    "second": ("requests_per_second",),
    "minute": ("requests_per_minute",),
    "rpm": ("requests_per_minute",),
    "hour": ("requests_per_hour",),
    "limit_by": ("key_type",),
    "limit_req": ("rate_limit",),
    "ratelimit": ("rate_limit",),
    "rateLimit": ("rate_limit",),
    "rate-limiting": ("rate_limit",),
    "limit-req": ("rate_limit",),
    "throttle": ("rate_limit",),
    "quota": ("rate_limit",),
    "backend": ("upstream",),
    "backendRefs": ("targets", "upstream"),
    "backends": ("targets", "upstream"),
    "cluster": ("upstream",),
    "upstream_addr": ("upstream",),
    "upstreams": ("upstream",),
    "endpoints": ("targets",),
    "nodes": ("targets",),
    "servers": ("targets",),
    "members": ("targets",),
    "balancer": ("load_balancer",),
    "lb_policy": ("algorithm", "load_balancer"),
    "loadBalancer": ("load_balancer",),
    "policy": ("algorithm",),
    "sticky": ("sticky_sessions",),
    "healthcheck": ("health_check",),
    "healthchecks": ("health_check",),
    "checks": ("health_check",),
    "probe": ("active",),
    "outlier_detection": ("passive", "health_check"),
    "base_ejection_time": ("recovery_time",),
    "consecutive_5xx": ("max_failures",),
    "consecutive_errors": ("max_failures",),
    "circuitBreaker": ("circuit_breaker",),
    "breaker": ("circuit_breaker",),
    "credentials": ("allow_credentials",),
    "exposed_headers": ("expose_headers",),
    "origins": ("allowed_origins",),
    "domains": ("hosts",),
    "hostnames": ("hosts",),
    "server_name": ("hosts",),
    "vhosts": ("hosts",),
    "verbs": ("methods",),
    "method": ("methods",),
    "location": ("path_prefix",),
    "match": ("path_prefix",),
    "matches": ("path_prefix",),
    "paths": ("path_prefix",),
    "pathPrefix": ("path_prefix",),
    "pathType": ("path_prefix",),
    "prefix": ("path_prefix", "path"),
    "uris": ("path_prefix",),
    "uri": ("path",),
    "url": ("http_path", "host", "upstream"),
    "regex": ("path_regex",),
    "rewrite": ("strip_prefix",),
    "stripPrefix": ("strip_prefix",),
    "strip_path": ("strip_prefix",),
    "listen": ("port",),
    "http_port": ("port",),
    "proxy_pass": ("upstream",),
    "proxy_set_header": ("request_set",),
    "proxy_hide_header": ("response_remove",),
    "customRequestHeaders": ("request_set",),
    "customResponseHeaders": ("response_set",),
    "proxy_read_timeout": ("timeout", "read"),
    "proxy_connect_timeout": ("connect", "timeout"),
    "connect_timeout": ("connect", "timeout"),
    "read_timeout": ("read", "timeout"),
    "write_timeout": ("send", "timeout"),
    "requestTimeout": ("timeout",),
    "retries": ("attempts", "retry"),
    "num_retries": ("attempts", "retry"),
    "retryOn": ("retry_on",),
    "real_ip_from": ("trusted_proxies",),
    "set_real_ip_from": ("trusted_proxies",),
    "trustedIPs": ("trusted_proxies",),
    "websockets": ("websocket",),
    "enable_websocket": ("websocket",),
}

#: Where a word of galc's stands that the construct at hand doesn't have.
ELSEWHERE = {
    "upstream": "`upstream` of a service, beside its `routes`",
    "targets": "`targets` of an `upstream`",
    "hosts": "`hosts` of a route",
    "authentication": "`authentication` of a service or a route",
    "rate_limit": "`rate_limit` of a service or a route",
    "port": "`global.port`",
    "timeout": "`timeout` of a service or a route",
    "trusted_proxies": "`global.trusted_proxies`",
    "path_prefix": "`path_prefix` of a route",
    "methods": "`methods` of a route",
    "request_set": "`headers.request_set`",
    "response_add": "`headers.response_add`",
    "response_remove": "`headers.response_remove`",
    "response_set": "`headers.response_set`",
}

#: Names at the top of a file that is in another tool's language altogether.
OTHER_FILES = {
    "_format_version": "Kong's declarative configuration",
    "static_resources": "an Envoy configuration",
    "apiVersion": "a Kubernetes resource",
    "entryPoints": "a Traefik configuration",
    "openapi": "an OpenAPI document",
    "swagger": "an OpenAPI document",
}

#: A value of a field with a few words → the word that means it.
OPTIONS: dict[tuple[str, str], str] = {
    **dict.fromkeys(
        [("algorithm", word) for word in ("roundrobin", "round-robin", "rr", "wrr", "random")],
        "round_robin",
    ),
    **dict.fromkeys(
        [
            ("algorithm", word)
            for word in ("leastconn", "least_request", "least-connections", "least_connections")
        ],
        "least_conn",
    ),
    **dict.fromkeys(
        [
            ("algorithm", word)
            for word in ("chash", "consistent-hashing", "ring_hash", "maglev", "source", "iphash")
        ],
        "ip_hash",
    ),
    **dict.fromkeys(
        [("type", word) for word in ("key-auth", "key_auth", "apikey", "api-key", "keyauth")],
        "api_key",
    ),
    **dict.fromkeys([("type", word) for word in ("basic-auth", "basic_auth")], "basic"),
    **dict.fromkeys([("type", word) for word in ("bearer", "oidc", "openid-connect")], "jwt"),
    **dict.fromkeys([("type", word) for word in ("oauth", "introspection")], "oauth2"),
    **dict.fromkeys([("type", word) for word in ("http", "https")], "rest"),
    **dict.fromkeys(
        [("key_type", word) for word in ("ip", "remote_addr", "client_ip", "address")],
        "ip_address",
    ),
    **dict.fromkeys([("key_type", word) for word in ("claim", "jwt")], "jwt_claim"),
    **dict.fromkeys([("protocol", word) for word in ("h2", "h2c")], "http2"),
    **dict.fromkeys([("protocol", word) for word in ("tls", "ssl", "grpcs")], "https"),
    **dict.fromkeys(
        [("retry_on", word) for word in ("connect-failure", "error")], "connect_failure"
    ),
    ("retry_on", "5xx"): "http_502",
    ("retry_on", "gateway-error"): "http_502",
    ("retry_on", "retriable-4xx"): "http_409",
}

_SYMMETRIC = "whoever can check such a token can make one; sign with a private key, as RS256 does"
#: Values that galc doesn't take on purpose, and why; nothing is near to them.
REFUSED: dict[tuple[str, str], str] = {
    **dict.fromkeys([("algorithms", f"hs{bits}") for bits in (256, 384, 512)], _SYMMETRIC),
    ("algorithms", "none"): "a token without a signature says what its bearer likes",
}

_SERVER = re.compile(
    r"(?:(https?)://)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?(/.*)?"
)
_RATE = re.compile(r"([0-9]+) *(?:r|req|requests?)?(?:/| per ) *(s|m|h)[a-z]*", re.IGNORECASE)
_PERIODS = {"s": "second", "m": "minute", "h": "hour"}
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([a-z]+) *", re.IGNORECASE)
_UNIT_NAMES = {
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}


def meant(name: str, known: tuple[str, ...]) -> str | None:
    """The word of `known` that a foreign word stands for, or else galc's word; None for no habit.

    >>> meant("rps", ("requests_per_second", "burst"))
    'requests_per_second'
    """
    words = WORDS.get(name)
    return next((word for word in words if word in known), words[-1]) if words else None


def word_for(name: str, known: tuple[str, ...], value: Any = None) -> str | None:
    """What to say to somebody who writes a foreign word; `known` is what the construct has."""
    if name in OTHER_FILES and "services" in known:
        return f"this looks like {OTHER_FILES[name]}; galc writes such files, from its own language"
    if name == "use" and "routes" in known:
        return "`use` stands on each route; what stands on a service is a default of its own"
    word = meant(name, known)
    if word is None:
        return None
    shown = _upstream(value) if word == "upstream" else None
    if word not in known:
        where = ELSEWHERE.get(word, f"`{word}`, which stands elsewhere in the file")
        return f"galc's word for it is {where}" + (f": {shown}" if shown else "")
    return f"write {shown}" if shown else f"did you mean `{word}`?"


def _upstream(value: Any) -> str | None:
    shown = server(value) if isinstance(value, str) else None
    if shown is None:
        return None
    tls = " and `protocol: https`" if value.startswith("https://") else ""
    return f"`upstream: {shown}`{tls}"


def server(text: str) -> str | None:
    """A URL or `host:port` as galc writes it.

    >>> server("http://users.internal:8080")
    '{host: users.internal, port: 8080}'
    """
    found = _SERVER.fullmatch(text)
    if found is None or (found[1] is None and found[3] is None):
        return None
    port = found[3] or ("443" if found[1] == "https" else "80")
    host = f'"{found[2]}"' if found[2].startswith("[") else found[2]
    return f"{{host: {host}, port: {port}}}"


def block_for(construct: str, value: Any) -> str | None:
    """How a construct is written whose author gave one value; `construct` is its class's name."""
    if isinstance(value, bool):
        return _switched(construct, value)
    if construct == "Upstream":
        shown = _upstream(value)
        return f"write {shown}" if shown else None
    if construct == "Target" and isinstance(value, str):
        shown = server(value)
        return f"write `{shown}`" if shown else None
    if construct == "RateLimit":
        return _rate(value)
    if construct == "Retry" and isinstance(value, int):
        return f"write `{{attempts: {value}}}`"
    if not isinstance(value, str) or not value:
        return None
    shapes = {
        "Authentication": f"write `{{type: {value}, {value}: {{…}}}}`",
        "LoadBalancer": f"write `{{algorithm: {value}}}`",
        "Cors": f'write `{{allowed_origins: ["{value}"]}}`',
    }
    if construct == "Route" and value.startswith("/"):
        return f"write `{{path_prefix: {value.removesuffix('/*') or '/'}}}`"
    if construct == "HealthCheck" and value.startswith("/"):
        return f"write `{{active: {{http_path: {value}}}}}`"
    if construct == "ActiveCheck" and value.startswith("/"):
        return f"write `{{http_path: {value}}}`"
    return shapes.get(construct)


def _switched(construct: str, on: bool) -> str | None:
    if not on:
        return "leave it out, or write `{enabled: false}` to switch an inherited one off"
    return {
        "Cors": 'write `{allowed_origins: ["https://app.example.com"]}`, with your own origins',
        "RateLimit": "write `{requests_per_second: 10}`, with a rate of your own",
        "Retry": "write `{attempts: 3}`",
        "CircuitBreaker": "write `{max_failures: 5}`",
        "WebSocket": "write `{enabled: true}`",
        "HealthCheck": "write `{active: {http_path: /health}}`",
        "ActiveCheck": "write `{http_path: /health}`",
        "PassiveCheck": "write `{max_failures: 5}`",
    }.get(construct)


def _rate(value: Any) -> str | None:
    if isinstance(value, int):
        return f"write `{{requests_per_second: {value}}}`"
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    return f"write `{{requests_per_{_PERIODS[found[2].lower()]}: {int(found[1])}}}`"


def duration(value: Any) -> str | None:
    """How galc writes a duration that came as a number or in another notation.

    >>> duration(5000), duration("1m30s")
    ('write `5s` if it is in milliseconds, `5000s` if in seconds', 'write `90s`')
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
        number = int(value)
        if number >= 1000 and number % 100 == 0:
            shown = _shortest(number)
            return f"write `{shown}` if it is in milliseconds, `{number}s` if in seconds"
        return f"give the unit: `{value}s`, or `{value}ms` for milliseconds"
    if isinstance(value, float):
        return f"give the unit: `{value}s`, or `{value}ms` for milliseconds"
    return _other_notation(value) if isinstance(value, str) else None


def _other_notation(text: str) -> str | None:
    total, end = 0.0, 0
    for found in _SPAN.finditer(text.strip()):
        unit = _UNIT_NAMES.get(found[2].lower())
        if unit is None or found.start() != end:
            return None
        total += float(found[1]) * _UNITS[unit]
        end = found.end()
    if not total or end != len(text.strip()) or total != int(total):
        return None
    return f"write `{_shortest(int(total))}`"


def _shortest(ms: int) -> str:
    if ms % 1000:
        return f"{ms}ms" if ms % 100 else f"{ms / 1000:g}s"
    return f"{ms // 1000}s"
