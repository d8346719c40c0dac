"""What Traefik does less well together than alone, and values that it can't have."""

import re
from urllib.parse import unquote

from galc.ir.gateway import ApiKeys, Basic, HeaderRules, Route, Template
from galc.targets import BALANCED_APART, COUNTED_APART, Condition, approximate, unsupported
from galc.targets.traefik import services
from galc.targets.traefik.auth import hidden
from galc.targets.traefik.headers import MANAGED, bare, canonical

#: Statuses for which Go has no text: `ipAllowList` refuses to be made with one of them.
_WITHOUT_TEXT = frozenset(range(400, 600)) - {
    *range(400, 419), *range(421, 427), 428, 429, 431, 451, *range(500, 509), 510, 511,
}  # fmt: skip
_TEXTS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
_NOTHING: tuple[Template, ...] = ((), ("",))
_SAFE = r"[A-Za-z0-9_~/.!$&'()*+,;=:@]"
#: Patterns that match the same decoded as they do encoded: no class of theirs can take a part of
#: an escape, and what takes anything takes any number of it.
_SAME_DECODED = re.compile(
    r"(\(\?i\))?("
    r"\\[-._~/$()*+?\[\]]|\\[dw]"
    r"|[A-Za-z0-9_~/!&',;=:@-]"
    r"|(\.|\[\^/\])[*+]\??"
    rf"|\[-?([a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|{_SAFE}|\\[dw.\-/])+-?\]"
    r"|\(\?:|[()|^$?*+]|\{[0-9,]+\})*"
)


def _basic(route: Route) -> Basic | None:
    scheme = route.authentication.scheme if route.authentication else None
    return scheme if isinstance(scheme, Basic) else None


def _keys(route: Route) -> ApiKeys | None:
    scheme = route.authentication.scheme if route.authentication else None
    return scheme if isinstance(scheme, ApiKeys) else None


def _status(route: Route) -> int:
    return route.authentication.status if route.authentication else 0


def _differs_in_message(route: Route) -> bool:
    """Whether the answer to failed authentication isn't what Traefik says by itself."""
    authentication = route.authentication
    if authentication is None:
        return False
    return authentication.message != _TEXTS.get(authentication.status)


def _request(route: Route) -> HeaderRules:
    return route.headers.request if route.headers else HeaderRules()


def _response(route: Route) -> HeaderRules:
    return route.headers.response if route.headers else HeaderRules()


def _sets_nothing(rules: HeaderRules) -> bool:
    return any(value in _NOTHING for _, value in rules.set)


def _adds_nothing(rules: HeaderRules) -> bool:
    return any(value in _NOTHING for _, value in rules.add)


def _writes_xff(rules: HeaderRules) -> bool:
    return any(canonical(name) == "X-Forwarded-For" for name, _ in rules.set)


def _adds_managed(rules: HeaderRules) -> bool:
    taken = ("X-Forwarded-For", "X-Forwarded-Proto")
    return any(canonical(name) in taken for name, _ in rules.add)


def _joins_cookies(rules: HeaderRules) -> bool:
    """`Set-Cookie` is the one header whose values can't be joined by commas."""
    rows = [name for name, _ in (*rules.set, *rules.add) if canonical(name) == "Set-Cookie"]
    return len(rows) > 1


def _removes(rules: HeaderRules, *headers: str) -> bool:
    return any(name in headers for name in map(canonical, rules.remove))


def _limit_header(route: Route) -> str:
    limit = route.rate_limit
    return canonical(limit.key_name) if limit and limit.key == "header" else ""


def _active_statuses(route: Route) -> bool:
    active = route.upstream.active
    return bool(
        active and len(active.statuses) > 1 and not set(active.statuses) <= set(range(200, 400))
    )


def _strips_badly(route: Route) -> bool:
    if not route.strip_prefix:
        return False
    prefix = unquote(route.match.value)
    return "\ufffd" in prefix or prefix != prefix.strip()


_FROM_500 = "every status from 500 up is a failure, and no other can be one"

