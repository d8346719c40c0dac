"""Every diagnostic's own example raises it, and the mended example doesn't."""

import re

import pytest

from galc import targets
from galc.compiler import check_texts, compile_texts
from galc.diagnostics import Diagnostic, all_codes
from galc.frontend.source import Place, Span
from galc.semantics.trials import failures

ALL = all_codes()
#: Thousands of the codes, by the module or package that defines them.
THOUSANDS = {
    "reading": "0",
    "fields": "1",
    "names": "2",
    "files": "2",
    "meaning": "3",
    "trials": "3",
    "targets": "4",
    "lint": "5",
    "suppression": "5",
}
#: Codes without an example of their own, and why.
WITHOUT_EXAMPLE = {
    "GAL2014": "raised with `--resolve-env` only",
    "GAL0001": "an example is a text, and a text can't hold what isn't UTF-8",
    "GAL0002": "an example that is too large would be too large",
    "GAL0007": "several documents are YAML, and examples are .gal",
    "GAL0009": "tags and merge keys are YAML, and examples are .gal",
    "GAL0010": "no .gal file is a list or a single value",
    "GAL0012": "raised by `--document` only",
    "GAL1019": "`plugins` is a list of blocks, which .gal writes as JSON only",
    "GAL4003": "raised with `--lossy` only",
    "GAL4004": "comes with the warning about the policy that has the default",
    "GAL4005": "the values that a target refuses are rare and its own",
}
#: What an example raises besides its own code, and why it can't be told without.
COMPANIONS = {
    "GAL4002": ({"GAL4004"}, "a breaker is approximate, and so is what it leaves to a default"),
    "GAL3007": ({"GAL5006"}, "a target with the weight 0 is noted by itself"),
    "GAL1018": ({"GAL4002", "GAL4004"}, "the example's breaker is approximate on Envoy"),
    "GAL5060": ({"GAL4004"}, "what Envoy waits between attempts is a default of the example's"),
    "GAL5062": ({"GAL4002", "GAL4004"}, "some conditions of retries are approximate on Envoy"),
    "GAL5061": ({"GAL4002", "GAL4004"}, "the example's breaker is approximate on Envoy"),
    "GAL5003": ({"GAL4002", "GAL4004"}, "the example's breaker is approximate on Envoy"),
}

each = pytest.mark.parametrize("kind", ALL.values(), ids=ALL)
examples = [kind for kind in ALL.values() if kind.bad]
each_example = pytest.mark.parametrize("kind", examples, ids=lambda kind: kind.code)


def _found(kind: type[Diagnostic], text: str) -> list[Diagnostic]:
    """What galc says of an example: of the file, of the target, and of the tests in the file."""
    texts, names = kind.example_of(text)
    compiled = compile_texts(texts, names, kind.example_target).diagnostics
    checked = check_texts(texts, names)
    if not checked.ok:
        return list(compiled)
    state = checked.state
    assert state is not None and state.document is not None and state.gateway is not None
    return [*compiled, *failures(state.document, state.gateway)]


@each
def test_a_code_is_explained(kind: type[Diagnostic]) -> None:
    assert re.fullmatch(r"GAL\d{4}", kind.code)
    assert kind.code[3] == THOUSANDS[kind.__module__.split(".")[2]]
    assert (
        kind.title
        and not kind.title.endswith(".")
        and kind.title[0].islower() | (kind.title.split()[0].isupper())
    )
    assert kind.__doc__ and kind.__doc__.strip().endswith(".")
    assert kind.default_severity in ("error", "warning", "note")
    assert kind.example_target in targets.ALL


@each
def test_a_code_has_an_example_or_a_reason(kind: type[Diagnostic]) -> None:
    assert bool(kind.bad) == bool(kind.fix)
    assert bool(kind.bad) != (kind.code in WITHOUT_EXAMPLE)


def test_codes_and_titles_are_unique() -> None:
    assert len({kind.title for kind in ALL.values()}) == len(ALL)
    assert set(WITHOUT_EXAMPLE) <= set(ALL)
    assert set(COMPANIONS) <= set(ALL)


@each_example
def test_the_bad_example_raises_exactly_its_code(kind: type[Diagnostic]) -> None:
    found = _found(kind, kind.bad)
    companions, _ = COMPANIONS.get(kind.code, (set(), ""))
    assert {d.code for d in found} == {kind.code} | companions
    assert [d.code for d in found].count(kind.code) == 1
    mine = next(d for d in found if d.code == kind.code)
    assert mine.severity == kind.default_severity


@each_example
def test_the_fix_is_clean(kind: type[Diagnostic]) -> None:
    companions, _ = COMPANIONS.get(kind.code, (set(), ""))
    assert {d.code for d in _found(kind, kind.fix)} <= companions - {kind.code}
    assert compile_texts(*kind.example_of(kind.fix), kind.example_target).ok


@each_example
def test_a_message_is_one_sentence(kind: type[Diagnostic]) -> None:
    for diagnostic in _found(kind, kind.bad):
        message = diagnostic.message()
        assert message and "\n" not in message and not message.endswith(".")
        help_text = diagnostic.help()
        assert help_text is None or ("\n" not in help_text and help_text.strip() == help_text != "")
        for place, label in diagnostic.related():
            assert isinstance(place, Place | Span) and label


def test_the_base_class_says_nothing() -> None:
    with pytest.raises(NotImplementedError):
        Diagnostic(Place(())).message()
