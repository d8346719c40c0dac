"""A gateway cut into files builds to the same bytes as the one file, however it is cut."""

import random
from copy import deepcopy
from typing import Any

import pytest

from galc import targets
from galc.compiler import Checked, build, check_texts
from galc.frontend.printer import print_gal, print_yaml
from galc.frontend.reading import read_places, read_tree
from galc.frontend.source import Path, Place
from tests.corpus import GOOD, Case, built

Tree = dict[str, Any]
#: Older spellings aren't merged with the current ones, and `--lossy` isn't about files.
CASES = [case for case in GOOD if case.feature not in ("aliases", "files") and not case.lossy]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def tree_of(case: Case) -> Tree:
    tree = read_tree(case.source, lambda _: None)
    assert tree is not None
    return tree


def printed(tree: Tree, name: str) -> str:
    return print_gal(tree) if name.endswith(".gal") else print_yaml(tree)


def artifacts(checked: Checked) -> dict[str, dict[str, str]]:
    assert checked.ok, [d.message() for d in checked.diagnostics if d.severity == "error"]
    return {name: build(checked, targets.load(name)).artifacts for name in targets.ALL}


def of_one(case: Case) -> dict[str, dict[str, str]]:
    return {name: dict(one.artifacts) for name, one in built(case).compilations.items()}


# --- includes


class Cut:
    """A tree cut into a root and files that it includes, in folders, in both spellings."""

    def __init__(self, tree: Tree, seed: int) -> None:
        self.random = random.Random(seed)
        count = self.random.randint(1, 4)
        folders, endings = ("", "a/", "a/b/", "c/"), ("gal", "yaml")
        self.names = [
            f"{self.random.choice(folders)}f{n}.{self.random.choice(endings)}" for n in range(count)
        ]
        self.files: dict[str, Tree] = {name: {"version": 1} for name in self.names}
        self.root: Tree = {"version": 1}
        self.cut(deepcopy(tree))
        self.include()

    def anywhere(self) -> Tree:
        return self.random.choice([self.root, *self.files.values()])

    def cut(self, tree: Tree) -> None:
        order = [*self.files.values(), self.root]
        for key, value in tree.items():
            if key in ("services", "tests"):
                # In order: each file takes some of those that are left.
                bounds = sorted(self.random.choices(range(len(value) + 1), k=len(order) - 1))
                for file, start, end in zip(
                    order, [0, *bounds], [*bounds, len(value)], strict=True
                ):
                    if start < end:
                        file[key] = value[start:end]
            elif key in ("vars", "global", "policies") and isinstance(value, dict):
                for name, item in value.items():
                    self.anywhere().setdefault(key, {})[name] = item
                    if key != "policies" and self.random.random() < 0.3:
                        # An earlier file has another value, which doesn't count.
                        first = next(f for f in order if name in f.get(key, {}))
                        earlier = order[: order.index(first)]
                        if earlier:
                            odd = self.random.choice(earlier)
                            odd.setdefault(key, {})[name] = item
            elif key != "version":
                self.anywhere()[key] = value

    def include(self) -> None:
        """The files include each other without changing their order: a file may be included by
        any later one, and by several."""
        for at, name in enumerate(self.names):
            later = [*self.names[at + 1 :], ""]
            chosen = {self.random.choice(later)}
            chosen.update(self.random.sample(later, self.random.randint(0, len(later))))
            for by in chosen:
                self.of(by).setdefault("include", []).append(self.path(by, name))

    def of(self, name: str) -> Tree:
        return self.files[name] if name else self.root

    @staticmethod
    def path(by: str, name: str) -> str:
        return "../" * by.count("/") + name

    def texts(self) -> dict[str, str]:
        spelled = {name: printed(tree, name) for name, tree in self.files.items()}
        return {"root.yaml": print_yaml(self.root), **spelled}


@pytest.mark.parametrize("seed", range(2))
@each_case
def test_cut_into_files_it_builds_to_the_same_bytes(case: Case, seed: int) -> None:
    cut = Cut(tree_of(case), seed)
    # A chain keeps the order of services; what else includes what doesn't matter.
    for earlier, later in zip(cut.names, [*cut.names[1:], ""], strict=True):
        path = cut.path(later, earlier)
        includes = cut.of(later).setdefault("include", [])
        cut.of(later)["include"] = [path, *(other for other in includes if other != path)]
    checked = check_texts(cut.texts(), ("root.yaml",))
    assert artifacts(checked) == of_one(case)


