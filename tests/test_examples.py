"""The examples build for every target that has what they use, and a real gateway does with them
what their readers expect.

For a live run the hosts of an example become echo upstreams on this machine: the parsed tree is
changed, not the file. Services take the upstreams a, b, c in turn, the targets of one service too.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from galc import targets
from galc.cli.fmt import command as galc_fmt
from galc.cli.test import command as galc_test
from galc.compiler import Checked, Compilation, check, compile_texts
from galc.diagnostics import Diagnostic
from galc.diagnostics.targets import Approximate, Unsupported
from galc.frontend.loading import of_texts
from galc.frontend.printer import print_gal, print_yaml
from galc.frontend.reading import read_tree
from galc.frontend.source import Source, source_of

from .live.cases.shorthand import get, request
from .live.envoy import Envoy
from .live.model import (
    ABSENT,
    ENVIRONMENT,
    PRESENT,
    Case,
    Expect,
    HeaderValue,
    Matches,
    Members,
    Now,
    Send,
    SetUpstream,
    Step,
    Token,
    Wait,
)
from .live.run import World, run, world
from .live.traefik import Traefik

FOLDER = Path(__file__).parents[1] / "examples"
TEXTS = {
    path.relative_to(FOLDER).as_posix(): path.read_text("utf-8")
    for path in sorted(FOLDER.rglob("*"))
    if path.suffix in (".gal", ".yaml")
}
#: A gateway of several files, as it is and with the overlay over it.
_LIBRARY = "library/gateway.gal"
_IN_PRODUCTION = f"{_LIBRARY} + library/production.gal"
_PARTS = [name for name in TEXTS if "/" in name]
EXAMPLES = sorted([*(TEXTS.keys() - _PARTS), _LIBRARY, _IN_PRODUCTION])

_TOO_MANY = Expect(429, reached=None)
_UNAUTHORIZED = Expect(401, reached=None)
_NOT_FOUND = Expect(404, reached=None)
_UUID = Matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _passes(**more: Any) -> Expect:
    return Expect(200, reached=("a", "b", "c"), **more)


def _preflight(
    path: str, origin: str, method: str, expect: Expect, host: str = "gateway.test"
) -> Send:
    question = (("Origin", origin), ("Access-Control-Request-Method", method))
    return request("OPTIONS", path, expect, ("Host", host), *question)


# ---------------------------------------------------------------------------------------------
# shop

_SHOP = {"iss": "https://login.shop.example.com", "aud": "shop"}
_ADMIN = ("Host", "admin.shop.example.com")


def _customer(name: str) -> tuple[str, HeaderValue]:
    return "Authorization", Token({**_SHOP, "sub": name})


def _basic(password: str) -> tuple[str, str]:
    return "Authorization", "Basic " + b64encode(f"ann:{password}".encode()).decode()


_SHOP_STEPS: tuple[Step, ...] = (
    get(
        "/products/7",
        _passes(headers={"X-Content-Type-Options": "nosniff"}, absent=("server", "x-powered-by")),
    ),
    request("POST", "/products/7", _NOT_FOUND),
    get("/productsearch", _NOT_FOUND),
    get("/products/search?q=lamp", _passes(upstream_path="/products/search?q=lamp"), times=5),
    get("/products/search", Expect(429, "Please search a little more slowly.", reached=None)),
    get("/products/8", _passes()),
    get("/cart", _passes(headers={"Set-Cookie": Matches("shop_cart=.*")})),
    get("/orders/1", _UNAUTHORIZED),
    get(
        "/orders/1",
        _passes(upstream_headers={"X-Customer-ID": "c-1"}),
        _customer("c-1"),
        ("X-Customer-ID", "c-2"),
    ),
    get("/orders/1", _UNAUTHORIZED, ("Authorization", Token({**_SHOP, "sub": "c"}, "other"))),
    get(
        "/orders/1",
        _UNAUTHORIZED,
        ("Authorization", Token({**_SHOP, "sub": "c-1"}, expires_in=None)),
    ),
    request("POST", "/orders", _passes(), _customer("c-1"), times=3),
    request("POST", "/orders", _TOO_MANY, _customer("c-1")),
    request("POST", "/orders", _passes(), _customer("c-3")),
    get("/reports", Expect(401, reached=None, headers={"WWW-Authenticate": PRESENT}), _ADMIN),
    get("/reports", _UNAUTHORIZED, _ADMIN, _basic("wrong")),
    get(
        "/reports", _passes(headers={"Cache-Control": "no-store"}), _ADMIN, _basic("correct horse")
    ),
    get("/reports", _NOT_FOUND, _basic("correct horse")),
    SetUpstream("c", status=503),
    get("/orders/1", Expect(503, reached="c"), _customer("c-1"), times=5),
    Wait(0.3),  # an ejection takes effect a moment after the failure
    get(
        "/orders/1",
        Expect(503, "Orders are down for a moment. Your cart is safe.", reached=None),
        _customer("c-1"),
    ),
)

# ---------------------------------------------------------------------------------------------
# internal-platform

_TEAM = ("X-Service-Key", "web-4f1c0a9e7b")
_REPORT = "/billing/reports/march"
_GRPC = (("Content-Type", "application/grpc"), ("TE", "trailers"))

_PLATFORM_STEPS: tuple[Step, ...] = (
    get("/billing/invoices", _UNAUTHORIZED),
    get("/billing/invoices", _UNAUTHORIZED, ("X-Service-Key", "web")),
    get(
        "/billing/invoices?open=1",
        _passes(
            upstream_path="/invoices?open=1",
            upstream_headers={
                "X-Consumer-Name": "web-team",
                "X-Service-Key": ABSENT,
                "X-Request-ID": _UUID,
                "X-Received-At": Now(),
            },
        ),
        _TEAM,
        ("X-Consumer-Name", "forged"),
    ),
    get("/billing/../billing//invoices", _UNAUTHORIZED),
    request("POST", _REPORT, _passes(upstream_path="/march"), _TEAM, times=2),
    request("POST", _REPORT, _TOO_MANY, _TEAM),
    request("POST", _REPORT, _passes(), ("X-Service-Key", "data-9b27d3e5c1")),
    request(
        "POST",
        "/platform.stock.v1.Stock/Get",
        _passes(upstream_version="2", trailers={"grpc-status": "0"}),
        *_GRPC,
        body=b"\0\0\0\0\0",
        http2=True,
    ),
    get(
        "/ledger/v2/entries/0123456789",
        _passes(upstream_headers={"X-Service-Key": ABSENT}),
        ("X-Service-Key", "audit-77e0c4d2aa"),
    ),
    get("/ledger/v2/entries/0123456789", _UNAUTHORIZED, _TEAM),
    get("/ledger/v3/entries/0123456789", _NOT_FOUND, ("X-Service-Key", "audit-77e0c4d2aa")),
    get("/status", _passes()),
)

# ---------------------------------------------------------------------------------------------
# partner-api

_HOST = "api.example.com"
_AT_HOST = ("Host", _HOST)
_ACME, _GLOBEX = ("X-API-Key", "acme-51f09d2c88"), ("X-API-Key", "globex-c7720b1ee4")
_PAGE = "https://acme.partners.example.com"

_PARTNER_STEPS: tuple[Step, ...] = (
    get(
        "/v1/things",
        Expect(
            401, "A valid X-API-Key is needed. See https://partners.example.com/keys", reached=None
        ),
        _AT_HOST,
    ),
    get("/v1/things", _NOT_FOUND, _ACME),
    get(
        "/v1/things",
        _passes(
            headers={
                "Access-Control-Allow-Origin": _PAGE,
                "Access-Control-Expose-Headers": Members(("X-Request-ID",)),
                "Strict-Transport-Security": "max-age=31536000",
                "Vary": Members(("Origin",), others=True),
            },
            absent=("server",),
            upstream_headers={
                "X-Consumer-Name": "acme",
                "X-Request-ID": _UUID,
                "X-API-Key": ABSENT,
                "X-Internal-User": ABSENT,
            },
        ),
        _AT_HOST,
        _ACME,
        ("Origin", _PAGE),
        ("X-Internal-User", "root"),
    ),
    _preflight(
        "/v1/things",
        _PAGE,
        "DELETE",
        Expect(
            (200, 204),
            reached=None,
            headers={
                "Access-Control-Allow-Origin": _PAGE,
                "Access-Control-Allow-Methods": Members(("GET", "POST", "PUT", "DELETE")),
                "Access-Control-Allow-Headers": Members(("Content-Type", "X-API-Key")),
                "Access-Control-Max-Age": "3600",
            },
        ),
        _HOST,
    ),
    _preflight(
        "/v1/things", "https://evil.test", "GET", Expect(absent=("access-control-.*",)), _HOST
    ),
    request("POST", "/v1/exports", _passes(), _AT_HOST, _ACME, times=3),
    request("POST", "/v1/exports", _TOO_MANY, _AT_HOST, _ACME),
    request("POST", "/v1/exports", _passes(), _AT_HOST, _GLOBEX),
    request(
        "POST",
        "/hooks/paid?key=hook-0d9e4b77f3&id=7",
        _passes(
            upstream_path="/hooks/paid?id=7",
            upstream_body=Matches(
                r'\{"event": "paid","received_at":"[-0-9T:]+Z","delivery":"[-0-9a-f]{36}"\}'
            ),
        ),
        _AT_HOST,
        body=b'{"event": "paid"}',
    ),
    request("POST", "/hooks/paid?key=acme-51f09d2c88", _UNAUTHORIZED, _AT_HOST),
    get(
        "/openapi.json",
        _passes(
            headers={
                "Access-Control-Allow-Origin": Matches(r"\*|https://elsewhere\.test"),
                "Cache-Control": "public, max-age=300",
            }
        ),
        _AT_HOST,
        ("Origin", "https://elsewhere.test"),
    ),
)

# ---------------------------------------------------------------------------------------------
# spa-backend

_APP = "https://app.example.com"
_CLAIMS = {"iss": "https://id.example.com/", "aud": "backend", "org": {"id": "o-1"}}


def _user(name: str, **more: Any) -> tuple[str, HeaderValue]:
    return "Authorization", Token({**_CLAIMS, "sub": name}, **more)


_SPA_STEPS: tuple[Step, ...] = (
    _preflight(
        "/api/todos",
        _APP,
        "PATCH",
        Expect(
            (200, 204),
            reached=None,
            headers={
                "Access-Control-Allow-Origin": _APP,
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Allow-Headers": Members(("Authorization", "Content-Type")),
                "Access-Control-Max-Age": "600",
            },
        ),
    ),
    _preflight("/api/todos", "https://evil.test", "GET", Expect(absent=("access-control-.*",))),
    get("/api/todos", _UNAUTHORIZED),
    get(
        "/api/todos",
        _passes(
            headers={"Access-Control-Allow-Origin": _APP, "X-Content-Type-Options": "nosniff"},
            absent=("x-powered-by",),
            upstream_headers={"X-User-ID": "u-1", "X-Org-ID": "o-1", "X-Request-ID": PRESENT},
        ),
        _user("u-1"),
        ("Origin", _APP),
        ("X-User-ID", "admin"),
    ),
    get("/api/todos", _passes(), _user("u-1", alg="ES256")),
    get("/api/todos", _UNAUTHORIZED, _user("u-1", alg="PS256")),
    get("/api/todos", _UNAUTHORIZED, _user("u-1", expires_in=-600)),
    get("/api/todos", _UNAUTHORIZED, ("Authorization", Token({**_CLAIMS, "aud": "x", "sub": "u"}))),
    get("/api/todos", _UNAUTHORIZED, ("Authorization", Token(_CLAIMS))),
    request("POST", "/api/uploads", _passes(), _user("u-1"), times=5),
    request("POST", "/api/uploads", _TOO_MANY, _user("u-1")),
    request("POST", "/api/uploads", _passes(), _user("u-2")),
    get("/api/config", _passes()),
    request("DELETE", "/api/config", _UNAUTHORIZED),
    get("/api/../api/%74odos", _UNAUTHORIZED),
)

# ---------------------------------------------------------------------------------------------
# hello

_ANN = ("X-API-Key", "s3cret")

_HELLO_STEPS: tuple[Step, ...] = (
    get("/api/users/1", _UNAUTHORIZED),
    _preflight("/api/users/1", _APP, "POST", Expect((200, 204), reached=None)),
    get(
        "/api/users/1",
        _passes(upstream_headers={"X-Gateway": "galc says 127.0.0.1", "X-API-Key": ABSENT}),
        _ANN,
        times=2,
    ),
    get("/api/users/1", _TOO_MANY, _ANN),
)

# ---------------------------------------------------------------------------------------------
# library

_WWW, _WWW_IN_PRODUCTION = ("Host", "www.library.internal"), ("Host", "www.library.example.com")
_CATALOGUE = "/catalogue/v1"
_HARMLESS = {"X-Content-Type-Options": "nosniff"}


def _staff(password: str) -> tuple[str, str]:
    return "Authorization", "Basic " + b64encode(f"staff:{password}".encode()).decode()


_LIBRARY_STEPS: tuple[Step, ...] = (
    get(_CATALOGUE, _passes(headers=_HARMLESS), _WWW, times=10),
    get(_CATALOGUE, _NOT_FOUND, _WWW_IN_PRODUCTION),
    get("/echo", _passes()),
    request("POST", "/loans/v1", _UNAUTHORIZED),
    request("POST", "/loans/v1", _passes(), _staff("on the shelf")),
)
_PRODUCTION_STEPS: tuple[Step, ...] = (
    get(_CATALOGUE, _passes(headers=_HARMLESS), _WWW_IN_PRODUCTION, times=3),
    get(_CATALOGUE, _NOT_FOUND, _WWW),
    get("/echo", _NOT_FOUND),
    request("POST", "/loans/v1", _UNAUTHORIZED, _staff("on the shelf")),
    request("POST", "/loans/v1", _passes(), _staff(ENVIRONMENT["LENDING_PASSWORD"])),
    request("DELETE", "/loans/v1", _NOT_FOUND),
)

STEPS: Mapping[str, tuple[Step, ...]] = {
    "hello.gal": _HELLO_STEPS,
    "shop.gal": _SHOP_STEPS,
    "internal-platform.gal": _PLATFORM_STEPS,
    "partner-api.gal": _PARTNER_STEPS,
    "spa-backend.gal": _SPA_STEPS,
    "spa-backend.yaml": _SPA_STEPS,
    _LIBRARY: _LIBRARY_STEPS,
    _IN_PRODUCTION: _PRODUCTION_STEPS,
}


def _compile(name: str, target: str) -> Compilation:
    return compile_texts(TEXTS, name.split(" + "), target)


def _checked(name: str) -> Checked:
    root, *overlays = [source_of(one, TEXTS[one]) for one in name.split(" + ")]
    return check(root, overlays=overlays, load=of_texts(TEXTS))


def _tree(name: str) -> dict[str, Any]:
    if name in (_LIBRARY, _IN_PRODUCTION):
        state = _checked(name).state
        assert state is not None
        return state.tree
    found: list[Diagnostic] = []
    tree = read_tree(source_of(name, TEXTS[name]), found.append)
    assert tree is not None and not found
    return tree


def _local(tree: dict[str, Any], ports: Mapping[str, str]) -> str:
    """The document with its hosts on this machine, as YAML for the live suite."""
    for names, service in zip(cycle(("abc", "bca", "cab")), tree["services"], strict=False):
        suffix, host = "", "127.0.0.1"
        if service.get("protocol") == "https":
            suffix, host = "_tls", "localhost"
        upstream = service["upstream"]
        for name, target in zip(names, upstream.get("targets") or [upstream], strict=False):
            target |= {"host": host, "port": int(ports[name + suffix])}
        for block in (service, *service["routes"]):
            jwt = block.get("authentication", {}).get("jwt", {})
            if "jwks_uri" in jwt:
                jwt["jwks_uri"] = f"http://127.0.0.1:{ports['jwks']}/jwks.json"
    tree["global"] = {**tree.get("global", {}), "host": "127.0.0.1", "port": 1, "admin_port": 2}
    text = print_yaml(tree)
    text = re.sub(r"^  port: 1$", "  port: @gateway@", text, count=1, flags=re.MULTILINE)
    return re.sub(r"^  admin_port: 2$", "  admin_port: @admin@", text, count=1, flags=re.MULTILINE)


@pytest.fixture(scope="session")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Upstreams, keys and the JWKS server."""
    with world(tmp_path_factory.mktemp("world")) as it:
        yield it


