"""Lints of upstreams and of the listener: what fires, and what is near and must not."""

import pytest

from galc.passes.lint.hosts import is_public

from .compiling import codes


def _service(upstream: str, more: str = "") -> list[str]:
    return codes(f"version 1\nservice s {{ upstream {upstream} {more} ; route /* }}")


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("api.example.com", True),
        ("API.Example.COM.", True),
        ("8.8.8.8", True),
        ("[2606:4700::1111]", True),
        ("users", False),
        ("users.internal", False),
        ("users.prod.svc", False),
        ("users.prod.svc.cluster.local", False),
        ("users.prod.svc.k8s.example.com", False),
        ("printer.local", False),
        ("router.home.arpa", False),
        ("a.test", False),
        ("localhost", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("[fd00::1]", False),
    ],
)
def test_hosts_on_the_internet(host: str, public: bool) -> None:
    assert is_public(host) is public


@pytest.mark.parametrize(
    ("upstream", "more", "found"),
    [
        ("api.example.com:8080", "", ["GAL5035"]),
        ("api.example.com:8443", "; protocol https", []),
        ("api.example.com:50051", "; protocol grpc", ["GAL5035"]),
        ("api.example.com:8443", "; type grpc ; protocol https", []),
        ("{ target a.internal:1 ; target api.example.com:2 }", "", ["GAL5035"]),
        ("users.internal:443", "", ["GAL5036"]),
        ("users.internal:80", "; protocol https", ["GAL5036"]),
        ("api.example.com:443", "", ["GAL5036"]),  # and not GAL5035 on top
        ("users.internal:8443", "", []),
        ("169.254.169.254:80", "", ["GAL5037"]),
        ("metadata.google.internal:80", "", ["GAL5037"]),
        ("[fd00:ec2::254]:80", "", ["GAL5037"]),
        ("[fe80::1]:80", "", ["GAL5037"]),
        ("[fd00:ec2::255]:80", "", []),
        ("127.0.0.1:9901", "", ["GAL5038"]),
        ("localhost:10000", "", ["GAL5038"]),
        ("[::1]:10000", "", ["GAL5038"]),
        ("0.0.0.0:10000", "", ["GAL5038"]),
        ("127.0.0.1:9000", "", []),
        ("users.internal:10000", "", []),
    ],
)
def test_servers(upstream: str, more: str, found: list[str]) -> None:
    assert _service(upstream, more) == found


@pytest.mark.parametrize(
    ("upstream", "found"),
    [
        ("health_check { active { interval 1s ; timeout 2s } }", ["GAL5039"]),
        ("health_check { active { interval 4s } }", ["GAL5039"]),  # the default is 5s
        ("health_check { active { interval 5s ; timeout 5s } }", []),
        ("health_check { active { enabled false ; interval 1s } }", []),
        ("health_check { active { healthy_status_codes 200 503 } }", ["GAL5031"]),
        ("health_check { active { healthy_status_codes 200 401 } }", []),
        ("health_check { passive { unhealthy_status_codes 404 } }", ["GAL5031"]),
        ("health_check { passive { unhealthy_status_codes 429 500 } }", []),
        ("health_check { passive { enabled false ; unhealthy_status_codes 404 } }", []),
        ("load_balancer { sticky_sessions true }", []),
        ("load_balancer least_conn", []),
    ],
)
def test_checks_and_balancing(upstream: str, found: list[str]) -> None:
    assert _service(f"{{ target a.internal:1 ; target b.internal:1 ; {upstream} }}") == found


def test_sticky_sessions_need_two_targets_with_weight() -> None:
    sticky = "load_balancer { sticky_sessions true }"
    assert _service(f"a.internal:1 {{ {sticky} }}") == ["GAL3008"]
    both = f"{{ target a.internal:1 ; target b.internal:1 weight=0 ; {sticky} }}"
    assert _service(both) == ["GAL3008", "GAL5006"]


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("[::1]:80", "[0:0::1]:80", ["GAL3009"]),
        ("a.internal:80", "A.internal.:80", ["GAL3009"]),
        ("a.internal:80", "a.internal:81", []),
        ("[fd00::1]:80", "[fd00::2]:80", []),
    ],
)
def test_a_target_in_two_spellings(one: str, other: str, found: list[str]) -> None:
    assert _service(f"{{ target {one} ; target {other} }}") == found


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ("trusted_proxies 0.0.0.0/0", ["GAL5032"]),
        ("trusted_proxies ::/0", ["GAL5032"]),
        ("trusted_proxies 10.0.0.0/8 0.0.0.0/1 128.0.0.0/1", ["GAL5032", "GAL5032"]),
        ("trusted_proxies 10.0.0.0/8 fc00::/7 192.168.1.1", []),
        ("trusted_proxies nonsense", ["GAL1009"]),
        ("port 80", ["GAL5033"]),
        ("port 1023", ["GAL5033"]),
        ("port 1024", []),
        ("port 443", ["GAL5034"]),
        ("port 8443", ["GAL5034"]),
        ("port 9901", ["GAL3010"]),
    ],
)
def test_the_listener(settings: str, found: list[str]) -> None:
    text = (
        f"version 1\nglobal {{ {settings} }}\nservice s {{ upstream a.internal:8080 ; route /* }}"
    )
    assert codes(text) == found
