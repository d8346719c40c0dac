"""Secret fields: which they are, and how a document holds what stands in them.

A field is secret if `document.py` says so (`extra={"secret": True}`); everything that treats
secrets in their own way asks here. In a tree and in a `Document` a secret is spelled as in a file,
so that no text can be taken for a reference: `${env:NAME}` is one, and `$${` a literal `${`.
"""

import re
from functools import cache, lru_cache

from msgspec import Struct, inspect

from galc.frontend.source import Path
from galc.ir.document import Document
from galc.ir.gateway import FromEnvironment, Secret
from galc.ir.types import below, shape, struct_type, struct_types

_REFERENCE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
#: How older versions call a block, and where in them a secret is no field of its own.
_OLDER = {"basic_auth": "basic"}


@cache
def secret_fields() -> dict[type[Struct], frozenset[str]]:
    """The constructs with secret fields, and the names of these."""
    found = {
        cls: frozenset(f.encode_name for f in kind.fields if is_marked(f.type))
        for cls, kind in struct_types().items()
    }
    return {cls: names for cls, names in found.items() if names}


def is_marked(kind: inspect.Type) -> bool:
    """Whether the type of a field says that it is a secret."""
    while isinstance(kind, inspect.Metadata):
        if (kind.extra or {}).get("secret"):
            return True
        kind = kind.type
    return False


@cache
def secret_names() -> frozenset[str]:
    """The names that secret fields have."""
    return frozenset(name for names in secret_fields().values() for name in names)


def _at(path: Path) -> tuple[inspect.Type, ...]:
    """What the language has at a path, also where an older version called a block otherwise."""
    return _at_shape(shape(path))


@lru_cache(maxsize=4096)
def _at_shape(path: Path) -> tuple[inspect.Type, ...]:
    if not path:
        return (struct_type(Document),)
    step = _OLDER.get(path[-1], path[-1]) if isinstance(path[-1], str) else path[-1]
    return tuple(inner for kind in _at_shape(path[:-1]) for inner in below(kind, step))


def is_known(path: Path) -> bool:
    """Whether the language has something at a path."""
    return bool(_at(path))


def owner_of(path: Path) -> type[Struct] | None:
    """The construct with secret fields whose field stands at a path, or would stand there."""
    structs = (kind.cls for kind in _at(path[:-1]) if isinstance(kind, inspect.StructType))
    return next((cls for cls in structs if cls in secret_fields()), None)


def is_secret(path: Path) -> bool:
    """Whether the value at a path of a tree, of any version, is a secret."""
    match path:
        case (*_, "authentication", "basic" | "basic_auth", "users", str()):
            return True
        case (*_, "authentication", "api_key", "keys", int()):
            return True
        case (*_, str(last)) if last in secret_names():
            owner = owner_of(path)
            return owner is not None and last in secret_fields()[owner]
    return False


def reference(text: object) -> str | None:
    """The environment variable that a secret refers to.

    >>> reference("${env:TOKEN}"), reference("$${env:TOKEN}")
    ('TOKEN', None)
    """
    found = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
    return found[1] if found else None


def secret(text: str) -> Secret:
    """What a secret field of a document means."""
    name = reference(text)
    return FromEnvironment(name) if name else literal(text)


def literal(text: str) -> str:
    """The text that a secret field without a reference spells."""
    return text.replace("$${", "${")


def spelled(text: str) -> str:
    """A literal secret as a document spells it."""
    return text.replace("${", "$${")
