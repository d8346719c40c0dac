"""Documents and requests made by hypothesis, weighted to what gets into each other's way.

Nested prefixes, shared services, one path under several methods, all policies, requests near edges.

A program is a `Case` without expectations, so that a disagreement can become a case as it stands.
"""

import json
import re
from typing import Any

from hypothesis import strategies as st

from galc.compiler import compile_text
from galc.diagnostics import Diagnostic
from galc.diagnostics.meaning import RouteConflict
from galc.diagnostics.targets import Approximate, DefaultDiffers, TargetRefuses, Unsupported
from galc.frontend.source import Path, Place
from galc.ir.features import POLICIES

from ..model import Case, Send
from .authentication import CREDENTIALS, SCHEMES, TOKENS

Tree = dict[str, Any]
OF_TARGETS = (Approximate, DefaultDiffers, TargetRefuses, Unsupported)
#: Approximate features whose difference these programs don't touch, and why.
UNTOUCHED: dict[str, dict[str, str]] = {
    "envoy": {
        "circuit_breaker": "services with several targets have none",
        "circuit_breaker.half_open_requests": "breakers stay open for an hour",
    },
    "traefik": {
        "services.protocol=http": "no query has a `;`, and its own X-… headers aren't compared",
        "global.timeout": "no answer is slow",
        "rate_limit": "no limit is refilled within an hour",
        "circuit_breaker": "no time passes, and services with several targets have none",
        "circuit_breaker.half_open_requests": "breakers stay open for an hour",
        "circuit_breaker.unhealthy_status_codes": "no upstream answers with another one from 500",
    },
}
#: The claims of most tokens; `iss` is what documents ask for.
_PATHS = ("/", "/api", "/api/v1", "/api/v1/users", "/apix", "/a.b", "/caf%C3%A9", "/api/a b")
_REGEXES = (
    "/api/[a-z0-9]+",
    "/api/v[0-9]+/.*",
    "/[^/]+",
    "/(api|apix)/x",
    "(?i)/API/users",
    "/a\\.b/\\d{2,3}",
    "/api/v1/users/[^/]+",
)
_METHODS = ("GET", "POST", "PUT", "OPTIONS", "HEAD", "DELETE", "PATCH")
_HOSTS = ("a.test", "*.test", "b.a.test", "*.a.test", "127.0.0.1")
_ORIGINS = (
    "https://app.test",
    "https://x.app.test",
    "http://app.test",
    "https://evil.test",
    "null",
)
_NAMES = ("X-One", "X-Two", "x-one", "X-Tenant")
_VALUES = (
    "1",
    "two words",
    'quote " and \\ back',
    "100% %REQ(host)%",
    "$host ${HOME} $(x)",
    "a,b",
    "grüße",
)
_TEMPLATES = (
    "{{method}}",
    "{{path}}",
    "{{client_ip}}",
    "{{host}}",
    "<{{method}} {{path}}>",
    "\\{{x}}",
)


def _chance(percent: int) -> st.SearchStrategy[bool]:
    """True in about so many of a hundred; shrinks to False."""
    return st.integers(0, 99).map(lambda number: number >= 100 - percent)


