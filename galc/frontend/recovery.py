"""What a front end makes of a text that has mistakes."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from galc.diagnostics import Diagnostic, Report
from galc.diagnostics.reading import SyntaxProblem, at
from galc.frontend.source import Path, Source, Spelling

#: What no text may hold: it would end a header field, a log line or a line of configuration.
CONTROL: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")

#: The tree, or None where nothing can be made of the text; and the paths of what in the tree is
#: wrong, which is reported, and must be cut out before anything else looks at it.
Recovered = tuple[dict[str, Any] | None, list[Path]]


def whole(
    recover: Callable[[Source, Report], Recovered], source: Source, report: Report
) -> dict[str, Any] | None:
    """The tree of a text without mistakes; None for one that has some, which are reported."""
    found: list[Diagnostic] = []
    tree, _ = recover(source, found.append)
    for diagnostic in found:
        report(diagnostic)
    return None if found else tree


#: The first statement of a file in each spelling; comments and empty lines may stand before it.
_BEGINNINGS: Final[dict[Spelling, re.Pattern[str]]] = {
    "gal": re.compile(r"\ufeff?(?:\s|#[^\n]*\n)*(version[ \t]+\"?1)", re.ASCII),
    "yaml": re.compile(r"\ufeff?(?:\s|#[^\n]*\n|---\s)*(\"?version\"?:)", re.ASCII),
}


def other_spelling(source: Source) -> SyntaxProblem | None:
    """That a file is written in the other spelling than its name says."""
    other: Spelling = "yaml" if source.spelling == "gal" else "gal"
    found = _BEGINNINGS[other].match(source.text)
    if found is None:
        return None
    line = source.text.count("\n", 0, found.start(1))
    column = found.start(1) - (source.text.rfind("\n", 0, found.start(1)) + 1)
    what = "YAML" if other == "yaml" else "the `.gal` spelling"
    ending = "`.yaml`" if other == "yaml" else "`.gal`"
    text = f"the file is {what}, but its name doesn't say so"
    return SyntaxProblem(at(line, column, len(found[1])), text, (f"a name that ends in {ending}",))


def with_controls(tree: dict[str, Any]) -> Iterator[Path]:
    """The paths of texts, and of names, with control characters; a key set's text may have some."""
    left: list[tuple[Any, Path]] = [(tree, ())]
    while left:
        node, path = left.pop()
        for step, item in node.items() if isinstance(node, dict) else enumerate(node):
            here = (*path, step)
            if isinstance(item, dict | list):
                left.append((item, here))
            elif step == "jwks":
                continue
            if any(CONTROL.search(text) for text in (step, item) if isinstance(text, str)):
                yield here
