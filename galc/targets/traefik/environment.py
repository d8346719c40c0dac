"""Secrets in Traefik's environment: Go templates of the file provider, made nowhere but here.

`pkg/provider/file/file.go` runs Go templates with the functions of sprig over the file before it is
read as YAML (https://doc.traefik.io/traefik/v3.7/reference/install-configuration/providers/others/file/#go-templating).
A template is a constant around a variable's name. What it writes is made of letters, digits and a
few marks, whatever the variable holds, so a value can end neither the rule nor the YAML string that
it stands in. Before it is run the file is YAML, too: a template holds no quotes.
"""

import re

from galc.ir.gateway import FromEnvironment
from galc.printers.yaml import Verbatim, quoted

#: Marks around a template in a text that isn't printed yet. No quoted text holds such a character:
#: `text.quoted` and the YAML printer write it as an escape.
_OPEN, _CLOSE = "\x02", "\x03"
_TEMPLATE = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_BRACE_OR_TEMPLATE = re.compile(rf"{_TEMPLATE.pattern}|\{{")
#: Every byte as `\\xNN`, in a string of a rule within a string of YAML.
_BYTES = "regexReplaceAll `(..)` (printf `%x` .) `\\\\x${1}`"
#: What a hash of `htpasswd` is made of; no other text is taken for one.
_HASH = "^[A-Za-z0-9./$+={}]+$"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#: Base64 of a SHA-1 sum, which sprig gives in hexadecimal: three digits are two of base64; of the
#: last three, two are made up, and the last one of base64 is padding.
_SHA = (
    "{{ define `galc.sha` }}{{ $sum := printf `%s00` (sha1sum .) }}{{ range $i := until 14 }}"
    "{{ $n := int64 (printf `0x%s` (substr (int (mul 3 $i)) (int (add 3 (mul 3 $i))) $sum)) }}"
    "{{ $high := int (div $n 64) }}{{ $low := int (mod $n 64) }}"
    f"{{{{ substr $high (int (add1 $high)) `{_BASE64}` }}}}"
    f"{{{{ if lt $i 13 }}}}{{{{ substr $low (int (add1 $low)) `{_BASE64}` }}}}"
    "{{ else }}={{ end }}{{ end }}{{ end }}"
)


def _run(action: str) -> str:
    return f"{_OPEN} {action} {_CLOSE}"


def _where_set(secret: FromEnvironment, there: str, absent: str = "") -> str:
    """A text that depends on whether the variable is set, and isn't empty."""
    otherwise = f"{_run('else')}{absent}" if absent else ""
    return f"{_run(f'with env `{secret.name}`')}{there}{otherwise}{_run('end')}"


def condition(matcher: str, argument: str, secret: FromEnvironment, never: str) -> str:
    """A condition of a rule with the secret as its last argument; `never` where there is none."""
    return _where_set(secret, f'{matcher}({argument}, "{_run(_BYTES)}")', never)


def password(secret: FromEnvironment) -> str:
    """The `{SHA}` hash of a password; without one a text that no password fits."""
    return _where_set(secret, f"{{SHA}}{_run('template `galc.sha` .')}")


def hashed(secret: FromEnvironment) -> str:
    """A hash as the variable has it; where that is none, a text that no password fits."""
    return _run(f"regexFind `{_HASH}` (env `{secret.name}`)")


def scalar(text: str) -> str:
    """A text with templates as YAML; one without is left to the printer.

    Precondition: marks stand around templates only.
    """
    if _OPEN not in text:
        return text
    parts = _TEMPLATE.split(text)  # text and templates by turns
    parts[::2] = [quoted(part)[1:-1] for part in parts[::2]]
    parts[1::2] = [f"{_OPEN}{part}{_CLOSE}" for part in parts[1::2]]
    return Verbatim(f'"{"".join(parts)}"')


def entry(username: str, secret: str) -> str:
    """A user and the template of the hash."""
    return Verbatim(f'"{quoted(username)[1:-1]}:{scalar(secret)[1:-1]}"')


def with_templates(printed: str) -> str:
    """The text of a YAML file in which templates are the only braces."""
    if "`galc.sha`" in printed:
        printed = f"# {_SHA.replace('{{', _OPEN).replace('}}', _CLOSE)}\n{printed}"

    def written(found: re.Match[str]) -> str:
        return "\\u007b" if found[1] is None else f"{{{{{found[1]}}}}}"

    return _BRACE_OR_TEMPLATE.sub(written, printed)
