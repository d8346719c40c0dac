"""How requests are spread over the targets of an upstream."""

from ..model import (
    ABSENT,
    PRESENT,
    Case,
    CookieFrom,
    Distribution,
    Expect,
    Matches,
    ReachedBy,
    Send,
    SetUpstream,
    Wait,
)
from .shorthand import doc, document, get, ok, service, targets

_ANY = Send(path="/", expect=Expect(200))
_SOURCES = tuple(f"127.0.{number}.{number + 1}" for number in range(1, 25))


def _balanced(*names: str, balancer: str = "", more: str = "") -> str:
    fields = f"load_balancer: {{{balancer}}}" if balancer else ""
    both = ", ".join(part for part in (fields, more) if part)
    return doc("{path_prefix: /}", upstream=targets(*names, more=both))


def _from(source: str) -> Send:
    return get("/", ok(("a", "b", "c")), source=source, remember=source)


def _again(source: str, times: int = 5) -> Send:
    return get("/", Expect(200, reached=ReachedBy(source)), source=source, times=times)


def _sticky(cookie: str, more: str = "") -> str:
    return _balanced("a", "b", "c", balancer=f"sticky_sessions: true{cookie}", more=more)


def _first(name: str, cookie: str) -> Send:
    rule = Matches(f"{cookie}=[^;]+.*")
    return get("/", ok(("a", "b", "c"), headers={"Set-Cookie": rule}), remember=name)


def _with_cookie(name: str, cookie: str, times: int = 6) -> Send:
    expect = Expect(200, reached=ReachedBy(name))
    return get("/", expect, ("Cookie", CookieFrom(name, cookie)), times=times)


