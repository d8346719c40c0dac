"""Body rules from the file to each target: what is refused, and what the gateways on nginx do
beyond the live cases. Their programs run in a real LuaJIT."""

import re
from typing import Any

import pytest

from galc.compiler import Compilation, build, check
from galc.diagnostics import Diagnostic
from galc.frontend.source import Source
from galc.ir import bodies as language
from galc.ir.gateway import BodyRules, Edit, Gateway
from galc.secrecy.values import secrets
from galc.targets import load
from galc.targets.apisix import programs as apisix_programs
from galc.targets.bodies import data

from ..live.cases import shorthand
from ..live.model import Send
from .test_apisix_model import Apisix
from .test_apisix_model import compiled as built_for_apisix
from .test_kong_running import OneService
from .test_kong_world import Reply, Request, Sent

_LUA_TARGETS = ("envoy", "kong", "apisix")


def _file(service: str = "", route: str = "path: /", more: str = "") -> str:
    lines = "".join(f"  {line}\n" for line in service.splitlines())
    return (
        f"version: 1\n{more}services:\n- name: s\n  upstream: {{host: a, port: 1}}\n{lines}"
        f"  routes: [{{{route}}}]\n"
    )


def _gateway(text: str) -> Gateway:
    checked = check(Source("x.yaml", text, "yaml"))
    assert checked.ok and checked.state and checked.state.gateway, checked.diagnostics
    return checked.state.gateway


def _findings(text: str) -> list[Diagnostic]:
    return [d for d in check(Source("x.yaml", text, "yaml")).diagnostics if d.severity == "error"]


def _build(text: str, target: str) -> Compilation:
    return build(check(Source("x.yaml", text, "yaml")), load(target))


# From the file to rules


def test_rules_come_in_the_languages_order() -> None:
    text = _file(
        "transformation: {metadata: {m: 1}, computed_fields: [{field: c, generator: uuid}],"
        " defaults: {d: {x: [1.5, null]}}, validation: {required_fields: [r, r]}}",
        "path: /, body_transformation: {request: {add_fields: {a: true}, rename_fields: {o: n},"
        " remove_fields: [g]}, response: {add_fields: {b: ü}, filter_fields: [f]}}",
    )
    route = _gateway(text).routes[0]
    assert route.request_body == BodyRules(
        (
            Edit("default", "d", '{"x":[1.5,null]}'),
            Edit("compute", "c", "uuid"),
            Edit("set", "m", "1"),
            Edit("remove", "g"),
            Edit("rename", "o", "n"),
            Edit("set", "a", "true"),
        ),
        ("r",),
    )
    assert route.response_body == BodyRules((Edit("remove", "f"), Edit("set", "b", '"ü"')))


def test_rules_without_any_are_none() -> None:
    for service in ("", "transformation: {}", "transformation: {enabled: false, defaults: {a: 1}}"):
        route = _gateway(_file(service, "path: /, body_transformation: {request: {}}")).routes[0]
        assert route.request_body is route.response_body is None


def test_header_rules_of_a_transformation_that_are_off_ask_nothing_of_a_target() -> None:
    off = "transformation: {headers: {enabled: false, response_add: {X-A: b}}}"
    result = _build(_file(off), "traefik")
    assert result.ok, result.diagnostics
    on = _build(_file("transformation: {headers: {response_add: {X-A: b}}}"), "traefik")
    assert [getattr(d, "feature", "") for d in on.diagnostics if d.severity == "error"] == [
        "transformation.headers.response_add"
    ]


@pytest.mark.parametrize("target", _LUA_TARGETS)
def test_a_template_in_a_transformations_header_is_a_template(target: str) -> None:
    plain = _file("transformation: {headers: {request_set: {X-A: '{{uuid}}'}}}")
    assert (
        _build(plain, target).artifacts
        == _build(_file("headers: {request_set: {X-A: '{{uuid}}'}}"), target).artifacts
    )
    (refused,) = [d for d in _build(plain, "traefik").diagnostics if d.severity == "error"]
    assert getattr(refused, "feature", "") == "headers.template=uuid"


@pytest.mark.parametrize("value", [".inf", "-.inf", ".nan", "1e999", "[{a: .nan}]"])
@pytest.mark.parametrize(
    "where",
    [
        "transformation: {defaults: {v: VALUE}}",
        "transformation: {metadata: {v: VALUE}}",
    ],
)
def test_what_json_has_no_number_for_is_refused(where: str, value: str) -> None:
    text = _file(where.replace("VALUE", value))
    assert [d.code for d in _findings(text)] == ["GAL3013"]
    state = check(Source("x.yaml", text, "yaml")).state
    assert state is not None and state.gateway is not None
    # What is left can be shown: all of it is JSON.
    assert secrets(state.gateway) == set()


