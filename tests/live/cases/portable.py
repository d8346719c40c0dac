"""What other cases prove only beside something that not every gateway has, told apart from it."""

from ..model import ABSENT, Case, Contains, Distribution, Send, SetUpstream, Wait
from .shorthand import Header, answered, doc, get, ok, refused, request, targets

_KEYS = "keys: [{key: k-ann, name: ann}, {key: k-bob, name: bob}]"
_ANN: Header = ("X-API-Key", "k-ann")
_MOMENT = Wait(0.15)


def _auth(fields: str) -> str:
    return f"authentication: {{type: api_key, api_key: {{{fields}, {_KEYS}}}}}"


def _shown(fields: str) -> str:
    """Keys that the upstream may see: a gateway that can't change the query takes them too."""
    return doc(f"{{path_prefix: /, {_auth(f'{fields}, hide_credentials: false')}}}")


KEYS = (
    Case(
        "a-key-in-the-query-that-is-shown",
        _shown("query_param: api_key"),
        (
            get("/?api_key=k-ann", ok(upstream_path="/?api_key=k-ann")),
            get("/x?a=1&api_key=k-bob&b=2", ok(upstream_path="/x?a=1&api_key=k-bob&b=2")),
            get("/?api_key=%6b-ann&x=%2F+", ok(upstream_path="/?api_key=%6b-ann&x=%2F+")),
            *(
                get(path, refused(401))
                for path in (
                    "/",
                    "/?api_key=wrong",
                    "/?api_key=",
                    "/?api_key",
                    "/?xapi_key=k-ann",
                    "/?api_keyx=k-ann",
                    "/?API_KEY=k-ann",
                    "/?a=api_key=k-ann",
                    "/?api_key=k-ann%00",
                    "/?api_key=K-ANN",
                )
            ),
            get("/", refused(401), _ANN),
            get("/", refused(401), ("api_key", "k-ann")),
        ),
        ("authentication.api_key.query_param",),
    ),
    Case(
        "a-key-in-header-or-query-that-is-shown",
        _shown("header_name: X-Key, query_param: key"),
        (
            get("/", ok(upstream_headers={"X-Key": "k-ann"}), ("X-Key", "k-ann")),
            get("/?key=k-bob", ok(upstream_path="/?key=k-bob")),
            get("/?key=wrong", refused(401)),
            get("/", refused(401), ("X-Key", "wrong")),
            get("/", refused(401), _ANN),
        ),
        ("authentication.api_key.header_name", "authentication.api_key.query_param"),
    ),
    Case(
        "the-name-behind-a-key-in-header-or-query-can-not-be-forged",
        _shown("header_name: X-API-Key, query_param: key, forward_name: true"),
        (
            get("/", ok(upstream_headers={"X-Consumer-Name": "ann"}), _ANN),
            get("/?key=k-bob", ok(upstream_headers={"X-Consumer-Name": "bob"})),
            get(
                "/",
                ok(upstream_headers={"X-Consumer-Name": "ann"}),
                _ANN,
                ("X-Consumer-Name", "bob"),
                ("x-consumer-name", "root"),
            ),
            get("/?key=k-carl", refused(401), ("X-Consumer-Name", "ann")),
        ),
        ("authentication.api_key.forward_name", "authentication.api_key.keys.name"),
    ),
    Case(
        "a-failed-key-may-have-another-status",
        doc(
            f"{{path_prefix: /own, authentication: {{type: api_key, api_key: {{{_KEYS}}},"
            " fail_status: 403, fail_message: Forbidden}}",
            f"{{path_prefix: /default, authentication: {{type: api_key, api_key: {{{_KEYS}}}}}}}",
        ),
        (
            get("/own", refused(403, body=Contains("Forbidden"))),
            get("/own", refused(403, body=Contains("Forbidden")), ("X-API-Key", "wrong")),
            get(
                "/own", answered(401, "a", body='{"upstream": "a"}'), _ANN, ("X-Echo-Status", "401")
            ),
            get(
                "/own", answered(403, "a", body='{"upstream": "a"}'), _ANN, ("X-Echo-Status", "403")
            ),
            get("/default", refused(401, body=Contains("Unauthorized"))),
        ),
        ("authentication.fail_status", "authentication.fail_message"),
    ),
)

