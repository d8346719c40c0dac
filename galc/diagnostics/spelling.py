"""Replacements in the spelling of the file that they are for.

Diagnostics write YAML in what they advise. For a `.gal` file `{enabled: false}` becomes
`{ enabled false }`, and `protocol: https` becomes `protocol https`.
"""

import re
from functools import cache

_SPAN = re.compile(r"`([^`]+)`")
_KEY = re.compile(r"([a-z_]+): ")
_LIST = re.compile(r"([a-z_]+): \[([^\[\]]*)\]")


def in_gal(text: str) -> str:
    """An advice with its pieces of YAML in the `.gal` spelling; anything else stays as it is.

    >>> in_gal("write `{active: {http_path: /health}}`")
    'write `{ active { http_path /health } }`'
    """
    return _SPAN.sub(_converted, text) if ": " in text else text


def _converted(match: re.Match[str]) -> str:
    span = match[1]
    keys = _KEY.findall(span)
    if not keys or not re.match(r"\{?[a-z_]+: ", span) or not _fields().issuperset(keys):
        return match[0]
    span = _LIST.sub(lambda found: f"{found[1]} {found[2].replace(',', '')}", span)
    span = _KEY.sub(r"\1 ", span).replace("{}", "{ }")
    span = re.sub(r"\{(?=[^ {])", "{ ", span)
    span = re.sub(r"(?<=[^ {])\}", " }", span).replace("}}", "} }")
    return f"`{span.replace(', ', ' ; ')}`"


@cache
def _fields() -> frozenset[str]:
    from galc.ir.features import all_features

    names = (key.partition("=")[0].split(".") for key in all_features())
    return frozenset(("enabled", *(name for parts in names for name in parts)))
