import time

import pytest

from galc.compiler import check
from galc.frontend.source import Source
from tests.bench.gateways import yaml_gateway

from .compiling import checked, codes, codes_of

_AUTH = '{ authentication api_key { key "${env:K}" } }'
_AUTH_AT = 'authentication api_key { key "${env:K}" }'
_OPEN = "{ authentication { enabled false } }"
_WRITES = [f"route /a/* {_AUTH}", f"route /b/* {_AUTH}"]
_TOKEN = "issuer i ; audiences a ; jwks_uri https://auth.example.com/keys"
_CLAIM = f"authentication jwt {{ {_TOKEN} ; claim sub -> X-User-ID }}"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["route /*", f"route /a/* GET {_AUTH}"], ["GAL5001"]),
        (["route /*", f"route /a/* {_AUTH}"], []),
        (["route /* GET", f"route /a/* GET {_AUTH}"], []),
        (["route /* GET POST", f"route /a/* GET {_AUTH}"], ["GAL5001"]),
        ([f"route /* {_AUTH}", f"route /a/* GET {_AUTH}"], []),
        (["route /*", f"route /a/* GET {_AUTH}", f"route /a/* POST {_AUTH}"], ["GAL5001"] * 2),
        (["route /*", f"route /a/* GET {_AUTH}", f"route /a/* {_AUTH}"], []),
        ([f"route /* {_AUTH}", "route /a/*", f"route /a/b/* GET {_AUTH}"], ["GAL5001"]),
        (["route /*", f"route /a GET {_AUTH}"], ["GAL5001", "GAL5010"]),
        ([f"route /a/b GET {_AUTH}", "route /a/b POST"], ["GAL5001"]),
        ([f"route /a/b GET {_AUTH}", "route /a/c POST"], []),
        (["route /b/*", f"route /a GET {_AUTH}"], []),
        (
            ["route /* { hosts b.com }", f"route /a GET {{ hosts a.com ; {_AUTH_AT} }}"],
            [],
        ),
        (
            ["route /* { hosts *.com }", f"route /a GET {{ hosts a.com ; {_AUTH_AT} }}"],
            ["GAL5001", "GAL5010"],
        ),
        (["route /api/v/*"], ["GAL5004"]),
        (["route /static-/*"], ["GAL5004"]),
        (["route /shop./*"], ["GAL5004"]),
        (["route /api/v1/*"], []),
        (["route /api/dev/*"], []),
    ],
)
def test_lints(lines: list[str], found: list[str]) -> None:
    assert codes_of(*lines) == found


@pytest.mark.parametrize(
    ("upstream", "found"),
    [
        ("target a:1 ; target b:1 weight=0", ["GAL5006"]),
        ("target a:1 ; target b:1 ; load_balancer weighted", ["GAL5007"]),
        ("target a:1 weight=2 ; target b:1 ; load_balancer weighted", []),
        ("target a:1 ; load_balancer { cookie_name x }", ["GAL3008"]),
    ],
)
def test_lints_of_upstreams(upstream: str, found: list[str]) -> None:
    assert codes(f"version 1\nservice s {{ upstream {{ {upstream} }} ; route /* }}") == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([*_WRITES, "route /c/* POST"], ["GAL5009"]),
        ([*_WRITES, "route /c/*"], ["GAL5009"]),
        ([*_WRITES, "route /c/* GET DELETE"], ["GAL5009"]),
        ([*_WRITES, "route /c/* GET HEAD OPTIONS"], []),
        ([*_WRITES, f"route /c/* POST {_OPEN}"], []),
        ([*_WRITES, "route /*"], []),  # open, with protected parts
        ([_WRITES[0], "route /c/* POST"], []),  # as many open ones as protected ones
        (["route /c/* POST"], []),
        # A mistake in an authentication doesn't make its route an open one.
        (
            [
                *_WRITES,
                'route /c/* POST { authentication api_key { key "${env:K}" ; key "${env:K}" } }',
            ],
            ["GAL3009"],
        ),
        (
            [*_WRITES, "route /c/* POST { authentication jwt { issuer i ; audiences a } }"],
            ["GAL3001"],
        ),
    ],
)
def test_writes_without_authentication(lines: list[str], found: list[str]) -> None:
    assert codes_of(*lines) == found


