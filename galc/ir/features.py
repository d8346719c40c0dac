"""The features of the language: what a target answers for, derived from the document's types.

A feature's key is the path of a field with the indices left out and every policy, service, route
and upstream at its own root: `rate_limit.burst`, `routes.methods`, `upstream.targets.weight`. A
field that takes one of a few words has a key for each: `rate_limit.key_type=header`.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from msgspec import NODEFAULT, UNSET, Struct, inspect

from galc.frontend.source import Path
from galc.ir import document as doc
from galc.ir.hashes import password_scheme
from galc.ir.secrets import is_marked, literal, reference
from galc.ir.types import struct_type

#: Fields that the passes settle, so that no target ever sees them.
SETTLED = frozenset({"use"})
_ROOTS: tuple[tuple[str, type[Struct]], ...] = (
    ("global", doc.Global),
    ("services", doc.Service),
    ("upstream", doc.Upstream),
    ("routes", doc.Route),
)
POLICIES: tuple[str, ...] = (
    *doc.Policies.__struct_fields__,
    "transformation",
    "body_transformation",
)
#: Blocks that are features themselves, beside the policies.
_WHOLE = frozenset({"upstream.health_check.active", "upstream.health_check.passive"})
_TEMPLATE = re.compile(r"(?<!\\)\{\{\s*(\w+)\s*\}\}")
_TEMPLATES = ("uuid", "now", "client_ip", "method", "path", "host")


class Feature(Struct, frozen=True):
    """One row of the capability table. `default` is None where there is none."""

    key: str
    doc: str
    default: Any = None
    #: The field whose value this is, for a key with `=`.
    field: str | None = None


def _password_scheme(value: Any) -> str:
    return password_scheme(literal(str(value))) or ""


def _origin_form(value: Any) -> str:
    return "*" if value == "*" else "subdomains" if "://*." in str(value) else "exact"


#: Values that aren't single words, sorted into a few forms, each of which is a feature.
_FORMS: dict[str, tuple[tuple[str, ...], Callable[[Any], str]]] = {
    "password_scheme": (("bcrypt", "sha1", "apr1", "sha512_crypt"), _password_scheme),
    "origin_form": (("*", "exact", "subdomains"), _origin_form),
}


#: The option of a secret that the running gateway reads from its environment.
_ENVIRONMENT = "environment"


def _sentence(option: str) -> str:
    if option == _ENVIRONMENT:
        return "`${env:NAME}`, which the gateway reads when it runs."
    return f"`{option}`."


def _unwrap(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any], str]:
    """The bare type, the `extra` of its field, and the field's sentence."""
    extra: dict[str, Any] = {}
    sentence = ""
    while isinstance(kind, inspect.Metadata):
        extra = {**(kind.extra or {}), **extra}
        sentence = sentence or str((kind.extra_json_schema or {}).get("description", ""))
        kind = kind.type
    return kind, extra, sentence


def _struct_of(kind: inspect.Type) -> inspect.StructType | None:
    """The construct behind a field: itself, one of a union, or the item of a list."""
    kind, _, _ = _unwrap(kind)
    if isinstance(kind, inspect.VarTupleType):
        return _struct_of(kind.item_type)
    if isinstance(kind, inspect.UnionType):
        found = (_struct_of(member) for member in kind.types)
        return next((struct for struct in found if struct), None)
    return kind if isinstance(kind, inspect.StructType) else None


def _literals(kind: inspect.Type) -> tuple[str, ...]:
    kind, _, _ = _unwrap(kind)
    if isinstance(kind, inspect.VarTupleType):
        return _literals(kind.item_type)
    return tuple(map(str, kind.values)) if isinstance(kind, inspect.LiteralType) else ()


class _Field(Struct, frozen=True):
    """What the walks below need to know of a field."""

    key: str
    is_feature: bool
    struct: type[Struct] | None
    options: tuple[str, ...]
    form: str | None
    is_secret: bool
    default: Any
    doc: str

    def option(self, value: Any) -> str:
        """Which of its options a value is."""
        if self.is_secret and reference(value):
            return _ENVIRONMENT
        return _FORMS[self.form][1](value) if self.form else str(value)

    @property
    def all_options(self) -> tuple[str, ...]:
        """The options that are features."""
        forms = _FORMS[self.form][0] if self.form else self.options
        return (*forms, _ENVIRONMENT) if self.is_secret else forms


