"""`members.lua` in a real LuaJIT, against a model that is made of Python's own JSON reader."""

import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from galc.ir import bodies as language
from galc.ir.gateway import BodyRules, Edit
from galc.printers.lua import lua_literal
from galc.semantics import Request
from galc.semantics import bodies as reference
from galc.targets import bodies

_lupa: Any = pytest.importorskip("lupa.luajit21")
_TAIL = """
local source = { random = function() return string.rep("\\171", 16) end,
  time = function() return 1700000000 end }
return {
  request = function(method, text, rules) return body_of_request(method, text, rules, source) end,
  answer = body_of_answer,
  bytes = BODY_BYTES, levels = BODY_LEVELS,
}
"""
_LUA = _lupa.LuaRuntime(encoding=None, unpack_returned_tuples=True)
_PROGRAM = _LUA.execute(bodies.program().encode() + _TAIL.encode())
_MADE = {
    "uuid": "abababab-abab-4bab-abab-abababababab",
    "timestamp": "2023-11-14T22:13:20Z",
    "random": "ab" * 16,
}
#: What the program said: the body as it goes on, or that it is refused.
Outcome = bytes | str


def _changed(text: bytes, rules: BodyRules, method: str = "POST") -> Outcome:
    data: Any = _LUA.eval(lua_literal(bodies.data(rules)).encode())
    told = _PROGRAM[b"request"](method.encode(), text, data)
    if told is None:
        return text
    if told == b"refused":
        return "refused"
    assert told[0] == b"changed"
    return bytes(told[1])


# The model: pairs in order, each with the text of its value.


class _Text(str):
    """A number as it is written."""


class _Pairs(list[tuple[str, Any]]):
    """An object, with all of its members."""


def _refuse(word: str) -> Any:
    raise ValueError(word)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=_Text, parse_float=_Text, parse_constant=_refuse
)


def _read(text: bytes) -> Any:
    """As JSON, or a ValueError."""
    value, end = _DECODER.raw_decode(*_at_start(text.decode("utf-8")))
    if text.decode("utf-8")[end:].strip(" \t\r\n"):
        raise ValueError("more text")
    return value


def _at_start(text: str) -> tuple[str, int]:
    return text, len(text) - len(text.lstrip(" \t\r\n"))


def _model(pairs: list[tuple[str, Any]], rules: BodyRules) -> list[tuple[str, Any]] | None:
    """What the pairs become; None: refused."""
    if any(name not in dict(pairs) for name in rules.required):
        return None
    for edit in rules.edits:
        names = [name for name, _ in pairs]
        if edit.action == "remove":
            pairs = [pair for pair in pairs if pair[0] != edit.field]
        elif edit.action == "rename":
            if edit.field in names and edit.value != edit.field:
                pairs = [pair for pair in pairs if pair[0] != edit.value]
                pairs = [(edit.value if n == edit.field else n, v) for n, v in pairs]
        elif edit.action != "default" or edit.field not in names:
            value = _value(edit)
            if edit.field not in names:
                pairs = [*pairs, (edit.field, value)]
                continue
            first = names.index(edit.field)
            rest = [pair for pair in pairs[first + 1 :] if pair[0] != edit.field]
            pairs = [*pairs[:first], (edit.field, value), *rest]
    return pairs


def _value(edit: Edit) -> Any:
    if edit.action == "compute":
        return edit.prefix + _MADE[edit.value] + edit.suffix
    return _DECODER.decode(edit.value)


