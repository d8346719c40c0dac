"""What only Traefik has: two files, templates over them, rules that are Go, and refused values."""

import ast
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from galc.compiler import Compilation, build, check
from galc.frontend.printer import print_yaml
from galc.frontend.source import Source
from galc.ir.gateway import HeaderRules, PathMatch
from galc.targets.traefik import TARGET, rules
from galc.targets.traefik import schema as s
from galc.targets.traefik.headers import bare, merged
from galc.targets.traefik.text import name, printed, quoted

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)
_HOSTILE = (
    '{{ env "HOME" }}',
    "{{`{{`}}",
    "\\{{",
    "${{HOME}}",
    "$(os.exit())",
    "$env://HOME",
    "%REQ(host)%",
    "\"'`\\",
    "#END",
    ":8080",
    "`) || PathPrefix(`/",
)


def _built(*routes: dict[str, Any], **document: Any) -> Compilation:
    upstream = document.pop("upstream", {"host": "a", "port": 80})
    service = {"name": "s", "upstream": upstream, "routes": list(routes)}
    text = print_yaml({"version": 1, **document, "services": [service]})
    checked = check(Source("in.yaml", text, "yaml"))
    assert checked.ok, checked.diagnostics
    return build(checked, TARGET)


def _http(*routes: dict[str, Any], **document: Any) -> dict[str, Any]:
    result = _built(*routes, **document)
    http: dict[str, Any] = yaml.safe_load(result.artifacts["dynamic.yaml"])["http"]
    return http


def _errors(route: dict[str, Any], **document: Any) -> list[str]:
    result = _built({"path": "/", **route}, **document)
    found = [d for d in result.diagnostics if d.severity == "error"]
    assert result.ok == (not found)
    return [getattr(d, "feature", "") for d in found]


def _key(**fields: Any) -> dict[str, Any]:
    return {"authentication": {"type": "api_key", "api_key": {"keys": [{"key": "k"}], **fields}}}


# --- text is data


def _dynamic(text: str) -> s.Dynamic:
    middleware = s.Middleware(headers=s.Headers({text: text}))
    return s.Dynamic(s.Http({}, {}, {text: middleware}, {}))


@given(_TEXT | st.sampled_from(_HOSTILE))
def test_no_text_is_a_template(text: str) -> None:
    found = printed(_dynamic(text))
    assert "{" not in found
    read = yaml.safe_load(found)["http"]["middlewares"][text]["headers"]
    assert read["customRequestHeaders"] == {text: text}


@given(_TEXT | st.sampled_from(_HOSTILE))
def test_no_text_ends_a_string_of_a_rule(text: str) -> None:
    found = quoted(text)
    if found[0] == "`":
        assert found[1:-1] == text and "`" not in text
    else:
        assert ast.literal_eval("b" + found).decode() == text


def test_bytes_that_are_no_utf_8_are_escaped() -> None:
    assert rules.path(PathMatch("exact", "/%FF")) == r'Path("/\xff")'


@pytest.mark.parametrize(("one", "other"), [("a@b", "a_b"), ("a b", "a_b"), ("a@b", "a b")])
def test_names_that_are_rewritten_do_not_collide(one: str, other: str) -> None:
    assert name(one) != name(other)
    assert re.fullmatch(r"[A-Za-z0-9._:/+*-]+", name(one))


def test_a_name_that_traefik_takes_is_kept() -> None:
    assert name("users:/api") == "users:/api"


# --- routers


def test_routers_have_priorities_in_the_order_of_the_routes() -> None:
    http = _http({"path_prefix": "/"}, {"path": "/a"}, {"path_prefix": "/a", "methods": ["GET"]})
    ordered = sorted(http["routers"].items(), key=lambda item: -item[1]["priority"])
    assert [found for found, _ in ordered] == [
        "encoded slash",
        "s:exact:::/a",
        "s:prefix:GET::/a",
        "s:/",
    ]
    assert len({router["priority"] for _, router in ordered}) == len(ordered)