def test_an_open_service_beside_a_protected_one_is_fine() -> None:
    one = f"service a {{ upstream a.internal:8080 ; {' ; '.join(_WRITES)} }}"
    assert (
        codes(f"version 1\n{one}\nservice b {{ upstream b.internal:8080 ; route /c/* POST }}") == []
    )


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["route /*", f"route /a {_AUTH}"], ["GAL5010"]),
        (["route /a/* GET", f"route /a GET {_AUTH}"], ["GAL5010"]),
        (["route /a/", f"route /a {_AUTH}"], ["GAL5010"]),
        (["route /*", f"route /a/* {_AUTH}"], []),
        (["route /*", f"route /a/ {_AUTH}"], []),
        ([f"route /* {_AUTH}", f"route /a {_AUTH}"], []),
        (["route /* POST", f"route /a GET {_AUTH}"], ["GAL5001"]),
        (["route /b/*", f"route /a {_AUTH}"], []),
        (["route /*", f"route /a/* {_AUTH}", f"route /a {_AUTH}"], []),
        (["route /* { hosts b.com }", f"route /a {{ hosts a.com ; {_AUTH_AT} }}"], []),
    ],
)
def test_a_slash_around_authentication(lines: list[str], found: list[str]) -> None:
    assert codes_of(*lines) == found


def test_a_slash_that_leads_to_another_service_is_fine() -> None:
    assert (
        codes(
            "version 1\nservice a { upstream a.internal:8080 ; route /* }\n"
            f"service b {{ upstream b.internal:8080 ; route /a {_AUTH} }}"
        )
        == []
    )


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([f"route /a/* {{ {_CLAIM} }}", "route /b/* GET"], ["GAL5019"]),
        ([f"route /a/* {{ {_CLAIM} }}", f"route /b/* GET {_AUTH}"], ["GAL5019"]),
        (
            [
                f"route /a/* {{ {_CLAIM} }}",
                "route /b/* GET { headers { request_remove x-user-id } }",
            ],
            [],
        ),
        (
            [
                f"route /a/* {{ {_CLAIM} }}",
                "route /b/* GET { headers { request_set X-User-ID no } }",
            ],
            [],
        ),
        (
            [
                f"route /a/* {{ {_CLAIM} }}",
                "route /b/* GET { headers { request_add X-User-ID no } }",
            ],
            ["GAL5019"],
        ),
        ([f"route /a/* {{ {_CLAIM} }}", f"route /b/* GET {{ {_CLAIM} }}"], []),
        ([f"route /a/* {{ authentication jwt {{ {_TOKEN} }} }}", "route /b/* GET"], []),
        (
            [
                'route /a/* { authentication api_key { key "${env:K}" name=n ; forward_name true}}',
                "route /b/* GET",
            ],
            ["GAL5019"],
        ),
        ([f"route /a/* {{ {_CLAIM} ; headers {{ request_set X-User-ID x }} }}"], ["GAL5020"]),
        ([f"route /a/* {{ {_CLAIM} ; headers {{ request_add x-user-id x }} }}"], ["GAL5020"]),
        ([f"route /a/* {{ {_CLAIM} ; headers {{ request_remove X-User-ID }} }}"], ["GAL5020"]),
        ([f"route /a/* {{ {_CLAIM} ; headers {{ request_remove Authorization }} }}"], []),
        ([f"route /a/* {{ {_CLAIM} ; headers {{ response_set X-User-ID x }} }}"], []),
        (  # the service's rule is told once, however many routes have it
            ["headers { request_set X-User-ID x }"]
            + [f"route /{name}/* {{ {_CLAIM} }}" for name in "abc"],
            ["GAL5020"],
        ),
    ],
)
def test_identities(lines: list[str], found: list[str]) -> None:
    assert codes_of(*lines) == found


