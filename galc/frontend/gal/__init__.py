"""The `.gal` spelling: statements and blocks, composed into a tree of plain values.

`grammar/gal.lark` says what a statement looks like, the Structs of `galc.ir.document` say what it
means, and `HEADS`, `SINGULAR` and `ASPECTS` below say which short forms there are. A file is read
in two ways by the same builder: at first without positions, where equal words are one token; and
only when something is wrong, or when a diagnostic is shown, once more with positions.
"""

import gc
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from msgspec import inspect

from galc.diagnostics import Diagnostic, Report
from galc.diagnostics.fields import UnknownField as UnknownStatement
from galc.diagnostics.reading import (
    BadArguments,
    ControlCharacter,
    DuplicateKey,
    EmptyFile,
    SyntaxProblem,
    TooLarge,
)
from galc.frontend.source import Mark, Source, Span
from galc.ir.document import Document

if TYPE_CHECKING:
    from lark import Lark

MAX_DEPTH = 64
#: A file with more mistakes than this is probably no gateway file at all.
MAX_PROBLEMS = 100
#: What the parser's stack can hold at most when no block is deeper than `MAX_DEPTH`.
_MAX_STACK = 6 * (MAX_DEPTH + 1)
_CHUNK = 1 << 16
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")

# ---------------------------------------------------------------------------------------------
# The sugar. A head names the words of a statement, in order: `name` is a field of the construct,
# `methods...` takes the words that are left, UPPER is a shape that stands for several fields
# (`SHAPES`), anything else stands for itself. The first head whose first word fits is taken.

HEADS: Final[dict[str, tuple[str, ...]]] = {
    "Service": ("name",),
    "Route": ("~ path_regex methods...", "PATTERN methods..."),
    "Upstream": ("ADDRESS",),
    "Target": ("ADDRESS",),
    "LoadBalancer": ("algorithm",),
    "RateLimit": ("RATE",),
    "Authentication": ("type",),
    "BasicUser": ("username",),
    "ApiKey": ("key",),
    "ClaimHeader": ("claim -> header",),
    "ComputedField": ("field",),
}
#: A list or map of constructs is given one by one, each under this name.
SINGULAR: Final = {
    "services": "service",
    "routes": "route",
    "targets": "target",
    "users": "user",
    "keys": "key",
    "claims_to_headers": "claim",
    "computed_fields": "computed_field",
    "policies": "policy",
}
#: Statements (and properties) that aren't fields, but a shape that stands for several.
ASPECTS: Final = {"RateLimit": {"key": "KEY"}}
#: Constructs whose first word names the field that takes the statements which they don't know.
DELEGATING: Final = frozenset({"Authentication"})
#: Names of the language's other versions: read as plain values, for the passes to judge.
OTHER_VERSIONS: Final = frozenset(
    (
        *("include", "vars", "policies", "tests", "use"),
        *("plugins", "global_config", "basic_auth", "audience", "key_name", "in_location"),
        *("response_status", "response_message", "request", "response"),
        *("failure_response_code", "failure_response_message"),
    )
)
EXAMPLES: Final = {
    "service": "service users { … }",
    "route": "route /api/* GET POST { … }",
    "upstream": "upstream users.internal:8080",
    "target": "target users-1.internal:8080 weight=2",
    "load_balancer": "load_balancer weighted",
    "rate_limit": "rate_limit 100/s burst=200 key=header:X-API-Key",
    "authentication": "authentication jwt { … }",
    "user": 'user ann password="…"',
    "key": 'key "…" name=ann',
    "claim": "claim sub -> X-User-ID",
    "computed_field": "computed_field id generator=uuid",
    "policy": "policy partner { … }",
}

# ---------------------------------------------------------------------------------------------
# Tokens and statements


class Token:
    """A word. `text` is what it says, `quoted` whether it says so in quotes.

    A property has its two sides in `name` and `value` besides. Offsets count from the start of the
    file; in the first reading, which shares tokens, they mean nothing.
    """

    __slots__ = ("end", "name", "quoted", "start", "text", "type", "value")

    def __init__(self, type: str, text: str, start: int, end: int, quoted: bool = False) -> None:
        """See the class."""
        self.type = type
        self.text = text
        self.start = start
        self.end = end
        self.quoted = quoted
        self.name: Token | None = None
        self.value: Token | None = None

    def part(self, first: int, last: int) -> "Token":
        """Some of the characters, as a word of its own; also of a quoted word, where they lie."""
        length, extra = self.end - self.start, 1 if self.quoted else 0
        if length != len(self.text) + 2 * extra:
            return Token("WORD", self.text[first:last], self.start, self.end)
        start = self.start + extra
        return Token("WORD", self.text[first:last], start + first, start + last)


class Block(NamedTuple):
    """What stands between two braces."""

    open: Token
    items: "list[Statement]"
    close: Token


Statement = tuple[Token, list[Token], Block | None]
#: A field's name and the part of a word that is its value.
Parts = list[tuple[str, Token]]


