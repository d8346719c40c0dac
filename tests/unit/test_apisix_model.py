"""A small model of APISIX 3.18, because none runs here.

The model is written after the sources that galc/targets/apisix names: the router (radixtree below
hosts), conditions, the plugins that galc writes, and the order of phases; the Lua programs are the
real ones, in a real Lua. It knows no timers, so cases with probes are left to a real APISIX.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from galc.compiler import build, check_texts
from galc.targets.apisix import TARGET

from ..live.checks import Answer, Exchange, Received, values
from ..live.keys import Keys
from ..live.model import BROKEN, ENVIRONMENT, Case, Late, Mishap, Send
from . import cosockets
from .nginx import Failure, next_upstream, tries_again
from .test_apisix_world import LATIN, World, find, python_regex, uri_safe_encode

KEYS = Keys()
PORTS = {"a": 7001, "b": 7002, "c": 7003, "a_tls": 7443, "b_tls": 7444, "c_tls": 7445}
PLACEHOLDERS = {
    **{name: str(port) for name, port in PORTS.items()},
    **cosockets.PLACEHOLDERS,
    "jwks": "7100",
    "jwks_inline": KEYS.jwks,
    "jwks_bare": KEYS.bare_jwks,
    "gateway": "8080",
    "admin": "9901",
}
_GLOBAL = "global: {host: 127.0.0.1, port: @gateway@, admin_port: @admin@}\n"
_PLAIN = re.compile(r"(?<!\\)\$(?:\{\s*([^}]+?)\s*\}|([\w.]+))")


def document_of(case: Case) -> str:
    """A case's document with values for its placeholders."""
    text = case.document
    if not re.search(r"^global:", text, re.MULTILINE):
        text = _GLOBAL + text
    return _replaced(text)


def _replaced(text: str) -> str:
    return re.sub(r"@([a-z_]+)@", lambda found: PLACEHOLDERS[found[1]], text)


def files_of(case: Case) -> dict[str, str]:
    """A case's files with values for their placeholders."""
    return {name: _replaced(text) for name, text in case.files.items()}


def compiled(text: str, files: Mapping[str, str] | None = None) -> Any:
    """A document, built for APISIX; with files that it names."""
    return build(check_texts({"in.yaml": text, **(files or {})}, ("in.yaml",)), TARGET)


def resolve(template: str, var: Any) -> str:
    """`core.utils.resolve_var`."""

    def value(found: re.Match[str]) -> str:
        parts = re.split(r"\s*\?\?\s*", found[1] or found[2])
        known = var[parts[0]]
        return str(known) if known is not None else (parts[1] if len(parts) > 1 else "")

    return _PLAIN.sub(value, template)


class Finished(Exception):
    """A plugin has answered."""

    def __init__(self, status: int, body: str = "") -> None:
        self.status = status
        self.body = body


class Router:
    """lua-resty-radixtree, as radixtree_host_uri uses it."""

    def __init__(self, routes: list[dict[str, Any]]) -> None:
        self.hosts: dict[str, list[dict[str, Any]]] = {}
        self.open: list[dict[str, Any]] = []
        for route in routes:
            for host in route.get("hosts", ()):
                self.hosts.setdefault(host, []).append(route)
            if "hosts" not in route:
                self.open.append(route)

    def match(self, var: Any) -> dict[str, Any] | None:
        host = var["host"] or ""
        wild = sorted((h for h in self.hosts if h.startswith("*")), key=len, reverse=True)
        names = [h for h in self.hosts if h == host] + [h for h in wild if host.endswith(h[1:])]
        for routes in (*(self.hosts[name] for name in names), self.open):
            found = self._below(routes, var)
            if found is not None:
                return found
        return None

    def _below(self, routes: list[dict[str, Any]], var: Any) -> dict[str, Any] | None:
        uri = var["uri"]
        keyed: dict[tuple[bool, str], list[dict[str, Any]]] = {}
        for route in routes:
            for path in route["uris"]:
                path = path.encode().decode(LATIN)
                head, star, _ = path.partition("*")
                if star and path.rpartition("/")[2] == "*":
                    # Compared again as a regex that isn't escaped.
                    again = re.match(rf"{head}(.|\n)*\Z", uri)
                    if again is None:
                        continue
                keyed.setdefault((bool(star), head), []).append(route)
        exact = keyed.get((False, uri), [])
        prefixes = sorted(
            (key for key in keyed if key[0] and uri.startswith(key[1])),
            key=lambda key: len(key[1]),
            reverse=True,
        )
        for group in (exact, *(keyed[key] for key in prefixes)):
            for route in sorted(group, key=lambda r: -r.get("priority", 0)):
                methods = route.get("methods")
                if methods and var["request_method"] not in methods:
                    continue
                if holds(["AND", *route.get("vars", ())], var):
                    return route
        return None


