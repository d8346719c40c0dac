"""The order of Kong's routes is the language's, also for preflights."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from galc.compiler import check
from galc.frontend.source import Source
from galc.ir.gateway import Gateway, Route
from galc.passes.matching import hosts_overlap
from galc.targets.kong.names import entity_name

from .test_kong import built_file, compiled, document_with
from .test_kong_world import Kong, Reply, Request


def _gateway(document: str) -> Gateway:
    checked = check(Source("x.yaml", document, "yaml"))
    assert checked.state is not None
    assert checked.state.gateway is not None
    return checked.state.gateway


def test_the_order_of_the_file_means_nothing() -> None:
    routes = [
        "{path_prefix: /a, cors: {allowed_origins: [https://x.test]}}",
        "{path_prefix: /a/b, methods: [GET]}",
        "{path_regex: '/c/.*', hosts: [x.test]}",
    ]
    outputs = {
        compiled(document_with(*p)).artifacts["kong.yaml"] for p in itertools.permutations(routes)
    }
    assert len(outputs) == 1


def test_preflights_of_nested_routes_are_caught_once() -> None:
    cors = "cors: {allowed_origins: [https://x.test]}"
    paths = ("/".join("abcdefgh"[:depth]) for depth in range(8))
    document = document_with(*(f"{{path_prefix: /{path}, {cors}}}" for path in paths))
    services = built_file(document)["services"]
    # Itself, its preflight, and what keeps others from broader routes; the broadest has none.
    assert sorted(len(service["routes"]) for service in services) == [2, *[3] * 7]


_HOSTS = ("x.test", "*.test", "y.x.test")
_PATHS = ("{path_prefix: /", "{path_prefix: /a", "{path_prefix: /a/b", "{path: /a/b", "{path: /a",
          "{path_regex: '/a/.*'", "{path_regex: '/a/b/[a-z]+'")  # fmt: skip
_METHODS = ("", "GET", "PUT", "OPTIONS", "GET, OPTIONS")


def _routes() -> st.SearchStrategy[list[str]]:
    one = st.tuples(
        st.sampled_from(_PATHS),
        st.sampled_from(_METHODS),
        st.sampled_from(("", *_HOSTS)),
        st.booleans(),
    ).map(lambda parts: _route(*parts))
    return st.lists(one, min_size=1, max_size=6, unique=True)


def _route(path: str, methods: str, host: str, cors: bool) -> str:
    fields = [path]
    fields += [f"methods: [{methods}]"] if methods else []
    fields += [f"hosts: ['{host}']"] if host else []
    fields += ["cors: {allowed_origins: [https://o.test]}"] if cors else []
    return ", ".join(fields) + "}"


def _takes(route: Route, path: str, host: str) -> bool:
    value = route.match.value
    if route.hosts and not any(hosts_overlap(host, pattern) for pattern in route.hosts):
        return False
    if route.match.kind == "exact":
        return path == value
    if route.match.kind == "prefix":
        return value == "/" or path == value or path.startswith(value + "/")
    return bool(re.fullmatch(value, path))


def _first(gateway: Gateway, method: str, path: str, host: str) -> Route | None:
    found = (
        r for r in gateway.routes if _takes(r, path, host) and method in (r.methods or (method,))
    )
    return next(found, None)


def _requests() -> Iterator[tuple[str, str]]:
    paths = ("/", "/a", "/a/b", "/a/b/c", "/a/b/1", "/c")
    yield from itertools.product(paths, ("x.test", "y.x.test", "z.test", "other"))


@given(_routes())
def test_kong_takes_the_route_that_the_language_names(routes: list[str]) -> None:
    document = document_with(*routes)
    compilation = compiled(document)
    if not compilation.ok:
        return  # two routes without an order, or what Kong refuses
    gateway = _gateway(document)
    reached: list[str] = []

    def upstream(sent: Any) -> Reply:
        reached.append(sent.service["name"])
        return Reply(200)

    kong = Kong(compilation.artifacts["kong.yaml"], upstream, lambda: 0.0)
    for path, host in _requests():
        for method in ("GET", "PUT", "OPTIONS", "BREW"):
            wanted = _first(gateway, method, path, host)
            reached.clear()
            kong.handle(Request(method, path, [("Host", host)]))
            assert reached == ([entity_name(wanted.name)] if wanted else []), (method, path, host)
        for method, origin in itertools.product(
            ("GET", "PUT"), ("https://o.test", "https://e.test")
        ):
            asked = _first(gateway, method, path, host)
            headers = [("Host", host), ("Origin", origin)]
            reached.clear()
            reply = kong.handle(
                Request("OPTIONS", path, [*headers, ("Access-Control-Request-Method", method)])
            )
            allowed = bool(asked and asked.cors and origin == "https://o.test")
            named = [n for n, _ in reply.headers if n == "Access-Control-Allow-Methods"]
            assert bool(named) is allowed, (method, origin, path, host)
            fallen = None if allowed else _first(gateway, "OPTIONS", path, host)
            assert reached == ([entity_name(fallen.name)] if fallen else []), (method, path, host)