LIMITS = (
    Case(
        "a-limit-may-answer-429-too-many-requests",
        doc(
            "{path_prefix: /, rate_limit: {requests_per_hour: 1,"
            " response: {status_code: 429, message: Too Many Requests}}}"
        ),
        (get("/", ok()), get("/", refused(429, body=Contains("Too Many Requests")), times=2)),
        ("rate_limit.response.status_code", "rate_limit.response.message"),
    ),
    Case(
        "an-upstreams-own-429-and-503-pass-a-limit",
        doc("{path_prefix: /, rate_limit: {requests_per_hour: 3}}"),
        (
            get("/", answered(429, "a", body='{"upstream": "a"}'), ("X-Echo-Status", "429")),
            get("/", answered(503, "a", body='{"upstream": "a"}'), ("X-Echo-Status", "503")),
            get("/", ok()),
            get("/", refused(429)),
        ),
        ("rate_limit",),
    ),
    Case(
        "a-routes-limit-replaces-the-services",
        doc(
            "{path_prefix: /own, rate_limit: {requests_per_hour: 2}}",
            "{path_prefix: /off, rate_limit: {enabled: false, requests_per_hour: 1}}",
            "{path_prefix: /inherits}",
            policies="rate_limit: {requests_per_hour: 1}",
        ),
        (
            get("/own", ok(), times=2),
            get("/own", refused(429)),
            get("/off", ok(), times=5),
            get("/inherits", ok()),
            get("/inherits", refused(429)),
        ),
        ("rate_limit",),
    ),
)

BREAKERS = (
    Case(
        "a-breaker-may-answer-no-available-server",
        doc(
            "{path_prefix: /, circuit_breaker: {max_failures: 1, timeout: 30s,"
            " response: {status_code: 503, message: no available server}}}"
        ),
        (
            get("/", answered(500, "a"), ("X-Echo-Status", "500")),
            _MOMENT,
            get("/", refused(503, body=Contains("no available server")), times=2),
        ),
        ("circuit_breaker.response.status_code", "circuit_breaker.response.message"),
    ),
    Case(
        "rejections-of-keys-and-of-a-limit-do-not-open-the-breaker",
        doc(
            f"{{path_prefix: /, authentication: {{type: api_key, api_key: {{{_KEYS}}},"
            " fail_status: 503}, rate_limit: {requests_per_hour: 3},"
            " circuit_breaker: {max_failures: 2, timeout: 30s}}"
        ),
        (
            get("/", refused(503), times=4),
            _MOMENT,
            get("/", ok(), _ANN, times=3),
            get("/", refused(429), _ANN, times=4),
        ),
        ("circuit_breaker", "rate_limit", "authentication"),
    ),
)

HEADERS = (
    Case(
        "response-set-does-not-touch-the-gateways-own-rejections",
        doc(
            "{path_prefix: /auth, authentication: {type: api_key, api_key: {keys: [{key: k}]}}}",
            "{path_prefix: /limit, rate_limit: {requests_per_hour: 1}}",
            policies="headers: {response_set: {X-Mark: m}}",
        ),
        (
            get("/auth", refused(401, headers={"X-Mark": ABSENT})),
            get("/auth", ok(headers={"X-Mark": "m"}), ("X-API-Key", "k")),
            get("/limit", ok(headers={"X-Mark": "m"})),
            get("/limit", refused(429, headers={"X-Mark": ABSENT})),
            get("/none", refused(404, headers={"X-Mark": ABSENT})),
        ),
        ("headers.response_set",),
    ),
    Case(
        "text-of-a-client-is-not-evaluated",
        doc("{path_prefix: /, headers: {request_set: {X-A: a}, response_set: {X-B: b}}}"),
        tuple(
            get(
                f"/%25REQ(host)%25/%7B%7B?{query}",
                ok(
                    upstream_path=f"/%25REQ(host)%25/%7B%7B?{query}",
                    upstream_headers={"X-A": "a", "X-C": text},
                    headers={"X-B": "b", "X-D": text},
                ),
                ("X-C", text),
                ("X-Echo-Header", f"X-D: {text}"),
            )
            for query, text in (
                ("%25REQ(x)%25", "%REQ(:path)% {{path}}"),
                ("$(id)", "$(id) ${HOME} `id`"),
                ("a=%7B%7B.Env%7D%7D", '{{ env "HOME" }} <%= x %>'),
            )
        ),
        ("headers.request_set", "headers.response_set"),
    ),
)

