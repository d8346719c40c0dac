"""What the printers print reads back as the same tree, in both spellings."""

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from galc.diagnostics import Diagnostic
from galc.frontend import gal, yaml
from galc.frontend.gal.scalars import core
from galc.frontend.gal.sugar import SINGULAR
from galc.frontend.printer import print_gal, print_yaml
from galc.frontend.source import Mark, Source
from galc.ir.document import Document

# Control characters are refused by both readers (GAL0008).
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"), max_size=12
)
_WORDS = """
    1 1.0 -1 0x1 0o7 1e3 .5 1. .inf .NaN true false True yes no on off y null ~ -> json {} [] -
    a:b { } # #x a#b / /* /a/* /a/ // * & ! | > % @ ` = a= a=b =b ; , ? : :: a: [::1] ::1 host:80
    100/s {{uuid}} \\{{ {{ }} ${env:A} ${env:A:-b} ${env:A $${x $ 2024-01-01 1:30 007 1_000 <<
    --- ... 10s 1.5m header:X ip_address jwt jwt_claim:sub GET * Bearer \\ \\n ' ''
    123456789012345678
    1234567890123456789 -123456789012345678
"""
_PHRASES = ["", " ", "a b", "a: b", "a #b", "- a", '"', 'a"b', 'a"', "x ", "\t", "a\tb", "é", "🦊"]
TRICKY = st.sampled_from([*_WORDS.split(), *_PHRASES, "\u00a0"])
SCALARS = (
    TEXT
    | TRICKY
    | st.integers(-(10**17) + 1, 10**18 - 1)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False)
)
KEYS = TEXT | TRICKY | st.sampled_from([*SINGULAR.values(), "port", "type", "use", "plugins"])
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def of_type(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Plain values of a type of the language."""
    if isinstance(kind, inspect.Metadata):
        return of_type(kind.type)
    if isinstance(kind, inspect.UnionType):
        return st.one_of(*(of_type(member) for member in kind.types))
    if isinstance(kind, inspect.StructType):
        return st.deferred(lambda: of_struct(kind.cls))
    if isinstance(kind, inspect.VarTupleType):
        return st.lists(of_type(kind.item_type), max_size=3)
    if isinstance(kind, inspect.DictType):
        return st.dictionaries(TEXT | TRICKY, of_type(kind.value_type), max_size=3)
    if isinstance(kind, inspect.LiteralType):
        return st.sampled_from(kind.values)
    return {
        inspect.IntType: st.integers(0, 70000),
        inspect.BoolType: st.booleans(),
        inspect.StrType: TEXT | TRICKY,
        inspect.FloatType: st.floats(allow_nan=False),
    }.get(type(kind), ANYTHING)


@cache
def of_struct(struct: type) -> st.SearchStrategy[dict[str, Any]]:
    """Trees of a construct: any of its fields, seldom one of another type, and unknown keys."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    fields = {
        field.encode_name: st.one_of(*[of_type(field.type)] * 4, ANYTHING) for field in info.fields
    }
    known = st.fixed_dictionaries({}, optional=fields)
    nothing: dict[str, Any] = {}
    unknown = st.just(nothing) | st.dictionaries(KEYS, ANYTHING, max_size=1)

    @st.composite
    def construct(draw: st.DrawFn) -> dict[str, Any]:  # its repr is short, unlike its parts'
        return {**draw(unknown), **draw(known)}

    return construct()


def same(one: Any, other: Any) -> bool:
    """Equal in value and type: 1, 1.0 and True are three values."""
    return (
        repr(one) == repr(other)
        if not isinstance(one, dict | list)
        else (
            type(one) is type(other)
            and len(one) == len(other)
            and all(
                step in other and same(one[step], other[step])
                if isinstance(one, dict)
                else same(one[step], other[step])
                for step in (one if isinstance(one, dict) else range(len(one)))
            )
        )
    )


def composed(text: str, spelling: str) -> Any:
    found: list[Diagnostic] = []
    if spelling == "gal":
        tree = gal.compose(Source("test.gal", text, "gal"), found.append)
    else:
        tree = yaml.compose(Source("test.yaml", text, "yaml"), found.append)
    assert not found, (text, [item.message() for item in found])
    return tree


LIMITS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
DOCUMENTS = of_struct(Document).filter(bool)


