"""The sugar of a construct: the words before its block.

Every short form is tried with the reader's own shapes before it is used, so the two can't drift.
"""

from collections.abc import Callable
from typing import Any, Final

from galc.frontend.gal.forms import Form, stands_for_itself
from galc.frontend.gal.scalars import scalar
from galc.frontend.gal.sugar import ASPECTS, SHAPES
from galc.frontend.gal.tokens import Token
from galc.frontend.printer.words import same, text_word, word_of, words_of

#: Fields that stand as properties in the line of their construct, after its head.
_INLINE: Final[dict[str, tuple[str, ...]]] = {
    "Target": ("weight",),
    "RateLimit": ("burst",),
    "LoadBalancer": ("sticky_sessions", "cookie_name"),
    "BasicUser": ("password", "password_hash"),
    "ApiKey": ("name",),
    "ComputedField": ("generator", "prefix", "suffix"),
    "TrialRequest": ("client", "times", "after", "upstream_status"),
    "Expectation": ("route", "service", "refused", "upstream_path"),
}


def head(form: Form, node: dict[str, Any]) -> tuple[list[str], set[str]]:
    """The words before the block, and the fields that they give; none where no head fits."""
    if form.delegates and not form.fields.keys() >= node.keys():
        return [], set()  # an unknown key would be read as one of the inner block
    for steps in form.heads:
        words: list[str] = []
        used: set[str] = set()
        for step in steps:
            if not _step(form, step, node, words, used):
                break
        else:
            return words, used
    return [], set()


def _step(form: Form, step: str, node: dict[str, Any], words: list[str], used: set[str]) -> bool:
    """Add the word for a step of a head; False if the construct has none that fits."""
    if step.endswith("..."):
        key = step[:-3]
        value = node.get(key)
        more = words_of(value, form.fields[key].types) if isinstance(value, list) else None
        if more:
            words += more
            used.add(key)
        return True
    if step.isupper():
        spelled = _shaped(form, step, node)
        if spelled is None:
            return False
        words.append(spelled[0])
        used |= spelled[1]
        return True
    if stands_for_itself(step):
        words.append(step)
        return True
    word = word_of(node[step], form.fields[step].types) if step in node else None
    if word is None:
        return False
    words.append(word)
    used.add(step)
    return True


def properties(form: Form, left: dict[str, Any]) -> list[str]:
    """`name=value` for the fields that may stand so; takes them out of `left`."""
    words: list[str] = []
    for key in _INLINE.get(form.name, ()):
        word = word_of(left[key], form.fields[key].types) if key in left else None
        if word is not None:
            words.append(f"{key}={word}")
            del left[key]
    for name, shape in ASPECTS.get(form.name, {}).items():
        spelled = _shaped(form, shape, left)
        if spelled is not None:
            words.append(f"{name}={spelled[0]}")
            for key in spelled[1]:
                del left[key]
    return words


def _shaped(form: Form, shape: str, node: dict[str, Any]) -> tuple[str, set[str]] | None:
    """The word that stands for several fields, if the reader takes it for the same."""
    text = _SPELLINGS[shape](node)
    if text is None:
        return None
    word = text_word(text)
    token = Token("WORD", text, 0, len(text), quoted=word != text)
    parts = SHAPES[shape](token)
    for key, part in parts or ():
        value = scalar(part.text, part.quoted, form.fields[key].types)
        if key not in node or not same(value, node[key]):
            return None
    return (word, {key for key, _ in parts}) if parts else None


def _address(node: dict[str, Any]) -> str | None:
    host, port = node.get("host"), node.get("port")
    bracketed = ":" in str(host) and not any(mark in str(host) for mark in ("${", "://"))
    return f"[{host}]:{port}" if bracketed else f"{host}:{port}"


def _pattern(node: dict[str, Any]) -> str | None:
    if "path_prefix" in node:
        prefix = node["path_prefix"]
        return "/*" if prefix == "/" else f"{prefix}/*"
    return str(node["path"]) if "path" in node else None


def _rate(node: dict[str, Any]) -> str | None:
    for unit, period in (("s", "second"), ("m", "minute"), ("h", "hour")):
        if f"requests_per_{period}" in node:
            return f"{node[f'requests_per_{period}']}/{unit}"
    return None


def _rate_key(node: dict[str, Any]) -> str | None:
    kind = node.get("key_type")
    field = {"header": "key_header", "jwt_claim": "key_claim"}.get(str(kind))
    return f"{kind}:{node.get(field)}" if field else str(kind)


_SPELLINGS: Final[dict[str, Callable[[dict[str, Any]], str | None]]] = {
    "ADDRESS": _address,
    "PATTERN": _pattern,
    "RATE": _rate,
    "KEY": _rate_key,
}
