"""Documents and requests made by hypothesis, weighted to what gets into each other's way.

Nested prefixes, shared services, one path under several methods, all policies, requests near edges.

A program is a `Case` without expectations, so that a disagreement can become a case as it stands.
"""

import json
import re
from typing import Any, cast

from hypothesis import strategies as st

from galc.compiler import compile_text
from galc.diagnostics import Diagnostic
from galc.diagnostics.meaning import RouteConflict
from galc.diagnostics.targets import Approximate, DefaultDiffers, TargetRefuses, Unsupported
from galc.frontend.source import Path, Place
from galc.ir.features import POLICIES
from galc.targets.traefik.retry import ANSWERS_200

from ..model import BROKEN, Case, Mishap, Send, SetUpstream, Step, Talk, UpstreamName
from ..upstream import NAMES as UPSTREAMS
from .authentication import CREDENTIALS, SCHEMES, TOKENS

Tree = dict[str, Any]
OF_TARGETS = (Approximate, DefaultDiffers, TargetRefuses, Unsupported)
#: Approximate features, or what is said of one, whose difference these programs don't touch, and
#: why.
UNTOUCHED: dict[str, dict[str, str]] = {
    "envoy": {
        "circuit_breaker": "services with several targets have none",
        "circuit_breaker.half_open_requests": "breakers stay open for an hour",
        "retry": "no two requests are under way at once",
        "retry.backoff=exponential": "how long a pause is isn't compared",
        "retry.base_interval": "how long a pause is isn't compared",
        "timeout.send": "no upstream stops to read",
        "authentication.type=oauth2": "no body is long",
    },
    "traefik": {
        "services.protocol=http": "no query has a `;`, and its own X-… headers aren't compared",
        "global.timeout": "no answer is slow",
        "rate_limit": "no limit is refilled within an hour",
        "circuit_breaker": "no time passes, and services with several targets have none",
        "circuit_breaker.half_open_requests": "breakers stay open for an hour",
        "circuit_breaker.unhealthy_status_codes": "no upstream answers with another one from 500",
        "retry.backoff=exponential": "how long a pause is isn't compared",
        "retry.base_interval": "how long a pause is isn't compared",
        "retry.max_interval": "how long a pause is isn't compared",
        "retry.retry_on=reset": "no connection breaks",
        ANSWERS_200: "by HTTP/1 all answers tell their length, and by HTTP/2 none is tried again",
        "timeout": "no answer is slow",
        "timeout.read": "no answer is slow",
        "timeout.send": "no upstream stops to read",
        "websocket": "no handshake is slow",
        "websocket.idle_timeout": "no connection is silent",
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

_retries = st.builds(
    lambda attempts, on: {"attempts": attempts, "base_interval": "1ms", **on},
    st.integers(2, 3),
    st.sampled_from(
        (
            {},
            {"retry_on": ["http_503"]},
            {"retry_on": ["connect_failure", "http_500", "http_503", "reset", "timeout"]},
        )
    ),
)
_timeouts = st.sampled_from(
    ("10s", {"connect": "3s", "read": "10s"}, {"connect": "3s", "idle": "1m"})
)
_websockets = st.sampled_from(({}, {"idle_timeout": "1h"}))

_FIELDS = ("id", "role", "n", "a.b", "é")
_JSON: tuple[Any, ...] = (1, 1.5, None, "x", "%REQ(host)% ]] $(x)", {"a": [1.0, "é"]}, [])
_fields = st.dictionaries(st.sampled_from(_FIELDS), st.sampled_from(_JSON), min_size=1, max_size=2)
_transformations = st.fixed_dictionaries(
    {},
    optional={
        "defaults": _fields,
        "metadata": _fields,
        "validation": _some(_FIELDS).map(lambda names: {"required_fields": names}),
        "headers": _headers.filter(bool),
    },
).filter(bool)
_of_requests = st.fixed_dictionaries(
    {},
    optional={
        "add_fields": _fields,
        "remove_fields": _some(_FIELDS),
        "rename_fields": st.sampled_from(({"id": "key"}, {"role": "id", "n": "m"})),
    },
).filter(bool)
_of_answers = st.fixed_dictionaries(
    {}, optional={"filter_fields": _some(("upstream", *_FIELDS)), "add_fields": _fields}
).filter(bool)
_body_transformations = st.fixed_dictionaries(
    {}, optional={"request": _of_requests, "response": _of_answers}
).filter(bool)

_STRATEGIES: dict[str, tuple[int, st.SearchStrategy[Any]]] = {
    "authentication": (30, SCHEMES),
    "rate_limit": (25, _rate_limits),
    "headers": (35, _headers.filter(bool)),
    "cors": (30, _cors),
    "circuit_breaker": (12, _breakers),
    "retry": (20, _retries),
    "timeout": (10, _timeouts),
    "websocket": (15, _websockets),
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
    if draw(_chance(20)):
        policies["body_transformation"] = draw(_body_transformations)
    for name in ("authentication", "rate_limit", "cors", "headers", "retry", "websocket"):
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
    if draw(_chance(10)):
        defaults["transformation"] = draw(_transformations)
    if len(ups) > 1:
        # Which target is next isn't compared, and each may have a count of failures of its own.
        for owner in (defaults, *routes):
            owner.pop("circuit_breaker", None)
    elif draw(_chance(12)) and not any("circuit_breaker" in o for o in (defaults, *routes)):
        passive = {"max_failures": draw(st.integers(1, 2)), "recovery_time": "1h"}
        upstream["health_check"] = {"passive": passive}
    if protocol:
        for owner in (defaults, *routes):
            owner.pop("websocket", None)
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
    if target == "envoy":
        _slow_down(tree)
    if target == "traefik":
        _try_once_by_http2(tree)
    while True:
        text = _spelled(tree)
        unfit = _unfit(compile_text(_filled(text), "program.yaml", target).diagnostics, target)
        if not unfit:
            return text
        for path in sorted(unfit, reverse=True):
            _leave_out(tree, path, unfit[path])
        tree["services"] = [service for service in tree["services"] if service["routes"]]


def _try_once_by_http2(tree: Tree) -> None:
    """The upstreams tell the length of no answer by HTTP/2."""
    for service in tree["services"]:
        for owner in (service, *service["routes"]) if "protocol" in service else ():
            owner.pop("retry", None)


def _slow_down(tree: Tree) -> None:
    """Nothing is tried again where an attempt could be too quick for what the one before caused."""
    for service in tree["services"]:
        owners = (service, *service["routes"])
        watched = "health_check" in service["upstream"]
        if watched or any("circuit_breaker" in owner for owner in owners):
            for owner in owners:
                owner.pop("retry", None)


def _unfit(found: tuple[Diagnostic, ...], target: str) -> dict[Path, set[str]]:
    """Routes and services, and the keys that must go there; no key is all of it."""
    unfit: dict[Path, set[str]] = {}
    for diagnostic in found:
        if isinstance(diagnostic, (Approximate, DefaultDiffers)):
            said = diagnostic.how if isinstance(diagnostic, Approximate) else ""
            if diagnostic.feature in UNTOUCHED[target] or said in UNTOUCHED[target]:
                continue
        elif diagnostic.severity != "error":
            continue
        assert isinstance(diagnostic.place, Place), diagnostic
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
        # A template in the headers of a transformation is a feature of headers.
        for key in (*keys, *(part for part in path[2:3] if part in POLICIES)):
            owner = service["upstream"] if key.startswith("health_check") else service
            owner.pop(key.partition(".")[0], None)
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


_BODIES = (
    b"body",
    b"",
    b"{}",
    b'{"id":1,"role":"admin","n":1.0}',
    b' {"role" : "x", "a":{"role":1}, "r\\u006fle":2,"a.b":[] } ',
    '{"é":"\u2028","upstream":null}'.encode(),
    b'[{"id":1}]',
    b'{"id":1',
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
    body = draw(st.sampled_from(_BODIES)) if method in ("POST", "PUT", "PATCH") else b""
    if body and draw(_chance(40)):
        headers.append(("X-Echo-Body", "1"))
    talk = Talk(("hi",)) if method == "GET" and draw(_chance(20)) else None
    source = draw(st.sampled_from(("127.0.0.1", "127.0.0.1", "127.0.0.2")))
    return Send(method, path, tuple(headers), body, source=source, talk=talk)


#: What an upstream does first; Go's HTTP client calls again by itself after a broken connection.
_MISHAPS: dict[str, tuple[tuple[Mishap, ...], ...]] = {
    "envoy": ((503,), (500,), (503, 500), (503, 503), (BROKEN,), (503, BROKEN)),
    "traefik": ((503,), (500,), (503, 500), (503, 503)),
}


@st.composite
def programs(draw: st.DrawFn, target: str) -> Case:
    """A document and what is asked of it; some requests are sent twice, as limits want it."""
    document = draw(documents(target))
    steps: list[Step] = []
    for step in draw(st.lists(_requests(), min_size=1, max_size=24)):
        if draw(_chance(15)):
            first = draw(st.sampled_from(_MISHAPS[target]))
            steps += [
                SetUpstream(name, first=first)
                for name in cast("tuple[UpstreamName, ...]", UPSTREAMS)
            ]
        steps += [step] * draw(st.sampled_from((1, 1, 1, 2, 3)))
    return Case("a-generated-program", document, tuple(steps), (), TOKENS)