@pytest.mark.parametrize("name", [name for name in TEXTS if name.endswith(".gal")])
def test_is_in_the_canonical_form(name: str) -> None:
    result = CliRunner().invoke(galc_fmt, ["--diff", str(FOLDER / name)])
    assert (result.exit_code, result.stdout) == (0, "")


def test_every_example_has_steps_and_a_line_in_the_table() -> None:
    assert sorted(STEPS) == EXAMPLES
    table = (FOLDER / "README.md").read_text("utf-8")
    assert [name for name in TEXTS if f"({name})" not in table] == []


@pytest.mark.parametrize("target", targets.ALL)
@pytest.mark.parametrize("name", EXAMPLES)
def test_builds(name: str, target: str) -> None:
    compilation = _compile(name, target)
    problems = [d for d in compilation.diagnostics if d.severity == "error"]
    refused = [d.message() for d in problems if isinstance(d, Unsupported)]
    if refused and len(refused) == len(problems) and target != "envoy":
        pytest.skip("; ".join(refused))
    assert compilation.ok, [d.message() for d in problems]
    for diagnostic in compilation.diagnostics if target == "envoy" else ():
        if diagnostic.severity == "warning":
            assert isinstance(diagnostic, Approximate), diagnostic.message()
            assert diagnostic.feature.startswith("circuit_breaker"), diagnostic.message()


