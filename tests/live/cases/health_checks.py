"""Active and passive health checks: who gets traffic, when, and when again."""

from ..model import (
    UNSTATED,
    Case,
    Distribution,
    Expect,
    Send,
    SetUpstream,
    Step,
    UpstreamName,
    Wait,
)
from .shorthand import answered, doc, get, ok, refused, targets

_ANY = Send(path="/", expect=Expect(200))
_ANY_STATUS = Send(path="/")
_MOMENT = Wait(0.15)
#: Long enough for a few probes, each 100 ms apart.
_PROBES = Wait(0.8)


def _only(name: str, count: int = 6) -> Step:
    return Distribution(count, _ANY, shares={name: (count, count)})


def _both(count: int = 8) -> Step:
    return Distribution(count, _ANY, shares={"a": (2, count - 2), "b": (2, count - 2)})


def _active(fields: str = "") -> str:
    more = f", {fields}" if fields else ""
    check = f"health_check: {{active: {{interval: 100ms{more}}}}}"
    return doc("{path_prefix: /}", upstream=targets("a", "b", more=check))


def _passive(fields: str) -> str:
    check = f"health_check: {{passive: {{{fields}}}}}"
    return doc("{path_prefix: /}", upstream=targets("a", "b", more=check))


def _fail(name: UpstreamName, status: int = 500) -> Step:
    return SetUpstream(name, status=status)


