"""Words as values: the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema)."""

import re
from typing import Any, Final

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
