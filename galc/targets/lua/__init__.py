"""Constant Lua programs that several targets run: each gateway's own part stands in its folder.

They use nothing but Lua 5.1 (https://www.lua.org/manual/5.1/), so that they run in Envoy's Lua, in
Kong's sandbox and in APISIX; `nginx_*` also use what lua-nginx-module has, as Kong and APISIX do.
A program is a list of local functions, for those that are put after it in the same chunk.
"""

from functools import cache
from importlib.resources import files


@cache
def program(name: str) -> str:
    """The text of a program."""
    return files(__package__).joinpath(f"{name}.lua").read_text("utf-8")


def programs(*names: str) -> str:
    """Several programs as one chunk, in the order in which they build on each other."""
    return "\n".join(map(program, names))
