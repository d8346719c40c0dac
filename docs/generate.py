"""Makes the parts of the documentation that follow from the code, so that they can't differ.

    python docs/generate.py           write them
    python docs/generate.py --check   exit with 1 if anything would change

Made are: the sections of `language.md` and `cli.md` between `<!-- generated:NAME -->` and
`<!-- end -->`, `targets.md`, `codes/`, and the JSON Schemas in `grammar`.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner
from msgspec import NODEFAULT, UNSET, Struct, inspect

from galc import cli, compiler, targets
from galc.cli.io import span_finder
from galc.diagnostics import Diagnostic, all_codes, render
from galc.ir import document as doc
from galc.ir import files
from galc.ir.features import POLICIES, Feature, all_features
from galc.semantics.trials import failures
from galc.targets import Level, Support, Target

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
Files = dict[Path, str]

_NOTICE = "<!-- Made by docs/generate.py. Don't edit. -->\n"
_SECTION = re.compile(r"(<!-- generated:(.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_REFERENCE = re.compile(r" \(language section [0-9.]+\)")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of Markdown; a `|` in a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


# ---------------------------------------------------------------------------------------------
# Fields


def _pattern(annotated: Any) -> str:
    return str(annotated.__metadata__[0].pattern)


#: What a text of a certain pattern is called.
_FORMS = {
    _pattern(doc.Duration): "duration",
    _pattern(doc.DurationOrZero): "duration",
    _pattern(doc.HeaderName): "header name",
    _pattern(doc.Method): "method",
    _pattern(doc.Name): "name",
    _pattern(doc.Scope): "scope",
    "^[^:]+$": "text without `:`",
    "^/": "path",
}


def constructs() -> dict[str, type[Struct]]:
    """The language's constructs by the name of their Struct."""
    found = {name: value for name, value in vars(doc).items() if isinstance(value, type)}
    found |= {kind.__name__: kind for kind in (files.Removal, files.ServiceRemoval)}
    return {name: value for name, value in found.items() if issubclass(value, doc._Node)}