def _some(values: tuple[str, ...], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


def _names_once(pairs: dict[str, str]) -> dict[str, str]:
    """A header is set once, however it is spelled."""
    return {name.title(): value for name, value in pairs.items()}


_header_values = st.sampled_from((*_VALUES, *_TEMPLATES)).map(lambda v: v.replace("${", "$${"))
_header_maps = st.dictionaries(st.sampled_from(_NAMES), _header_values, min_size=1, max_size=2).map(
    _names_once
)

_headers = st.fixed_dictionaries(
    {},
    optional={
        "request_set": _header_maps,
        "request_add": _header_maps,
        "request_remove": _some(("X-One", "X-Two", "User-Agent")),
        "response_set": _header_maps,
        "response_add": _header_maps,
        "response_remove": _some(("X-Powered-By", "X-One", "Server")),
    },
)

_rate_limits = st.builds(
    lambda rate, key: {"requests_per_hour": rate, **key},
    st.integers(1, 3),
    st.sampled_from(
        (
            {},
            {"key_type": "ip_address"},
            {"key_type": "header", "key_header": "X-Tenant"},
            {"burst": 1},
            {"burst": 2, "response": {"status_code": 503, "message": "slow % down"}},
        )
    ),
)

_cors = st.builds(
    lambda origins, more: {"allowed_origins": origins, **more},
    st.sampled_from(
        (["https://app.test"], ["https://*.app.test"], ["https://app.test", "http://app.test"])
    ),
    st.sampled_from(
        (
            {},
            {"allow_credentials": True, "max_age": 60},
            {"expose_headers": ["X-One"], "allowed_methods": ["GET", "PUT"]},
        )
    ),
) | st.just({"allowed_origins": ["*"]})

_breakers = st.integers(1, 2).map(lambda most: {"max_failures": most, "timeout": "1h"})

_STRATEGIES: dict[str, tuple[int, st.SearchStrategy[Tree]]] = {
    "authentication": (30, SCHEMES),
    "rate_limit": (25, _rate_limits),
    "headers": (35, _headers.filter(bool)),
    "cors": (30, _cors),
    "circuit_breaker": (12, _breakers),
}


@st.composite
def _policies(draw: st.DrawFn, share: float = 1.0) -> Tree:
    found: Tree = {}
    for name, (percent, strategy) in _STRATEGIES.items():
        if draw(_chance(int(percent * share))):
            found[name] = draw(strategy)
    return found


@st.composite
def _routes(draw: st.DrawFn) -> Tree:
    route: Tree = {}
    kind = draw(st.sampled_from(("path_prefix", "path_prefix", "path", "path_regex")))
    if kind == "path_regex":
        route["path_regex"] = draw(st.sampled_from(_REGEXES))
    else:
        slash = draw(st.sampled_from(("", "", "/")))
        path = draw(st.sampled_from(_PATHS))
        route[kind] = path if path == "/" else path + slash
    if draw(_chance(45)):
        route["methods"] = draw(_some(_METHODS, 3))
    if draw(_chance(20)):
        route["hosts"] = draw(_some(_HOSTS))
    if kind == "path_prefix" and draw(_chance(20)):
        route["strip_prefix"] = True
    policies = draw(_policies())
    limit = policies.get("rate_limit")
    if limit and policies.get("authentication", {}).get("type") == "jwt" and draw(_chance(40)):
        policies["rate_limit"] = {**limit, "key_type": "jwt_claim", "key_claim": "sub"}
        policies["rate_limit"].pop("key_header", None)
    for name in ("authentication", "rate_limit", "cors", "headers"):
        if name not in policies and draw(_chance(8)):
            policies[name] = {"enabled": False}
    return {**route, **policies}


@st.composite
def _services(draw: st.DrawFn, name: str) -> Tree:
    ups = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True))
    named = [{"host": "127.0.0.1", "port": f"@{up}@"} for up in ups]
    upstream: Tree = named[0] if len(named) == 1 else {"targets": named}
    protocol = {"protocol": "http2"} if draw(_chance(10)) else {}
    routes = draw(st.lists(_routes(), min_size=1, max_size=4))
    defaults = draw(_policies(0.25))
    if len(ups) > 1:
        # Which target is next isn't compared, and each may have a count of failures of its own.
        for owner in (defaults, *routes):
            owner.pop("circuit_breaker", None)
    return {
        "name": name,
        **protocol,
        "upstream": upstream,
        **defaults,
        "routes": routes,
    }


@st.composite
def documents(draw: st.DrawFn, target: str) -> str:
    """A document without errors that the target does as the language says.

    Of routes that can't stand together the later ones go, and so does what the target can't do.
    """
    count = draw(st.integers(1, 3))
    tree: Tree = {"version": 1, "services": [draw(_services(f"s{n}")) for n in range(count)]}
    while True:
        text = _spelled(tree)
        unfit = _unfit(compile_text(_filled(text), "program.yaml", target).diagnostics, target)
        if not unfit:
            return text
        for path in sorted(unfit, reverse=True):
            _leave_out(tree, path, unfit[path])
        tree["services"] = [service for service in tree["services"] if service["routes"]]


def _unfit(found: tuple[Diagnostic, ...], target: str) -> dict[Path, set[str]]:
    """Routes and services, and the keys that must go there; no key is all of it."""
    unfit: dict[Path, set[str]] = {}
    for diagnostic in found:
        if isinstance(diagnostic, (Approximate, DefaultDiffers)):
            if diagnostic.feature in UNTOUCHED[target]:
                continue
        elif diagnostic.severity != "error":
            continue
        assert isinstance(diagnostic.place, Place)
        key = ""
        if not isinstance(diagnostic, RouteConflict):
            assert isinstance(diagnostic, OF_TARGETS), diagnostic.message()
            policy, _, field = diagnostic.feature.partition("=")[0].partition(".")
            key = policy if policy in POLICIES else field
        unfit.setdefault(diagnostic.place.path[:4], set()).add(key)
    return unfit


