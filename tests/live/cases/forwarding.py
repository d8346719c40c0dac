"""What of a request reaches the upstream, and what of its answer the client, without any policy."""

from ..model import ABSENT, Case, Contains, Expect, Not, Unlike
from .shorthand import answered, doc, get, ok, refused, request

_LEAKS = ("x-envoy-.*", "x-request-id", "x-kong-.*", "x-apisix-.*", "x-traefik-.*")
_BODY = bytes(range(256)) * 8
_MEGABYTE = b"0123456789abcdef" * 65536

CASES = (
    Case(
        "method-and-body-reach-the-upstream-unchanged",
        doc("{path_prefix: /}"),
        tuple(
            request(method, "/x", ok(upstream_method=method, upstream_body=_BODY), body=_BODY)
            for method in ("POST", "PUT", "PATCH", "DELETE")
        ),
        ("services.protocol=http",),
    ),
    Case(
        "a-body-of-a-megabyte-reaches-the-upstream",
        doc("{path_prefix: /}"),
        (request("POST", "/x", ok(upstream_body=_MEGABYTE), body=_MEGABYTE),),
        ("services.protocol=http",),
    ),
    Case(
        "a-chunked-body-reaches-the-upstream",
        doc("{path_prefix: /}"),
        (
            request("POST", "/x", ok(upstream_body=_BODY), body=_BODY, chunked=True),
            request("PUT", "/x", ok(upstream_body=_MEGABYTE), body=_MEGABYTE, chunked=True),
            request("POST", "/x", ok(upstream_body=b""), chunked=True),
        ),
        ("services.protocol=http",),
    ),
    Case(
        "the-host-reaches-the-upstream-as-sent",
        doc("{path_prefix: /}"),
        tuple(
            get("/", ok(upstream_headers={"Host": host}), ("Host", host))
            for host in ("gateway.test", "MiXed.Example.com", "api.example.com:8080", "127.0.0.1:1")
        ),
        ("upstream.host",),
    ),
    Case(
        "the-client-address-is-appended-to-x-forwarded-for",
        doc("{path_prefix: /}"),
        (
            get("/", ok(upstream_headers={"X-Forwarded-For": "127.0.0.1"})),
            get("/", ok(upstream_headers={"X-Forwarded-For": "127.0.0.2"}), source="127.0.0.2"),
            get(
                "/",
                ok(upstream_headers={"X-Forwarded-For": ("9.9.9.9", "127.0.0.1")}),
                ("X-Forwarded-For", "9.9.9.9"),
            ),
        ),
        ("services.protocol=http",),
    ),
    Case(
        "x-forwarded-proto-is-set-not-believed",
        doc("{path_prefix: /}"),
        (
            get("/", ok(upstream_headers={"X-Forwarded-Proto": "http"})),
            get(
                "/",
                ok(upstream_headers={"X-Forwarded-Proto": "http"}),
                ("X-Forwarded-Proto", "https"),
            ),
        ),
        ("services.protocol=http",),
    ),
    Case(
        "headers-of-the-client-reach-the-upstream-unchanged",
        doc("{path_prefix: /}"),
        (
            get(
                "/",
                ok(
                    upstream_headers={
                        "X-One": ("1", "2"),
                        "X-Utf8": "grüße",
                        "X-Percent": "100% %REQ(host)% {{uuid}} ${HOME}",
                        "Authorization": "Basic dTpw",
                        "X-Request-Id": "mine",
                        "User-Agent": "suite/1",
                        "Cookie": "a=1; b=2",
                    }
                ),
                ("X-One", "1"),
                ("X-One", "2"),
                ("X-Utf8", "grüße"),
                ("X-Percent", "100% %REQ(host)% {{uuid}} ${HOME}"),
                ("Authorization", "Basic dTpw"),
                ("X-Request-Id", "mine"),
                ("User-Agent", "suite/1"),
                ("Cookie", "a=1; b=2"),
            ),
        ),
        ("services.protocol=http",),
    ),
    Case(
        "the-upstreams-answer-reaches-the-client-unchanged",
        doc("{path_prefix: /}"),
        (
            get(
                "/",
                ok(
                    headers={
                        "Server": "upstream",
                        "X-Powered-By": "echo",
                        "Set-Cookie": ("a=1", "b=2"),
                        "Content-Type": "application/json",
                    },
                    body='{"upstream": "a"}',
                ),
                ("X-Echo-Header", "Set-Cookie: a=1"),
                ("X-Echo-Header", "Set-Cookie: b=2"),
            ),
            *(
                get("/", answered(status, "a", body='{"upstream": "a"}'), ("X-Echo-Status", text))
                for status, text in ((201, "201"), (404, "404"), (429, "429"), (500, "500"))
            ),
            get("/", answered(503, "a", body=Contains("upstream")), ("X-Echo-Status", "503")),
        ),
        ("services.protocol=http",),
    ),
    Case(
        "nothing-of-the-gateway-leaks-to-upstream-or-client",
        doc("{path_prefix: /api}"),
        (
            get("/api", ok(absent=_LEAKS, upstream_absent=_LEAKS)),
            request("POST", "/api", ok(absent=_LEAKS, upstream_absent=_LEAKS), body=b"x"),
            get("/none", refused(404, absent=_LEAKS, headers={"Server": Unlike("envoy|kong.*")})),
        ),
        ("services.protocol=http",),
    ),
    Case(
        "a-client-cannot-control-the-gateway-by-headers",
        doc("{path_prefix: /api}"),
        (
            get(
                "/api",
                ok(),
                ("x-envoy-upstream-rq-timeout-ms", "50"),
                ("x-envoy-upstream-rq-per-try-timeout-ms", "50"),
                ("X-Echo-Delay", "0.3"),
            ),
            get(
                "/api",
                answered(503, "a"),
                ("x-envoy-retry-on", "5xx"),
                ("x-envoy-max-retries", "3"),
                ("X-Echo-Status", "503"),
            ),
            get(
                "/none",
                refused(404),
                ("x-envoy-original-path", "/api"),
                ("x-original-url", "/api"),
                ("x-rewrite-url", "/api"),
            ),
            request("DELETE", "/none", refused(404), ("X-HTTP-Method-Override", "GET")),
        ),
        ("services.protocol=http",),
    ),
    Case(
        "an-upgrade-is-not-tunnelled",
        doc("{path_prefix: /}"),
        (
            get(
                "/",
                Expect(Not(101)),
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ),
            get("/", Expect(Not(101)), ("Connection", "Upgrade"), ("Upgrade", "other/1")),
            get("/", ok(headers={"Upgrade": ABSENT})),
        ),
        ("services.protocol=http",),
    ),
)
