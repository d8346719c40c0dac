"""Source lines as they may be shown: every character of a secret is an asterisk.

So columns stay what they are. Secrets are masked by place, because a value may be spelled with
escapes, and by value, because another line may repeat it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from galc.diagnostics import Diagnostic
from galc.diagnostics.findings import Finding
from galc.frontend.reading import finder_of, recover
from galc.frontend.source import Composed, Path, Place, Source, Span
from galc.ir.secrets import literal
from galc.secrecy.places import referred_to, secret_places, variables_in
from galc.secrecy.unreadable import masked_line, words_of

#: Shorter ones are masked by place only: a password `admin` would hide the path `/admin`.
_SHORTEST = 8
#: So many are looked for one by one.
_FEW = 50
#: A file with more secrets is searched only around what is shown.
_MANY = 500
_SCHEMES = ("basic", "api_key", "jwt", "oauth2")


class _Shared(Struct, frozen=True):
    """What the files of one gateway tell of each other: the variables that secrets refer to, and
    the secrets, which any of them may repeat."""

    variables: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()


_ALONE = _Shared()


def without_secrets(
    findings: list[Finding], files: Sequence[Source], known: Mapping[Path, str] | None = None
) -> list[Finding]:
    """Findings whose sources may be shown; `files` are all that belong together. `known` are the
    secrets of the one source by their places; without them they are looked for."""
    lines: dict[Source, set[int]] = {}
    for finding in findings:
        for source, span in _shown(finding):
            lines.setdefault(source, set()).add(span.line)
    owners = _owners(findings) if len(files) == 1 else None  # else paths are those of the whole
    shared = _shared(files) if lines else _ALONE
    shown = {
        source: _masked(source, numbers, owners, known, shared) for source, numbers in lines.items()
    }
    return [
        replace(
            finding,
            source=shown[finding.source],
            related=tuple(replace(one, source=shown[one.source]) for one in finding.related),
        )
        for finding in findings
    ]


def _owners(findings: Iterable[Finding]) -> set[Path] | None:
    """The services in which all is that is shown; None if some of it may be anywhere."""
    found = set()
    for diagnostic in (finding.diagnostic for finding in findings):
        for place in (diagnostic.place, *(place for place, _ in diagnostic.related())):
            if not isinstance(place, Place) or len(place.path) < 2:
                return None
            found.add(place.path[:2])
    return found


def _shown(finding: Finding) -> Iterator[tuple[Source, Span]]:
    yield finding.source, finding.span
    for other in finding.related:
        yield other.source, other.span


def masked(source: Source) -> Source:
    """A whole source, with all its files."""
    if isinstance(source, Composed):
        shared = _shared(source.files)
        parts = (_masked(part, None, None, None, shared) for part in source.parts)
        return replace(source, parts=tuple(parts))
    return _masked(source, None, None)


def _shared(files: Sequence[Source]) -> _Shared:
    """What files have to know of each other. They are read again, since what is wrong in one of
    them may be in no tree of all."""
    if len(files) < 2:
        return _ALONE
    trees, needed = [], set()
    for file in files:
        problems: list[Diagnostic] = []
        tree, _ = recover(file, problems.append)
        trees.append(tree)
        if problems or _lacks_parts(tree):  # which of them is for a secret can't be told
            needed.update(variables_in(file.text))
    variables = referred_to(trees, needed)
    found = (value for tree in trees for _, value in secret_places(tree, needed=variables))
    return _Shared(variables, frozenset(found))


def _masked(
    source: Source,
    shown: set[int] | None,
    owners: set[Path] | None,
    known: Mapping[Path, str] | None = None,
    shared: _Shared = _ALONE,
) -> Source:
    """`shown` are the lines that count, `owners` the services in which these are; None for all."""
    if known is not None and not known:
        return source
    # As `lines_of` splits it; what ends the lines stays.
    breaks = "(\n)" if source.spelling == "gal" else "(\r\n|[\r\n\x85\u2028\u2029])"
    parts = re.split(breaks, source.text)
    lines = parts[::2]
    numbers = range(len(lines)) if shown is None else sorted(n for n in shown if n < len(lines))
    places = known
    if places is None:
        places = _looked_for(source, lines, numbers, shared.variables)
    if not places and not shared.secrets and lines == parts[::2]:
        return source
    near: Mapping[Path, str] = places
    if owners is not None and len(places) > _MANY:
        near = {path: value for path, value in places.items() if path[:2] in owners}
    _by_place(source, lines, near)
    _by_value(lines, numbers, (*places.values(), *shared.secrets))
    return _joined(source, lines, parts)


def _looked_for(
    source: Source, lines: list[str], numbers: Iterable[int], variables: Collection[str] = ()
) -> dict[Path, str]:
    """The places of what is secret, with some variables; what has none, since it couldn't be read,
    is masked at once."""
    problems: list[Diagnostic] = []
    tree, _ = recover(source, problems.append)
    if problems or _lacks_parts(tree):
        _by_value(lines, numbers, words_of(source.text))
        for number in numbers:
            lines[number] = masked_line(lines[number], variables)
    return dict(secret_places(tree, needed=variables))


def _lacks_parts(tree: Any) -> bool:
    """Whether there is an authentication of a type that isn't known: its statements in `.gal` have
    no place in the tree then."""
    if isinstance(tree, list):
        return any(map(_lacks_parts, tree))
    if not isinstance(tree, dict):
        return False
    policy = tree.get("authentication")
    is_known = not isinstance(policy, dict) or policy.get("type", _SCHEMES[0]) in _SCHEMES
    blocks = (value for value in tree.values() if isinstance(value, dict | list))
    return not is_known or any(map(_lacks_parts, blocks))


def _joined(source: Source, lines: list[str], parts: list[str]) -> Source:
    parts[::2] = lines
    return replace(source, text="".join(parts))


def _by_place(source: Source, lines: list[str], places: Mapping[Path, str]) -> None:
    finder = finder_of(source)
    for path in places:
        span = finder.find(Place(path))
        for number in range(span.line, min(span.end_line, len(lines) - 1) + 1):
            text = lines[number]
            start = span.column if number == span.line else 0
            end = span.end_column if number == span.end_line else len(text)
            lines[number] = text[:start] + "*" * len(text[start:end]) + text[end:]


def _by_value(lines: list[str], numbers: Iterable[int], values: Iterable[str]) -> None:
    long = {value for value in map(literal, values) if len(value) >= _SHORTEST}
    if len(long) <= _FEW:
        for number in numbers:
            for value in long:
                lines[number] = lines[number].replace(value, "*" * len(value))
        return
    index: dict[str, set[str]] = {}
    for value in long:
        index.setdefault(value[:_SHORTEST], set()).add(value)
    for number in numbers:
        text = lines[number]
        for start in range(len(text) - _SHORTEST + 1):
            for value in index.get(text[start : start + _SHORTEST], ()):
                if text.startswith(value, start):
                    end = start + len(value)
                    text = text[:start] + "*" * len(value) + text[end:]
        lines[number] = text
