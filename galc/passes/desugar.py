"""Spellings of GAL up to 1.3, rewritten to the current ones.

Runs only for a tree that doesn't decode: no old spelling fits the current types, so a file in the
current spelling never pays for it. Precondition: a tree as a front end composes it. Postcondition:
the same meaning, no old spelling left; `moved` maps each path whose value came from elsewhere to
the path that it has in the source.
"""

from collections.abc import Callable, Iterator
from typing import Any

from galc.diagnostics import Report, fields, lint
from galc.frontend.source import Path, Place

Tree = dict[str, Any]
Moved = dict[Path, Path]

_RETRY_CONDITIONS = {"connect_timeout": "connect_failure"}
#: What GAL up to 1.3 called a service all whose routes may be upgraded.
_WEBSOCKET = "websocket"


class _Desugar:
    """One run over one tree, which is changed in place."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.moved: Moved = {}

    def move(self, tree: Tree, path: Path, old: str, new: Path) -> None:
        """Put the value of `old` at the path `new` below the same block, if that is free."""
        if old not in tree:
            return
        block = tree
        for step in new[:-1]:
            block = block.setdefault(str(step), {})
            if not isinstance(block, dict):
                return
        last = str(new[-1])
        if last in block:
            name = ".".join(str(step) for step in new)
            self.report(fields.GivenTwice(Place((*path, old), key=True), old, name))
        else:
            block[last] = tree[old]
            self.note((*path, old), (*path, *new), old, ".".join(str(step) for step in new))
        del tree[old]

    def note(self, old_path: Path, new_path: Path, old: str, new: str) -> None:
        """Remember where a value came from, and tell the author."""
        self.moved[new_path] = old_path
        self.report(lint.OldSpelling(Place(old_path, key=True), old, new))

    def document(self, tree: Tree) -> None:
        self.move(tree, (), "global_config", ("global",))
        self.plugins(tree)
        bundles = tree.get("policies")
        for name, bundle in bundles.items() if isinstance(bundles, dict) else ():
            if isinstance(bundle, dict):
                self.policies(bundle, ("policies", name))
        for path, service in _blocks(tree, (), "services"):
            self.websocket(service, path)
            self.policies(service, path)
            for route_path, route in _blocks(service, path, "routes"):
                self.policies(route, route_path)

    def websocket(self, service: Tree, path: Path) -> None:
        """A type of service, where it is a policy now, which its routes may have themselves."""
        if service.get("type") != _WEBSOCKET:
            return
        service["type"] = "rest"
        old, place = f"type: {_WEBSOCKET}", Place((*path, "type"), key=True)
        owners = (service, *(route for _, route in _blocks(service, path, "routes")))
        if _WEBSOCKET in service or all(_WEBSOCKET in owner for owner in owners[1:]):
            self.report(lint.OldSpelling(place, old, "type: rest"))
        else:
            service[_WEBSOCKET] = {}
            self.note((*path, "type"), (*path, _WEBSOCKET), old, _WEBSOCKET)

    def plugins(self, tree: Tree) -> None:
        plugins = tree.get("plugins")
        if not isinstance(plugins, list):
            return
        for index, plugin in enumerate(plugins):
            if isinstance(plugin, dict) and plugin.get("enabled", True) is False:
                continue
            name = plugin.get("name", "?") if isinstance(plugin, dict) else "?"
            self.report(fields.NotTranslated(Place(("plugins", index)), str(name)))
        del tree["plugins"]

    def policies(self, tree: Tree, path: Path) -> None:
        rules: dict[str, Callable[[Tree, Path], None]] = {
            "rate_limit": self.rate_limit,
            "authentication": self.authentication,
            "headers": self.headers,
            "circuit_breaker": self.circuit_breaker,
            "retry": self.retry,
        }
        for name, rule in rules.items():
            if isinstance(tree.get(name), dict):
                rule(tree[name], (*path, name))
        transformation = tree.get("transformation")
        if isinstance(transformation, dict) and isinstance(transformation.get("headers"), dict):
            self.headers(transformation["headers"], (*path, "transformation", "headers"))

    def rate_limit(self, tree: Tree, path: Path) -> None:
        self.move(tree, path, "response_status", ("response", "status_code"))
        self.move(tree, path, "response_message", ("response", "message"))

    def circuit_breaker(self, tree: Tree, path: Path) -> None:
        self.move(tree, path, "failure_response_code", ("response", "status_code"))
        self.move(tree, path, "failure_response_message", ("response", "message"))
        if "healthy_status_codes" in tree:
            reason = "any answer that isn't in `unhealthy_status_codes` ends a row of failures"
            place = Place((*path, "healthy_status_codes"), key=True)
            self.report(lint.WithoutMeaning(place, "healthy_status_codes", reason))
            del tree["healthy_status_codes"]

    def headers(self, tree: Tree, path: Path) -> None:
        for direction in ("request", "response"):
            rules = tree.get(direction)
            if not isinstance(rules, dict):
                continue
            for action in ("add", "set", "remove"):
                new = f"{direction}_{action}"
                if action in rules and new not in tree:
                    tree[new] = rules.pop(action)
                    old = f"{direction}.{action}"
                    self.note((*path, direction, action), (*path, new), old, new)
            if not rules:
                del tree[direction]

    def retry(self, tree: Tree, path: Path) -> None:
        conditions = tree.get("retry_on")
        if not isinstance(conditions, list):
            return
        for index, old in enumerate(conditions):
            if isinstance(old, str) and old in _RETRY_CONDITIONS:
                new = conditions[index] = _RETRY_CONDITIONS[old]
                self.note((*path, "retry_on", index), (*path, "retry_on", index), old, new)

    def authentication(self, tree: Tree, path: Path) -> None:
        self.move(tree, path, "basic_auth", ("basic",))
        if isinstance(tree.get("basic"), dict):
            block = (*path, "basic")
            self.users(tree["basic"], block, self.moved.get(block, block))
        if isinstance(tree.get("api_key"), dict):
            self.api_keys(tree["api_key"], (*path, "api_key"))
        jwt = tree.get("jwt")
        if isinstance(jwt, dict) and isinstance(jwt.get("audience"), str):
            jwt["audience"] = [jwt["audience"]]
            self.move(jwt, (*path, "jwt"), "audience", ("audiences",))
            self.moved[(*path, "jwt", "audiences", 0)] = (*path, "jwt", "audience")

    def users(self, tree: Tree, path: Path, origin: Path) -> None:
        users = tree.get("users")
        if not isinstance(users, dict):
            return
        tree["users"] = []
        for name, password in users.items():
            new = (*path, "users", len(tree["users"]))
            tree["users"].append({"username": name, "password": password})
            self.moved[new] = self.moved[(*new, "password")] = (*origin, "users", name)
        place = Place((*origin, "users"), key=True)
        self.report(lint.OldSpelling(place, "users: {name: password}", "users: [{username, …}]"))

    def api_keys(self, tree: Tree, path: Path) -> None:
        keys = tree.get("keys")
        if isinstance(keys, list) and any(isinstance(key, str) for key in keys):
            tree["keys"] = [{"key": key} if isinstance(key, str) else key for key in keys]
            for index in range(len(keys)):
                self.moved[(*path, "keys", index, "key")] = (*path, "keys", index)
            place = Place((*path, "keys"), key=True)
            self.report(lint.OldSpelling(place, "keys: [text]", "keys: [{key: text}]"))
        location = tree.get("in_location", "header")
        if location not in ("header", "query"):
            place = Place((*path, "in_location"))
            words = ("header", "query")
            self.report(fields.UnknownOption(place, "in_location", str(location), words))
        new_name = "query_param" if location == "query" else "header_name"
        if "in_location" in tree:
            old = (*path, "in_location")
            self.report(lint.OldSpelling(Place(old, key=True), "in_location", new_name))
            del tree["in_location"]
            if "key_name" not in tree and location == "query":
                tree.setdefault("query_param", "X-API-Key")
        self.move(tree, path, "key_name", (new_name,))


def _blocks(tree: Tree, path: Path, name: str) -> Iterator[tuple[Path, Tree]]:
    items = tree.get(name)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield (*path, name, index), item


def desugar(tree: Tree, report: Report) -> Moved:
    """Rewrite the old spellings of a tree in place; returns `moved`."""
    run = _Desugar(report)
    run.document(tree)
    return run.moved
