"""What a route changes in a request, and the rules that it keeps for the answer.

apisix/plugins/proxy-rewrite.lua. It stands on every route: without it the upstream would get the
path as the client spelled it.
"""

from collections.abc import Mapping
from typing import Any

from galc.ir.gateway import HeaderRules, Route, Template
from galc.targets.apisix import schema as s
from galc.targets.apisix import text
from galc.targets.apisix.matching import path_bytes
from galc.targets.memo import shared

#: The client's address: the TCP peer, or as client.lua finds it where proxies are trusted.
PEER, CLIENT = "realip_remote_addr", "galc_client_ip"
#: Headers that nginx sets itself after all plugins (apisix/cli/ngx_tpl.lua, `location /`).
FORWARDED_FOR, REAL_IP = "x-forwarded-for", "x-real-ip"
_VARIABLES = {
    "uuid": "galc_uuid",
    "now": "galc_now",
    "method": "request_method",
    "path": "galc_path",
    "host": "http_host",
}


def variables(trusting: bool) -> dict[str, str]:
    """APISIX's name for each variable of the language."""
    return {**_VARIABLES, "client_ip": CLIENT if trusting else PEER}


def proxy_rewrite(route: Route, trusting: bool) -> s.ProxyRewrite:
    """The normalised path, without the prefix where it is stripped, and the request's headers."""
    rules = route.headers.request if route.headers else HeaderRules()
    prefix = route.match.value if route.strip_prefix else ""
    return _rewrite(prefix, rules, trusting, route.upstream.http2)


@shared
def _rewrite(prefix: str, rules: HeaderRules, trusting: bool, http2: bool) -> s.ProxyRewrite:
    strip: tuple[str, ...] = ()
    if prefix:
        strip = (rf"(?s)^{text.regex(path_bytes(prefix))}(?:/(.*))?\z", "/$1")
    return s.ProxyRewrite(False, strip, request_headers(rules, trusting, http2))


def request_headers(rules: HeaderRules, trusting: bool, http2: bool) -> s.Headers | None:
    """Rules in the form that gives remove, set, add: the plugin adds, sets, removes, so each name
    stands in one of the three only."""
    names: dict[str, str] = {}
    removed, values = set(), dict[str, list[str]]()
    known = variables(trusting)
    added: dict[str, list[str]] = {}
    for name in rules.remove:
        removed.add(name.lower())
        names.setdefault(name.lower(), name)
    for name, template in rules.set:
        values[name.lower()] = [text.interpolated(template, known)]
        names[name.lower()] = name
    for name, template in rules.add:
        names.setdefault(name.lower(), name)
        added.setdefault(name.lower(), []).append(text.interpolated(template, known))
    for name, more in added.items():
        if name in values or name in removed:
            values.setdefault(name, []).extend(more)
    if http2 and FORWARDED_FOR not in names:
        # nginx adds it by itself to HTTP/1.1 upstreams only.
        names[FORWARDED_FOR] = "X-Forwarded-For"
        values[FORWARDED_FOR] = ["$proxy_add_x_forwarded_for"]
    headers = s.Headers(
        add={names[n]: _one_or_all(v) for n, v in added.items() if n not in values},
        set={names[n]: _one_or_all(v) for n, v in values.items()},
        remove=tuple(names[n] for n in sorted(removed) if n not in values),
    )
    return headers if headers != s.Headers() else None


def _one_or_all(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else tuple(values)


def has_response_rules(route: Route) -> bool:
    """Whether answers of a route are changed."""
    return route.headers is not None and route.headers.response != HeaderRules()


@shared
def response_rules(rules: HeaderRules, trusting: bool) -> Mapping[str, Any]:
    """The data of rules.lua."""
    known = variables(trusting)
    return {
        "remove": rules.remove,
        "set": [(name, _parts(template, known)) for name, template in rules.set],
        "add": [(name, _parts(template, known)) for name, template in rules.add],
    }


def _parts(template: Template, known: dict[str, str]) -> list[Any]:
    return [part if isinstance(part, str) else (known[part.name],) for part in template]
