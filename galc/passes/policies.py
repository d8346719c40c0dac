"""Policies of the document in normal form: one function a policy.

Precondition: a decoded policy and its place. Postcondition: the normal form with every default
filled in, or None when something is wrong with it, which is reported. Pure but for the report.
"""

import re
from typing import Any

from msgspec import UNSET

from galc.diagnostics import Report, fields, meaning
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir import gateway as gw
from galc.ir.units import Rate, milliseconds
from galc.passes.authentication import CONNECTION_HEADERS, given
from galc.passes.matching import is_host

VARIABLES: tuple[gw.VariableName, ...] = ("uuid", "now", "client_ip", "method", "path", "host")
_TEMPLATE = re.compile(r"\\\{\{|\{\{(.*?)\}\}|\{\{")
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(\*\.)?([^/:?#@*\s]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def rate_limit(policy: doc.RateLimit, path: Path, report: Report) -> gw.RateLimit | None:
    """Exactly one period; a key that has what it needs."""
    periods = {
        "requests_per_second": (policy.requests_per_second, 1000),
        "requests_per_minute": (policy.requests_per_minute, 60_000),
        "requests_per_hour": (policy.requests_per_hour, 3_600_000),
    }
    set_periods = {name: pair for name, pair in periods.items() if pair[0] is not UNSET}
    if len(set_periods) != 1:
        place = Place(path, key=True)
        report(meaning.NotOneOf(place, "a rate limit", tuple(periods), tuple(set_periods)))
        return None
    (tokens, period_ms) = next(iter(set_periods.values()))
    assert isinstance(tokens, int)
    key_name = ""
    for key_type, field, value in (
        ("header", "key_header", policy.key_header),
        ("jwt_claim", "key_claim", policy.key_claim),
    ):
        if policy.key_type == key_type:
            if value is UNSET:
                report(
                    meaning.MissingPart(Place((*path, "key_type")), f"key_type: {key_type}", field)
                )
                return None
            key_name = str(value)
        elif value is not UNSET:
            because = f"with `key_type: {policy.key_type}`"
            report(meaning.Ineffective(Place((*path, field), key=True), field, because))
    keys: dict[str, Any] = {"ip_address": "address", "header": "header", "jwt_claim": "claim"}
    return gw.RateLimit(
        rate=Rate(tokens, period_ms),
        burst=policy.burst or tokens,
        key=keys[policy.key_type],
        key_name=key_name,
        status=given(policy.response.status_code, 429),
        message=given(policy.response.message, "Rate limit exceeded"),
    )


def headers(policy: doc.Headers, path: Path, report: Report) -> gw.Headers:
    """Rules of both directions; names unique without regard to case."""
    return gw.Headers(
        _rules(
            "request", policy.request_remove, policy.request_set, policy.request_add, path, report
        ),
        _rules(
            "response",
            policy.response_remove,
            policy.response_set,
            policy.response_add,
            path,
            report,
        ),
    )


def _rules(
    direction: str,
    removed: tuple[str, ...],
    to_set: dict[str, str],
    to_add: dict[str, str],
    path: Path,
    report: Report,
) -> gw.HeaderRules:
    names = [((*path, f"{direction}_remove", index), name) for index, name in enumerate(removed)]
    for place, name in names:
        if name.lower() in CONNECTION_HEADERS:
            report(meaning.ForbiddenHeader(Place(place), name))
    return gw.HeaderRules(
        tuple(dict.fromkeys(removed)),
        _values(to_set, (*path, f"{direction}_set"), report),
        _values(to_add, (*path, f"{direction}_add"), report),
    )


def _values(
    values: dict[str, str], path: Path, report: Report
) -> tuple[tuple[str, gw.Template], ...]:
    seen: dict[str, Place] = {}
    result = []
    for name, value in values.items():
        place = Place((*path, name), key=True)
        if name.lower() in CONNECTION_HEADERS:
            report(meaning.ForbiddenHeader(place, name))
        first = seen.setdefault(name.lower(), place)
        if first is not place:
            report(meaning.Repeated(place, f"the header `{name}`", first))
        result.append((name, template(value, Place((*path, name)), report)))
    return tuple(result)


def template(text: str, place: Place, report: Report) -> gw.Template:
    r"""Text and variables of a header value; `\{{` is a literal `{{`."""
    if "{{" not in text:
        return (text,) if text else ()
    parts: list[str | gw.Variable] = []
    literal = ""
    last = 0
    for found in _TEMPLATE.finditer(text):
        literal += text[last : found.start()]
        last = found.end()
        name = (found.group(1) or "").strip()
        if found.group().startswith("\\"):
            literal += "{{"
        elif name in VARIABLES:
            if literal:
                parts.append(literal)
            literal = ""
            parts.append(gw.Variable(name))
        else:
            report(fields.BadTemplate(place, found.group(), VARIABLES))
    literal += text[last:]
    return (*parts, literal) if literal else tuple(parts)


def merge_headers(outer: gw.Headers, inner: gw.Headers) -> gw.Headers:
    """Rules accumulate; of two `set` of one name the inner wins."""
    return gw.Headers(
        _merge_rules(outer.request, inner.request), _merge_rules(outer.response, inner.response)
    )


def _merge_rules(outer: gw.HeaderRules, inner: gw.HeaderRules) -> gw.HeaderRules:
    names = {name.lower() for name, _ in inner.set}
    kept = tuple(pair for pair in outer.set if pair[0].lower() not in names)
    removed = {name.lower(): name for name in (*outer.remove, *inner.remove)}
    return gw.HeaderRules(tuple(removed.values()), kept + inner.set, outer.add + inner.add)


def cors(policy: doc.Cors, path: Path, report: Report) -> gw.Cors | None:
    """Origins by their form; `*` never with credentials."""
    if policy.allowed_origins is UNSET:
        sentence = "Origins: exact, `*`, or `https://*.example.com`."
        report(fields.MissingField(Place(path, key=True), "allowed_origins", "`cors`", sentence))
        return None
    origins = []
    for index, text in enumerate(given(policy.allowed_origins, ())):
        place = Place((*path, "allowed_origins", index))
        if text == "*":
            if policy.allow_credentials:
                report(meaning.WildcardCredentials(place))
            origins.append(gw.Origin("any", "*"))
            continue
        problem, hint = _origin_problem(text)
        if problem:
            report(fields.BadOrigin(place, text, problem, hint))
        elif "://*." in text:
            origins.append(gw.Origin("subdomains", text.replace("*.", "", 1)))
        else:
            origins.append(gw.Origin("exact", text))
    max_age = policy.max_age
    return gw.Cors(
        origins=tuple(dict.fromkeys(origins)),
        methods=None if policy.allowed_methods is UNSET else policy.allowed_methods,
        headers=policy.allowed_headers,
        expose=policy.expose_headers,
        credentials=policy.allow_credentials,
        max_age_s=max_age if isinstance(max_age, int) else milliseconds(max_age) // 1000,
    )


def _origin_problem(text: str) -> tuple[str | None, str | None]:
    if text == "null":
        # The origin of sandboxed frames and of data and file URLs (HTML Standard, opaque origins).
        return "is what any sandboxed page sends", "list the origins that are yours"
    if "://" not in text:
        if "*" in text:
            return "has no scheme", "write `*` for every origin"
        is_rest = _ORIGIN.fullmatch(f"https://{text}") is not None
        return "has no scheme", f"write `https://{text}`" if is_rest else None
    found = _ORIGIN.fullmatch(text)
    if found is None:
        if text.endswith("/") and _ORIGIN.fullmatch(text.rstrip("/")):
            return "has a path", f"write `{text.rstrip('/')}`"
        if text != text.lower() and _ORIGIN.fullmatch(text.lower()):
            return "has upper-case letters, and browsers send it in lower case", (
                f"write `{text.lower()}`"
            )
        return "isn't scheme, host and port", None
    scheme, _, host, port = found.groups()
    if text != text.lower():
        return (
            "has upper-case letters, and browsers send it in lower case",
            f"write `{text.lower()}`",
        )
    if not is_host(host):
        return "has no host name", None
    if port and port == _DEFAULT_PORTS.get(scheme):
        return "names the scheme's own port, and browsers leave it out", (
            f"write `{text.removesuffix(port)}`"
        )
    return None, None


def circuit_breaker(policy: doc.CircuitBreaker, _path: Path, _report: Report) -> gw.CircuitBreaker:
    """Durations in milliseconds, statuses in order."""
    return gw.CircuitBreaker(
        max_failures=policy.max_failures,
        open_ms=milliseconds(policy.timeout),
        half_open_requests=policy.half_open_requests,
        statuses=tuple(sorted(set(policy.unhealthy_status_codes))),
        status=given(policy.response.status_code, 503),
        message=given(policy.response.message, "Service temporarily unavailable"),
    )