class _Shapes:
    """What Lark calls for each rule of the grammar."""

    def start(self, children: list[Any]) -> Any:
        return children[0]

    def items(self, children: list[Any]) -> list[Statement]:
        if not children:
            return []
        items: Any = children[0]
        if type(items) is not list:
            return [items]
        if len(children) == 3:
            items.append(children[2])
        return items

    def statement(self, children: list[Any]) -> Statement:
        count = len(children)
        if count == 3:
            return (children[0], children[1], children[2])
        if count == 1:
            return (children[0], [], None)
        if type(children[1]) is list:
            return (children[0], children[1], None)
        return (children[0], [], children[1])

    def arguments(self, children: list[Any]) -> list[Token]:
        if len(children) == 1:
            return children
        words: list[Token] = children[0]
        words.append(children[1])
        return words

    def block(self, children: list[Any]) -> Block:
        return Block(*children)


class _Grammar(NamedTuple):
    lark: "Lark"
    #: The next token after white space and comments, in group 1; nothing at the end of the text.
    scan: re.Pattern[str]
    #: Which terminal a token is, as the name of the group; no match for a stray one.
    classify: re.Pattern[str]


def _grammar_text() -> str:
    """The grammar, from the installed package or from the repository around it."""
    from importlib.resources import files
    from pathlib import Path

    packaged = files("galc") / "grammar" / "gal.lark"
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[2] / "grammar" / "gal.lark").read_text("utf-8")


@cache
def _grammar() -> _Grammar:
    """The parser, and scanners made of the grammar's own terminals.

    Lark's lexer makes an object with positions for each token, which takes longer than the parsing.
    """
    from lark import Lark

    lark = Lark(
        _grammar_text(),
        parser="lalr",
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=_Shapes(),
    )
    terminals = sorted(lark.terminals, key=lambda terminal: -terminal.priority)
    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in terminals}
    ignored = "|".join(patterns.pop(name) for name in lark.ignore_tokens)
    tokens = "|".join(f"(?:{pattern})" for pattern in patterns.values())
    stray = r'"(?:[^"\\\n]|\\[^\n])*+"[^ \t\r\n;{}]*+|"[^\n]*+|[^ \t\r\n;]++'
    return _Grammar(
        lark,
        re.compile(f"(?:{ignored})*+({tokens}|{stray}|\\Z)"),
        re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items())),
    )


def is_word(text: str) -> bool:
    """Whether a text needs no quotes to be one word."""
    match = _grammar().classify.fullmatch(text)
    return match is not None and match.lastgroup == "WORD" and not _CONTROL.search(text)


# ---------------------------------------------------------------------------------------------
# Scalars