@pytest.mark.parametrize("kind", ["type: grpc\nprotocol: grpc", "protocol: grpc", "type: grpc"])
def test_a_grpc_service_has_no_body_rules(kind: str) -> None:
    own = "path: /a/b, body_transformation: {response: {filter_fields: [a]}}"
    found = _findings(_file(f"{kind}\ntransformation: {{defaults: {{a: 1}}}}", own))
    assert [d.code for d in found] == ["GAL3012", "GAL3012"]
    bundle = "policies: {p: {body_transformation: {request: {remove_fields: [a]}}}}\n"
    found = _findings(_file(kind, "path: /a/b, use: [p]", bundle))
    assert [d.code for d in found] == ["GAL3012"]
    headers = f"{kind}\ntransformation: {{headers: {{request_set: {{X-A: b}}}}}}"
    assert _findings(_file(headers, "path: /a/b")) == []
    off = "path: /a/b, use: [p], body_transformation: {enabled: false}"
    assert _findings(_file(kind, off, bundle)) == []


@pytest.mark.parametrize("target", _LUA_TARGETS)
def test_a_value_of_the_file_is_data(target: str) -> None:
    """Whatever it is, no program changes by it."""
    hostile = '"]] .. os.execute(\'x\') --[[ %REQ(a)% ${{HOME}} $env://X {{x}} \\" #END"'
    rules = f"transformation: {{defaults: {{{hostile}: {hostile}}}}}"
    text = "\n".join(_build(_file(rules), target).artifacts.values())
    same = "\n".join(_build(_file("transformation: {defaults: {a: b}}"), target).artifacts.values())
    programs = [line for line in same.splitlines() if "body_of_request" in line]
    assert programs
    assert programs == [line for line in text.splitlines() if "body_of_request" in line]


def test_prefix_and_suffix_are_json() -> None:
    (edit,) = data(BodyRules((Edit("compute", 'a"', "uuid", '"<', "\\\n"),)))["edits"]
    assert (edit["key"], edit["before"], edit["after"]) == ('"a\\""', '"\\"<', '\\\\\\n"')


@pytest.mark.parametrize("name", ["bodies_answer", "bodies"])
def test_the_bounds_of_the_programs_for_apisix_are_the_languages(name: str) -> None:
    bounds = {int(n) for n in re.findall(r"\b\d{6,}\b", apisix_programs.program(name))}
    assert bounds == {language.MOST_BYTES}


def test_ten_thousand_routes_share_one_program() -> None:
    routes = ", ".join(
        f"{{path: /r{n}, body_transformation: {{request: {{remove_fields: [a]}}}}}}"
        for n in range(10_000)
    )
    text = (
        f"version: 1\nservices: [{{name: s, upstream: {{host: a, port: 1}}, routes: [{routes}]}}]"
    )
    for target in _LUA_TARGETS:
        built = _build(text, target).artifacts
        assert "".join(built.values()).count("local function string_end") == 1


# Kong

_REQUEST = "body_transformation: {request: {remove_fields: [role]}}"
_ANSWER = "body_transformation: {response: {filter_fields: [secret]}}"


def _post(gateway: OneService, body: bytes, *headers: tuple[str, str], **more: Any) -> Reply:
    gateway.sent = None
    request = Request("POST", "/", [("Host", "x"), *headers], body, **more)
    return gateway.kong.handle(request)


def test_kong_refuses_what_it_can_not_read() -> None:
    gateway = OneService(f"{{path: /, {_REQUEST}}}")
    body = b'{"role":1}'
    assert _post(gateway, body, http2=True).status == 411
    assert gateway.sent is None
    assert _post(gateway, body, ("Content-Length", "10"), http2=True).status == 200
    assert gateway.seen.body == b"{}"
    assert gateway.seen.header("Content-Length") == ["2"]
    # A body that may not be read may not get by.
    gateway.kong.handle(Request("GET", "/", [("Host", "x")], body, http2=True))
    assert gateway.seen.body == b""
    assert _post(gateway, b"", ("Content-Length", str(language.MOST_BYTES + 1))).status == 413


def test_kong_makes_values_that_tell_nothing_of_one_another() -> None:
    gateway = OneService(
        "{path: /, headers: {request_set: {X-ID: '{{uuid}}'}}}",
        more="}\n  transformation: {"
        "computed_fields: [{field: a, generator: random}, {field: b, generator: random}]",
    )
    seen: set[bytes] = set()
    for _ in range(50):
        assert _post(gateway, b"{}").status == 200
        values = re.findall(rb'"([0-9a-f]{32})"', gateway.seen.body)
        assert len(values) == 2
        seen.update(values)
    assert len(seen) == 100


