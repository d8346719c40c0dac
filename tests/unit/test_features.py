import pytest

from galc.ir.features import POLICIES, all_features, defaulted, written


def test_keys_are_those_of_the_language() -> None:
    found = all_features()
    assert len(found) > 120
    assert all(key == feature.key for key, feature in found.items())
    assert set(POLICIES) <= set(found)
    assert not any(key.endswith(".enabled") or ".enabled=" in key for key in found)


@pytest.mark.parametrize(
    ("name", "raw", "keys"),
    [
        ("timeout", "5s", ["timeout"]),
        ("timeout", {"connect": "5s"}, ["timeout", "timeout.connect"]),
        ("rate_limit", {"key_type": "header"}, ["rate_limit", "rate_limit.key_type=header"]),
        (
            "authentication",
            {
                "basic": {
                    "users": [
                        {"username": "a", "password_hash": "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="}
                    ]
                }
            },
            [
                "authentication",
                "authentication.basic.users.username",
                "authentication.basic.users.password_hash",
                "authentication.basic.users.password_hash=sha1",
            ],
        ),
        (
            "cors",
            {"allowed_origins": ["*", "https://*.a.com", "https://a.com"]},
            [
                "cors",
                "cors.allowed_origins",
                "cors.allowed_origins=*",
                "cors.allowed_origins=subdomains",
                "cors.allowed_origins=exact",
            ],
        ),
        (
            "headers",
            {"request_set": {"A": "{{uuid}} {{x}} \\{{now}}"}},
            ["headers", "headers.request_set", "headers.template=uuid"],
        ),
        ("retry", {"retry_on": ["reset"]}, ["retry", "retry.retry_on=reset"]),
        ("global", {"port": 1, "surprise": 2}, ["global.port"]),
        ("upstream", {"targets": [{"host": "a"}]}, ["upstream.targets.host"]),
        ("headers", 5, ["headers"]),
    ],
)
def test_what_a_construct_writes(name: str, raw: object, keys: list[str]) -> None:
    assert [key for key, _ in written(name, raw)] == keys


def test_what_a_construct_leaves_to_its_defaults() -> None:
    assert "circuit_breaker.max_failures" in defaulted("circuit_breaker", set())
    assert "circuit_breaker.max_failures" not in defaulted(
        "circuit_breaker", {"circuit_breaker.max_failures"}
    )
    assert "rate_limit.key_type=ip_address" in defaulted("rate_limit", {"rate_limit"})
