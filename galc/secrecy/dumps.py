"""What `galc build` prints of its stages, without secrets.

References stay, also where `--resolve-env` has put a value in their place; a literal secret is
`***`. So a dump says where a secret stands and never what it is.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, get_type_hints

from msgspec import Struct
from msgspec.structs import replace

from galc.frontend.source import Path
from galc.ir.gateway import FromEnvironment, Gateway, HeaderRules, Secret
from galc.ir.secrets import is_secret, reference
from galc.secrecy.places import is_reference, secret_places
from galc.secrecy.values import Masks, is_sensitive, secrets

SHOWN = "***"
#: What must stay what it is for a gateway to be lowered.
_MATCHED = frozenset({"match"})
#: Says what a dump of a document lacks.
NOTE = "# `***` stands for a secret of the file, which is never printed: this can't be built again."


def masked_document(
    tree: dict[str, Any], written: Mapping[Path, str], others: Iterable[str] = ()
) -> tuple[dict[str, Any], bool]:
    """A tree after the passes as it may be printed, spelled as in a file; and whether a literal
    secret was left out. `written` has what the file has for secrets that came from elsewhere;
    `others` are secrets that stood in what was taken out."""
    places = dict(secret_places(tree))
    hidden = dict.fromkeys(places, SHOWN) | {
        path: text if is_reference(text) else SHOWN for path, text in written.items()
    }
    masks = Masks((*places.values(), *others), SHOWN)

    def shown(node: Any, path: Path) -> Any:
        if isinstance(node, dict):
            return {key: shown(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [shown(value, (*path, index)) for index, value in enumerate(node)]
        if path in hidden:
            return hidden[path]
        if not isinstance(node, str):
            return node
        # A secret is spelled as in a file; of any other text nothing refers to anything any more.
        if is_secret(path) or (path[:1] == ("vars",) and reference(node)):
            return node
        return masks.text(node).replace("${", "$${")

    return shown(tree, ()), SHOWN in hidden.values()


def masked_gateway(gateway: Gateway, others: Iterable[str] = ()) -> Gateway:
    """A gateway as it may be printed; `others` are secrets that it may repeat."""
    masks = Masks({*secrets(gateway), *others}, SHOWN, own=frozenset())
    shown: Gateway = masks.apply(_masked(gateway, {}))
    return shown


def masked_artifacts(
    gateway: Gateway, lower: Callable[[Gateway], Mapping[str, str]]
) -> dict[str, str]:
    """What a target makes of a gateway, as it may be printed. Paths are masked in what is made, for
    a regex with a mask in it may be none any more."""
    masks = Masks(secrets(gateway), SHOWN, own=_MATCHED)
    made = lower(masks.apply(_masked(gateway, {})))
    return {name: masks.text(text) for name, text in made.items()}


def _masked(value: Any, known: dict[int, Any]) -> Any:
    if isinstance(value, tuple):
        return tuple(_masked(item, known) for item in value)
    if not isinstance(value, Struct):
        return value
    if id(value) not in known:
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        new = {
            name: _secret(field) if name in _secret_fields(type(value)) else _masked(field, known)
            for name, field in fields.items()
        }
        if isinstance(value, HeaderRules):
            new |= {"set": _rules(value.set), "add": _rules(value.add)}
        known[id(value)] = replace(value, **new)
    return known[id(value)]


def _secret(value: Secret) -> Secret:
    return value if isinstance(value, FromEnvironment) else SHOWN


def _rules(rules: Iterable[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, (SHOWN,) if is_sensitive(name) else value) for name, value in rules)


@cache
def _secret_fields(cls: type[Struct]) -> frozenset[str]:
    return frozenset(name for name, kind in get_type_hints(cls).items() if kind == Secret)
