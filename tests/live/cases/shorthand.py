"""Short spellings for documents and steps, so that a case shows its idea and little else."""

from typing import Any, cast

from ..model import UNSTATED, Expect, HeaderValue, ReachedBy, ReachedRule, Send

#: A header of a request.
Header = tuple[str, HeaderValue]


def service(*routes: str, name: str = "s", upstream: str = "a", policies: str = "") -> str:
    """A service; each route is a flow mapping, `upstream` a name or a flow mapping."""
    if len(upstream) == 1:
        upstream = f"{{host: 127.0.0.1, port: @{upstream}@}}"
    lines = [f"- name: {name}", f"  upstream: {upstream}"]
    lines += [f"  {line}" for line in policies.splitlines()]
    lines += ["  routes:", *(f"    - {route}" for route in routes)]
    return "\n".join(lines)


def document(*services: str, settings: str = "") -> str:
    """A document; `settings` are `global`'s, as the inside of a flow mapping."""
    head = 'version: "1"\n'
    if settings:
        ports = "host: 127.0.0.1, port: @gateway@, admin_port: @admin@"
        head += f"global: {{{ports}, {settings}}}\n"
    return f"{head}services:\n" + "\n".join(services) + "\n"


def doc(*routes: str, upstream: str = "a", policies: str = "", settings: str = "") -> str:
    """A document with one service."""
    one = service(*routes, upstream=upstream, policies=policies)
    return document(one, settings=settings)


def targets(*names: str, more: str = "") -> str:
    """An upstream with several targets, each `name` or `name*weight`."""
    listed = []
    for spelled in names:
        name, _, weight = spelled.partition("*")
        tail = f", weight: {weight}" if weight else ""
        listed.append(f"{{host: 127.0.0.1, port: @{name}@{tail}}}")
    return f"{{targets: [{', '.join(listed)}]{', ' + more if more else ''}}}"


def ok(reached: str | tuple[str, ...] | ReachedBy = "a", **more: Any) -> Expect:
    """200 from that upstream."""
    return Expect(200, reached=cast(ReachedRule, reached), **more)


def refused(status: int | tuple[int, ...], **more: Any) -> Expect:
    """The gateway's own answer; no upstream is called."""
    return Expect(status, reached=None, **more)


def answered(status: int | tuple[int, ...], reached: ReachedRule = UNSTATED, **more: Any) -> Expect:
    """An answer with that status, from whom it may be."""
    return Expect(status, reached=reached, **more)


def request(method: str, path: str, expect: Expect, *headers: Header, **more: Any) -> Send:
    """A request; `more` are other fields of `Send`."""
    return Send(method, path, headers, expect=expect, **more)


def get(path: str, expect: Expect, *headers: Header, **more: Any) -> Send:
    """A GET request; `more` are other fields of `Send`."""
    return request("GET", path, expect, *headers, **more)


NOT_FOUND = refused(404)
