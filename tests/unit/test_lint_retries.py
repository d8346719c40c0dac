"""Lints of retries: what fires, and what is near and must not."""

import pytest

from .compiling import checked, codes_of


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("retry { attempts 3 }", []),
        ("retry { attempts 4 }", ["GAL5060"]),
        ("retry { attempts 5 ; retry_on http_503 connect_failure }", []),
        ("timeout 20s ; retry { attempts 5 }", []),
        ("timeout 21s ; retry { attempts 5 }", ["GAL5060"]),
        ("timeout 90s", []),
        ("retry { attempts 9 ; enabled false }", []),
        ("retry { attempts 3 } ; circuit_breaker { max_failures 3 }", ["GAL5061"]),
        ("retry { attempts 3 } ; circuit_breaker { max_failures 2 }", ["GAL5061"]),
        ("retry { attempts 3 } ; circuit_breaker { max_failures 4 }", []),
        (
            "retry { retry_on http_502 } ; "
            "circuit_breaker { max_failures 3 ; unhealthy_status_codes 503 }",
            [],
        ),
        ("methods POST ; retry { retry_on http_503 }", ["GAL5062"]),
        ("methods POST PATCH ; retry { retry_on timeout reset }", ["GAL5062"]),
        ("methods POST ; retry { retry_on http_503 connect_failure }", []),
        ("methods POST PUT ; retry { retry_on http_503 }", []),
        # Without a second call after a timeout, nobody waits longer.
        ("methods POST ; retry { attempts 9 }", []),
    ],
)
def test_retries(line: str, found: list[str]) -> None:
    assert codes_of(f"route /a/* {{ {line} }}") == found


def test_a_shared_policy_is_told_once() -> None:
    text = (
        "version 1\npolicy again { retry { attempts 5 } }\nservice a { upstream a.internal:8080 ; "
        "route /a/* { use again } ; route /b/* { use again } }\n"
    )
    found = [d for d in checked(text).diagnostics if d.code == "GAL5060"]
    assert len(found) == 1
    assert found[0].message() == "5 attempts of up to 30s each keep a client waiting for 150s"
