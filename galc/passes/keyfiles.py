"""Key sets that stand in files of their own: `jwks: file:keys.json`.

Precondition: a tree without references. Postcondition: a copy of it in which no `jwks` names a
file, but at the paths that are wrong. What a file holds is for the policy's own check to judge.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from galc.diagnostics import Report
from galc.diagnostics.files import NotRead
from galc.frontend.loading import Unreadable
from galc.frontend.source import Path, Place, Source

_PREFIX = "file:"
Load = Callable[[Path, str], Source | Unreadable]


def read_key_files(
    tree: dict[str, Any], source_path: Callable[[Path], Path], load: Load, report: Report
) -> tuple[dict[str, Any], list[Path]]:
    """The tree with its key sets, and the paths of those that can't be had."""
    if not any(_named(tree)):
        return tree, []
    tree = deepcopy(tree)
    wrong = []
    for path, jwt in _named(tree):
        name = jwt["jwks"].removeprefix(_PREFIX)
        found = load(source_path(path), name)
        if isinstance(found, Unreadable):
            wrong.append(path)
            report(NotRead(Place(path), name, found.why, found.word))
        else:
            jwt["jwks"] = found.text
    return tree, wrong


def _named(tree: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The blocks of a tree that name a file, each with the path of the name."""
    for path, owner in _owners(tree):
        authentication = owner.get("authentication")
        jwt = authentication.get("jwt") if isinstance(authentication, dict) else None
        if not isinstance(jwt, dict):
            continue
        jwks = jwt.get("jwks")
        if isinstance(jwks, str) and jwks.startswith(_PREFIX):
            yield (*path, "authentication", "jwt", "jwks"), jwt


def _owners(tree: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What may have policies; the tree's types aren't known yet."""
    bundles = tree.get("policies")
    for name, bundle in bundles.items() if isinstance(bundles, dict) else ():
        if isinstance(bundle, dict):
            yield ("policies", name), bundle
    for path, service in _blocks(tree, (), "services"):
        yield path, service
        yield from _blocks(service, path, "routes")


def _blocks(tree: dict[str, Any], path: Path, key: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    items = tree.get(key)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield (*path, key, index), item