CONDITIONS = (
    Condition(
        "routes.path_regex",
        approximate("it is matched with percent-encoded characters decoded, such as a space"),
        lambda r: r.match.kind == "regex" and not _SAME_DECODED.fullmatch(r.match.value),
    ),
    Condition(
        "routes.strip_prefix",
        unsupported("stripPrefix takes no prefix that is no UTF-8 or has a space at an end"),
        _strips_badly,
    ),
    Condition(
        "authentication.api_key.hide_credentials",
        unsupported(
            "no middleware changes the query, so a key there reaches the upstream",
            "take the key from a header, or write `hide_credentials: false`",
        ),
        lambda r: bool((keys := _keys(r)) and keys.hide and keys.query),
    ),
    Condition(
        "authentication.api_key.header_name",
        unsupported("Traefik writes that header itself, also for a client without a key"),
        lambda r: bool((keys := _keys(r)) and keys.header and canonical(keys.header) in MANAGED),
    ),
    Condition(
        "authentication.fail_status",
        unsupported("basicAuth always answers 401"),
        lambda r: bool(_basic(r)) and _status(r) != 401,
    ),
    Condition(
        "authentication.fail_status",
        unsupported("ipAllowList doesn't know that status"),
        lambda r: bool(_keys(r)) and _status(r) in _WITHOUT_TEXT,
    ),
    Condition(
        "authentication.fail_message",
        approximate("the answer is the text of the status, whatever the file says"),
        _differs_in_message,
    ),
    Condition(
        "authentication.basic.realm",
        unsupported("an empty realm is Traefik's own one"),
        lambda r: bool((basic := _basic(r)) and not basic.realm),
    ),
    Condition(
        "headers.request_set",
        unsupported("an empty value removes the header", "use `request_remove`"),
        lambda r: _sets_nothing(_request(r)),
    ),
    Condition(
        "headers.response_set",
        unsupported("an empty value removes the header", "use `response_remove`"),
        lambda r: _sets_nothing(_response(r)),
    ),
    Condition(
        "headers.request_set",
        approximate("Traefik appends the client's address to `X-Forwarded-For` afterwards"),
        lambda r: _writes_xff(_request(r)),
    ),
    Condition(
        "headers.request_remove",
        approximate("without `Accept-Encoding` Traefik asks for gzip, and unpacks the answer"),
        lambda r: _removes(_request(r), "Accept-Encoding"),
    ),
    Condition(
        "headers.response_remove",
        approximate("without a `Date` Traefik writes its own, and guesses a `Content-Type`"),
        lambda r: _removes(_response(r), "Date", "Content-Type"),
    ),
    Condition(
        "headers.request_add",
        approximate("where the client sent the header, its value stays alone: none is appended"),
        lambda r: bool(bare(_request(r), hidden(r))),
    ),
    Condition(
        "headers.request_add",
        unsupported("an empty value can't be added", "leave it out"),
        lambda r: _adds_nothing(_request(r)),
    ),
    Condition(
        "headers.request_add",
        unsupported("Traefik writes `X-Forwarded-For` and `X-Forwarded-Proto` itself"),
        lambda r: _adds_managed(_request(r)),
    ),
    Condition(
        "headers.response_add",
        unsupported(
            "a value can't be appended to what the upstream sent",
            "use `response_set`, or remove the header with `response_remove` before",
        ),
        lambda r: bool(bare(_response(r))) or _joins_cookies(_response(r)),
    ),
    Condition(
        "headers.response_add",
        unsupported("an empty value can't be added", "leave it out"),
        lambda r: _adds_nothing(_response(r)),
    ),
    Condition(
        "rate_limit.response.status_code",
        unsupported("the rateLimit middleware always answers 429", "leave it out"),
        lambda r: bool(r.rate_limit and r.rate_limit.status != 429),
    ),
    Condition(
        "rate_limit.key_header",
        approximate("Traefik fills that header in before it counts where the client doesn't"),
        lambda r: _limit_header(r) in MANAGED,
    ),
    Condition(
        "websocket",
        approximate("rules for the answer and CORS headers don't reach the answer 101"),
        lambda r: bool(r.websocket and (r.cors or _response(r) != HeaderRules())),
    ),
    Condition(
        "timeout.connect",
        approximate("the TLS handshake with an upstream has 10 seconds of its own"),
        lambda r: bool(r.phases and r.upstream.tls),
    ),
    Condition(
        "upstream.health_check.passive",
        approximate(COUNTED_APART),
        lambda r: bool(r.upstream.passive and not r.circuit_breaker),
        apart=services.name_of,
    ),
    Condition(
        "upstream.load_balancer.algorithm=least_conn",
        approximate(BALANCED_APART),
        lambda r: r.upstream.algorithm == "least_conn" and not r.circuit_breaker,
        apart=services.name_of,
    ),
    Condition(
        "upstream.load_balancer.algorithm=least_conn",
        approximate("of two targets picked at random, the one with fewer requests is taken"),
        lambda r: r.upstream.algorithm == "least_conn" and len(r.upstream.targets) > 2,
    ),
    Condition(
        "upstream.load_balancer.algorithm=least_conn",
        approximate("weights don't count under the p2c strategy"),
        lambda r: (
            r.upstream.algorithm == "least_conn"
            and len({target.weight for target in r.upstream.targets}) > 1
        ),
    ),
    Condition(
        "upstream.load_balancer.sticky_sessions",
        unsupported("the hrw strategy knows no cookie", "use another algorithm"),
        lambda r: r.upstream.algorithm == "ip_hash" and r.upstream.sticky_cookie is not None,
    ),
    Condition(
        "upstream.health_check.active.healthy_status_codes",
        unsupported("of several codes all must lie from 200 to 399", "give one code"),
        _active_statuses,
    ),
    Condition(
        "upstream.health_check.active.http_path",
        unsupported("a path that begins with `//` is read as a host"),
        lambda r: bool(r.upstream.active and r.upstream.active.path.startswith("//")),
    ),
    Condition(
        "upstream.health_check.passive",
        approximate("the next good probe of the active check brings a target back"),
        lambda r: bool(r.upstream.active and r.upstream.passive),
    ),
    Condition(
        "upstream.health_check.passive",
        approximate("on a route with a circuit breaker only the breaker watches the answers"),
        lambda r: bool(r.circuit_breaker and r.upstream.passive),
    ),
    Condition(
        "upstream.health_check.passive.unhealthy_status_codes",
        unsupported(_FROM_500),
        lambda r: bool(r.upstream.passive and min(r.upstream.passive.statuses) < 500),
    ),
    Condition(
        "circuit_breaker",
        approximate("the next good probe of the active check closes the breaker"),
        lambda r: bool(r.circuit_breaker and r.upstream.active),
    ),
    Condition(
        "circuit_breaker.unhealthy_status_codes",
        unsupported(_FROM_500),
        lambda r: bool(r.circuit_breaker and min(r.circuit_breaker.statuses) < 500),
    ),
    Condition(
        "circuit_breaker.response.status_code",
        unsupported("with no target left Traefik answers 503"),
        lambda r: bool(r.circuit_breaker and r.circuit_breaker.status != 503),
    ),
)
