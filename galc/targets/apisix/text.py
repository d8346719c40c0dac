"""The escaping of text that APISIX would evaluate.

apisix/core/utils.lua (`resolve_var`), apisix/cli/file.lua (`${{NAME}}`), apisix/secret.lua.
"""

import re

from galc.ir.gateway import Template

_EVALUATED = re.compile(r"(?<!\\)\$")
#: A variable that doesn't exist, with a default: the only way to write a literal `$`, and a literal
#: backslash before a variable.
_DOLLAR = "${__d ?? $}"
_BACKSLASH = r"${__d ?? \}"
#: Dereferenced at the beginning of a plugin's string; the first in any case.
_REFERENCE = re.compile(r"\$(?i:env)://|\$secret://")
_REGEX_MARKS = re.compile(r"[^A-Za-z0-9_/ -]")


def literal(text: str) -> str:
    r"""Text in an interpolated string (of proxy-rewrite) that comes out unchanged.

    >>> literal("$HOME costs 5$"), literal(r"\$HOME")
    ('${__d ?? $}HOME costs 5${__d ?? $}', '\\$HOME')
    """
    return _EVALUATED.sub(lambda _: _DOLLAR, text)


def interpolated(template: Template, variables: dict[str, str]) -> str:
    """A template as an interpolated string; `variables` has APISIX's name for each of ours."""
    parts: list[str] = []
    for index, part in enumerate(template):
        if not isinstance(part, str):
            parts.append(f"${{{variables[part.name]}}}")
            continue
        text = part
        if text.endswith("\\") and index + 1 < len(template):
            parts.append(literal(text[:-1]) + _BACKSLASH)
        else:
            parts.append(literal(text))
    return "".join(parts)


def is_reference(text: str) -> bool:
    """Whether APISIX takes a plugin's string for a reference, with no way to say that it isn't."""
    return bool(_REFERENCE.match(text))


def defused(document: str) -> str:
    """A whole YAML document whose quoted strings hold nothing that APISIX replaces in raw text.

    Precondition: `$` stands in double-quoted strings only, as `print_yaml` has it.

    >>> defused('- "${{HOME}}"')
    '- "\\\\u0024{{HOME}}"'
    """
    return document.replace("$", "\\u0024")


def regex(path: bytes) -> str:
    """A PCRE that matches these bytes and no others."""
    return "".join(
        _REGEX_MARKS.sub(lambda found: "\\" + found.group(), chr(byte))
        if 0x20 <= byte < 0x7F
        else f"\\x{byte:02X}"
        for byte in path
    )
