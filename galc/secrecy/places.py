"""Where a tree holds what nobody may see, also where it has mistakes or an older spelling.

Beside the secret fields these are values of headers that carry credentials, private keys, whatever
has the name of a secret field, and within `authentication` all that the language doesn't know: it
may be a secret field with a typing error.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from msgspec.msgpack import Encoder

from galc.diagnostics import nearest
from galc.frontend.source import Path
from galc.ir.secrets import is_known, is_secret, secret_names
from galc.ir.types import struct_types
from galc.secrecy.values import PRIVATE_MEMBERS, is_sensitive

_encode = Encoder().encode
#: Policies that may hold secrets.
_WITH_SECRETS = ("authentication", "headers", "transformation", "body_transformation")
_HEADERS = frozenset(
    "request_add request_set response_add response_set add set header headers".split()
)
_PRIVATE_KEY = re.compile(rf'"({"|".join(PRIVATE_MEMBERS)})"\s*:')
#: A reference and nothing else: it may be seen, it is no secret.
_REFERENCE = re.compile(r"\$\{(?:var:[^}]*|env:[A-Za-z0-9_]*)\}")
_VARIABLE = re.compile(r"\$\{var:([A-Za-z0-9._-]+)\}")


def secret_places(
    tree: Any, *, sound: bool = False, needed: Iterable[str] = ()
) -> Iterator[tuple[Path, str]]:
    """The places, each with its value as it is spelled; also of variables that secrets refer to,
    and of those that are `needed` elsewhere. A reference is no secret. Of a `sound` tree, which is
    a document without mistakes, only policies, variables and tests need a look."""
    for path, value in _all(tree, sound=sound, needed=needed):
        if not is_reference(value):
            yield path, value


def is_reference(text: str) -> bool:
    """Whether a value is a reference and nothing else."""
    return bool(_REFERENCE.fullmatch(text))


def secret_variables(tree: Any) -> dict[str, str]:
    """The variables that secrets refer to, with their values as they are spelled."""
    return {str(path[1]): value for path, value in _all(tree) if path[0] == "vars"}


def referred_to(trees: Iterable[Any], needed: Iterable[str]) -> frozenset[str]:
    """The variables that secrets of some trees refer to, wherever these are, by way of others, too;
    with those that are `needed` anyway."""
    found, trees = frozenset(needed), list(trees)
    while True:
        values = (value for tree in trees for _, value in _all(tree, needed=found))
        known, found = found, found.union(*map(variables_in, values))
        if found == known:
            return found


def variables_in(text: str) -> list[str]:
    """The variables that a text refers to."""
    return _VARIABLE.findall(text)


def _all(
    tree: Any, *, sound: bool = False, needed: Iterable[str] = ()
) -> Iterator[tuple[Path, str]]:
    needed = list(needed)
    for path, value in _in_policies(tree) if sound else _below(tree, (), hidden=False):
        needed += _VARIABLE.findall(value)
        yield path, value
    known = tree.get("vars") if isinstance(tree, dict) and needed else None
    done: set[str] = set()
    while isinstance(known, dict) and needed:
        name = needed.pop()
        variable = known.get(name)
        if name not in done and isinstance(variable, str | int | float):
            needed += _VARIABLE.findall(str(variable))
            yield ("vars", name), str(variable)
        done.add(name)


def owners(tree: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Path]]:
    """What may have policies, in a document without mistakes."""
    for name, bundle in tree.get("policies", {}).items():
        yield bundle, ("policies", name)
    for number, service in enumerate(tree["services"]):
        yield service, ("services", number)
        for index, route in enumerate(service["routes"]):
            yield route, ("services", number, "routes", index)


def _in_policies(tree: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    # Thousands of routes have a few distinct blocks between them.
    known: dict[tuple[Path, bytes], list[tuple[Path, str]]] = {}
    for owner, path in owners(tree):
        # A named policy may be called as a block is, which tells what is below it.
        around = path if path[0] == "policies" else ()
        for name in _WITH_SECRETS:
            if not owner.get(name):
                continue
            block = {name: owner[name]}
            key = (around, _encode(block))
            if key not in known:
                below = _below(block, path, hidden=False)
                known[key] = [(place[len(path) :], value) for place, value in below]
            for place, value in known[key]:
                yield (*path, *place), value
    others = {name: tree[name] for name in ("vars", "tests") if name in tree}
    yield from _below(others, (), hidden=False)


def _below(node: Any, path: Path, *, hidden: bool) -> Iterator[tuple[Path, str]]:
    entries: Iterable[tuple[str | int, Any]]
    if isinstance(node, dict):
        entries = node.items()
    elif isinstance(node, list):
        entries = enumerate(node)
    else:
        return
    for step, value in entries:
        is_block = isinstance(value, dict | list)
        # Blocks with nothing to hide below them are most of a large file.
        if not hidden and step in _PLAIN_BLOCKS and _is_plain_at(path) and _is_plain(value):
            continue
        here = (*path, step)
        below = hidden or _hides(here, value)
        if is_block:
            yield from _below(value, here, hidden=below)
        elif below and value is not None and not isinstance(value, bool):
            yield here, str(value)


_PLAIN_BLOCKS = frozenset("methods hosts upstream cors circuit_breaker retry websocket".split())
#: Words of older versions that aren't secret.
_OLDER = frozenset({"key_name", "in_location", "audience", "basic_auth"})


def _is_plain_at(path: Path) -> bool:
    """Whether a word below a path is one of the language: a named policy, a user or a member of a
    key may be called the same."""
    return path != ("policies",) and "authentication" not in path


def _is_plain(value: Any) -> bool:
    """Whether a part has but words in it that nothing secret stands behind. It may have more: what
    is indented too far stands in the block before it."""
    if isinstance(value, dict):
        return value.keys() <= _plain_names() and all(map(_is_plain, value.values()))
    return not isinstance(value, list) or all(map(_is_plain, value))


@cache
def _plain_names() -> frozenset[str]:
    """The words of the language that a block without secrets may have in it."""
    others = {"basic", "basic_auth", "api_key", "jwt", "oauth2", "users", "vars", "tests"}
    return known_names() - secret_names() - _HEADERS - others - {*_WITH_SECRETS}


def _hides(path: Path, value: Any) -> bool:
    """Whether a value is secret, and all that is below it."""
    last = path[-1]
    is_of_key = "jwks" in path or path[0] == "keys"  # a key set that is read as a gateway file
    if last in secret_names() or (is_of_key and last in PRIVATE_MEMBERS):
        return True
    if last == "jwks" and isinstance(value, str):
        return bool(_PRIVATE_KEY.search(value))
    if len(path) > 1 and path[-2] in _HEADERS and is_sensitive(str(last)):
        return True
    if "authentication" in path:
        if "jwks" in path or last in _OLDER:
            return False
        is_block = isinstance(value, dict | list)
        return (not is_block and is_secret(path)) or not (is_known(path) or is_secret(path))
    if isinstance(last, int) or last in known_names() or path[0] in ("tests", "vars"):
        return False
    if isinstance(value, dict | list):
        return nearest(last, ("authentication", "basic", "api_key", "oauth2")) is not None
    return announces(last)


@cache
def known_names() -> frozenset[str]:
    """The words of the language."""
    return frozenset(f.encode_name for kind in struct_types().values() for f in kind.fields)


@lru_cache(maxsize=1 << 16)
def announces(word: str) -> bool:
    """Whether a word that the language doesn't know is probably the name of a secret."""
    if re.search("passw|passphrase|secret|hash|token|credential", word, re.IGNORECASE):
        return True
    return any(_are_alike(word.lower(), name) for name in (*secret_names(), "keys"))


def _are_alike(word: str, name: str) -> bool:
    """Whether a word is a name with a typing error: of about the same letters. (This must be quick
    for files of very many unknown words.)"""
    differing = len(set(word) ^ set(name))
    return differing <= (1 if len(name) < 5 else 2) and abs(len(word) - len(name)) <= 2
