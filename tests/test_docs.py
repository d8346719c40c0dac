"""The documentation tells the truth: examples compile, commands print what is shown, links lead
somewhere, and what is made from the code is up to date. `docs/README.md` says how examples are
marked."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from msgspec import Struct

from galc import targets
from galc.compiler import check, check_texts, compile_texts
from galc.diagnostics import Diagnostic, all_codes
from galc.diagnostics.targets import Unsupported
from galc.frontend.source import Source
from galc.semantics.trials import failures

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "examples").glob("*.md")])
CODES = DOCS / "codes"

_FENCE = re.compile(r"^```(\S+)?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_PERMALINK = re.compile(r"[^\w\- ]")


class Block(Struct, frozen=True):
    """A fenced block of a page. `words` follow the language."""

    page: Path
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def id(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file(self) -> str:
        """The name under which the page's commands find it, or one of its own."""
        named = [word.removeprefix("file=") for word in self.words if word.startswith("file=")]
        return named[0] if named else f"example.{self.language}"


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found[1] or "", tuple(found[2].split()), found[3])


BLOCKS = [block for page in PAGES for block in _blocks(page)]
EXAMPLES = [b for b in BLOCKS if b.language in ("gal", "yaml") and "workflow" not in b.words]
GOOD = [block for block in EXAMPLES if not {"bad", "part"} & {*block.words}]
BAD = [block for block in EXAMPLES if "bad" in block.words]
#: The README's transcript needs a running gateway: `test_readme` runs it.
CONSOLES = [b for b in BLOCKS if b.language == "console" and b.page != ROOT / "README.md"]


def _id(block: Block) -> str:
    return block.id


def _indented(text: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}\n" if line else "\n" for line in text.splitlines())


def whole(block: Block) -> str:
    """The file that an example is, or is the inside of."""
    kind = next((w for w in block.words if w in ("document", "service", "upstream", "route")), "")
    if not kind:
        return block.text
    if block.language == "gal":
        return _whole_gal(block.text, kind)
    assert kind == "route", f"{block.id}: no rule for this"
    return (
        "version: 1\nservices:\n- name: s\n  upstream: {host: a.internal, port: 80}\n"
        f"  routes:\n  - path_prefix: /\n{_indented(block.text, 4)}"
    )


def _whole_gal(text: str, kind: str) -> str:
    if kind == "route":
        text = f"route /* {{\n{text}}}\n"
    if kind == "upstream":
        text = f"upstream {{\n{text}}}\n"
    if kind != "document":
        for name, entry in (("upstream", "upstream a.internal:80"), ("route", "route /*")):
            if not re.search(rf"^{name}\b", text, re.MULTILINE):
                text += f"{entry}\n"
        text = f"service s {{\n{text}}}\n"
    else:
        text += "service s { upstream a.internal:80 ; route /* }\n"
    return f"version 1\n{text}"


def _texts(block: Block) -> tuple[dict[str, str], tuple[str, ...]]:
    """An example with the named files of its page, and the names that galc is called with."""
    named = [b for b in BLOCKS if b.page == block.page and any("file=" in w for w in b.words)]
    name = block.file
    over = tuple(w.removeprefix("over=") for w in block.words if w.startswith("over="))
    return {**{b.file: b.text for b in named}, name: whole(block)}, (*over, name)