@cache
def _fields(cls: type[Struct], prefix: str) -> dict[str, _Field]:
    found = {}
    for field in struct_type(cls).fields:
        name = field.encode_name
        if prefix in ("services", "routes") and name in (
            *POLICIES,
            *SETTLED,
            "routes",
            "upstream",
        ):
            continue
        key = f"{prefix}.{name}"
        _, extra, sentence = _unwrap(field.type)
        struct = _struct_of(field.type)
        default = field.default if field.default not in (NODEFAULT, UNSET) else None
        found[name] = _Field(
            key=key,
            is_feature=name != "enabled"
            and (struct is None or key in _WHOLE)
            and not _literals(field.type),
            struct=struct.cls if struct else None,
            options=_literals(field.type),
            form=extra.get("option"),
            is_secret=is_marked(field.type),
            default=default,
            doc=sentence,
        )
    return found


@cache
def _policy_type(name: str) -> tuple[type[Struct] | None, str]:
    owner = doc.Service if name == "transformation" else doc.Route
    field = next(field for field in struct_type(owner).fields if field.name == name)
    struct = _struct_of(field.type)
    return (struct.cls if struct else None), _unwrap(field.type)[2]


@cache
def all_features() -> dict[str, Feature]:
    """Every feature by its key, in the language's order."""
    found: dict[str, Feature] = {}
    for prefix, cls in _ROOTS:
        for feature in _walk(cls, prefix):
            found[feature.key] = feature
    for name in POLICIES:
        cls_, sentence = _policy_type(name)
        found[name] = Feature(name, sentence)
        for feature in _walk(cls_, name) if cls_ else ():
            found[feature.key] = feature
    for name in _TEMPLATES:
        key = f"headers.template={name}"
        found[key] = Feature(key, f"`{{{{{name}}}}}` in a header value.", field="headers.template")
    return found


def _walk(cls: type[Struct], prefix: str) -> Iterator[Feature]:
    for field in _fields(cls, prefix).values():
        if field.is_feature:
            yield Feature(field.key, field.doc, field.default)
        for option in field.all_options:
            yield Feature(f"{field.key}={option}", _sentence(option), field=field.key)
        if field.struct:
            yield from _walk(field.struct, field.key)


def written(name: str, raw: Any) -> list[tuple[str, Path]]:
    """The features that a construct writes, each with its path below the construct.

    `name` is a policy, or one of `global`, `services`, `upstream`, `routes`; `raw` its tree.
    """
    cls = dict(_ROOTS).get(name)
    found: list[tuple[str, Path]] = []
    if cls is None:
        found.append((name, ()))
        cls, _ = _policy_type(name)
    if cls is not None and isinstance(raw, dict):
        found.extend(_written(cls, name, raw, ()))
    rules = raw.get("headers") if name == "transformation" and isinstance(raw, dict) else raw
    if name in ("headers", "transformation") and isinstance(rules, dict):
        found.extend(_templates(rules, () if name == "headers" else ("headers",)))
    return found


def _written(cls: type[Struct], prefix: str, raw: dict[str, Any], path: Path) -> Iterator[Any]:
    fields = _fields(cls, prefix)
    for name, value in raw.items():
        field = fields.get(name)
        if field is None:
            continue
        here = (*path, name)
        if field.is_feature:
            yield field.key, here
        items = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, item in items:
            place = here if index is None else (*here, index)
            if field.all_options:
                option = field.option(item)
                if f"{field.key}={option}" in all_features():
                    yield f"{field.key}={option}", place
            elif field.struct and isinstance(item, dict):
                yield from _written(field.struct, field.key, item, place)


def _templates(raw: dict[str, Any], path: Path) -> Iterator[tuple[str, Path]]:
    for rule, values in raw.items():
        if isinstance(values, dict):
            for header, value in values.items():
                for name in _TEMPLATE.findall(value) if isinstance(value, str) else ():
                    if name in _TEMPLATES:
                        yield f"headers.template={name}", (*path, rule, header)


def defaulted(name: str, keys: set[str]) -> list[str]:
    """The features of a policy that the document leaves to their defaults."""
    cls, _ = _policy_type(name) if name in POLICIES else (dict(_ROOTS)[name], "")
    if cls is None:
        return []
    found = []
    for field in _fields(cls, name).values():
        if field.default is None:
            continue
        key = f"{field.key}={field.default}" if field.options else field.key
        if key in all_features() and not any(k.startswith(field.key) for k in keys):
            found.append(key)
    return found
