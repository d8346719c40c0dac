"""Whatever a variable of the environment holds: it is a secret, and nothing else."""

import os
from base64 import b64encode

import pytest

from .cases.shorthand import doc, get, ok, refused
from .envoy import Envoy
from .gateways import Gateway
from .model import Case, Send
from .run import World, run
from .traefik import Traefik

#: What a template, a rule, a string of Lua, of Go or of YAML would end at, or evaluate.
_HOSTILE = (
    '{{ env "HOME" }}',
    "{{ end }}{{ fail `x` }}",
    "`) || PathPrefix(`/",
    '") || PathPrefix(`/`) || Header(`X`, "',
    '"\n    priority: 1\n    rule: "PathPrefix(`/`)',
    "\\x41\\u0041\\101",
    "${env:HOME} $HOME ${1} $1 $$",
    "$(id) `id` ; rm -rf /",
    "%REQ(host)% %25 100%",
    "]] .. os.exit() .. [[",
    "'single' \"double\" `back`",
    "a: b # c",
    "line\nbreak",
    "a\r\nX-Admin: true",
    "tab\tand\x0bmore\x7f",
    "grüße 世界 \U0001f600",
    os.fsdecode(b"\xff\xfe not utf-8 \xc3"),
    "+/=?&%2B",
    ":",
    "nil",
    "0",
    "x" * 10_000,
)
each_gateway = pytest.mark.parametrize("gateway", [Envoy(), Traefik()], ids=lambda g: g.target)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, value in enumerate(_HOSTILE):
        monkeypatch.setenv(f"GALC_H{number}", value)


def _login(name: str, password: str) -> Send:
    token = b64encode(os.fsencode(f"{name}:{password}")).decode()
    return get("/", ok(), ("Authorization", f"Basic {token}"))


@each_gateway
def test_keys(gateway: Gateway, around: World) -> None:
    keys = ", ".join(f'{{key: "${{env:GALC_H{n}}}", name: n{n}}}' for n in range(len(_HOSTILE)))
    policy = f"{{type: api_key, api_key: {{forward_name: true, keys: [{keys}]}}}}"
    steps = [
        get("/", ok(upstream_headers={"X-Consumer-Name": f"n{number}"}), ("X-API-Key", value))
        for number, value in enumerate(_HOSTILE)
        # What can be sent in a header, by this client, with blanks around it cut off.
        if value.isascii() and value.isprintable() and value.strip() == value
    ]
    assert len(steps) > 12
    steps += [
        get("/", refused(401), *headers)
        for headers in ((), (("X-API-Key", ""),), (("X-API-Key", "line"),), (("X", "y"),))
    ]
    run(Case("hostile-keys", doc(f"{{path_prefix: /, authentication: {policy}}}"), (*steps,), ()),
        gateway, around)  # fmt: skip


@each_gateway
def test_passwords(gateway: Gateway, around: World) -> None:
    users = ", ".join(
        f'{{username: u{n}, password: "${{env:GALC_H{n}}}"}}' for n in range(len(_HOSTILE))
    )
    policy = f"{{type: basic, basic: {{users: [{users}]}}}}"
    steps = [_login(f"u{number}", value) for number, value in enumerate(_HOSTILE[:-1])]
    steps += [
        get("/", refused(401), ("Authorization", f"Basic {b64encode(pair).decode()}"))
        for pair in (b"u0:", b"u3:x", b"u12:line", b"u19:", b"u20:x", b":", b"nobody:nil")
    ]
    run(Case("hostile-words", doc(f"{{path_prefix: /, authentication: {policy}}}"), (*steps,), ()),
        gateway, around)  # fmt: skip


@each_gateway
@pytest.mark.parametrize("value", _HOSTILE[:-1], ids=range(len(_HOSTILE) - 1))
def test_a_hash_that_is_none_is_nobodys(
    value: str, gateway: Gateway, around: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if gateway.target == "envoy":
        pytest.skip("it has no hashes by reference")
    monkeypatch.setenv("GALC_HASH_X", value)
    users = '{username: a, password_hash: "${env:GALC_HASH_X}"}, {username: b, password: p}'
    policy = f"{{type: basic, basic: {{users: [{users}]}}}}"
    steps = [_login("b", "p")]
    steps += [
        get("/", refused(401), ("Authorization", f"Basic {b64encode(pair).decode()}"))
        for pair in (b"a:", b"a:" + os.fsencode(value), b"a:p")
    ]
    run(Case("no-hash", doc(f"{{path_prefix: /, authentication: {policy}}}"), (*steps,), ()),
        gateway, around)  # fmt: skip