_NAMES = st.sampled_from(
    [
        "a",
        "b",
        "role",
        "ключ",
        "\U0001f600",
        "",
        "a.b",
        '"',
        "\\",
        "\\u0061",
        "\x00",
        "\n",
        "]]",
        "%s",
    ]
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_NAMES | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
_EDITS = st.one_of(
    st.builds(Edit, st.just("remove"), _NAMES),
    st.builds(Edit, st.just("rename"), _NAMES, _NAMES),
    st.builds(
        lambda action, field, value: Edit(action, field, json.dumps(value)),
        st.sampled_from(["default", "set"]),
        _NAMES,
        _VALUES,
    ),
    st.builds(
        lambda field, made, prefix, suffix: Edit("compute", field, made, prefix, suffix),
        _NAMES,
        st.sampled_from(sorted(_MADE)),
        st.text(max_size=3),
        st.text(max_size=3),
    ),
)
_RULES = st.builds(
    BodyRules,
    st.lists(_EDITS, max_size=6).map(tuple),
    st.lists(_NAMES, max_size=1, unique=True).map(tuple),
)
_SPACE = st.sampled_from(["", "", " ", "\n\t", "\r\n  "])
_NUMBERS = st.sampled_from(
    ["1.0", "1e400", "-0", "12345678901234567890", "0.10", "1E+2", "-1.5e-9"]
)


def _spelled(name: str, escaped: bool) -> str:
    """A name as JSON, maybe with every character escaped."""
    if not escaped:
        return json.dumps(name, ensure_ascii=False)
    units = name.encode("utf-16-be")
    return (
        '"' + "".join(f"\\u{units[i]:02X}{units[i + 1]:02x}" for i in range(0, len(units), 2)) + '"'
    )


def _unescaped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@st.composite
def _members(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Members of an object: the name, and the text with white space around it."""
    found = []
    for name in draw(st.lists(_NAMES | st.text(max_size=3), max_size=6)):
        value = draw(_NUMBERS | _VALUES.map(json.dumps) | _VALUES.map(_unescaped))
        key = _spelled(name, draw(st.booleans()))
        spaces = [draw(_SPACE) for _ in range(4)]
        text = spaces[0] + key + spaces[1] + ":" + spaces[2] + value + spaces[3]
        found.append((name, text))
    return found


@settings(max_examples=400, deadline=None)
@given(_members(), _RULES, _SPACE, _SPACE)
@example([], BodyRules((Edit("set", "a", "1"),)), " ", "\n")
def test_an_object_is_changed_as_the_rules_say(
    members: list[tuple[str, str]], rules: BodyRules, before: str, after: str
) -> None:
    text = (before + "{" + ",".join(text for _, text in members) + "}" + after).encode()
    outcome = _changed(text, rules)
    expected = _model(_read(text), rules)
    if expected is None:
        assert outcome == "refused"
        return
    assert isinstance(outcome, bytes)
    assert _read(outcome) == expected
    touched = {edit.field for edit in rules.edits} | {
        edit.value for edit in rules.edits if edit.action == "rename"
    }
    for name, member in members:
        assert name in touched or member.encode() in outcome
    assert outcome.startswith(before.encode() + b"{")
    assert outcome.endswith(b"}" + after.encode())


@settings(max_examples=300, deadline=None)
@given(_members(), st.binary(max_size=3), st.integers(0, 200), st.integers(0, 3))
def test_what_is_no_json_passes_and_what_is_has_its_member(
    members: list[tuple[str, str]], noise: bytes, at: int, cut: int
) -> None:
    """A text with some bytes replaced: it is changed exactly if Python reads an object."""
    text = ("{" + ",".join(text for _, text in members) + "}").encode()
    _check_reading(text[: at % (len(text) + 1)] + noise + text[at % (len(text) + 1) + cut :])


_MARK = BodyRules((Edit("set", "galc", "7"),), ())


def _check_reading(text: bytes) -> None:
    outcome = _changed(text, _MARK)
    required = _changed(text, BodyRules((), ("no such member",)))
    try:
        value = _read(text)
    except ValueError:
        value = None
    assert required == "refused"
    if isinstance(value, _Pairs):
        assert isinstance(outcome, bytes)
        assert ("galc", "7") in _read(outcome)
    else:
        assert outcome == text


_WORDS = (
    *'{}[]:,"\\/ \n\t\0\x1f\x7f',
    *('"a"', "1", "01", "-", "1.", ".5", "1e", "1e+", "-0.0e-0", "true", "false", "null", "nul"),
    *("NaN", "Infinity", "-Infinity", '"\\u', '"\\ud800"', '"\\uD83D\\uDE00"', '"\\x"', "'a'"),
    *("//", "\ufeff", "é", "{}", "[]", '{"a":', "\u2028"),
)
_PARTS = st.lists(st.sampled_from(_WORDS), max_size=12)


@settings(max_examples=600, deadline=None)
@given(_PARTS)
def test_the_grammar_is_that_of_rfc_8259(parts: list[str]) -> None:
    _check_reading("".join(parts).encode())
    _check_reading(("{" + "".join(parts) + "}").encode())
    _check_reading(('{"a":' + "".join(parts) + "}").encode())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=8))
def test_a_text_that_is_no_utf_8_is_no_json(noise: bytes) -> None:
    _check_reading(b'{"a":"' + noise + b'"}')


@pytest.mark.parametrize(
    "text",
    [
        b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf0\x80\x80\x80",
        b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\x80", b"\xc3", b"\xe2\xc3\xa9\x82\xac",
        "\U0010ffff\ud7ff\ue000\u07ff\u0800\uffff\U00010000".encode(),
    ],
)  # fmt: skip
def test_the_edges_of_utf_8(text: bytes) -> None:
    _check_reading(b'{"a":"' + text + b'"}')


@pytest.mark.parametrize(
    "spelled",
    ['"role"', '"\\u0072ole"', '"\\u0072\\u006F\\u006c\\u0065"', '"rol\\u0065"'],
)
def test_no_spelling_of_a_name_gets_past_a_rule(spelled: str) -> None:
    text = f'{{"a":1,{spelled}:"admin","b":2,"role":"root"}}'.encode()
    removed = _changed(text, BodyRules((Edit("remove", "role"),)))
    assert removed == b'{"a":1,"b":2}'
    computed = _changed(text, BodyRules((Edit("compute", "role", "random", 'x"', "\\"),)))
    assert computed == b'{"a":1,"role":"x\\"' + b"ab" * 16 + b'\\\\","b":2}'


def test_surrogate_pairs_in_names_are_decoded_only_where_they_are_pairs() -> None:
    rules = BodyRules((Edit("remove", "\U0001f600"),))
    assert _changed(b'{"\\ud83d\\ude00":1}', rules) == b"{}"
    for other in (b'{"\\ud83d":1}', b'{"\\ude00\\ud83d":1}', b'{"\\ud83d\\u0020\\ude00":1}',
                  b'{"\\\\ud83d\\\\ude00":1}'):  # fmt: skip
        assert _changed(other, rules) == other


def test_all_that_no_rule_names_stays_as_it_is() -> None:
    text = (
        b' {\n  "n" : 1.0 ,"m":1e400,"long":12345678901234567890, "e":"\\u00e9\\/",\t"o":{ },'
        b'"l":[ ],"\\u0062": {"gone":[1, 2]} , "gone":0,"z":-0 }\r\n'
    )
    assert _changed(text, BodyRules((Edit("remove", "gone"), Edit("set", "new", "[]")))) == (
        b' {\n  "n" : 1.0 ,"m":1e400,"long":12345678901234567890, "e":"\\u00e9\\/",\t"o":{ },'
        b'"l":[ ],"\\u0062": {"gone":[1, 2]} ,"z":-0 ,"new":[]}\r\n'
    )
    assert _changed(text, BodyRules((Edit("remove", "none"), Edit("default", "n", "2")))) == text


def test_a_required_member_may_be_null_and_defaults_come_after() -> None:
    rules = BodyRules((Edit("default", "a", "1"),), ("a",))
    assert _changed(b'{"a":null}', rules) == b'{"a":null}'
    assert _changed(b"{}", rules) == "refused"
    assert _changed(b"[]", rules) == "refused"
    assert _changed(b"", rules) == "refused"
    for method in language.WITHOUT_BODY:
        assert _changed(b"", rules, method) == b""
        assert _changed(b"{}", rules, method) == "refused"
    assert _changed(b"", BodyRules(rules.edits)) == b""


@pytest.mark.parametrize("mark", ["[", '{"a":'])
def test_what_is_nested_too_deeply_is_refused(mark: str) -> None:
    close = {"[": "]"}.get(mark, "}")
    most = language.MOST_LEVELS - 1
    good = f'{{"x":{mark * most}{"1" if mark != "[" else ""}{close * most}}}'.encode()
    assert _changed(good, _MARK) == good[:-1] + b',"galc":7}'
    for levels in (most + 1, 1_000_000):
        assert _changed(f'{{"x":{mark * levels}'.encode(), _MARK) == "refused"
    # Not an object: nobody looks into it.
    deep = (mark * 1_000_000).encode()
    if mark == "[":
        assert _changed(deep, _MARK) == deep


def test_the_bounds_are_those_of_the_language() -> None:
    assert _PROGRAM[b"bytes"] == language.MOST_BYTES
    assert _PROGRAM[b"levels"] == language.MOST_LEVELS
    listed = re.search(r"WITHOUT_BODY = \{(.*?)\}", bodies.program())
    assert listed is not None
    assert set(re.findall(r"[A-Z]+", listed[1])) == set(language.WITHOUT_BODY)


def _seconds(text: bytes, rules: BodyRules) -> float:
    begin = time.process_time()
    outcome = _changed(text, rules)
    spent = time.process_time() - begin
    assert outcome != text
    return spent


_BIG: dict[str, Callable[[int], bytes]] = {
    "many members": lambda n: b"{" + b",".join(b'"k%d":%d' % (i, i) for i in range(n // 14)) + b"}",
    "one member again and again": lambda n: b"{" + b",".join([b'"a":"bcd"'] * (n // 10)) + b"}",
    "escapes": lambda n: b'{"x":"' + b"\\u0061" * (n // 6) + b'"}',
    "a long escaped name": lambda n: b'{"' + b"\\u0061" * (n // 6) + b'":1}',
    "another alphabet": lambda n: b'{"x":"' + "ж".encode() * (n // 2) + b'"}',
    "white space": lambda n: b'{"x"' + b" " * n + b":1}",
    "a long number": lambda n: b'{"x":' + b"1" * n + b"}",
    "small arrays": lambda n: b'{"x":[' + b",".join([b"[]"] * (n // 3)) + b"]}",
}


@pytest.mark.parametrize("kind", _BIG)
def test_time_grows_with_the_length_only(kind: str) -> None:
    rules = BodyRules(
        (Edit("remove", "a"), Edit("rename", "k1", "k2"), Edit("set", "new", "1")), ()
    )
    million = _BIG[kind](1_000_000)
    short = min(_seconds(million, rules) for _ in range(3))
    long = min(_seconds(_BIG[kind](4_000_000), rules) for _ in range(2))
    assert short < 2
    # Four times as long; a quadratic program takes sixteen times the time.
    assert long < 12 * max(short, 0.02)


# The reference interpreter says the same.


def _meant(text: bytes, rules: BodyRules, method: str = "POST") -> Outcome:
    found = reference.of_request(rules, Request(method, "/", body=text), 1_700_000_000, 1)
    return "refused" if isinstance(found, reference.Refused) else found


_FIXED = _RULES.map(
    lambda rules: BodyRules(
        tuple(edit for edit in rules.edits if edit.action != "compute"), rules.required
    )
)


@settings(max_examples=300, deadline=None)
@given(_members(), _FIXED, _SPACE, st.sampled_from(["POST", "GET"]))
def test_the_reference_changes_objects_alike(
    members: list[tuple[str, str]], rules: BodyRules, space: str, method: str
) -> None:
    text = (space + "{" + ",".join(text for _, text in members) + "}" + space).encode()
    assert _meant(text, rules, method) == _changed(text, rules, method)


@example(b"\t", BodyRules((Edit("default", "a", "null"), Edit("remove", "a")), ()))
@settings(max_examples=600, deadline=None)
@given(_PARTS.map("".join).map(str.encode) | st.binary(max_size=8), _FIXED)
def test_the_reference_reads_alike(inside: bytes, rules: BodyRules) -> None:
    for text in (inside, b"{" + inside + b"}", b'{"a":' + inside + b"}"):
        assert _meant(text, rules) == _changed(text, rules)


@pytest.mark.parametrize("mark", ["[", '{"a":', '[[{"a":[],"b":'])
@pytest.mark.parametrize("levels", [1, 100, 249, 250, 498, 499, 500, 501, 3000])
@pytest.mark.parametrize("tail", ["", "1", "x", "}"])
def test_the_reference_looks_as_deep(mark: str, levels: int, tail: str) -> None:
    text = f'{{"x":{mark * levels}{tail}'.encode()
    assert _meant(text, _MARK) == _changed(text, _MARK)


def test_the_reference_makes_values() -> None:
    rules = BodyRules(tuple(Edit("compute", name, name, "<", '">') for name in sorted(_MADE)))
    found = [_meant(b"{}", rules) for _ in range(2)]
    first, second = (json.loads(one) for one in found)
    assert first == second
    assert re.fullmatch(r"<[0-9a-f]{32}\">", first["random"])
    assert first["timestamp"] == '<2023-11-14T22:13:20Z">'
    assert uuid.UUID(first["uuid"][1:-2]).version == 4
