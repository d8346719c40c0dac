"""What Envoy answers itself: status, body and `WWW-Authenticate` of rejections.

config `local_reply_config` of the connection manager. A mapper is chosen by why the request was
rejected (`response.code_details`); the text comes from the route's metadata, where it is data, so
there are as many mappers as statuses and not as routes. Details of each filter's rejections: seen
on 1.40 (https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_conn_man/response_code_details).
"""

from collections.abc import Iterator

from galc.ir.gateway import (
    Authentication,
    Basic,
    CircuitBreaker,
    Gateway,
    Jwt,
    RateLimit,
    Route,
)
from galc.targets.envoy import schema as s
from galc.targets.envoy.headers import SET
from galc.targets.memo import shared

#: Of route metadata; and the key under which an entry tells whose buckets it uses.
NAMESPACE = "galc"
LIMIT_ROUTE = "limit_route"
_AUTHENTICATION = (
    "(response.code_details in ['no_credential_for_basic_auth', 'invalid_scheme_for_basic_auth', "
    "'invalid_format_for_basic_auth', 'invalid_credential_for_basic_auth', 'missing_api_key', "
    "'unknown_api_key', 'client_not_allowed'] "
    "|| response.code_details.startsWith('jwt_authn_access_denied') "
    "|| response.code_details.startsWith('rbac_access_denied'))"
)
_RATE_LIMIT = "response.code_details == 'local_rate_limited'"
_BREAKER = "response.code_details == 'no_healthy_upstream'"
#: A request in which nothing moves; 408 by default where it hasn't come to its end, which the
#: handshake of a WebSocket never does.
_IDLE_TIMEOUT = "response.code_details == 'stream_idle_timeout'"
_CONNECT_TIMEOUT = (
    "response.code_details.startsWith('upstream_reset_before_response_started{connection_timeout')"
)


def metadata(route: Route) -> s.Metadata | None:
    """The texts of a route's rejections; numbers as text, because they are compared as text."""
    policies = (route.authentication, route.rate_limit, route.circuit_breaker)
    bounded = _is_bounded(route)
    return _metadata(*policies, bounded) if bounded or any(policies) else None


def _is_bounded(route: Route) -> bool:
    """Whether the file says how long a request may stand still."""
    return route.phases is not None or route.websocket is not None


@shared
def _metadata(
    authentication: Authentication | None,
    limit: RateLimit | None,
    breaker: CircuitBreaker | None,
    bounded: bool,
) -> s.Metadata:
    found: dict[str, str] = {}
    if authentication:
        found["auth_status"] = str(authentication.status)
        found["auth_body"] = authentication.message
        if isinstance(authentication.scheme, Basic):
            found["www_authenticate"] = f"Basic realm={_quoted(authentication.scheme.realm)}"
        elif isinstance(authentication.scheme, Jwt):
            found["www_authenticate"] = "Bearer"
    if limit:
        found["limit_status"] = str(limit.status)
        found["limit_body"] = limit.message
    if breaker:
        found["breaker_status"] = str(breaker.status)
        found["breaker_body"] = breaker.message
    if bounded:
        found["idle_status"] = "504"
    return s.Metadata({NAMESPACE: found})


def _quoted(text: str) -> str:
    """A quoted-string of RFC 9110 section 5.6.4."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def config(gateway: Gateway) -> s.LocalReplyConfig:
    """A mapper for each kind of rejection and status in use."""
    return s.LocalReplyConfig(tuple(_mappers(gateway)))


def _mappers(gateway: Gateway) -> Iterator[s.ResponseMapper]:
    routes = gateway.routes
    auth = sorted({route.authentication.status for route in routes if route.authentication})
    limits = sorted({route.rate_limit.status for route in routes if route.rate_limit})
    breakers = sorted({route.circuit_breaker.status for route in routes if route.circuit_breaker})
    challenge = s.HeaderValueOption(
        s.HeaderValue("www-authenticate", _from_route("www_authenticate")), SET
    )
    for status in auth:
        yield _mapper(_AUTHENTICATION, "auth", status, (challenge,))
    for status in limits:
        yield _mapper(_RATE_LIMIT, "limit", status)
    for status in breakers:
        yield _mapper(_BREAKER, "breaker", status)
    if any(map(_is_bounded, routes)):
        yield s.ResponseMapper(_cel(f"{_IDLE_TIMEOUT} && {_of_route('idle', 504)}"), 504)
    # A timeout is 504 in every phase; Envoy answers 503 to one while connecting.
    yield s.ResponseMapper(_cel(_CONNECT_TIMEOUT), 504)


def _mapper(
    condition: str, kind: str, status: int, headers: tuple[s.HeaderValueOption, ...] = ()
) -> s.ResponseMapper:
    body = s.FormatString(
        s.DataSource(_from_route(f"{kind}_body")),
        content_type="text/plain; charset=utf-8",
        omit_empty_values=True,
    )
    return s.ResponseMapper(
        _cel(f"{condition} && {_of_route(kind, status)}"), status, body, headers
    )


def _of_route(kind: str, status: int) -> str:
    return f"xds.route_metadata.filter_metadata['{NAMESPACE}']['{kind}_status'] == '{status}'"


def _from_route(key: str) -> str:
    return f"%METADATA(ROUTE:{NAMESPACE}:{key})%"


def _cel(expression: str) -> s.AccessLogFilter:
    name = "envoy.access_loggers.extension_filters.cel"
    return s.AccessLogFilter(s.Named(name, s.CelFilter(expression)))
