"""GAL1xxx: a field is unknown, missing, or has a value that it can't have."""

from galc.diagnostics import Diagnostic, habits, listed, nearest, route_example
from galc.diagnostics.edits import Edit, Enclose, Quote, Rename, Write
from galc.frontend.source import Place


class UnknownField(Diagnostic, frozen=True):
    """A name that galc doesn't know at this place. Nothing is ignored: a typo would otherwise
    switch a protection off in silence."""

    code = "GAL1001"
    title = "unknown field"
    bad = route_example("route /users/* { rate_limt 10/s }")
    fix = route_example("route /users/* { rate_limit 10/s }")

    name: str
    within: str
    known: tuple[str, ...]
    #: What to write instead, where the value tells.
    hint: str | None = None

    def message(self) -> str:
        return f"`{self.name}` isn't a field of {self.within}"

    def help(self) -> str | None:
        if self.name == "<<":
            return "merge keys are no part of YAML 1.2; use an alias for the whole block"
        hint = self.hint or habits.word_for(self.name, self.known)
        if hint:
            return hint
        word = nearest(self.name, self.known)
        return f"did you mean `{word}`?" if word else f"known here: {listed(self.known)}"

    def edits(self) -> tuple[Edit, ...]:
        word = nearest(self.name, self.known)
        meant = habits.meant(self.name, self.known)
        sure = meant == word or habits.word_for(self.name, self.known) is None
        return (Rename(self.place, word),) if word and sure else ()


class WrongType(Diagnostic, frozen=True):
    """The value is of another kind than the field takes: a list where one value is wanted, a
    number where text is wanted, and so on. A number that should be text needs quotes in YAML."""

    code = "GAL1002"
    title = "wrong type"
    bad = route_example("route /users/* { strip_prefix maybe }")
    fix = route_example("route /users/* { strip_prefix true }")

    name: str
    expected: str
    got: str
    hint: str | None = None

    def message(self) -> str:
        return f"{self.name} takes {self.expected}, not {self.got}"

    def help(self) -> str | None:
        return self.hint

    def edits(self) -> tuple[Edit, ...]:
        if not isinstance(self.place, Place) or self.hint is None:
            return ()
        if self.hint.startswith("write it in quotes"):
            return (Quote(self.place),)
        return (Enclose(self.place),) if self.hint.startswith("write `[") else ()


class OutOfRange(Diagnostic, frozen=True):
    """The number, or the length of the list, is outside of what the field takes."""

    code = "GAL1003"
    title = "out of range"
    bad = "version 1\nservice users { upstream users:80800 ; route /users/* }\n"
    fix = "version 1\nservice users { upstream users:8080 ; route /users/* }\n"

    name: str
    value: str
    expected: str

    def message(self) -> str:
        return f"`{self.name}` must be {self.expected}, not {self.value}"


class MissingField(Diagnostic, frozen=True):
    """A field that this construct can't do without."""

    code = "GAL1004"
    title = "missing field"
    bad = "version 1\nservice users { route /users/* }\n"
    fix = route_example("route /users/*")

    name: str
    within: str
    meaning: str = ""

    def message(self) -> str:
        return f"{self.within} needs `{self.name}`"

    def help(self) -> str | None:
        if not self.meaning:
            return None
        meaning = self.meaning.rstrip(".")
        acronym = meaning[:2].isupper()
        return f"`{self.name}`: {meaning if acronym else meaning[0].lower() + meaning[1:]}"


class BadFormat(Diagnostic, frozen=True):
    """The text doesn't have the form that the field needs: a duration without a unit, a header
    name with a space, a lower-case method."""

    code = "GAL1005"
    title = "malformed value"
    bad = route_example("route /users/* { timeout 30 }")
    fix = route_example("route /users/* { timeout 30s }")

    name: str
    value: str
    expected: str
    hint: str | None = None

    def message(self) -> str:
        return f"`{self.name}` takes {self.expected}, not `{self.value}`"

    def help(self) -> str | None:
        return self.hint