@each_case
def test_each_place_stands_where_the_file_that_has_it_says(case: Case) -> None:
    """Every scalar of the whole tree is found again as text at its place."""
    cut = Cut(tree_of(case), 7)
    checked = check_texts(cut.texts(), ("root.yaml",))
    assert checked.state is not None
    places, files = read_places(checked.source), checked.source.files
    for path, name in names_in(checked.state.tree, ()):
        span = places.find(Place(path))
        line = files[span.file].text.split("\n")[span.line]
        assert name in line[span.column :] or "${var:" in line, (path, span, line)


def names_in(value: Any, path: Path) -> list[tuple[Path, str]]:
    """The plain texts of services, by their paths."""
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in names_in(item, (*path, key))]
    if isinstance(value, list):
        return [pair for n, item in enumerate(value) for pair in names_in(item, (*path, n))]
    is_plain = isinstance(value, str) and value.isalnum() and path[0] == "services"
    return [(path, value)] if is_plain else []


# --- overlays


class Laid:
    """A tree taken apart into one below and an overlay that makes it of that again."""

    def __init__(self, tree: Tree, seed: int) -> None:
        self.random = random.Random(seed)
        self.below: Tree = {"version": 1}
        self.over: Tree = {"version": 1}
        self.document(deepcopy(tree))

    def some(self, often: float = 0.5) -> bool:
        return self.random.random() < often

    def document(self, tree: Tree) -> None:
        for key, value in tree.items():
            if key == "services":
                self.services(value)
            elif key in ("vars", "global", "policies") and isinstance(value, dict):
                for name, item in value.items():
                    self.named(key, name, item)
            elif key != "version":
                self.either(self.below, self.over, key, value)
        if self.some():
            extra: Tree = {"name": "extra", "upstream": {"host": "x", "port": 1}}
            extra["routes"] = [{"path": "/extra"}]
            self.below["services"].insert(0, extra)
            self.over["remove"] = {"services": ["extra"]}

    def named(self, key: str, name: str, item: Any) -> None:
        below, over = self.below.setdefault(key, {}), self.over.setdefault(key, {})
        if key == "policies" and isinstance(item, dict) and self.some():
            below[name], over[name] = self.block(item, "remove")
        else:
            self.either(below, over, name, item)

    def either(self, below: Tree, over: Tree, key: str, value: Any) -> None:
        """A value stands in one of the two, or the overlay's counts."""
        if self.some():
            below[key] = value
        else:
            over[key] = value
            if self.some():
                below[key] = "not this"

    def block(self, value: Tree, removal: str, always: tuple[str, ...] = ()) -> tuple[Tree, Tree]:
        below: Tree = {}
        over: Tree = {}
        for key, item in value.items():
            if key in always:
                below[key] = over[key] = item
            else:
                self.either(below, over, key, item)
        if "websocket" not in value and self.some(0.3):
            below["websocket"] = {"enabled": True}
            over["remove"] = ["websocket"] if removal == "remove" else {removal: ["websocket"]}
        return below, over

    def services(self, services: list[Tree]) -> None:
        self.below["services"], self.over["services"] = [], []
        for service in services:
            if self.some(0.2) and self.below["services"]:
                self.over["services"].append(service)
                continue
            routes = service.pop("routes")
            below, over = self.block(service, "fields", ("name",))
            below["routes"], over["routes"] = self.routes(routes)
            if not over["routes"]:
                del over["routes"]
            self.below["services"].append(below)
            self.over["services"].append(over)

    def routes(self, routes: list[Tree]) -> tuple[list[Tree], list[Tree]]:
        known = ("path", "path_prefix", "path_regex", "methods", "hosts", "name")
        below: list[Tree] = []
        over: list[Tree] = []
        for route in routes:
            if self.some(0.3):
                below.append(route)
            elif self.some(0.3) and below:
                over.append(route)
            else:
                whole = {"methods": [], "hosts": [], **route}
                one, other = self.block(whole, "remove", known)
                below.append({key: one[key] for key in one if key in route or key not in whole})
                over.append(other)
        return below, over


@pytest.mark.parametrize("seed", range(2))
@each_case
def test_an_overlay_makes_what_was_taken_apart(case: Case, seed: int) -> None:
    laid = Laid(tree_of(case), seed)
    texts = {"base.yaml": print_yaml(laid.below), "over.gal": print_gal(laid.over)}
    checked = check_texts(texts, ("base.yaml", "over.gal"))
    assert artifacts(checked) == of_one(case)