def _problems(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [f"{d.code}: {d.message()}" for d in diagnostics if d.severity == "error"]


@pytest.mark.parametrize("block", GOOD, ids=_id)
def test_examples_compile(block: Block) -> None:
    texts, names = _texts(block)
    if "checked" in block.words:
        checked = check_texts(texts, names)
        assert _problems(checked.diagnostics) == []
        return
    built = []
    for target in targets.ALL:
        compilation = compile_texts(texts, names, target)
        refused = [d for d in compilation.diagnostics if isinstance(d, Unsupported)]
        assert _problems(tuple(d for d in compilation.diagnostics if d not in refused)) == []
        assert compilation.ok or refused
        built += [target] if compilation.ok else []
    assert "envoy" in built


@pytest.mark.parametrize("block", BAD, ids=_id)
def test_bad_examples_are_bad(block: Block) -> None:
    texts, names = _texts(block)
    code = all_codes().get(block.page.stem)
    target = code.example_target if code else "envoy"
    found = [*compile_texts(texts, names, target).diagnostics]
    if block.page.parent == CODES:
        checked = check_texts(texts, names)
        if checked.ok and checked.state and checked.state.document and checked.state.gateway:
            found += failures(checked.state.document, checked.state.gateway)
        assert block.page.stem in {diagnostic.code for diagnostic in found}
    else:
        assert any(diagnostic.severity != "note" for diagnostic in found)


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command with what it is said to print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def _pattern(output: str) -> str:
    lines = output.splitlines(keepends=True)
    return "".join(
        "(?:.*\n)*?" if line == "…\n" else re.escape(line).replace("…", ".*") for line in lines
    )


@pytest.mark.parametrize("block", CONSOLES, ids=_id)
def test_commands_print_what_is_shown(block: Block, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for other in BLOCKS:
        if other.page == block.page and any(word.startswith("file=") for word in other.words):
            (tmp_path / other.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / other.file).write_text(other.text, "utf-8")
    for command, expected in _commands(block.text):
        words = shlex.split(command)
        given = dict(word.split("=", 1) for word in takewhile(lambda w: "=" in w, words))
        name, *arguments = words[len(given) :]
        assert name == "galc", f"{block.id}: `{command}` isn't run by any test"
        done = subprocess.run(
            [sys.executable, "-m", "galc", *arguments],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "80", **given},
        )
        assert re.fullmatch(_pattern(expected), done.stdout), (
            f"{block.id}: `{command}` prints\n{done.stdout}\nbut this is shown:\n{expected}"
        )


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    titles = (match[1].lower().replace("`", "") for match in _HEADING.finditer(text))
    return {_PERMALINK.sub("", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text("utf-8"))
    for link in _LINK.findall(text):
        if re.match("https?:", link):
            continue
        path, _, anchor = link.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in _anchors(to), f"{link}: the page has no such heading"


def _generator() -> ModuleType:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (
        f"run `python docs/generate.py`:\n{done.stdout}\n{done.stderr[-2000:]}"
    )


def test_every_construct_and_every_command_has_its_section() -> None:
    generate = _generator()
    pages = (DOCS / "language.md").read_text("utf-8") + (DOCS / "cli.md").read_text("utf-8")
    # `Policies` has its fields in section 4, `Route` and `Service` leave them to it, and
    # `HealthCheck` has no field but its two blocks.
    names = [n for n in generate.constructs() if n not in ("_Node", "Policies", "HealthCheck")]
    wanted = [f"fields {name}" for name in names]
    wanted += [f"help {name}" for name in generate.commands()]
    assert [name for name in wanted if f"<!-- generated:{name} -->" not in pages] == []


def test_every_code_has_its_page_with_what_galc_says() -> None:
    for code, diagnostic in all_codes().items():
        page = (CODES / f"{code}.md").read_text("utf-8")
        assert not diagnostic.bad or f"[{code}]: " in page, f"{code}: its example doesn't raise it"


# ---------------------------------------------------------------------------------------------
# The JSON Schema of the YAML spelling

_SCHEMA = json.loads((ROOT / "grammar" / "gal.schema.json").read_text("utf-8"))
_VALIDATOR = Draft202012Validator(_SCHEMA)


class _CoreLoader(yaml.CSafeLoader):
    """YAML 1.1's words for booleans are text in 1.2, and dates too."""


_CoreLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def _load(text: str) -> Any:
    return yaml.load(text, _CoreLoader)


def _yaml_files() -> list[Path]:
    """All that galc takes; the schema leaves the older spellings (`aliases`) out."""
    cases = (ROOT / "tests" / "cases").rglob("in.yaml")
    taken = [path for path in cases if path.parents[1].name not in ("errors", "aliases")]
    return sorted([*(ROOT / "examples").glob("*.yaml"), *taken])


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(_SCHEMA)


@pytest.mark.parametrize("path", _yaml_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_schema_takes_what_galc_takes(path: Path) -> None:
    text = path.read_text("utf-8")
    assert check(Source(path.name, text, "yaml")).ok
    errors = [
        f"{error.json_path}: {error.message}" for error in _VALIDATOR.iter_errors(_load(text))
    ]
    assert errors == []


_OVERLAYS = Draft202012Validator(
    json.loads((ROOT / "grammar" / "gal-overlay.schema.json").read_text("utf-8"))
)


def _parts() -> list[Path]:
    """Files that others include, and overlays."""
    cases = (ROOT / "tests" / "cases" / "files").rglob("*.yaml")
    found = [path for path in cases if path.stem != "in"]
    return sorted([*(ROOT / "examples").glob("*/**/*.yaml"), *found])


@pytest.mark.parametrize("path", _parts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_schemas_take_parts_and_overlays(path: Path) -> None:
    validator = _OVERLAYS if path.stem == "overlay" else _VALIDATOR
    assert [e.message for e in validator.iter_errors(_load(path.read_text("utf-8")))] == []


@pytest.mark.parametrize(
    ("text", "is_overlay"),
    [
        ("version: 1\nservices: [{name: s, remove: {routes: [/a]}}]\n", True),
        ("version: 1\nremove: {services: [s]}\n", True),
        ("version: 1\nservices: [{name: s, remove: [a]}]\n", None),
        ("version: 1\nremove: {service: [s]}\n", None),
        ("version: 1\nservices: [{timeout: 5s}]\n", None),
        ("version: 1\ninclude: [a.gal]\n", False),
        ("version: 1\ninclude: a.gal\n", None),
    ],
)
def test_remove_is_for_overlays(text: str, is_overlay: bool | None) -> None:
    value = _load(text)
    assert _OVERLAYS.is_valid(value) == (is_overlay is not None)
    assert _VALIDATOR.is_valid(value) == (is_overlay is False)


@pytest.mark.parametrize(
    "mistake",
    [
        "rate_limt: {requests_per_second: 1}",
        "rate_limit: {requests_per_second: 0}",
        "timeout: 30",
        "strip_prefix: yes",
        "methods: [get]",
        "headers: {request_set: {'a b': x}}",
        "authentication: {type: apikey}",
    ],
)
def test_the_schema_refuses_mistakes(mistake: str) -> None:
    text = (
        "version: 1\nservices:\n- name: s\n  upstream: {host: a, port: 80}\n"
        f"  routes:\n  - path_prefix: /\n    {mistake}\n"
    )
    assert not _VALIDATOR.is_valid(_load(text))