def _replying(gateway: OneService, body: bytes, *headers: tuple[str, str]) -> None:
    def upstream(sent: Sent) -> Reply:
        gateway.sent = sent
        return Reply(gateway.status, list(headers), body)

    gateway.kong.upstream = upstream


def test_kong_sends_nothing_of_an_answer_that_turns_out_unreadable() -> None:
    gateway = OneService(f"{{path: /, {_ANSWER}}}")
    for body in (
        b'{"secret":1,"x":"' + b"a" * language.MOST_BYTES + b'"}',
        b'{"secret":1,"x":' + b"[" * 1000 + b"]" * 1000 + b"}",
    ):
        _replying(gateway, body)  # without a length
        reply = gateway.get()
        assert (reply.status, reply.body) == (200, b"")


def test_kong_sees_every_line_of_content_encoding() -> None:
    gateway = OneService(f"{{path: /, {_ANSWER}, headers: {{response_add: {{X-A: b}}}}}}")
    twice = (("Content-Encoding", "identity"), ("Content-Encoding", "gzip"), ("X-Old", "1"))
    _replying(gateway, b'{"secret":1}', *twice)
    reply = gateway.get()
    assert (reply.status, reply.body) == (502, b"Bad Gateway")
    assert reply.headers == [("Content-Type", "text/plain; charset=utf-8")]


def test_kong_leaves_an_answer_of_its_own_alone() -> None:
    gateway = OneService(f"{{path: /, {_ANSWER}}}")
    gateway.status = 0
    assert gateway.get().status == 502


# APISIX


def _apisix(route: str) -> Apisix:
    built = built_for_apisix(shorthand.doc(f"{{path: /, {route}}}").replace("@a@", "7001"))
    assert built.ok, built.diagnostics
    return Apisix(built.artifacts)


def _sent(gateway: Apisix, body: bytes, *headers: tuple[str, str], **more: Any) -> Any:
    method = more.pop("method", "POST")
    step = Send(method, "/", body=body, **more)
    return gateway.send(step, [("Host", "x"), *headers], "127.0.0.1")


def test_apisix_refuses_what_it_can_not_read() -> None:
    gateway = _apisix(_REQUEST)
    body = b'{"role":1}'
    assert _sent(gateway, body, http2=True).answer.status == 411
    told = _sent(gateway, body, ("Content-Length", "10"), http2=True)
    assert told.received[0].body == b"{}"
    assert _sent(gateway, body, http2=True, method="GET").received[0].body == b""
    assert _sent(gateway, b"a" * (language.MOST_BYTES + 1)).answer.status == 413


def test_apisix_reads_bodies_from_nginxs_file() -> None:
    long = b'{"role":1,"x":"' + b"a" * 100_000 + b'"}'
    assert _sent(_apisix(_REQUEST), long).received[0].body == long.replace(b'"role":1,', b"")


def test_apisix_sees_every_line_of_content_encoding() -> None:
    gateway = _apisix(_ANSWER)
    lines = [("X-Echo-Header", f"Content-Encoding: {name}") for name in ("identity", "gzip")]
    answer = _sent(gateway, b'{"secret":1}', *lines, ("X-Echo-Body", "1")).answer
    assert (answer.status, answer.body) == (502, b"Bad Gateway")


# Where a target says how it differs


@pytest.mark.parametrize(
    ("service", "route", "feature"),
    [
        ("transformation: {metadata: {a: 1}}", "", "transformation"),
        ("transformation: {defaults: {a: 1}}", _REQUEST, "transformation"),
        ("transformation: {validation: {required_fields: [a]}}", _ANSWER, "transformation"),
        ("", _REQUEST, "body_transformation"),
        ("", "body_transformation: {request: {add_fields: {a: 1}}}", "body_transformation"),
    ],
)
def test_a_difference_is_told_where_the_rules_are_written(
    service: str, route: str, feature: str
) -> None:
    text = _file(service, f"path: /, {route}" if route else "path: /")
    (told,) = [d for d in _build(text, "kong").diagnostics if d.code == "GAL4002"]
    assert getattr(told, "feature", "") == feature
    assert not [d for d in _build(text, "envoy").diagnostics if d.severity != "note"]


def test_answers_alone_differ_nowhere() -> None:
    for target in _LUA_TARGETS:
        assert not _build(_file("", f"path: /, {_ANSWER}"), target).diagnostics
