from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from galc.diagnostics import Diagnostic
from galc.frontend.source import Place
from galc.passes.interpolate import interpolate

texts = st.text("a${}:env", max_size=12)
trees = st.recursive(
    texts | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)


@given(trees)
def test_a_tree_keeps_its_shape(tree: Any) -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else type(value)

    assert shape(interpolate(tree, lambda _: None)) == shape(tree)


@given(trees)
def test_what_has_no_dollar_stays(tree: Any) -> None:
    if "${" not in repr(tree):
        assert interpolate(tree, lambda _: None) == tree


def test_escapes_and_references() -> None:
    found: list[Diagnostic] = []
    tree = {"a": ["$${env:X}", "${env:X:-y}", "b${var:Y}"], "c": {"d": "${HOME} $x $$"}}
    result = interpolate(tree, found.append)
    assert result["a"][0] == "${env:X}"
    assert result["c"] == {"d": "${HOME} $x $$"}
    assert [d.place for d in found] == [Place(("a", 1)), Place(("a", 2))]
    assert {d.code for d in found} == {"GAL1008"}