def test_what_is_said_of_an_identity() -> None:
    (one,) = checked(
        "version 1\nservice a { upstream a.internal:8080\n"
        f"route /a/* {{ {_CLAIM} }} ; route /b/* GET }}"
    ).diagnostics
    assert one.message() == "`X-User-ID` reaches the upstream as the client sent it"
    assert one.help() == "add `request_remove: [X-User-ID]` to the route's `headers`"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('route ~ "users/[0-9]+"', ["GAL5012"]),
        ('route ~ "[a-z]+"', ["GAL5012"]),
        ('route ~ ".*[.]php"', []),
        ('route ~ "(/a|/b)"', []),
        ('route ~ "^/a$"', []),
        ('route ~ "/a/([a-z]+)*"', ["GAL5011"]),
        ('route ~ "/a/([a-z]+/)*"', []),
        ("route /a/* { hosts a.com *.com }", ["GAL3008"]),
        ("route /a/* { hosts *.a.com *.com }", ["GAL3008"]),
        ("route /a/* { hosts a.com *.a.com }", []),
        ("route /a/* { hosts xcom *.com }", []),
        ("route /a/* { hosts *.1.2.3.4 }", ["GAL1015"]),
        ("route /a/* { hosts 1.2.3.4 *.a.com }", []),
        ("route /* { strip_prefix true }", ["GAL3008"]),
        ("route /a/* { strip_prefix true }", []),
    ],
)
def test_what_single_routes_match(line: str, found: list[str]) -> None:
    assert codes_of(line) == found


def test_ten_thousand_routes_are_linted_in_no_time() -> None:
    source = Source("in.yaml", yaml_gateway(10_000), "yaml")
    taken = []
    laps: dict[str, float] = {}
    for _ in range(3):
        result = check(source, lambda name, _, seconds: laps.update({name: seconds}))
        assert result.diagnostics == ()
        taken.append(laps["lint"] / laps["read"])
    # A tenth when nothing else runs; measured beside it, whatever else does.
    assert min(taken) < 0.5


def test_lints_are_linear() -> None:
    def seconds(count: int) -> float:
        services = "".join(
            f"service s{n} {{ upstream s{n}.internal:8080 ; route /s{n}/* {{ {_CLAIM} }} ; "
            f"route /s{n}/status GET ; route /s{n}/login POST "
            f"{{ rate_limit 1/s key=header:X-A ; headers {{ request_set X_A 1 }} }} }}\n"
            for n in range(count)
        )
        start = time.perf_counter()
        found = checked(f"version 1\n{services}").diagnostics
        assert len(found) == 4 * count
        return time.perf_counter() - start

    seconds(10)
    # The shortest of some: what else the machine does can only lengthen one.
    few, many = (min(seconds(count) for _ in range(3)) for count in (400, 1600))
    assert many < 3 * 4 * few


def test_ten_thousand_hosts_on_one_path_are_linted_soon() -> None:
    routes = " ; ".join(
        f"route /a GET {{ hosts h{n}.example.com ; {_AUTH_AT} }}" for n in range(10_000)
    )
    laps: dict[str, float] = {}
    text = f"version 1\nservice a {{ upstream a.internal:8080 ; {routes} ; route /* }}"
    source = Source("in.gal", text, "gal")
    found = check(source, lambda name, _, s: laps.__setitem__(name, s)).diagnostics
    assert {d.code for d in found} == {"GAL5001", "GAL5010", "GAL5063"} and len(found) == 30_000
    # Three findings a route: less than reading them, whatever else the machine does.
    assert laps["lint"] < 3 * laps["read"]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["route /*", f"route /a/* {{ hosts a.com ; {_AUTH_AT} }}"], ["GAL5063"]),
        (["route /a/*", f"route /a/* {{ hosts *.a.com ; {_AUTH_AT} }}"], ["GAL5063"]),
        (["route /* { hosts b.com }", f"route /a/* {{ hosts a.com ; {_AUTH_AT} }}"], []),
        (["route /b/*", f"route /a/* {{ hosts a.com ; {_AUTH_AT} }}"], []),
        # Under other hosts something else asks first.
        (["route /*", f"route /a/* {_AUTH}", f"route /a/* {{ hosts a.com ; {_AUTH_AT} }}"], []),
        (["route /a/* POST", f"route /a/* GET {{ hosts a.com ; {_AUTH_AT} }}"], ["GAL5001"]),
    ],
)
def test_paths_that_are_protected_under_some_hosts(lines: list[str], found: list[str]) -> None:
    assert codes_of(*lines) == found


def test_a_route_with_hosts_is_tried_before_a_longer_one_without() -> None:
    # On `a.com`, POST /a/b goes to the open route of that host, and not to the protected one.
    lines = [
        f"route /a/b/* GET {{ hosts a.com ; {_AUTH_AT} }}",
        f"route /a/b/* POST {_AUTH}",
        "route /a/* POST { hosts a.com }",
    ]
    assert codes_of(*lines) == ["GAL5001"]
