"""The YAML front end: YAML 1.2, bounded, and a mark for every node."""

import io
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from galc.diagnostics import Diagnostic
from galc.frontend import yaml
from galc.frontend.source import Mark, Place, Source


def read(text: str, document: int | None = None) -> tuple[Any, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return yaml.compose(Source("in.yaml", text, "yaml", document), found.append), found


def value(text: str) -> Any:
    tree, found = read(f"a: {text}\n")
    assert not found, [d.message() for d in found]
    return tree["a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8080", 8080),
        ("-1", -1),
        ("+7", 7),
        ("007", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.0", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("off", "off"),
        ("tRue", "tRue"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("0b1", "0b1"),
        ("2026-01-01", "2026-01-01"),
        ("1.2.3", "1.2.3"),
        ("9" * 30, "9" * 30),
        ("0x" + "f" * 30, "0x" + "f" * 30),
        ('"8080"', "8080"),
        ("'true'", "true"),
        ("!!str 8080", "8080"),
        ("! 8080", "8080"),
        ('"\\u00e9"', "é"),
        ("{}", {}),
        ("[]", []),
        ("[1, [2, {b: 3}]]", [1, [2, {"b": 3}]]),
        ("&x 1", 1),
        ("[&x {b: 1}, *x]", [{"b": 1}, {"b": 1}]),
    ],
)
def test_scalars_and_collections(text: str, expected: Any) -> None:
    assert repr(value(text)) == repr(expected)


def test_a_number_that_is_none() -> None:
    assert str(value(".nan")) == "nan"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "GAL0006"),
        ("# only a comment\n", "GAL0006"),
        ("~", "GAL0006"),
        ("- a", "GAL0010"),
        ("text", "GAL0010"),
        ("a: 1\na: 2", "GAL0004"),
        ("a: [1", "GAL0003"),
        ("a: b: c", "GAL0003"),
        ("a:\n\t- b", "GAL0003"),
        ("a: \x01", "GAL0003"),
        ('a: "\\x01"', "GAL0008"),
        ('a: "x\\ny"', "GAL0008"),
        ("a: |\n  x\n  y\n", "GAL0008"),
        ('"a\\nb": 1', "GAL0008"),
        ("a: !!int '5'", "GAL0009"),
        ("a: !mine 5", "GAL0009"),
        ("a: !!binary aGk=", "GAL0009"),
        ("a: !mine {}", "GAL0009"),
        ("a: !!set {b}", "GAL0009"),
        ("a: !!omap [b: 1]", "GAL0009"),
        ("a: !!python/object:os.system []", "GAL0009"),
        ("[a]: 1", "GAL0009"),
        ("? {a: b}\n: 1", "GAL0009"),
        ("a: *b", "GAL0009"),
        ("a: &b [*b]", "GAL0009"),
        ("a: 1\n---\nb: 2", "GAL0007"),
        ("a: " + "[" * 70 + "]" * 70, "GAL0002"),
    ],
)
def test_what_is_no_gateway_yaml(text: str, code: str) -> None:
    tree, found = read(text)
    assert tree is None
    assert [d.code for d in found] == [code]


def test_null_is_not_a_key() -> None:
    _, found = read("a: 1\n~: 2\n")
    assert all(d.code.startswith("GAL0") for d in found)


def test_explicit_core_tags_of_collections() -> None:
    assert value("!!map {b: 1}") == {"b": 1}
    assert value("!!seq [1]") == [1]


def test_a_document_can_be_picked() -> None:
    text = "a: 1\n---\nb: 2\n---\nc: 3\n"
    assert read(text, 2) == ({"b": 2}, [])
    _, found = read(text, 4)
    assert [d.code for d in found] == ["GAL0012"]
    assert "holds 3" in found[0].message()
    _, found = read(text)
    assert "1 at line 1, 2 at line 2, 3 at line 4" in found[0].message()


def test_aliases_are_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    _, found = read("\n".join(lines))
    assert [d.code for d in found] == ["GAL0002"]


def test_a_key_set_may_have_line_breaks() -> None:
    tree, found = read("jwks: |\n  {\n  }\nother: 1\n")
    assert tree["jwks"] == "{\n}\n" and not found


def text_at(source: Source, mark: Mark, place: Place) -> str:
    span = mark.find(place)
    lines = source.text.split("\n")
    if span.line == span.end_line:
        return lines[span.line][span.column : span.end_column]
    middle = lines[span.line + 1 : span.end_line]
    return "\n".join(
        [lines[span.line][span.column :], *middle, lines[span.end_line][: span.end_column]]
    )


def test_marks() -> None:
    text = 'a: &x\n  b: [1, "two"]\nc:\n  - d: *x\n  - é: {f: g}\nh: "i\\u0020j"\n'
    source = Source("in.yaml", text, "yaml")
    mark = yaml.marks(source)

    def at(*path: str | int, key: bool = False) -> str:
        return text_at(source, mark, Place(path, key))

    assert at("a", "b", 1) == '"two"'
    assert at("a", "b") == '[1, "two"]'
    assert at("a", key=True) == "a"
    assert at("c", 1, "é", "f") == "g"
    assert at("c", 1, "é", key=True) == "é"
    assert at("c", 0, "d", "b", 0) == "1"
    assert at("c", 0, "d", key=True) == "d"
    assert at("h") == '"i\\u0020j"'
    assert at("a", "missing") == "a"
    assert at("a", "b", 7) == "b"


def test_marks_of_what_can_not_be_read() -> None:
    assert yaml.marks(Source("in.yaml", "a: [", "yaml")).find(Place(("a",))).line == 0


trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**16), 10**16)
    | st.text("ab: #-'\"é\\", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc ", min_size=1), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1), trees, min_size=1, max_size=4), st.booleans())
def test_what_another_writer_writes_is_read_back(tree: dict[str, Any], flow: bool) -> None:
    out = io.StringIO()
    pyyaml.safe_dump(tree, out, allow_unicode=True, default_flow_style=flow, sort_keys=False)
    again, found = read(out.getvalue())
    assert not found
    assert again == tree


@given(st.dictionaries(st.text("abc", min_size=1), trees, min_size=1, max_size=4))
def test_every_node_has_a_mark(tree: dict[str, Any]) -> None:
    text = pyyaml.safe_dump(tree, sort_keys=False)
    mark = yaml.marks(Source("in.yaml", text, "yaml"))

    def walk(value: Any, path: tuple[str | int, ...], node: Mark) -> None:
        items = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        for step, item in items:
            child = node.children[step]
            assert (child.key is not None) == isinstance(value, dict)
            assert node.span.line <= child.span.line <= child.span.end_line <= node.span.end_line
            walk(item, (*path, step), child)

    walk(tree, (), mark)


@given(st.text(max_size=60) | st.text("ab:-[]{}&*!|>'\"#%@ \n\t?,", max_size=40))
def test_any_text_ends_in_a_tree_or_in_diagnostics(text: str) -> None:
    tree, found = read(text)
    assert (tree is None) == bool(found)
    yaml.marks(Source("in.yaml", text, "yaml"))