def holds(expression: Any, var: Any) -> bool:
    """lua-resty-expr."""
    if expression[0] in ("AND", "OR", "!AND", "!OR"):
        results = (holds(part, var) for part in expression[1:])
        found = all(results) if "AND" in expression[0] else any(results)
        return found != str(expression[0]).startswith("!")
    name, *rest = expression
    negated = rest[0] == "!"
    operator, wanted = rest[-2:]
    value = var[name]
    result: bool
    if operator == "in":
        result = value in wanted
    elif operator == "==":
        result = value == wanted
    else:
        assert operator in ("~~", "~*"), operator
        flags = "joi" if operator == "~*" else "jo"
        result = value is not None and find(str(value), wanted, flags) is not None
    return result is not bool(negated)


def normalised(raw: str) -> str:
    """nginx's `$uri`: decoded, slashes merged, dot segments resolved."""
    text = re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), raw)
    segments: list[str] = []
    parts = re.sub("/+", "/", text).split("/")[1:]
    for index, part in enumerate(parts):
        is_last = index == len(parts) - 1
        if part == "..":
            if not segments:
                raise Finished(400)
            segments.pop()
        elif part != ".":
            segments.append(part)
            continue
        if is_last:
            segments.append("")
    return "/" + "/".join(segments)


class Bucket:
    """lua-resty-limit-traffic's `resty.limit.req`."""

    def __init__(self) -> None:
        self.excess: dict[str, tuple[float, float]] = {}

    def passes(self, key: str, rate: float, burst: float, now: float) -> bool:
        excess, last = self.excess.get(key, (0.0, now))
        level = max(excess - rate * (now - last) + 1, 0) if key in self.excess else 0
        if level > burst:
            return False
        self.excess[key] = (level, now)
        return True


class Behaviour:
    """How an upstream answers."""

    def __init__(self) -> None:
        self.state, self.status, self.delay = "up", 200, 0.0
        self.first: tuple[Mishap, ...] = ()

    def mishap(self) -> Mishap | None:
        """What comes instead of the usual answer."""
        found, self.first = self.first[:1], self.first[1:]
        return found[0] if found else None


def _worded(name: str) -> str | None:
    """What the environment holds, byte for byte as the model hands texts to Lua."""
    value = ENVIRONMENT.get(name)
    return None if value is None else value.encode().decode(LATIN)


