"""The pipeline, readable aloud: read, run the passes, legalize, lower.

text → tree → document → gateway → legal gateway → artifacts
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from galc import targets
from galc.diagnostics import Diagnostic
from galc.frontend.loading import Loader, Unreadable, of_texts
from galc.frontend.reading import read_places, recover, span_of
from galc.frontend.recovery import Recovered
from galc.frontend.source import Composed, Path, Place, Source, source_of
from galc.ir.gateway import Gateway
from galc.ir.secrets import literal
from galc.legalize import errors, leave_out, legalize
from galc.passes import PASSES, Pass, State, without
from galc.passes.variables import Given
from galc.secrecy.dumps import masked_artifacts
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
    #: What is lowered: the gateway without what the target can't do; none when there is an error.
    gateway: Gateway | None = None
    #: The artifacts that hold a secret.
    private: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was built."""
        return bool(self.artifacts)


def check(
    source: Source,
    observe: Observer | None = None,
    given: Given | None = None,
    *,
    overlays: Sequence[Source] = (),
    load: Loader | None = None,
) -> Checked:
    """Read a source and run the passes: all that can be said without a target.

    `given` is what its references stand for, besides its own variables. `overlays` lie over it, in
    order. `load` gives the files that it names; without it, there are none.
    """
    found: list[Diagnostic] = []
    watch = _Stopwatch(observe)
    source, (tree, wrong) = _read(source, overlays, load or _no_files, found)
    watch.lap("read", tree)
    if tree is None:
        return Checked(source, None, tuple(without_words(_texts(source), found)))
    state = _begun(tree, source, given or Given(), load or _no_files)
    if found:
        # What couldn't be read isn't in the tree.
        found = list(relocated(without_words(_texts(source), found), state))
    if wrong:
        state = without(state, wrong)
    for step in PASSES:
        state = _take(step, state, found)
        watch.lap(step.__name__, state)
    return Checked(source, state, tuple(found))


def _read(
    source: Source, overlays: Sequence[Source], load: Loader, found: list[Diagnostic]
) -> tuple[Source, Recovered]:
    """The source with the other files that it is made of, and what can be read of all of them."""
    root: Recovered | None = None
    if not overlays and not isinstance(source, Composed):
        root = recover(source, found.append)
        if root[0] is None or "include" not in root[0]:
            return source, root
    from galc.composition import compose

    whole = compose(source, overlays, load, found.append, root)
    return whole.source, (whole.tree, whole.wrong)


def _begun(tree: dict[str, Any], source: Source, given: Given, load: Loader) -> State:
    """What is known before the first pass. Passes that the texts have nothing for are skipped."""

    def load_at(path: Path, name: str) -> Source | Unreadable:
        return load(source.files[source.origin(path)[0]], name)

    texts = [file.text for file in source.files]
    has_references = "vars" in tree or any("${" in t or _ESCAPED.search(t) for t in texts)
    may_name_files = has_references or any("file:" in text for text in texts)
    return State(
        tree,
        targets.KNOWN,
        has_references=has_references,
        given=given,
        load=load_at if may_name_files and any("jwks" in text for text in texts) else None,
    )


def _texts(source: Source) -> str:
    return "\n".join(file.text for file in source.files)


def _no_files(_by: Source, _path: str) -> Unreadable:
    """For a source that is alone: other files can't be had."""
    return Unreadable("it is in no folder, so there are no other files")


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
            secrets = {state.source_path(path): value for path, value in state.secrets.items()}
            hider = Hider({**state.hidden, **secrets}, state.references)
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


def known_secrets(checked: Checked) -> Mapping[Path, str] | None:
    """The secrets of a source by their places; None where they must be looked for in the source
    itself, because it has mistakes or older spellings, or several files."""
    state = checked.state
    if state is None or state.document is None or state.moved or len(checked.source.files) > 1:
        return None
    return dict(secret_places(state.written, sound=True)) if state.written else state.secrets


def written_secrets(checked: Checked) -> dict[Path, str]:
    """What the file has for secrets of the document that hold something else by now, and for the
    variables that they come from."""
    state = checked.state
    if state is None or not state.has_references:
        return {}
    tree = state.written
    found: dict[Path, str] = {("vars", name): text for name, text in secret_variables(tree).items()}
    places: dict[Path, str] = {}
    for path, _ in secret_places(state.tree):
        origin = in_source(Place(path), state).path
        if origin in state.references:
            places[path] = str(_at(tree, origin))
    return {**found, **places}


def texts_of_secrets(state: State) -> set[str]:
    """All secrets that a source has, also of parts with mistakes that were taken out."""
    places = dict(secret_places(state.tree))
    return {literal(text) for text in (*state.hidden.values(), *places.values())}


def _at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def in_source(place: Place, state: State) -> Place:
    """A place of the document as a place of the source, whatever the passes have moved."""
    return Place(state.source_path(place.path), place.key)


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
    watch.lap("legalize", gateway and replace(state, gateway=gateway))
    if gateway is None or not checked.ok or next(errors(list(told)), None):
        return Compilation(target.name, {}, told)
    legal = Compilation(target.name, {}, told, gateway)
    return lower(legal, target, observe) if lowered else legal


def lower(
    legal: Compilation, target: targets.Target, observe: Observer | None = None
) -> Compilation:
    """Lower what `build` found legal."""
    gateway = legal.gateway
    assert gateway is not None
    watch = _Stopwatch(observe)
    artifacts = target.lower(gateway)
    watch.lap("lower", lambda: masked_artifacts(gateway, target.lower))
    return replace(legal, artifacts=artifacts, private=target.private if secrets(gateway) else ())


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
    text: str,
    name: str,
    target: str,
    *,
    strict: bool = False,
    lossy: bool = False,
) -> Compilation:
    """Compile a text; `name` ends in `.gal`, or else it is YAML. Diagnostics of all stages."""
    return compile_texts({name: text}, (name,), target, strict=strict, lossy=lossy)


def check_texts(texts: Mapping[str, str], names: Sequence[str]) -> Checked:
    """Check texts that are named like files: the first of `names`, with the others as overlays."""
    root, *overlays = [source_of(name, texts[name]) for name in names]
    return check(root, overlays=overlays, load=of_texts(texts))


def compile_texts(
    texts: Mapping[str, str],
    names: Sequence[str],
    target: str,
    *,
    strict: bool = False,
    lossy: bool = False,
) -> Compilation:
    """Compile texts that are named like files; see `check_texts`."""
    checked = check_texts(texts, names)
    built = build(checked, targets.load(target), strict=strict, lossy=lossy)
    found = _judged(checked, (*checked.diagnostics, *built.diagnostics))
    return Compilation(target, built.artifacts, found, private=built.private)


def _judged(checked: Checked, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """What the file's own comments don't suppress, and what is wrong with these comments. One
    target doesn't tell whether a suppression of what targets find is used."""
    if not any("galc:" in file.text for file in checked.source.files):
        return found
    from galc.diagnostics.findings import located
    from galc.diagnostics.suppression import suppressed

    places = read_places(checked.source)
    findings = located(checked.source, found, lambda place: span_of(place, places))
    kept, problems = suppressed(checked.source, findings, lambda code: not code.startswith("GAL4"))
    return (*(finding.diagnostic for finding in kept), *problems)


def default_target(checked: Checked) -> str | None:
    """The target that the file names as its `provider`."""
    document = checked.state.document if checked.state else None
    if document is None or document.provider is UNSET:
        return None
    return str(document.provider)


class _Stopwatch:
    def __init__(self, observe: Observer | None) -> None:
        self.observe = observe
        self.last = time.perf_counter()

    def lap(self, name: str, value: Any) -> None:
        if self.observe is not None:
            now = time.perf_counter()
            self.observe(name, value, now - self.last)
            self.last = time.perf_counter()