_NUMBER = re.compile(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
Types = frozenset[type]
ANY: Final[Types] = frozenset({str, int, float, bool, type(None)})
_TEXT: Final[Types] = frozenset({str})


def core(text: str) -> Any:
    """The value of a bare word where any value may stand: the YAML 1.2 core schema's.

    >>> core("8080"), core("yes"), core("1.0"), core("~")
    (8080, 'yes', 1.0, None)
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if not _NUMBER.fullmatch(text):
        return text
    if text.lstrip("+-").isdigit():
        return int(text) if len(text) <= 18 else text
    if text[:2] in ("0o", "0x"):
        return int(text, 0) if len(text) <= 18 else text
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def scalar(text: str, quoted: bool, types: Types) -> Any:
    """The value of a word for a field of these types. A word that doesn't fit stays text."""
    if quoted or types == _TEXT:
        return text
    value = core(text)
    kind = type(value)
    if kind not in types or (kind is bool and types != ANY and text not in ("true", "false")):
        return text
    return value


# ---------------------------------------------------------------------------------------------
# Shapes: words that stand for several fields

_ADDRESS = re.compile(
    r"(\[[^\[\]]*\]|(?:[a-z]+://)?(?:\$\{[^{}]*\}|[^:{}\[\]])+):([0-9]+|\$\{[^{}]*\})",
)
_RATE = re.compile(r"(.+)/([smh])", re.DOTALL)
_PERIODS: Final = {"s": "second", "m": "minute", "h": "hour"}


def _address(word: Token) -> Parts | None:
    """`users:8080`, `[::1]:8080`, `${env:HOST}:8080`. A scheme is for the type check to refuse."""
    match = _ADDRESS.fullmatch(word.text)
    if not match:
        return None
    start, end = match.span(1)
    if word.text[0] == "[":
        start, end = start + 1, end - 1
    return [("host", word.part(start, end)), ("port", word.part(*match.span(2)))]


def _pattern(word: Token) -> Parts | None:
    """`/api/*` is a prefix, `/api` a path."""
    text = word.text
    if not text.startswith(("/", "${")):
        return None
    if text.endswith("/*"):
        return [("path_prefix", word.part(0, max(1, len(text) - 2)))]
    return [("path", word)]


def _rate(word: Token) -> Parts | None:
    """`100/s`, `100/m`, `100/h`."""
    match = _RATE.fullmatch(word.text)
    if not match:
        return None
    return [(f"requests_per_{_PERIODS[match[2]]}", word.part(*match.span(1)))]


def _rate_key(word: Token) -> Parts | None:
    """`ip_address`, `header:X-API-Key`, `jwt_claim:sub`."""
    if word.text == "ip_address":
        return [("key_type", word)]
    kind, colon, _ = word.text.partition(":")
    field = {"header": "key_header", "jwt_claim": "key_claim"}.get(kind)
    if not colon or field is None:
        return None
    split = len(kind)
    return [("key_type", word.part(0, split)), (field, word.part(split + 1, len(word.text)))]


SHAPES: Final[dict[str, Callable[[Token], Parts | None]]] = {
    "ADDRESS": _address,
    "PATTERN": _pattern,
    "RATE": _rate,
    "KEY": _rate_key,
}

# ---------------------------------------------------------------------------------------------
# Forms: what the statements of a construct mean, made from its Struct


class Form:
    """A construct: its fields, and the statements that its block takes."""

    def __init__(self, name: str) -> None:
        """See the class."""
        self.name = name
        self.fields: dict[str, Field] = {}
        self.statements: dict[str, Field] = {}
        self.heads = [head.split() for head in HEADS.get(name, ())]
        self.delegates = name in DELEGATING

    def head(self, words: list[Token]) -> list[str]:
        """The head that these words are to be read by."""
        for head in self.heads:
            if not _stands_for_itself(head[0]) or _is_bare(words[0], head[0]):
                return head
        return self.heads[-1]


def _stands_for_itself(step: str) -> bool:
    return not step[0].isalpha()


def _is_bare(word: Token, text: str) -> bool:
    return word.text == text and not word.quoted


class Field:
    """A key of a mapping, and how a statement gives it its value: here, a value of any kind."""

    types: Types = ANY

    def __init__(self, key: str) -> None:
        """See the class."""
        self.key = key

    def read(self, to: "_Builder", node: dict[str, Any], statement: Statement) -> None:
        """Put into `node` what the statement says."""
        self.give(to, node, statement, self.value(to, statement))

    def give(self, to: "_Builder", node: dict[str, Any], statement: Statement, value: Any) -> None:
        """Put a value into `node` that was read already."""
        to.put(node, self.key, value, statement)

    def value(self, to: "_Builder", statement: Statement) -> Any:
        """The value that the statement says."""
        name, words, block = statement
        if block is not None:
            if words:
                to.refuse(statement, words[0], "takes values or a block, not both")
            return to.mapping(ANYTHING, block)
        if len(words) == 1:
            return to.scalar(statement, words[0], ANY)
        if not words:
            to.refuse(statement, name, "needs a value")
        return to.several(statement, words, ANY)


class ScalarField(Field):
    """One word; or also a block, where the field may be a mapping."""

    def __init__(self, key: str, types: Types, form: Form | None, mapping: bool) -> None:
        """See the class."""
        super().__init__(key)
        self.types = types
        self.form = form
        self.mapping = mapping

    def value(self, to: "_Builder", statement: Statement) -> Any:
        """See `Field`."""
        name, words, block = statement
        if self.form and (block is not None or (words and words[0].value)):
            return to.construct(self.form, statement)
        if block is not None:
            if self.mapping and not words:
                return to.mapping(ANYTHING, block)
            return to.refuse(statement, block.open, "takes no block")
        if len(words) == 1:
            return to.scalar(statement, words[0], self.types)
        if not words:
            to.refuse(statement, name, "needs a value")
        else:
            to.refuse(statement, words[1], "takes one value; a text with spaces needs quotes")
        return None


class ListField(Field):
    """Words, in one or several statements, or those of a block."""

    def __init__(self, key: str, types: Types) -> None:
        """See the class."""
        super().__init__(key)
        self.types = types

    def read(self, to: "_Builder", node: dict[str, Any], statement: Statement) -> None:
        """See `Field`."""
        name, words, block = statement
        if block is not None:
            if words:
                to.refuse(statement, words[0], "takes values or a block, not both")
            for item, more, inner in block.items:
                words = [*words, item, *more] if item.text or item.quoted else words
                if inner is not None:
                    to.refuse(statement, inner.open, "takes words, not blocks")
        elif not words:
            to.refuse(statement, name, "needs a value")
        values = node.get(self.key)
        if type(values) is list:
            to.extend(values, statement, words, self.types)
        else:
            self.give(to, node, statement, to.several(statement, words, self.types))


class MapField(Field):
    """A name and its value, in one statement each, or those of a block."""

    def __init__(self, key: str, item: Field) -> None:
        """See the class."""
        super().__init__(key)
        self.item = item
        self.form = Form("")
        self.form.fields = self.form.statements = _Everything(item)

    def read(self, to: "_Builder", node: dict[str, Any], statement: Statement) -> None:
        """See `Field`."""
        name, words, block = statement
        entries = node.get(self.key)
        fresh = type(entries) is not dict
        if entries is None or fresh:
            entries = {}
        if words:
            if words[0].value or (len(words) == 1 and block is None):
                return to.refuse(statement, words[0], "needs a name and a value")
            to.entry(self.item, entries, (words[0], words[1:], block))
        elif block is not None:
            to.fill(self.form, entries, block.items, name.text)
        else:
            return to.refuse(statement, name, "needs a name and a value")
        if fresh:
            self.give(to, node, statement, entries)
        return None


class ConstructField(Field):
    """A block, with sugar before it."""

    def __init__(self, key: str, form: Form) -> None:
        """See the class."""
        super().__init__(key)
        self.form = form

    def value(self, to: "_Builder", statement: Statement) -> Any:
        """See `Field`."""
        return to.construct(self.form, statement)


class ItemField(ConstructField):
    """One of a list of constructs, under its singular name."""

    def read(self, to: "_Builder", node: dict[str, Any], statement: Statement) -> None:
        """See `Field`."""
        self.give(to, node, statement, to.construct(self.form, statement))

    def give(self, to: "_Builder", node: dict[str, Any], statement: Statement, value: Any) -> None:
        """See `Field`."""
        items = node.get(self.key)
        if type(items) is not list:
            items = []
            to.put(node, self.key, items, statement)
        to.append(items, value, statement)


class NamedItemField(ConstructField):
    """One of a map of constructs, under its singular name: `policy partner { … }`."""

    def read(self, to: "_Builder", node: dict[str, Any], statement: Statement) -> None:
        """See `Field`."""
        name, words, block = statement
        if not words or words[0].value:
            return to.refuse(statement, name, "needs a name")
        entries = node.get(self.key)
        if type(entries) is not dict:
            entries = {}
            to.put(node, self.key, entries, statement)
        value = to.construct(self.form, (name, words[1:], block))
        return to.put(entries, words[0].text, value, (words[0], words[1:], block))


class AspectField(Field):
    """One word that stands for several fields."""

    def __init__(self, key: str, shape: str, form: Form) -> None:
        """See the class."""
        super().__init__(key)
        self.shape = SHAPES[shape]
        self.form = form

    def read(self, to: "_Builder", node: dict[str, Any], statement: Statement) -> None:
        """See `Field`."""
        name, words, block = statement
        parts = self.shape(words[0]) if len(words) == 1 and block is None else None
        if parts is None:
            where = words[0] if words else name
            known = "`ip_address`, `header:NAME` or `jwt_claim:NAME`"
            return to.refuse(statement, where, f"takes {known}", EXAMPLES["rate_limit"])
        return to.parts(self.form, node, name, parts)


class _Everything(dict[str, Field]):
    """The statements of a map: any name, each read by the same field."""

    def __init__(self, item: Field) -> None:
        """See the class."""
        super().__init__()
        self.item = item

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, default) or self.item


