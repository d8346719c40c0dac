"""Forms: what the statements of a construct mean, field by field."""

import re
from typing import TYPE_CHECKING, Any, Final

from galc.frontend.gal.scalars import ANY, Types
from galc.frontend.gal.sugar import BARE, DELEGATING, EXAMPLES, HEADS, SHAPES
from galc.frontend.gal.tokens import Statement, Token, is_bare

if TYPE_CHECKING:
    from galc.frontend.gal.builder import Builder

#: Characters that a help may repeat, and the fields of which it repeats nothing.
_LONGEST: Final = 60
_SECRETS: Final = frozenset(("password", "password_hash", "key", "client_secret"))


class Form:
    """A construct: its fields, and the statements that its block takes."""

    def __init__(self, name: str) -> None:
        """See the class."""
        self.name = name
        self.fields: dict[str, Field] = {}
        self.statements: dict[str, Field] = {}
        self.heads = [head.split() for head in HEADS.get(name, ())]
        self.delegates = name in DELEGATING
        self.is_bare = not self.heads or name in BARE

    def head(self, words: list[Token]) -> list[str]:
        """The head that these words are to be read by."""
        for head in self.heads:
            if not stands_for_itself(head[0]) or is_bare(words[0], head[0]):
                return head
        return self.heads[-1]


def stands_for_itself(step: str) -> bool:
    """Whether a word of a head is no field's name, but one that the file must have there."""
    return not step[0].isalpha()


class Field:
    """A key of a mapping, and how a statement gives it its value: here, a value of any kind."""

    types: Types = ANY

    def __init__(self, key: str) -> None:
        """See the class."""
        self.key = key

    def read(self, to: "Builder", node: dict[str, Any], statement: Statement) -> None:
        """Put into `node` what the statement says."""
        self.give(to, node, statement, self.value(to, statement))

    def give(self, to: "Builder", node: dict[str, Any], statement: Statement, value: Any) -> None:
        """Put a value into `node` that was read already."""
        to.put(node, self.key, value, statement)

    def value(self, to: "Builder", statement: Statement) -> Any:
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


def _one_value(name: Token, words: list[Token]) -> str | None:
    """A statement with the one value that some words were probably meant to be."""
    texts = [word.text for word in words]
    is_plain = not any('"' in text or "\\" in text for text in texts)
    if not is_plain or sum(map(len, texts)) > _LONGEST or name.text in _SECRETS:
        return None
    is_text = not re.match("[0-9]|true$|false$", texts[0])
    return f'{name.text} "{" ".join(texts)}"' if is_text else f"{name.text} {texts[0]}"


class ScalarField(Field):
    """One word; or also a block, where the field may be a mapping."""

    def __init__(self, key: str, types: Types, form: Form | None, mapping: bool) -> None:
        """See the class."""
        super().__init__(key)
        self.types = types
        self.form = form
        self.mapping = mapping

    def value(self, to: "Builder", statement: Statement) -> Any:
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
            problem = "takes one value; a text with spaces needs quotes"
            to.refuse(statement, words[1], problem, _one_value(name, words))
        return None


class ListField(Field):
    """Words, in one or several statements, or those of a block."""

    def __init__(self, key: str, types: Types) -> None:
        """See the class."""
        super().__init__(key)
        self.types = types

    def read(self, to: "Builder", node: dict[str, Any], statement: Statement) -> None:
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

    def read(self, to: "Builder", node: dict[str, Any], statement: Statement) -> None:
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
        if fresh:  # of a single entry's statement, only the name belongs to the whole map
            self.give(to, node, (name, [], block) if words else statement, entries)
        return None


class ConstructField(Field):
    """A block, with sugar before it."""

    def __init__(self, key: str, form: Form) -> None:
        """See the class."""
        super().__init__(key)
        self.form = form

    def value(self, to: "Builder", statement: Statement) -> Any:
        """See `Field`."""
        return to.construct(self.form, statement)


class ItemsField(Field):
    """A list of constructs, given at once: words, which only older files have for constructs."""

    def value(self, to: "Builder", statement: Statement) -> Any:
        """See `Field`."""
        _, words, block = statement
        if block is None and words:
            return to.several(statement, words, ANY)
        return super().value(to, statement)


class ItemField(ConstructField):
    """One of a list of constructs, under its singular name."""

    def read(self, to: "Builder", node: dict[str, Any], statement: Statement) -> None:
        """See `Field`."""
        self.give(to, node, statement, to.construct(self.form, statement))

    def give(self, to: "Builder", node: dict[str, Any], statement: Statement, value: Any) -> None:
        """See `Field`."""
        known = node.get(self.key)
        items: list[Any] = known if type(known) is list else []
        to.append(items, value, statement)
        if items is not known:
            to.put(node, self.key, items, statement)


class NamedItemField(ConstructField):
    """One of a map of constructs, under its singular name: `policy partner { … }`."""

    def read(self, to: "Builder", node: dict[str, Any], statement: Statement) -> None:
        """See `Field`."""
        name, words, block = statement
        if not words or words[0].value:
            return to.refuse(statement, name, "needs a name")
        known = node.get(self.key)
        entries: dict[str, Any] = known if type(known) is dict else {}
        value = to.construct(self.form, (name, words[1:], block))
        to.put(entries, words[0].text, value, (words[0], words[1:], block))
        if entries is not known:
            to.put(node, self.key, entries, (name, [], None))  # the rest is the entry's
        return None


class AspectField(Field):
    """One word that stands for several fields."""

    def __init__(self, key: str, shape: str, form: Form) -> None:
        """See the class."""
        super().__init__(key)
        self.shape = SHAPES[shape]
        self.form = form

    def read(self, to: "Builder", node: dict[str, Any], statement: Statement) -> None:
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
