"""The quick reading of good input, and the walk that finds every mistake in bad input, agree."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from galc.diagnostics import Diagnostic
from galc.frontend.decode import decode, explain, within
from galc.frontend.source import Place
from galc.ir.features import all_features

from ..perturbation import get, probe, put

FEATURES = sorted(all_features().values(), key=lambda f: f.key)
junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 100_000)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


def found_in(tree: dict[str, Any]) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    explain(tree, found.append)
    return found


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FEATURES), junk)
def test_what_does_not_decode_is_explained_at_its_place(feature: Any, value: Any) -> None:
    tried = probe(feature)
    assert decode(tried.document) is not None and not found_in(tried.document)
    put(tried.document, tried.path, value)
    found = found_in(tried.document)
    assert (decode(tried.document) is None) == bool(found)
    for diagnostic in found:
        assert isinstance(diagnostic.place, Place)
        assert diagnostic.place.path[: len(tried.path)] == tried.path
        assert diagnostic.message()


@given(st.dictionaries(st.text(max_size=5), junk, max_size=3))
def test_any_tree_is_read_or_explained(tree: dict[str, Any]) -> None:
    assert (decode(tree) is None) == bool(found_in(tree))


def test_each_mistake_is_found() -> None:
    tree = {
        "version": 1,
        "services": [{"name": 5, "routes": [{"path": "/", "x": 1, "timeout": 5}]}],
    }
    assert sorted(d.code for d in found_in(tree)) == ["GAL1001", "GAL1002", "GAL1002", "GAL1004"]


def test_a_long_text_is_shortened() -> None:
    tried = probe(all_features()["global.timeout"])
    put(tried.document, tried.path, "x" * 500)
    (found,) = found_in(tried.document)
    assert len(found.message()) < 200
    assert get(tried.document, tried.path) == "x" * 500


def test_names_of_constructs() -> None:
    assert within(()) == "a gateway file"
    assert within(("services", 0)) == "a service"
    assert within(("services", 0, "upstream")) == "`upstream`"
    assert within(("a", 0)) == "an entry of `a`"
