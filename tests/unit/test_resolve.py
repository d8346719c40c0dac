"""Defaults, inheritance, names: from the document to the gateway."""

import pytest

from galc.ir.gateway import HeaderRules, Route, Target, Variable

from .compiling import codes, codes_of, gateway, route, routes


def by_path(found: tuple[Route, ...]) -> dict[str, Route]:
    return {r.match.value: r for r in found}


def test_defaults_are_filled_in() -> None:
    found = gateway("version 1\nservice s { upstream s:1 ; route /* }")
    assert (found.host, found.port, found.admin_port) == ("0.0.0.0", 10000, 9901)
    (only,) = found.routes
    assert only.timeout_ms == 30_000
    assert only.methods == only.hosts == ()
    assert only.upstream.targets == (Target("s", 1, 1),)
    assert only.upstream.algorithm == "round_robin"
    upstream = only.upstream
    assert (upstream.active, upstream.passive, upstream.sticky_cookie) == (None, None, None)


def test_a_route_inherits_from_its_service() -> None:
    found = by_path(
        routes(
            "rate_limit 5/s", "timeout 3s", "route /a", "route /b { rate_limit 7/s ; timeout 1s }"
        )
    )
    assert [found[path].rate_limit.rate.tokens for path in ("/a", "/b")] == [5, 7]  # type: ignore[union-attr]
    assert [found[path].timeout_ms for path in ("/a", "/b")] == [3000, 1000]


def test_policies_replace_each_other_whole() -> None:
    found = by_path(
        routes(
            "rate_limit 5/s burst=50 key=header:X-A",
            "route /a",
            "route /b { rate_limit { requests_per_second 7 } }",
        )
    )
    inner = found["/b"].rate_limit
    assert inner is not None
    assert (inner.burst, inner.key, inner.key_name) == (7, "address", "")


@pytest.mark.parametrize(
    "name",
    [
        "rate_limit 5/s",
        "cors { allowed_origins * }",
        "circuit_breaker {}",
        'authentication api_key { key "${env:K}" }',
    ],
)
def test_an_inherited_policy_can_be_switched_off(name: str) -> None:
    word = name.split()[0]
    found = by_path(routes(name, "route /a", f"route /b {{ {word} {{ enabled false }} }}"))
    assert getattr(found["/a"], word) is not None
    assert getattr(found["/b"], word) is None


def test_a_default_that_is_switched_off_is_none() -> None:
    assert (
        route("rate_limit { enabled false ; requests_per_second 1 }", "route /a").rate_limit is None
    )


def test_header_rules_accumulate() -> None:
    found = by_path(
        routes(
            "headers { request_set X-A outer ; request_set X-B outer ; request_add X-C outer ;"
            " request_remove X-D ; response_set X-E outer }",
            "route /a",
            "route /b { headers { request_set x-a inner ; request_add X-C inner ;"
            " request_remove x-d X-F } }",
            "route /c { headers { enabled false } }",
        )
    )
    assert found["/c"].headers is None
    inner = found["/b"].headers
    assert inner is not None
    assert inner.request == HeaderRules(
        remove=("x-d", "X-F"),
        set=(("X-B", ("outer",)), ("x-a", ("inner",))),
        add=(("X-C", ("outer",)), ("X-C", ("inner",))),
    )
    assert inner.response.set == (("X-E", ("outer",)),)


def test_routes_that_inherit_one_policy_share_the_object() -> None:
    one, two, three = routes(
        "headers { request_set X-A 1 }",
        "route /a { headers { request_set X-B 1 } }",
        "route /b { headers { request_set X-B 1 } }",
        "route /c",
    )
    assert one.headers is two.headers is not three.headers


def test_names_by_default() -> None:
    found = routes(
        "route /a GET", "route /a POST", "route /b", 'route ~ "/c+"', "route /d { name mine }"
    )
    assert {r.name for r in found} == {
        "users:exact:GET::/a",
        "users:exact:POST::/a",
        "users:/b",
        "users:/c+",
        "mine",
    }


def test_no_name_has_a_space() -> None:
    """A target's own names have: `users:/c (preflight)` is never a route of the file."""
    (only,) = routes('route ~ "/c (preflight)"')
    assert only.name == r"users:/c\x20(preflight)"


def test_templates() -> None:
    only = route(
        r'route /a { headers { request_set X-A "a{{ uuid }}b{{path}}" ;'
        r' request_set X-B "\\{{uuid}}{{now}}" ; request_set X-C "" } }'
    )
    assert only.headers is not None
    assert only.headers.request.set == (
        ("X-A", ("a", Variable("uuid"), "b", Variable("path"))),
        ("X-B", ("{{uuid}}", Variable("now"))),
        ("X-C", ()),
    )


