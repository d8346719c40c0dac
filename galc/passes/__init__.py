"""THE list of passes, in order. Each is a pure function of the state and a report.

`galc build --print-after PASS` and `--time-passes` come from this list.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from galc.diagnostics import Report
from galc.diagnostics.names import UnknownTarget, UnknownVersion
from galc.frontend import decode as decoding
from galc.frontend.source import Path, Place
from galc.ir.document import Document
from galc.ir.gateway import Gateway
from galc.passes import lint as linting
from galc.passes import order as ordering
from galc.passes import resolve as resolving
from galc.passes import trials as naming
from galc.passes.desugar import desugar as rewrite
from galc.passes.interpolate import interpolate as resolve_references
from galc.passes.prune import prune as cut
from galc.passes.variables import Given


class State(Struct, frozen=True):
    """What is known of a file so far. `moved` leads from paths of the tree to paths of the source,
    one map after the other; `pruned` says that parts with errors were taken out."""

    tree: dict[str, Any]
    targets: tuple[str, ...]
    moved: tuple[Mapping[Path, Path], ...] = ()
    document: Document | None = None
    gateway: Gateway | None = None
    pruned: bool = False
    has_references: bool = False
    given: Given = Given()
    #: Scalars of the source that hold references, with what each has from the environment.
    references: Mapping[Path, tuple[tuple[str, str], ...]] = {}
    #: The variables that the file has or refers to.
    variables: tuple[str, ...] = ()


def source_path(path: Path, state: State) -> Path:
    """A path of the document as a path of the source, whatever the passes have moved."""
    for moved in state.moved:
        for length in range(len(path), 0, -1):
            origin = moved.get(path[:length])
            if origin is not None:
                path = origin + path[length:]
                break
    return path


def interpolate(state: State, report: Report) -> State:
    """tree → tree with references resolved (skipped when the source has none)."""
    if not state.has_references:
        return state
    resolved = resolve_references(state.tree, state.given, report)
    state = replace(state, references=resolved.references, variables=resolved.variables)
    if not resolved.wrong:
        return replace(state, tree=resolved.tree)
    tree, moved = cut(resolved.tree, resolved.wrong)
    return replace(state, tree=tree, moved=(moved,), pruned=True)


def desugar(state: State, report: Report) -> State:
    """tree → tree without the spellings of older versions (skipped when it has none)."""
    document = decoding.decode(state.tree)
    if document is not None:
        return replace(state, document=document)
    return replace(state, moved=(rewrite(state.tree, report), *state.moved))


def decode(state: State, report: Report) -> State:
    """tree → typed document. What has the wrong type is reported and taken out, so that the rest
    is still checked in the same run."""
    document = state.document or decoding.decode(state.tree)
    if document is None:
        wrong: list[Path] = []

        def collect(diagnostic: Any) -> None:
            wrong.append(diagnostic.place.path)
            report(diagnostic)

        decoding.explain(state.tree, collect)
        tree, moved = cut(state.tree, wrong)
        document = decoding.decode(tree)
        state = replace(state, tree=tree, moved=(moved, *state.moved), pruned=True)
    if document is not None:
        if document.version not in ("1", "1.0", 1, 1.0):
            report(UnknownVersion(Place(("version",)), str(document.version)))
        if document.provider is not UNSET and document.provider not in state.targets:
            report(UnknownTarget(Place(("provider",)), str(document.provider), state.targets))
    return replace(state, document=document)


def resolve(state: State, report: Report) -> State:
    """document → gateway: defaults filled, units parsed, effective policies per route, paths and
    hosts in normal form."""
    if state.document is None:
        return state
    is_whole = not state.pruned
    gateway = resolving.resolve(state.document, state.tree, report, is_whole=is_whole)
    return replace(state, gateway=gateway)


def order(state: State, report: Report) -> State:
    """gateway → the same with its routes in the order in which they are tried."""
    if state.gateway is None:
        return state
    return replace(state, gateway=ordering.order(state.gateway, report))


def trials(state: State, report: Report) -> State:
    """gateway → the same; reports what the tests of the file name wrongly."""
    if state.document is not None and state.gateway is not None and not state.pruned:
        naming.check(state.document, state.gateway, report)
    return state


def lint(state: State, report: Report) -> State:
    """gateway → the same; reports what is allowed but seldom meant."""
    if state.document is not None and state.gateway is not None and not state.pruned:
        linting.check(state.document, state.tree, state.gateway, report, _elsewhere(state))
    return state


def _elsewhere(state: State) -> Callable[[Path], bool]:
    """Whether a value comes from the environment, or from a variable of the call."""

    def test(path: Path) -> bool:
        found = state.references.get(source_path(path, state))
        return bool(found) or (found is not None and bool(state.given.variables))

    return test


def references(state: State, _report: Report) -> State:
    """gateway → the same; the graph of what needs what is made when it is printed."""
    return state


Pass = Callable[[State, Report], State]
PASSES: tuple[Pass, ...] = (
    interpolate,  # first: a reference may stand in any scalar
    desugar,  # later passes know one spelling
    decode,  # everything after it is typed
    resolve,  # before order: a route's place depends on its normal path, hosts and methods
    order,  # before lint: only the order tells which route a request falls to
    trials,
    lint,
    references,  # last: it shows the gateway as the targets get it
)
