"""The `.gal` reader: every short form, every mistake and its place."""

import subprocess
import sys
from typing import Any

import pytest

from galc.diagnostics import Diagnostic
from galc.frontend import gal
from galc.frontend.gal import tables
from galc.frontend.gal.generating import generated, lark_parser
from galc.frontend.gal.grammar import grammar
from galc.frontend.gal.locating import MAX_PROBLEMS
from galc.frontend.source import Mark, Place, Source, Span


def read(text: str) -> tuple[dict[str, Any] | None, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return gal.compose(Source("test.gal", text, "gal"), found.append), found


def tree(text: str) -> dict[str, Any]:
    result, found = read(text)
    assert not found, [item.message() for item in found]
    assert result is not None
    return result


def in_route(text: str) -> Any:
    routes = tree(f"service s {{ route / {{\n{text}\n}} }}")["services"][0]["routes"]
    assert routes[0].pop("path") == "/"
    return routes[0]


def in_service(text: str) -> Any:
    service = tree(f"service s {{\n{text}\n}}")["services"][0]
    assert service.pop("name") == "s"
    return service


def test_reading_does_not_import_lark() -> None:
    code = (
        "import sys; from galc.compiler import compile_text;"
        "compile_text('version 1', 'a.gal', 'envoy'); sys.exit('lark' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("version 1", {"version": 1}),
        ("version 1.0", {"version": 1.0}),
        ('version "1"', {"version": "1"}),
        ("\ufeffversion 1", {"version": 1}),
        ("global { port 8080 }", {"global": {"port": 8080}}),
        ("global {\r\n\tport 80 # here\r\n}\r\n", {"global": {"port": 80}}),
        ("global { port 8080x }", {"global": {"port": "8080x"}}),
        ("global { port 1234567890123456789 }", {"global": {"port": "1234567890123456789"}}),
        ('global { port json "null" }', {"global": {"port": None}}),
        ("global port=80", {"global": {"port": 80}}),
        ("global", {"global": {}}),
        ("provider a#b # c", {"provider": "a#b"}),
        ("provider ${env:A:-b}", {"provider": "${env:A:-b}"}),
        (r'provider "a\"\\\n\t\u00e9\ud83e\udd8a"'.replace(r"\n", ""), {"provider": 'a"\\\té🦊'}),
        ("provider x=y", {"provider": "x=y"}),
        ("# one\n;;\nprovider a;version 1;", {"provider": "a", "version": 1}),
        ('"odd" { a 1 ; b x y ; c { d ~ } }', {"odd": {"a": 1, "b": ["x", "y"], "c": {"d": None}}}),
        ('services json "[]"', {"services": []}),
    ],
)
def test_documents(text: str, value: dict[str, Any]) -> None:
    assert repr(tree(text)) == repr(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("route /a", {"path": "/a"}),
        ("route /", {"path": "/"}),
        ("route /*", {"path_prefix": "/"}),
        ("route /a/*", {"path_prefix": "/a"}),
        ("route /a//*", {"path_prefix": "/a/"}),
        ('route "/a b/*" GET', {"path_prefix": "/a b", "methods": ["GET"]}),
        ("route /a* GET POST", {"path": "/a*", "methods": ["GET", "POST"]}),
        ('route ~ "/v[0-9]{2}" GET', {"path_regex": "/v[0-9]{2}", "methods": ["GET"]}),
        (r"route ~ /v\d+", {"path_regex": r"/v\d+"}),
        ('route { path "/a/*" ; methods GET }', {"path": "/a/*", "methods": ["GET"]}),
        ("route /a timeout=5s name=a", {"path": "/a", "timeout": "5s", "name": "a"}),
        ('route json "5"', 5),
    ],
)
def test_routes(text: str, value: Any) -> None:
    assert in_service(text) == {"routes": [value]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("upstream a:80", {"host": "a", "port": 80}),
        ("upstream [::1]:80", {"host": "::1", "port": 80}),
        ("upstream ${env:H:-a}:80", {"host": "${env:H:-a}", "port": 80}),
        ('upstream "a":80'.replace('"', ""), {"host": "a", "port": 80}),
        ("upstream http://a:80", {"host": "http://a", "port": 80}),
        ("upstream { host a ; port 80 }", {"host": "a", "port": 80}),
        ("upstream { target a:80 weight=2 ; target b:81 }",
         {"targets": [{"host": "a", "port": 80, "weight": 2}, {"host": "b", "port": 81}]}),
        ("upstream a:80 { load_balancer weighted }",
         {"host": "a", "port": 80, "load_balancer": {"algorithm": "weighted"}}),
    ],
)  # fmt: skip
def test_upstreams(text: str, value: Any) -> None:
    assert in_service(text) == {"upstream": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("rate_limit 100/s", {"rate_limit": {"requests_per_second": 100}}),
        ("rate_limit 5/m burst=9", {"rate_limit": {"requests_per_minute": 5, "burst": 9}}),
        ("rate_limit ${var:R}/h", {"rate_limit": {"requests_per_hour": "${var:R}"}}),
        ("rate_limit 1/s key=ip_address",
         {"rate_limit": {"requests_per_second": 1, "key_type": "ip_address"}}),
        ("rate_limit 1/s key=header:X-A",
         {"rate_limit": {"requests_per_second": 1, "key_type": "header", "key_header": "X-A"}}),
        ("rate_limit { key jwt_claim:sub }",
         {"rate_limit": {"key_type": "jwt_claim", "key_claim": "sub"}}),
        ("authentication jwt", {"authentication": {"type": "jwt"}}),
        ("authentication jwt { issuer a ; audiences x y ; audiences z ; fail_status 403 }",
         {"authentication": {"type": "jwt", "jwt": {"issuer": "a", "audiences": ["x", "y", "z"]},
                             "fail_status": 403}}),
        ("authentication { type jwt ; jwt { claim sub -> X-A } }",
         {"authentication": {"type": "jwt",
                             "jwt": {"claims_to_headers": [{"claim": "sub", "header": "X-A"}]}}}),
        ("authentication basic { user ann password=x ; user bob password_hash=\"y z\" }",
         {"authentication": {"type": "basic", "basic": {"users": [
             {"username": "ann", "password": "x"}, {"username": "bob", "password_hash": "y z"}]}}}),
        ('authentication api_key { key "a=b" name=n ; key c }',
         {"authentication": {"type": "api_key",
                             "api_key": {"keys": [{"key": "a=b", "name": "n"}, {"key": "c"}]}}}),
        ("authentication api_key { keys a b }",
         {"authentication": {"type": "api_key", "api_key": {"keys": ["a", "b"]}}}),
        ("authentication api_key { keys a }",
         {"authentication": {"type": "api_key", "api_key": {"keys": ["a"]}}}),
        ("authentication jwt { fail_status 403 ; issuer a ; enabled true }",
         {"authentication": {"type": "jwt", "fail_status": 403, "jwt": {"issuer": "a"},
                             "enabled": True}}),
        ('headers { request_set X-A 1.0 ; request_set { X-B "b" ; X-C {{uuid}} } }',
         {"headers": {"request_set": {"X-A": "1.0", "X-B": "b", "X-C": "{{uuid}}"}}}),
        ("headers { request_remove A B ; request_add {} }",
         {"headers": {"request_remove": ["A", "B"], "request_add": {}}}),
        ("cors { allowed_origins { a ; b c } ; max_age 60 ; allow_credentials true }",
         {"cors": {"allowed_origins": ["a", "b", "c"], "max_age": 60, "allow_credentials": True}}),
        ("cors { allow_credentials True ; max_age 10m }",
         {"cors": {"allow_credentials": "True", "max_age": "10m"}}),
        ("timeout 30s", {"timeout": "30s"}),
        ("timeout { connect 5s }", {"timeout": {"connect": "5s"}}),
        ("timeout connect=5s read=1m", {"timeout": {"connect": "5s", "read": "1m"}}),
        ("websocket", {"websocket": {}}),
        ("circuit_breaker { unhealthy_status_codes 500 502 }",
         {"circuit_breaker": {"unhealthy_status_codes": [500, 502]}}),
        ('body_transformation { request { add_fields { a 1 ; b "1" ; c { d 1.5 } ; e json "[]"}}}',
         {"body_transformation": {"request": {
             "add_fields": {"a": 1, "b": "1", "c": {"d": 1.5}, "e": []}}}}),
    ],
)  # fmt: skip
def test_policies(text: str, value: dict[str, Any]) -> None:
    assert repr(in_route(text)) == repr(value)


