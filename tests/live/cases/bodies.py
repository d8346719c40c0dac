"""Changes to JSON bodies."""

from typing import Any

from ..model import ABSENT, Case, Contains, Expect, Matches, Send, Talk
from . import auth_oauth2
from .shorthand import Header, answered, doc, get, ok, refused, request

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_NOW = "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"
_ECHO = ("X-Echo-Body", "yes")
#: Bodies that are no JSON object.
_OTHERS = (
    b"[1, 2]", b'"text"', b"7", b"null", b"role=admin", b"{", b'{"role":1}{', b'{"role":1,}',
    b"{'role':1}", b'{"role":NaN}', b'{"role":01}', b'\xef\xbb\xbf{"role":1}', b'{"role":"\xff"}',
    b'{"role":"\n"}', bytes(range(256)), b'{"role":"a\x00b"}', b'[{"role":1}]',
)  # fmt: skip
_KEPT = (
    ' {"a":1.0 , "big":12345678901234567890,"inf":1e400,\n"l":[ ],"o":{ "role":"x"},'
    '"e":"\\u00e9\\/é世界","%REQ(host)%":"${HOME} {{x}} ]]"'
)
_MEGABYTE = b'{"gone":1,"text":"' + b"0123456789abcdef" * 65536 + b'","end":[1.0]}'
_MOST = 4 * 1024 * 1024
_DEEP = 500
_TOKEN = auth_oauth2.bearer("good")


def _post(body: bytes | str, expect: Expect, *headers: Header, **more: Any) -> Send:
    sent = body.encode() if isinstance(body, str) else body
    # Not every gateway can look into a body of HTTP/2 whose length it isn't told.
    length = (("Content-Length", str(len(sent))),) if more.get("http2") else ()
    return request("POST", "/x", expect, *headers, *length, body=sent, **more)


def _transformed(rules: str, route: str = "{path_prefix: /}") -> str:
    return doc(route, policies=f"transformation: {{{rules}}}")


def _request(rules: str) -> str:
    return doc(f"{{path_prefix: /, body_transformation: {{request: {{{rules}}}}}}}")


def _answer(rules: str, more: str = "") -> str:
    return doc(f"{{path_prefix: /, body_transformation: {{response: {{{rules}}}}}{more}}}")


def _echoed(body: bytes | str, expected: bytes | str, *headers: tuple[str, str]) -> Send:
    """What the upstream answers, and what the client gets of it."""
    wanted = expected.encode() if isinstance(expected, str) else expected
    return _post(body, ok(body=wanted), _ECHO, *headers)


