"""Text of the document that Traefik would evaluate, and names that it would read otherwise.

The file provider runs Go templates over the file before it reads the YAML
(`pkg/provider/file/file.go`), rules are Go expressions (`pkg/rules/parser.go`), and an `@` in a
name leads to another provider (`pkg/server/provider/provider.go`).
"""

import hashlib
import re

from galc.printers.yaml import print_yaml
from galc.targets.traefik import schema as s
from galc.targets.traefik.environment import with_templates

_PLAIN_NAME = re.compile(r"[A-Za-z0-9._:/+*-]+")
#: What a raw string of Go holds as it is: no backtick, and nothing that its reader drops.
_RAW = re.compile(r"[\x20-\x5f\x61-\x7e]*")


def printed(dynamic: s.Dynamic) -> str:
    """The YAML of a dynamic configuration whose only braces are those of our own templates.

    Braces stand in quoted scalars only: no section that is written is empty.
    """
    return with_templates(print_yaml(dynamic))


def quoted(text: str) -> str:
    """A string of a rule; a lone surrogate stands for a byte that is no UTF-8.

    >>> print(quoted("/api"), quoted("a`b"))
    `/api` "a`b"
    """
    if _RAW.fullmatch(text):
        return f"`{text}`"
    escaped = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02x}"
        for byte in text.encode(errors="surrogateescape")
    )
    return f'"{escaped}"'


def name(text: str) -> str:
    """A name for a router. One that must be rewritten has a hash of the original, so that two
    never become one.

    >>> name("users:/api"), name("a@b")
    ('users:/api', 'a_b-7508d8b5018e')
    """
    if _PLAIN_NAME.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return re.sub(r"[^A-Za-z0-9._:/+*-]", "_", text)[:200] + f"-{digest}"