@pytest.mark.parametrize(
    ("line", "tokens", "period", "burst"),
    [
        ("rate_limit 5/s", 5, 1000, 5),
        ("rate_limit 5/m", 5, 60_000, 5),
        ("rate_limit 5/h burst=2", 5, 3_600_000, 2),
        ("rate_limit 5/h burst=0", 5, 3_600_000, 5),
    ],
)
def test_limits(line: str, tokens: int, period: int, burst: int) -> None:
    limit = route(f"route /a {{ {line} }}").rate_limit
    assert limit is not None
    assert (limit.rate.tokens, limit.rate.period_ms, limit.burst) == (tokens, period, burst)
    assert (limit.status, limit.message) == (429, "Rate limit exceeded")


@pytest.mark.parametrize(
    ("line", "kind", "value", "strips"),
    [
        ("route /a/ { timeout 1s }", "exact", "/a/", False),
        ("route { path_prefix /a/ ; strip_prefix true }", "prefix", "/a", True),
        ("route { path_prefix / ; strip_prefix true }", "prefix", "/", False),
        ('route ~ "^/a$"', "regex", "/a", False),
    ],
)
def test_matches(line: str, kind: str, value: str, strips: bool) -> None:
    only = route(line)
    assert (only.match.kind, only.match.value, only.strip_prefix) == (kind, value, strips)


@pytest.mark.parametrize(
    ("head", "tls", "http2", "grpc"),
    [
        ("", False, False, False),
        ("protocol https", True, False, False),
        ("protocol http2", False, True, False),
        ("protocol grpc", False, True, False),
        ("type grpc", False, True, True),
    ],
)
def test_protocols(head: str, tls: bool, http2: bool, grpc: bool) -> None:
    only = route(head, "route /a")
    assert (only.upstream.tls, only.upstream.http2, only.grpc) == (tls, http2, grpc)


def test_hosts_are_sorted_and_lower_case() -> None:
    assert route("route /a { hosts B.example.com a.example.com. }").hosts == (
        "a.example.com",
        "b.example.com",
    )


def test_trusted_networks_are_unique_and_whole() -> None:
    found = gateway(
        "version 1\nglobal { trusted_proxies 10.1.2.3/8 10.0.0.0/8 ::1 }\n"
        "service s { upstream s:1 ; route /* }"
    )
    assert found.trusted_proxies == ("10.0.0.0/8", "::1/128")


def test_a_bracketed_address_loses_its_brackets() -> None:
    found = gateway("version 1\nservice s { upstream [::1]:80 ; route /* }")
    assert found.routes[0].upstream.targets[0].host == "::1"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["timeout 5s", "route /a { timeout 1s }"], ["GAL5005"]),
        (["headers { request_set X-A 1 }", "route /a { headers { request_set X-A 2 } }"], []),
        (["route /a { name x }", "route /b { name x }"], ["GAL2001"]),
        (["route /a { hosts a.com a.com }"], ["GAL3009"]),
        (["route /a { hosts a.com A.COM }"], ["GAL3009"]),
        (["route /a GET GET"], ["GAL3009"]),
        (["route /a TRACE"], ["GAL1006"]),
        (["route /a { strip_prefix true }"], ["GAL3008"]),
        (
            [
                "route /a { rate_limit 1/s key=jwt_claim:sub ; "
                'authentication api_key { key "${env:K}" } }'
            ],
            ["GAL3011"],
        ),
        (
            [
                "rate_limit 1/s key=jwt_claim:sub",
                "route /a { authentication jwt { issuer i ; audiences a ; jwks_uri http://a/k } }",
            ],
            [],
        ),
    ],
)
def test_what_resolve_finds(lines: list[str], found: list[str]) -> None:
    assert codes_of(*lines) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("service s { upstream { target a:1 ; target A:1 } ; route /* }", ["GAL3009"]),
        ("service s { upstream { target a:1 ; target a:2 } ; route /* }", []),
        ("service s { upstream { host a } ; route /* }", ["GAL1004"]),
        ("service s { upstream { port 1 } ; route /* }", ["GAL1004"]),
        ("service s { upstream {} ; route /* }", ["GAL3001"]),
        ("service s { upstream a:1 { target b:1 } ; route /* }", ["GAL3001"]),
        ("global { port 9901 }\nservice s { upstream a:1 ; route /* }", ["GAL3010"]),
        ("global { admin_port 10000 }\nservice s { upstream a:1 ; route /* }", ["GAL3010"]),
        ("global { host a.example.com }\nservice s { upstream a:1 ; route /* }", ["GAL1009"]),
    ],
)
def test_what_resolve_finds_in_upstreams_and_settings(text: str, found: list[str]) -> None:
    assert codes(f"version 1\n{text}\n") == found
