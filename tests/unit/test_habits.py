"""Who comes from elsewhere is told galc's word, and where the value tells, the replacement."""

import pytest

from galc.diagnostics import habits
from galc.diagnostics.foreign import WORDS
from galc.ir import document as doc
from galc.ir.features import all_features

from .compiling import checked

_SERVICE = "  upstream: {host: users.internal, port: 8080}\n"
_ROUTE = "  - path_prefix: /users\n"


def _helps(service: str = _SERVICE, route: str = "", top: str = "") -> list[str | None]:
    text = f"version: 1\n{top}services:\n- name: users\n{service}  routes:\n{_ROUTE}{route}"
    return [d.help() for d in checked(text).diagnostics]


@pytest.mark.parametrize(
    ("line", "helped"),
    [
        (
            "proxy_pass: http://users:8080",
            "galc's word for it is `upstream` of a service, beside its `routes`: "
            "`upstream: {host: users, port: 8080}`",
        ),
        (
            "url: https://users.internal",
            "galc's word for it is `upstream` of a service, beside its `routes`: "
            "`upstream: {host: users.internal, port: 443}` and `protocol: https`",
        ),
        ("rate-limit: {}", "did you mean `rate_limit`?"),
        ("rateLimit: {}", "did you mean `rate_limit`?"),
        ("retries: 3", "did you mean `retry`?"),
        (
            "cors: true",
            'write `{allowed_origins: ["https://app.example.com"]}`, with your own origins',
        ),
        ("cors: false", "leave it out, or write `{enabled: false}` to switch an inherited one off"),
        ("rate_limit: 100", "write `{requests_per_second: 100}`"),
        ("rate_limit: 100/m", "write `{requests_per_minute: 100}`"),
        ("rate_limit: 10r/s", "write `{requests_per_second: 10}`"),
        ("rate_limit: {requestsPerSecond: 5}", "did you mean `requests_per_second`?"),
        ("authentication: jwt", "write `{type: jwt, jwt: {…}}`"),
        ("timeout: 5000", "write `5s` if it is in milliseconds, `5000s` if in seconds"),
        ("timeout: 30", "give the unit: `30s`, or `30ms` for milliseconds"),
        ("timeout: 1m30s", "write `90s`"),
        ("timeout: 5 seconds", "write `5s`"),
        ("timeout: {connect_timeout: 5s}", "did you mean `connect`?"),
        ("retry: 3", "write `{attempts: 3}`"),
        ("websocket: true", "write `{enabled: true}`"),
        ("frobnicate: {}", None),
    ],
)
def test_words_on_a_route(line: str, helped: str | None) -> None:
    (told,) = _helps(route=f"    {line}\n")
    assert told == helped or (helped is None and str(told).startswith("known here: "))


@pytest.mark.parametrize(
    ("line", "helped"),
    [
        ("upstream: http://users:8080", "write `upstream: {host: users, port: 8080}`"),
        ("upstream: users:8080", "write `upstream: {host: users, port: 8080}`"),
        ("upstream: {targets: ['users:8080']}", "write `{host: users, port: 8080}`"),
        ("upstream: {targets: ['[::1]:80']}", 'write `{host: "[::1]", port: 80}`'),
        ("upstream: {nodes: []}", "did you mean `targets`?"),
        (
            "upstream: {host: a, port: 1, load_balancer: roundrobin}",
            "write `{algorithm: roundrobin}`",
        ),
        (
            "upstream: {host: a, port: 1, load_balancer: {algorithm: rr}}",
            "did you mean `round_robin`?",
        ),
        (
            "upstream: {host: a, port: 1, health_check: /up}",
            "write `{active: {http_path: /up}}`",
        ),
    ],
)
def test_words_on_a_service(line: str, helped: str) -> None:
    assert helped in _helps(service=f"  {line}\n")


def test_backend_with_an_address_is_written_out() -> None:
    helps = _helps(service="  backend: http://users:8080\n")
    assert "write `upstream: {host: users, port: 8080}`" in helps


@pytest.mark.parametrize(
    ("line", "helped"),
    [
        ("upstreams: []", "galc's word for it is `upstream` of a service, beside its `routes`"),
        (
            "_format_version: '3.0'",
            "this looks like Kong's declarative configuration; galc reads a language of its own",
        ),
    ],
)
def test_words_at_the_top(line: str, helped: str) -> None:
    assert _helps(top=f"{line}\n") == [helped]


def test_every_word_leads_to_a_word_of_the_language() -> None:
    known = {part for key in all_features() for part in key.partition("=")[0].split(".")}
    known |= set(doc.Service.__struct_fields__)
    for name, words in WORDS.items():
        for word in words:
            assert word in known, (name, word)
    assert not known & (set(WORDS) - {"prefix", "jwt"})  # each is a word of galc's elsewhere


def test_every_option_leads_to_an_option_of_the_language() -> None:
    options = {
        (key.partition("=")[0].rpartition(".")[2], key.partition("=")[2])
        for key in all_features()
        if "=" in key
    }
    for (field, name), word in habits.OPTIONS.items():
        assert (field, word) in options, (field, name)
        assert (field, name) not in options, (field, name)


@pytest.mark.parametrize("algorithm", ["HS256", "HS512", "none"])
def test_an_unsafe_algorithm_is_near_to_nothing(algorithm: str) -> None:
    line = f"    authentication: {{type: jwt, jwt: {{algorithms: [{algorithm}], jwks_uri: https://a}}}}\n"
    text = f"version: 1\nservices:\n- name: users\n{_SERVICE}  routes:\n{_ROUTE}{line}"
    (one,) = (d for d in checked(text).diagnostics if d.code == "GAL1006")
    assert "did you mean" not in str(one.help()) and "token" in str(one.help())
    assert one.edits() == ()
