"""How the gateway speaks to the upstream."""

from ..model import Case, Matches
from .shorthand import NOT_FOUND, doc, document, get, ok, refused, request, service

_TLS = "{host: localhost, port: @a_tls@}"
_MESSAGE = b"\x00\x00\x00\x00\x05hello"
_GRPC = (("Content-Type", "application/grpc"), ("TE", "trailers"))


def _speaks(protocol: str, upstream: str = "a", kind: str = "rest", more: str = "") -> str:
    return doc(
        "{path_prefix: /}",
        upstream=upstream,
        policies=f"protocol: {protocol}\ntype: {kind}" + (f"\n{more}" if more else ""),
    )


CASES = (
    Case(
        "http-speaks-http-1-to-the-upstream",
        _speaks("http"),
        (
            get("/", ok(upstream_version="1.1")),
            get("/", ok(upstream_version="1.1"), http2=True),
        ),
        ("services.protocol=http", "services.type=rest"),
    ),
    Case(
        "http2-speaks-http-2-to-the-upstream",
        _speaks("http2"),
        (
            get("/x?y=1", ok(upstream_version="2", upstream_path="/x?y=1")),
            request(
                "POST",
                "/",
                ok(upstream_version="2", upstream_body=b"b" * 20_000),
                body=b"b" * 20_000,
            ),
            get(
                "/",
                ok(upstream_headers={"Host": "shop.test", "X-Forwarded-For": "127.0.0.1"}),
                ("Host", "shop.test"),
            ),
        ),
        ("services.protocol=http2",),
    ),
    Case(
        "https-speaks-tls-to-the-upstream",
        _speaks("https", _TLS),
        (
            get("/x", ok(upstream_path="/x", upstream_headers={"Host": "gateway.test"})),
            request("POST", "/", ok(upstream_body=b"body"), body=b"body"),
            get("/", ok(upstream_headers={"X-Forwarded-Proto": "http"})),
        ),
        ("services.protocol=https",),
    ),
    Case(
        "a-plain-upstream-is-no-https-upstream",
        _speaks("https", "{host: localhost, port: @a@}"),
        (get("/", refused((502, 503))),),
        ("services.protocol=https",),
    ),
    *(
        Case(
            f"a-grpc-call-reaches-an-upstream-of-{name}",
            _speaks(protocol, kind=kind),
            (
                request(
                    "POST",
                    "/pkg.Greeter/Hello",
                    ok(
                        upstream_version="2",
                        upstream_path="/pkg.Greeter/Hello",
                        upstream_body=_MESSAGE,
                        upstream_headers={"Content-Type": "application/grpc", "TE": "trailers"},
                        trailers={"grpc-status": "0"},
                    ),
                    *_GRPC,
                    body=_MESSAGE,
                    http2=True,
                ),
            ),
            proves,
        )
        for name, protocol, kind, proves in (
            ("type-grpc-and-protocol-grpc", "grpc", "grpc", ("services.type=grpc",)),
            ("type-grpc-and-protocol-http2", "http2", "grpc", ("services.type=grpc",)),
            ("protocol-grpc", "grpc", "rest", ("services.protocol=grpc",)),
        )
    ),
    Case(
        "grpc-methods-are-routed-by-path-and-guarded",
        document(
            service(
                "{path_prefix: /pkg.Greeter}",
                "{path: /pkg.Admin/Stop, authentication: {type: api_key,"
                " api_key: {keys: [{key: k1}]}}}",
                policies="type: grpc\nprotocol: grpc",
            )
        ),
        (
            request("POST", "/pkg.Greeter/Hello", ok(), *_GRPC, body=_MESSAGE, http2=True),
            request(
                "POST",
                "/pkg.Admin/Stop",
                ok(headers={"Content-Type": Matches("application/grpc.*")}),
                *_GRPC,
                ("X-API-Key", "k1"),
                body=_MESSAGE,
                http2=True,
            ),
            request("POST", "/pkg.Other/Call", NOT_FOUND, body=_MESSAGE, http2=True),
            request("POST", "/pkg.Admin/Stop", refused(401), body=_MESSAGE, http2=True),
        ),
        ("services.type=grpc", "services.protocol=grpc", "authentication"),
    ),
    Case(
        "a-grpc-call-may-be-refused-as-grpc-does",
        _speaks(
            "grpc",
            kind="grpc",
            more="authentication: {type: api_key, api_key: {keys: [{key: k1}]}}"
            "\nrate_limit: {requests_per_hour: 1}",
        ),
        tuple(
            request("POST", "/p.S/M", expect, *_GRPC, *key, body=_MESSAGE, http2=True)
            for expect, key in (
                (refused((200, 401)), ()),
                (ok(trailers={"grpc-status": "0"}), (("X-API-Key", "k1"),)),
                (refused((200, 429)), (("X-API-Key", "k1"),)),
            )
        ),
        ("services.type=grpc",),
    ),
    Case(
        "policies-work-over-http2-upstreams-too",
        _speaks(
            "http2",
            more="headers: {request_set: {X-A: '{{method}}'}, response_remove: [X-Powered-By]}"
            "\nrate_limit: {requests_per_hour: 1}",
        ),
        (
            get("/", ok(upstream_headers={"X-A": "GET"}, absent=("x-powered-by",))),
            get("/", refused(429)),
        ),
        ("services.protocol=http2", "headers", "rate_limit"),
    ),
)