CASES = (
    Case(
        "a-target-that-fails-its-probes-gets-no-traffic-until-it-recovers",
        _active("timeout: 1s, healthy_threshold: 2, unhealthy_threshold: 2"),
        (
            _both(),
            SetUpstream("a", health_status=503),
            _PROBES,
            _only("b"),
            SetUpstream("a", health_status=200),
            _PROBES,
            _both(),
        ),
        (
            "upstream.health_check.active",
            "upstream.health_check.active.interval",
            "upstream.health_check.active.healthy_threshold",
            "upstream.health_check.active.unhealthy_threshold",
        ),
    ),
    Case(
        "a-target-that-is-down-gets-no-traffic-until-it-is-up",
        _active("unhealthy_threshold: 1, healthy_threshold: 1"),
        (
            _both(),
            SetUpstream("b", state="down"),
            _PROBES,
            _only("a"),
            SetUpstream("b", state="up"),
            _PROBES,
            _both(),
        ),
        ("upstream.health_check.active",),
    ),
    Case(
        "with-every-target-unhealthy-the-gateway-answers-503",
        _active("unhealthy_threshold: 1, healthy_threshold: 1"),
        (
            SetUpstream("a", health_status=500),
            SetUpstream("b", health_status=500),
            _PROBES,
            get("/", refused(503), times=4),
            SetUpstream("b", health_status=200),
            _PROBES,
            _only("b"),
        ),
        ("upstream.health_check.active",),
    ),
    Case(
        "one-unhealthy-target-of-one-is-503",
        doc(
            "{path_prefix: /}",
            upstream="{host: 127.0.0.1, port: @a@, health_check:"
            " {active: {interval: 100ms, unhealthy_threshold: 1, healthy_threshold: 1}}}",
        ),
        (
            get("/", ok()),
            SetUpstream("a", health_status=500),
            _PROBES,
            get("/", refused(503)),
            SetUpstream("a", health_status=200),
            _PROBES,
            get("/", ok()),
        ),
        ("upstream.health_check.active", "upstream.host", "upstream.port"),
    ),
    Case(
        "probes-go-to-the-path-of-the-file",
        _active("http_path: /ready, unhealthy_threshold: 1, healthy_threshold: 1"),
        (
            SetUpstream("a", health_path="/ready"),
            SetUpstream("b", health_path="/ready"),
            _PROBES,
            _both(),
            SetUpstream("a", health_path="/health"),
            _PROBES,
            _only("b"),
        ),
        ("upstream.health_check.active.http_path",),
    ),
    Case(
        "probes-go-to-health-by-default",
        _active("unhealthy_threshold: 1"),
        (_PROBES, _both(), SetUpstream("a", health_path="/ready"), _PROBES, _only("b")),
        ("upstream.health_check.active.http_path",),
    ),
    Case(
        "a-probe-that-takes-too-long-has-failed",
        _active("timeout: 100ms, unhealthy_threshold: 1, healthy_threshold: 1"),
        (
            _both(),
            SetUpstream("a", health_delay=2.0),
            _PROBES,
            _only("b"),
            SetUpstream("a", health_delay=0.0),
            _PROBES,
            _both(),
        ),
        ("upstream.health_check.active.timeout",),
    ),
    Case(
        "a-target-stays-until-enough-probes-have-failed",
        _active("unhealthy_threshold: 200"),
        (SetUpstream("a", health_status=503), Wait(1.0), _both()),
        ("upstream.health_check.active.unhealthy_threshold",),
    ),
    Case(
        "a-target-stays-away-until-enough-probes-have-succeeded",
        _active("unhealthy_threshold: 1, healthy_threshold: 200"),
        (
            _both(),
            SetUpstream("a", health_status=503),
            _PROBES,
            _only("b"),
            SetUpstream("a", health_status=200),
            Wait(1.0),
            _only("b"),
        ),
        ("upstream.health_check.active.healthy_threshold",),
    ),
    Case(
        "200-201-and-204-are-healthy-by-default",
        _active("unhealthy_threshold: 1, healthy_threshold: 1"),
        (
            SetUpstream("a", health_status=204),
            SetUpstream("b", health_status=201),
            _PROBES,
            _both(),
            SetUpstream("b", health_status=202),
            _PROBES,
            _only("a"),
        ),
        ("upstream.health_check.active.healthy_status_codes",),
    ),
    Case(
        "only-the-status-codes-listed-are-healthy",
        _active("unhealthy_threshold: 1, healthy_threshold: 1, healthy_status_codes: [418, 200]"),
        (
            SetUpstream("a", health_status=418),
            _PROBES,
            _both(),
            SetUpstream("b", health_status=204),
            _PROBES,
            _only("a"),
        ),
        ("upstream.health_check.active.healthy_status_codes",),
    ),
    Case(
        "an-active-check-that-is-switched-off-takes-nobody-out",
        _active("enabled: false, unhealthy_threshold: 1"),
        (SetUpstream("a", health_status=503), _PROBES, _both()),
        ("upstream.health_check.active",),
    ),
    Case(
        "a-target-that-keeps-failing-gets-no-traffic-for-a-while",
        _passive("max_failures: 3, recovery_time: 30s"),
        (
            _both(),
            _fail("a"),
            Distribution(10, _ANY_STATUS),
            _MOMENT,
            _only("b", 8),
        ),
        ("upstream.health_check.passive", "upstream.health_check.passive.max_failures"),
    ),
    Case(
        "fewer-failures-leave-a-target-in",
        _passive("max_failures: 50, recovery_time: 30s"),
        (
            _fail("a"),
            Distribution(20, _ANY_STATUS),
            _MOMENT,
            _fail("a", 200),
            _both(),
        ),
        ("upstream.health_check.passive.max_failures",),
    ),
    Case(
        "five-failures-in-a-row-are-too-many-by-default",
        _passive("recovery_time: 30s"),
        (
            _fail("a"),
            Distribution(8, _ANY_STATUS, shares={"a": (4, 4), "b": (4, 4)}),
            Distribution(8, _ANY_STATUS),
            _MOMENT,
            _only("b"),
        ),
        ("upstream.health_check.passive.max_failures",),
    ),
    Case(
        "a-success-in-between-starts-a-targets-count-again",
        _passive("max_failures: 2, recovery_time: 30s"),
        (
            *(
                step
                for _ in range(3)
                for step in (
                    get("/", answered(500), ("X-Echo-Status", "500"), times=2),
                    get("/", ok(("a", "b")), times=2),
                )
            ),
            _both(),
        ),
        ("upstream.health_check.passive.max_failures",),
    ),
    Case(
        "a-target-comes-back-after-its-recovery-time",
        _passive("max_failures: 2, recovery_time: 1s"),
        (
            _fail("a"),
            Distribution(6, _ANY_STATUS),
            _MOMENT,
            _only("b"),
            _fail("a", 200),
            Wait(1.6),
            _both(),
        ),
        ("upstream.health_check.passive.recovery_time",),
    ),
    Case(
        "only-the-status-codes-listed-count-against-a-target",
        _passive("max_failures: 2, recovery_time: 30s, unhealthy_status_codes: [429]"),
        (
            _fail("a", 500),
            _fail("b", 503),
            Distribution(12, _ANY_STATUS, shares={"a": (6, 6), "b": (6, 6)}),
            _fail("b", 200),
            _fail("a", 429),
            Distribution(8, _ANY_STATUS),
            _MOMENT,
            _only("b"),
        ),
        ("upstream.health_check.passive.unhealthy_status_codes",),
    ),
    Case(
        "500-502-503-and-504-count-by-default-and-404-does-not",
        _passive("max_failures: 4, recovery_time: 30s"),
        (
            _fail("a", 404),
            Distribution(20, _ANY_STATUS, shares={"a": (10, 10), "b": (10, 10)}),
            *(
                step
                for status in (500, 502, 503, 504)
                for step in (_fail("a", status), Distribution(2, _ANY_STATUS))
            ),
            _MOMENT,
            _only("b"),
        ),
        ("upstream.health_check.passive.unhealthy_status_codes",),
    ),
    Case(
        "connection-failures-count-against-a-target",
        _passive("max_failures: 2, recovery_time: 30s"),
        (
            SetUpstream("a", state="down"),
            Distribution(6, Send(path="/", expect=Expect(reached=UNSTATED))),
            _MOMENT,
            _only("b"),
        ),
        ("upstream.health_check.passive",),
    ),
    Case(
        "a-passive-check-that-is-switched-off-takes-nobody-out",
        _passive("enabled: false, max_failures: 1"),
        (_fail("a"), Distribution(8, _ANY_STATUS), _MOMENT, _fail("a", 200), _both()),
        ("upstream.health_check.passive",),
    ),
    Case(
        "active-and-passive-checks-work-side-by-side",
        doc(
            "{path_prefix: /}",
            upstream=targets(
                "a",
                "b",
                "c",
                more="health_check: {active: {interval: 100ms, unhealthy_threshold: 1},"
                " passive: {max_failures: 1, recovery_time: 30s}}",
            ),
        ),
        (
            SetUpstream("a", health_status=500),
            _PROBES,
            _fail("b"),
            Distribution(6, _ANY_STATUS),
            _MOMENT,
            _only("c"),
        ),
        ("upstream.health_check.active", "upstream.health_check.passive"),
    ),
)
