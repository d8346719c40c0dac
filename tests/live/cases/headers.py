"""Header rules: remove, set, add; accumulation; templates."""

from ..model import ABSENT, PRESENT, Case, DiffersFrom, Matches, Now
from .shorthand import answered, doc, document, get, ok, refused, request, service

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

_TEMPLATES = ("uuid", "now", "client_ip", "method", "path", "host")


def _seen(**values: str | tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
    return {f"X-{name.title()}": value for name, value in values.items()}


CASES = (
    Case(
        "request-set-replaces-every-occurrence",
        doc("{path_prefix: /, headers: {request_set: {X-A: new}}}"),
        (
            get("/", ok(upstream_headers={"X-A": "new"})),
            get("/", ok(upstream_headers={"X-A": "new"}), ("X-A", "1"), ("x-a", "2")),
        ),
        ("headers.request_set",),
    ),
    Case(
        "a-header-may-be-set-to-nothing",
        doc("{path_prefix: /, headers: {request_set: {X-A: ''}, response_set: {X-B: ''}}}"),
        (
            get(
                "/",
                ok(headers={"X-B": ""}, upstream_headers={"X-A": ""}),
                ("X-A", "client"),
                ("X-Echo-Header", "X-B: upstream"),
            ),
        ),
        ("headers.request_set", "headers.response_set"),
    ),
    Case(
        "request-add-leaves-existing-values",
        doc("{path_prefix: /, headers: {request_add: {X-A: more}}}"),
        (
            get("/", ok(upstream_headers={"X-A": "more"})),
            get("/", ok(upstream_headers={"X-A": ("1", "more")}), ("X-A", "1")),
            get("/", ok(upstream_headers={"X-A": ("1", "2", "more")}), ("X-A", "1"), ("X-A", "2")),
        ),
        ("headers.request_add",),
    ),
    Case(
        "request-remove-takes-every-occurrence-in-any-case",
        doc("{path_prefix: /, headers: {request_remove: [X-Internal-Token, x-debug]}}"),
        (
            get(
                "/",
                ok(
                    upstream_headers={
                        "X-Internal-Token": ABSENT,
                        "X-Debug": ABSENT,
                        "X-Kept": "k",
                    }
                ),
                ("x-internal-token", "1"),
                ("X-Internal-Token", "2"),
                ("X-DEBUG", "3"),
                ("X-Kept", "k"),
            ),
            get("/", ok()),
        ),
        ("headers.request_remove",),
    ),
    Case(
        "request-rules-are-remove-then-set-then-add",
        doc(
            "{path_prefix: /, headers: {request_add: {X-A: added, X-B: added},"
            " request_set: {X-A: set}, request_remove: [X-A, X-B]}}"
        ),
        (
            get(
                "/",
                ok(upstream_headers={"X-A": ("set", "added"), "X-B": "added"}),
                ("X-A", "client"),
                ("X-B", "client"),
            ),
        ),
        ("headers.request_add", "headers.request_set", "headers.request_remove"),
    ),
    Case(
        "response-set-replaces-every-occurrence",
        doc("{path_prefix: /, headers: {response_set: {X-A: new, Server: GAL}}}"),
        (
            get("/", ok(headers={"X-A": "new", "Server": "GAL"})),
            get(
                "/",
                ok(headers={"X-A": "new"}),
                ("X-Echo-Header", "X-A: 1"),
                ("X-Echo-Header", "x-a: 2"),
            ),
        ),
        ("headers.response_set",),
    ),
    Case(
        "response-add-leaves-existing-values",
        doc("{path_prefix: /, headers: {response_add: {X-A: more, Set-Cookie: 'g=1; Path=/'}}}"),
        (
            get("/", ok(headers={"X-A": "more", "Set-Cookie": "g=1; Path=/"})),
            get(
                "/",
                ok(headers={"X-A": ("1", "more"), "Set-Cookie": ("u=1", "g=1; Path=/")}),
                ("X-Echo-Header", "X-A: 1"),
                ("X-Echo-Header", "Set-Cookie: u=1"),
            ),
        ),
        ("headers.response_add",),
    ),
    Case(
        "response-remove-takes-every-occurrence-in-any-case",
        doc("{path_prefix: /, headers: {response_remove: [x-powered-by, X-Secret, Server]}}"),
        (
            get(
                "/",
                ok(
                    headers={
                        "X-Powered-By": ABSENT,
                        "X-Secret": ABSENT,
                        "Server": ABSENT,
                        "X-Echo-Upstream": "a",
                    }
                ),
                ("X-Echo-Header", "x-secret: 1"),
                ("X-Echo-Header", "X-Secret: 2"),
            ),
        ),
        ("headers.response_remove",),
    ),
    Case(
        "response-rules-are-remove-then-set-then-add",
        doc(
            "{path_prefix: /, headers: {response_add: {X-A: added, X-B: added},"
            " response_set: {X-A: set}, response_remove: [X-A, X-B]}}"
        ),
        (
            get(
                "/",
                ok(headers={"X-A": ("set", "added"), "X-B": "added"}),
                ("X-Echo-Header", "X-A: upstream"),
                ("X-Echo-Header", "X-B: upstream"),
            ),
        ),
        ("headers.response_add", "headers.response_set", "headers.response_remove"),
    ),
    Case(
        "response-rules-apply-to-every-status-of-the-upstream",
        doc("{path_prefix: /, headers: {response_set: {X-Mark: m}, response_remove: [Server]}}"),
        tuple(
            get(
                "/",
                answered(int(status), "a", headers={"X-Mark": "m", "Server": ABSENT}),
                ("X-Echo-Status", status),
            )
            for status in ("201", "302", "404", "500", "503")
        ),
        ("headers.response_set", "headers.response_remove"),
    ),
    Case(
        "response-rules-do-not-apply-to-the-gateways-own-rejections",
        doc(
            "{path_prefix: /auth, authentication: {type: api_key, api_key: {keys: [{key: k}]}}}",
            "{path_prefix: /limit, rate_limit: {requests_per_hour: 1}}",
            "{path_prefix: /slow, timeout: 200ms}",
            policies="headers: {response_set: {X-Mark: m}, response_add: {X-More: m}}",
        ),
        (
            get("/auth", refused(401, headers={"X-Mark": ABSENT, "X-More": ABSENT})),
            get("/auth", ok(headers={"X-Mark": "m", "X-More": "m"}), ("X-API-Key", "k")),
            get("/limit", ok(headers={"X-Mark": "m"})),
            get("/limit", refused(429, headers={"X-Mark": ABSENT, "X-More": ABSENT})),
            get("/none", refused(404, headers={"X-Mark": ABSENT})),
            get("/slow", answered(504, headers={"X-Mark": ABSENT}), ("X-Echo-Delay", "1")),
        ),
        ("headers.response_set", "headers.response_add"),
    ),
    Case(
        "headers-of-service-and-route-accumulate-and-the-later-set-wins",
        doc(
            "{path_prefix: /own, headers: {request_set: {X-A: route, X-R: route},"
            " request_add: {X-Add: route}, request_remove: [X-Gone-R],"
            " response_set: {X-A: route}}}",
            "{path_prefix: /plain}",
            policies="headers: {request_set: {X-A: service, X-S: service},"
            " request_add: {X-Add: service}, request_remove: [X-Gone-S],"
            " response_set: {X-A: service, X-S: service}}",
        ),
        (
            get(
                "/own",
                ok(
                    headers={"X-A": "route", "X-S": "service"},
                    upstream_headers={
                        "X-A": "route",
                        "X-R": "route",
                        "X-S": "service",
                        "X-Add": ("service", "route"),
                        "X-Gone-R": ABSENT,
                        "X-Gone-S": ABSENT,
                    },
                ),
                ("X-Gone-R", "1"),
                ("X-Gone-S", "1"),
            ),
            get(
                "/plain",
                ok(
                    headers={"X-A": "service"},
                    upstream_headers={"X-A": "service", "X-R": ABSENT, "X-Gone-R": "1"},
                ),
                ("X-Gone-R", "1"),
            ),
        ),
        ("headers", "headers.request_set"),
    ),
    Case(
        "headers-switched-off-on-a-route-are-not-inherited",
        doc(
            "{path_prefix: /off, headers: {enabled: false}}",
            "{path_prefix: /on, headers: {enabled: true}}",
            policies="headers: {request_set: {X-A: service}, response_set: {X-A: service}}",
        ),
        (
            get("/off", ok(headers={"X-A": ABSENT}, upstream_headers={"X-A": ABSENT})),
            get("/on", ok(headers={"X-A": "service"}, upstream_headers={"X-A": "service"})),
        ),
        ("headers",),
    ),
    Case(
        "rules-of-one-route-do-not-touch-another",
        document(
            service("{path_prefix: /one, headers: {request_set: {X-A: one}}}", upstream="a"),
            service("{path_prefix: /two, headers: {request_add: {X-A: two}}}", name="two"),
        ),
        (
            get("/one", ok(upstream_headers={"X-A": "one"}), ("X-A", "c")),
            get("/two", ok(upstream_headers={"X-A": ("c", "two")}), ("X-A", "c")),
        ),
        ("headers",),
    ),
    Case(
        "a-rule-may-replace-or-remove-a-standard-header",
        doc(
            "{path_prefix: /, headers: {request_set: {User-Agent: gal, Accept: text/plain},"
            " request_remove: [Cookie, Authorization]}}"
        ),
        (
            get(
                "/",
                ok(
                    upstream_headers={
                        "User-Agent": "gal",
                        "Accept": "text/plain",
                        "Cookie": ABSENT,
                        "Authorization": ABSENT,
                    }
                ),
                ("User-Agent", "suite"),
                ("Cookie", "a=1"),
                ("Authorization", "Basic dTpw"),
            ),
        ),
        ("headers.request_set", "headers.request_remove"),
    ),
    Case(
        "a-header-name-may-have-every-token-character",
        doc(
            '{path_prefix: /, headers: {request_set: {"X!#$%&\'*+.^_`|~9": v},'
            ' response_set: {"X!#$%&\'*+.^_`|~9": v}}}'
        ),
        (
            get(
                "/",
                ok(headers={"X!#$%&'*+.^_`|~9": "v"}, upstream_headers={"X!#$%&'*+.^_`|~9": "v"}),
            ),
        ),
        ("headers.request_set", "headers.response_set"),
    ),
    Case(
        "templates-in-a-request-header",
        doc(
            "{path_prefix: /, headers: {request_set: {X-Uuid: '{{uuid}}', X-Now: '{{now}}',"
            " X-Ip: '{{client_ip}}', X-Method: '{{method}}', X-Path: '{{path}}',"
            " X-Host: '{{host}}'}}}"
        ),
        (
            request(
                "PUT",
                "/some/path",
                ok(
                    upstream_headers={
                        "X-Uuid": Matches(_UUID),
                        "X-Now": Now(),
                        **_seen(
                            ip="127.0.0.2", method="PUT", path="/some/path", host="shop.example.com"
                        ),
                    }
                ),
                ("Host", "shop.example.com"),
                ("X-Uuid", "forged"),
                source="127.0.0.2",
                remember="first",
            ),
            get("/", ok(upstream_headers={"X-Uuid": DiffersFrom("first"), **_seen(method="GET")})),
        ),
        (
            "headers.request_set",
            *(f"headers.template={name}" for name in _TEMPLATES),
        ),
    ),
    Case(
        "templates-in-an-added-header",
        doc(
            "{path_prefix: /, headers: {request_add: {X-Method: '{{method}}', X-Path: '{{path}}'},"
            " response_add: {X-Method: '{{method}}', X-Id: '{{uuid}}'}}}"
        ),
        (
            get(
                "/p",
                ok(
                    headers={"X-Method": "GET", "X-Id": Matches(_UUID)},
                    upstream_headers={"X-Method": ("old", "GET"), "X-Path": "/p"},
                ),
                ("X-Method", "old"),
            ),
        ),
        ("headers.request_add", "headers.response_add"),
    ),
    Case(
        "templates-in-a-response-header",
        doc(
            "{path_prefix: /, headers: {response_set: {X-Uuid: '{{uuid}}', X-Now: '{{now}}',"
            " X-Ip: '{{client_ip}}', X-Method: '{{method}}', X-Path: '{{path}}',"
            " X-Host: '{{host}}'}}}"
        ),
        (
            get(
                "/p/q",
                ok(
                    headers={
                        "X-Uuid": Matches(_UUID),
                        "X-Now": Now(),
                        **_seen(ip="127.0.0.1", method="GET", path="/p/q", host="shop.example.com"),
                    }
                ),
                ("Host", "shop.example.com"),
            ),
        ),
        (
            "headers.response_set",
            *(f"headers.template={name}" for name in _TEMPLATES),
        ),
    ),
    Case(
        "a-template-may-stand-inside-text",
        doc(
            "{path_prefix: /, headers: {request_set: {X-V: '100% {{method}}:{{path}} \\{{x}}'},"
            " response_set: {X-V: '<{{client_ip}}> %{{method}}%'}}}"
        ),
        (
            get(
                "/p",
                ok(
                    headers={"X-V": "<127.0.0.1> %GET%"},
                    upstream_headers={"X-V": "100% GET:/p {{x}}"},
                ),
            ),
        ),
        ("headers.request_set", "headers.response_set"),
    ),
    Case(
        "text-of-a-client-is-not-expanded",
        doc("{path_prefix: /, headers: {request_set: {X-Path: '{{path}}', X-Host: '{{host}}'}}}"),
        (
            get(
                "/%25REQ(host)%25",
                ok(
                    upstream_headers={
                        "X-Path": "/%25REQ(host)%25",
                        "X-Host": PRESENT,
                        "X-C": "%REQ(:path)% {{path}}",
                    }
                ),
                ("X-C", "%REQ(:path)% {{path}}"),
            ),
        ),
        ("headers.request_set",),
    ),
)