@LIMITS
@given(DOCUMENTS)
def test_gal_reads_back_as_the_same_tree(tree: dict[str, Any]) -> None:
    text = print_gal(tree)
    assert same(composed(text, "gal"), tree), text
    assert same(composed(print_gal(composed(text, "gal")), "gal"), tree)


@LIMITS
@given(DOCUMENTS)
@example({"k" * 2000: {"a": [[], {}, [1, [2]]]}})
def test_yaml_reads_back_as_the_same_tree(tree: dict[str, Any]) -> None:
    text = print_yaml(tree)
    assert same(composed(text, "yaml"), tree), text


@LIMITS
@given(st.dictionaries(KEYS, ANYTHING, min_size=1))
def test_plain_values_read_back(values: dict[str, Any]) -> None:
    tree = {"services": [{"transformation": {"defaults": values, "metadata": values}}]}
    assert same(composed(print_gal(tree), "gal"), tree), print_gal(tree)
    assert same(composed(print_yaml(tree), "yaml"), tree), print_yaml(tree)


@LIMITS
@given(DOCUMENTS)
def test_every_path_has_a_mark(tree: dict[str, Any]) -> None:
    text = print_gal(tree)
    check_marks(gal.marks(Source("test.gal", text, "gal")), tree, text.split("\n"))


def check_marks(mark: Mark, value: Any, lines: list[str]) -> None:
    span = mark.span
    assert (span.line, span.column) <= (span.end_line, span.end_column)
    assert span.end_line < len(lines) and span.end_column <= len(lines[span.end_line])
    if isinstance(value, dict):
        assert mark.children.keys() == value.keys()
        for key, inner in value.items():
            check_marks(mark.children[key], inner, lines)
    elif isinstance(value, list):
        assert list(mark.children) == list(range(len(value)))
        for index, inner in enumerate(value):
            check_marks(mark.children[index], inner, lines)


@LIMITS
@given(TEXT | TRICKY)
def test_both_readers_have_the_same_scalars(text: str) -> None:
    assert repr(core(text)) == repr(yaml.plain_scalar(text))


SAMPLE = """\
version 1
global { port 8080 }

service users {
  upstream {
    target users-1.internal:8080 weight=2
    target [::1]:8080
    load_balancer weighted
    health_check {
      active { http_path /health ; interval 10s ; timeout 2s }
      passive { max_failures 5 }
    }
  }
  route /api/users/* GET POST {
    authentication jwt {
      issuer https://auth.example.com
      audiences api web
      claim sub -> X-User-ID
      fail_status 403
    }
    rate_limit 100/s burst=200 key=header:X-API-Key
    headers {
      request_set X-Gateway GAL
      request_set X-Id {{uuid}}
      request_remove X-Internal-Token X-Debug-Info
    }
    timeout { connect 5s ; read 1m }
  }
  route ~ "^/v[0-9]{2}$" GET
  route /*
  route { path /a/* ; methods GET }
  route { path_prefix "" }
  transformation {
    defaults {
      a 1
      b "1"
      c { d null }
      e json "[]"
      f x y
    }
    computed_field id generator=uuid prefix="U "
  }
}

service orders {
  upstream orders:9000
  route /
}
"""


def test_the_canonical_form_stays_as_it_is() -> None:
    assert print_gal(composed(SAMPLE, "gal")) == SAMPLE


def test_both_spellings_print_from_either() -> None:
    tree = composed(SAMPLE, "gal")
    assert print_gal(composed(print_yaml(tree), "yaml")) == SAMPLE


def test_yaml_is_block_style_with_short_lists_inline() -> None:
    tree = {"version": "1.0", "services": [{"name": "on", "routes": [{"methods": ["GET", "no"]}]}]}
    assert print_yaml(tree) == (
        'version: "1.0"\nservices:\n  - name: "on"\n    routes:\n      - methods: [GET, "no"]\n'
    )


@pytest.mark.parametrize(
    "text",
    ["yes", "on", "1.0", "0x1", "~", "null", "- a", "a: b", "#x", "{{uuid}}", "", " a", "a\n"],
)
def test_yaml_quotes_what_would_be_something_else(text: str) -> None:
    line = print_yaml({"a": text})
    assert line.startswith('a: "')
    assert "\n" not in line[:-1]


@pytest.mark.parametrize("text", ["GET", "10s", "/a/b", "https://a.example/x", "10.0.0.1", "a b"])
def test_yaml_leaves_the_rest_without_quotes(text: str) -> None:
    assert print_yaml({"a": text}) == f"a: {text}\n"
