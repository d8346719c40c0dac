"""GAL0xxx: the file can't be read, or isn't well-formed."""

from galc.diagnostics import Diagnostic, route_example
from galc.frontend.source import Place, Span

_ROUTE = "  route /users/*"


class NotUtf8(Diagnostic, frozen=True):
    """A gateway file is UTF-8 text. This one has bytes that aren't, often because an editor saved
    it in another encoding. Save it as UTF-8."""

    code = "GAL0001"
    title = "not UTF-8"

    byte: int

    def message(self) -> str:
        return f"the file isn't UTF-8: byte {self.byte:#04x} can't stand here"


class TooLarge(Diagnostic, frozen=True):
    """galc bounds what it reads, so that a broken or hostile file ends in an error at once and not
    in memory: 48 MiB of text, 64 levels of nesting, 200,000 nodes made by YAML aliases."""

    code = "GAL0002"
    title = "too large"

    what: str
    limit: str

    def message(self) -> str:
        return f"{self.what} is more than galc reads: the limit is {self.limit}"


class SyntaxProblem(Diagnostic, frozen=True):
    """The text is not well-formed in its spelling: a bracket that is never closed, a quote that
    never ends, indentation that fits nowhere. The place is where the reader could not go on; the
    cause may stand before it."""

    code = "GAL0003"
    title = "syntax error"
    bad = route_example("  route /users/* { methods GET")
    fix = route_example("  route /users/* { methods GET }")

    found: str
    expected: tuple[str, ...] = ()

    def message(self) -> str:
        if not self.expected:
            return self.found
        return f"{self.found}; expected {' or '.join(self.expected)}"


class DuplicateKey(Diagnostic, frozen=True):
    """The same key stands twice in one mapping. Most readers keep one of the two in silence, so
    galc refuses: remove one."""

    code = "GAL0004"
    title = "duplicate key"
    bad = route_example("route /users/* { timeout 5s ; timeout 9s }")
    fix = route_example("route /users/* { timeout 5s }")

    name: str
    first: Span

    def message(self) -> str:
        return f"`{self.name}` is given twice"

    def label(self) -> str | None:
        return "again here"

    def related(self) -> tuple[tuple[Place | Span, str], ...]:
        return ((self.first, "first here"),)

    def help(self) -> str | None:
        return "remove one of the two"


class BadArguments(Diagnostic, frozen=True):
    """A statement of a `.gal` file has words that it doesn't take, or lacks one that it needs."""

    code = "GAL0005"
    title = "wrong arguments"
    bad = route_example("route /users/* { rate_limit fast }")
    fix = route_example("route /users/* { rate_limit 10/s }")

    statement: str
    problem: str
    example: str

    def message(self) -> str:
        return f"`{self.statement}` {self.problem}"

    def help(self) -> str | None:
        return f"write, for instance, `{self.example}`"


class EmptyFile(Diagnostic, frozen=True):
    """A gateway file has at least a version and one service."""

    code = "GAL0006"
    title = "empty file"
    bad = "# nothing here yet\n"
    fix = route_example(_ROUTE)

    def message(self) -> str:
        return "the file has no content"

    def help(self) -> str | None:
        return "start with `version` and one service"


class SeveralDocuments(Diagnostic, frozen=True):
    """A YAML file with several documents holds several gateways; galc builds one at a time.
    `--document N` picks one, counted from 1. A file that is included, or an overlay, has one."""

    code = "GAL0007"
    title = "several documents"

    count: int
    starts: tuple[int, ...]
    is_part: bool = False

    def message(self) -> str:
        lines = ", ".join(f"{n} at line {line + 1}" for n, line in enumerate(self.starts, 1))
        return f"the file holds {self.count} documents: {lines}"

    def help(self) -> str | None:
        if self.is_part:
            return "a file that is included, or an overlay, holds one document"
        return "pick one with `--document N`"


class NoSuchDocument(Diagnostic, frozen=True):
    """`--document N` picks one of the documents of a YAML file, counted from 1."""

    code = "GAL0012"
    title = "no such document"

    wanted: int
    count: int

    def message(self) -> str:
        return f"there is no document {self.wanted}: the file holds {self.count}"


class ControlCharacter(Diagnostic, frozen=True):
    """Text from a gateway file reaches header fields, log lines and configuration files, where a
    line break or another control character would end the value and start something else. No
    string may hold one; a key set's JSON may have line breaks."""

    code = "GAL0008"
    title = "control character"
    bad = route_example('route /users/* { headers { request_set X-A "1\\nX-Admin: true" } }')
    fix = route_example("route /users/* { headers { request_set X-A 1 } }")

    character: str

    def message(self) -> str:
        names = {"\n": "a line feed", "\r": "a carriage return", "\0": "a NUL"}
        what = names.get(self.character, f"the control character U+{ord(self.character):04X}")
        return f"the text holds {what}"

    def help(self) -> str | None:
        return "write the text in one line, without control characters"


class UnsupportedYaml(Diagnostic, frozen=True):
    """galc reads YAML 1.2 with its core schema: mappings with text keys, lists, scalars, anchors
    and aliases. Tags, merge keys (`<<`), complex keys and an alias inside its own anchor are not
    part of it."""

    code = "GAL0009"
    title = "YAML beyond the core schema"

    what: str

    def message(self) -> str:
        return f"{self.what} is not part of the YAML that galc reads"


class NotAMapping(Diagnostic, frozen=True):
    """A gateway file is a mapping at its top: `version`, `services` and so on. This file is a list
    or a single value."""

    code = "GAL0010"
    title = "not a gateway file"

    what: str

    def message(self) -> str:
        return f"a gateway file is a mapping with `version` and `services`, not {self.what}"


def at(line: int, column: int, length: int = 1) -> Span:
    """A span within one line; 0-based."""
    return Span(line, column, line, column + length)


ROOT = Place(())