class Apisix:
    """One APISIX with the two files, and three upstreams."""

    def __init__(self, artifacts: dict[str, str]) -> None:
        self.world = World()
        self.world.sets["http://127.0.0.1:7100/jwks.json"] = KEYS.jwks
        files = yaml.safe_load(artifacts["apisix.yaml"])
        self.config = yaml.safe_load(artifacts["config.yaml"])
        # nginx clears its workers' environment but for what it is told to keep.
        kept = {name: _worded(name) for name in self.config["nginx_config"].get("envs", ())}
        self.world.lua.globals().os.getenv = kept.get
        self.router = Router(files["routes"])
        self.upstreams = {upstream["id"]: upstream for upstream in files["upstreams"]}
        self.services = {service["id"]: service for service in files.get("services", ())}
        self.rule = files["global_rules"][0]["plugins"]
        self.programs: dict[str, Any] = {}
        self.buckets = Bucket()
        self.turns: Counter[str] = Counter()
        self.behaviours = {name: Behaviour() for name in "abc"}
        self.failure: Failure | None = None
        #: Of targets by port: how many connections there were, and since when the last is unused.
        self.connections: Counter[int] = Counter()
        self.unused_since: dict[int, float] = {}
        #: Seconds without traffic after which nginx ends what was upgraded last.
        self.idle = 0.0

    def functions(self, plugins: dict[str, Any], kind: str, phase: str) -> Iterator[Any]:
        plugin = plugins.get(f"serverless-{kind}-function")
        if plugin and plugin["phase"] == phase:
            for text in plugin["functions"]:
                if text not in self.programs:
                    self.programs[text] = self.world.load(text)
                yield self.programs[text]

    def run(self, plugins: dict[str, Any], kind: str, phase: str, ctx: Any) -> None:
        for function in self.functions(plugins, kind, phase):
            returned = function(None, ctx)
            code, body = returned if isinstance(returned, tuple) else (returned, "")
            if phase != "header_filter" and code is not None:
                raise Finished(int(code), body or "")

    def send(self, step: Send, headers: list[tuple[str, str]], source: str) -> Exchange:
        world = self.world
        world.request = [(n, v.encode().decode(LATIN)) for n, v in headers]
        world.answer, world.body, world.http2 = [], step.body, step.http2
        world.phase = "rewrite"
        received: list[Received] = []
        raw, _, args = step.path.partition("?")
        host = next((v for n, v in world.request if n.lower() == "host"), "")
        world.variables = {
            "request_method": step.method,
            "server_protocol": "HTTP/2.0" if step.http2 else "HTTP/1.1",
            "real_request_uri": step.path,
            "host": re.sub(r"\.?(:\d+)?$", "", host.lower()),
            "realip_remote_addr": source,
            "original_x_forwarded_proto": world.request_header("X-Forwarded-Proto") or "",
        }
        world.set_uri_args(args)
        world.set_request_header("X-Forwarded-Proto", "http")
        ctx = world.ctx()
        spent = 0.0
        try:
            world.variables["uri"] = normalised(raw)
            status, body, spent = self._handle(ctx, step, received)
        except Finished as finished:
            status, body = finished.status, finished.body
        world.status = status
        world._set(world.answer, "Server", "APISIX")
        if "upstream_header_time" in world.variables and status >= 500:
            world.answer.append(("X-APISIX-Upstream-Status", str(status)))
        world.phase = "header_filter"
        self.run(self.rule, "post", "header_filter", ctx)
        meta = self.rule["serverless-post-function"].get("_meta", {})
        if "pre_function" in meta:
            body = world.filter_body(world.load(meta["pre_function"]), ctx, body)
        sent = tuple((n, v.encode(LATIN).decode("utf-8", "replace")) for n, v in world.answer)
        trailers = (("grpc-status", "0"),) if self._is_grpc() and received else ()
        answer = Answer(world.status, sent, body.encode(LATIN), trailers, spent)
        return Exchange(answer, tuple(received))

    def _is_grpc(self) -> bool:
        return self.world.request_header("Content-Type") == "application/grpc"

    def _handle(self, ctx: Any, step: Send, received: list[Received]) -> tuple[int, str, float]:
        var = ctx.var
        route = self.router.match(var)
        self._inject(self.rule, var)
        self.run(self.rule, "pre", "rewrite", ctx)
        if route is None:
            raise Finished(404)
        plugins = route["plugins"]
        self._inject(plugins, var)
        self.run(plugins, "pre", "rewrite", ctx)
        path = self._rewrite(plugins["proxy-rewrite"], var)
        self._limit(route, var)
        upstream = self.upstreams[route["upstream_id"]]
        self._pick(ctx, upstream)
        self.run(plugins, "post", "before_proxy", ctx)
        return self._tried(ctx, path, step, route, upstream, received)

    def _tried(
        self,
        ctx: Any,
        path: str,
        step: Send,
        route: dict[str, Any],
        upstream: dict[str, Any],
        received: list[Received],
    ) -> tuple[int, str, float]:
        """Attempts, each at a target that wasn't tried (apisix/balancer/roundrobin.lua)."""
        config = self.config["nginx_config"].get("http_configuration_snippet", "")
        words = next_upstream(config, grpc=upstream["scheme"].startswith("grpc"))
        ports = [node["port"] for node in upstream["nodes"]]
        port, left, spent = int(ctx.picked_server.port), upstream["retries"], 0.0
        before, request = list(self.world.answer), list(self.world.request)
        while True:
            self.failure = None
            status, body, seconds = self._call(port, path, step, route, upstream, received)
            spent += seconds
            if not left or not tries_again(words, step.method, self.failure, status):
                return status, body, spent
            left -= 1
            if len(ports) > 1:
                ports.remove(port)
                port = ports[0]
            self.world.answer[:], self.world.request[:] = before, request
            ctx.picked_server, ctx.balancer_port = None, port
            self.world.variables["upstream_unresolved_host"] = "127.0.0.1"
            self.run(route["plugins"], "post", "before_proxy", ctx)

    def _inject(self, plugins: dict[str, Any], var: Any) -> None:
        abort = plugins.get("fault-injection", {}).get("abort")
        if abort and all(holds(["AND", *one], var) for one in abort.get("vars", ())):
            raise Finished(abort["http_status"])

    def _rewrite(self, plugin: dict[str, Any], var: Any) -> str:
        path = var["uri"]
        if "regex_uri" in plugin:
            pattern, replacement = plugin["regex_uri"]
            found = re.match(python_regex(pattern), path)
            assert found is not None and replacement == "/$1"
            path = "/" + (found[1] or "")
        path = uri_safe_encode(path)
        rules = plugin.get("headers", {})
        world = self.world
        for name, value in rules.get("add", {}).items():
            for one in value if isinstance(value, list) else [value]:
                text = resolve(one, var).encode().decode(LATIN)
                world.request.append((name, text)) if text else None
        for name, value in rules.get("set", {}).items():
            texts = value if isinstance(value, list) else [value]
            resolved = [resolve(one, var).encode().decode(LATIN) for one in texts]
            world.set_request_header(name, None)
            world.request.extend((name, text) for text in resolved if text)
        for name in rules.get("remove", ()):
            world.set_request_header(name, None)
        return f"{path}?{var['args'] or ''}" if var["is_args"] == "?" else path

    def _limit(self, route: dict[str, Any], var: Any) -> None:
        # A counter belongs to the resource that has the plugin; a service's plugins are merged in.
        owner = route
        if "service_id" in route:
            owner = self.services[route["service_id"]]
        limit = owner["plugins"].get("limit-req")
        if limit is None:
            return
        assert limit["key_type"] == "var" and limit["nodelay"]
        key = var[limit["key"]]
        assert key is not None
        if not self.buckets.passes(
            f"{owner['id']}:{key}", limit["rate"], limit["burst"], self.world.clock
        ):
            raise Finished(limit["rejected_code"], limit["_meta"]["error_response"])

    def _pick(self, ctx: Any, upstream: dict[str, Any]) -> None:
        table = self.world.lua.table_from
        nodes = [table(node) for node in upstream["nodes"]]
        expanded = [node for node in nodes for _ in range(int(node.weight))]
        if upstream["type"] == "chash":
            assert upstream["hash_on"] == "vars_combinations"
            key = resolve(upstream["key"], ctx.var)
            turn = sum(key.encode()) * 7919
        else:
            turn = self.turns[upstream["id"]]
            self.turns[upstream["id"]] += 1
        ctx.upstream_conf = table({"nodes": table(nodes)})
        ctx.picked_server = expanded[turn % len(expanded)]

    def _set_upgrade(self, route: dict[str, Any]) -> None:
        """apisix/init.lua, `handle_upstream`, and `proxy_set_header` in apisix/cli/ngx_tpl.lua."""
        upgrade, connection = map(self.world.variable, ("http_upgrade", "http_connection"))
        passes = route.get("enable_websocket", False)
        self.world.set_request_header("Upgrade", upgrade if passes else None)
        self.world.set_request_header("Connection", connection if passes else None)

    def _connection(self, port: int, upstream: dict[str, Any]) -> int:
        """One for each target, and a new one where it was unused for longer than it is kept."""
        kept = upstream.get("keepalive_pool", {}).get("idle_timeout", 60)
        if self.world.clock - self.unused_since.get(port, self.world.clock) > kept:
            self.connections[port] += 1
        return port * 1000 + self.connections[port]

    def _call(
        self,
        port: int,
        path: str,
        step: Send,
        route: dict[str, Any],
        upstream: dict[str, Any],
        received: list[Received],
    ) -> tuple[int, str, float]:
        world = self.world
        name = next(n for n, p in PORTS.items() if p == port)[0]
        behaviour = self.behaviours[name]
        world.variables["upstream_header_time"] = "-"
        limit = route["timeout"]["read"]
        if behaviour.state == "down":
            self.failure = "refused"
            return 502, "", 0.0
        if behaviour.state == "unreachable":
            self.failure = "hung"
            return 504, "", route["timeout"]["connect"]
        if world.request_header("X-Echo-Deaf"):
            self.failure = "late"
            return 504, "", route["timeout"]["send"]
        self._set_upgrade(route)
        if upstream["scheme"] == "http" or upstream["scheme"] == "https":
            known = world.variables["realip_remote_addr"]
            before = ", ".join(values(tuple(world.request), "X-Forwarded-For"))
            world.set_request_header("X-Forwarded-For", f"{before}, {known}" if before else known)
            world.set_request_header("X-Real-IP", known)
        got = tuple((n, v.encode(LATIN).decode("utf-8", "replace")) for n, v in world.request)
        version = "2" if upstream["scheme"].startswith("grpc") else "1.1"
        connection = self._connection(port, upstream)
        received.append(Received(name, version, step.method, path, got, world.body, connection))
        mishap = behaviour.mishap()
        if mishap is BROKEN:
            self.failure = "broken"
            return 502, "", 0.0
        delays = values(got, "X-Echo-Delay")
        delay = float(delays[0]) if delays else behaviour.delay
        delay = mishap.seconds if isinstance(mishap, Late) else delay
        world.clock += min(delay, limit)
        self.unused_since[port] = world.clock
        if delay > limit:
            self.failure = "late"
            return 504, "", limit
        world.variables["upstream_header_time"] = "0.002"
        world.variables["upstream_http_server"] = "upstream"
        kind = "application/grpc" if self._is_grpc() else "application/json"
        world.answer += [
            ("X-Powered-By", "echo"),
            ("X-Echo-Upstream", name),
        ]
        for line in values(got, "X-Echo-Header"):
            key, _, value = line.partition(":")
            world.answer.append((key.strip(), value.strip()))
        if not values(tuple(world.answer), "Content-Type"):
            world.answer.append(("Content-Type", kind))
        statuses = values(got, "X-Echo-Status")
        if values(got, "Upgrade") and not statuses:
            world.answer += [("Upgrade", values(got, "Upgrade")[0]), ("Connection", "upgrade")]
            self.idle = limit
            return 101, "", delay
        status = int(statuses[0]) if statuses else behaviour.status
        status = mishap if isinstance(mishap, int) else status
        echoes = bool(values(got, "X-Echo-Body"))
        body = world.body.decode(LATIN) if echoes else f'{{"upstream": "{name}"}}'
        world.answer.append(("Content-Length", str(len(body))))
        if step.method == "HEAD" or status in (204, 304):
            body = ""
        return status, body, delay