ANYTHING: Final = Form("")
ANYTHING.fields = ANYTHING.statements = _Everything(Field(""))


@cache
def form_of(struct: type) -> Form:
    """The form of a construct of the language."""
    form = Form(struct.__name__)
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)
    for field in kind.fields:
        key = field.encode_name
        plain, one = _field(key, field.type)
        form.fields[key] = form.statements[key] = plain
        if one is not None:
            form.statements[SINGULAR[key]] = one
    for name, shape in ASPECTS.get(form.name, {}).items():
        form.statements[name] = AspectField(name, shape, form)
    return form


def document_form() -> Form:
    """The form of a whole file."""
    return form_of(Document)


def _alternatives(kind: inspect.Type) -> list[inspect.Type]:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.UnionType):
        return [inner for member in kind.types for inner in _alternatives(member)]
    return [kind]


_SCALARS: Final[dict[type[inspect.Type], type]] = {
    inspect.StrType: str,
    inspect.LiteralType: str,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.BoolType: bool,
    inspect.NoneType: type(None),
}


def _field(key: str, kind: inspect.Type) -> tuple[Field, ConstructField | None]:
    """How a key of this type is read, and the statement for one of several."""
    kinds = _alternatives(kind)
    types = frozenset(_SCALARS[type(kind)] for kind in kinds if type(kind) in _SCALARS)
    struct = next((kind for kind in kinds if isinstance(kind, inspect.StructType)), None)
    form = form_of(struct.cls) if struct else None
    if types:
        mapping = any(isinstance(kind, inspect.DictType) for kind in kinds)
        return ScalarField(key, types, form, mapping), None
    if form:
        return ConstructField(key, form), None
    return _collection(key, kinds[0])


def _collection(key: str, kind: inspect.Type) -> tuple[Field, ConstructField | None]:
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        item, _ = _field("", kind.item_type)
        if isinstance(item, ConstructField):
            return Field(key), ItemField(key, item.form) if key in SINGULAR else None
        return ListField(key, item.types), None
    if isinstance(kind, inspect.DictType):
        item, _ = _field("", kind.value_type)
        if isinstance(item, ConstructField) and key in SINGULAR:
            return MapField(key, item), NamedItemField(key, item.form)
        return MapField(key, item), None
    return Field(key), None


# ---------------------------------------------------------------------------------------------
# Building the tree


class _MistakeError(Exception):
    """The first reading met a mistake: the second one is to report it."""


