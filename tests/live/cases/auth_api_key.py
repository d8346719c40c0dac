"""API keys in a header or in the query."""

from ..model import ABSENT, Case, Contains
from .shorthand import answered, doc, document, get, ok, refused, service

_DENIED = refused(401)


def _auth(fields: str, fail: str = "") -> str:
    return f"authentication: {{type: api_key, api_key: {{{fields}}}{fail}}}"


def _doc(fields: str, fail: str = "") -> str:
    return doc(f"{{path_prefix: /, {_auth(fields, fail)}}}")


_KEYS = "keys: [{key: k-ann, name: ann}, {key: k-bob, name: bob}]"

CASES = (
    Case(
        "a-key-in-the-default-header-lets-in",
        _doc(_KEYS),
        (
            get("/", ok(), ("X-API-Key", "k-ann")),
            get("/", ok(), ("x-api-KEY", "k-bob")),
        ),
        (
            "authentication.type=api_key",
            "authentication.api_key.keys.key",
            "authentication.api_key.keys.key",
            "authentication.api_key.header_name",
        ),
    ),
    Case(
        "anything-but-a-key-is-refused-and-tells-no-difference",
        _doc(_KEYS),
        tuple(
            get(path, refused(401, body=Contains("Unauthorized")), *headers)
            for path, headers in (
                ("/", ()),
                ("/", (("X-API-Key", ""),)),
                ("/", (("X-API-Key", "wrong"),)),
                ("/", (("X-API-Key", "K-ANN"),)),
                ("/", (("X-API-Key", "k-an"),)),
                ("/", (("X-API-Key", "k-annx"),)),
                ("/", (("X-API-Key", "xk-ann"),)),
                ("/", (("X-API-Key", "k-ann k-bob"),)),
                ("/", (("X-API-Key", "k-ann, k-bob"),)),
                ("/", (("X-API-Key", "ann"),)),
                ("/", (("X-API-Key", "Bearer k-ann"),)),
                ("/", (("X-API-Key", "wrong"), ("X-API-Key", "wrong-too"))),
                ("/", (("X-API-Key-2", "k-ann"), ("Authorization", "k-ann"))),
                ("/?X-API-Key=k-ann&api_key=k-ann&key=k-ann", ()),
            )
        ),
        ("authentication.type=api_key", "authentication.api_key.keys.key"),
    ),
    Case(
        "a-key-in-a-header-of-its-own-name",
        _doc("header_name: X-Tenant-Key, " + _KEYS),
        (
            get("/", ok(upstream_headers={"X-Tenant-Key": ABSENT}), ("X-Tenant-Key", "k-ann")),
            get("/", ok(), ("x-tenant-key", "k-ann")),
            get("/", _DENIED, ("X-API-Key", "k-ann")),
        ),
        ("authentication.api_key.header_name",),
    ),
    Case(
        "a-key-in-the-query",
        _doc("query_param: api_key, " + _KEYS),
        (
            get("/?api_key=k-ann", ok()),
            get("/x?a=1&api_key=k-bob&b=2", ok()),
            get("/", _DENIED),
            get("/?api_key=wrong", _DENIED),
            get("/?api_key=", _DENIED),
            get("/?xapi_key=k-ann", _DENIED),
            get("/?api_keyx=k-ann", _DENIED),
            get("/?API_KEY=k-ann", _DENIED),
            get("/?a=api_key=k-ann", _DENIED),
            get("/", _DENIED, ("X-API-Key", "k-ann")),
            get("/", _DENIED, ("api_key", "k-ann")),
        ),
        ("authentication.api_key.query_param",),
    ),
    Case(
        "a-key-in-header-or-query",
        _doc("header_name: X-Key, query_param: key, " + _KEYS),
        (
            get("/", ok(), ("X-Key", "k-ann")),
            get("/?key=k-bob", ok()),
            get("/?key=wrong", _DENIED),
            get("/", _DENIED, ("X-Key", "wrong")),
            get("/", _DENIED),
        ),
        ("authentication.api_key.header_name", "authentication.api_key.query_param"),
    ),
    Case(
        "the-upstream-does-not-see-the-key",
        _doc("header_name: X-Key, query_param: key, " + _KEYS),
        (
            get(
                "/x?y=1",
                ok(upstream_headers={"X-Key": ABSENT}, upstream_path="/x?y=1"),
                ("x-key", "k-ann"),
            ),
            get("/x?a=1&key=k-ann&b=2", ok(upstream_path="/x?a=1&b=2")),
            get("/x?key=k-ann&b=2", ok(upstream_path="/x?b=2")),
            get("/x?a=1&key=k-ann", ok(upstream_path="/x?a=1")),
            get("/x?key=k-ann", ok(upstream_path="/x")),
            get(
                "/x?key=k-ann",
                ok(upstream_headers={"X-Key": ABSENT}, upstream_path="/x"),
                ("X-Key", "k-ann"),
            ),
        ),
        ("authentication.api_key.hide_credentials",),
    ),
    Case(
        "the-upstream-sees-the-key-where-it-is-not-hidden",
        _doc("header_name: X-Key, query_param: key, hide_credentials: false, " + _KEYS),
        (
            get("/", ok(upstream_headers={"X-Key": "k-ann"}), ("X-Key", "k-ann")),
            get("/x?a=1&key=k-ann&b=2", ok(upstream_path="/x?a=1&key=k-ann&b=2")),
        ),
        ("authentication.api_key.hide_credentials",),
    ),
    Case(
        "one-route-hides-its-key-while-another-shows-it",
        doc(
            f"{{path_prefix: /hide, {_auth('hide_credentials: true, ' + _KEYS)}}}",
            f"{{path_prefix: /show, {_auth('hide_credentials: false, ' + _KEYS)}}}",
        ),
        (
            get("/hide", ok(upstream_headers={"X-API-Key": ABSENT}), ("X-API-Key", "k-ann")),
            get("/show", ok(upstream_headers={"X-API-Key": "k-ann"}), ("X-API-Key", "k-ann")),
        ),
        ("authentication.api_key.hide_credentials",),
    ),
    Case(
        "the-owners-name-is-passed-and-cannot-be-forged",
        _doc("query_param: key, header_name: X-API-Key, forward_name: true, " + _KEYS),
        (
            get("/", ok(upstream_headers={"X-Consumer-Name": "ann"}), ("X-API-Key", "k-ann")),
            get("/?key=k-bob", ok(upstream_headers={"X-Consumer-Name": "bob"})),
            get(
                "/",
                ok(upstream_headers={"X-Consumer-Name": "ann"}),
                ("X-API-Key", "k-ann"),
                ("X-Consumer-Name", "bob"),
                ("x-consumer-name", "root"),
            ),
            get("/", _DENIED, ("X-Consumer-Name", "ann")),
        ),
        ("authentication.api_key.forward_name", "authentication.api_key.keys.name"),
    ),
    Case(
        "the-owners-name-is-not-passed-unasked",
        _doc(_KEYS),
        (get("/", ok(upstream_headers={"X-Consumer-Name": ABSENT}), ("X-API-Key", "k-ann")),),
        ("authentication.api_key.forward_name",),
    ),
    Case(
        "an-owners-name-may-have-any-character",
        _doc(
            "forward_name: true, keys: [{key: k1, name: 'Ann %REQ(host)% \"x\" #1'},"
            " {key: k2, name: 'Jürgen ${HOME}'}]"
        ),
        (
            get(
                "/",
                ok(upstream_headers={"X-Consumer-Name": 'Ann %REQ(host)% "x" #1'}),
                ("X-API-Key", "k1"),
            ),
            get(
                "/",
                ok(upstream_headers={"X-Consumer-Name": "Jürgen ${HOME}"}),
                ("X-API-Key", "k2"),
            ),
        ),
        ("authentication.api_key.keys.name",),
    ),
    Case(
        "a-key-may-have-any-character",
        _doc("keys: [{key: 'a.*b'}, {key: '%REQ(x)%$1\"'}, {key: '${HOME}\\d+'}, {key: '007'}]"),
        (
            get("/", ok(), ("X-API-Key", "a.*b")),
            get("/", _DENIED, ("X-API-Key", "axxb")),
            get("/", ok(), ("X-API-Key", '%REQ(x)%$1"')),
            get("/", ok(), ("X-API-Key", "${HOME}\\d+")),
            get("/", _DENIED, ("X-API-Key", "${HOME}1")),
            get("/", ok(), ("X-API-Key", "007")),
            get("/", _DENIED, ("X-API-Key", "7")),
        ),
        ("authentication.api_key.keys.key",),
    ),
    Case(
        "two-routes-have-their-own-keys",
        document(
            service(f"{{path_prefix: /one, {_auth('keys: [{key: one}]')}}}"),
            service(
                f"{{path_prefix: /two, {_auth('keys: [{key: two}]')}}}", name="two", upstream="b"
            ),
            service("{path_prefix: /open}", name="open", upstream="c"),
        ),
        (
            get("/one", ok("a"), ("X-API-Key", "one")),
            get("/one", _DENIED, ("X-API-Key", "two")),
            get("/two", ok("b"), ("X-API-Key", "two")),
            get("/two", _DENIED, ("X-API-Key", "one")),
            get("/open", ok("c", upstream_headers={"X-API-Key": "x"}), ("X-API-Key", "x")),
        ),
        ("authentication.type=api_key",),
    ),
    Case(
        "a-failed-key-may-be-answered-in-its-own-way",
        doc(
            "{path_prefix: /own, "
            + _auth(_KEYS, ", fail_status: 403, fail_message: 'No %REQ(host)% \"key\"'")
            + "}",
            f"{{path_prefix: /default, {_auth(_KEYS)}}}",
        ),
        (
            get("/own", refused(403, body=Contains('No %REQ(host)% "key"'))),
            get("/own", refused(403, body=Contains("No %REQ")), ("X-API-Key", "wrong")),
            get("/default", refused(401, body=Contains("Unauthorized"))),
        ),
        ("authentication.fail_status", "authentication.fail_message"),
    ),
    Case(
        "a-parameter-with-a-plus-is-hidden-too",
        _doc("query_param: 'a+b', " + _KEYS),
        (
            get("/?x=1&a+b=k-ann&y=%2b", ok(upstream_path="/?x=1&y=%2b")),
            get("/?a%2bb=k-ann", ok(upstream_path="/")),
        ),
        ("authentication.api_key.query_param", "authentication.api_key.hide_credentials"),
    ),
    Case(
        "an-upstreams-own-401-is-not-touched",
        _doc(_KEYS, ", fail_status: 403, fail_message: ours"),
        (
            get(
                "/",
                answered(401, "a", body='{"upstream": "a"}'),
                ("X-API-Key", "k-ann"),
                ("X-Echo-Status", "401"),
            ),
            get(
                "/",
                refused(403, body=Contains("ours")),
                ("X-API-Key", "bad"),
                ("X-Echo-Status", "401"),
            ),
        ),
        ("authentication.fail_message",),
    ),
)
