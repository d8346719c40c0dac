"""The sugar: which short forms the `.gal` spelling has, as tables.

A head names the words of a statement, in order: `name` is a field of the construct, `methods...`
takes the words that are left, UPPER is a shape that stands for several fields (`SHAPES`), anything
else stands for itself. The first head whose first word fits is taken.
"""

import re
from collections.abc import Callable
from typing import Final

from galc.frontend.gal.tokens import Token

HEADS: Final[dict[str, tuple[str, ...]]] = {
    "Service": ("name",),
    "Route": ("~ path_regex methods...", "PATTERN methods..."),
    "Upstream": ("ADDRESS",),
    "Target": ("ADDRESS",),
    "LoadBalancer": ("algorithm",),
    "RateLimit": ("RATE",),
    "Authentication": ("type",),
    "BasicUser": ("username",),
    "ApiKey": ("key",),
    "ClaimHeader": ("claim -> header",),
    "ComputedField": ("field",),
    "Trial": ("name",),
    "TrialRequest": ("method path",),
    "Expectation": ("status",),
    "Removal": ("fields...",),
    "ServiceRemoval": ("fields...",),
}
#: Constructs with a head that mean something without any word.
BARE: Final = frozenset({"LoadBalancer", "Expectation"})
#: A list or map of constructs is given one by one, each under this name.
SINGULAR: Final = {
    "services": "service",
    "routes": "route",
    "targets": "target",
    "users": "user",
    "keys": "key",
    "claims_to_headers": "claim",
    "computed_fields": "computed_field",
    "policies": "policy",
    "tests": "test",
    "requests": "request",
}
#: Statements (and properties) that aren't fields, but a shape that stands for several.
ASPECTS: Final = {"RateLimit": {"key": "KEY"}}
#: Constructs whose first word names the field that takes the statements which they don't know.
DELEGATING: Final = frozenset({"Authentication"})
#: Names of the language's other versions: read as plain values, for the passes to judge.
OTHER_VERSIONS: Final = frozenset(
    (
        *("plugins", "global_config", "basic_auth", "audience", "key_name", "in_location"),
        "healthy_status_codes",
        *("response_status", "response_message", "request", "response"),
        *("failure_response_code", "failure_response_message"),
    )
)
EXAMPLES: Final = {
    "service": "service users { … }",
    "route": "route /api/* GET POST { … }",
    "upstream": "upstream users.internal:8080",
    "target": "target users-1.internal:8080 weight=2",
    "load_balancer": "load_balancer weighted",
    "rate_limit": "rate_limit 100/s burst=200 key=header:X-API-Key",
    "authentication": "authentication jwt { … }",
    "user": 'user ann password="…"',
    "key": 'key "…" name=ann',
    "claim": "claim sub -> X-User-ID",
    "computed_field": "computed_field id generator=uuid",
    "policy": "policy partner { … }",
    "global": "global { port 8080 }",
    "headers": "headers { request_set X-Gateway galc }",
    "cors": "cors { allowed_origins https://app.example.com }",
    "circuit_breaker": "circuit_breaker { max_failures 5 }",
    "retry": "retry { attempts 3 }",
    "websocket": "websocket { enabled true }",
    "health_check": "health_check { active { http_path /health } }",
    "active": "active { http_path /health ; interval 10s }",
    "passive": "passive { max_failures 5 }",
    "timeout": "timeout 30s",
    "response": 'response { message "…" }',
    "test": 'test "strangers stay out" { … }',
    "request": "request GET /api/users { … }",
    "expect": "expect 200",
    "include": "include team.gal",
    "remove": "remove rate_limit",
}

#: A field's name and the part of a word that is its value.
Parts = list[tuple[str, Token]]

_ADDRESS = re.compile(
    r"(\[[^\[\]]*\]|(?:[a-z]+://)?(?:\$\{[^{}]*\}|[^:{}\[\]])+):([0-9]+|\$\{[^{}]*\})",
)
_RATE = re.compile(r"(.+)/([smh])", re.DOTALL)
_PERIODS: Final = {"s": "second", "m": "minute", "h": "hour"}


def _address(word: Token) -> Parts | None:
    """`users:8080`, `[::1]:8080`, `${env:HOST}:8080`. A scheme is for the type check to refuse."""
    match = _ADDRESS.fullmatch(word.text)
    if not match:
        return None
    start, end = match.span(1)
    if word.text[0] == "[":
        start, end = start + 1, end - 1
    return [("host", word.part(start, end)), ("port", word.part(*match.span(2)))]


def _pattern(word: Token) -> Parts | None:
    """`/api/*` is a prefix, `/api` a path."""
    text = word.text
    if not text.startswith(("/", "${")):
        return None
    if text.endswith("/*"):
        return [("path_prefix", word.part(0, max(1, len(text) - 2)))]
    return [("path", word)]


def _rate(word: Token) -> Parts | None:
    """`100/s`, `100/m`, `100/h`."""
    match = _RATE.fullmatch(word.text)
    if not match:
        return None
    return [(f"requests_per_{_PERIODS[match[2]]}", word.part(*match.span(1)))]


def _rate_key(word: Token) -> Parts | None:
    """`ip_address`, `header:X-API-Key`, `jwt_claim:sub`."""
    if word.text == "ip_address":
        return [("key_type", word)]
    kind, colon, _ = word.text.partition(":")
    field = {"header": "key_header", "jwt_claim": "key_claim"}.get(kind)
    if not colon or field is None:
        return None
    split = len(kind)
    return [("key_type", word.part(0, split)), (field, word.part(split + 1, len(word.text)))]


SHAPES: Final[dict[str, Callable[[Token], Parts | None]]] = {
    "ADDRESS": _address,
    "PATTERN": _pattern,
    "RATE": _rate,
    "KEY": _rate_key,
}
