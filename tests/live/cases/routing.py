"""Which route takes a request: conditions, precedence, and what happens without a candidate."""

from ..model import ABSENT, Case
from .shorthand import NOT_FOUND, doc, document, get, ok, refused, request, service

CASES = (
    Case(
        "a-prefix-matches-on-segment-boundaries",
        doc("{path_prefix: /api}"),
        (
            get("/api", ok(upstream_path="/api")),
            get("/api/", ok(upstream_path="/api/")),
            get("/api/x/y", ok(upstream_path="/api/x/y")),
            get("/api?q=1", ok(upstream_path="/api?q=1")),
            get("/apix", NOT_FOUND),
            get("/api-x/y", NOT_FOUND),
            get("/xapi", NOT_FOUND),
            get("/x/api", NOT_FOUND),
            get("/", NOT_FOUND),
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "a-prefix-with-a-trailing-slash-means-the-same",
        doc("{path_prefix: /api/}"),
        (
            get("/api", ok()),
            get("/api/", ok()),
            get("/api/x", ok()),
            get("/apix", NOT_FOUND),
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "the-prefix-slash-matches-everything",
        doc("{path_prefix: /}"),
        (get("/", ok()), get("/any/path?x=y", ok(upstream_path="/any/path?x=y"))),
        ("routes.path_prefix",),
    ),
    Case(
        "a-prefix-is-text-not-a-pattern",
        doc("{path_prefix: /a.b}", "{path_prefix: /c+d}"),
        (
            get("/a.b/x", ok()),
            get("/axb/x", NOT_FOUND),
            get("/c+d", ok()),
            get("/ccd", NOT_FOUND),
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "an-exact-path-matches-itself-only",
        doc("{path: /status}"),
        (
            get("/status", ok()),
            get("/status?verbose=1", ok(upstream_path="/status?verbose=1")),
            get("/status/", NOT_FOUND),
            get("/status/x", NOT_FOUND),
            get("/statusx", NOT_FOUND),
        ),
        ("routes.path",),
    ),
    Case(
        "a-regex-matches-the-whole-path",
        doc("{path_regex: '/v[0-9]+/items'}"),
        (
            get("/v1/items", ok()),
            get("/v23/items?page=2", ok(upstream_path="/v23/items?page=2")),
            get("/v1/items/5", NOT_FOUND),
            get("/x/v1/items", NOT_FOUND),
            get("/vx/items", NOT_FOUND),
        ),
        ("routes.path_regex",),
    ),
    Case(
        "a-regex-with-alternatives-matches-the-whole-path",
        doc("{path_regex: '/cat|/dog'}"),
        (
            get("/cat", ok()),
            get("/dog", ok()),
            get("/catx", NOT_FOUND),
            get("/x/dog", NOT_FOUND),
        ),
        ("routes.path_regex",),
    ),
    Case(
        "exact-beats-prefix-beats-regex",
        document(
            service("{path_regex: '/api/.*'}", name="regex", upstream="c"),
            service("{path_prefix: /api/v1}", name="prefix", upstream="b"),
            service("{path: /api/v1/me}", name="exact", upstream="a"),
        ),
        (
            get("/api/v1/me", ok("a")),
            get("/api/v1/you", ok("b")),
            get("/api/v1", ok("b")),
            get("/api/v2", ok("c")),
        ),
        ("routes.path", "routes.path_prefix", "routes.path_regex"),
    ),
    Case(
        "the-longer-prefix-wins-whatever-the-order-in-the-file",
        document(
            service("{path_prefix: /}", name="root", upstream="c"),
            service("{path_prefix: /api/users}", name="users", upstream="a"),
            service("{path_prefix: /api}", name="api", upstream="b"),
        ),
        (
            get("/api/users/7", ok("a")),
            get("/api/users", ok("a")),
            get("/api/usersx", ok("b")),
            get("/api", ok("b")),
            get("/apix", ok("c")),
        ),
        ("routes.path_prefix",),
    ),
    Case(
        "the-longer-regex-wins",
        document(
            service("{path_regex: '/i/.*'}", name="short", upstream="b"),
            service("{path_regex: '/i/[0-9]+'}", name="long", upstream="a"),
        ),
        (get("/i/12", ok("a")), get("/i/x", ok("b"))),
        ("routes.path_regex",),
    ),
    Case(
        "a-route-takes-only-its-methods",
        doc("{path_prefix: /api, methods: [GET, POST]}"),
        (
            get("/api", ok(upstream_method="GET")),
            request("POST", "/api", ok(upstream_method="POST"), body=b"x"),
            request("PUT", "/api", NOT_FOUND),
            request("DELETE", "/api", NOT_FOUND),
            request("OPTIONS", "/api", NOT_FOUND),
        ),
        ("routes.methods",),
    ),
    Case(
        "get-does-not-imply-head",
        doc("{path_prefix: /get, methods: [GET]}", "{path_prefix: /both, methods: [GET, HEAD]}"),
        (
            request("HEAD", "/get", NOT_FOUND),
            request("HEAD", "/both", ok(upstream_method="HEAD", body=b"")),
            get("/both", ok()),
        ),
        ("routes.methods",),
    ),
    Case(
        "a-route-without-methods-takes-all",
        doc("{path_prefix: /api}"),
        tuple(
            request(method, "/api", ok(upstream_method=method))
            for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE")
        ),
        ("routes.methods",),
    ),
    Case(
        "a-method-that-the-longest-prefix-does-not-take-goes-to-a-shorter-one",
        document(
            service("{path_prefix: /api/users, methods: [GET]}", name="users", upstream="a"),
            service("{path_prefix: /api}", name="api", upstream="b"),
        ),
        (
            get("/api/users/1", ok("a")),
            request("POST", "/api/users/1", ok("b")),
            request("DELETE", "/api/users", ok("b")),
        ),
        ("routes.methods", "routes.path_prefix"),
    ),
    Case(
        "a-method-that-the-exact-path-does-not-take-goes-to-a-prefix-or-regex",
        document(
            service("{path: /x/y, methods: [GET]}", name="exact", upstream="a"),
            service("{path_prefix: /x, methods: [PUT]}", name="prefix", upstream="b"),
            service("{path_regex: '/x/.*'}", name="regex", upstream="c"),
        ),
        (
            get("/x/y", ok("a")),
            request("PUT", "/x/y", ok("b")),
            request("DELETE", "/x/y", ok("c")),
        ),
        ("routes.methods", "routes.path_regex"),
    ),
    Case(
        "a-route-with-methods-beats-one-without",
        document(
            service("{path_prefix: /api}", name="any", upstream="b"),
            service("{path_prefix: /api, methods: [POST]}", name="post", upstream="a"),
        ),
        (request("POST", "/api/x", ok("a")), get("/api/x", ok("b"))),
        ("routes.methods",),
    ),
    Case(
        "the-same-prefix-may-be-split-by-method",
        document(
            service("{path_prefix: /api, methods: [GET]}", name="read", upstream="a"),
            service("{path_prefix: /api, methods: [POST, PUT]}", name="write", upstream="b"),
        ),
        (
            get("/api", ok("a")),
            request("POST", "/api", ok("b")),
            request("PUT", "/api", ok("b")),
            request("DELETE", "/api", NOT_FOUND),
        ),
        ("routes.methods",),
    ),
    Case(
        "a-host-is-matched-without-port-and-case",
        doc("{path_prefix: /, hosts: [api.example.com]}"),
        (
            get("/", ok(upstream_headers={"Host": "api.example.com"}), ("Host", "api.example.com")),
            get("/", ok(upstream_headers={"Host": "API.Example.COM"}), ("Host", "API.Example.COM")),
            get(
                "/",
                ok(upstream_headers={"Host": "Api.example.com:8443"}),
                ("Host", "Api.example.com:8443"),
            ),
            get("/", NOT_FOUND, ("Host", "example.com")),
            get("/", NOT_FOUND, ("Host", "xapi.example.com")),
            get("/", NOT_FOUND, ("Host", "api.example.com.evil.test")),
            get("/", NOT_FOUND),
        ),
        ("routes.hosts",),
    ),
    Case(
        "a-wildcard-host-takes-subdomains-but-not-the-domain-itself",
        doc("{path_prefix: /, hosts: ['*.example.com']}"),
        (
            get("/", ok(), ("Host", "shop.example.com")),
            get("/", ok(), ("Host", "SHOP.example.com:8080")),
            get("/", NOT_FOUND, ("Host", "example.com")),
            get("/", NOT_FOUND, ("Host", "shopexample.com")),
            get("/", NOT_FOUND, ("Host", "shop.example.com.evil.test")),
        ),
        ("routes.hosts",),
    ),
    Case(
        "a-host-written-in-upper-case-is-the-same-host",
        doc("{path_prefix: /, hosts: [API.Example.com]}"),
        (get("/", ok(), ("Host", "api.example.com")), get("/", NOT_FOUND)),
        ("routes.hosts",),
    ),
    Case(
        "several-hosts-share-a-route",
        doc("{path_prefix: /, hosts: [one.test, two.test, '*.three.test']}"),
        (
            get("/", ok(), ("Host", "one.test")),
            get("/", ok(), ("Host", "two.test")),
            get("/", ok(), ("Host", "x.three.test")),
            get("/", NOT_FOUND, ("Host", "four.test")),
        ),
        ("routes.hosts",),
    ),
    Case(
        "a-matching-host-beats-none-whatever-the-path",
        document(
            service("{path: /login}", name="open", upstream="b"),
            service("{path_prefix: /, hosts: [shop.test]}", name="shop", upstream="a"),
        ),
        (
            get("/login", ok("a"), ("Host", "shop.test")),
            get("/login", ok("b"), ("Host", "other.test")),
            get("/x", NOT_FOUND, ("Host", "other.test")),
        ),
        ("routes.hosts",),
    ),
    Case(
        "a-wildcard-host-beats-no-host",
        document(
            service("{path: /login}", name="open", upstream="b"),
            service("{path_prefix: /, hosts: ['*.shop.test']}", name="shop", upstream="a"),
        ),
        (
            get("/login", ok("a"), ("Host", "eu.shop.test")),
            get("/login", ok("b"), ("Host", "shop.test")),
        ),
        ("routes.hosts",),
    ),
    Case(
        "what-the-routes-of-a-host-do-not-take-goes-to-those-without-hosts",
        document(
            service("{path_prefix: /api, hosts: [shop.test], methods: [GET]}", upstream="a"),
            service("{path_prefix: /}", name="open", upstream="b"),
        ),
        (
            get("/api", ok("a"), ("Host", "shop.test")),
            request("POST", "/api", ok("b"), ("Host", "shop.test")),
            get("/other", ok("b"), ("Host", "shop.test")),
            get("/api", ok("b"), ("Host", "other.test")),
        ),
        ("routes.hosts", "routes.methods"),
    ),
    Case(
        "what-an-exact-host-does-not-take-goes-to-a-wildcard",
        document(
            service("{path_prefix: /api, hosts: [eu.shop.test]}", upstream="a"),
            service("{path_prefix: /, hosts: ['*.shop.test']}", name="wild", upstream="b"),
        ),
        (
            get("/api", ok("a"), ("Host", "eu.shop.test")),
            get("/other", ok("b"), ("Host", "eu.shop.test")),
            get("/api", ok("b"), ("Host", "us.shop.test")),
        ),
        ("routes.hosts",),
    ),
    Case(
        "among-hosts-that-match-the-path-decides",
        document(
            service("{path_prefix: /, hosts: [eu.shop.test]}", upstream="a"),
            service("{path: /cart, hosts: ['*.shop.test']}", name="wild", upstream="b"),
        ),
        (
            get("/cart", ok("b"), ("Host", "eu.shop.test")),
            get("/x", ok("a"), ("Host", "eu.shop.test")),
        ),
        ("routes.hosts",),
    ),
    Case(
        "no-route-is-404-from-the-gateway",
        doc(
            "{path_prefix: /api}",
            policies="headers: {response_set: {X-Mark: '1'}}",
        ),
        (get("/none", refused(404, headers={"X-Mark": ABSENT})),),
        ("routes.path_prefix",),
    ),
    Case(
        "routes-of-one-service-and-of-another-are-told-apart",
        document(
            service("{path_prefix: /one}", "{path_prefix: /uno}", name="one", upstream="a"),
            service("{path_prefix: /two}", name="two", upstream="b"),
        ),
        (get("/one", ok("a")), get("/uno", ok("a")), get("/two", ok("b"))),
        ("services.name", "upstream.host", "services.protocol=http"),
    ),
    Case(
        "names-that-look-alike-do-not-collide",
        document(
            service("{path_prefix: /1, name: r.1}", name="a.b", upstream="a"),
            service("{path_prefix: /2, name: r_1}", name="a_b", upstream="b"),
            service("{path_prefix: /3, name: r-1}", name="a-b", upstream="c"),
        ),
        (get("/1", ok("a")), get("/2", ok("b")), get("/3", ok("c"))),
        ("services.name", "routes.name"),
    ),
    *(
        Case(
            f"version-may-be-{name}",
            doc("{path_prefix: /}").replace('"1"', spelled, 1),
            (get("/", ok()),),
            (),
        )
        for name, spelled in (("a-string", '"1"'), ("an-integer", "1"), ("major-minor", '"1.0"'))
    ),
)
