import pytest

from .compiling import codes, codes_of

_AUTH = "{ authentication api_key { key k } }"
_AUTH_AT = "authentication api_key { key k }"


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
        (["route /*", f"route /a GET {_AUTH}"], ["GAL5001"]),
        (["route /b/*", f"route /a GET {_AUTH}"], []),
        (
            ["route /* { hosts b.com }", f"route /a GET {{ hosts a.com ; {_AUTH_AT} }}"],
            [],
        ),
        (
            ["route /* { hosts *.com }", f"route /a GET {{ hosts a.com ; {_AUTH_AT} }}"],
            ["GAL5001"],
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