_REQUESTS = (
    Case(
        "defaults-are-set-where-a-member-is-missing",
        _transformed("defaults: {a: 1, b: {c: [1.5, null, '\"%x% ]] {{y}}']}, 'x.y': ''}"),
        (
            _post(
                "{}", ok(upstream_body=b'{"a":1,"b":{"c":[1.5,null,"\\"%x% ]] {{y}}"]},"x.y":""}')
            ),
            _post(
                '{ "b": null, "x" : {"y":1}, "\\u0061":2 }',
                ok(upstream_body=b'{ "b": null, "x" : {"y":1}, "\\u0061":2 ,"x.y":""}'),
            ),
            _post('{"a":0,"b":0,"x.y":0}', ok(upstream_body=b'{"a":0,"b":0,"x.y":0}')),
        ),
        ("transformation.defaults",),
    ),
    Case(
        "computed-fields-replace-what-the-client-sent",
        _transformed(
            "computed_fields: [{field: id, generator: uuid, prefix: 'user_', suffix: '\"\\'},"
            " {field: at, generator: timestamp},"
            " {field: token, generator: random, suffix: '!'}, {field: two, generator: uuid}]"
        ),
        (
            _post(
                '{"token":"mine","n":1.0,"token":"again"}',
                ok(
                    upstream_body=Matches(
                        rf'\{{"token":"[0-9a-f]{{32}}!","n":1\.0,"id":"user_{_UUID}\\"\\\\",'
                        rf'"at":"{_NOW}","two":"{_UUID}"\}}'
                    )
                ),
            ),
            _post("{}", ok(upstream_body=Matches(rf'\{{"id":"user_{_UUID}\\"\\\\","at".*\}}'))),
        ),
        (
            "transformation.computed_fields.field",
            "transformation.computed_fields.generator=uuid",
            "transformation.computed_fields.generator=timestamp",
            "transformation.computed_fields.generator=random",
            "transformation.computed_fields.prefix",
            "transformation.computed_fields.suffix",
        ),
    ),
    Case(
        "a-body-without-a-required-member-is-400",
        _transformed(
            "validation: {required_fields: [id, amount]}, defaults: {amount: 1}",
            "{path_prefix: /, cors: {allowed_origins: ['https://app.test']}}",
        ),
        (
            _post('{"id":1,"amount":2}', ok(upstream_body=b'{"id":1,"amount":2}')),
            _post('{"id":null,"amount":null}', ok(upstream_body=b'{"id":null,"amount":null}')),
            _post('{"id":1}', refused(400, body="Bad Request")),
            _post('{"id":1,"x":{"amount":1}}', refused(400)),
            *(_post(body, refused(400)) for body in (*_OTHERS, b"")),
            request("PUT", "/x", refused(400)),
            request("PATCH", "/x", refused(400)),
            *(
                request(m, "/x", ok(upstream_method=m))
                for m in ("GET", "HEAD", "DELETE", "OPTIONS")
            ),
            request("DELETE", "/x", refused(400), body=b"{}"),
            request("GET", "/x", refused(400), body=b"[]"),
            _post(
                "{}",
                refused(400, headers={"Access-Control-Allow-Origin": "https://app.test"}),
                ("Origin", "https://app.test"),
            ),
            _post('{"id":1}', refused(400), chunked=True),
            _post('{"id":1,"amount":2}', ok(upstream_body=b'{"id":1,"amount":2}'), chunked=True),
            _post('{"id":1}', refused(400), http2=True),
            _post('{"id":1,"amount":2}', ok(upstream_body=b'{"id":1,"amount":2}'), http2=True),
            request("GET", "/x", ok(), http2=True),
        ),
        ("transformation.validation.required_fields",),
    ),
    Case(
        "metadata-is-set-whatever-the-client-sent",
        _transformed("metadata: {via: gateway, n: 1.5}, defaults: {n: 2}"),
        (
            _post('{"a":1}', ok(upstream_body=b'{"a":1,"n":1.5,"via":"gateway"}')),
            _post('{"via":1,"a":1,"via":2}', ok(upstream_body=b'{"via":"gateway","a":1,"n":1.5}')),
        ),
        ("transformation.metadata",),
    ),
    Case(
        "request-members-are-removed-then-renamed-then-set",
        _request(
            "remove_fields: [role, b], rename_fields: {a: b, c: c, gone: x, 'é': ü}, "
            "add_fields: {c: [], n: null}"
        ),
        (
            _post(
                '{"a":1,"b":2,"role":3,"x":4}', ok(upstream_body=b'{"b":1,"x":4,"c":[],"n":null}')
            ),
            _post(
                '{"gone":{"a":1}, "x":4,"a":0}',
                ok(upstream_body=b'{"x":{"a":1},"b":0,"c":[],"n":null}'),
            ),
            _post('{"c":1,"é":2}', ok(upstream_body='{"c":[],"ü":2,"n":null}'.encode())),
        ),
        (
            "body_transformation",
            "body_transformation.request.remove_fields",
            "body_transformation.request.rename_fields",
            "body_transformation.request.add_fields",
        ),
    ),
    Case(
        "a-routes-rules-come-after-its-services",
        doc(
            "{path_prefix: /, body_transformation: {request: {rename_fields: {id: key},"
            " remove_fields: [old], add_fields: {n: 3}}}}",
            policies="transformation: {validation: {required_fields: [old]},"
            " defaults: {n: 1, old: 1, id: 0}, metadata: {n: 2}}",
        ),
        (
            _post('{"old":1}', ok(upstream_body=b'{"n":3,"key":0}')),
            _post('{"id":1}', refused(400)),
        ),
        ("transformation", "body_transformation"),
    ),
    Case(
        "no-spelling-of-a-name-gets-past-a-rule",
        _request("remove_fields: [role, '\U0001f600', 'a.b']"),
        (
            _post(
                '{"\\u0072ole":1,"a":{"role":1},"rol\\u0065":2, "role" :3,"ROLE":4}',
                ok(upstream_body=b'{"a":{"role":1},"ROLE":4}'),
            ),
            _post(
                '{"\\uD83D\\ude00":1,"a":{"b":1},"\\ud83d":2}',
                ok(upstream_body=b'{"a":{"b":1},"\\ud83d":2}'),
            ),
            _post('{"a.b":1,"":2}', ok(upstream_body=b'{"":2}')),
            _post(
                '{"x":"\\ud800","role":1}',
                ok(upstream_body=b'{"x":"\\ud800"}'),
                ("Content-Type", "text/plain"),
            ),
        ),
        ("body_transformation.request.remove_fields",),
    ),
    Case(
        "what-is-no-json-object-reaches-the-upstream-byte-for-byte",
        _request("remove_fields: [role], add_fields: {n: 1}"),
        (
            *(_post(body, ok(upstream_body=body)) for body in _OTHERS),
            request("POST", "/x", ok(upstream_body=b"")),
            get("/x", ok(upstream_body=b"")),
        ),
        ("body_transformation.request.add_fields",),
    ),
    Case(
        "what-no-rule-names-stays-as-it-is",
        _request("remove_fields: [role], add_fields: {n: 1}"),
        (
            _post(_KEPT + ',"role":1}\r\n', ok(upstream_body=(_KEPT + ',"n":1}\r\n').encode())),
            _post(_KEPT + "}", ok(upstream_body=(_KEPT + ',"n":1}').encode()), chunked=True),
            _post(_KEPT + "}", ok(upstream_body=(_KEPT + ',"n":1}').encode()), http2=True),
        ),
        ("body_transformation.request.add_fields",),
    ),
    Case(
        "a-megabyte-is-changed-and-what-is-beyond-the-bound-refused",
        _request("remove_fields: [gone]"),
        (
            _post(_MEGABYTE, ok(upstream_body=_MEGABYTE.replace(b'"gone":1,', b""))),
            _post(_MEGABYTE, ok(upstream_body=_MEGABYTE.replace(b'"gone":1,', b"")), chunked=True),
            _post(b"x" * _MOST, ok(upstream_body=b"x" * _MOST)),
            _post(b"x" * (_MOST + 1), refused(413)),
            _post(b"x" * (_MOST + 1), refused(413), chunked=True),
        ),
        ("body_transformation.request.remove_fields",),
    ),
    Case(
        "a-body-beyond-the-bound-is-refused-after-an-introspection-too",
        doc(
            "{path_prefix: /, body_transformation: {request: {remove_fields: [gone]}}, "
            f"{auth_oauth2.auth()}}}"
        ),
        (
            _post(b"x" * _MOST, ok(upstream_body=b"x" * _MOST), _TOKEN),
            _post(b"x" * (_MOST + 1), refused(413), _TOKEN),
            _post(b"x" * (2 * _MOST), refused(413), _TOKEN),
        ),
        ("body_transformation.request.remove_fields", "authentication.type=oauth2"),
        auth_oauth2.GOOD,
    ),
    Case(
        "a-body-that-is-nested-too-deeply-is-refused",
        _request("remove_fields: [gone]"),
        (
            _post(
                '{"gone":1,"x":' + "[" * (_DEEP - 1) + "]" * (_DEEP - 1) + "}",
                ok(upstream_body=b'{"x":' + b"[" * (_DEEP - 1) + b"]" * (_DEEP - 1) + b"}"),
            ),
            _post('{"x":' + "[" * _DEEP + "]" * _DEEP + "}", refused(400)),
            _post('{"x":' + '{"a":' * 100_000, refused(400)),
            _post("[" * 100_000, ok(upstream_body=b"[" * 100_000)),
        ),
        ("body_transformation.request.remove_fields",),
    ),
    Case(
        "a-changed-body-has-no-digest-of-the-old-one",
        _request("remove_fields: [gone]"),
        (
            _post(
                '{"gone":1}',
                ok(upstream_absent=("content-md5", ".*digest"), upstream_headers={"X-A": "b"}),
                ("Content-MD5", "x"),
                ("Digest", "sha-256=x"),
                ("Content-Digest", "sha-256=:x:"),
                ("Repr-Digest", "sha-256=:x:"),
                ("X-A", "b"),
            ),
            _post('{"a":1}', ok(upstream_headers={"Content-MD5": "x"}), ("Content-MD5", "x")),
        ),
        ("body_transformation.request.remove_fields",),
    ),
    Case(
        "bodies-are-read-after-authentication-and-limit",
        doc(
            "{path_prefix: /, authentication: {type: api_key, api_key: {keys: [{key: k}]}},"
            " rate_limit: {requests_per_hour: 1, burst: 2}}",
            policies="transformation: {validation: {required_fields: [id]}}",
        ),
        (
            _post("{}", refused(401)),
            _post("{}", refused(400), ("X-API-Key", "k")),
            _post('{"id":1}', ok(upstream_body=b'{"id":1}'), ("X-API-Key", "k")),
            _post("{}", refused(429), ("X-API-Key", "k")),
        ),
        ("transformation.validation.required_fields", "authentication", "rate_limit"),
    ),
    Case(
        "header-rules-of-a-transformation-hold-on-all-routes-of-its-service",
        doc(
            "{path: /a}",
            "{path: /b, headers: {request_set: {X-Set: route}, response_remove: [X-Powered-By]}}",
            policies="transformation: {headers: {request_set: {X-Set: 's %REQ(host)%', X-Add: '1'},"
            " request_add: {X-Add: '2'}, request_remove: [X-Gone], response_set: {X-Out: '1'},"
            " response_add: {X-Out: '2'}, response_remove: [X-Secret]}}",
        ),
        (
            get(
                "/a",
                ok(
                    upstream_headers={
                        "X-Set": "s %REQ(host)%",
                        "X-Add": ("1", "2"),
                        "X-Gone": ABSENT,
                    },
                    headers={"X-Out": ("1", "2"), "X-Secret": ABSENT, "X-Powered-By": "echo"},
                ),
                ("X-Set", "mine"),
                ("X-Gone", "x"),
                ("X-Echo-Header", "X-Secret: s"),
            ),
            get(
                "/b",
                ok(
                    upstream_headers={"X-Set": "route", "X-Add": ("1", "2")},
                    headers={"X-Out": ("1", "2"), "X-Powered-By": ABSENT},
                ),
            ),
        ),
        ("transformation", "transformation.headers.request_set"),
    ),
    Case(
        "templates-in-the-headers-of-a-transformation",
        _transformed("headers: {request_set: {X-ID: 'r-{{uuid}}', X-M: '{{method}} {{path}}'}}"),
        (get("/q?a", ok(upstream_headers={"X-ID": Matches("r-[0-9a-f-]{36}"), "X-M": "GET /q"})),),
        ("headers.template=uuid",),
    ),
    Case(
        "a-bundles-body-rules-hold-where-it-is-used-and-may-be-switched-off",
        "policies: {clean: {body_transformation: {request: {remove_fields: [role]}}}}\n"
        + doc(
            "{path: /a, use: [clean]}",
            "{path: /b}",
            "{path: /c, use: [clean], body_transformation: {enabled: false}}",
        ),
        (
            request("POST", "/a", ok(upstream_body=b"{}"), body=b'{"role":1}'),
            request("POST", "/b", ok(upstream_body=b'{"role":1}'), body=b'{"role":1}'),
            request("POST", "/c", ok(upstream_body=b'{"role":1}'), body=b'{"role":1}'),
        ),
        ("body_transformation",),
    ),
)
_FILTER = "filter_fields: [secret], add_fields: {via: galc}"
_ANSWERS = (
    Case(
        "answer-members-are-filtered-then-set",
        _answer("filter_fields: [secret, a], add_fields: {a: {b: 1.0}, via: 'g%x%'}"),
        (
            _echoed('{"a":0,"secret":1,"n":1.0}', '{"n":1.0,"a":{"b":1.0},"via":"g%x%"}'),
            _echoed('{"\\u0073ecret":1}', '{"a":{"b":1.0},"via":"g%x%"}'),
            get("/x", ok(body='{"upstream": "a","a":{"b":1.0},"via":"g%x%"}')),
            get("/x", ok(body='{"upstream": "a","a":{"b":1.0},"via":"g%x%"}'), http2=True),
        ),
        (
            "body_transformation.response.filter_fields",
            "body_transformation.response.add_fields",
        ),
    ),
    Case(
        "an-answer-that-is-no-json-object-reaches-the-client-byte-for-byte",
        _answer(_FILTER),
        tuple(_echoed(body, body) for body in _OTHERS),
        ("body_transformation.response.filter_fields",),
    ),
    Case(
        "answers-are-changed-whatever-their-status-and-size",
        _answer(_FILTER),
        (
            *(
                _post(
                    '{"secret":1}',
                    answered(status, "a", body=b'{"via":"galc"}'),
                    _ECHO,
                    ("X-Echo-Status", str(status)),
                )
                for status in (201, 400, 404, 500, 503)
            ),
            _echoed(
                _MEGABYTE.replace(b"gone", b"secret"),
                _MEGABYTE.replace(b'"gone":1,', b"")[:-1] + b',"via":"galc"}',
            ),
            request("HEAD", "/x", ok(body=b"")),
            _post(b'{"secret":1}', answered(204, "a", body=b""), ("X-Echo-Status", "204")),
            _post(b'{"secret":1}', answered(304, "a", body=b""), ("X-Echo-Status", "304")),
        ),
        ("body_transformation.response.filter_fields",),
    ),
    Case(
        "no-answer-gets-past-a-filter-compressed-or-in-parts",
        _answer(_FILTER, ", headers: {response_set: {X-Rule: r}}"),
        (
            get(
                "/x",
                ok(
                    upstream_headers={"Accept-Encoding": "identity"},
                    upstream_absent=("range", "if-range"),
                    headers={"X-Rule": "r"},
                    absent=("accept-ranges", "content-md5", ".*digest"),
                ),
                ("Accept-Encoding", "gzip, br"),
                ("Range", "bytes=1-"),
                ("If-Range", '"x"'),
                ("X-Echo-Header", "Accept-Ranges: bytes"),
                ("X-Echo-Header", "Content-MD5: x"),
                ("X-Echo-Header", "Digest: sha-256=x"),
                ("X-Echo-Header", "Repr-Digest: x"),
            ),
            *(
                _post(
                    '{"secret":1}',
                    answered(
                        502,
                        "a",
                        body="Bad Gateway",
                        absent=("content-encoding", "x-rule", "x-echo-upstream"),
                    ),
                    _ECHO,
                    *headers,
                )
                for headers in (
                    (("X-Echo-Header", "Content-Encoding: gzip"),),
                    (("X-Echo-Header", "Content-Encoding: x-unknown"),),
                    (
                        ("X-Echo-Header", "Content-Encoding: identity"),
                        ("X-Echo-Header", "Content-Encoding: gzip"),
                    ),
                    (("X-Echo-Status", "206"), ("X-Echo-Header", "Content-Range: bytes 0-9/10")),
                )
            ),
            _echoed(
                '{"secret":1}', '{"via":"galc"}', ("X-Echo-Header", "Content-Encoding: Identity")
            ),
            _echoed(
                "data: {}\n\n",
                "data: {}\n\n",
                ("X-Echo-Header", "Content-Type: Text/Event-Stream; charset=utf-8"),
            ),
            _post(
                '{"x":' + "[" * _DEEP + "]" * _DEEP + "}",
                Expect((200, 502), Matches("(Bad Gateway)?"), reached="a"),
                _ECHO,
            ),
            _post(b"x" * (_MOST + 1), answered(502, "a", body=Contains("Bad Gateway")), _ECHO),
        ),
        ("body_transformation.response.filter_fields",),
    ),
    Case(
        "a-websocket-passes-where-bodies-are-changed",
        doc(
            "{path_prefix: /ws, websocket: {}, body_transformation:"
            " {request: {remove_fields: [role]}, response: {filter_fields: [secret]}}}",
            policies="transformation: {validation: {required_fields: [id]}}",
        ),
        (
            get("/ws", Expect(101, reached="a"), talk=Talk(('{"role":1}', "two"))),
            get("/ws", Expect(101, reached="a"), ("Content-Length", "0"), talk=Talk(("one",))),
            request("POST", "/ws", refused(400), body=b'{"role":1}'),
            request("POST", "/ws", ok(upstream_body=b'{"id":1}'), body=b'{"role":1,"id":1}'),
        ),
        ("websocket", "body_transformation"),
    ),
    Case(
        "the-gateways-own-answers-are-not-filtered",
        doc(
            "{path_prefix: /, body_transformation: {response: {filter_fields: [secret]}},"
            " rate_limit: {requests_per_hour: 1, burst: 1,"
            " response: {message: '{\"secret\": 1}'}}}"
        ),
        (get("/x", ok()), get("/x", refused(429, body='{"secret": 1}'))),
        ("body_transformation.response.filter_fields",),
    ),
)
CASES = (*_REQUESTS, *_ANSWERS)