def test_computed_fields() -> None:
    service = in_service('transformation { computed_field id generator=uuid prefix="U " }')
    field = {"field": "id", "generator": "uuid", "prefix": "U "}
    assert service == {"transformation": {"computed_fields": [field]}}


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("", "GAL0006", (0, 0, 1), "the file has no content"),
        ("port {", "GAL0003", (0, 5, 6), "this `{` is never closed"),
        ("global { }\n}", "GAL0003", (1, 0, 1), "this `}` closes no block"),
        ("global\n{ port 1 }", "GAL0003", (1, 0, 1), "this `{` belongs to no statement"),
        ("global { } 5", "GAL0003", (0, 11, 12), "`5` after the `}` of a block"),
        ('provider "abc', "GAL0003", (0, 9, 13), "the string has no end"),
        ('provider "a"b', "GAL0003", (0, 9, 13), "a string and other text touch"),
        ('provider a"b"', "GAL0003", (0, 9, 13), "a string and other text touch"),
        (r'provider "a\d"', "GAL0003", (0, 11, 13), r"`\d` is no escape"),
        ("provider ${a b", "GAL0003", (0, 9, 12), "`${a` has a `{` that is never closed"),
        ("a=b 1", "GAL0003", (0, 0, 3), "`a=b` can't begin a statement"),
        ("version 1\nversion 2", "GAL0004", (1, 0, 7), "`version` is given twice"),
        ("servce a", "GAL1001", (0, 0, 6), "`servce` isn't a field of a gateway file"),
        ("global { prt 1 }", "GAL1001", (0, 9, 12), "`prt` isn't a field of `global`"),
        ("version", "GAL0005", (0, 0, 7), "`version` needs a value"),
        ("version 1 2", "GAL0005", (0, 10, 11), "`version` takes one value"),
        ("version { }", "GAL0005", (0, 8, 9), "`version` takes no block"),
        ('provider a="b"', "GAL0005", (0, 9, 14), "`provider` needs quotes around"),
        ("global x", "GAL0005", (0, 7, 8), "`global` takes a block"),
        ("service a { route a }", "GAL0005", (0, 18, 19), "`route` doesn't take `a`"),
        ("service a { upstream b }", "GAL0005", (0, 21, 22), "`upstream` doesn't take `b`"),
        ("service a { rate_limit fast }", "GAL0005", (0, 23, 27), "`rate_limit` doesn't take"),
        ("service a { rate_limit 1/s key=x }", "GAL0005", (0, 31, 32), "`key` takes `ip_address`"),
        ("service a { headers { request_set X } }", "GAL0005", (0, 34, 35),
         "`request_set` needs a name and a value"),
        ("service a { authentication jwt { claim sub X } }", "GAL0005", (0, 43, 44),
         "`claim` needs `->` there"),
        ("service a { authentication jwt { claim sub }\n}", "GAL0005", (0, 39, 42),
         "`claim` lacks a word"),
        ('provider json "[1,"', "GAL0005", (0, 14, 19), "`provider` has text that isn't JSON"),
        ('provider "a\\nb"', "GAL0008", (0, 9, 15), "the text holds a line feed"),
        ("a " + "{ a " * 65, "GAL0002", (0, 258, 259), "the nesting is more than galc reads"),
    ],
)  # fmt: skip
def test_mistakes(text: str, code: str, place: tuple[int, int, int], message: str) -> None:
    _, found = read(text)
    line, column, end = place
    expected = (code, Span(line, column, line, end))
    assert [(item.code, item.place) for item in found] == [expected]
    assert found[0].message().startswith(message)
    for terminal in ("WORD", "STRING", "OPEN", "CLOSE", "END", "PROPERTY"):
        assert terminal not in found[0].message()


