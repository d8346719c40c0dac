"""From the document to the gateway: defaults, units, and the policies in force on each route.

Precondition: a decoded document and the tree that it came from. Postcondition: a `Gateway` whose
routes stand in file order and have their default names; every policy object is made once for each
distinct policy of the file, however many routes share it.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from galc.diagnostics import Diagnostic, Report, fields, lint, meaning
from galc.diagnostics.names import DuplicateName
from galc.frontend.source import Path, Place
from galc.ir import document as doc
from galc.ir import features
from galc.ir import gateway as gw
from galc.ir.units import milliseconds
from galc.passes import bodies, matching, policies, regex, resilience, upstreams
from galc.passes.authentication import authentication
from galc.passes.bundles import Bundles, Default, Inherited, inherited_from

_encode = msgspec.msgpack.Encoder().encode
_POLICY_NAMES = frozenset(features.POLICIES)
_COMPILERS: dict[str, Callable[[Any, Path, Report], Any]] = {
    "rate_limit": policies.rate_limit,
    "authentication": authentication,
    "headers": policies.headers,
    "cors": policies.cors,
    "circuit_breaker": policies.circuit_breaker,
    "timeout": resilience.timeout,
    "retry": resilience.retry,
    "websocket": resilience.websocket,
    "transformation": bodies.transformation,
    "body_transformation": bodies.body_transformation,
}
#: IANA's HTTP methods that a gateway can route; CONNECT and TRACE it can't.
METHODS = frozenset(
    (
        "ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY DELETE GET HEAD "
        "LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE "
        "MOVE OPTIONS ORDERPATCH PATCH POST PROPFIND PROPPATCH PURGE PUT "
        "QUERY REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE "
        "UPDATEREDIRECTREF VERSION-CONTROL "
    ).split()
)


class _Resolver:
    def __init__(
        self,
        document: doc.Document,
        tree: dict[str, Any],
        report: Report,
        *,
        is_whole: bool,
        knows_policies: bool,
    ) -> None:
        self.document = document
        self.tree = tree
        self.problems = 0
        self._report = report
        self.memo: dict[tuple[str, bytes], tuple[Any, gw.Use]] = {}
        self.route_uses: dict[tuple[Any, ...], gw.Use] = {}
        self.merged: dict[tuple[int, int], gw.Headers] = {}
        self.uses: list[gw.Use] = []
        self.hosts: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.methods: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.default_timeout = milliseconds(document.global_.timeout)
        self.is_whole = is_whole
        self.bundles = Bundles(document, self.report, is_complete=knows_policies)
        self.bundled = {
            name: self.defaults(bundle, tree["policies"][name], ("policies", name), keep_off=True)
            for name, bundle in document.policies.items()
        }

    def report(self, diagnostic: Diagnostic) -> None:
        if diagnostic.severity == "error":
            self.problems += 1
        self._report(diagnostic)

    def use(self, name: str, raw: Any, places: list[Path]) -> gw.Use:
        found = features.written(name, raw)
        keys = {key for key, _ in found}
        is_policy = name in _POLICY_NAMES and isinstance(raw, dict)
        defaults = features.defaulted(name, keys) if is_policy else []
        use = gw.Use(tuple(found), tuple(defaults), places)
        self.uses.append(use)
        return use

    def policy(self, name: str, policy: Any, raw: Any, path: Path) -> tuple[Any, gw.Use]:
        """The normal form of a policy, and its entry among the uses (the caller adds the place)."""
        key = (name, _encode(raw))
        hit = self.memo.get(key)
        if hit is not None:
            return hit
        before = self.problems
        value = _COMPILERS[name](policy, path, self.report)
        hit = value, self.use(name, bodies.in_force(name, raw), [])
        if self.problems == before:
            self.memo[key] = hit
        return hit

    def defaults(
        self, owner: doc.Policies, raw: dict[str, Any], path: Path, *, keep_off: bool = False
    ) -> dict[str, Default]:
        """The policies of a service or a bundle."""
        found = {}
        for name in features.POLICIES:
            policy = getattr(owner, name, UNSET)
            if policy is UNSET:
                continue
            if getattr(policy, "enabled", True):
                value, use = self.policy(name, policy, raw[name], (*path, name))
                found[name] = Default(value, use, (*path, name))
            elif keep_off:
                found[name] = Default(None, None, (*path, name))
        return found

    def effective(
        self, route: doc.Route, raw: dict[str, Any], path: Path, inherited: Inherited
    ) -> dict[str, Any]:
        """The policies in force on a route; `enabled: false` switches an inherited one off."""
        found: dict[str, Any] = {}
        own = raw.keys() & _POLICY_NAMES
        for name in own:
            policy = getattr(route, name)
            if not getattr(policy, "enabled", True):
                continue
            value, use = self.policy(name, policy, raw[name], (*path, name))
            use.places.append((*path, name))
            found[name] = value
        for name, defaults in inherited.items():
            if name in own and (name != "headers" or name not in found):
                continue
            for default in defaults:
                value = default.inherit()
                if name in found:
                    found[name] = self.merge(value, found[name])
                elif value is not None:
                    found[name] = value
        return found

    def merge(self, outer: gw.Headers, inner: gw.Headers) -> gw.Headers:
        key = (id(outer), id(inner))
        if key not in self.merged:
            self.merged[key] = policies.merge_headers(outer, inner)
        return self.merged[key]

    def gateway(self) -> gw.Gateway:
        settings = self.globals()
        found: list[gw.Upstream] = []
        routes: list[gw.Route] = []
        names: dict[str, Place] = {}
        for index, service in enumerate(self.document.services):
            path: Path = ("services", index)
            raw = self.tree["services"][index]
            place = Place((*path, "name"))
            first = names.setdefault(service.name, place)
            if first is not place:
                self.report(DuplicateName(place, "service", service.name, first))
            keys = {key: raw[key] for key in ("name", "type", "protocol") if key in raw}
            self.route_use("services", keys, path)
            upstream = self.upstream(service, raw["upstream"], (*path, "upstream"))
            found.append(upstream)
            defaults = self.defaults(service, raw, path)
            inherited: dict[tuple[str, ...], Inherited] = {}
            for number, route in enumerate(service.routes):
                here = (*path, "routes", number)
                bundles = self.bundles.in_force(route.use, (*here, "use")) if route.use else ()
                if bundles not in inherited:
                    layers = [self.bundled[name] for name in reversed(bundles)]
                    inherited[bundles] = inherited_from([*layers, defaults])
                below = raw["routes"][number]
                in_force = self.effective(route, below, here, inherited[bundles])
                built = self.route(service, route, below, here, upstream, in_force, bundles)
                if built is not None:
                    routes.append(built)
            for name, default in defaults.items() if self.is_whole else ():
                if not default.inherited:
                    self.report(
                        lint.UnusedDefault(Place(default.path, key=True), name, service.name)
                    )
        for unused in self.bundles.unused() if self.is_whole else ():
            self.report(unused)
        named = _named(routes, self.report)
        return msgspec.structs.replace(
            settings,
            upstreams=tuple(found),
            routes=tuple(named),
            uses=tuple(use for use in self.uses if use.places),
        )

    def globals(self) -> gw.Gateway:
        settings = self.document.global_
        place: Path = ("global",)
        if not matching.is_address(settings.host):
            self.report(
                fields.BadAddress(
                    Place((*place, "host")), "host", settings.host, "an IP address to listen on"
                )
            )
        if settings.port == settings.admin_port:
            where = "port" if "port" in self.tree.get("global", {}) else "admin_port"
            self.report(meaning.PortClash(Place((*place, where)), settings.port))
        networks = []
        for index, text in enumerate(settings.trusted_proxies):
            network = matching.network(text)
            if network is None:
                here = Place((*place, "trusted_proxies", index))
                expected = "networks such as `10.0.0.0/8`"
                self.report(fields.BadAddress(here, "trusted_proxies", text, expected))
            else:
                networks.append(network)
        if "global" in self.tree:
            self.use("global", self.tree["global"], [place])
        return gw.Gateway(
            host=settings.host,
            port=settings.port,
            admin_port=settings.admin_port,
            trusted_proxies=tuple(dict.fromkeys(networks)),
            upstreams=(),
            routes=(),
        )

    def route_use(self, name: str, raw: dict[str, Any], path: Path) -> None:
        """Count the fields of a route or service; places that write the same fields share a use."""
        key: tuple[Any, ...] = (name, *[k for k in raw if k not in _POLICY_NAMES])
        if name == "services":
            key = (key, raw.get("type"), raw.get("protocol"))
        use = self.route_uses.get(key)
        if use is None:
            own = {k: v for k, v in raw.items() if k not in _POLICY_NAMES}
            plain = {k: (v if not isinstance(v, list) else v[:1]) for k, v in own.items()}
            use = self.route_uses[key] = self.use(name, plain, [])
        use.places.append(path)

    def upstream(self, service: doc.Service, raw: dict[str, Any], path: Path) -> gw.Upstream:
        """The upstream's normal form, counted among the uses."""
        self.use("upstream", upstreams.in_force(raw, service.upstream.health_check), [path])
        return upstreams.upstream(service, raw, path, self.report)

    def route(
        self,
        service: doc.Service,
        route: doc.Route,
        raw: dict[str, Any],
        path: Path,
        upstream: gw.Upstream,
        found: dict[str, Any],
        bundles: tuple[str, ...],
    ) -> gw.Route | None:
        """The route with the policies that are in force on it; None where its match is wrong."""
        self.route_use("routes", raw, path)
        match = self.match(route, path)
        methods = self.route_methods(route.methods, path)
        hosts = self.route_hosts(route.hosts, path)
        if route.strip_prefix and (match is None or match.kind != "prefix"):
            place = Place((*path, "strip_prefix"), key=True)
            self.report(meaning.Ineffective(place, "strip_prefix", "without `path_prefix`"))
        limit: gw.RateLimit | None = found.get("rate_limit")
        authentication: gw.Authentication | None = found.get("authentication")
        has_token = authentication is not None and isinstance(authentication.scheme, gw.Jwt)
        if limit is not None and limit.key == "claim" and not has_token:
            self.report(meaning.ClaimWithoutJwt(Place((*path, "rate_limit"), key=True)))
        if found.get("websocket") is not None:
            place = Place((*path, "websocket"), key=True)
            resilience.check_upgrade(service, methods, place, self.report)
        if match is None:
            return None
        timeout: resilience.Timeout | None = found.get("timeout")
        answer_ms = timeout.answer_ms if timeout else None
        whole: bodies.Transformed = found.get("transformation", bodies.UNTRANSFORMED)
        own: bodies.Bodies = found.get("body_transformation", bodies.NONE)
        if "grpc" in (service.type, service.protocol):
            bodies.refuse(whole, own, service.name, path, raw, self.report)
        headers: gw.Headers | None = found.get("headers")
        if whole.headers is not None:
            headers = self.merge(whole.headers, headers) if headers else whole.headers
        return gw.Route(
            name="" if route.name is UNSET else str(route.name),
            service=service.name,
            origin=path,
            match=match,
            methods=methods,
            hosts=hosts,
            strip_prefix=route.strip_prefix and match.kind == "prefix" and match.value != "/",
            upstream=upstream,
            grpc=service.type == "grpc",
            timeout_ms=self.default_timeout if answer_ms is None else answer_ms,
            rate_limit=limit,
            authentication=authentication,
            headers=headers,
            cors=found.get("cors"),
            circuit_breaker=found.get("circuit_breaker"),
            phases=timeout.phases if timeout else None,
            retry=found.get("retry"),
            websocket=found.get("websocket"),
            request_body=bodies.joined(whole.body, own.request),
            response_body=own.response,
            bundles=bundles,
        )

    def match(self, route: doc.Route, path: Path) -> gw.PathMatch | None:
        # Most routes are like this, and nothing can be wrong with them.
        prefix = route.path_prefix
        is_alone = prefix is not UNSET and route.path is route.path_regex is UNSET
        if is_alone and matching.is_plain(str(prefix)):
            return gw.PathMatch("prefix", str(prefix))
        kinds: tuple[tuple[str, gw.PathKind, str | UnsetType], ...] = (
            ("path_prefix", "prefix", route.path_prefix),
            ("path", "exact", route.path),
            ("path_regex", "regex", route.path_regex),
        )
        chosen = [(name, kind, text) for name, kind, text in kinds if text is not UNSET]
        if len(chosen) != 1:
            names = tuple(name for name, _, _ in kinds)
            self.report(
                meaning.NotOneOf(Place(path), "a route", names, tuple(n for n, _, _ in chosen))
            )
            return None
        name, kind, text = chosen[0]
        assert isinstance(text, str)
        if kind == "regex":
            problem = regex.regex_problem(text)
            if problem:
                self.report(fields.BadRegex(Place((*path, name)), text, problem))
                return None
            return gw.PathMatch("regex", regex.bare(text))
        problem = matching.path_problem(text)
        if problem:
            hint = f"write `/{text}`" if not text.startswith("/") and "://" not in text else None
            if text.endswith("*"):
                hint = "a prefix needs no `*`"
            self.report(fields.BadPath(Place((*path, name)), name, text, problem, hint))
            return None
        if kind == "prefix":
            return gw.PathMatch("prefix", matching.normal_prefix(text))
        return gw.PathMatch("exact", matching.normal_path(text))

    def route_methods(self, methods: tuple[str, ...], path: Path) -> tuple[str, ...]:
        known = self.methods.get(methods)
        if known is not None:
            return known
        before = self.problems
        for index, method in enumerate(methods):
            if method not in METHODS:
                place = Place((*path, "methods", index))
                self.report(fields.UnknownOption(place, "methods", method, _COMMON_METHODS))
            if method in methods[:index]:
                first = Place((*path, "methods", methods.index(method)))
                self.report(
                    meaning.Repeated(Place((*path, "methods", index)), f"`{method}`", first)
                )
        if self.problems == before:
            self.methods[methods] = methods
        return methods

    def route_hosts(self, hosts: tuple[str, ...], path: Path) -> tuple[str, ...]:
        if not hosts:
            return ()
        known = self.hosts.get(hosts)
        if known is not None:
            return known
        before = self.problems
        found: dict[str, Place] = {}
        for index, host in enumerate(hosts):
            place = Place((*path, "hosts", index))
            problem = matching.host_problem(host)
            if problem:
                self.report(fields.BadHostPattern(place, host, problem))
                continue
            name = host.lower().rstrip(".")
            first = found.setdefault(name, place)
            if first is not place:
                self.report(meaning.Repeated(place, f"the host `{name}`", first))
        if self.problems == before:
            self.hosts[hosts] = tuple(sorted(found))
        return tuple(sorted(found))