@pytest.mark.parametrize("name", EXAMPLES)
def test_envoy_accepts(name: str) -> None:
    complaint = Envoy().validate(_compile(name, "envoy").artifacts)
    assert complaint is None, complaint


@pytest.mark.parametrize("target", targets.ALL)
def test_both_spellings_build_the_same_bytes(target: str) -> None:
    gal, yaml = (_compile(f"spa-backend.{ending}", target) for ending in ("gal", "yaml"))
    assert gal.artifacts == yaml.artifacts


def test_both_spellings_are_one_document() -> None:
    assert _tree("spa-backend.gal") == _tree("spa-backend.yaml")


@pytest.mark.parametrize("name", EXAMPLES)
def test_converts_there_and_back(name: str) -> None:
    tree = _tree(name)
    for spelling, text in (("gal", print_gal(tree)), ("yaml", print_yaml(tree))):
        source = Source(name, text, "gal" if spelling == "gal" else "yaml")
        found: list[Diagnostic] = []
        assert read_tree(source, found.append) == tree
        assert not found


@pytest.mark.parametrize("where", ["by the language", "envoy", "traefik"])
@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "hello.gal"])
def test_its_own_tests_pass(name: str, where: str) -> None:
    on = ["--live", "-t", where] if where in targets.ALL else []
    path, *overlays = [str(FOLDER / one) for one in name.split(" + ")]
    on += [f"--overlay={overlay}" for overlay in overlays]
    call = [path, "--format", "json", *on]
    done = CliRunner().invoke(galc_test, call)
    assert done.exit_code == 0, done.output
    results = json.loads(done.stdout)
    reasons = {result["reason"] for result in results}
    if where == "traefik" and reasons != {None}:
        (reason,) = reasons
        assert "Traefik can't do" in reason
        pytest.skip(reason)
    assert len(results) >= 3
    assert all(result["outcome"] == "passed" for result in results), results


@pytest.mark.parametrize("name", EXAMPLES)
def test_works_live(name: str, around: World) -> None:
    document = _local(_tree(name), around.placeholders)
    run(Case(name, document, STEPS[name], ()), Envoy(), around)


@pytest.mark.parametrize("name", [_LIBRARY, _IN_PRODUCTION])
def test_several_files_work_on_traefik_too(name: str, around: World) -> None:
    document = _local(_tree(name), around.placeholders)
    run(Case(name, document, STEPS[name], ()), Traefik(), around)
