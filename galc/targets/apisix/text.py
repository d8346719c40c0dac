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
#: Not printable in YAML 1.1, so libyaml refuses them unescaped; also what begins a `${{NAME}}`.
_ESCAPED = re.compile("[$\x80-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
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

    Precondition: what is matched stands in double-quoted strings only, as `print_yaml` has it.

    >>> defused('- "${{HOME}}"')
    '- "\\\\u0024{{HOME}}"'
    """
    return _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", document)


def regex(path: bytes) -> str:
    """A PCRE that matches these bytes and no others."""
    return "".join(
        _REGEX_MARKS.sub(lambda found: "\\" + found.group(), chr(byte))
        if 0x20 <= byte < 0x7F
        else f"\\x{byte:02X}"
        for byte in path
    )