_COMMON_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _named(routes: list[gw.Route], report: Report) -> list[gw.Route]:
    """Routes with their default names: service and path, then methods and hosts where that is not
    enough. A name depends on which routes there are, never on their order. None has a space: what
    a target makes of a route has the name of it, and more in parentheses after a space."""
    names = [route.name or f"{route.service}:{_spelled(route.match)}" for route in routes]
    shared = Counter(name for name, route in zip(names, routes, strict=True) if not route.name)
    taken: dict[str, Place] = {}
    named = []
    for name, route in zip(names, routes, strict=True):
        if not route.name:
            if shared[name] > 1:
                # The path comes last: up to its first slash, no part can be taken for another.
                parts = (route.match.kind, "+".join(route.methods), "+".join(route.hosts))
                name = ":".join((route.service, *parts, _spelled(route.match)))
            route = msgspec.structs.replace(route, name=name)
        place = Place((*route.origin, "name"))
        first = taken.setdefault(route.name, place)
        if first is not place and ":" not in route.name:
            report(DuplicateName(place, "route", route.name, first))
        named.append(route)
    return named


def _spelled(match: gw.PathMatch) -> str:
    """A path in a name; only a regex may have a space, and means the same by its number."""
    return match.value.replace(" ", r"\x20")


def resolve(
    document: doc.Document,
    tree: dict[str, Any],
    report: Report,
    *,
    is_whole: bool = True,
    knows_policies: bool = True,
) -> gw.Gateway:
    """The gateway in file order; where an error was reported, without what is wrong. `is_whole`
    is False when parts with errors were taken out of the document before, and `knows_policies`
    when named policies may be among them."""
    return _Resolver(
        document, tree, report, is_whole=is_whole, knows_policies=knows_policies
    ).gateway()