def test_a_prefix_ends_at_a_slash() -> None:
    router = _http({"path_prefix": "/api"})["routers"]["s:/api"]
    assert router["rule"] == "(Path(`/api`) || PathPrefix(`/api/`))"


def test_hosts_are_matched_with_everything_else() -> None:
    route = {"path": "/", "hosts": ["a.test", "*.b.test"], "methods": ["GET", "PUT"]}
    assert _http(route)["routers"]["s:/"]["rule"] == (
        r"Path(`/`) && (HostRegexp(`^.+\.b\.test\.?$`) || Host(`a.test`))"
        " && (Method(`GET`) || Method(`PUT`))"
    )


def test_children_name_their_parents_and_every_leaf_has_a_service() -> None:
    cors = {"allowed_origins": ["https://a.test"], "allow_credentials": True}
    limit = {"requests_per_second": 1}
    added = {"request_add": {"X-A": "a", "X-B": "b"}}
    route = {"path": "/", "cors": cors, "rate_limit": limit, "headers": added, **_key()}
    routers = _http(route, {"path_prefix": "/", "methods": ["GET"]})["routers"]
    parents = {parent for router in routers.values() for parent in router.get("parentRefs", ())}
    assert parents <= set(routers)
    for found, router in routers.items():
        assert ("service" in router) != (found in parents)
        assert ("entryPoints" in router) != ("parentRefs" in router)
    limited = [r for r in routers.values() if any("limit-" in m for m in r.get("middlewares", ()))]
    assert len(limited) == 1


def test_middlewares_are_shared_and_none_is_left_over() -> None:
    rules = {"headers": {"request_set": {"X-A": "a"}}}
    http = _http({"path": "/a", **rules}, {"path": "/b", **rules})
    used = {m for router in http["routers"].values() for m in router.get("middlewares", ())}
    assert used == set(http["middlewares"]) and len(used) == 2


def test_services_are_told_apart_by_timeout_and_breaker() -> None:
    http = _http(
        {"path": "/a"}, {"path": "/b", "timeout": "1s"}, {"path": "/c", "circuit_breaker": {}}
    )
    assert set(http["services"]) == {"service/s/30s", "service/s/1s", "route/s:/c"}
    assert set(http["serversTransports"]) == {"timeout-30s", "timeout-1s"}


# --- headers


def test_rules_become_one_value_a_header() -> None:
    found = merged(
        HeaderRules(
            remove=("x-a", "X-B"),
            set=(("X-B", ("b",)),),
            add=(("x-b", ("c",)), ("X-A", ("a",)), ("X-C", ("c",))),
        )
    )
    assert found == {"X-A": "a", "X-B": "b, c"}


def test_what_may_be_there_already_is_told_apart() -> None:
    rules = HeaderRules(add=(("x-c", ("1",)), ("X-C", ("2",)), ("X-Hidden", ("3",))))
    assert bare(rules, ("x-hidden",)) == (("X-C", "1, 2"),)


# --- the static file


def test_the_static_file_listens_where_the_document_says() -> None:
    settings = {"host": "::1", "port": 80, "admin_port": 81, "trusted_proxies": ["10.0.0.0/8"]}
    result = _built({"path": "/"}, **{"global": settings})
    points = yaml.safe_load(result.artifacts["traefik.yaml"])["entryPoints"]
    assert points["web"]["address"] == "[::1]:80"
    assert points["web"]["forwardedHeaders"] == {"trustedIPs": ["10.0.0.0/8"]}
    assert points["traefik"]["address"] == "127.0.0.1:81"
    assert list(result.artifacts) == list(TARGET.artifacts) == ["dynamic.yaml", "traefik.yaml"]


# --- what is refused


