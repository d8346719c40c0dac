"""A small model of Kong 3.9 for the tests beside it: it runs what galc builds, without a Kong.

How routes are ordered and compared stands in `test_kong_router`; the jwt plugin follows
`kong/plugins/jwt/handler.lua`.
Programs run in a real LuaJIT under the sandbox's list of functions
(`kong/tools/kong-lua-sandbox.lua`), so that one that uses anything else fails. Upstreams and time
are the tests' own. What the model can't tell is how nginx itself behaves.
"""

import base64
import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

import pytest
import yaml

from ..live.model import ENVIRONMENT
from . import cosockets
from .cosockets import Sockets
from .nginx import Failure, next_upstream, tries_again
from .test_kong_api import API, SANDBOX
from .test_kong_router import (
    escaped,
    matched,
    matches_header,
    matches_host,
    named_in,
    normalized,
    priority,
)
from .test_kong_signatures import decoded, unpadded, verifies

pytest.importorskip("lupa", reason="runs the programs for Kong in LuaJIT")

Headers = list[tuple[str, str]]
#: `lua_max_req_headers` of kong.conf: what the router, the plugins and a program that names no
#: limit see of a request.
MOST_HEADERS = 1000


#: Where setting one replaces one line (src/ngx_http_lua_headers_{in,out}.c, some of them).
_KNOWN_REQUEST_HEADERS = ("user-agent", "referer", "accept-encoding", "authorization")
_SINGLE_ANSWER_HEADERS = ("server", "content-type", "etag", "www-authenticate")