CASES = (
    Case(
        "an-upstream-may-be-one-host-and-port",
        doc("{path_prefix: /}", upstream="{host: 127.0.0.1, port: @b@}"),
        (get("/", ok("b"), times=3),),
        ("upstream.host", "upstream.port"),
    ),
    Case(
        "an-upstream-may-be-a-list-of-one-target",
        _balanced("c"),
        (get("/", ok("c"), times=3),),
        ("upstream.targets.host", "upstream.targets.host", "upstream.targets.port"),
    ),
    Case(
        "an-upstream-may-be-named",
        doc("{path_prefix: /}", upstream="{host: localhost, port: @a@}"),
        (get("/", ok("a", upstream_headers={"Host": "gateway.test"}), times=3),),
        ("upstream.host",),
    ),
    Case(
        "targets-take-turns-by-default",
        _balanced("a", "b", "c"),
        (Distribution(30, _ANY, shares={"a": (9, 11), "b": (9, 11), "c": (9, 11)}),),
        ("upstream.targets.host", "upstream.load_balancer.algorithm=round_robin"),
    ),
    Case(
        "targets-take-turns-under-round-robin",
        _balanced("a", "b", balancer="algorithm: round_robin"),
        (Distribution(20, _ANY, shares={"a": (9, 11), "b": (9, 11)}),),
        ("upstream.load_balancer.algorithm=round_robin",),
    ),
    Case(
        "weights-count-under-round-robin",
        _balanced("a*3", "b*1"),
        (Distribution(40, _ANY, shares={"a": (28, 32), "b": (8, 12)}),),
        ("upstream.targets.weight",),
    ),
    Case(
        "weights-count-under-weighted",
        _balanced("a*1", "b*4", balancer="algorithm: weighted"),
        (Distribution(50, _ANY, shares={"a": (8, 12), "b": (38, 42)}),),
        ("upstream.targets.weight", "upstream.load_balancer.algorithm=weighted"),
    ),
    Case(
        "a-weight-that-is-left-out-is-one",
        _balanced("a", "b*2"),
        (Distribution(30, _ANY, shares={"a": (8, 12), "b": (18, 22)}),),
        ("upstream.targets.weight",),
    ),
    Case(
        "a-target-of-weight-zero-gets-no-traffic",
        _balanced("a*0", "b*1", "c*1"),
        (Distribution(20, _ANY, shares={"b": (9, 11), "c": (9, 11)}),),
        ("upstream.targets.weight",),
    ),
    Case(
        "least-conn-prefers-the-idle-target",
        _balanced("a", "b", balancer="algorithm: least_conn"),
        (
            SetUpstream("a", delay=0.5),
            Distribution(40, _ANY, shares={"a": (1, 14), "b": (26, 39)}, concurrency=6),
        ),
        ("upstream.load_balancer.algorithm=least_conn",),
    ),
    Case(
        "least-conn-uses-all-targets-when-all-are-equal",
        _balanced("a", "b", "c", balancer="algorithm: least_conn"),
        (Distribution(60, _ANY, distinct=(3, 3)),),
        ("upstream.load_balancer.algorithm=least_conn",),
    ),
    Case(
        "ip-hash-keeps-an-address-at-its-target",
        _balanced("a", "b", "c", balancer="algorithm: ip_hash"),
        (
            *(_from(source) for source in _SOURCES[:4]),
            *(_again(source) for source in _SOURCES[:4]),
            Distribution(len(_SOURCES), _ANY, sources=_SOURCES, distinct=(2, 3)),
        ),
        ("upstream.load_balancer.algorithm=ip_hash",),
    ),
    Case(
        "ip-hash-does-not-believe-a-forged-x-forwarded-for",
        _balanced("a", "b", "c", balancer="algorithm: ip_hash"),
        (
            _from("127.0.0.1"),
            *(
                get(
                    "/",
                    Expect(200, reached=ReachedBy("127.0.0.1")),
                    ("X-Forwarded-For", f"10.1.{number}.{number}"),
                )
                for number in range(12)
            ),
        ),
        ("upstream.load_balancer.algorithm=ip_hash",),
    ),
    Case(
        "ip-hash-leaves-an-unhealthy-target",
        _balanced(
            "a",
            "b",
            balancer="algorithm: ip_hash",
            more="health_check: {active: {interval: 100ms, unhealthy_threshold: 1,"
            " healthy_threshold: 1}}",
        ),
        (
            _from("127.0.0.1"),
            SetUpstream(ReachedBy("127.0.0.1"), health_status=503),
            Wait(0.8),
            get("/", ok(("a", "b")), times=3, remember="second"),
            get("/", Expect(200, reached=ReachedBy("second")), times=3),
            SetUpstream(ReachedBy("127.0.0.1"), health_status=200),
            Wait(0.8),
            _again("127.0.0.1"),
        ),
        ("upstream.load_balancer.algorithm=ip_hash", "upstream.health_check.active"),
    ),
    Case(
        "a-sticky-cookie-keeps-a-client-at-its-target",
        _sticky(""),
        (
            _first("one", "galSession"),
            _first("two", "galSession"),
            _with_cookie("one", "galSession"),
            _with_cookie("two", "galSession"),
            get(
                "/",
                Expect(200, reached=ReachedBy("one")),
                ("Cookie", CookieFrom("one", "galSession")),
                ("X-Other", "1"),
                source="127.0.0.2",
                times=4,
            ),
        ),
        ("upstream.load_balancer.sticky_sessions",),
    ),
    Case(
        "a-sticky-cookie-may-have-another-name",
        _sticky(", cookie_name: SHOPID"),
        (_first("one", "SHOPID"), _with_cookie("one", "SHOPID")),
        ("upstream.load_balancer.cookie_name",),
    ),
    Case(
        "clients-without-a-sticky-cookie-are-spread",
        _sticky(""),
        (Distribution(30, _ANY, distinct=(2, 3)),),
        ("upstream.load_balancer.sticky_sessions",),
    ),
    Case(
        "no-cookie-is-set-unasked",
        _balanced("a", "b", balancer="sticky_sessions: false"),
        (get("/", ok(("a", "b"), headers={"Set-Cookie": ABSENT}), times=3),),
        ("upstream.load_balancer.sticky_sessions",),
    ),
    Case(
        "a-sticky-client-is-moved-while-its-target-is-unhealthy",
        _sticky(
            "",
            "health_check: {active: {interval: 100ms, unhealthy_threshold: 1,"
            " healthy_threshold: 1}}",
        ),
        (
            _first("one", "galSession"),
            SetUpstream(ReachedBy("one"), health_status=503, status=500),
            Wait(0.8),
            get("/", Expect(200), ("Cookie", CookieFrom("one", "galSession")), times=6),
        ),
        ("upstream.load_balancer.sticky_sessions", "upstream.health_check.active"),
    ),
    Case(
        "a-made-up-sticky-cookie-does-no-harm",
        _sticky(""),
        tuple(
            get("/", ok(("a", "b", "c"), headers={"Server": PRESENT}), ("Cookie", cookie))
            for cookie in ("galSession=x", "galSession=", 'galSession="MTI3LjAuMC4xOjE="')
        ),
        ("upstream.load_balancer.sticky_sessions",),
    ),
    Case(
        "two-services-balance-apart",
        document(
            service("{path_prefix: /one}", name="one", upstream=targets("a", "b")),
            service("{path_prefix: /two}", name="two", upstream=targets("a*1", "c*3")),
        ),
        (
            Distribution(
                20, Send(path="/one", expect=Expect(200)), shares={"a": (9, 11), "b": (9, 11)}
            ),
            Distribution(
                20, Send(path="/two", expect=Expect(200)), shares={"a": (4, 6), "c": (14, 16)}
            ),
        ),
        ("upstream.targets.host", "upstream.targets.weight"),
    ),
)
