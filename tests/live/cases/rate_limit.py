"""Token buckets: capacity, refill, keys, and the answer over the limit."""

from ..model import Case, Contains, Distribution, Send, Token, Wait
from .shorthand import answered, doc, document, get, ok, refused, request, service

_LIMITED = refused(429)
_JWT = "authentication: {type: jwt, jwt: {issuer: me, jwks: '@jwks_inline@'}}"


def _limit(fields: str) -> str:
    return doc(f"{{path_prefix: /, rate_limit: {{{fields}}}}}")


def _by(subject: str) -> tuple[str, Token]:
    return "Authorization", Token({"iss": "me", "sub": subject, "plan": "gold"})


CASES = (
    Case(
        "a-bucket-holds-the-burst-and-is-refilled-evenly",
        _limit("requests_per_second: 2, burst: 4"),
        (
            get("/", ok(), times=4),
            get("/", _LIMITED, times=2),
            Wait(0.65),
            get("/", ok()),
            get("/", _LIMITED),
            Wait(1.15),
            get("/", ok(), times=2),
            get("/", _LIMITED),
        ),
        ("rate_limit", "rate_limit.requests_per_second", "rate_limit.burst"),
    ),
    Case(
        "a-bucket-never-holds-more-than-the-burst",
        _limit("requests_per_second: 10, burst: 2"),
        (Wait(0.5), get("/", ok(), times=2), get("/", _LIMITED)),
        ("rate_limit.burst",),
    ),
    Case(
        "the-burst-is-one-seconds-rate-by-default",
        _limit("requests_per_second: 3"),
        (get("/", ok(), times=3), get("/", _LIMITED)),
        ("rate_limit.requests_per_second", "rate_limit.burst"),
    ),
    Case(
        "a-burst-of-zero-is-the-default",
        _limit("requests_per_minute: 3, burst: 0"),
        (get("/", ok(), times=3), get("/", _LIMITED)),
        ("rate_limit.burst",),
    ),
    Case(
        "the-burst-is-one-minutes-rate-by-default",
        _limit("requests_per_minute: 5"),
        (get("/", ok(), times=5), get("/", _LIMITED, times=3)),
        ("rate_limit.requests_per_minute",),
    ),
    Case(
        "a-rate-a-minute-is-refilled-evenly",
        _limit("requests_per_minute: 120, burst: 1"),
        (get("/", ok()), get("/", _LIMITED), Wait(0.65), get("/", ok()), get("/", _LIMITED)),
        ("rate_limit.requests_per_minute", "rate_limit.burst"),
    ),
    Case(
        "the-burst-is-one-hours-rate-by-default",
        _limit("requests_per_hour: 4"),
        (get("/", ok(), times=4), get("/", _LIMITED, times=3)),
        ("rate_limit.requests_per_hour",),
    ),
    Case(
        "a-rate-an-hour-is-refilled-evenly",
        _limit("requests_per_hour: 7200, burst: 1"),
        (get("/", ok()), get("/", _LIMITED), Wait(0.65), get("/", ok()), get("/", _LIMITED)),
        ("rate_limit.requests_per_hour", "rate_limit.burst"),
    ),
    Case(
        "an-odd-rate-keeps-its-pace",
        _limit("requests_per_minute: 100, burst: 1"),
        (get("/", ok()), get("/", _LIMITED), Wait(0.75), get("/", ok()), get("/", _LIMITED)),
        ("rate_limit.requests_per_minute",),
    ),
    Case(
        "each-client-address-has-a-bucket",
        _limit("requests_per_hour: 2, key_type: ip_address"),
        (
            get("/", ok(), times=2),
            get("/", _LIMITED),
            get("/", ok(), times=2, source="127.0.0.2"),
            get("/", _LIMITED, source="127.0.0.2"),
            get("/", _LIMITED),
        ),
        ("rate_limit.key_type=ip_address",),
    ),
    Case(
        "the-key-is-the-client-address-by-default",
        _limit("requests_per_hour: 1"),
        (get("/", ok()), get("/", _LIMITED), get("/", ok(), source="127.0.0.2")),
        ("rate_limit.key_type=ip_address",),
    ),
    Case(
        "a-forged-x-forwarded-for-gets-no-bucket-of-its-own",
        _limit("requests_per_hour: 2"),
        (
            get("/", ok(), ("X-Forwarded-For", "1.1.1.1")),
            get("/", ok(), ("X-Forwarded-For", "2.2.2.2")),
            get("/", _LIMITED, ("X-Forwarded-For", "3.3.3.3")),
            get("/", _LIMITED, ("X-Forwarded-For", "127.0.0.2, 4.4.4.4")),
            get("/", _LIMITED, ("X-Real-IP", "5.5.5.5"), ("Forwarded", "for=6.6.6.6")),
            get("/", ok(), ("X-Forwarded-For", "127.0.0.1"), source="127.0.0.2"),
        ),
        ("rate_limit.key_type=ip_address",),
    ),
    Case(
        "each-value-of-the-key-header-has-a-bucket",
        _limit("requests_per_hour: 1, key_type: header, key_header: X-Tenant"),
        (
            get("/", ok(), ("X-Tenant", "one")),
            get("/", _LIMITED, ("X-Tenant", "one")),
            get("/", _LIMITED, ("x-tenant", "one"), source="127.0.0.2"),
            get("/", ok(), ("X-Tenant", "two")),
            get("/", _LIMITED, ("X-Tenant", "two")),
        ),
        ("rate_limit.key_type=header", "rate_limit.key_header"),
    ),
    Case(
        "requests-without-the-key-header-share-a-bucket",
        _limit("requests_per_hour: 2, key_type: header, key_header: X-Tenant"),
        (
            get("/", ok()),
            get("/", ok(), source="127.0.0.2"),
            get("/", _LIMITED),
            get("/", _LIMITED, source="127.0.0.3"),
            get("/", ok(), ("X-Tenant", "one"), times=2),
            get("/", _LIMITED, ("X-Tenant", "one")),
        ),
        ("rate_limit.key_type=header", "rate_limit.key_header"),
    ),
    Case(
        "of-a-repeated-key-header-the-first-counts",
        _limit("requests_per_hour: 1, key_type: header, key_header: X-Tenant"),
        (
            get("/", ok(), ("X-Tenant", "one"), ("X-Tenant", "two")),
            get("/", _LIMITED, ("X-Tenant", "one")),
            get("/", ok(), ("X-Tenant", "two"), ("x-tenant", "one")),
            get("/", _LIMITED, ("X-Tenant", "two")),
        ),
        ("rate_limit.key_type=header",),
    ),
    Case(
        "many-keys-have-a-bucket-each",
        _limit("requests_per_hour: 1, key_type: header, key_header: X-Tenant"),
        (
            *(get("/", ok(), ("X-Tenant", f"t{number}")) for number in range(60)),
            *(get("/", _LIMITED, ("X-Tenant", f"t{number}")) for number in range(60)),
        ),
        ("rate_limit.key_type=header",),
    ),
    Case(
        "each-value-of-the-key-claim-has-a-bucket",
        doc(
            "{path_prefix: /, rate_limit: {requests_per_hour: 1, key_type: jwt_claim,"
            f" key_claim: sub}}, {_JWT}}}"
        ),
        (
            get("/", ok(), _by("ann")),
            get("/", _LIMITED, _by("ann")),
            get("/", ok(), _by("bob")),
            get("/", _LIMITED, _by("bob"), source="127.0.0.2"),
            get("/", refused(401)),
        ),
        ("rate_limit.key_type=jwt_claim", "rate_limit.key_claim"),
    ),
    Case(
        "another-key-claim-counts-by-that-claim",
        doc(
            "{path_prefix: /, rate_limit: {requests_per_hour: 2, key_type: jwt_claim,"
            f" key_claim: plan}}, {_JWT}}}"
        ),
        (get("/", ok(), _by("ann")), get("/", ok(), _by("bob")), get("/", _LIMITED, _by("eve"))),
        ("rate_limit.key_type=jwt_claim", "rate_limit.key_claim"),
    ),
    Case(
        "the-answer-over-the-limit-is-429-and-says-so",
        _limit("requests_per_hour: 1"),
        (get("/", ok()), get("/", refused(429, body=Contains("Rate limit exceeded")))),
        ("rate_limit.response.status_code", "rate_limit.response.message"),
    ),
    Case(
        "the-answer-over-the-limit-may-be-another",
        _limit("requests_per_hour: 1, response: {status_code: 503, message: 'Slow down: 100%'}"),
        (get("/", ok()), get("/", refused(503, body=Contains("Slow down: 100%")))),
        ("rate_limit.response.status_code", "rate_limit.response.message"),
    ),
    Case(
        "each-route-may-answer-in-its-own-way",
        doc(
            "{path_prefix: /one, rate_limit: {requests_per_hour: 1, response: {message: One}}}",
            "{path_prefix: /two, rate_limit: {requests_per_hour: 1,"
            " response: {status_code: 418, message: 'Two %REQ(host)%'}}}",
            "{path_prefix: /three, rate_limit: {requests_per_hour: 1}}",
        ),
        (
            get("/one", ok()),
            get("/two", ok()),
            get("/three", ok()),
            get("/one", refused(429, body=Contains("One"))),
            get("/two", refused(418, body=Contains("Two %REQ(host)%"))),
            get("/three", refused(429, body=Contains("Rate limit exceeded"))),
        ),
        ("rate_limit.response.status_code", "rate_limit.response.message"),
    ),
    Case(
        "an-upstreams-own-429-is-not-touched",
        _limit("requests_per_hour: 100, response: {status_code: 503, message: ours}"),
        (
            get("/", answered(429, "a", body='{"upstream": "a"}'), ("X-Echo-Status", "429")),
            get("/", answered(503, "a", body='{"upstream": "a"}'), ("X-Echo-Status", "503")),
        ),
        ("rate_limit.response.message",),
    ),
    Case(
        "equal-limits-on-two-routes-are-counted-apart",
        doc(
            "{path_prefix: /one, rate_limit: {requests_per_hour: 2}}",
            "{path_prefix: /two, rate_limit: {requests_per_hour: 2}}",
        ),
        (
            get("/one", ok(), times=2),
            get("/one/x", _LIMITED),
            get("/two", ok(), times=2),
            get("/two", _LIMITED),
        ),
        ("rate_limit",),
    ),
    Case(
        "a-services-limit-is-counted-for-each-of-its-routes",
        doc(
            "{path_prefix: /one}",
            "{path_prefix: /two}",
            policies="rate_limit: {requests_per_hour: 1}",
        ),
        (get("/one", ok()), get("/one", _LIMITED), get("/two", ok()), get("/two", _LIMITED)),
        ("rate_limit",),
    ),
    Case(
        "a-routes-limit-replaces-the-services-whole",
        doc(
            "{path_prefix: /own, rate_limit: {requests_per_hour: 2}}",
            "{path_prefix: /off, rate_limit: {enabled: false, requests_per_hour: 1}}",
            "{path_prefix: /inherits}",
            policies="rate_limit: {requests_per_hour: 1, response: {status_code: 503}}",
        ),
        (
            get("/own", ok(), times=2),
            get("/own", _LIMITED),
            get("/off", ok(), times=5),
            get("/inherits", ok()),
            get("/inherits", refused(503)),
        ),
        ("rate_limit", "rate_limit"),
    ),
    Case(
        "one-bucket-for-all-paths-and-methods-of-a-route",
        document(
            service("{path_prefix: /api, rate_limit: {requests_per_hour: 3}}"),
            service("{path_prefix: /, methods: [GET]}", name="open", upstream="b"),
        ),
        (
            get("/api/x", ok()),
            get("/api/y?z=1", ok()),
            request("POST", "/api", ok()),
            request("PUT", "/api/z", _LIMITED),
            get("/other", ok("b"), times=4),
        ),
        ("rate_limit",),
    ),
    Case(
        "concurrent-requests-do-not-get-more-than-the-burst",
        _limit("requests_per_hour: 10"),
        (
            Distribution(10, Send(path="/", expect=ok()), concurrency=5),
            Distribution(10, Send(path="/", expect=_LIMITED), concurrency=5),
        ),
        ("rate_limit.burst",),
    ),
)
