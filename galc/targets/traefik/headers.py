"""Header rules: the `headers` middleware right before the service.

https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/middlewares/headers/ and
`pkg/middlewares/headers/header.go`. It sets or (with an empty value) removes, and can't append: a
value is added by setting it where there is none.
"""

from urllib.parse import unquote

from galc.ir.gateway import HeaderRules, Route, Template
from galc.targets.memo import shared
from galc.targets.traefik import schema as s
from galc.targets.traefik.auth import hidden
from galc.targets.traefik.chain import Case, Chain, Named
from galc.targets.traefik.middlewares import named
from galc.targets.traefik.rules import ALWAYS, all_of
from galc.targets.traefik.text import quoted

#: Headers that Traefik adds by itself (`pkg/middlewares/forwardedheaders`); the file doesn't ask.
_UNASKED = ("X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server", "X-Real-Ip")
#: Without them an upgrade is passed as plain HTTP.
_UPGRADE = ("Connection", "Upgrade")
#: A handshake (RFC 6455, section 4.1). Of `Connection` Traefik leaves nothing but `Upgrade`, and
#: that only where the client asks for an upgrade (`pkg/middlewares/forwardedheaders`).
_HANDSHAKE = all_of(
    "Method(`GET`)",
    "HeaderRegexp(`Connection`, `^Upgrade$`)",
    "HeaderRegexp(`Upgrade`, `^(?i:websocket)$`)",
)
#: Added by stripPrefix.
_STRIPPED = "X-Forwarded-Prefix"
#: The answer headers of https://fetch.spec.whatwg.org/#http-responses
_CORS_ANSWER = (
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
)
#: Request headers of which Traefik writes its own before a router sees them.
MANAGED = frozenset({*_UNASKED, _STRIPPED, "X-Forwarded-For", "X-Forwarded-Proto"})
_NO_RULES = HeaderRules()


@shared
def canonical(name: str) -> str:
    """A name as Go spells it (`textproto.CanonicalMIMEHeaderKey`).

    >>> canonical("x-api-KEY")
    'X-Api-Key'
    """
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def literal(template: Template) -> str:
    """The text of a value; variables are refused before."""
    return "".join(part for part in template if isinstance(part, str))


@shared
def merged(rules: HeaderRules, hidden: tuple[str, ...] = ()) -> dict[str, str]:
    """Rules as one value a header, empty for removed, without the adds of `bare`."""
    found = {canonical(name): "" for name in (*hidden, *rules.remove)}
    found |= {canonical(name): literal(value) for name, value in rules.set}
    left = dict(bare(rules, hidden))
    for name, value in rules.add:
        key = canonical(name)
        if key not in left:
            found[key] = ", ".join(filter(None, (found.get(key), literal(value))))
    return found


@shared
def bare(rules: HeaderRules, hidden: tuple[str, ...] = ()) -> tuple[tuple[str, str], ...]:
    """Values added to headers that no other rule sets or removes: those may be there already."""
    known = {canonical(name) for name in (*hidden, *rules.remove, *(n for n, _ in rules.set))}
    found: dict[str, list[str]] = {}
    for name, value in rules.add:
        key = canonical(name)
        if key not in known and key not in MANAGED:
            found.setdefault(key, []).append(literal(value))
    return tuple((name, ", ".join(values)) for name, values in found.items())


def modify(chain: Chain, route: Route, trusting: bool) -> None:
    """The last before the service: what is added to the request, then all other rules."""
    request = route.headers.request if route.headers else _NO_RULES
    response = route.headers.response if route.headers else _NO_RULES
    for number, (name, value) in enumerate(bare(request, hidden(route)), 1):
        chain.split(_added(number, name, value))
    if route.websocket:
        chain.split(_handshakes(trusting))
    if route.strip_prefix and route.match.value != "/":
        # After the last split: no rule takes the empty path that may be left.
        chain.apply(_strip(route.match.value))
    chain.apply(
        _rules(
            request,
            response,
            hidden(route),
            trusting,
            route.strip_prefix,
            bool(route.cors),
            route.websocket is None,
        )
    )


@shared
def _handshakes(trusting: bool) -> tuple[Case, ...]:
    """Only a handshake keeps what asks for the upgrade. For one that comes without it Traefik fills
    `ws` in as X-Forwarded-Proto, where the language says `http`."""
    filled_in = Case("websocket", all_of(_HANDSHAKE, "Header(`X-Forwarded-Proto`, `ws`)"), (_HTTP,))
    return (
        *((filled_in,) if trusting else ()),
        Case("forwarded websocket" if trusting else "websocket", _HANDSHAKE),
        Case("no websocket", ALWAYS, (_NO_UPGRADE,)),
    )


_HTTP = named("http", s.Middleware(headers=s.Headers({"X-Forwarded-Proto": "http"})))
_NO_UPGRADE = named("no-upgrade", s.Middleware(headers=s.Headers(dict.fromkeys(_UPGRADE, ""))))


@shared
def _added(number: int, name: str, value: str) -> tuple[Case, ...]:
    added = named("add", s.Middleware(headers=s.Headers({name: value})))
    return (
        Case(f"has header {number}", f"HeaderRegexp({quoted(name)}, `^`)"),
        Case(f"gets header {number}", ALWAYS, (added,)),
    )


@shared
def _rules(
    request: HeaderRules,
    response: HeaderRules,
    hidden: tuple[str, ...],
    trusting: bool,
    stripped: bool,
    has_cors: bool,
    never_upgrades: bool,
) -> Named:
    upgrade = _UPGRADE if never_upgrades else ()
    asked = dict.fromkeys((*upgrade, *_UNASKED, *((_STRIPPED,) if stripped else ())), "")
    if not trusting:
        # Only of a trusted proxy is it believed, and the entry point speaks plain HTTP.
        asked["X-Forwarded-Proto"] = "http"
    asked |= merged(request, hidden)
    answered = dict.fromkeys(_CORS_ANSWER, "") if has_cors else {}
    answered |= merged(response)
    return named("headers", s.Middleware(headers=s.Headers(asked, answered)))


@shared
def _strip(prefix: str) -> Named:
    # The prefix is compared with the path after all its escapes are decoded.
    return named("strip", s.Middleware(strip_prefix=s.StripPrefix((unquote(prefix),))))