def _words(kind: inspect.Type, *, many: bool = False) -> str:
    """A type in words, such as "list of header names"."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    plural = "s" if many else ""
    if isinstance(kind, inspect.UnionType):
        members = [_words(member) for member in kind.types if not _is_unset(member)]
        return " or ".join(dict.fromkeys(members))
    if isinstance(kind, inspect.VarTupleType):
        return f"list of {_words(kind.item_type, many=True)}"
    if isinstance(kind, inspect.DictType):
        return f"map of {_words(kind.key_type)} to {_words(kind.value_type)}"
    if isinstance(kind, inspect.LiteralType):
        return " | ".join(f"`{value}`" for value in kind.values)
    if isinstance(kind, inspect.StructType):
        return f"block{plural}"
    if isinstance(kind, inspect.BoolType):
        return "`true` | `false`"
    if isinstance(kind, inspect.IntType):
        return f"number{plural}" + _range(kind)
    if isinstance(kind, inspect.StrType):
        form = _FORMS.get(kind.pattern or "")
        return form + plural if form else "text"
    return "number" if isinstance(kind, inspect.FloatType) else "value"


def _is_unset(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.CustomType) and kind.cls is msgspec.UnsetType


def _range(kind: inspect.IntType) -> str:
    if kind.ge is None:
        return ""
    return f", {kind.ge}–{kind.le}" if kind.le is not None else f", at least {kind.ge}"


def _default(field: inspect.Field) -> str:
    if field.required:
        return "required"
    value = field.default
    if value is NODEFAULT and field.default_factory is not NODEFAULT:
        value = field.default_factory()
    if value in (NODEFAULT, UNSET, (), {}) or isinstance(value, Struct):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f'`"{value}"`' if isinstance(value, str) and value != value.strip() else f"`{value}`"


def _sentence(kind: inspect.Type) -> str:
    while isinstance(kind, inspect.Metadata):
        text = (kind.extra_json_schema or {}).get("description")
        if text:
            return str(text)
        kind = kind.type
    return ""


def fields_table(name: str) -> str:
    """The fields of a construct: name, type in words, default, sentence."""
    info = inspect.type_info(constructs()[name])
    assert isinstance(info, inspect.StructType)
    beside = inspect.type_info(files.OfDocument) if name == "Document" else None
    more = beside.fields if isinstance(beside, inspect.StructType) else ()
    inherited = doc.Policies.__struct_fields__ if name in ("Service", "Route", "Bundle") else ()
    rows = [
        (
            f"`{field.encode_name}`",
            _words(field.type),
            _default(field) or "–",
            _sentence(field.type),
        )
        for field in (*info.fields, *more)
        if field.name not in inherited
    ]
    return table(("field", "type", "default", "meaning"), rows)


# ---------------------------------------------------------------------------------------------
# The command line


def help_text(command: str) -> str:
    """What `galc COMMAND --help` prints, 80 columns wide."""
    runner = CliRunner()
    outcome = runner.invoke(cli.galc, [command, "--help"], prog_name="galc", terminal_width=80)
    assert outcome.exit_code == 0, outcome.output
    return f"```text\n{outcome.output}```\n"


def commands() -> list[str]:
    """The names of the commands."""
    return cli.galc.list_commands(cli.galc.make_context("galc", ["--help"], resilient_parsing=True))


def with_sections(path: Path) -> str:
    """A hand-written page with its marked sections made anew."""

    def made(match: re.Match[str]) -> str:
        kind, _, name = match[2].partition(" ")
        text = fields_table(name) if kind == "fields" else help_text(name)
        return f"{match[1]}{text}{match[3]}"

    return _SECTION.sub(made, path.read_text("utf-8"))


# ---------------------------------------------------------------------------------------------
# Targets

_LEVELS: tuple[tuple[Level, str], ...] = (
    ("native", "The gateway's own construct does exactly this."),
    ("emulated", "Composed of other constructs, with the same behaviour."),
    ("approximate", "Comes close; the sentence says how it differs. Using it is a warning."),
    ("unsupported", "Can't be done, or (“not yet”) isn't built yet. Using it is an error."),
)


def _groups() -> Iterator[tuple[str, list[Feature]]]:
    features = all_features().values()
    for root in ("global", "services", "upstream", "routes", *POLICIES):
        yield root, [f for f in features if re.split(r"[.=]", f.key)[0] == root]


def _meaning(feature: Feature) -> str:
    """The sentence of a feature; a value's key says already what the value is."""
    return "" if feature.doc == f"`{feature.key.partition('=')[2]}`." else feature.doc


def _answer(support: Support) -> str:
    level = "not yet" if support.todo else support.level
    text = f"**{level}**: {support.text}"
    if support.instead:
        text += f"; {support.instead}"
    return f"{text} *({support.case})*" if support.case else text


def targets_page() -> str:
    """The capability tables of all targets, side by side."""
    known = [targets.load(name) for name in targets.ALL]
    heads = tuple(target.title for target in known)
    counts = [Counter(support.level for support in target.support.values()) for target in known]
    rows = [
        (f"**{level}**", sentence, *(str(count[level]) for count in counts))
        for level, sentence in _LEVELS
    ]
    parts = [
        "# What each target can do\n",
        _NOTICE,
        "Each target answers for each feature of the language. galc reads the same table when it "
        "builds, so a feature that a target lacks is never dropped in silence. Behind an answer "
        "stands, in italics, the test that shows it on the real gateway.\n",
        table(("level", "what it means", *heads), rows),
        "A file is never built for a target that lacks something it uses, unless `--lossy` allows "
        "that; what protects a route is never left out. With `--strict` an approximate feature is "
        "an error.\n",
        _versions(known),
    ]
    for root, features in _groups():
        rows = [
            (
                f"`{f.key}`",
                "" if f.field else f.doc,
                *(_answer(target.support[f.key]) for target in known),
            )
            for f in features
        ]
        parts += [f"## {root}\n", table(("feature", "meaning", *heads), rows)]
    return "\n".join([*parts, *_together(known)])