def test_the_unclosed_brace_is_found_by_indentation() -> None:
    _, found = read("service a {\n  route /a {\n    cors {\n      max_age 5\n  }\n  route /b\n}\n")
    assert [item.place for item in found] == [Span(2, 9, 2, 10)]


@pytest.mark.parametrize("text", ["{{\n }}}", "{\n }{}}", "a {\n b {\n } }\n}\nc {}"])
def test_braces_too_many_end_in_a_message(text: str) -> None:
    result, found = read(text)
    assert result is None
    assert {item.code for item in found} == {"GAL0003"}


def test_all_mistakes_are_reported_in_one_run() -> None:
    result, found = read(
        'service a {\n  rout /x\n  route b\n  timeout 5s;timeout 6s\n  cors { max_age "x\\q" }\n}\n'
    )
    places = sorted((item.place.line, item.code) for item in found if isinstance(item.place, Span))
    assert places == [(1, "GAL1001"), (2, "GAL0005"), (3, "GAL0004"), (4, "GAL0003")]
    assert result is None
    assert next(item for item in found if item.code == "GAL1001").help() == "did you mean `route`?"


def test_an_unknown_statement_leaves_the_rest_usable() -> None:
    found: list[Diagnostic] = []
    text = "version 1\nservces { }\n"
    tree, wrong = gal.recover(Source("test.gal", text, "gal"), found.append)
    assert tree == {"version": 1, "services": None}
    assert wrong == [("services",)]
    assert [item.code for item in found] == ["GAL1001"]


