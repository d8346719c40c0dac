"""The types of the language's constructs, as msgspec sees them.

`msgspec.inspect.type_info` translates a Struct with all that is below it, every time that it is
asked. Asked once for the whole document, it answers for every construct.
"""

from functools import cache, lru_cache

from msgspec import Struct, inspect

from galc.frontend.source import Path
from galc.ir.document import Document
from galc.ir.files import BESIDE


@cache
def _types() -> dict[type[Struct], inspect.StructType]:
    found: dict[type[Struct], inspect.StructType] = {}
    left: list[inspect.Type] = [inspect.type_info(kind) for kind in (Document, *BESIDE.values())]
    while left:
        kind = left.pop()
        if isinstance(kind, inspect.StructType):
            if kind.cls not in found:
                found[kind.cls] = kind
                left.extend(field.type for field in kind.fields)
        elif isinstance(kind, inspect.Metadata):
            left.append(kind.type)
        elif isinstance(kind, inspect.UnionType):
            left.extend(kind.types)
        elif isinstance(kind, inspect.VarTupleType):
            left.append(kind.item_type)
        elif isinstance(kind, inspect.DictType):
            left.append(kind.value_type)
    return found


def struct_types() -> dict[type[Struct], inspect.StructType]:
    """All constructs of the language, with their fields."""
    return _types()


def struct_type(cls: type[Struct]) -> inspect.StructType:
    """The fields of a construct of the language, with their types."""
    return _types()[cls]


_SCALARS: dict[type[inspect.Type], type] = {
    inspect.StrType: str,
    inspect.LiteralType: str,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.BoolType: bool,
}


def types_at(path: Path) -> frozenset[type] | None:
    """The types of scalar that may stand at a path of a document; None where any may, or where the
    language has no such field."""
    return _types_at_shape(shape(path))


def shape(path: Path) -> Path:
    """A path for all items of a list at once."""
    return tuple(0 if isinstance(step, int) else step for step in path)


@lru_cache(maxsize=4096)
def _types_at_shape(path: Path) -> frozenset[type] | None:
    found: list[inspect.Type] = [struct_type(Document)]
    for step in path:
        found = [bare for kind in found for bare in below(kind, step)]
    types = {_SCALARS.get(type(kind)) for kind in found}
    scalars = frozenset(kind for kind in types if kind is not None)
    is_any = any(isinstance(kind, inspect.AnyType) for kind in found)
    return scalars if scalars and not is_any else None


def below(kind: inspect.Type, step: str | int) -> list[inspect.Type]:
    """What may stand in a construct, under a key or an index."""
    if isinstance(kind, inspect.StructType) and isinstance(step, str):
        fields = struct_type(kind.cls).fields
        return [bare for f in fields if f.encode_name == step for bare in _alternatives(f.type)]
    if isinstance(kind, inspect.DictType) and isinstance(step, str):
        return _alternatives(kind.value_type)
    if isinstance(kind, inspect.VarTupleType) and isinstance(step, int):
        return _alternatives(kind.item_type)
    return []


def _alternatives(kind: inspect.Type) -> list[inspect.Type]:
    if isinstance(kind, inspect.Metadata):
        return _alternatives(kind.type)
    if isinstance(kind, inspect.UnionType):
        return [inner for member in kind.types for inner in _alternatives(member)]
    return [kind]