class _Builder:
    """Statements become a tree. Stops at the first mistake, and doesn't know where anything is."""

    def __init__(self) -> None:
        self.depth = 0

    # What the second reading does otherwise.

    def problem(self, at: Token, make: Callable[[Span], Diagnostic]) -> None:
        """A mistake at a word."""
        raise _MistakeError(at, make)

    def note(
        self, node: Any, step: str | int, name: Token | None, first: Token, last: Token
    ) -> None:
        """Where the value of a node's key or index stands."""

    def refuse(
        self, statement: Statement, at: Token, problem: str, example: str | None = None
    ) -> None:
        """The words of a statement don't fit."""
        name = statement[0].text
        shown = example or EXAMPLES.get(name) or _example(name, problem)
        self.problem(at, lambda span: BadArguments(span, name, problem, shown))

    def duplicate(self, node: dict[str, Any], key: str, name: Token) -> None:
        """A key is given again."""
        raise _MistakeError(node, key, name)

    # Values

    def fill(self, form: Form, node: dict[str, Any], items: list[Statement], within: str) -> None:
        """Read the statements of a block into a mapping."""
        self.depth += 1
        if self.depth > MAX_DEPTH + 1:
            raise _MistakeError
        statements, fields = form.statements, form.fields
        for statement in items:
            name = statement[0]
            field = (fields if name.quoted else statements).get(name.text)
            if field is None:
                field = self.unknown(form, name, within)
                if field is None:
                    continue
            if field.key == "":
                self.entry(field, node, statement)
            else:
                self.statement(field, node, statement)
        self.depth -= 1

    def unknown(self, form: Form, name: Token, within: str) -> Field | None:
        """A field for a name that the construct doesn't have, if it is to be kept nevertheless."""
        if name.quoted or name.text in OTHER_VERSIONS:
            return Field(name.text)
        if name.text:
            known = tuple(form.statements)
            where = f"`{within}`" if within else "a gateway file"
            shown = clipped(name.text)
            self.problem(name, lambda span: UnknownStatement(span, shown, where, known))
        return None

    def statement(self, field: Field, node: dict[str, Any], statement: Statement) -> None:
        """Read one statement into a mapping."""
        words = statement[1]
        if len(words) == 2 and words[1].quoted and _is_bare(words[0], "json"):
            field.give(self, node, statement, self.json(statement))
        else:
            field.read(self, node, statement)

    def entry(self, item: Field, node: dict[str, Any], statement: Statement) -> None:
        """Read a name of the file's own, and its value, into a mapping."""
        name, words, _ = statement
        if not name.text and not name.quoted:
            return
        if len(words) == 2 and words[1].quoted and _is_bare(words[0], "json"):
            value = self.json(statement)
        else:
            value = item.value(self, statement)
        self.put(node, name.text, value, statement)

    def mapping(self, form: Form, block: Block) -> dict[str, Any]:
        """A block as a mapping."""
        node: dict[str, Any] = {}
        self.fill(form, node, block.items, "")
        return node

    def construct(self, form: Form, statement: Statement) -> dict[str, Any]:
        """A statement with sugar and a block."""
        name, words, block = statement
        node: dict[str, Any] = {}
        if words:
            positional = [word for word in words if word.value is None]
            if positional:
                self.head(form, node, statement, positional)
            for word in words:
                if word.name is not None and word.value is not None:
                    self.fill(form, node, [(word.name, [word.value], None)], name.text)
        if block is not None:
            items = block.items
            if form.delegates and "type" in node:
                items = self.delegate(form, node, statement, block)
            if items:
                self.fill(form, node, items, name.text)
        return node

    def delegate(
        self, form: Form, node: dict[str, Any], statement: Statement, block: Block
    ) -> list[Statement]:
        """Read the statements that belong to the block which `type` names; the rest is left."""
        inner = form.fields.get(node["type"])
        if not isinstance(inner, ConstructField):
            return block.items
        own = [item for item in block.items if item[0].text in form.fields]
        others = [item for item in block.items if item[0].text not in form.fields]
        if others:
            value: dict[str, Any] = {}
            self.fill(inner.form, value, others, inner.key)
            self.put(node, inner.key, value, (statement[1][0], [], block))
        return own

    def head(
        self, form: Form, node: dict[str, Any], statement: Statement, words: list[Token]
    ) -> None:
        """Read the words before a block by the construct's head."""
        if not form.heads:
            return self.refuse(statement, words[0], "takes a block, and no words before it")
        steps, at = form.head(words), 0
        for step in steps:
            if step.endswith("..."):
                if at < len(words):
                    field = form.fields[step[:-3]]
                    self.statement(field, node, (words[at], words[at:], None))
                return None
            if at == len(words):
                return self.refuse(statement, words[-1], "lacks a word")
            word = words[at]
            at += 1
            if step.isupper():
                parts = SHAPES[step](word)
                if parts is None:
                    return self.refuse(statement, word, f"doesn't take `{clipped(word.text)}`")
                self.parts(form, node, None, parts)
            elif not _stands_for_itself(step):
                self.parts(form, node, None, [(step, word)])
            elif not _is_bare(word, step):
                return self.refuse(statement, word, f"needs `{step}` there")
        if at < len(words):
            self.refuse(statement, words[at], "has too many words")
        return None

    def parts(self, form: Form, node: dict[str, Any], name: Token | None, parts: Parts) -> None:
        """Put words, or parts of one, into fields."""
        for key, word in parts:
            value = scalar(word.text, word.quoted, form.fields[key].types)
            self.put(node, key, value, (name or word, [word], None))

    def scalar(self, statement: Statement, word: Token, types: Types) -> Any:
        """The value of a word."""
        if word.value is not None and word.value.quoted:
            self.refuse(statement, word, f"needs quotes around the whole of `{clipped(word.text)}`")
        return scalar(word.text, word.quoted, types)

    def several(self, statement: Statement, words: list[Token], types: Types) -> list[Any]:
        """The values of several words."""
        values: list[Any] = []
        self.extend(values, statement, words, types)
        return values

    def extend(
        self, values: list[Any], statement: Statement, words: list[Token], types: Types
    ) -> None:
        """Append the values of several words."""
        for word in words:
            values.append(self.scalar(statement, word, types))
            self.note(values, len(values) - 1, None, word, word)

    def put(self, node: dict[str, Any], key: str, value: Any, statement: Statement) -> None:
        """Give a key its value, once."""
        if key in node:
            return self.duplicate(node, key, statement[0])
        node[key] = value
        return self.note(node, key, statement[0], *_ends(statement))

    def append(self, items: list[Any], value: Any, statement: Statement) -> None:
        """One more item."""
        items.append(value)
        self.note(items, len(items) - 1, statement[0], *_ends(statement))

    def json(self, statement: Statement) -> Any:
        """The value of `json "…"`: any value at all, for what has no other spelling."""
        word = statement[1][1]
        if statement[2] is not None:
            self.refuse(statement, statement[2].open, "takes JSON or a block, not both")
        try:
            value = json.loads(word.text, parse_int=core, object_pairs_hook=_without_duplicates)
        except (ValueError, RecursionError) as error:
            what = str(error) if isinstance(error, ValueError) else "nested too deep"
            self.refuse(statement, word, f"has text that isn't JSON: {what}")
            return None
        control = _control_in(value, 0)
        if control is None:
            self.refuse(statement, word, f"has JSON that is nested more than {MAX_DEPTH} deep")
        elif control and statement[0].text != "jwks":
            self.problem(word, lambda span: ControlCharacter(span, control))
        return value


