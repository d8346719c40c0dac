"""The Lua programs: constant files, and the one line that calls them with a policy's data.

One plugin for the whole gateway loads the programs once a worker and hands them to every request;
a route's own programs only call them. A value of the file reaches Lua as a literal and in no other
way, so it can't become code.
"""

from collections.abc import Iterator, Mapping, Set
from functools import cache
from importlib.resources import files
from typing import Any

from galc.ir.gateway import ApiKeys, Basic, Gateway, Introspection, Jwt
from galc.printers.lua import lua_literal
from galc.targets import bodies, lua
from galc.targets.kong import schema as s
from galc.targets.references import all_variables


@cache
def _source(name: str) -> str:
    own = (files("galc.targets.kong") / "lua" / f"{name}.lua").read_text("utf-8")
    return f"{bodies.program()}\n{own}" if name == "bodies" else own


#: What every route does first.
FORWARD = "return function() kong.ctx.shared.galc.forward() end"


def request_step(function: str, data: Mapping[str, Any]) -> str:
    """A program of the access phase. Where the library is missing it raises an error: a request
    is refused rather than let through."""
    return _call(f"kong.ctx.shared.galc.{function}(policy)", data)


def response_step(function: str, data: Mapping[str, Any]) -> str:
    """A program of the phases header_filter and body_filter; nothing where nginx itself refused the
    request before the library could be handed over."""
    call = f"local galc = kong.ctx.shared.galc if galc then galc.{function}(policy) end"
    return _call(call, data)


def _call(statement: str, data: Mapping[str, Any]) -> str:
    return f"local policy = {lua_literal(data)}\nreturn function() {statement} end"


def library(gateway: Gateway) -> str:
    """The programs that the routes call, in the order in which they build on each other."""
    routes = gateway.routes
    schemes = {type(route.authentication.scheme) for route in routes if route.authentication}
    used = (
        ("answers", True),
        ("environment", bool(all_variables(gateway))),
        ("basic", Basic in schemes),
        ("api_key", ApiKeys in schemes),
        ("jwt", Jwt in schemes),
        ("oauth2", Introspection in schemes),
        ("limit", any(route.rate_limit for route in routes)),
        ("headers", any(route.headers for route in routes)),
        ("bodies", any(route.request_body or route.response_body for route in routes)),
        ("breaker", any(route.circuit_breaker for route in routes)),
        ("watch", any(route.upstream.passive for route in routes)),
        ("cors", any(route.cors for route in routes)),
        ("websocket", any(route.websocket for route in routes)),
        ("start", True),
    )
    own = (_source(name) for name, needed in used if needed)
    return "\n".join(["local galc = {}", *_shared(schemes), *own])


def _shared(schemes: Set[type]) -> Iterator[str]:
    """The programs that other targets run, too."""
    if schemes & {Jwt, Introspection}:
        yield lua.program("json")
    if Introspection in schemes:
        yield lua.programs("introspection", "nginx_introspection")


def loader(gateway: Gateway) -> s.Plugin:
    """The plugin of the whole gateway; only such ones run before a route is looked for."""
    return s.Plugin("pre-function", s.Functions(rewrite=(library(gateway),)))