WIRE = (
    Case(
        "policies-work-over-http2-upstreams",
        doc(
            "{path_prefix: /key, " + _auth("header_name: X-API-Key") + "}",
            "{path_prefix: /limit, rate_limit: {requests_per_hour: 1}}",
            "{path_prefix: /breaker, circuit_breaker: {max_failures: 1, timeout: 30s}}",
            "{path_prefix: /rules, strip_prefix: true,"
            " headers: {request_set: {X-A: a}, response_set: {X-B: b}, request_remove: [X-C]}}",
            policies="protocol: http2",
        ),
        (
            get("/key", refused(401)),
            get("/key", ok(upstream_version="2", upstream_headers={"X-API-Key": ABSENT}), _ANN),
            get("/limit", ok(upstream_version="2")),
            get("/limit", refused(429)),
            get("/breaker", answered(500, "a"), ("X-Echo-Status", "500")),
            _MOMENT,
            get("/breaker", refused(503)),
            request(
                "POST",
                "/rules/x?y=1",
                ok(
                    headers={"X-B": "b"},
                    upstream_version="2",
                    upstream_path="/x?y=1",
                    upstream_headers={"X-A": "a", "X-C": ABSENT},
                    upstream_body=b"body",
                ),
                ("X-C", "c"),
                body=b"body",
            ),
        ),
        ("services.protocol=http2",),
    ),
    Case(
        "many-routes-with-policies-of-their-own-are-told-apart",
        doc(
            *(
                f"{{path_prefix: /r{number}, headers: {{request_set: {{X-Route: r{number}}}}},"
                f" authentication: {{type: api_key, api_key: {{keys: [{{key: k{number}}}]}}}},"
                " cors: {allowed_origins: ['https://app.test'], allow_credentials: true},"
                " rate_limit: {requests_per_hour: 2}}"
                for number in range(300)
            )
        ),
        tuple(
            step
            for number in (0, 1, 10, 150, 299)
            for step in (
                get(f"/r{number}", refused(401), ("X-API-Key", f"k{number + 1}")),
                get(
                    f"/r{number}",
                    ok(
                        headers={"Access-Control-Allow-Origin": "https://app.test"},
                        upstream_headers={"X-Route": f"r{number}"},
                    ),
                    ("X-API-Key", f"k{number}"),
                    ("Origin", "https://app.test"),
                ),
                get(f"/r{number}/x", ok(), ("X-API-Key", f"k{number}")),
                get(f"/r{number}", refused(429), ("X-API-Key", f"k{number}")),
            )
        ),
        ("authentication", "rate_limit", "cors"),
    ),
)

CHECKS = (
    Case(
        "only-the-one-status-code-listed-is-healthy",
        doc(
            "{path_prefix: /}",
            upstream=targets(
                "a",
                "b",
                more="health_check: {active: {interval: 200ms, timeout: 150ms,"
                " unhealthy_threshold: 1, healthy_threshold: 1, healthy_status_codes: [418]}}",
            ),
        ),
        (
            SetUpstream("a", health_status=418),
            Wait(1.2),
            Distribution(6, Send(expect=ok("a")), shares={"a": (6, 6)}),
            SetUpstream("a", health_status=200),
            SetUpstream("b", health_status=418),
            Wait(1.2),
            Distribution(6, Send(expect=ok("b")), shares={"b": (6, 6)}),
        ),
        ("upstream.health_check.active.healthy_status_codes",),
    ),
)

CASES = (*CHECKS, *KEYS, *LIMITS, *BREAKERS, *HEADERS, *WIRE)