def clipped(text: str) -> str:
    """A word as a message shows it."""
    return text if len(text) <= 60 else text[:60] + "…"


def _ends(statement: Statement) -> tuple[Token, Token]:
    """The first and the last word of a statement's value."""
    name, words, block = statement
    first = words[0] if words else block.open if block else name
    return first, block.close if block else words[-1] if words else name


def _example(name: str, problem: str) -> str:
    if "name and a value" in problem:
        return f'{name} X-Name "…"'
    return f"{name} {{ … }}" if "a block, and" in problem else f'{name} "…"'


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    node = dict(pairs)
    if len(node) != len(pairs):
        raise ValueError("a key stands there twice")
    return node


def _control_in(value: Any, depth: int) -> str | None:
    """The first control character in the texts of a value, or ""; None for one nested too deep."""
    if isinstance(value, str):
        match = _CONTROL.search(value)
        return match.group() if match else ""
    if not isinstance(value, dict | list):
        return ""
    if depth >= MAX_DEPTH:
        return None
    found = ""
    for item in [*value, *value.values()] if isinstance(value, dict) else value:
        inner = _control_in(item, depth + 1)
        if inner is None:
            return None
        found = found or inner
    return found


# ---------------------------------------------------------------------------------------------
# The first reading: no positions, and an end at the first mistake

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES: Final = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class _EscapeError(Exception):
    """An escape that the language doesn't have, at an offset from the string's quote."""

    def __init__(self, offset: int, text: str) -> None:
        """See the class."""
        super().__init__()
        self.offset = offset
        self.text = text


def _unescaped(raw: str) -> str:
    """What a string between its quotes says."""
    if "\\" not in raw:
        return raw[1:-1]

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] not in _ESCAPES:
            raise _EscapeError(match.start() + 1, match[0])
        return _ESCAPES[match[2]]

    text = _ESCAPE.sub(replace, raw[1:-1])
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def _token(type: str, raw: str, start: int) -> Token:
    """A token of the grammar; `raw` is its text in the file."""
    end = start + len(raw)
    if type == "STRING":
        return Token(type, _unescaped(raw), start, end, quoted=True)
    token = Token(type, raw, start, end)
    if type == "PROPERTY":
        split = raw.index("=")
        token.name = Token("WORD", raw[:split], start, start + split)
        kind = "STRING" if raw[split + 1] == '"' else "WORD"
        token.value = _token(kind, raw[split + 1 :], start + split + 1)
    return token


class _Tokens(dict[str, Token]):
    """The tokens of a file by their text. What type a token has depends on nothing else."""

    def __missing__(self, raw: str) -> Token:
        match = _grammar().classify.fullmatch(raw)
        if not match or not match.lastgroup:
            raise _MistakeError
        try:
            token = _token(match.lastgroup, raw, 0)
        except _EscapeError:
            raise _MistakeError from None
        if match.lastgroup != "END" and _CONTROL.search((token.value or token).text):
            raise _MistakeError
        self[raw] = token
        return token


