"""What is printed is read back alike by YAML 1.1 and 1.2."""

from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct, to_builtins

from galc import targets
from galc.diagnostics import Diagnostic
from galc.frontend.source import Source
from galc.frontend.yaml import compose
from galc.printers import yaml as module
from galc.printers.yaml import print_yaml, scalar
from tests.corpus import GOOD, built

#: No lone surrogates, which no UTF-8 file can hold, and no control characters but the tab: galc
#: lets none reach a target.
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12
)
odd = st.sampled_from(
    [
        "y",
        "No",
        "on",
        "NULL",
        "~",
        "",
        "1",
        "1.0",
        "1e3",
        "0x1",
        "0o7",
        "1_0",
        "12:30",
        "1:2:3",
        ".inf",
        "2026-01-01",
        "=",
        "<<",
        "-",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "a:",
        ":a",
        "?",
        "{a",
        "[a",
        "a]",
        "a,b",
        "'",
        '"',
        "\\",
        "a\\nb",
        "\t",
        " a",
        "a ",
        "---",
        "...",
        "é",
        "日本",
        "😀",
        "\u00a0",
        "\ufeff",
        "\x7f",
        "\x85",
        "a/b",
        "a.b",
        "a-b",
        "_",
        "/",
        "null.",
        "True-ish",
        "+1",
        "-1",
    ]
)
scalars = st.none() | st.booleans() | st.integers(-(10**16), 10**16) | texts | odd
keys = texts.filter(bool) | odd.filter(bool)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=15,
)


def read_1_2(text: str) -> Any:
    found: list[Diagnostic] = []
    tree = compose(Source("in.yaml", text, "yaml"), found.append)
    assert not [d for d in found if d.code != "GAL0008"], [d.message() for d in found]
    return tree if tree is not None else pyyaml.safe_load(text)


@given(st.dictionaries(keys, trees, min_size=1, max_size=4))
@example({"a": {"b": [[1, [2]], {"c": []}, {}, []]}})
@example({"a": [{"b": {"c": "d"}, "e": [1]}, "f"]})
def test_both_versions_of_yaml_read_what_was_written(tree: dict[str, Any]) -> None:
    text = print_yaml(tree)
    assert text.endswith("\n") and "\t" not in text
    assert pyyaml.safe_load(text) == tree
    assert read_1_2(text) == tree


@given(texts | odd)
def test_a_text_stays_a_text(text: str) -> None:
    assert pyyaml.safe_load(scalar(text)) == text
    assert read_1_2(f"a: {scalar(text)}\n") == {"a": text}


@pytest.mark.parametrize("value", [0.5, -0.0, 1e300, 123456789.25, 1.0])
def test_numbers(value: float) -> None:
    assert pyyaml.safe_load(print_yaml([value])) == [value]


class Inner(Struct, frozen=True):
    name: str
    port: int = 80


class Outer(Struct, frozen=True, rename={"kind": "@type"}):
    kind: str
    inner: Inner | None = None
    items: tuple[Inner, ...] = ()
    labels: dict[str, Any] = {}


class Tagged(Struct, frozen=True, tag_field="@type", tag="type.googleapis.com/x"):
    size: int = 0


class Bare(Struct, frozen=True, omit_defaults=True):
    on: bool = False


def test_structs() -> None:
    shared = Inner("a", 8080)
    value = Outer(
        "x", shared, (shared, Inner("b"), shared), {"y": Tagged(), "z": [Tagged(1)], "n": Bare()}
    )
    tree = pyyaml.safe_load(print_yaml(value))
    assert tree == {
        "@type": "x",
        "inner": {"name": "a", "port": 8080},
        "items": [{"name": "a", "port": 8080}, {"name": "b"}, {"name": "a", "port": 8080}],
        "labels": {
            "y": {"@type": "type.googleapis.com/x"},
            "z": [{"@type": "type.googleapis.com/x", "size": 1}],
            "n": {},
        },
    }
    assert to_builtins(value)["@type"] == "x"


@pytest.mark.parametrize("value", [{}, [], None, True, 5, "text", Bare()])
def test_roots(value: Any) -> None:
    expected = {} if isinstance(value, Bare) else value
    assert pyyaml.safe_load(print_yaml(value)) == expected


@pytest.mark.parametrize("name", ["envoy", "kong", "apisix"])
def test_items_in_a_line_are_what_they_are_in_several(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The printer leaves out what has its default by itself, and for JSON msgspec does."""
    target = targets.load(name)
    for case in GOOD:
        gateway = built(case).compilations[name].gateway
        if gateway is None:
            continue
        read = target.lower(gateway)
        with monkeypatch.context() as patch:
            patch.setattr(module, "MOST_READ", -1)
            in_lines = target.lower(gateway)
        main = target.artifacts[0]
        assert read[main] != in_lines[main]
        assert _loaded(read[main]) == _loaded(in_lines[main]), case.id


def _loaded(text: str) -> Any:
    return pyyaml.load(text, pyyaml.CSafeLoader)
