"""The pipeline, readable aloud: read, run the passes, legalize, lower.

text → tree → document → gateway → legal gateway → artifacts
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from galc import targets
from galc.diagnostics import Diagnostic, Report
from galc.frontend.finding import Finder
from galc.frontend.source import Path, Place, Source, Span
from galc.ir.gateway import Gateway
from galc.legalize import errors, leave_out, legalize
from galc.passes import PASSES, Pass, State, source_path
from galc.passes.variables import Given
from galc.secrecy.dumps import masked_gateway
from galc.secrecy.messages import Hider
from galc.secrecy.places import secret_places, secret_variables
from galc.secrecy.unreadable import without_words
from galc.secrecy.values import secrets

#: A `$` or a brace that a quoted text spells by an escape, or that follows a break of the line.
_ESCAPED = re.compile(r"\\(x24|u0024|U00000024|x7[bB]|u007[bB]|U0000007[bB]|\r|\n)")

#: Called after each stage with its name, the value that it made, and its seconds. What was lowered
#: is made again when it is asked for, without secrets.
Observer = Callable[[str, Any, float], None]


class Checked(Struct, frozen=True):
    """What the passes know of a source, and what they found."""

    source: Source
    state: State | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return next(errors(list(self.diagnostics)), None) is None


class Compilation(Struct, frozen=True):
    """The outcome for one target: artifacts by name, or none when there is an error."""

    target: str
    artifacts: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]
    #: What was lowered: the gateway without what the target can't do.
    gateway: Gateway | None = None
    #: The artifacts that hold a secret.
    private: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was built."""
        return bool(self.artifacts)


def check(source: Source, observe: Observer | None = None, given: Given | None = None) -> Checked:
    """Read a source and run the passes: all that can be said without a target. `given` is what
    its references stand for, besides its own variables."""
    found: list[Diagnostic] = []
    watch = _Stopwatch(observe)
    tree = read_tree(source, found.append)
    watch.lap("read", tree)
    if tree is None:
        return Checked(source, None, tuple(without_words(source.text, found)))
    if found:
        # What couldn't be read isn't in the tree.
        told = without_words(source.text, found)
        found = list(relocated(told, State(tree, targets.KNOWN)))
    has_references = "${" in source.text or "vars" in tree or bool(_ESCAPED.search(source.text))
    state = State(tree, targets.KNOWN, has_references=has_references, given=given or Given())
    for step in PASSES:
        state = _take(step, state, found)
        watch.lap(step.__name__, state)
    return Checked(source, state, tuple(found))


def _take(step: Pass, state: State, found: list[Diagnostic]) -> State:
    """Run a pass; what it finds is told in paths of the source, whatever has moved before it."""
    new: list[Diagnostic] = []
    following = step(state, new.append)
    found.extend(relocated(new, state))
    return following


def relocated(diagnostics: Iterable[Diagnostic], state: State) -> Iterator[Diagnostic]:
    """The diagnostics with their places as paths of the source, without secrets and without values
    of the environment."""
    hider = None
    for diagnostic in diagnostics:
        if hider is None:
            places = secret_places(state.tree)
            secrets = {in_source(Place(path), state).path: value for path, value in places}
            hider = Hider(secrets, state.references)
        yield hider.hidden(_in_source(diagnostic, state))


def _in_source(diagnostic: Diagnostic, state: State) -> Diagnostic:
    if not state.moved:
        return diagnostic
    places = {
        name: value
        for name in diagnostic.__struct_fields__
        if isinstance(value := getattr(diagnostic, name), Place)
    }
    return replace(diagnostic, **{name: in_source(place, state) for name, place in places.items()})


def written_secrets(checked: Checked) -> dict[Path, str]:
    """What the file has for secrets of the document that hold something else by now, and for the
    variables that they come from."""
    state = checked.state
    if state is None or not state.has_references:
        return {}
    tree = read_tree(checked.source, lambda _: None)
    found: dict[Path, str] = {("vars", name): text for name, text in secret_variables(tree).items()}
    places: dict[Path, str] = {}
    for path, _ in secret_places(state.tree):
        origin = in_source(Place(path), state).path
        if origin in state.references:
            places[path] = str(_at(tree, origin))
    return {**found, **places}


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def in_source(place: Place, state: State) -> Place:
    """A place of the document as a place of the source, whatever the passes have moved."""
    return Place(source_path(place.path, state), place.key)