def _start(text: str) -> int:
    return 1 if text.startswith("\ufeff") else 0


def _chunks(text: str) -> Iterator[str]:
    """The text in pieces that end with a line, so that not all of its words are held at once."""
    start = _start(text)
    while start < len(text):
        end = text.find("\n", start + _CHUNK) + 1 or len(text)
        yield text[start:end]
        start = end


_END_OF_FILE = Token("$END", "", 0, 0)


def _parsed(text: str) -> list[Statement]:
    from lark import UnexpectedInput

    state: Any = _grammar().lark.parse_interactive("").parser_state
    feed, scan, tokens = state.feed_token, _grammar().scan, _Tokens()
    try:
        for chunk in _chunks(text):
            words = scan.findall(chunk)
            while words and not words[-1]:
                words.pop()
            for token in map(tokens.__getitem__, words):
                feed(token)
            if len(state.state_stack) > _MAX_STACK:
                raise _MistakeError
        items: list[Statement] = feed(_END_OF_FILE, True)
    except UnexpectedInput:
        raise _MistakeError from None
    return items


def compose(source: Source, report: Report) -> dict[str, Any] | None:
    """The document as a tree, or None when there is nothing to go on with.

    Reports syntax errors, statements that a construct doesn't have, words that don't fit, and keys
    given twice. A word of the wrong type becomes text, for the type check to report.
    """
    with _no_garbage():
        tree: dict[str, Any] = {}
        try:
            _Builder().fill(document_form(), tree, _parsed(source.text), "")
        except _MistakeError:
            return _Located(source.text, report).compose()
        if not tree:
            report(EmptyFile(Span(0, 0, 0, 1)))
            return None
        return tree


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Without the cyclic collector: reading makes many objects and no cycles, and the collector
    would walk them again and again, a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# ---------------------------------------------------------------------------------------------
# The second reading: with positions, and on after a mistake


class _StopError(Exception):
    """Going on makes no sense; the reason is reported."""


def marks(source: Source) -> Mark:
    """Where each node of the tree stands, for a source that `compose` could read."""
    with _no_garbage():
        return _Located(source.text, lambda _: None).marks()