@pytest.mark.parametrize(
    ("route", "feature"),
    [
        (_key(query_param="k"), "authentication.api_key.hide_credentials"),
        ({"headers": {"request_set": {"X-A": ""}}}, "headers.request_set"),
        ({"headers": {"response_set": {"X-A": ""}}}, "headers.response_set"),
        ({"headers": {"response_add": {"X-A": "a"}}}, "headers.response_add"),
        ({"headers": {"request_add": {"X-Forwarded-For": "a"}}}, "headers.request_add"),
        (
            {"headers": {"response_set": {"Set-Cookie": "a"}, "response_add": {"Set-Cookie": "b"}}},
            "headers.response_add",
        ),
        (
            {"circuit_breaker": {"unhealthy_status_codes": [429, 500]}},
            "circuit_breaker.unhealthy_status_codes",
        ),
        (
            {"rate_limit": {"requests_per_second": 1, "response": {"status_code": 503}}},
            "rate_limit.response.status_code",
        ),
        (
            {"circuit_breaker": {"response": {"status_code": 500}}},
            "circuit_breaker.response.status_code",
        ),
        (_key(header_name="x-real-ip"), "authentication.api_key.header_name"),
        (_key(header_name="X-Forwarded-Proto"), "authentication.api_key.header_name"),
    ],
)
def test_what_traefik_can_not_do_is_refused(route: dict[str, Any], feature: str) -> None:
    assert _errors(route) == [feature]


@pytest.mark.parametrize(
    ("route", "feature"),
    [
        (
            {
                "rate_limit": {
                    "requests_per_second": 1,
                    "response": {"status_code": 429, "message": "Slow down"},
                }
            },
            "rate_limit.response.message",
        ),
        (
            {"circuit_breaker": {"response": {"status_code": 503, "message": "Down"}}},
            "circuit_breaker.response.message",
        ),
        (
            {"authentication": {**_key()["authentication"], "fail_message": "No"}},
            "authentication.fail_message",
        ),
    ],
)
def test_a_text_that_traefik_does_not_say_is_told(route: dict[str, Any], feature: str) -> None:
    result = _built({"path": "/", **route})
    said = [d for d in result.diagnostics if getattr(d, "feature", "") == feature]
    assert result.ok and [d.severity for d in said] == ["warning"]


@pytest.mark.parametrize(
    ("rules", "feature"),
    [
        ({"request_remove": ["accept-encoding"]}, "headers.request_remove"),
        ({"response_remove": ["Date"]}, "headers.response_remove"),
        ({"response_remove": ["content-type"]}, "headers.response_remove"),
    ],
)
def test_what_traefik_writes_again_is_said(rules: dict[str, Any], feature: str) -> None:
    result = _built({"path": "/", "headers": rules})
    assert feature in [getattr(d, "feature", "") for d in result.diagnostics]


def test_a_key_in_the_query_may_be_shown() -> None:
    assert _errors(_key(query_param="k", hide_credentials=False)) == []


@pytest.mark.parametrize(
    ("status", "errors"), [(403, []), (418, []), (499, ["authentication.fail_status"])]
)
def test_a_failed_key_has_a_status_that_go_knows(status: int, errors: list[str]) -> None:
    route = _key()
    route["authentication"]["fail_status"] = status
    assert _errors(route) == errors


@pytest.mark.parametrize(
    ("pattern", "same"),
    [
        ("/v[0-9]+/orders/[a-z0-9-]{36}", True),
        ("/a/.*", True),
        ("(?i)/a/[^/]+(/b)?", True),
        (r"/a\.json", True),
        ("/a/.{3}", False),
        ("/a/[^/.0]+", False),
        ("/a%20b", False),
        ("/[A-z]+", False),
        (r"/\S+", False),
    ],
)
def test_a_regex_that_tells_decoded_paths_apart(pattern: str, same: bool) -> None:
    result = _built({"path_regex": pattern})
    said = [d for d in result.diagnostics if getattr(d, "feature", "") == "routes.path_regex"]
    assert (not said) == same
