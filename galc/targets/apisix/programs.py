"""Constant Lua programs, and the calls by which a route gives them its data.

APISIX runs one instance of serverless-pre-function and one of serverless-post-function for each of
a route and the global rules, each in one phase (apisix/plugins/serverless/init.lua). So the
programs lie once in the global rule, whose functions run before a route's own: in phase rewrite
they leave their functions in `ctx.galc`, in phase header_filter they treat the answer. A route
holds nothing but calls with data. What has to be done in phase body_filter, the global rule does in
`_meta.pre_function`, which runs before a plugin in each of its phases.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from galc.printers.lua import lua_literal
from galc.targets import bodies, lua

#: The programs of the global rule in phase header_filter, in the order in which they run.
ANSWER_ORDER = (
    "answer",  # first: tells the others whether the upstream answered
    "targets_answer",
    "breaker_answer",
    "bodies_answer",  # before the rules, which an answer of the gateway's own doesn't meet
    "rules_answer",  # what the upstream sent, changed by the route
    "cors_answer",  # last: nothing changes the CORS headers
)
#: Those of phase rewrite; only the first one's place matters.
REQUEST_ORDER = (
    "begin",  # makes the table that the others fill
    "client",
    "cors",
    "rules",
    "limit",
    "environment",
    "basic",
    "keys",
    "jwt",
    "oauth2",
    "bodies",
    "targets",
    "breaker",
)


#: What a program has before it of those that other targets run, too.
_SHARED = {"oauth2": ("json", "introspection", "nginx_introspection")}


@cache
def program(name: str) -> str:
    """The text of a program of `lua/`."""
    own = files(__package__).joinpath("lua", f"{name}.lua").read_text("utf-8")
    shared = [bodies.program()] if name == "bodies" else map(lua.program, _SHARED.get(name, ()))
    return "\n".join([*shared, own])


def with_data(name: str, data: Mapping[str, Any]) -> str:
    """A program that reads its settings from `data`."""
    return f"local data = {lua_literal(data)}\n{program(name)}"


def call(function: str, data: Mapping[str, Any]) -> str:
    """A route's call of a function in `ctx.galc`. The data are a literal; `function` is one of our
    own names."""
    assert function.isidentifier()
    return (
        f"local data = {lua_literal(data)}\n"
        f"return function(_, ctx) return ctx.galc.{function}(ctx, data) end"
    )