@dataclass
class Request:
    """A request on the wire; `path` with its query."""

    method: str
    path: str
    headers: Headers
    body: bytes = b""
    source: str = "127.0.0.1"
    http2: bool = False

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Reply:
    """An answer; `source` as Kong tells it: service, exit or error, and then why."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    source: str = "service"
    failure: Failure | None = None


@dataclass
class Sent:
    """A request as it goes to an upstream, and the number of the attempt."""

    upstream: dict[str, Any]
    service: dict[str, Any]
    request: Request
    attempt: int = 0


Upstream = Callable[[Sent], Reply]


def _text(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _vault(reference: bytes) -> bytes | None:
    """`kong.vault.get` of the vault `env` (kong/vaults/env/init.lua)."""
    found = re.fullmatch(r"\{vault://env/(\w+)\}", reference.decode())
    assert found, reference
    value = ENVIRONMENT.get(found[1].upper())
    return None if value is None else value.encode()


class Kong:
    """One Kong with a declarative file and its settings; `upstream` answers what gets through,
    `clock` is time."""

    def __init__(
        self,
        text: str,
        upstream: Upstream,
        clock: Callable[[], float],
        wait: Callable[[float], None] = lambda _: None,
        conf: str = "",
    ) -> None:
        self.file = yaml.safe_load(text)
        self.conf = conf
        self.upstream = upstream
        self.clock = clock
        self.numbers = itertools.count(1)
        self.routes = [
            (service, route) for service in self.file["services"] for route in service["routes"]
        ]
        self.upstreams = {found["name"]: found for found in self.file["upstreams"]}
        self.secrets = {
            secret["key"]: secret
            for consumer in self.file.get("consumers", ())
            for secret in consumer.get("jwt_secrets", ())
        }
        self.conditions = sorted({n for _, found in self.routes for n in found.get("headers", ())})
        self.found: dict[str, tuple[dict[str, Any], dict[str, Any]] | None] = {}
        lua = import_module("lupa.luajit21").LuaRuntime(encoding=None, unpack_returned_tuples=True)
        self.lua = lua
        self.table = lua.table_from
        self.sockets = Sockets(clock, wait)
        told = self.sockets.functions(lambda data: data, lambda data: data)
        sockets = lua.execute(f"return (function(...) {cosockets.LUA} end)".encode())(
            self.table({name.encode(): found for name, found in told.items()})
        )
        self.api = lua.execute(f"return (function(...) {API} end)".encode())(
            self._host(), SANDBOX.encode(), sockets
        )

    def handle(self, request: Request) -> Reply:
        """The answer that a client gets."""
        self.request = Request(**{**vars(request), "headers": list(request.headers)})
        self.early = request.headers
        self.answer: Reply | None = None
        self.outcome: int | None = None
        self.credential: dict[str, Any] | None = None
        path, _, query = request.path.partition("?")
        host = request.header("Host")
        self.var: dict[str, Any] = {
            "request_uri": request.path,
            "remote_addr": request.source,
            "realip_remote_addr": request.source,
            "http_host": host[0] if host else None,
            "args": query,
            "upstream_host": "",
            "request_id": f"{next(self.numbers):032x}",
        }
        self.service: dict[str, Any] = {}
        self.plugins: list[dict[str, Any]] = []
        self.api.begin(self._variables())
        if self._run(self._global("rewrite")):
            self._access(path)
        assert self.answer is not None
        for plugin in self.plugins:
            self._run(plugin["config"].get("header_filter", ()))
        self._filter_body(self.answer)
        answer = self.answer
        self.outcome = self._reported(answer)
        answer.headers = [(name, value.strip()) for name, value in answer.headers]
        return answer

    def _filter_body(self, answer: Reply) -> None:
        """In a few chunks, as nginx gives them; the last one may be empty."""
        codes = [c.encode() for p in self.plugins for c in p["config"].get("body_filter", ())]
        if not codes:
            return
        body, size = answer.body, max(len(answer.body) // 3, 1)
        parts = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
        left = [(part, False) for part in parts] + [(b"", True)]
        told = [self.api.filter(self.table(codes), part, last) for part, last in left]
        answer.body = b"".join(told)

    def _reported(self, answer: Reply) -> int | None:
        """The status that the target's health check hears of: kong/runloop/handler.lua, log.after.
        nginx has a status of its own for a target that it didn't reach."""
        if answer.source == "exit":
            return None
        told = self.api.told()
        return int(told) if told else answer.status

    def _global(self, phase: str) -> list[str]:
        return [code for p in self.file["plugins"] for code in p["config"].get(phase, ())]

    def _run(self, programs: Any) -> bool:
        return all(self.api.run(code.encode()) for code in programs)

    def _access(self, path: str) -> None:
        found = self.match(normalized(path))
        if found is None:
            self.answer = Reply(
                404, [], b'{"message":"no Route matched with those values"}', "exit"
            )
            return
        self.service, route = found
        self._prepare(route)
        self.plugins = route.get("plugins", [])
        for plugin in self.plugins:
            config = plugin["config"]
            if plugin["name"] == "jwt":
                self._jwt(config)
            elif plugin["name"] == "request-termination":
                body = json.dumps({"message": config["message"]}).encode()
                self.answer = Reply(config["status_code"], [], body, "exit")
                return
            elif not self._run(config.get("access", ())):
                return
        self.answer = self._proxied(path, route)

    def match(self, path: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The service and the route for the present request; a tie is an error. The router keeps
        what it found under all that it looks at, joined with bars (kong/router/fields.lua)."""
        seen = self._first_headers(MOST_HEADERS)
        # Alone among them the host comes from what Kong read first (kong/tools/http.lua).
        seen["host"] = [v for n, v in self._read_first() if n.lower() == "host"][:1]
        host = re.sub(r":\d+$", "", (seen["host"] or [""])[0])
        conditions = [",".join(sorted(seen.get(name, []))) for name in self.conditions]
        key = "|".join([*conditions, host, self.request.method, path])
        if key not in self.found:
            self.found[key] = self._looked_for(path, seen)
        return self.found[key]

    def _read_first(self) -> Headers:
        """Headers as Kong keeps them from before `rewrite`, unless a program makes it forget."""
        headers = self.request.headers if self.api.read_again() else self.early
        return headers[:MOST_HEADERS]

    def _looked_for(
        self, path: str, seen: dict[str, list[str]]
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        found = [pair for pair in self.routes if self._matches(pair[1], path, seen)]
        ranked = sorted(found, key=lambda pair: priority(pair[1]), reverse=True)
        if len(ranked) > 1:
            first, second = ranked[0][1], ranked[1][1]
            assert priority(first) != priority(second), (first["name"], second["name"])
        return ranked[0] if ranked else None

    def _matches(self, route: dict[str, Any], path: str, seen: dict[str, list[str]]) -> bool:
        try:
            text = path.encode("latin-1").decode()
        except UnicodeDecodeError:
            return False  # the router takes UTF-8 only (atc-router, src/ffi.rs)
        if not any(matched(regex, text) for regex in route["paths"]):
            return False
        if route.get("methods") and self.request.method not in route["methods"]:
            return False
        host = (seen["host"] or [""])[0]
        if route.get("hosts") and not any(matches_host(h, host) for h in route["hosts"]):
            return False
        return all(
            any(matches_header(rule, seen.get(name, [])) for rule in rules)
            for name, rules in (route.get("headers") or {}).items()
        )

    def _prepare(self, route: dict[str, Any]) -> None:
        request, var = self.request, self.var
        first = Request(request.method, request.path, self._read_first())
        forwarded = [*first.header("X-Forwarded-For")[:1], request.source]
        self.options = named_in(first.header("Connection")[:1])
        host = (first.header("Host") or [""])[0]
        var["upstream_host"] = host if route["preserve_host"] else ""
        var["upstream_x_forwarded_for"] = ", ".join(forwarded)
        var["upstream_x_forwarded_proto"] = "http"
        var["upstream_upgrade"] = ", ".join(request.header("Upgrade"))
        var["upstream_connection"] = "keep-alive"
        var["upstream_via"] = "1.1 kong/3.9"

    def _proxied(self, path: str, route: dict[str, Any]) -> Reply:
        uri = normalized(path)
        if route["strip_path"]:
            prefix = next(m for p in route["paths"] if (m := matched(p, uri)))
            rest = uri[prefix.end() :]
            uri = rest if rest.startswith("/") else "/" + rest
        uri = escaped(uri)
        if self.service["protocol"] == "grpc":
            uri = path
        query = self.var["args"]
        if query or self.request.path.endswith("?"):
            uri += f"?{query}"
        sent = Request(
            self.request.method,
            uri,
            list(self._upstream_headers()),
            self.request.body,
            http2=self.service["protocol"] == "grpc",
        )
        return self._tried(Sent(self.upstreams[self.service["host"]], self.service, sent))

    def _tried(self, sent: Sent) -> Reply:
        words = next_upstream(self.conf, grpc=self.service["protocol"] == "grpc")
        left = self.service["retries"]
        while True:
            reply = self.upstream(sent)
            method = sent.request.method
            if not left or not tries_again(words, method, reply.failure, reply.status):
                return reply
            left -= 1
            sent = replace(sent, attempt=sent.attempt + 1)

    def _upstream_headers(self) -> Iterator[tuple[str, str]]:
        var = self.var
        own = {
            "Host": var["upstream_host"]
            or self.upstreams[self.service["host"]]["targets"][0]["target"],
            "X-Forwarded-For": var["upstream_x_forwarded_for"],
            "X-Forwarded-Proto": var["upstream_x_forwarded_proto"],
            "Via": var["upstream_via"],
            "Upgrade": var["upstream_upgrade"],
            "Connection": var["upstream_connection"],
            "X-Real-IP": self.request.source,
        }
        for name, value in own.items():
            if value:
                yield name, value
        # Kong removes the options of the connection after the plugins.
        names = {name.lower() for name in own} | set(self.options)
        yield from ((n, v.strip()) for n, v in self.request.headers if n.lower() not in names)

    def _jwt(self, config: dict[str, Any]) -> None:
        """The plugin with an anonymous consumer: it lets everybody through."""
        [name] = config["header_names"]
        assert config["uri_param_names"] == config["cookie_names"] == []
        sent = self._first_headers(MOST_HEADERS).get(name.lower(), [""])[0]
        token = re.search(r"\s*[Bb]earer\s+(.+)", sent)
        parts = token[1].split(".") if token else []
        if len(parts) != 3:
            return
        head, claims, signature = (unpadded(part) for part in parts)
        jose = json.loads(head)
        named = json.loads(claims).get(config["key_claim_name"]) or jose.get(
            config["key_claim_name"]
        )
        secret = self.secrets.get(named)
        signed = ".".join(parts[:2]).encode()
        if secret is None or secret["algorithm"] != jose["alg"]:
            return
        if verifies(secret["algorithm"], secret["rsa_public_key"], signed, signature):
            assert token is not None
            self.credential = secret
            self.api.context()[b"authenticated_jwt_token"] = token[1].encode()

    def _first_headers(self, most: int) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, value in self.request.headers[: most or None]:
            found.setdefault(name.lower(), []).append(value)
        return found

    def _variables(self) -> Any:
        return self.lua.eval(
            b"function(get, set) return setmetatable({}, {__index = "
            b"function(_, name) return get(name) end, __newindex = "
            b"function(_, name, value) set(name, value) end}) end"
        )(
            lambda name: _bytes(self._variable(name.decode())),
            lambda name, value: self.var.__setitem__(name.decode(), _text(value)),
        )

    def _variable(self, name: str) -> Any:
        if name.startswith("http_") and name != "http_host":
            return ", ".join(self.request.header(name[5:].replace("_", "-"))) or None
        return self.var.get(name)

    def _headers(self, most: Any = None) -> Any:
        most = MOST_HEADERS if most is None else int(most)
        truncated = b"truncated" if 0 < most < len(self.request.headers) else None
        found = {
            name.encode("latin-1"): _bytes(values[0])
            if len(values) == 1
            else self.table([_bytes(value) for value in values])
            for name, values in self._first_headers(most).items()
        }
        return self.table(found), truncated

    def _set_header(self, name: bytes, values: Any) -> None:
        """src/ngx_http_lua_headers_in.c of lua-nginx-module: the first value takes the first
        line's place, and for headers that nginx knows leaves the others; empty, it removes all."""
        here, found = _text(name).lower(), self.request.headers
        first, *more = [_text(value) for value in values.values()] or [""]
        at = next((at for at, (n, _) in enumerate(found) if n.lower() == here), None)
        known = here in _KNOWN_REQUEST_HEADERS and bool(first) and at is not None
        kept = [(n, v) for n, v in found if n.lower() != here]
        if known:
            assert at is not None
            kept = [*found[:at], (found[at][0], first), *found[at + 1 :]]
        elif first:
            kept.append((_text(name), first))
        self.request.headers = [*kept, *((_text(name), value) for value in more)]
        if here == "host" and first:
            self.var["http_host"] = first

    def _body(self) -> bytes | None:
        """Nothing where lua-nginx-module refuses to read one."""
        unknown = self.request.http2 and not self.request.header("Content-Length")
        return None if unknown else self.request.body

    def _set_body(self, body: bytes) -> None:
        self.request.body = bytes(body)
        kept = [(n, v) for n, v in self.request.headers if n.lower() != "content-length"]
        self.request.headers = [*kept, ("Content-Length", str(len(body)))]

    def _answer_headers(self) -> Any:
        assert self.answer is not None
        found: dict[bytes, list[Any]] = {}
        for name, value in self.answer.headers:
            found.setdefault(name.lower().encode(), []).append(_bytes(value))
        return self.table({n: v[0] if len(v) == 1 else self.table(v) for n, v in found.items()})

    def _set_status(self, status: float) -> None:
        assert self.answer is not None
        self.answer.status = int(status)

    def _set_timeouts(self, connect: float, write: float, read: float) -> None:
        """kong/pdk/service.lua of 3.9: what it calls `write_timeout` the balancer never reads."""
        assert all(time == int(time) and 1 <= time < 2**31 - 1 for time in (connect, write, read))
        own = {"connect_timeout": int(connect), "read_timeout": int(read)}
        self.service = {**self.service, **own}

    def _exit(self, status: float, body: bytes, headers: Any) -> None:
        listed = [(_text(pair[1]), _text(pair[2])) for pair in headers.values()]
        self.answer = Reply(int(status), listed, bytes(body), "exit")

    def _answer_header(self, name: bytes) -> Any:
        assert self.answer is not None
        found = (v for n, v in self.answer.headers if n.lower() == _text(name).lower())
        return _bytes(next(found, None))

    def _set_answer_header(self, name: bytes, value: bytes, *, keep: bool = False) -> None:
        assert self.answer is not None
        headers = self.answer.headers
        if not keep or _text(name).lower() in _SINGLE_ANSWER_HEADERS:
            headers = [(n, v) for n, v in headers if n.lower() != _text(name).lower()]
        # nginx leaves a header without a value out.
        self.answer.headers = [*headers, (_text(name), _text(value))] if value else headers

    def _host(self) -> Any:
        answer: Callable[[], Reply] = lambda: self.answer or Reply(0)  # noqa: E731
        return self.table(
            {
                b"now": lambda: self.clock(),
                b"vault": _vault,
                b"md5": lambda data: hashlib.md5(data).hexdigest().encode(),
                b"md5_bin": lambda data: hashlib.md5(data).digest(),
                b"sha1_bin": lambda data: hashlib.sha1(data).digest(),
                b"hmac_sha1": lambda key, text: hmac.digest(key, text, "sha1"),
                b"encode_base64": base64.b64encode,
                b"decode_base64": decoded,
                b"headers": self._headers,
                b"set_header": self._set_header,
                b"set_query": lambda query: self.var.__setitem__("args", _text(query)),
                b"body": self._body,
                b"set_body": self._set_body,
                b"version": lambda: 2.0 if self.request.http2 else 1.1,
                b"method": lambda: self.request.method.encode(),
                b"path": lambda: _bytes(normalized(self.var["request_uri"].partition("?")[0])),
                b"service": lambda: self.service["name"].encode(),
                b"set_timeouts": self._set_timeouts,
                b"credential": lambda: (
                    self.credential
                    and self.table(
                        {b"key": _bytes(self.credential["key"].encode().decode("latin-1"))}
                    )
                ),
                b"exit": self._exit,
                b"answer_header": self._answer_header,
                b"set_answer_header": self._set_answer_header,
                b"add_answer_header": lambda name, value: self._set_answer_header(
                    name, value, keep=True
                ),
                b"answer_headers": self._answer_headers,
                b"set_status": self._set_status,
                b"source": lambda: answer().source.encode(),
                b"status": lambda: answer().status,
            }
        )


def _bytes(value: Any) -> Any:
    return value.encode("latin-1") if isinstance(value, str) else value
