"""How Kong 3.9 compares paths, hosts and headers, and what orders its routes.

After `kong/tools/uri.lua`, `kong/router/transform.lua` and atc-router 1.6; tried against the first
two in LuaJIT. `test_kong_world` uses it.
"""

import re
from typing import Any

import pytest

_RESERVED = "!*'();:@&=+$,/?%#[]"


def normalized(path: str) -> str:
    """`normalize(uri, true)` of kong/tools/uri.lua, bytes as Latin-1."""

    def decode(found: re.Match[str]) -> str:
        char = chr(int(found[1], 16))
        return found[0].upper() if char in _RESERVED else char

    path = re.sub("%([0-9A-Fa-f]{2})", decode, path)
    segments: list[str] = []
    parts = re.sub("/+", "/", path).split("/")[1:]
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if part in (".", ".."):
            if part == "..":
                segments = segments[:-1]
            if last:
                segments.append("")
        else:
            segments.append(part)
    return "/" + "/".join(segments)


def escaped(path: str) -> str:
    """`escape` of kong/tools/uri.lua."""
    kept = r"[^!#$&'()*+,/:;=?@\[\]A-Za-z0-9\-_.~%]"
    return re.sub(kept, lambda found: f"%{ord(found[0]):02X}", path)


def matched(regex: str, path: str) -> re.Match[str] | None:
    """A `~` path of a route at a path: Rust's `$` is the very end, and its dot no line break."""
    end = re.sub(r"(\\.|\[[^\]]*\])|\$", lambda found: found[1] or r"\Z", regex[1:])
    return re.match(end, path)


def named_in(lists: list[str]) -> list[str]:
    """The words of comma-separated lists."""
    return [word.strip().lower() for text in lists for word in text.split(",") if word.strip()]


def matches_header(rule: str, values: list[str]) -> bool:
    rule = rule.lower()
    if rule.startswith("~*"):
        return any(re.search(rule[2:], value.lower()) for value in values)
    return any(value.lower() == rule for value in values)


def matches_host(pattern: str, host: str) -> bool:
    name = re.sub(r"^([^:]*):\d+$", r"\1", host)  # the first colon, and a number (transform.lua)
    return name.endswith(pattern[1:]) if pattern.startswith("*") else name == pattern


def priority(route: dict[str, Any]) -> tuple[int, bool, int, bool, int]:
    """`get_priority` of kong/router/transform.lua, for routes whose paths are regexes."""
    kinds = sum(bool(route.get(name)) for name in ("methods", "hosts", "headers", "snis", "paths"))
    hosts = route.get("hosts") or []
    plain = bool(hosts) and not any("*" in host for host in hosts)
    headers = len(route.get("headers") or {})
    return kinds, plain, headers, True, route["regex_priority"]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/a/./b//../c%41%2f%20", "/a/cA%2F "),
        ("/%2e%2e/a/%2E", "/a/"),
        ("/a/..", "/"),
        ("/..a/b..", "/..a/b.."),
        ("/%252e%2G%", "/%252e%2G%"),
        ("//", "/"),
        ("/a%0A%7c", "/a\n|"),
    ],
)
def test_kong_decodes_a_path_and_resolves_its_dots(path: str, form: str) -> None:
    assert normalized(path) == form


def test_kong_encodes_again_what_goes_on() -> None:
    assert escaped("/a b|\xe9%2F~") == "/a%20b%7C%E9%2F~"


def test_the_end_of_a_path_is_not_before_a_line_break() -> None:
    assert matched("~/x$", "/x")
    assert not matched("~/x$", "/x\n")
    assert not matched("~/x.$", "/x\n")