@pytest.mark.parametrize(
    "text",
    ["#" * 300_000, " " * 300_000, "a {" * 10_000, "a {\n" * 10_000 + "}" * 10_000, ";" * 300_000,
     '"' * 300_000, "${" * 300_000, "a {{" * 100_000, 'a json "' + "[" * 100_000 + '"',
     "a " + "x=" * 300_000, "version " + "9" * 300_000, "a\n" * 100_000],
)  # fmt: skip
def test_hostile_files_end_soon(text: str) -> None:
    _, found = read(text)
    assert len(found) <= MAX_PROBLEMS


MARKED = """\
version 1
service users {
  upstream [::1]:80
  route /api/* GET POST {
    rate_limit 100/s burst=200 key=header:X-A
    authentication jwt { issuer "me" ; claim sub -> X-User }
    headers { request_set X-B "b c" }
    body_transformation { request { add_fields { a json "[7]" } } }
  }
  route ~ "/x y"
}
"""
ROUTE = ("services", 0, "routes", 0)


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("version",), "version", "1"),
        (("services", 0, "name"), "users", "users"),
        (("services", 0, "upstream", "host"), "::1", "::1"),
        (("services", 0, "upstream", "port"), "80", "80"),
        ((*ROUTE, "path_prefix"), "/api", "/api"),
        ((*ROUTE, "methods"), "GET", "GET POST"),
        ((*ROUTE, "methods", 1), None, "POST"),
        ((*ROUTE, "rate_limit"), "rate_limit", "100/s burst=200 key=header:X-A"),
        ((*ROUTE, "rate_limit", "requests_per_second"), "100", "100"),
        ((*ROUTE, "rate_limit", "burst"), "burst", "200"),
        ((*ROUTE, "rate_limit", "key_type"), "key", "header"),
        ((*ROUTE, "rate_limit", "key_header"), "key", "X-A"),
        ((*ROUTE, "authentication", "type"), "jwt", "jwt"),
        ((*ROUTE, "authentication", "jwt", "issuer"), "issuer", '"me"'),
        ((*ROUTE, "authentication", "jwt", "claims_to_headers", 0), "claim", "sub -> X-User"),
        ((*ROUTE, "authentication", "jwt", "claims_to_headers", 0, "header"), "X-User", "X-User"),
        ((*ROUTE, "headers", "request_set", "X-B"), "X-B", '"b c"'),
        ((*ROUTE, "body_transformation", "request", "add_fields", "a", 0), None, 'json "[7]"'),
        (("services", 0, "routes", 1), "route", '~ "/x y"'),
        (("services", 0, "routes", 1, "path_regex"), '"/x y"', '"/x y"'),
    ],
)
def test_marks(path: tuple[str | int, ...], key: str | None, value: str) -> None:
    mark = gal.marks(Source("test.gal", MARKED, "gal"))
    assert tree(MARKED)
    node: Mark = mark
    for step in path:
        node = node.children[step]
    assert text_at(mark.find(Place(path))) == value
    assert (text_at(node.key) if node.key else None) == key


def text_at(span: Span) -> str:
    assert span.line == span.end_line
    return MARKED.split("\n")[span.line][span.column : span.end_column]


def test_lark_itself_reads_the_same_tokens() -> None:
    text = MARKED + 'a;b # c\n "d"{e=f}\n\n g="h i" {{j}} ${k:l} { } # m\n'
    mine = [raw for raw in grammar().scan.findall(text) if raw]
    theirs = [str(token) for token in lark_parser().lex(text)]
    assert mine == theirs


def test_the_tables_are_those_of_the_grammar() -> None:
    for name, value in generated().items():
        assert getattr(tables, name) == value, f"run python -m galc.frontend.gal.generating: {name}"
