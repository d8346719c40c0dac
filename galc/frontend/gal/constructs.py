"""The forms of the language's constructs, made from its Structs."""

from functools import cache
from typing import Final

from msgspec import Struct, inspect

from galc.frontend.gal.forms import (
    AspectField,
    ConstructField,
    Field,
    Form,
    ItemField,
    ItemsField,
    ListField,
    MapField,
    NamedItemField,
    ScalarField,
)
from galc.frontend.gal.sugar import ASPECTS, SINGULAR
from galc.ir.document import Document
from galc.ir.files import BESIDE
from galc.ir.types import struct_type


@cache
def form_of(struct: type[Struct]) -> Form:
    """The form of a construct of the language."""
    form = Form(struct.__name__)
    beside = struct_type(BESIDE[struct]).fields if struct in BESIDE else ()
    for field in (*struct_type(struct).fields, *beside):
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
            return ItemsField(key), ItemField(key, item.form) if key in SINGULAR else None
        return ListField(key, item.types), None
    if isinstance(kind, inspect.DictType):
        item, _ = _field("", kind.value_type)
        if isinstance(item, ConstructField) and key in SINGULAR:
            return MapField(key, item), NamedItemField(key, item.form)
        return MapField(key, item), None
    return Field(key), None
