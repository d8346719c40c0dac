"""A made-up target, so that every level and condition is tried."""

import time

import pytest
from msgspec.structs import replace

from galc.compiler import build, check
from galc.diagnostics.targets import (
    Approximate,
    DefaultDiffers,
    LeftOut,
    TargetRefuses,
    Unsupported,
)
from galc.frontend.source import Place, Source
from galc.ir.features import all_features
from galc.legalize import protects
from galc.targets import Condition, Support, Target, approximate, native, unsupported

_ROUTE = ("services", 0, "routes", 0)


def target(support: dict[str, Support] | None = None, **changes: object) -> Target:
    table = dict.fromkeys(all_features(), native("it", "a-case"))
    made = Target(
        "toy",
        "Toy",
        "1",
        {**table, **(support or {})},
        ("toy.txt",),
        (),
        lambda _: {"toy.txt": "x"},
    )
    return replace(made, **changes)


def found(
    line: str, of: Target, *, strict: bool = False, lossy: bool = False
) -> tuple[bool, list[object]]:
    text = f"version 1\nservice s {{ upstream s:1 ; {line} }}\n"
    built = build(check(Source("in.gal", text, "gal")), of, strict=strict, lossy=lossy)
    return built.ok, list(built.diagnostics)


def test_a_faithful_target_says_nothing() -> None:
    assert found("route /* { rate_limit 5/s ; retry {} }", target()) == (True, [])


def test_approximate() -> None:
    toy = target({"rate_limit": approximate("almost")})
    ok, (one,) = found("route /* { rate_limit 5/s }", toy)
    assert ok and isinstance(one, Approximate) and one.severity == "warning"
    assert one.place == Place((*_ROUTE, "rate_limit"), key=True)
    ok, (one,) = found("route /* { rate_limit 5/s }", toy, strict=True)
    assert not ok and isinstance(one, Approximate) and one.severity == "error"


def test_a_default_that_differs_is_a_note_even_when_strict() -> None:
    toy = target({"circuit_breaker.half_open_requests": approximate("all pass")})
    ok, (one,) = found("route /* { circuit_breaker {} }", toy, strict=True)
    assert ok and isinstance(one, DefaultDiffers) and one.severity == "note"


def test_of_a_refused_block_only_the_block_is_told() -> None:
    table = {k: unsupported("no") for k in all_features() if k.startswith("retry")}
    ok, (one,) = found("route /* { retry { attempts 2 ; retry_on reset } }", target(table))
    assert not ok and isinstance(one, Unsupported) and one.feature == "retry"


def test_of_a_refused_option_its_block_is_not_told() -> None:
    keys = ("authentication.type=oauth2", "authentication.oauth2.client_id")
    block = "introspection_endpoint https://a/i ; client_id a ; client_secret b"
    line = f"route /* {{ authentication oauth2 {{ {block} }} }}"
    ok, (one,) = found(line, target({key: unsupported("no", "use jwt") for key in keys}))
    assert not ok and isinstance(one, Unsupported) and one.help() == "use jwt"


def test_lossy_leaves_a_field_out() -> None:
    toy = target({"rate_limit.burst": unsupported("no burst")})
    ok, reported = found("route /* { rate_limit 5/s burst=9 }", toy, lossy=True)
    assert ok and [type(one) for one in reported] == [LeftOut, DefaultDiffers]


def test_lossy_leaves_a_policy_out_whole_if_an_option_can_not_be_had() -> None:
    toy = target(
        {
            "rate_limit.key_type=header": unsupported("no"),
            "rate_limit.key_header": unsupported("no"),
        }
    )
    ok, reported = found("route /* { rate_limit 5/s key=header:X-A }", toy, lossy=True)
    assert ok and {type(one) for one in reported} == {LeftOut}


def test_lossy_leaves_out_what_a_service_gives_to_its_routes() -> None:
    toy = target({"retry": unsupported("no")})
    ok, reported = found("retry {} ; route /a ; route /b", toy, lossy=True)
    assert ok and [type(one) for one in reported] == [LeftOut]


def test_lossy_changes_nothing_without_errors() -> None:
    assert found("route /*", target(), lossy=True) == (True, [])


def test_what_protects_stays() -> None:
    for key in (
        "authentication",
        "cors.allow_credentials",
        "authentication.type=jwt",
        "routes.hosts",
    ):
        assert protects(key), key
    for key in ("rate_limit", "timeout", "routes.name", "headers.request_set"):
        assert not protects(key), key
    toy = target({"cors.allow_credentials": unsupported("no")})
    line = "route /* { cors { allowed_origins https://a.com ; allow_credentials true } }"
    ok, (one,) = found(line, toy, lossy=True)
    assert not ok and isinstance(one, Unsupported)


def test_conditions_hold_for_a_route() -> None:
    toy = target(
        conditions=(Condition("timeout", approximate("only on GET"), lambda r: "GET" in r.methods),)
    )
    ok, reported = found("route /a GET ; route /b", toy)
    assert ok
    assert [(type(one), one.place.path) for one in reported] == [(Approximate, _ROUTE)]  # type: ignore[attr-defined]


def test_values_that_a_target_can_not_hold() -> None:
    toy = target(
        values=lambda gateway: [(route, "routes.name", "too long") for route in gateway.routes]
    )
    ok, (one,) = found("route /a", toy)
    assert not ok and isinstance(one, TargetRefuses)
    assert one.message() == "Toy can't take this value of `routes.name`: too long"


@pytest.mark.parametrize(
    ("lines", "feature", "path"),
    [
        ("route /a { name x }", "routes.name", (*_ROUTE, "name")),
        ("route /a { timeout 5s }", "timeout", (*_ROUTE, "timeout")),
        ("timeout 5s ; route /a", "timeout", ("services", 0, "timeout")),
        ("timeout 5s ; route /a { timeout 6s }", "timeout", (*_ROUTE, "timeout")),
        ("route /a { hosts a.com b.com }", "routes.hosts", (*_ROUTE, "hosts")),
        (
            "route /a { authentication basic { user a password=p1 ; user b password=p2 } }",
            "authentication.basic.users.password",
            (*_ROUTE, "authentication", "basic", "users"),
        ),
    ],
)
def test_a_refused_value_is_shown_where_it_is_written(
    lines: str, feature: str, path: tuple[str | int, ...]
) -> None:
    toy = target(values=lambda gateway: [(route, feature, "no") for route in gateway.routes])
    ok, reported = found(lines, toy)
    (one,) = (d for d in reported if isinstance(d, TargetRefuses))
    assert not ok and isinstance(one.place, Place) and one.place.path == path


def test_ten_thousand_refused_values_are_found_soon() -> None:
    toy = target(values=lambda gateway: [(r, "timeout", "no") for r in gateway.routes])
    lines = " ; ".join(f"route /r{n} {{ timeout {n + 1}s }}" for n in range(10_000))
    start = time.perf_counter()
    ok, reported = found(lines, toy)
    assert not ok and len(reported) == 10_000
    assert time.perf_counter() - start < 10