class UnknownOption(Diagnostic, frozen=True):
    """The field takes one of a few words, and this isn't one of them."""

    code = "GAL1006"
    title = "unknown option"
    bad = (
        "version 1\nservice users { upstream users.internal:8080 { load_balancer random } "
        "; route /users/* }\n"
    )
    fix = bad.replace("random", "least_conn")

    name: str
    value: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.value}` isn't one of the values of `{self.name}`"

    def help(self) -> str | None:
        refused = habits.REFUSED.get((self.name, self.value.lower()))
        if refused:
            return refused
        word = self._habit() or nearest(self.value, self.known)
        return f"did you mean `{word}`?" if word else f"known: {listed(self.known)}"

    def edits(self) -> tuple[Edit, ...]:
        word = nearest(self.value, self.known)
        is_refused = (self.name, self.value.lower()) in habits.REFUSED
        sure = word is not None and not is_refused and self._habit() in (None, word)
        return (Write(self.place, word),) if word and sure and isinstance(self.place, Place) else ()

    def _habit(self) -> str | None:
        word = habits.OPTIONS.get((self.name, self.value.lower()))
        return word if word in self.known else None


class WrongBoolean(Diagnostic, frozen=True):
    """In YAML 1.2 `yes`, `no`, `on` and `off` are text. Write `true` or `false`."""

    code = "GAL1007"
    title = "not a boolean"
    bad = route_example("route /users/* { strip_prefix yes }")
    fix = route_example("route /users/* { strip_prefix true }")

    name: str
    value: str

    def message(self) -> str:
        return f"`{self.name}` takes `true` or `false`; `{self.value}` is text"

    def help(self) -> str | None:
        return f"write `{'true' if self._truth() else 'false'}`"

    def edits(self) -> tuple[Edit, ...]:
        return (Write(self.place, self._truth()),) if isinstance(self.place, Place) else ()

    def _truth(self) -> bool:
        return self.value.lower() in ("yes", "on", "y")


class BadAddress(Diagnostic, frozen=True):
    """An address is a host name or an IP address, without scheme, port or path; a listen address
    is an IP address; a trusted proxy is an address or a network in CIDR notation."""

    code = "GAL1009"
    title = "malformed address"
    bad = route_example("route /users/*").replace("users.internal:8080", "http://users:8080")
    fix = route_example("route /users/*")

    name: str
    value: str
    expected: str
    hint: str | None = None

    def message(self) -> str:
        return f"`{self.name}` takes {self.expected}, not `{self.value}`"

    def help(self) -> str | None:
        return self.hint


class BadUrl(Diagnostic, frozen=True):
    """A URL here is absolute, with the scheme `http` or `https`, a host, and neither user, query
    placeholder nor fragment."""

    code = "GAL1010"
    title = "malformed URL"
    bad = route_example(
        "route /users/* { authentication jwt {",
        "issuer https://auth.example.com ; audiences users ; jwks_uri auth.example.com/keys } }",
    )
    fix = bad.replace("jwks_uri auth", "jwks_uri https://auth")

    name: str
    value: str
    problem: str

    def message(self) -> str:
        return f"`{self.name}` takes an http or https URL; `{self.value}` {self.problem}"


class BadPath(Diagnostic, frozen=True):
    """A path starts with `/` and is compared with the request's path after normalisation, so a
    path that normalisation would change, or that holds a query, can't ever match."""

    code = "GAL1011"
    title = "malformed path"
    bad = route_example("route { path_prefix users }")
    fix = route_example("route { path_prefix /users }")

    name: str
    value: str
    problem: str
    hint: str | None = None

    def message(self) -> str:
        return f"`{self.value}` {self.problem}"

    def help(self) -> str | None:
        return self.hint


class BadRegex(Diagnostic, frozen=True):
    """Gateways have different regex engines. galc takes the subset that RE2, PCRE and Rust's read
    alike: no look-around, no back-references, no possessive or atomic groups, no inline flags
    but a leading `(?i)`. The regex matches the whole path."""

    code = "GAL1012"
    title = "regex outside the common subset"
    bad = route_example('route ~ "/users/(?!admin).*"')
    fix = route_example('route ~ "/users/[0-9]+"')

    value: str
    problem: str

    def message(self) -> str:
        return f"`path_regex` {self.problem}"


class BadTemplate(Diagnostic, frozen=True):
    """Header values may hold the templates `{{uuid}}`, `{{now}}`, `{{client_ip}}`, `{{method}}`,
    `{{path}}` and `{{host}}`. Any other `{{…}}` is an error; a literal `{{` is written `\\{{`."""

    code = "GAL1013"
    title = "unknown template"
    bad = route_example('route /users/* { headers { request_set X-User "{{user}}" } }')
    fix = route_example('route /users/* { headers { request_set X-User "{{client_ip}}" } }')

    template: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.template}` isn't a template"

    def help(self) -> str | None:
        word = nearest(self.template.strip("{} "), self.known)
        if word:
            return f"did you mean `{{{{{word}}}}}`?"
        words = ", ".join(f"`{{{{{name}}}}}`" for name in self.known)
        return f"known: {words}; a literal `{{{{` is written `\\{{{{`"


class BadOrigin(Diagnostic, frozen=True):
    """An origin is what a browser sends in `Origin`: scheme, host, and the port if it isn't the
    scheme's own, without a path. `*` allows all, `https://*.example.com` all subdomains."""

    code = "GAL1014"
    title = "malformed origin"
    bad = route_example("route /users/* { cors { allowed_origins app.example.com } }")
    fix = route_example("route /users/* { cors { allowed_origins https://app.example.com } }")

    value: str
    problem: str
    hint: str | None = None

    def message(self) -> str:
        return f"`{self.value}` isn't an origin: it {self.problem}"

    def help(self) -> str | None:
        return self.hint


class BadHostPattern(Diagnostic, frozen=True):
    """A host of a route is a host name, compared without case and port, or `*.suffix` for all
    names below a suffix."""

    code = "GAL1015"
    title = "malformed host"
    bad = route_example('route /users/* { hosts "api.*.example.com" }')
    fix = route_example('route /users/* { hosts "*.example.com" }')

    value: str
    problem: str

    def message(self) -> str:
        return f"`{self.value}` isn't a host or `*.suffix`: it {self.problem}"


class BadKeySet(Diagnostic, frozen=True):
    """`jwks` holds a JSON Web Key Set (RFC 7517): an object with the list `keys`. Each is a public
    key that every gateway can load: RSA of 2048 bits or more, EC on P-256, P-384 or P-521, or
    Ed25519."""

    code = "GAL1016"
    title = "malformed key set"
    bad = route_example(
        "route /users/* { authentication jwt {",
        'issuer https://auth.example.com ; audiences users ; jwks "{}" } }',
    )
    fix = route_example(
        "route /users/* { authentication jwt {",
        "issuer https://auth.example.com ; audiences users ; algorithms ES256",
        'jwks "{\\"keys\\": [{\\"kty\\": \\"EC\\", \\"crv\\": \\"P-256\\", \\"kid\\": \\"1\\", '
        '\\"x\\": \\"-TZyo_T7ziKwzy30tbuRnDB1EYEgxzyYKrZXab4L-qI\\", '
        '\\"y\\": \\"tlFRhHuWyrLZ64_Yd02A6hBsyzj3u59yPN2ehlAhAJ8\\"}]}" } }',
    )

    problem: str

    def message(self) -> str:
        return f"`jwks` isn't a key set: {self.problem}"


class BadHash(Diagnostic, frozen=True):
    """A password hash is bcrypt (`$2y$…`), `{SHA}` with the base64 of a SHA-1, apr1 (`$apr1$…`)
    or sha512-crypt (`$6$…`). It is what `htpasswd` writes after the colon."""

    code = "GAL1017"
    title = "unknown password hash"
    bad = route_example("route /users/* { authentication basic { user ann password_hash=secret } }")
    fix = bad.replace("password_hash=secret", 'password="${env:ANNS_PASSWORD}"')

    def message(self) -> str:
        return "`password_hash` isn't a hash of a known scheme"

    def help(self) -> str | None:
        return "write the clear text as `password`, or a bcrypt, {SHA}, apr1 or sha512-crypt hash"


class GivenTwice(Diagnostic, frozen=True):
    """The file gives one setting in both the current and an older spelling."""

    code = "GAL1018"
    title = "given in two spellings"
    bad = route_example(
        "route /u/* {",
        "  circuit_breaker { failure_response_code 503 ; response { status_code 500 } }",
        "}",
    )
    fix = route_example("route /u/* { circuit_breaker { response { status_code 500 } } }")

    old: str
    new: str

    def message(self) -> str:
        return f"`{self.old}` is an older spelling of `{self.new}`, which is given too"


class NotTranslated(Diagnostic, frozen=True):
    """`plugins` named plugins of one gateway. They can't be translated; an entry with
    `enabled: false` is left alone."""

    code = "GAL1019"
    title = "a plugin that can't be translated"

    name: str

    def message(self) -> str:
        return f"the plugin `{self.name}` is not translated"

    def help(self) -> str | None:
        return "write what it does as a policy, or set `enabled: false`"
