"""THE list of passes, in order. Each is a pure function of the state and a report.

`galc build --print-after PASS` and `--time-passes` come from this list.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from galc.diagnostics import Report
from galc.diagnostics.names import UnknownTarget, UnknownVersion
from galc.frontend import decode as decoding
from galc.frontend.loading import Unreadable
from galc.frontend.source import Path, Place, Source
from galc.ir.document import VERSIONS, Document
from galc.ir.gateway import Gateway
from galc.passes import lint as linting
from galc.passes import order as ordering
from galc.passes import resolve as resolving
from galc.passes import trials as naming
from galc.passes.desugar import desugar as rewrite
from galc.passes.interpolate import interpolate as resolve_references
from galc.passes.keyfiles import read_key_files
from galc.passes.prune import prune
from galc.passes.variables import Given
from galc.secrecy.places import secret_places


class State(Struct, frozen=True, dict=True):
    """What is known of a file so far. `moved` leads from paths of the tree to paths of the source,
    one map after the other; `cut` are the paths, each in the tree of its time, around which parts
    with errors were taken out."""

    tree: dict[str, Any]
    targets: tuple[str, ...]
    moved: tuple[Mapping[Path, Path], ...] = ()
    document: Document | None = None
    gateway: Gateway | None = None
    cut: tuple[Path, ...] = ()
    has_references: bool = False
    given: Given = Given()
    #: Scalars of the source that hold references, with what each has from the environment.
    references: Mapping[Path, tuple[tuple[str, str], ...]] = {}
    #: Secrets that were taken out with such parts, by their places in the source: what is left may
    #: repeat them.
    hidden: Mapping[Path, str] = {}
    #: The tree before references were resolved, where there are any.
    written: Mapping[str, Any] = {}
    #: The variables that the file has or refers to.
    variables: tuple[str, ...] = ()
    #: Gives the file that is named at a path of the source, the same whenever it is asked; None
    #: where no text names one.
    load: Callable[[Path, str], Source | Unreadable] | None = None

    @cached_property
    def secrets(self) -> Mapping[Path, str]:
        """The secrets of the tree by their places, as they are spelled in it."""
        return dict(secret_places(self.tree, sound=self.document is not None))

    @property
    def pruned(self) -> bool:
        """Whether parts with errors were taken out."""
        return bool(self.cut)

    @property
    def knows_policies(self) -> bool:
        """Whether no named policy was taken out; a name at the top that isn't known may be one."""
        return not any(path[:1] == ("policies",) or len(path) == 1 for path in self.cut)

    def source_path(self, path: Path) -> Path:
        """A path of the tree as a path of the source, whatever the passes have moved."""
        for moved in self.moved:
            path = _origin(path, moved)
        return path


def _origin(path: Path, moved: Mapping[Path, Path]) -> Path:
    for length in range(len(path), 0, -1):
        origin = moved.get(path[:length])
        if origin is not None:
            return tuple(origin) + path[length:]
    return path


def without(state: State, wrong: list[Path]) -> State:
    """The state without the parts of its tree around some paths, whose mistakes are reported."""
    hidden = {state.source_path(path): value for path, value in state.secrets.items()}
    tree, moved = prune(state.tree, wrong)
    cuts, hidden = (*state.cut, *wrong), {**state.hidden, **hidden}
    return replace(state, tree=tree, moved=(moved, *state.moved), cut=cuts, hidden=hidden)


def interpolate(state: State, report: Report) -> State:
    """tree → tree with references resolved (skipped when the source has none)."""
    if not state.has_references:
        return state
    resolved = resolve_references(state.tree, state.given, report, cut=state.cut)
    references = {state.source_path(path): found for path, found in resolved.references.items()}
    state = replace(
        state,
        tree=resolved.tree,
        references=references,
        written=state.tree,
        variables=resolved.variables,
    )
    return without(state, resolved.wrong) if resolved.wrong else state


def key_files(state: State, report: Report) -> State:
    """tree → tree with key sets in place of the names of their files (skipped when no text of the
    source names one)."""
    if state.load is None:
        return state
    tree, wrong = read_key_files(state.tree, state.source_path, state.load, report)
    state = replace(state, tree=tree)
    return without(state, wrong) if wrong else state


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
        state = without(state, wrong)
        document = decoding.decode(state.tree)
    if document is not None:
        if document.version not in VERSIONS:
            report(UnknownVersion(Place(("version",)), str(document.version)))
        if document.provider is not UNSET and document.provider not in state.targets:
            report(UnknownTarget(Place(("provider",)), str(document.provider), state.targets))
    return replace(state, document=document)


def resolve(state: State, report: Report) -> State:
    """document → gateway: defaults filled, units parsed, effective policies per route, paths and
    hosts in normal form."""
    if state.document is None:
        return state
    gateway = resolving.resolve(
        state.document,
        state.tree,
        report,
        is_whole=not state.pruned,
        knows_policies=state.knows_policies,
    )
    return replace(state, gateway=gateway)


def order(state: State, report: Report) -> State:
    """gateway → the same with its routes in the order in which they are tried."""
    if state.gateway is None:
        return state
    return replace(state, gateway=ordering.order(state.gateway, report))


def _is_whole(state: State) -> bool:
    """Whether every route of the file is there, as far as there can be a doubt."""
    if state.pruned or state.document is None or state.gateway is None:
        return False
    routes = sum(len(service.routes) for service in state.document.services)
    return len(state.gateway.routes) == routes


def trials(state: State, report: Report) -> State:
    """gateway → the same; reports what the tests of the file name wrongly."""
    if state.document is not None and state.gateway is not None and _is_whole(state):
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
        found = state.references.get(state.source_path(path))
        return bool(found) or (found is not None and bool(state.given.variables))

    return test


def references(state: State, _report: Report) -> State:
    """gateway → the same; the graph of what needs what is made when it is printed."""
    return state


Pass = Callable[[State, Report], State]
PASSES: tuple[Pass, ...] = (
    interpolate,  # first: a reference may stand in any scalar
    key_files,  # after it: a name may be a reference, and what a file holds is no reference
    desugar,  # later passes know one spelling
    decode,  # everything after it is typed
    resolve,  # before order: a route's place depends on its normal path, hosts and methods
    order,  # before lint: only the order tells which route a request falls to
    trials,
    lint,
    references,  # last: it shows the gateway as the targets get it
)
