"""Timeouts of the document, a service and a route."""

from ..model import Case, Expect, OnConnectionOf, Send, SetUpstream, Wait
from .shorthand import answered, doc, document, get, ok, refused, request, service

_SLOW = ("X-Echo-Delay", "1.5")


def _times_out(path: str = "/", seconds: tuple[float, float] = (0.2, 1.2)) -> Send:
    return get(path, answered(504, "a", seconds=seconds), _SLOW)


CASES = (
    Case(
        "a-routes-timeout-ends-a-slow-request-with-504",
        doc("{path_prefix: /, timeout: 300ms}"),
        (
            get("/", ok()),
            _times_out(),
            request("POST", "/", answered(504, "a"), _SLOW, body=b"x"),
            get("/", ok(), ("X-Echo-Delay", "0.1")),
        ),
        ("timeout", "timeout"),
    ),
    Case(
        "the-documents-timeout-holds-for-routes-that-set-none",
        doc("{path_prefix: /}", settings="timeout: 300ms"),
        (get("/", ok()), _times_out()),
        ("global.timeout",),
    ),
    Case(
        "a-routes-timeout-beats-the-documents",
        doc(
            "{path_prefix: /long, timeout: 10s}",
            "{path_prefix: /short, timeout: 200ms}",
            "{path_prefix: /default}",
            settings="timeout: 600ms",
        ),
        (
            get("/long", ok(), ("X-Echo-Delay", "1")),
            _times_out("/short", (0.15, 0.58)),
            _times_out("/default", (0.5, 1.2)),
        ),
        ("global.timeout", "timeout"),
    ),
    Case(
        "a-services-timeout-holds-for-its-routes",
        doc(
            "{path_prefix: /own, timeout: 10s}",
            "{path_prefix: /inherits}",
            policies="timeout: 300ms",
        ),
        (get("/own", ok(), ("X-Echo-Delay", "1")), _times_out("/inherits")),
        ("timeout",),
    ),
    Case(
        "the-default-timeout-lets-a-second-pass",
        doc("{path_prefix: /}"),
        (get("/", ok(seconds=(1.4, 5.0)), _SLOW),),
        ("global.timeout",),
    ),
    Case(
        "a-read-timeout-ends-a-slow-request-with-504",
        doc("{path_prefix: /, timeout: {read: 300ms}}"),
        (get("/", ok()), _times_out()),
        ("timeout.read",),
    ),
    Case(
        "a-connect-timeout-ends-a-hanging-connection-with-504",
        doc("{path_prefix: /, timeout: {connect: 300ms, read: 10s}}"),
        (
            get("/", ok(), ("X-Echo-Delay", "0.6")),
            SetUpstream("a", state="unreachable"),
            get("/", Expect(504, reached=None, seconds=(0.2, 1.5))),
            SetUpstream("a", state="up"),
        ),
        ("timeout.connect",),
    ),
    Case(
        "the-shorter-of-connect-and-read-holds-while-connecting",
        doc(
            "{path_prefix: /a, timeout: {connect: 300ms, read: 10s}}",
            "{path_prefix: /b, timeout: {connect: 10s, read: 300ms}}",
        ),
        (
            SetUpstream("a", state="unreachable"),
            get("/a", refused(504, seconds=(0.2, 1.5))),
            get("/b", refused(504, seconds=(0.2, 1.5))),
            SetUpstream("a", state="up"),
            get("/a", ok()),
        ),
        ("timeout.connect", "timeout.read"),
    ),
    Case(
        "an-upstream-that-takes-no-more-of-a-request-ends-it-with-504",
        doc("{path_prefix: /, timeout: {send: 500ms, read: 1s}}"),
        (
            request("POST", "/", ok(upstream_body=b"x" * 200_000), body=b"x" * 200_000),
            request(
                "POST",
                "/",
                Expect(504, seconds=(0.4, 8.0)),
                ("X-Echo-Deaf", "12"),
                body=b"x" * 24_000_000,
            ),
        ),
        ("timeout.send",),
    ),
    Case(
        "an-unused-connection-to-the-upstream-is-closed",
        doc("{path_prefix: /, timeout: {idle: 600ms}}"),
        (
            get("/", ok(), remember="first"),
            get("/", ok(upstream_connection=OnConnectionOf("first"))),
            Wait(2.0),
            get("/", ok(upstream_connection=OnConnectionOf("first", other=True))),
        ),
        ("timeout.idle",),
    ),
    Case(
        "an-unused-connection-is-kept-as-long-as-the-file-says",
        doc("{path_prefix: /, timeout: {idle: 60s}}"),
        (
            get("/", ok(), remember="first"),
            Wait(2.0),
            get("/", ok(upstream_connection=OnConnectionOf("first"))),
        ),
        ("timeout.idle",),
    ),
    Case(
        "routes-of-one-service-may-differ-in-their-phases",
        document(
            service(
                "{path_prefix: /fast, timeout: {connect: 1s, read: 300ms}}",
                "{path_prefix: /slow, timeout: {connect: 2s, read: 5s, idle: 10s}}",
                "{path_prefix: /plain, timeout: 400ms}",
                "{path_prefix: /inherits}",
                policies="timeout: {connect: 1s, read: 600ms}",
            )
        ),
        (
            _times_out("/fast", (0.2, 1.2)),
            get("/slow", ok(), _SLOW),
            _times_out("/plain", (0.3, 1.2)),
            _times_out("/inherits", (0.5, 1.4)),
            get("/fast", ok()),
        ),
        ("timeout.connect", "timeout.read", "timeout.idle"),
    ),
    Case(
        "all-timeouts-together-let-a-good-request-pass",
        doc("{path_prefix: /, timeout: {connect: 1s, send: 2s, read: 3s, idle: 10s}}"),
        (
            get("/", ok(), times=3),
            request("POST", "/", ok(upstream_body=b"x" * 70_000), body=b"x" * 70_000),
            get("/", ok(), ("X-Echo-Delay", "0.5")),
        ),
        ("timeout.connect", "timeout.read"),
    ),
    Case(
        "an-upstreams-own-504-is-not-touched",
        doc("{path_prefix: /, timeout: 5s}"),
        (get("/", answered(504, "a", body='{"upstream": "a"}'), ("X-Echo-Status", "504")),),
        ("timeout",),
    ),
)
