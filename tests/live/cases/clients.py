"""Who the client is: addresses, trusted proxies, and where the gateway listens."""

from ..model import REFUSED, Case, Expect, Send
from .shorthand import doc, get, ok, refused

_SHOWS = "{path_prefix: /, headers: {request_set: {X-Client: '{{client_ip}}'}}}"
_LIMITED = "{path_prefix: /, rate_limit: {requests_per_hour: 1}}"
_TRUST_ALL = "trusted_proxies: [127.0.0.0/8]"
_TRUST_ONE = "trusted_proxies: [127.0.0.1/32]"


def _client(address: str, *forwarded: str, source: str = "127.0.0.1") -> Send:
    headers = tuple(("X-Forwarded-For", value) for value in forwarded)
    return get("/", ok(upstream_headers={"X-Client": address}), *headers, source=source)


CASES = (
    Case(
        "the-client-is-the-peer-where-no-proxy-is-trusted",
        doc(_SHOWS),
        (
            _client("127.0.0.1"),
            _client("127.0.0.2", source="127.0.0.2"),
            _client("127.0.0.1", "9.9.9.9"),
            _client("127.0.0.2", "9.9.9.9, 127.0.0.1", source="127.0.0.2"),
        ),
        ("global.trusted_proxies", "headers.request_set"),
    ),
    Case(
        "a-trusted-proxys-x-forwarded-for-is-believed",
        doc(_SHOWS, settings=_TRUST_ALL),
        (
            _client("9.9.9.9", "9.9.9.9"),
            _client("2001:db8::7", "2001:db8::7"),
            _client("127.0.0.1"),
            _client("8.8.8.8", "9.9.9.9, 8.8.8.8"),
            _client("8.8.8.8", "9.9.9.9", "8.8.8.8"),
        ),
        ("global.trusted_proxies",),
    ),
    Case(
        "another-peers-x-forwarded-for-is-not-believed",
        doc(_SHOWS, settings=_TRUST_ONE),
        (
            _client("9.9.9.9", "9.9.9.9", source="127.0.0.1"),
            _client("127.0.0.2", "9.9.9.9", source="127.0.0.2"),
            _client("127.0.0.2", "9.9.9.9, 127.0.0.1", source="127.0.0.2"),
        ),
        ("global.trusted_proxies",),
    ),
    Case(
        "a-trusted-proxy-is-appended-like-any-peer",
        doc("{path_prefix: /}", settings=_TRUST_ALL),
        (
            get(
                "/",
                ok(upstream_headers={"X-Forwarded-For": ("9.9.9.9", "127.0.0.1")}),
                ("X-Forwarded-For", "9.9.9.9"),
            ),
            get("/", ok(upstream_headers={"X-Forwarded-For": "127.0.0.1"})),
        ),
        ("global.trusted_proxies",),
    ),
    Case(
        "a-trusted-proxys-x-forwarded-proto-is-believed",
        doc("{path_prefix: /}", settings=_TRUST_ONE),
        (
            get(
                "/",
                ok(upstream_headers={"X-Forwarded-Proto": "https"}),
                ("X-Forwarded-Proto", "https"),
            ),
            get("/", ok(upstream_headers={"X-Forwarded-Proto": "http"})),
        ),
        ("global.trusted_proxies",),
    ),
    Case(
        "another-peers-x-forwarded-proto-is-not-believed",
        doc("{path_prefix: /}", settings=_TRUST_ONE),
        (
            get(
                "/",
                ok(upstream_headers={"X-Forwarded-Proto": "http"}),
                ("X-Forwarded-Proto", "https"),
                source="127.0.0.2",
            ),
        ),
        ("global.trusted_proxies",),
    ),
    Case(
        "clients-behind-a-trusted-proxy-have-a-bucket-each",
        doc(_LIMITED, settings=_TRUST_ONE),
        (
            get("/", ok(), ("X-Forwarded-For", "1.1.1.1")),
            get("/", refused(429), ("X-Forwarded-For", "1.1.1.1")),
            get("/", ok(), ("X-Forwarded-For", "2.2.2.2")),
            get("/", refused(429), ("X-Forwarded-For", "3.3.3.3, 2.2.2.2")),
            get("/", ok(), ("X-Forwarded-For", "4.4.4.4"), source="127.0.0.2"),
            get("/", refused(429), ("X-Forwarded-For", "5.5.5.5"), source="127.0.0.2"),
        ),
        ("global.trusted_proxies", "rate_limit.key_type=ip_address"),
    ),
    Case(
        "the-gateway-listens-on-its-host-only",
        "global: {host: 127.0.0.2, port: @gateway@, admin_port: @admin@}\n"
        + doc("{path_prefix: /}"),
        (
            get("/", ok(), to="127.0.0.2"),
            get("/", Expect(REFUSED, reached=None), to="127.0.0.1"),
        ),
        ("global.host", "global.port"),
    ),
    Case(
        "the-gateway-listens-everywhere-by-default",
        "global: {port: @gateway@, admin_port: @admin@}\n" + doc("{path_prefix: /}"),
        (
            get("/", ok(), to="127.0.0.1"),
            get("/", ok(), to="127.0.0.2"),
        ),
        ("global.host", "global.admin_port"),
    ),
)
