"""Password hashes, as `htpasswd` writes them after the colon."""

import re

from galc.ir.gateway import PasswordScheme

_HASHES: tuple[tuple[PasswordScheme, re.Pattern[str]], ...] = (
    ("bcrypt", re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}")),
    ("sha1", re.compile(r"\{SHA\}[A-Za-z0-9+/]{27}=")),
    ("apr1", re.compile(r"\$apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}")),
    ("sha512_crypt", re.compile(r"\$6\$(rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}")),
)


def password_scheme(hashed: str) -> PasswordScheme | None:
    """The scheme of a hash as `htpasswd` writes it."""
    return next((name for name, form in _HASHES if form.fullmatch(hashed)), None)