def _versions(known: list[Target]) -> str:
    rows = [
        (target.title, target.versions, ", ".join(f"`{name}`" for name in target.artifacts))
        for target in known
    ]
    return table(("target", "versions", "files"), rows)


def _together(known: list[Target]) -> Iterator[str]:
    rows = [
        (target.title, f"`{condition.feature}`", _answer(condition.support))
        for target in known
        for condition in target.conditions
    ]
    if rows:
        yield "## Together\n"
        yield "Features that a target honours less well with another than each alone.\n"
        yield table(("target", "feature", "answer"), rows)


# ---------------------------------------------------------------------------------------------
# Diagnostics

_FAMILIES = {
    "0": "Reading and syntax",
    "1": "Fields and types",
    "2": "Names and references",
    "3": "Meaning",
    "4": "What a target can't do",
    "5": "Allowed, but seldom meant",
}


def _paragraph(text: str | None) -> str:
    return " ".join((text or "").split())


def rendered(diagnostic: type[Diagnostic]) -> str:
    """What galc shows for an example: the diagnostics of its code, those of its tests included."""
    texts, names = diagnostic.example_of(diagnostic.bad)
    checked = compiler.check_texts(texts, names)
    compiled = compiler.compile_texts(texts, names, diagnostic.example_target)
    everything = list(compiled.diagnostics)
    state = checked.state
    if checked.ok and state is not None and state.document is not None:
        assert state.gateway is not None
        everything += failures(state.document, state.gateway)
    found = [d for d in everything if d.code == diagnostic.code]
    return render.as_text(checked.source, found, span_finder(checked, found))


def code_page(code: str, diagnostic: type[Diagnostic]) -> str:
    """The page of one code: what it means, an example with what galc says of it, and the fix."""
    parts = [
        f"# {code}: {diagnostic.title}\n",
        _NOTICE,
        f"*{diagnostic.default_severity.capitalize()}.* {_paragraph(diagnostic.__doc__)}\n",
    ]
    if diagnostic.bad:
        over = " over=base.gal" if diagnostic.example_base else ""
        parts += [
            "## An example\n",
            *_other_files(diagnostic),
            f"```gal bad{over}\n{diagnostic.bad}```\n",
            "galc says:\n",
            f"```text\n{rendered(diagnostic)}```\n",
        ]
        parts += ["## The fix\n", f"```gal{over}\n{diagnostic.fix}```\n"]
    return "\n".join([*parts, "[All codes](README.md)\n"])


def _other_files(diagnostic: type[Diagnostic]) -> Iterator[str]:
    """The files that an example has beside itself, each with its name."""
    if diagnostic.example_base:
        yield "An overlay, over `base.gal`:\n"
        yield f"```gal file=base.gal\n{diagnostic.example_base}```\n"
    for name, text in diagnostic.example_files.items():
        yield f"With `{name}`:\n"
        yield f"```gal part file={name}\n{text}```\n"


def codes_index() -> str:
    """All codes, by family."""
    parts = [
        "# Diagnostic codes\n",
        _NOTICE,
        "Every finding of galc has a code. `galc explain CODE` prints the page of a code.\n",
    ]
    for digit, family in _FAMILIES.items():
        rows = [
            (f"[{code}]({code}.md)", d.title, d.default_severity)
            for code, d in all_codes().items()
            if code[3] == digit
        ]
        parts += [f"## GAL{digit}xxx: {family}\n", table(("code", "title", "severity"), rows)]
    return "\n".join(parts)


# ---------------------------------------------------------------------------------------------
# JSON Schema


def _or_reference(schema: dict[str, Any]) -> dict[str, Any]:
    """A field's schema that also takes a reference where it takes a scalar of some shape."""
    if "items" in schema:
        return {**schema, "items": _or_reference(schema["items"])}
    if isinstance(schema.get("additionalProperties"), dict):
        return {**schema, "additionalProperties": _or_reference(schema["additionalProperties"])}
    reference = {"$ref": "#/$defs/reference"}
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], reference]}
    takes_any_text = "enum" not in schema and schema.get("type") in (None, "string", "object")
    if takes_any_text and set(schema) <= {"type", *_ANNOTATIONS}:
        return schema
    shape = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
    rest = {key: value for key, value in schema.items() if key in _ANNOTATIONS}
    return {**rest, "anyOf": [shape, reference]}


