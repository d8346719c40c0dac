"""APISIX in standalone mode, as `apisix.yaml` and `config.yaml`."""

from collections.abc import Iterator
from ipaddress import ip_address

from galc.ir.gateway import Gateway, Headers, Route, Template
from galc.targets import BALANCED_APART, Condition, Target, approximate, unsupported
from galc.targets.apisix.lower import lower
from galc.targets.apisix.matching import keeps_encoding
from galc.targets.apisix.policies import watches_targets
from galc.targets.apisix.requests import FORWARDED_FOR, REAL_IP
from galc.targets.apisix.support import SUPPORT
from galc.targets.apisix.text import is_reference
from galc.targets.apisix.upstreams import MOST, STATUSES, attempts, name_of
from galc.targets.bodies.support import CONDITIONS as BODY_CONDITIONS
from galc.targets.introspection import has_bare_address
from galc.targets.nginx import CONDITIONS as RETRIES
from galc.targets.nginx import other_statuses


def _refused_values(gateway: Gateway) -> Iterator[tuple[Route, str, str]]:
    yield from other_statuses(gateway)
    for route in gateway.routes:
        limit = route.rate_limit
        if limit is not None and is_reference(limit.message):
            why = "a message that begins like a reference to a secret would be looked up"
            yield route, "rate_limit.response.message", why
        check = route.upstream.active
        if check is None:
            continue
        for name, threshold in (
            ("healthy_threshold", check.healthy_threshold),
            ("unhealthy_threshold", check.unhealthy_threshold),
        ):
            if threshold > MOST:
                why = f"the highest threshold of a probe is {MOST}"
                yield route, f"upstream.health_check.active.{name}", why
        if any(status not in STATUSES for status in check.statuses):
            why = "a probe's status is at least 200"
            yield route, "upstream.health_check.active.healthy_status_codes", why


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _names(headers: Headers | None) -> Iterator[str]:
    """Names in the request's rules, in lower case."""
    if headers is not None:
        rules = headers.request
        yield from (name.lower() for name in rules.remove)
        yield from (name.lower() for name, _ in (*rules.set, *rules.add))


def _has_empty(rules: tuple[tuple[str, Template], ...]) -> bool:
    return any(not template for _, template in rules)


_NOT_SENT = approximate("a header that is set to nothing isn't sent at all")
_CONDITIONS = (
    *RETRIES,
    Condition(
        "retry.attempts",
        approximate("each of several targets is tried once at most"),
        lambda r: r.retry is not None and attempts(r) < r.retry.attempts,
    ),
    Condition(
        "retry",
        approximate(
            "with health checks or sticky sessions a target that is out may get the next attempt,"
            " and where none is left the answer is 502"
        ),
        lambda r: r.retry is not None and watches_targets(r.upstream) and attempts(r) > 1,
    ),
    Condition(
        "headers.request_set",
        _NOT_SENT,
        lambda r: r.headers is not None and _has_empty(r.headers.request.set),
    ),
    Condition(
        "headers.request_add",
        _NOT_SENT,
        lambda r: r.headers is not None and _has_empty(r.headers.request.add),
    ),
    Condition(
        "headers.response_set",
        _NOT_SENT,
        lambda r: r.headers is not None and _has_empty(r.headers.response.set),
    ),
    Condition(
        "headers.response_add",
        _NOT_SENT,
        lambda r: r.headers is not None and _has_empty(r.headers.response.add),
    ),
    Condition(
        "headers",
        unsupported("nginx sets X-Real-IP itself, after all rules"),
        lambda r: REAL_IP in _names(r.headers),
    ),
    Condition(
        "headers",
        approximate("nginx appends the client's address to X-Forwarded-For after all rules"),
        lambda r: FORWARDED_FOR in _names(r.headers) and not r.upstream.http2,
    ),
    Condition(
        "routes.path_regex",
        approximate("the regex is compared with the decoded path, in which a `%` is a `%`"),
        lambda r: r.match.kind == "regex" and keeps_encoding(r.match.value),
    ),
    Condition(
        "services.protocol=https",
        unsupported(
            "nginx verifies a certificate against a name, and this target is an address",
            "give the target by its name",
        ),
        lambda r: r.upstream.tls and any(_is_address(t.host) for t in r.upstream.targets),
    ),
    Condition(
        "services.type=grpc",
        unsupported("the certificate of a gRPC upstream isn't verified"),
        lambda r: r.upstream.tls and r.upstream.http2,
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
        "upstream.health_check.active",
        unsupported("probes speak HTTP/1.1, and this upstream HTTP/2"),
        lambda r: r.upstream.active is not None and r.upstream.http2,
    ),
    Condition(
        "upstream.load_balancer.algorithm=least_conn",
        approximate(BALANCED_APART),
        lambda r: r.upstream.algorithm == "least_conn",
        apart=name_of,
    ),
    Condition(
        "upstream.health_check.active.interval",
        approximate("a target is probed at whole seconds, so the interval is rounded up"),
        lambda r: r.upstream.active is not None and r.upstream.active.interval_ms % 1000 != 0,
    ),
    *BODY_CONDITIONS,
)

TARGET = Target(
    name="apisix",
    title="APISIX",
    versions="3.18",
    support=SUPPORT,
    artifacts=("apisix.yaml", "config.yaml"),
    private=("apisix.yaml",),
    lower=lower,
    conditions=_CONDITIONS,
    values=_refused_values,
)
