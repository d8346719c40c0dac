"""The types of the language's constructs, as msgspec sees them.

`msgspec.inspect.type_info` translates a Struct with all that is below it, every time that it is
asked. Asked once for the whole document, it answers for every construct.
"""

from functools import cache

from msgspec import Struct, inspect

from galc.ir.document import Document


@cache
def _types() -> dict[type[Struct], inspect.StructType]:
    found: dict[type[Struct], inspect.StructType] = {}
    left: list[inspect.Type] = [inspect.type_info(Document)]
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


def struct_type(cls: type[Struct]) -> inspect.StructType:
    """The fields of a construct of the language, with their types."""
    return _types()[cls]
