"""Takes what is wrong out of a tree, so that the rest can still be checked.

Cutting must not make new errors: a field of a policy takes the policy with it, a field of a route
the route; a service without a sound upstream gets a stand-in.
"""

from typing import Any

from galc.frontend.source import Path
from galc.ir.features import POLICIES

_STAND_IN = {"host": "stand-in.invalid", "port": 1}


def _cut_for(path: Path) -> Path:
    """The smallest part around a path that can be missed without a consequence elsewhere."""
    for end, step in enumerate(path, 1):
        if step in POLICIES and end > 2:
            return path[:end]
        if step == "upstream" and end == 3:
            return path[:end]
    if len(path) >= 4 and path[2] == "routes":
        return path[:4]
    if len(path) == 2 and path[0] == "services":
        return (*path, "")  # lacks a field, and gets a stand-in for it
    return path[:3] if path[:1] == ("services",) else path[:2]


def prune(tree: dict[str, Any], wrong: list[Path]) -> tuple[dict[str, Any], dict[Path, Path]]:
    """A copy of the tree without the parts around `wrong`, and the old paths of what has moved."""
    cuts = {_cut_for(path) for path in wrong}
    moved: dict[Path, Path] = {}
    return _copy(tree, (), (), cuts, moved), moved


def _copy(value: Any, old: Path, new: Path, cuts: set[Path], moved: dict[Path, Path]) -> Any:
    if isinstance(value, dict):
        result = {}
        for key, item in value.items():
            here = (*old, key)
            if here not in cuts:
                result[key] = _copy(item, here, (*new, key), cuts, moved)
            elif key == "upstream":
                result[key] = _STAND_IN
        if len(old) == 2 and old[0] == "services":
            result.setdefault("name", f"stand-in-{old[1]}")
            result.setdefault("upstream", _STAND_IN)
            result.setdefault("routes", [{"path": "/stand-in"}])
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
            return [{"path": "/stand-in"}]
        return items
    return value
