"""From a legal gateway to the two files of APISIX's standalone mode.

apisix/core/config_yaml.lua: `apisix.yaml` must end with `#END`, and an item that isn't valid is
dropped while APISIX still starts.
"""

from collections.abc import Iterator

from galc.ir.gateway import ApiKeys, Basic, Gateway, Introspection, Jwt, Route
from galc.printers.yaml import print_yaml, shown
from galc.targets.apisix import policies, programs, requests
from galc.targets.apisix import schema as s
from galc.targets.apisix.config import config
from galc.targets.apisix.routing import routes
from galc.targets.apisix.text import defused
from galc.targets.apisix.upstreams import name_of, upstream
from galc.targets.references import variables

#: An encoded slash or backslash in the path, whatever the route.
_ENCODED_SLASH = s.FaultInjection(
    s.Abort(400, ((("real_request_uri", "~*", "^[^?]*%(?:2f|5c)"),),))
)
_SCHEMES = {Basic: "basic", ApiKeys: "keys", Jwt: "jwt", Introspection: "oauth2"}


def resources(gateway: Gateway) -> s.Resources:
    """apisix.yaml: routes in the order of the gateway, upstreams and services by name, one global
    rule."""
    trusting = bool(gateway.trusted_proxies)
    used = {name_of(route): route for route in gateway.routes}
    found, services = routes(gateway)
    return s.Resources(
        shown(found),
        shown([upstream(used[name], trusting) for name in sorted(used)]),
        (_global_rule(gateway),),
        shown(services),
    )


def _global_rule(gateway: Gateway) -> s.GlobalRule:
    """The one global rule: APISIX drops a plugin that stands in two of them."""
    needed = {name for route in gateway.routes for name in _programs(route)} | {"begin", "answer"}
    if gateway.trusted_proxies:
        needed.add("client")
    before = [
        programs.with_data("client", {"trusted": gateway.trusted_proxies})
        if name == "client"
        else programs.program(name)
        for name in programs.REQUEST_ORDER
        if name in needed
    ]
    after = [programs.program(name) for name in programs.ANSWER_ORDER if name in needed]
    meta = None
    if any(route.response_body for route in gateway.routes):
        meta = s.Meta(pre_function=programs.program("bodies_filter"))
    return s.GlobalRule(
        "galc",
        s.Plugins(
            fault_injection=_ENCODED_SLASH,
            serverless_pre_function=s.Serverless("rewrite", tuple(before)),
            serverless_post_function=s.Serverless("header_filter", tuple(after), meta),
        ),
    )


def _programs(route: Route) -> Iterator[str]:
    """The Lua programs that a route calls."""
    if route.cors is not None:
        yield from ("cors", "cors_answer")
    if requests.has_response_rules(route):
        yield from ("rules", "rules_answer")
    if route.rate_limit is not None and route.rate_limit.key != "address":
        yield "limit"
    if route.authentication is not None:
        yield _SCHEMES[type(route.authentication.scheme)]
        if variables(route.authentication):
            yield "environment"
    if route.request_body is not None or route.response_body is not None:
        yield from ("bodies", "bodies_answer")
    if policies.watches_targets(route.upstream):
        yield from ("targets", "targets_answer")
    if route.circuit_breaker is not None:
        yield from ("breaker", "breaker_answer")


def lower(gateway: Gateway) -> dict[str, str]:
    """`apisix.yaml` and `config.yaml`, both for APISIX's folder `conf`."""
    return {
        "apisix.yaml": defused(print_yaml(resources(gateway))) + "#END\n",
        "config.yaml": defused(print_yaml(config(gateway))),
    }