_ANNOTATIONS = ("description", "default", "title")


#: What an overlay can't do without, by construct; `remove` may stand in all of these.
_OVERLAID = {"Document": ["version"], "Service": ["name"], "Route": [], "Bundle": [], "Global": []}


def json_schema(*, overlay: bool = False) -> str:
    """The JSON Schema of the YAML spelling, for editors; of gateway files, or of overlays."""
    schema: dict[str, Any] = msgspec.json.schema(doc.Document)
    beside: dict[str, Any] = msgspec.json.schema(files.OfDocument)
    of_file = beside["$defs"].pop("OfDocument")["properties"]
    whole = schema["$defs"]["Document"]
    whole["properties"]["include"] = of_file["include"]
    whole["required"] = ["version"]  # services may stand in other files
    if overlay:
        _make_overlay(schema, of_file, beside["$defs"])
    for construct in schema["$defs"].values():
        construct["description"] = _REFERENCE.sub("", construct["description"])
    version = schema["$defs"]["Document"]["properties"]["version"]
    del version["anyOf"]
    version["enum"] = ["1", "1.0", 1]
    for construct in schema["$defs"].values():
        for name, field in construct["properties"].items():
            construct["properties"][name] = _or_reference(field)
    schema["$defs"]["reference"] = {
        "description": "A value from elsewhere: `${var:NAME}` or `${env:NAME}`.",
        "type": "string",
        "pattern": r"\$\{(var|env):[^}]+\}",
    }
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "GAL 1 overlay" if overlay else "GAL 1 gateway file",
    }
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False) + "\n"


def _make_overlay(schema: dict[str, Any], of_file: dict[str, Any], more: dict[str, Any]) -> None:
    """Make a schema of gateway files one of overlays, whose parts needn't be whole."""
    of_service: dict[str, Any] = msgspec.json.schema(files.OfService)
    of_block: dict[str, Any] = msgspec.json.schema(files.OfBlock)
    schema["$defs"] |= {**more, "ServiceRemoval": of_service["$defs"]["ServiceRemoval"]}
    removals = {
        "Document": of_file,
        "Service": of_service["$defs"]["OfService"]["properties"],
    }
    block = of_block["$defs"]["OfBlock"]["properties"]
    for name, required in _OVERLAID.items():
        construct = schema["$defs"][name]
        construct["required"] = required
        construct["properties"]["remove"] = removals.get(name, block)["remove"]
    # They say where a list is what it is after the merging.
    for name, field in (("Document", "services"), ("Service", "routes")):
        schema["$defs"][name]["properties"][field].pop("minItems", None)


# ---------------------------------------------------------------------------------------------


def generated() -> Files:
    """Every file that this script makes, with its text."""
    made: Files = {DOCS / name: with_sections(DOCS / name) for name in ("language.md", "cli.md")}
    made[DOCS / "targets.md"] = targets_page()
    made[DOCS / "codes" / "README.md"] = codes_index()
    for code, diagnostic in all_codes().items():
        made[DOCS / "codes" / f"{code}.md"] = code_page(code, diagnostic)
    made[ROOT / "grammar" / "gal.schema.json"] = json_schema()
    made[ROOT / "grammar" / "gal-overlay.schema.json"] = json_schema(overlay=True)
    return made


def main() -> int:
    """Write what has changed, or with `--check` name it."""
    check = sys.argv[1:] == ["--check"]
    made = generated()
    stale = [path for path in (DOCS / "codes").glob("*.md") if path not in made]
    changed = [
        path for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text
    ]
    for path in (*changed, *stale):
        print(path.relative_to(ROOT))
    if not check:
        for path in stale:
            path.unlink()
        for path in changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[path], "utf-8", newline="\n")
    return 1 if check and (changed or stale) else 0


if __name__ == "__main__":
    sys.exit(main())