def _leave_out(tree: Tree, path: Path, keys: set[str]) -> None:
    """Takes keys off a route, or off its service where they stand there, or the route itself."""
    service = tree["services"][int(path[1])]
    if path[2:3] != ("routes",):
        for key in keys:
            service.pop(key, None)
        return
    route = service["routes"][int(path[3])]
    for key in keys:
        owner = next((owner for owner in (route, service) if key in owner), None)
        if owner is None or key.startswith("path"):
            del service["routes"][int(path[3])]
            return
        del owner[key]


def _spelled(tree: Tree) -> str:
    services = [json.dumps(service, ensure_ascii=False) for service in tree["services"]]
    text = "version: 1\nservices:\n" + "".join(f"- {service}\n" for service in services)
    return re.sub(r'"@([abc])@"', r"@\1@", text).replace('"@jwks_inline@"', "'@jwks_inline@'")


#: The public key of RFC 8037, appendix A.2: any key will do to see whether a document is sound.
_KEY = '{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
_KNOWN = {
    "a": "7001",
    "b": "7002",
    "c": "7003",
    "introspection": "7004",
    "jwks_inline": f'{{"keys": [{_KEY}]}}',
}


def _filled(text: str) -> str:
    return re.sub(r"@([a-z_]+)@", lambda found: _KNOWN[found[1]], text)


_suffixes = st.sampled_from(
    (
        "",
        "",
        "/",
        "/x",
        "/x/y",
        "x",
        "//x",
        "/./x",
        "/../x",
        "/%78",
        "/12",
        "/users",
        "?q=1",
        "/x?key=k-ann&a=%2F",
        "?key=k-bob",
        "?key=k-bob&key=k-bob",
        "/%2e%2e/api",
        "/a%2Fb",
        "/%41",
    )
)


_extras = st.sampled_from(
    (
        (),
        (),
        (("X-One", "mine"),),
        (("X-One", "1"), ("x-one", "2")),
        (("X-Tenant", "t1"),),
        (("X-Tenant", "t2"),),
        (("X-User", "root"), ("X-Org", "root"), ("X-Consumer-Name", "root")),
        (("X-Forwarded-For", "9.9.9.9"),),
        (("X-Forwarded-Proto", "https"),),
        (("X-Echo-Header", "X-One: theirs"),),
        (("X-Echo-Header", "Access-Control-Allow-Origin: *"),),
        (("X-Echo-Header", "Vary: Accept"),),
    )
)
_hosts = st.sampled_from(
    (
        "gateway.test",
        "gateway.test",
        "a.test",
        "A.TEST:8080",
        "b.a.test",
        "x.test",
        "127.0.0.1",
        "test",
    )
)


@st.composite
def _requests(draw: st.DrawFn) -> Send:
    path = draw(st.sampled_from(_PATHS)).replace(" ", "%20") + draw(_suffixes)
    path = path.replace("//x", "/x", 1) if path.startswith("//") and draw(_chance(50)) else path
    headers: list[tuple[str, Any]] = [("Host", draw(_hosts)), ("User-Agent", "fuzz")]
    headers += draw(CREDENTIALS)
    headers += draw(_extras)
    method = draw(st.sampled_from(("GET", "GET", *_METHODS)))
    if draw(_chance(30)):
        headers.append(("Origin", draw(st.sampled_from(_ORIGINS))))
        if draw(_chance(50)):
            method = "OPTIONS"
            headers.append(("Access-Control-Request-Method", draw(st.sampled_from(_METHODS))))
    if draw(_chance(12)):
        headers.append(("X-Echo-Status", draw(st.sampled_from(("500", "503", "404")))))
    body = b"body" if method in ("POST", "PUT", "PATCH") else b""
    source = draw(st.sampled_from(("127.0.0.1", "127.0.0.1", "127.0.0.2")))
    return Send(method, path, tuple(headers), body, source=source)


@st.composite
def programs(draw: st.DrawFn, target: str) -> Case:
    """A document and what is asked of it; some requests are sent twice, as limits want it."""
    document = draw(documents(target))
    steps: list[Send] = []
    for step in draw(st.lists(_requests(), min_size=1, max_size=24)):
        steps += [step] * draw(st.sampled_from((1, 1, 1, 2, 3)))
    return Case("a-generated-program", document, tuple(steps), (), TOKENS)
