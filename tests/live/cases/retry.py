"""Retries: what is tried again and what isn't, how often, where, and with which request."""

from ..model import (
    BROKEN,
    Case,
    CookieFrom,
    Distribution,
    Expect,
    Late,
    Mishap,
    ReachedBy,
    Send,
    SetUpstream,
    Wait,
)
from .shorthand import answered, doc, document, get, ok, refused, request, service, targets

#: Neither a connection nor an answer: which of the two is the gateway's to tell.
_BAD = (502, 503)


def _first(*mishaps: Mishap) -> SetUpstream:
    return SetUpstream("a", first=mishaps)


def _sent(method: str, expect: Expect, path: str = "/") -> Send:
    body = b"" if method in ("GET", "HEAD", "OPTIONS") else b"once"
    return request(method, path, expect, body=body)


#: What nginx and Traefik do where several requests are under way.
_ANY_NEXT = "a target that failed may get the next attempt, too, if it is its turn"
_SAME_AGAIN = "the next attempt goes to the same target again"
_STAYS = "a client with a sticky cookie stays at its target, also if that failed"

CASES = (
    Case(
        "an-answer-503-is-tried-again",
        doc("{path_prefix: /, retry: {}}"),
        (
            get("/", ok(calls=1)),
            _first(503),
            get("/", ok(calls=2)),
            _first(503, 503),
            get("/", ok(calls=3)),
            _first(503, 503, 503, 200),
            get("/", answered(503, "a", body='{"upstream": "a"}', calls=3)),
            get("/", ok(calls=1)),
        ),
        ("retry", "retry.retry_on=http_503", "retry.attempts"),
    ),
    Case(
        "attempts-count-the-first-one",
        doc(
            "{path_prefix: /two, retry: {attempts: 2}}",
            "{path_prefix: /five, retry: {attempts: 5}}",
        ),
        (
            _first(503, 503),
            get("/two", answered(503, "a", calls=2)),
            _first(503, 503, 503, 503),
            get("/five", ok(calls=5)),
        ),
        ("retry.attempts",),
    ),
    Case(
        "each-status-of-retry-on-is-tried-again",
        doc(
            "{path_prefix: /, retry: {attempts: 2, retry_on: [connect_failure, http_409, http_429, "
            "http_500, http_502, http_504, reset, timeout]}}"
        ),
        (
            *(
                step
                for status in (409, 429, 500, 502, 504)
                for step in (_first(status), get("/", ok(calls=2)))
            ),
            *(
                step
                for status in (400, 404, 501, 503)
                for step in (_first(status), get("/", answered(status, "a", calls=1)))
            ),
        ),
        tuple(f"retry.retry_on=http_{status}" for status in (409, 429, 500, 502, 504)),
    ),
    Case(
        "each-of-the-common-statuses-is-tried-again",
        doc(
            "{path_prefix: /, retry: {attempts: 2, retry_on: [connect_failure, http_429, "
            "http_500, http_502, http_504, reset, timeout]}}"
        ),
        (
            *(
                step
                for status in (429, 500, 502, 504)
                for step in (_first(status), get("/", ok(calls=2)))
            ),
            _first(503),
            get("/", answered(503, "a", calls=1)),
        ),
        tuple(f"retry.retry_on=http_{status}" for status in (429, 500, 502, 504)),
    ),
    Case(
        "a-status-that-is-not-in-retry-on-is-passed-on",
        doc("{path_prefix: /, retry: {}}"),
        tuple(
            step
            for status in (400, 404, 409, 429, 500, 501)
            for step in (_first(status), get("/", answered(status, "a", calls=1)))
        ),
        ("retry.retry_on=http_503",),
    ),
    Case(
        "one-status-alone-is-tried-again",
        doc("{path_prefix: /, retry: {retry_on: [http_503]}}"),
        (
            _first(503, 503),
            get("/", ok(calls=3)),
            _first(502),
            get("/", answered(502, "a", calls=1)),
            _first(503),
            _sent("POST", answered(503, "a", calls=1)),
        ),
        ("retry.retry_on=http_503",),
        targets=("envoy", "traefik"),
    ),
    Case(
        "a-refused-connection-is-tried-at-another-target",
        doc("{path_prefix: /, retry: {}}", upstream=targets("a", "b")),
        (
            SetUpstream("a", state="down"),
            get("/", ok("b"), times=4),
            request("POST", "/", ok("b", upstream_body=b"x" * 9000), body=b"x" * 9000, times=4),
            request("PATCH", "/", ok("b", upstream_body=b"one"), body=b"one", times=4),
        ),
        ("retry.retry_on=connect_failure",),
    ),
    Case(
        "a-refused-connection-alone-is-tried-again",
        doc("{path_prefix: /, retry: {retry_on: [connect_failure]}}", upstream=targets("a", "b")),
        (
            SetUpstream("a", state="down"),
            get("/", ok("b"), times=4),
            request("POST", "/", ok("b"), body=b"one", times=4),
            SetUpstream("b", first=(503,)),
            get("/", answered(503, "b", calls=1)),
        ),
        ("retry.retry_on=connect_failure",),
        targets=("envoy", "traefik"),
    ),
    Case(
        "a-connection-that-hangs-is-tried-at-another-target",
        doc("{path_prefix: /, timeout: 400ms, retry: {}}", upstream=targets("a", "b")),
        (
            SetUpstream("a", state="unreachable"),
            get("/", ok("b", seconds=(0.0, 2.0)), times=3),
            request("POST", "/", ok("b", upstream_body=b"one"), body=b"one", times=3),
        ),
        ("retry.retry_on=connect_failure",),
    ),
    Case(
        "a-connection-is-tried-until-it-is-accepted",
        doc(
            "{path_prefix: /, retry: {attempts: 30, base_interval: 50ms, max_interval: 50ms}}",
        ),
        (
            SetUpstream("a", state="down", up_after=0.4),
            get("/", ok(calls=1, seconds=(0.2, 4.0))),
            SetUpstream("a", state="down", up_after=0.6),
            # A kept connection is closed: one that breaks under a POST isn't tried again.
            Wait(0.2),
            _sent("POST", ok(calls=1, upstream_body=b"once")),
        ),
        ("retry.base_interval",),
    ),
    Case(
        "a-connection-that-nobody-accepts-is-answered-in-the-end",
        doc("{path_prefix: /, retry: {}}"),
        (
            SetUpstream("a", state="down"),
            get("/", answered(_BAD, None)),
            _sent("POST", answered(_BAD, None)),
        ),
        ("retry",),
    ),
    Case(
        "a-broken-connection-is-tried-again",
        doc("{path_prefix: /, retry: {}}"),
        (
            SetUpstream("a", first=(BROKEN, BROKEN, BROKEN)),
            get("/", answered(_BAD, "a", calls=3)),
            SetUpstream("a", first=(BROKEN,)),
            get("/", ok(calls=2)),
        ),
        ("retry.retry_on=reset",),
    ),
    Case(
        "an-attempt-that-takes-too-long-is-tried-again",
        doc("{path_prefix: /, timeout: 400ms, retry: {attempts: 2}}"),
        (
            SetUpstream("a", first=(Late(2.0),)),
            get("/", ok(calls=2, seconds=(0.35, 1.6))),
            SetUpstream("a", first=(Late(2.0), Late(2.0))),
            get("/", answered(504, "a", calls=2, seconds=(0.75, 2.0))),
        ),
        ("retry.retry_on=timeout",),
    ),
    Case(
        "each-attempt-has-the-whole-timeout",
        doc("{path_prefix: /, timeout: 700ms, retry: {}}"),
        (
            _first(503, 503),
            get("/", ok(calls=3, seconds=(1.1, 3.0)), ("X-Echo-Delay", "0.4")),
        ),
        ("retry.attempts", "timeout"),
    ),
    Case(
        "a-request-that-may-not-be-repeated-is-sent-once",
        doc("{path_prefix: /, timeout: 400ms, retry: {}}"),
        (
            # On a connection that was used before, gateways are quick to try again.
            *(
                step
                for method in ("POST", "PATCH", "LOCK")
                for step in (
                    get("/", ok(calls=1)),
                    _first(BROKEN),
                    _sent(method, answered(_BAD, "a", calls=1)),
                )
            ),
            *(
                step
                for method in ("POST", "PATCH", "LOCK")
                for step in (
                    _first(503),
                    _sent(method, answered(503, "a", calls=1)),
                    SetUpstream("a", first=(Late(1.0),)),
                    _sent(method, answered(504, "a", calls=1)),
                    SetUpstream("a", first=(BROKEN,)),
                    _sent(method, answered(_BAD, "a", calls=1)),
                )
            ),
            *(
                step
                for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS")
                for step in (_first(503), _sent(method, ok(calls=2)))
            ),
        ),
        ("retry",),
    ),
    Case(
        "a-route-for-posts-only-tries-a-refused-connection-again",
        doc(
            "{path_prefix: /, methods: [POST], retry: {}}",
            upstream=targets("a", "b"),
        ),
        (
            SetUpstream("a", first=(503,)),
            SetUpstream("b", first=(503,)),
            _sent("POST", answered(503, ("a", "b"), calls=1), "/"),
            SetUpstream("a", state="down", first=()),
            SetUpstream("b", first=()),
            request("POST", "/", ok("b"), body=b"x", times=4),
        ),
        ("retry",),
    ),
    Case(
        "a-pause-is-made-between-attempts",
        doc("{path_prefix: /, retry: {attempts: 8, base_interval: 200ms, max_interval: 200ms}}"),
        (_first(*[503] * 7), get("/", ok(calls=8, seconds=(0.15, 6.0)))),
        ("retry.base_interval", "retry.max_interval", "retry.backoff=exponential"),
    ),
    Case(
        "pauses-may-grow-evenly",
        doc("{path_prefix: /, retry: {attempts: 6, backoff: linear, base_interval: 100ms}}"),
        (_first(*[503] * 5), get("/", ok(calls=6, seconds=(0.05, 5.0)))),
        ("retry.backoff=linear",),
    ),
    Case(
        "the-client-gets-the-last-answer-alone",
        doc(
            "{path_prefix: /, retry: {}, headers: {response_add: {X-Once: one}, "
            "response_set: {X-Set: two}}}"
        ),
        (
            _first(503, 503),
            get("/", ok(calls=3, headers={"X-Once": "one", "X-Set": "two"})),
            _first(503, 503, 503),
            get("/", answered(503, "a", calls=3, headers={"X-Once": "one", "Server": "upstream"})),
        ),
        ("retry",),
    ),
    Case(
        "a-request-is-sent-again-as-a-whole",
        doc(
            "{path_prefix: /api, strip_prefix: true, retry: {}, headers: {request_set: {X-A: one}}}"
        ),
        (
            _first(503, 503),
            request(
                "PUT",
                "/api/x?y=z",
                ok(
                    calls=3,
                    upstream_method="PUT",
                    upstream_path="/x?y=z",
                    upstream_headers={"X-A": "one", "X-Forwarded-For": "127.0.0.1"},
                    upstream_body=b"x" * 900_000,
                ),
                body=b"x" * 900_000,
            ),
            _first(503),
            request(
                "PUT",
                "/api/",
                ok(calls=2, upstream_body=b"y" * 200_000),
                body=b"y" * 200_000,
                chunked=True,
            ),
        ),
        ("retry",),
    ),
    Case(
        "what-a-template-makes-is-the-same-in-each-attempt",
        doc("{path_prefix: /, retry: {}, headers: {request_set: {X-Id: '{{uuid}}'}}}"),
        (_first(503, 503), get("/", ok(calls=3, upstream_same=("X-Id",)))),
        ("retry",),
    ),
    Case(
        "a-token-is-taken-once-for-all-attempts",
        doc("{path_prefix: /, retry: {}, rate_limit: {requests_per_hour: 2}}"),
        (
            _first(503, 503),
            get("/", ok(calls=3)),
            _sent("POST", ok(calls=1)),
            get("/", refused(429)),
            _sent("POST", refused(429)),
        ),
        ("retry", "rate_limit"),
    ),
    Case(
        "each-attempt-counts-for-a-passive-check",
        doc(
            "{path_prefix: /, retry: {}}",
            upstream=targets("a", "b", more="health_check: {passive: {max_failures: 3}}"),
        ),
        (
            SetUpstream("a", status=503),
            get("/", ok("b", calls=(1, 2)), times=6),
            Wait(0.5),
            get("/", ok("b", calls=1), times=6),
        ),
        ("retry", "upstream.health_check.passive"),
        targets=("envoy", "traefik"),
    ),
    Case(
        "each-attempt-counts-for-a-breaker",
        doc("{path_prefix: /, retry: {}, circuit_breaker: {max_failures: 3}}"),
        (
            _first(503, 503),
            get("/", ok(calls=3)),
            _first(503, 503, 503),
            get("/", answered(503, "a", calls=3)),
            Wait(0.5),
            get("/", refused(503)),
        ),
        ("retry", "circuit_breaker"),
        targets=("envoy", "traefik"),
    ),
    Case(
        "another-target-gets-the-next-attempt",
        doc("{path_prefix: /, retry: {}}", upstream=targets("a", "b")),
        (
            SetUpstream("a", status=503),
            Distribution(20, get("/", ok("b", calls=(1, 2))), {"b": (20, 20)}),
        ),
        ("retry",),
    ),
    Case(
        "another-target-gets-the-next-attempt-of-many-requests",
        doc(
            "{path_prefix: /, retry: {}}",
            upstream=targets("a*3", "b", "c", more="load_balancer: {algorithm: weighted}"),
        ),
        (
            SetUpstream("a", status=503),
            SetUpstream("b", status=503),
            Distribution(40, get("/", ok("c", calls=(1, 2, 3))), {"c": (40, 40)}, concurrency=8),
        ),
        ("retry",),
        skips=dict.fromkeys(("kong", "apisix", "traefik"), _ANY_NEXT),
    ),
    Case(
        "a-light-target-gets-the-next-attempt-after-a-heavy-one",
        document(
            *(
                service(
                    f"{{path_prefix: /{algorithm}, retry: {{}}}}",
                    name=algorithm.replace("_", "-"),
                    upstream=targets(
                        "a*100", "b", more=f"load_balancer: {{algorithm: {algorithm}}}"
                    ),
                )
                for algorithm in ("weighted", "ip_hash", "least_conn")
            ),
            service(
                "{path_prefix: /several, retry: {attempts: 2}}",
                name="several",
                upstream=targets("a*30", "b", "c"),
            ),
        ),
        (
            SetUpstream("a", status=503),
            *(
                get(f"/{algorithm}", ok("b", calls=(1, 2)), times=20)
                for algorithm in ("weighted", "ip_hash", "least_conn")
            ),
            get("/several", ok(("b", "c"), calls=(1, 2)), times=40),
        ),
        ("retry",),
        skips=dict.fromkeys(("kong", "traefik"), _ANY_NEXT),
    ),
    Case(
        "another-target-gets-the-next-attempt-of-an-address",
        doc(
            "{path_prefix: /, retry: {}}",
            upstream=targets("a", "b", more="load_balancer: {algorithm: ip_hash}"),
        ),
        (
            get("/", ok(("a", "b")), remember="first"),
            SetUpstream(ReachedBy("first"), status=503),
            get("/", ok(("a", "b"), calls=2), remember="second"),
            SetUpstream(ReachedBy("first"), state="down"),
            get("/", ok(ReachedBy("second"), calls=1)),
            _sent("POST", ok(ReachedBy("second"), calls=1)),
        ),
        ("retry", "upstream.load_balancer.algorithm=ip_hash"),
        skips=dict.fromkeys(("kong", "traefik"), _SAME_AGAIN),
    ),
    Case(
        "another-target-gets-the-next-attempt-of-a-client-with-a-cookie",
        doc(
            "{path_prefix: /, retry: {}}",
            upstream=targets("a", "b", more="load_balancer: {sticky_sessions: true}"),
        ),
        (
            get("/", ok(("a", "b")), remember="first"),
            SetUpstream(ReachedBy("first"), status=503),
            get(
                "/",
                ok(("a", "b"), calls=2),
                ("Cookie", CookieFrom("first", "galSession")),
                remember="second",
            ),
            SetUpstream(ReachedBy("first"), status=200),
            get(
                "/",
                ok(ReachedBy("second"), calls=1),
                ("Cookie", CookieFrom("second", "galSession")),
            ),
        ),
        ("retry", "upstream.load_balancer.sticky_sessions"),
        skips=dict.fromkeys(("kong", "apisix", "traefik"), _STAYS),
    ),
    Case(
        "a-client-can-not-change-how-often-a-request-is-tried",
        doc("{path_prefix: /, retry: {}}"),
        (
            _first(503),
            get(
                "/",
                ok(calls=2),
                ("x-envoy-max-retries", "0"),
                ("x-envoy-retry-on", "5xx"),
                ("x-envoy-upstream-rq-per-try-timeout-ms", "1"),
                ("x-envoy-upstream-rq-timeout-ms", "1"),
                ("X-Echo-Delay", "0.1"),
            ),
            _first(404),
            get(
                "/",
                answered(404, "a", calls=1),
                ("x-envoy-retry-on", "retriable-status-codes"),
                ("x-envoy-retriable-status-codes", "404"),
                ("x-envoy-retriable-header-names", "server"),
                ("x-envoy-hedge-on-per-try-timeout", "true"),
            ),
            _first(503, 503, 503, 503),
            get("/", answered(503, "a", calls=3), ("x-envoy-max-retries", "9")),
            SetUpstream("a", first=(503, 200)),
            request(
                "POST",
                "/",
                answered(503, "a", calls=1),
                ("x-envoy-retry-on", "5xx"),
                ("x-http-method-override", "GET"),
                body=b"once",
            ),
        ),
        ("retry",),
    ),
    Case(
        "http2-clients-are-tried-for-as-well",
        doc("{path_prefix: /, retry: {}}"),
        (
            _first(503, 503),
            get("/", ok(calls=3), http2=True),
            _first(503),
            request("POST", "/", answered(503, "a", calls=1), body=b"x", http2=True),
            _first(503),
            request(
                "PUT", "/", ok(calls=2, upstream_body=b"x" * 9000), body=b"x" * 9000, http2=True
            ),
        ),
        ("retry",),
    ),
    Case(
        "a-call-of-an-http2-upstream-is-tried-again",
        document(
            "- name: s\n  protocol: http2\n  upstream: {host: 127.0.0.1, port: @a@}\n"
            "  routes: [{path_prefix: /, timeout: 1s, retry: {}}]"
        ),
        (
            _first(503, 503),
            get("/", ok(calls=3, upstream_version="2")),
            _first(503),
            _sent("POST", answered(503, "a", calls=1)),
            SetUpstream("a", first=(Late(2.0),)),
            get("/", ok(calls=2)),
        ),
        ("retry",),
    ),
    Case(
        "retries-of-a-service-may-be-switched-off",
        doc(
            "{path_prefix: /}",
            "{path_prefix: /off, retry: {enabled: false}}",
            "{path_prefix: /own, retry: {attempts: 2}}",
            policies="retry: {attempts: 4}",
        ),
        (
            _first(503, 503, 503),
            get("/", ok(calls=4)),
            _first(503),
            get("/off", answered(503, "a", calls=1)),
            _first(503, 503),
            get("/own", answered(503, "a", calls=2)),
        ),
        ("retry", "retry.attempts"),
    ),
    Case(
        "retries-of-a-named-policy",
        'version: "1"\npolicies: {again: {retry: {attempts: 4}}}\nservices:\n'
        + service("{path_prefix: /, use: [again]}", "{path_prefix: /not}")
        + "\n",
        (
            _first(503, 503, 503),
            get("/", ok(calls=4)),
            _first(503),
            get("/not", answered(503, "a", calls=1)),
        ),
        ("retry", "retry.attempts"),
    ),
    Case(
        "a-preflight-and-a-post-beside-retries",
        doc("{path_prefix: /, retry: {}, cors: {allowed_origins: ['https://app.test']}}"),
        (
            request(
                "OPTIONS",
                "/",
                refused((200, 204), headers={"Access-Control-Allow-Origin": "https://app.test"}),
                ("Origin", "https://app.test"),
                ("Access-Control-Request-Method", "POST"),
            ),
            request(
                "POST",
                "/",
                ok(headers={"Access-Control-Allow-Origin": "https://app.test"}),
                ("Origin", "https://app.test"),
                body=b"x",
            ),
            _first(503),
            get(
                "/",
                ok(calls=2, headers={"Access-Control-Allow-Origin": "https://app.test"}),
                ("Origin", "https://app.test"),
            ),
        ),
        ("retry", "cors"),
    ),
    Case(
        "authentication-is-asked-for-once",
        doc(
            "{path_prefix: /, retry: {}, authentication: "
            "{type: api_key, api_key: {keys: [{key: secret}]}}}"
        ),
        (
            get("/", refused(401)),
            _sent("POST", refused(401)),
            _first(503, 503),
            get("/", ok(calls=3, upstream_absent=("x-api-key",)), ("X-API-Key", "secret")),
            _first(503),
            request("POST", "/", answered(503, "a", calls=1), ("X-API-Key", "secret"), body=b"x"),
        ),
        ("retry", "authentication"),
    ),
)
