"""What each target does of the live cases: the record of a run, and the page made of it.

`tests.live.report` makes the record. Here stands what can be said without running anything, so that
a test can hold record and page against the cases and the tables as they are now.
"""

import json
import pkgutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final, Literal

import msgspec

from galc import targets
from galc.compiler import compile_texts

from . import cases
from .keys import Keys
from .model import Case
from .reference import placeholders
from .run import DOCUMENT, filled

RECORD: Final = Path(__file__).with_name("outcomes.json")
FUZZ_RECORD: Final = Path(__file__).parent / "fuzz" / "record.json"
PAGE: Final = Path(__file__).parents[2] / "docs" / "conformance.md"

Kind = Literal["passed", "failed", "approximate", "unsupported", "not run"]
_SIGNS: Final[Mapping[Kind, str]] = {
    "passed": "✓",
    "failed": "**✗**",
    "approximate": "≈",
    "unsupported": "–",
    "not run": "",
}


class Suite(msgspec.Struct, frozen=True):
    """The tests that take the cases for a target, and what they run on."""

    file: str
    #: The program whose version is recorded; none for a model.
    program: str | None
    about: str


SUITES: Final[Mapping[str, Suite]] = {
    "envoy": Suite(
        "tests/live/test_envoy.py",
        "envoy",
        "Each case boots Envoy with the files that galc builds, and sends its requests through it "
        "to upstreams that tell what they got.",
    ),
    "kong": Suite(
        "tests/unit/test_kong_cases.py",
        None,
        "No Kong has taken these cases. They run on a model: Kong's router, the plugins that galc "
        "uses and the phases are written after Kong's sources, and the programs that galc builds "
        "run in a real LuaJIT. The files are checked against the schemas of Kong 3.9 "
        "(`tests/unit/test_kong_schema.py`). How nginx itself behaves, TLS, probes and balancing "
        "are outside the model.",
    ),
    "apisix": Suite(
        "tests/unit/test_apisix_live.py",
        None,
        "No APISIX has taken these cases. They run on a model: APISIX's router, the plugins that "
        "galc uses and the phases are written after APISIX's sources, and the programs that galc "
        "builds run in a real LuaJIT. The files are checked against the schemas of APISIX 3.18 "
        "(`tests/unit/test_apisix_schema.py`). Timers, and so probes, are outside the model.",
    ),
    "traefik": Suite(
        "tests/live/test_traefik.py",
        "traefik",
        "Each case boots Traefik with the files that galc builds, and sends its requests through "
        "it to upstreams that tell what they got.",
    ),
}


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What came of a case; `why` has the words of the table or of the suite, unless it passed."""

    kind: Kind
    why: str = ""


class Run(msgspec.Struct, frozen=True):
    """A target's outcomes by case, on a version of its program or on a model."""

    on: str
    outcomes: dict[str, Outcome]


class Fuzzed(msgspec.Struct, frozen=True):
    """A run of `python -m tests.live.fuzz`: the seeds from first to last, and what it has seen."""

    target: str
    seeds: tuple[int, int]
    minutes: float
    programs: int
    requests: int
    disagreements: int


def recorded() -> dict[str, Run]:
    """The record of the last run."""
    return msgspec.json.decode(RECORD.read_bytes(), type=dict[str, Run])


def fuzzed() -> list[Fuzzed]:
    """The recorded runs of machine-made programs; none where nobody has recorded one."""
    if not FUZZ_RECORD.is_file():
        return []
    return msgspec.json.decode(FUZZ_RECORD.read_bytes(), type=list[Fuzzed])