class _Located(_Builder):
    """The same tree, with the place of every node, and a report of every mistake."""

    def __init__(self, text: str, report: Report) -> None:
        """See the class."""
        super().__init__()
        self.text = text
        self.report = report
        self.lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.problems = 0
        self.reported: set[int] = set()  # where a word is already known to be wrong
        self.sound = True
        self.places: dict[int, dict[str | int, tuple[Span | None, Span]]] = {}
        self.noted: list[Any] = []  # keeps the nodes alive, so that their ids stay theirs

    def compose(self) -> dict[str, Any] | None:
        """The tree, unless what is missing from it would make later checks report nonsense."""
        try:
            tree = self.tree()
        except _StopError:
            return None
        return tree if tree and self.sound else None

    def tree(self) -> dict[str, Any]:
        """The tree as far as it can be read."""
        items = self.statements()
        tree: dict[str, Any] = {}
        self.check_characters(items)
        self.fill(document_form(), tree, items, "")
        return tree

    def marks(self) -> Mark:
        """The places of all nodes."""
        whole = self.span(0, len(self.text))
        try:
            return self.mark(self.tree(), None, whole)
        except _StopError:
            return Mark(whole)

    def mark(self, value: Any, key: Span | None, span: Span) -> Mark:
        mark = Mark(span, key, {})
        if isinstance(value, dict | list):
            places = self.places.get(id(value), {})
            for step in value if isinstance(value, dict) else range(len(value)):
                name, place = places.get(step, (None, span))
                mark.children[step] = self.mark(value[step], name, place)
        return mark

    # Places

    def span(self, start: int, end: int) -> Span:
        line = bisect_right(self.lines, start) - 1
        last = bisect_right(self.lines, end) - 1
        return Span(line, start - self.lines[line], last, end - self.lines[last])

    def note(
        self, node: Any, step: str | int, name: Token | None, first: Token, last: Token
    ) -> None:
        key = self.span(name.start, name.end) if name else None
        if id(node) not in self.places:
            self.noted.append(node)
        places = self.places.setdefault(id(node), {})
        places[step] = (key, self.span(first.start, last.end))

    # Mistakes

    def problem(self, at: Token, make: Callable[[Span], Diagnostic]) -> None:
        if at.start not in self.reported:
            self.say(make(self.span(at.start, at.end)))

    def refuse(
        self, statement: Statement, at: Token, problem: str, example: str | None = None
    ) -> None:
        words = (statement[0], *statement[1])
        if not any(word.start in self.reported for word in words):
            super().refuse(statement, at, problem, example)

    def say(self, diagnostic: Diagnostic) -> None:
        if not isinstance(diagnostic, DuplicateKey | UnknownStatement):
            self.sound = False
        self.report(diagnostic)
        self.problems += 1
        if self.problems >= MAX_PROBLEMS:
            raise _StopError

    def duplicate(self, node: dict[str, Any], key: str, name: Token) -> None:
        known = self.places.get(id(node), {}).get(key)
        first = (known[0] or known[1]) if known else Span(0, 0, 0, 1)
        self.problem(name, lambda span: DuplicateKey(span, key, first))

    def syntax(self, start: int, end: int, found: str, *expected: str) -> None:
        self.reported.add(start)
        self.say(SyntaxProblem(self.span(start, end), found, expected))

    def too_deep(self, at: Token) -> NoReturn:
        self.problem(at, lambda span: TooLarge(span, "the nesting", f"{MAX_DEPTH} levels"))
        raise _StopError

    def check_characters(self, items: list[Statement]) -> None:
        """Report control characters; the JSON of a key set may have line breaks."""
        for name, words, block in items:
            for word in [name, *words] if name.text != "jwks" else []:
                match = _CONTROL.search((word.value or word).text)
                if match:
                    control = match.group()
                    self.say(ControlCharacter(self.span(word.start, word.end), control))
            if block is not None:
                self.check_characters(block.items)

    # Parsing

    def tokens(self) -> Iterator[Token]:
        """The tokens; one that is none is reported, and taken for a word."""
        grammar = _grammar()
        kinds: dict[str, str] = {}
        for match in grammar.scan.finditer(self.text, _start(self.text)):
            raw, start = match.group(1), match.start(1)
            if not raw:
                return
            kind = kinds.get(raw)
            if kind is None:
                whole = grammar.classify.fullmatch(raw)
                kind = kinds[raw] = (whole.lastgroup if whole else "") or ""
            yield self.token(kind, raw, start)

    def token(self, kind: str, raw: str, start: int) -> Token:
        if kind:
            try:
                return _token(kind, raw, start)
            except _EscapeError as bad:
                at = start + (raw.index('"') if kind == "PROPERTY" else 0) + bad.offset
                known = ('`\\"`', "`\\\\`", "`\\n`", "`\\t`", "`\\uXXXX`")
                self.reported.add(start)
                self.syntax(at, at + len(bad.text), f"`{bad.text}` is no escape", *known)
        else:
            self.stray(raw, start)
        return Token("WORD", raw, start, start + len(raw))

    def stray(self, raw: str, start: int) -> None:
        """Report text that is neither a word nor a string."""
        end = start + len(raw)
        quotes = raw.replace("\\\\", "").replace('\\"', "").count('"')
        if '"' not in raw:
            found = f"`{clipped(raw)}` has a `{{` that is never closed"
            self.syntax(start, end, found, "`}` in the word")
        elif quotes % 2:
            self.syntax(start, end, "the string has no end", '`"` before the end of the line')
        else:
            self.syntax(start, end, "a string and other text touch", "white space between them")

    def statements(self) -> list[Statement]:
        """The statements, with the mistakes in their form reported and repaired.

        Without its braces right, a file means something else: that ends the reading.
        """
        from lark import UnexpectedInput

        state: Any = _grammar().lark.parse_interactive("").parser_state
        opened: list[Token] = []
        last = suspect = None
        balanced = True
        for token in self.tokens():
            if token.type == "CLOSE" and not opened:
                self.syntax(token.start, token.end, "this `}` closes no block", "a statement")
                balanced = False
                continue
            if token.type == "OPEN":
                opened.append(token)
                if len(opened) > MAX_DEPTH:
                    self.too_deep(token)
            elif token.type == "CLOSE":
                suspect = suspect or self.misplaced(opened.pop(), token)
            try:
                state.feed_token(token)
            except UnexpectedInput:
                balanced &= token.type != "OPEN"
                self.repair(state, token, last)
            last = token
        if opened:
            token = suspect or opened[-1]
            self.syntax(token.start, token.end, "this `{` is never closed", "`}` further down")
            balanced = False
        if not balanced:
            raise _StopError
        items: list[Statement] = state.feed_token(_END_OF_FILE, True)
        if not items and not self.problems:
            self.say(EmptyFile(Span(0, 0, 0, 1)))
        return items

    def misplaced(self, opening: Token, closing: Token) -> Token | None:
        """The opening brace, if by its indentation the closing one was meant for another."""
        start, end = self.span(opening.start, closing.start), closing.start
        line = self.text[self.lines[start.line] : opening.start]
        before = self.text[self.lines[start.end_line] : end]
        indented = line[: len(line) - len(line.lstrip())]
        same = start.line == start.end_line or before.strip() or before == indented
        return None if same else opening

    def repair(self, state: Any, token: Token, last: Token | None) -> None:
        """Report a token that can't stand here, and put the parser where it can go on."""
        if last is not None and last.type == "CLOSE":
            found = f"`{clipped(token.text)}` after the `}}` of a block"
            self.syntax(token.start, token.end, found, "a new line", "`;`", "`}`")
            state.feed_token(Token("END", "", token.start, token.start))
        elif token.type == "OPEN":
            found = "this `{` belongs to no statement"
            self.syntax(token.start, token.end, found, "`{` in the statement's line")
        else:
            found = f"`{clipped(token.text)}` can't begin a statement"
            self.syntax(token.start, token.end, found, "the name of a statement")
        # A statement without a name is skipped by the builder.
        state.feed_token(Token("WORD", "", token.start, token.start))
        state.feed_token(token)
