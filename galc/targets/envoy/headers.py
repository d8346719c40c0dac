"""Header rules, and the escaping of text that Envoy would evaluate.

Envoy substitutes `%COMMAND%` in header values; everything else in them is literal
(https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/advanced/substitution_formatter).
"""

from galc.ir.gateway import HeaderRules, Route, Template
from galc.targets.envoy import schema as s
from galc.targets.envoy.filters import Filter
from galc.targets.memo import shared

SET = "OVERWRITE_IF_EXISTS_OR_ADD"
ADD = "APPEND_IF_EXISTS_OR_ADD"
#: Response rules run among the upstream's filters: on the route itself they would also change
#: Envoy's own rejections (seen on 1.40: 401, 429, 503 and 504).
RESPONSE_RULES = "galc.response_rules"
_PATH_STATE = "galc.path"
_VARIABLES = {
    "uuid": "%UNIQUE_ID%",
    "now": "%START_TIME(%Y-%m-%dT%H:%M:%SZ)%",
    "client_ip": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "method": "%REQ(:METHOD)%",
    "path": "%PATH(NQ:PATH)%",
    "host": "%REQ(:AUTHORITY)%",
}


def literal(text: str) -> str:
    """Text that Envoy's formatter gives back unchanged.

    >>> literal("100% %REQ(host)%")
    '100%% %%REQ(host)%%'
    """
    return text.replace("%", "%%")


def value(template: Template, path: str = _VARIABLES["path"]) -> str:
    """A header value as Envoy's formatter reads it; `path` is what stands for `{{path}}`."""
    parts = []
    for part in template:
        if isinstance(part, str):
            parts.append(literal(part))
        else:
            parts.append(path if part.name == "path" else _VARIABLES[part.name])
    return "".join(parts)


def option(name: str, text: str, action: str) -> s.HeaderValueOption:
    """A header to set or add. An empty value is kept: Envoy skips the rule otherwise."""
    return s.HeaderValueOption(s.HeaderValue(name, text), action, keep_empty_value=True)


@shared
def request_options(rules: HeaderRules) -> tuple[s.HeaderValueOption, ...]:
    """Sets, then adds: Envoy applies them in the order of the list, after all removals."""
    return tuple(option(name, value(text), SET) for name, text in rules.set) + tuple(
        option(name, value(text), ADD) for name, text in rules.add
    )


def needs_path_state(route: Route) -> bool:
    """Whether an answer's header shows the path, which the route's rewrite has changed by then."""
    if not route.strip_prefix or route.headers is None:
        return False
    rules = route.headers.response
    templates = [text for _, text in (*rules.set, *rules.add)]
    return any(not isinstance(part, str) and part.name == "path" for t in templates for part in t)


def response_mutations(route: Route) -> tuple[s.HeaderMutation, ...]:
    """The route's response rules as a list of steps."""
    if route.headers is None:
        return ()
    return _mutations(route.headers.response, needs_path_state(route))


@shared
def _mutations(rules: HeaderRules, remembered: bool) -> tuple[s.HeaderMutation, ...]:
    path = f"%FILTER_STATE({_PATH_STATE}:PLAIN)%" if remembered else _VARIABLES["path"]
    return (
        *(s.HeaderMutation(remove=name) for name in rules.remove),
        *(s.HeaderMutation(append=option(n, value(text, path), SET)) for n, text in rules.set),
        *(s.HeaderMutation(append=option(n, value(text, path), ADD)) for n, text in rules.add),
    )


_REMEMBER_PATH = s.SetFilterState(
    (
        s.FilterStateValue(
            _PATH_STATE, "envoy.string", s.FormatString(s.DataSource(_VARIABLES["path"]))
        ),
    )
)
PATH_STATE = Filter(
    name="galc.path_state",
    order=95,
    reason="the last before the router, whose rewrite changes the path that it remembers",
    chain=lambda _: _REMEMBER_PATH,
    per_route=lambda route: _REMEMBER_PATH if needs_path_state(route) else None,
)