def as_json(runs: Mapping[str, Run]) -> str:
    """The record as its file has it: a line for each case, so that a change is easily seen."""
    parts = []
    for target, run in runs.items():
        lines = [
            f"   {json.dumps(name)}: {json.dumps(msgspec.to_builtins(one), ensure_ascii=False)}"
            for name, one in run.outcomes.items()
        ]
        outcomes = ",\n".join(lines)
        head = f' {json.dumps(target)}: {{\n  "on": {json.dumps(run.on)},\n  "outcomes": {{\n'
        parts.append(f"{head}{outcomes}\n  }}\n }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def by_feature() -> dict[str, tuple[Case, ...]]:
    """The cases by the module that has them."""
    names = [module.name for module in pkgutil.iter_modules(cases.__path__)]
    modules = {name: import_module(f"{cases.__name__}.{name}") for name in names}
    found = {name: module.CASES for name, module in modules.items() if hasattr(module, "CASES")}
    order = [case.name for case in cases.ALL_CASES]
    return dict(sorted(found.items(), key=lambda item: order.index(item[1][0].name)))


@cache
def _known() -> dict[str, str]:
    return placeholders(Keys())


def refusal(case: Case, target: str) -> str | None:
    """Why galc doesn't build a case's document for a target, if it doesn't."""
    compilation = compile_texts(filled(case, _known()), (DOCUMENT,), target)
    if compilation.ok:
        return None
    errors = {d.message() for d in compilation.diagnostics if d.severity == "error"}
    return "; ".join(sorted(errors))


def page(runs: Mapping[str, Run], random: list[Fuzzed]) -> str:
    """`docs/conformance.md`."""
    return "\n".join(
        [
            "# Conformance\n",
            "<!-- Made by `python -m tests.live.report`. Don't edit. -->\n",
            "One list of cases says what a gateway file means: a document, requests, and what must "
            "come of them. The reference interpreter (`galc.semantics`) passes every case whose "
            "document can be built at all; this page tells what each target does.\n",
            _summary(runs),
            "**Passed** (✓): the target does what the language says. **Approximate** (≈): it does "
            "otherwise, in the way that its [table](targets.md) says, and galc says so when it "
            "builds. **Unsupported** (–): galc refuses to build the document for it. **Not run** "
            "(empty): the suite can't tell.\n",
            *(f"- **{targets.load(name).title}**: {SUITES[name].about}" for name in runs),
            "",
            *_machine_made(random),
            *_differences(runs),
            "## All cases\n",
            *(_feature(name, group, runs) for name, group in by_feature().items()),
        ]
    )


def _summary(runs: Mapping[str, Run]) -> str:
    rows = []
    for name, run in runs.items():
        counts = Counter(outcome.kind for outcome in run.outcomes.values())
        numbers = (str(counts[kind]) for kind in _SIGNS)
        rows.append((targets.load(name).title, run.on, *numbers))
    return _table(("target", "on", *_SIGNS), rows)


def _machine_made(random: list[Fuzzed]) -> Iterator[str]:
    yield "## Machine-made programs\n"
    yield (
        "`python -m tests.live.fuzz` makes valid documents and requests near their edges, builds "
        "them, and holds the real gateway against the interpreter: status, upstream, and what the "
        "upstream and the client get. A short run is among the tests.\n"
    )
    if not random:
        yield "No longer run is recorded.\n"
        return
    rows = [
        (
            targets.load(run.target).title,
            f"{run.seeds[0]}–{run.seeds[1]}",
            f"{run.minutes:g}",
            f"{run.programs:,}",
            f"{run.requests:,}",
            str(run.disagreements),
        )
        for run in random
    ]
    head = ("target", "seeds", "minutes", "programs", "requests", "disagreements")
    yield _table(head, rows)


def _differences(runs: Mapping[str, Run]) -> Iterator[str]:
    """Per target what isn't passed, with the reason; cases with one reason together."""
    for name, run in runs.items():
        parts = [
            part
            for kind in ("failed", "approximate", "unsupported", "not run")
            for part in _reasons(run, kind)
        ]
        if parts:
            title = targets.load(name).title
            yield f"## {title}\n"
            # Under its own title, a target needn't be named in each sentence.
            yield from (part.replace(f"{title} can't do ", "") for part in parts)


def _reasons(run: Run, kind: str) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for case, outcome in run.outcomes.items():
        if outcome.kind == kind:
            found.setdefault(outcome.why, []).append(case)
    if found:
        yield f"{kind.capitalize()}:\n"
        for why, names in found.items():
            yield f"- {why}: {', '.join(f'`{name}`' for name in names)}"
        yield ""


def _feature(feature: str, group: tuple[Case, ...], runs: Mapping[str, Run]) -> str:
    rows = [
        (f"`{case.name}`", *(_SIGNS[run.outcomes[case.name].kind] for run in runs.values()))
        for case in group
    ]
    heads = (targets.load(name).title for name in runs)
    title = feature.replace("auth_", "authentication: ").replace("_", " ").capitalize()
    return f"### {title}\n\n" + _table(("case", *heads), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )
