"""CORS policies that let in more, or less, than their author seems to mean."""

from collections import defaultdict
from collections.abc import Iterator

from galc.diagnostics import Diagnostic, lint, meaning
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir.gateway import Gateway
from galc.passes.lint.hosts import address, is_public
from galc.passes.lint.places import Written

#: Domains below which anybody gets a name: a few of https://publicsuffix.org/list/.
_SHARED_DOMAINS = frozenset(
    "ac.uk amazonaws.com appspot.com azurewebsites.net cloudfront.net co.jp co.kr co.nz co.uk "
    "co.za com.au com.br com.cn com.tr firebaseapp.com fly.dev github.io gitlab.io herokuapp.com "
    "netlify.app ngrok.io ngrok-free.app onrender.com org.au org.uk pages.dev s3.amazonaws.com "
    "vercel.app web.app workers.dev".split()
)


def policy(policy: doc.Cors, path: Path) -> Iterator[Diagnostic]:
    """What is odd about one policy."""
    if isinstance(policy.allowed_origins, tuple):
        # `*` with credentials is an error already, and says nothing of what stands beside it.
        has_any = "*" in policy.allowed_origins and not policy.allow_credentials
        yield from _origins(policy.allowed_origins, has_any, (*path, "allowed_origins"))
    for name in ("allowed_headers", "expose_headers") if policy.allow_credentials else ():
        for index, header in enumerate(getattr(policy, name)):
            if header == "*":
                yield lint.LiteralWildcard(Place((*path, name, index)), name)


def _origins(origins: tuple[str, ...], has_any: bool, path: Path) -> Iterator[Diagnostic]:
    patterns = [origin.partition("*") for origin in origins if "://*." in origin]
    for index, origin in enumerate(origins):
        place = Place((*path, index))
        covering = _covering(origin, patterns, has_any)
        if covering:
            yield meaning.Ineffective(place, origin, f"beside `{covering}`")
        scheme, _, authority = origin.partition("://")
        host = _without_port(authority.removeprefix("*."))
        if scheme == "http" and host and is_public(host):
            yield lint.InsecureOrigin(place, origin)
        if "://*." in origin and _is_shared(host):
            yield lint.OpenOriginPattern(place, origin)


def _without_port(authority: str) -> str:
    host, colon, port = authority.rpartition(":")
    return host if colon and port.isdigit() else authority


def _is_shared(domain: str) -> bool:
    if domain in _SHARED_DOMAINS:
        return True
    return "." not in domain and is_public(f"x.{domain}") and address(domain) is None


def _covering(origin: str, patterns: list[tuple[str, str, str]], has_any: bool) -> str | None:
    """The wildcard that takes an origin too."""
    if has_any:
        return None if origin == "*" else "*"
    for start, _, end in patterns:
        if origin.startswith(start) and origin.endswith(end) and origin != f"{start}*{end}":
            return f"{start}*{end}"
    return None


def unreached_methods(written: Written, gateway: Gateway) -> Iterator[Diagnostic]:
    """Methods told to browsers that no route with the policy takes: no preflight asks for them."""
    taken: dict[Path, set[str]] = defaultdict(set)
    told: dict[Path, tuple[str, ...]] = {}
    for route in gateway.routes:
        if route.cors is None or route.cors.methods is None:
            continue
        path = written.policy(route, "cors")
        told[path] = route.cors.methods
        taken[path].update(route.methods or ("*",))
    for path, methods in told.items():
        if "*" in taken[path]:
            continue
        for index, method in enumerate(methods):
            # OPTIONS is the preflight itself, and often told by habit.
            if method not in taken[path] and method != "OPTIONS":
                place = Place((*path, "allowed_methods", index))
                yield meaning.Ineffective(place, method, "here: no route with this policy takes it")
