"""Takes what is wrong out of a tree, so that the rest can still be checked.

Cutting must not make new errors. A field that nothing else depends on goes alone; one that others
need takes its policy or its route with it; a service without a sound upstream, and a block without
a sound authentication, get a stand-in.
"""

from typing import Any, Final

from msgspec import Struct

from galc.diagnostics import habits, nearest
from galc.frontend.source import Path
from galc.ir import document as doc
from galc.ir.features import POLICIES

_STAND_INS: Final[dict[str, dict[str, Any]]] = {
    "upstream": {"host": "stand-in.invalid", "port": 1},
    "authentication": {"type": "jwt", "jwt": {"jwks_uri": "https://stand-in.invalid/keys"}},
}
_TOP: Final = tuple("global" if n == "global_" else n for n in doc.Document.__struct_fields__)
_SERVICE: Final[dict[str, Any]] = {
    "name": "stand-in",
    "upstream": _STAND_INS["upstream"],
    "routes": [{"path": "/stand-in"}],
}
#: Blocks of policies, and those of their fields without which something else would be wrong.
_NEEDED: Final[dict[str, tuple[type[Struct], frozenset[str]]]] = {
    "rate_limit": (
        doc.RateLimit,
        frozenset(
            "requests_per_second requests_per_minute requests_per_hour key_type key_header "
            "key_claim".split()
        ),
    ),
    "authentication": (
        doc.Authentication,
        frozenset(("type", "basic", "api_key", "jwt", "oauth2")),
    ),
    "basic": (doc.Basic, frozenset(("users",))),
    "api_key": (doc.ApiKeys, frozenset(("keys",))),
    "jwt": (doc.Jwt, frozenset(("jwks_uri", "jwks", "algorithms"))),
    "oauth2": (
        doc.OAuth2,
        frozenset(("introspection_endpoint", "client_id", "client_secret")),
    ),
    "headers": (doc.Headers, frozenset()),
    "cors": (doc.Cors, frozenset(("allowed_origins",))),
    "circuit_breaker": (doc.CircuitBreaker, frozenset()),
    "retry": (doc.Retry, frozenset()),
    "timeout": (doc.Timeouts, frozenset()),
    "websocket": (doc.WebSocket, frozenset()),
    "transformation": (doc.Transformation, frozenset()),
    "body_transformation": (doc.BodyTransformation, frozenset()),
    "routes": (doc.Route, frozenset(("path", "path_prefix", "path_regex", "methods", "hosts"))),
}
#: What a block must have: of each set one.
_LACKED: Final[dict[str, tuple[frozenset[str], ...]]] = {
    "routes": (frozenset(("path", "path_prefix", "path_regex")),),
    "rate_limit": (frozenset(("requests_per_second", "requests_per_minute", "requests_per_hour")),),
    "authentication": (frozenset(("type",)),),
    "basic": (frozenset(("users",)),),
    "api_key": (frozenset(("keys",)),),
    "jwt": (frozenset(("jwks_uri", "jwks")),),
    "oauth2": tuple(
        frozenset((name,)) for name in ("introspection_endpoint", "client_id", "client_secret")
    ),
    "cors": (frozenset(("allowed_origins",)),),
}

#: What a value of a field needs beside it; an authentication needs the block that its `type` names.
_KEYS: Final = {"header": "key_header", "jwt_claim": "key_claim"}


def _is_lacking(block: str, node: Any) -> bool:
    """Whether a block lacks something that it must have."""
    kind = node.get({"rate_limit": "key_type", "authentication": "type"}.get(block, ""))
    needed = _KEYS.get(kind) if block == "rate_limit" else kind
    return any(names.isdisjoint(node) for names in _LACKED.get(block, ())) or (
        isinstance(needed, str) and needed not in node
    )


def _stands_alone(field: str | int, block: str, node: Any) -> bool:
    """Whether a field of a block can be missed. A name that isn't known is taken for the one it is
    near, and one that is near to none for what the block lacks."""
    if block not in _NEEDED:
        return False
    kind, needed = _NEEDED[block]
    meant = str(field)
    if meant not in kind.__struct_fields__:
        known = kind.__struct_fields__
        word = habits.meant(meant, known)
        meant = word if word in known else nearest(meant, known) or ""
        if not meant and _is_lacking(block, node):
            return False
    return meant not in needed and meant != "enabled"


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _cut_for(path: Path, tree: dict[str, Any]) -> Path:
    """The smallest part around a path that can be missed without a consequence elsewhere."""
    for end, step in enumerate(path, 1):
        if step in POLICIES and end > 2:
            return _cut_in_policy(path, end, tree)
        if step == "upstream" and end == 3:
            return path[:end]
    if len(path) >= 4 and path[2] == "routes":
        alone = len(path) == 5 and _stands_alone(path[4], "routes", _at(tree, path[:4]))
        return path if alone else path[:4]
    if len(path) == 2 and path[0] == "services":
        return (*path, "")  # lacks a field, and gets a stand-in for it
    return path[:3] if path[:1] in (("services",), ("policies",)) else path[:2]


def _cut_in_policy(path: Path, end: int, tree: dict[str, Any]) -> Path:
    """The same for a path into the policy that is its step before `end`."""
    block, at = str(path[end - 1]), end
    if block == "authentication" and path[end : end + 1] in (("basic",), ("api_key",), ("jwt",)):
        block, at = str(path[end]), end + 1
    if at >= len(path) or not _stands_alone(path[at], block, _at(tree, path[:at])):
        return path[:end]
    if block in ("headers", "body_transformation") and len(path) > at + 1:
        return path[: at + 2]
    return path[: at + 1]


def prune(tree: dict[str, Any], wrong: list[Path]) -> tuple[dict[str, Any], dict[Path, Path]]:
    """A copy of the tree without the parts around `wrong`, and the old paths of what has moved."""
    cuts = {_cut_for(path, tree) for path in wrong}
    moved: dict[Path, Path] = {}
    return _copy(tree, (), (), cuts, moved), moved


def _copy(value: Any, old: Path, new: Path, cuts: set[Path], moved: dict[Path, Path]) -> Any:
    if isinstance(value, dict):
        result = {}
        for key, item in value.items():
            here = (*old, key)
            if here not in cuts:
                result[key] = _copy(item, here, (*new, key), cuts, moved)
            elif not old and (key == "services" or nearest(key, _TOP) in (None, "services")):
                result.setdefault("services", [_SERVICE])
            elif old == ("policies",):
                if not isinstance(item, dict):  # else it is the name that is wrong
                    result[key] = {}  # for those who use it
            elif 2 <= len(old) <= 4 and old[-2] in ("services", "routes"):
                meant = key if key in _STAND_INS else nearest(key, tuple(_STAND_INS))
                if meant == key or (meant and meant not in value):
                    result[meant] = _STAND_INS[meant]
        if len(old) == 2 and old[0] == "services":
            result.setdefault("name", f"stand-in-{old[1]}")
            result.setdefault("upstream", _STAND_INS["upstream"])
            result.setdefault("routes", [{"path": f"/stand-in-{old[1]}"}])
        elif not old:
            result.setdefault("version", 1)
        return result
    if isinstance(value, list):
        items: list[Any] = []
        for index, item in enumerate(value):
            here, there = (*old, index), (*new, len(items))
            if here not in cuts:
                if here != there:
                    moved[there] = here
                items.append(_copy(item, here, there, cuts, moved))
        if old[-1:] == ("routes",) and not items:
            return [{"path": f"/stand-in-{old[1]}"}]
        return items
    return value
