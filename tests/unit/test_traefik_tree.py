"""Traefik's groups of routers lead a request to all that can take its path."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from galc.compiler import compile_text
from galc.ir.gateway import PathMatch
from galc.targets.traefik import rules, tree
from galc.targets.traefik.tree import Group, groups, key_of
from tests.bench.gateways import common_gateway

_PREFIX = re.compile(r"PathPrefix\(`([^`]*)`\)")
#: Few letters, so that many keys begin alike.
_KEYS = st.lists(st.text("ab/", max_size=6).map("/".__add__) | st.just(""), max_size=40)


def _holds(group: Group, path: str) -> bool:
    found = _PREFIX.fullmatch(group.rule)
    assert found is not None
    return path.startswith(found[1])


def _reached(found: list[Group], parents: list[tuple[str, ...]], path: str) -> tuple[set[int], int]:
    """The routers that a request is compared with, and how many groups it was compared with."""
    at, compared = "", 0
    while True:
        below = [group for group in found if group.above == at]
        if not below:
            return {n for n, above in enumerate(parents) if at in above or not above}, compared
        compared += len(below)
        below.sort(key=lambda group: -group.priority)
        taken = [group for group in below if _holds(group, path)]
        if not taken:
            return set(), compared
        # Of the same priority there is one at most, so that their order doesn't count.
        assert [group.priority for group in taken].count(2) <= 1
        at = taken[0].name


@given(_KEYS, st.text("ab/", max_size=9).map("/".__add__))
def test_every_router_that_can_take_a_path_is_reached(keys: list[str], path: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree, "MOST_COMPARED", -1)
        patch.setattr(tree, "FEW", 0)
        found, parents = groups(keys)
    reached, _ = _reached(found, parents, path)
    assert {number for number, key in enumerate(keys) if path.startswith(key)} <= reached
    names = {group.name for group in found}
    assert all(set(above) <= names for above in parents)
    assert not found or all(parents)


def test_few_of_many_are_compared() -> None:
    keys = ["", *(f"/service-{n}/{kind}" for n in range(2_000) for kind in ("a", "b"))]
    found, parents = groups(keys)
    for number in (1, 2_000, 4_000):
        reached, compared = _reached(found, parents, keys[number])
        assert {0, number} <= reached
        assert len(reached) + compared < 100
    reached, compared = _reached(found, parents, "/elsewhere")
    assert reached == {0}
    assert compared < 100


def test_what_all_groups_would_have_is_not_divided() -> None:
    """Routers for any path are in each group, so that groups would have little else."""
    keys = [*[""] * 300, *(f"/{n:03}" for n in range(100))]
    assert groups(keys) == ([], [()] * 400)


def test_routers_for_one_path_stay_together() -> None:
    keys = [key for key in ("/a", "/b", "/b/c") for _ in range(100)]
    found, parents = groups(keys)
    assert [group.rule for group in found] == ["PathPrefix(`/a`)", "PathPrefix(`/b`)"]
    assert parents == [("paths 1",)] * 100 + [("paths 2",)] * 200


def test_a_list_stays_one() -> None:
    assert groups([f"/{n}" for n in range(tree.MOST_COMPARED)])[0] == []
    assert groups([f"/{n}" for n in range(tree.MOST_COMPARED + 1)])[0] != []


@pytest.mark.parametrize(
    ("match", "key"),
    [
        (PathMatch("prefix", "/"), ""),
        (PathMatch("prefix", "/a"), "/a"),
        (PathMatch("exact", "/a/"), "/a"),
        (PathMatch("prefix", "/caf%C3%A9%2C"), "/caf\u00e9%2C"),
        (PathMatch("regex", "/v[0-9]+/x"), "/v"),
        (PathMatch("regex", "(?i)/v"), ""),
        (PathMatch("regex", "/cat|/dog"), "/"),
    ],
)
def test_keys(match: PathMatch, key: str) -> None:
    assert key_of(match) == key


def test_the_file() -> None:
    """Only the groups of the first level and the check of the path are at the entry point, and no
    router is left without a way to it."""
    built = compile_text(common_gateway(1_000), "in.yaml", "traefik")
    routers = yaml.load(built.artifacts["dynamic.yaml"], yaml.CSafeLoader)["http"]["routers"]
    first = [name for name, router in routers.items() if "entryPoints" in router]
    assert all(name == "encoded slash" or name.startswith("paths ") for name in first)
    assert all(router["parentRefs"] for name, router in routers.items() if name not in first)
    assert all("service" not in routers[name] for name in routers if name.startswith("paths "))
    assert routers["encoded slash"]["priority"] > max(
        routers[name]["priority"] for name in first if name != "encoded slash"
    )
    assert rules.ALWAYS not in {routers[name]["rule"] for name in first}  # nothing takes any path