def build(
    checked: Checked,
    target: targets.Target,
    *,
    strict: bool = False,
    lossy: bool = False,
    lowered: bool = True,
    observe: Observer | None = None,
) -> Compilation:
    """Legalize and lower what `check` found sound. The diagnostics are the target's own ones, and
    all of them are known before it is lowered: who wants no artifacts says so by `lowered`."""
    state = checked.state
    gateway = state.gateway if state else None
    if state is None or gateway is None:
        return Compilation(target.name, {}, ())
    found: list[Diagnostic] = []
    watch = _Stopwatch(observe)
    legalize(gateway, target, found.append, strict=strict)
    left: list[Diagnostic] = []
    if lossy and next(errors(found), None):
        # A copy: what this target does without, the next one may well have.
        tree = deepcopy(state.tree)
        left = leave_out(tree, found)
        found = []
        gateway = _again(replace(state, tree=tree), found)
        if gateway is not None:
            legalize(gateway, target, found.append, strict=strict)
    told = tuple(relocated((*left, *(d for d in found if d not in left)), state))
    watch.lap("legalize", gateway)
    if gateway is None or not checked.ok or not lowered or next(errors(list(told)), None):
        return Compilation(target.name, {}, told)
    artifacts = target.lower(gateway)
    watch.lap("lower", lambda: target.lower(masked_gateway(gateway)))
    private = target.private if secrets(gateway) else ()
    return Compilation(target.name, artifacts, told, gateway, private)


def pinned(checked: Checked, fetch: Callable[[str], str]) -> Checked:
    """The same file with each `jwks_uri` replaced by the key set that `fetch` finds there now."""
    state = checked.state
    if state is None or state.gateway is None or not checked.ok:
        return checked
    tree = deepcopy(state.tree)
    known: dict[str, str] = {}
    for jwt in _tokens(tree):
        uri = jwt.pop("jwks_uri", None)
        if uri is not None:
            if uri not in known:
                known[uri] = fetch(uri)
            jwt["jwks"] = known[uri]
    found: list[Diagnostic] = []
    gateway = _again(replace(state, tree=tree), found)
    told = tuple(relocated(found, state))
    state = replace(state, tree=tree, gateway=gateway)
    return Checked(checked.source, state, (*checked.diagnostics, *told))


def _tokens(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The `jwt` blocks of a document."""
    owners = [*tree.get("policies", {}).values()]
    for service in tree["services"]:
        owners += (service, *service["routes"])
    for owner in owners:
        jwt = owner.get("authentication", {}).get("jwt")
        if isinstance(jwt, dict):
            yield jwt


def _again(state: State, found: list[Diagnostic]) -> Gateway | None:
    """The gateway of a changed tree; its warnings are those that `check` told, so only errors
    are new."""
    state = State(state.tree, state.targets, state.moved)
    new: list[Diagnostic] = []
    for step in PASSES:
        state = step(state, new.append)
    found.extend(errors(new))
    return None if found else state.gateway


def compile_text(
    text: str, name: str, target: str, *, strict: bool = False, lossy: bool = False
) -> Compilation:
    """Compile a text; `name` ends in `.gal`, or else it is YAML. Diagnostics of all stages."""
    checked = check(Source(name, text, "gal" if name.endswith(".gal") else "yaml"))
    built = build(checked, targets.load(target), strict=strict, lossy=lossy)
    found = _judged(checked, (*checked.diagnostics, *built.diagnostics))
    return Compilation(target, built.artifacts, found, private=built.private)


def _judged(checked: Checked, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """What the file's own comments don't suppress, and what is wrong with these comments. One
    target doesn't tell whether a suppression of what targets find is used."""
    if "galc:" not in checked.source.text:
        return found
    from galc.diagnostics.findings import located
    from galc.diagnostics.suppression import suppressed

    marks = read_places(checked.source)
    findings = located(checked.source, found, lambda place: span_of(place, marks))
    kept, problems = suppressed(checked.source, findings, lambda code: not code.startswith("GAL4"))
    return (*(finding.diagnostic for finding in kept), *problems)


def default_target(checked: Checked) -> str | None:
    """The target that the file names as its `provider`."""
    document = checked.state.document if checked.state else None
    if document is None or document.provider is UNSET:
        return None
    return str(document.provider)


def _front_end(source: Source) -> Any:
    if source.spelling == "gal":
        from galc.frontend import gal

        return gal
    from galc.frontend import yaml

    return yaml


def read_tree(source: Source, report: Report) -> dict[str, Any] | None:
    """The source as a tree of plain values, or None when it can't be read."""
    tree: dict[str, Any] | None = _front_end(source).compose(source, report)
    return tree


def read_marks(source: Source) -> Any:
    """Where every node of a source stands; read again only when something is to be shown."""
    return _front_end(source).marks(source)


def read_places(source: Source) -> Finder:
    """As `read_marks`, for those who ask for some places only: it reads no more than it must."""
    found: Finder = _front_end(source).finder(source)
    return found


def span_of(place: Place | Span, marks: Any) -> Span:
    """The span of a place, given the source's `marks`."""
    span = place if isinstance(place, Span) else marks.find(place)
    assert isinstance(span, Span)
    return span


class _Stopwatch:
    def __init__(self, observe: Observer | None) -> None:
        self.observe = observe
        self.last = time.perf_counter()

    def lap(self, name: str, value: Any) -> None:
        if self.observe is not None:
            now = time.perf_counter()
            self.observe(name, value, now - self.last)
            self.last = time.perf_counter()
