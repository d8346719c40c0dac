"""The circuit breaker: what opens it, what the gateway answers meanwhile, what closes it."""

from ..model import Case, Contains, Expect, Send, SetUpstream, Wait
from .shorthand import answered, doc, document, get, ok, refused, service

#: A gateway may take a moment from the last failure to the open breaker.
_MOMENT = Wait(0.15)
_OPEN = refused(503)


def _failing(path: str = "/", status: int = 500, times: int = 1) -> Send:
    expect = answered(status, "a", body='{"upstream": "a"}')
    return get(path, expect, ("X-Echo-Status", str(status)), times=times)


def _breaker(fields: str) -> str:
    return f"circuit_breaker: {{{fields}}}"


def _doc(fields: str) -> str:
    return doc(f"{{path_prefix: /, {_breaker(fields)}}}")


CASES = (
    Case(
        "a-breaker-opens-after-max-failures-in-a-row",
        _doc("max_failures: 3, timeout: 30s"),
        (
            _failing(times=2),
            _MOMENT,
            get("/", ok()),
            _failing(times=3),
            _MOMENT,
            get("/", _OPEN, times=4),
        ),
        ("circuit_breaker", "circuit_breaker.max_failures"),
    ),
    Case(
        "a-breaker-opens-after-five-failures-by-default",
        _doc("timeout: 30s"),
        (_failing(times=4), _MOMENT, _failing(), _MOMENT, get("/", _OPEN, times=2)),
        ("circuit_breaker.max_failures",),
    ),
    Case(
        "a-success-in-between-starts-the-count-again",
        _doc("max_failures: 2, timeout: 30s"),
        (
            *(step for _ in range(4) for step in (_failing(), get("/", ok()))),
            _failing(times=2),
            _MOMENT,
            get("/", _OPEN),
        ),
        ("circuit_breaker.max_failures",),
    ),
    Case(
        "answers-below-500-are-no-failures",
        _doc("max_failures: 1, timeout: 30s"),
        (
            _failing(status=404, times=2),
            _failing(status=429, times=2),
            _failing(status=501),
            _MOMENT,
            get("/", ok()),
        ),
        ("circuit_breaker.unhealthy_status_codes",),
    ),
    *(
        Case(
            f"an-answer-{status}-is-a-failure-by-default",
            _doc("max_failures: 2, timeout: 30s"),
            (_failing(status=status, times=2), _MOMENT, get("/", _OPEN)),
            ("circuit_breaker.unhealthy_status_codes",),
        )
        for status in (502, 503, 504)
    ),
    Case(
        "only-the-status-codes-listed-are-failures",
        _doc("max_failures: 2, timeout: 30s, unhealthy_status_codes: [429, 500]"),
        (
            _failing(status=503, times=3),
            _MOMENT,
            _failing(status=429),
            _failing(status=500),
            _MOMENT,
            get("/", _OPEN, times=2),
        ),
        ("circuit_breaker.unhealthy_status_codes",),
    ),
    Case(
        "an-open-breaker-answers-503-by-default",
        _doc("max_failures: 1, timeout: 30s"),
        (_failing(), _MOMENT, get("/", refused(503))),
        ("circuit_breaker.response.status_code",),
    ),
    Case(
        "an-open-breaker-may-answer-in-its-own-way",
        _doc(
            "max_failures: 1, timeout: 30s,"
            " response: {status_code: 502, message: 'Back in 100% of time %REQ(host)%'}"
        ),
        (
            _failing(status=503),
            _MOMENT,
            get("/", refused(502, body=Contains("Back in 100% of time %REQ(host)%"))),
        ),
        ("circuit_breaker.response.status_code", "circuit_breaker.response.message"),
    ),
    Case(
        "each-breaker-answers-with-its-own-message",
        doc(
            "{path_prefix: /one, "
            + _breaker("max_failures: 1, timeout: 30s, response: {message: One}")
            + "}",
            "{path_prefix: /two, "
            + _breaker("max_failures: 1, timeout: 30s, response: {message: Two}")
            + "}",
        ),
        (
            _failing("/one"),
            _failing("/two"),
            _MOMENT,
            get("/one", refused(503, body=Contains("One"))),
            get("/two", refused(503, body=Contains("Two"))),
        ),
        ("circuit_breaker.response.message",),
    ),
    Case(
        "an-open-breaker-closes-after-its-timeout",
        _doc("max_failures: 2, timeout: 1s"),
        (
            _failing(times=2),
            _MOMENT,
            get("/", _OPEN),
            Wait(0.4),
            get("/", _OPEN),
            Wait(1.2),
            get("/", ok(), times=6),
        ),
        ("circuit_breaker.timeout",),
    ),
    Case(
        "a-breaker-opens-again-as-long-as-the-upstream-fails",
        _doc("max_failures: 1, timeout: 1s, half_open_requests: 1"),
        (
            _failing(),
            _MOMENT,
            get("/", _OPEN),
            Wait(1.5),
            _failing(),
            _MOMENT,
            get("/", _OPEN, times=2),
            Wait(0.4),
            get("/", _OPEN),
            Wait(1.4),
            get("/", ok(), times=3),
        ),
        ("circuit_breaker.timeout", "circuit_breaker.half_open_requests"),
    ),
    Case(
        "trial-requests-that-succeed-close-the-breaker",
        _doc("max_failures: 2, timeout: 500ms, half_open_requests: 2"),
        (
            _failing(times=2),
            _MOMENT,
            get("/", _OPEN),
            Wait(1.0),
            get("/", ok(), times=2),
            _failing(),
            _MOMENT,
            get("/", ok(), times=3),
        ),
        ("circuit_breaker.half_open_requests",),
    ),
    Case(
        "a-trial-request-that-fails-opens-the-breaker-at-once",
        _doc("max_failures: 3, timeout: 1s, half_open_requests: 1"),
        (_failing(times=3), _MOMENT, Wait(1.3), _failing(), _MOMENT, get("/", _OPEN, times=2)),
        ("circuit_breaker.half_open_requests",),
        skips={
            "envoy": "outlier detection has no trial phase: after the ejection a host is given"
            " the whole number of failures again"
        },
    ),
    Case(
        "an-open-breaker-leaves-other-routes-to-the-same-upstream-alone",
        doc(
            "{path_prefix: /one, " + _breaker("max_failures: 2, timeout: 30s") + "}",
            "{path_prefix: /two, " + _breaker("max_failures: 2, timeout: 30s") + "}",
            "{path_prefix: /three}",
        ),
        (
            _failing("/one", times=2),
            _MOMENT,
            get("/one", _OPEN),
            get("/two", ok()),
            get("/three", ok()),
            _failing("/two", times=2),
            _MOMENT,
            get("/two", _OPEN),
            _failing("/three", times=5),
            _MOMENT,
            get("/three", ok()),
        ),
        ("circuit_breaker",),
    ),
    Case(
        "a-services-breaker-is-one-for-each-route",
        doc(
            "{path_prefix: /one}",
            "{path_prefix: /two}",
            "{path_prefix: /off, circuit_breaker: {enabled: false}}",
            "{path_prefix: /own, circuit_breaker: {max_failures: 4, timeout: 30s}}",
            policies=_breaker("max_failures: 2, timeout: 30s"),
        ),
        (
            _failing("/one", times=2),
            _MOMENT,
            get("/one", _OPEN),
            get("/two", ok()),
            _failing("/off", times=6),
            _MOMENT,
            get("/off", ok()),
            _failing("/own", times=3),
            _MOMENT,
            get("/own", ok()),
        ),
        ("circuit_breaker", "circuit_breaker"),
    ),
    Case(
        "without-a-breaker-failures-change-nothing",
        document(service("{path_prefix: /}")),
        (_failing(times=10), _MOMENT, get("/", ok())),
        ("circuit_breaker",),
    ),
    Case(
        "an-upstream-that-is-down-is-an-error-of-the-gateway",
        doc("{path_prefix: /}"),
        (
            get("/", ok()),
            SetUpstream("a", state="down"),
            get("/", Expect((502, 503), reached=None)),
            SetUpstream("a", state="up"),
            get("/", ok()),
        ),
        ("upstream.host",),
    ),
)
