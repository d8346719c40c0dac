"""The Kong target: names, paths, keys, settings, refusals, and the order of its routes."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from galc.compiler import Compilation, build, check
from galc.frontend.source import Source
from galc.ir.features import all_features
from galc.ir.gateway import PathMatch
from galc.targets.kong import TARGET
from galc.targets.kong.names import entity_name, upstream_name
from galc.targets.kong.paths import compares_encoding, path_regex, problem
from galc.targets.kong.support import SUPPORT

from ..live.cases import ALL_CASES
from .test_kong_router import matched, normalized
from .test_kong_world import MOST_HEADERS, Kong, Reply, Request

_HOSTILE = (
    '{{ env "HOME" }}',
    "$(os.exit())",
    "$env://HOME",
    "${{HOME}}",
    "{vault://env/home}",
    "%REQ(host)%",
    '"]] .. os.exit() .. [["',
    "'single' \"double\" `tick`",
    "#END",
    "back\\slash\\",
    ":leading",
    "]==] --",
    "grüße 世界",
    "%d\\n",
)


def compiled(document: str) -> Compilation:
    return build(check(Source("x.yaml", document, "yaml")), TARGET)


def document_with(*routes: str, upstream: str = "{host: a.test, port: 1}", more: str = "") -> str:
    lines = "".join(f"\n  - {route}" for route in routes)
    return f"version: 1\n{more}\nservices:\n- name: s\n  upstream: {upstream}\n  routes:{lines}\n"


def built_file(document: str) -> Any:
    compilation = compiled(document)
    assert compilation.ok, compilation.diagnostics
    return yaml.safe_load(compilation.artifacts["kong.yaml"])


# Support table


def test_the_table_answers_for_every_feature() -> None:
    assert SUPPORT.keys() == all_features().keys()


def test_the_cases_that_it_names_exist() -> None:
    known = {case.name for case in ALL_CASES}
    for key, support in SUPPORT.items():
        if support.level in ("native", "emulated"):
            assert support.case in known, key


# Names


def test_names_that_kong_takes_stay() -> None:
    assert entity_name("users-1.2_x") == "users-1.2_x"
    assert upstream_name("users-1.eu") == "users-1.eu.galc"


@given(st.lists(st.text("aA/.:_-~{} 0", min_size=1, max_size=8), unique=True, max_size=20))
def test_names_never_collide(names: list[str]) -> None:
    entities, upstreams = map(entity_name, names), map(upstream_name, names)
    assert len(set(entities)) == len(names) == len(set(upstreams))


def test_a_rewritten_name_can_not_be_taken_by_another() -> None:
    taken = entity_name("a/b")
    assert entity_name(taken) != taken
    suffix = upstream_name("a_b").removesuffix(".galc")
    assert upstream_name(suffix) != f"{suffix}.galc"


@given(st.text(min_size=1))
def test_a_name_is_one_that_kong_takes(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", entity_name(name))
    label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    assert re.fullmatch(rf"{label}(\.{label})*\.galc", upstream_name(name))


# Paths


@pytest.mark.parametrize(
    ("match", "good", "bad"),
    [
        (PathMatch("prefix", "/api"), ["/api", "/api/", "/api/x"], ["/apix", "/x/api", "/"]),
        (PathMatch("prefix", "/"), ["/", "/x"], []),
        (PathMatch("exact", "/x.y"), ["/x.y"], ["/xzy", "/x.y/", "/x.yz"]),
        (PathMatch("exact", "/a%20b"), ["/a%20b"], ["/a%2520b", "/ab"]),
        (PathMatch("exact", "/caf%C3%A9"), ["/caf%C3%A9", "/caf%c3%a9"], ["/cafe"]),
        (PathMatch("exact", "/a%25b"), ["/a%25b"], ["/a%b"]),
        (PathMatch("exact", "/a+b(c)$"), ["/a+b(c)$"], ["/aab(c)$"]),
        (PathMatch("regex", "/v[0-9]+/x"), ["/v1/x"], ["/v/x", "/v1/xy", "/a/v1/x"]),
        (PathMatch("regex", "(?i)/v[a-z]"), ["/VX", "/vx"], ["/v1"]),
        (PathMatch("regex", "/a|/b"), ["/a", "/b"], ["/ab", "/c"]),
        (PathMatch("regex", "/a?<b"), ["/a%3Cb", "/%3Cb"], ["/b"]),
        (PathMatch("regex", "/a%20[bc]"), ["/a%20b"], ["/a%20d"]),
        (PathMatch("regex", r"/\d\\d[\w-]"), ["/1%5Cd-"], ["/%D9%A3%5Cd-", "/1%5Cd%C3%A9", "/11"]),
    ],
)
def test_a_path_matches_what_kong_has_normalised(
    match: PathMatch, good: list[str], bad: list[str]
) -> None:
    regex = path_regex(match)
    assert regex.startswith("~/")
    # What Kong does to the text: the slash stays, and a named group gets Rust's spelling.
    rust = regex[1:].replace("?<", "?P<")
    for path, wanted in ((p, w) for paths, w in ((good, True), (bad, False)) for p in paths):
        text = normalized(path).encode("latin-1").decode()
        assert bool(matched(f"~{rust}", text)) is wanted, (rust, text)


@pytest.mark.parametrize(
    ("pattern", "tells"),
    [
        ("/a/[0-9]+", False),
        ("/a/[^/]+", False),
        ("/a/.*", False),
        ("/(a|b)/x{2}", False),
        (r"/a/\d+", False),
        (r"/a/[\w.-]{3}", False),
        ("/a/.", True),
        ("/a/.{3}", True),
        (r"/a/\W+", True),
        (r"/a/[\s]", True),
        (r"/a/[^x]+", True),
        ("/(a|.)", True),
    ],
)
def test_a_regex_that_tells_a_blank_from_its_encoding(pattern: str, tells: bool) -> None:
    assert compares_encoding(PathMatch("regex", pattern)) is tells


def test_paths_that_kong_can_not_have() -> None:
    assert problem(PathMatch("exact", "/%FF"))
    assert problem(PathMatch("regex", "/a//b"))
    assert problem(PathMatch("regex", "/[%20]"))
    assert problem(PathMatch("regex", "/a%20+"))
    assert problem(PathMatch("regex", "/a%2[0-9]"))
    assert not problem(PathMatch("regex", "/a%20b/.*"))


# What is refused


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (document_with("{path: /x, methods: [VERSION-CONTROL]}"), "letters only"),
        (document_with("{path: /x, hosts: ['[::1]']}"), "IPv6"),
        (document_with("{path: /x, timeout: 100d}"), "milliseconds at most"),
        (document_with("{path: /x, headers: {request_set: {X-Real-IP: a}}}"), "X-Real-IP"),
        (document_with("{path: /x, headers: {response_set: {X_A: a}}}"), "like `X_A`"),
        (document_with("{path: /x, headers: {response_remove: [X_B]}}"), "like `X_B`"),
        (document_with("{path_regex: '/a//b'}"), "no path with `//`"),
        (
            document_with(
                "{path: /x}",
                upstream="{host: a, port: 1, health_check: {active: {http_path: '/h?x'}}}",
            ),
            "no query",
        ),
        (
            document_with(
                "{path: /x}",
                upstream="{host: a, port: 1, health_check: {active: {interval: 20h}}}",
            ),
            "seconds at most",
        ),
        (
            document_with("{path: /x}", upstream="{host: 10.0.0.1, port: 1}").replace(
                "- name: s", "- name: s\n  protocol: https"
            ),
            "not with an address",
        ),
        (
            document_with("{path_prefix: /x, strip_prefix: true}").replace(
                "- name: s", "- name: s\n  protocol: http2"
            ),
            "as the client wrote it",
        ),
        (
            document_with(
                "{path_prefix: /x}", upstream="{host: a, port: 1, health_check: {active: {}}}"
            ).replace("- name: s", "- name: s\n  type: grpc"),
            "HTTP/1.1",
        ),
    ],
)
def test_what_kong_can_not_be_given_is_refused(document: str, why: str) -> None:
    compilation = compiled(document)
    assert not compilation.ok
    assert why in " ".join(d.message() for d in compilation.diagnostics)


# kong.conf


def test_settings_of_a_plain_gateway() -> None:
    conf = compiled(document_with("{path: /}")).artifacts["kong.conf"]
    assert "proxy_listen = 0.0.0.0:10000 http2 " in conf
    assert "admin_listen = 127.0.0.1:9901\n" in conf
    assert f"lua_max_req_headers = {MOST_HEADERS}\n" in conf
    assert "request_debug = off\n" in conf
    assert "trusted_ips" not in conf
    assert "ssl" not in conf


def test_settings_follow_the_document() -> None:
    more = "global: {host: '::1', port: 1, admin_port: 2, trusted_proxies: [10.0.0.1, 'fd00::/8']}"
    document = document_with("{path: /}", more=more).replace(
        "- name: s", "- name: s\n  protocol: https"
    )
    conf = compiled(document).artifacts["kong.conf"]
    assert "proxy_listen = [::1]:1 http2 " in conf
    assert "admin_listen = 127.0.0.1:2\n" in conf
    assert "trusted_ips = 10.0.0.1/32,fd00::/8\n" in conf
    assert "real_ip_header = X-Forwarded-For\nreal_ip_recursive = on\n" in conf
    assert "nginx_proxy_proxy_ssl_verify = on\n" in conf


# Upstreams


def _upstream(fields: str) -> Any:
    return built_file(document_with("{path: /}", upstream=fields))["upstreams"][0]


def test_targets_of_an_upstream() -> None:
    upstream = _upstream("{targets: [{host: '::1', port: 1, weight: 3}, {host: b, port: 2}]}")
    assert upstream["targets"] == [
        {"target": "[::1]:1", "weight": 300},
        {"target": "b:2", "weight": 100},
    ]
    heavy = _upstream("{targets: [{host: a, port: 1, weight: 60000}, {host: b, port: 2}]}")
    assert [target["weight"] for target in heavy["targets"]] == [60000, 1]


def test_an_active_check_counts_every_status() -> None:
    active = _upstream(
        "{host: a, port: 1, health_check: {active: {interval: 1.5s, healthy_status_codes: [204]}}}"
    )["healthchecks"]["active"]
    assert active["healthy"] == {"interval": 1.5, "successes": 2, "http_statuses": [204]}
    others = active["unhealthy"].pop("http_statuses")
    assert sorted([*others, 204]) == list(range(100, 600))
    assert active["unhealthy"] == {
        "interval": 1.5,
        "http_failures": 3,
        "tcp_failures": 3,
        "timeouts": 3,
    }


def test_a_passive_check_alone_has_a_probe_that_brings_targets_back() -> None:
    checks = _upstream(
        "{host: a, port: 1, health_check: {passive: {max_failures: 2, recovery_time: 10s}}}"
    )["healthchecks"]
    assert checks["active"]["unhealthy"]["interval"] == 10
    assert checks["active"]["healthy"]["interval"] == 0


# Text of the document is data


@pytest.mark.parametrize("text", _HOSTILE)
def test_hostile_text_reaches_the_wire_as_written(text: str) -> None:
    def quoted(value: str) -> str:
        return "'" + value.replace("${", "$${").replace("'", "''") + "'"

    header, plain = quoted(text.replace("{{", "\\{{")), quoted(text)
    rules = f"request_set: {{X-A: {header}}}, response_set: {{X-A: {header}}}"
    document = document_with(
        f"{{path: /h, headers: {{{rules}}}}}",
        f"{{path: /l, rate_limit: {{requests_per_hour: 1, response: {{message: {plain}}}}}}}",
        f"{{path: /k, authentication: {{type: api_key, fail_message: {plain},"
        f" api_key: {{keys: [{{key: {plain}}}]}}}}}}",
    )
    seen: list[str] = []

    def upstream(sent: Any) -> Reply:
        seen.extend(sent.request.header("X-A"))
        return Reply(200)

    compilation = compiled(document)
    assert compilation.ok, compilation.diagnostics
    kong = Kong(compilation.artifacts["kong.yaml"], upstream, lambda: 1e9)
    wire = text.encode().decode("latin-1")
    host = [("Host", "x")]
    reply = kong.handle(Request("GET", "/h", host))
    assert seen == [wire]
    assert dict(reply.headers)["X-A"] == wire
    limited = [kong.handle(Request("GET", "/l", host)) for _ in range(2)][1]
    assert limited.status == 429
    assert text in limited.body.decode()
    assert kong.handle(Request("GET", "/k", [*host, ("X-API-Key", wire)])).status == 200
    refused = kong.handle(Request("GET", "/k", [*host, ("X-API-Key", "x")]))
    assert refused.status == 401
    assert text in refused.body.decode()
