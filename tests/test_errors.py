"""What is wrong with a file is said once, at its place, soon, and nothing is built."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from syrupy.assertion import SnapshotAssertion

from galc.cli import galc

from . import corpus
from .corpus import BAD, DIAGNOSTICS, Case, built, shown

#: Seconds. Each takes a hundredth of it; the bound is for busy machines.
_SOON = 3.0

each_case = pytest.mark.parametrize("case", BAD, ids=lambda case: case.id.partition("/")[2])


@each_case
def test_the_mistakes_are_shown(case: Case, snapshot: SnapshotAssertion) -> None:
    start = time.perf_counter()
    checked = corpus.checked(case.source, case.texts)
    text = shown(checked, checked.diagnostics)
    assert time.perf_counter() - start < _SOON
    assert not checked.ok
    assert text == snapshot(name=f"{case.id}/{DIAGNOSTICS}")


@each_case
def test_no_target_builds(case: Case) -> None:
    assert not any(compilation.ok for compilation in built(case).compilations.values())


def test_a_target_does_not_refuse_what_is_no_hash_at_all() -> None:
    case = next(case for case in BAD if case.id.endswith("/hashes-that-are-none"))
    refused = [getattr(d, "feature", "") for d in built(case).diagnostics]
    assert not any("password_hash" in feature for feature in refused)


@each_case
def test_a_mistake_is_said_once(case: Case) -> None:
    found = [(d.place, d.message()) for d in built(case).checked.diagnostics]
    assert len(set(found)) == len(found)


FIFTEEN = [case for case in BAD if "/fifteen-" in case.id]


@pytest.mark.parametrize("case", FIFTEEN, ids=lambda case: case.id.partition("/")[2])
def test_fifteen_mistakes_are_fifteen_errors(case: Case) -> None:
    severities = [d.severity for d in built(case).checked.diagnostics]
    assert severities == ["error"] * 15


def test_fifteen_mistakes_are_told_in_both_spellings() -> None:
    assert {case.source.spelling for case in FIFTEEN} == {"gal", "yaml"}


def _valid(extra: str) -> str:
    return (
        "version: 1\nservices:\n- name: users\n  upstream: {host: users.internal, port: 8080}\n"
        f"  routes: [{{path: /users}}]\n{extra}"
    )


#: What can't lie in a repository: name → ending, bytes, and what the message says.
INPUTS: dict[str, tuple[str, bytes, str]] = {
    "bytes-that-are-not-utf-8": (".yaml", _valid("# caf\xe9\n").encode("latin-1"), "isn't UTF-8"),
    "gal-that-is-not-utf-8": (".gal", b"version 1\n# caf\xe9\n", "isn't UTF-8"),
    "utf-16": (".yaml", _valid("").encode("utf-16"), "isn't UTF-8"),
    "a-file-of-50-megabytes": (".yaml", b"# " + b"x" * (50 * 1024 * 1024), "the limit is 48 MiB"),
    "an-empty-file": (".yaml", b"", "no content"),
    "an-empty-gal-file": (".gal", b"", "no content"),
    "white-space": (".gal", b" \r\n\t\n", "no content"),
    "a-byte-order-mark-alone": (".yaml", b"\xef\xbb\xbf", "no content"),
    "a-nul-in-yaml": (".yaml", _valid("provider: a\0b\n").encode(), "control characters"),
    "a-nul-in-gal": (".gal", b"version 1\nprovider a\0b\n", "a NUL"),
    "a-bell-in-gal": (".gal", b'version 1\nprovider "a\x07b"\n', "U+0007"),
    "yaml-10000-levels-deep": (".yaml", b"a: " + b"[" * 10_000, "64 levels"),
    "yaml-mappings-10000-levels-deep": (".yaml", b"{a: " * 10_000, "64 levels"),
    "gal-10000-levels-deep": (".gal", b"service a { " * 10_000, "64 levels"),
    "closed-gal-10000-levels-deep": (".gal", b"a { " * 10_000 + b"} " * 10_000, "64 levels"),
    "a-quote-without-end-in-a-megabyte": (".gal", b'version "' + b"x" * 1_000_000, "has no end"),
    "a-megabyte-of-braces": (".gal", b"}" * 1_000_000, "`}`"),
    "a-number-of-a-megabyte": (
        ".yaml",
        b"version: " + b"9" * 1_000_000 + b"\nservices: []\n",
        "a list of at least one",
    ),
    "five-thousand-unknown-keys": (
        ".yaml",
        "".join(f"key{n}: 1\n" for n in range(5_000)).encode(),
        "isn't a field",
    ),
    "a-regex-that-is-nested-deeply": (
        ".yaml",
        _valid("").replace("path: /users", f"path_regex: '{'(' * 450}a{')' * 450}'").encode(),
        "nested too deeply",
    ),
    "a-long-regex": (
        ".yaml",
        _valid("").replace("path: /users", f"path_regex: /{'a' * 2000}").encode(),
        "longer than 1000 characters",
    ),
    "regexes-that-explode-when-compared": (
        ".yaml",
        _valid("")
        .replace(
            "{path: /users}",
            "{path_regex: '/((a|aa){1,60}){1,9}x'}, {path_regex: '/((a|ab){1,60}){1,9}y'}",
        )
        .encode()
        + b"x: 1\n",
        "`x` isn't a field",
    ),
}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs_that_can_not_be_kept(name: str, tmp_path: Path) -> None:
    ending, data, words = INPUTS[name]
    file = tmp_path / f"in{ending}"
    file.write_bytes(data)
    output = tmp_path / "build"
    start = time.perf_counter()
    result = CliRunner().invoke(galc, ["build", str(file), "-t", "envoy", "-o", str(output)])
    took = time.perf_counter() - start
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.exit_code == 1, result.output
    assert words in result.stderr
    assert not result.stdout
    assert not output.exists()
    assert took < _SOON


@each_case
def test_the_command_ends_with_1_and_writes_nothing(case: Case, tmp_path: Path) -> None:
    for name, text in case.texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    file = tmp_path / case.file
    overlays = [f"--overlay={tmp_path / name}" for name in case.texts if "overlay." in name]
    output = tmp_path / "build"
    result = CliRunner().invoke(
        galc, ["build", str(file), "-t", "all", "-o", str(output), *overlays]
    )
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.exit_code == 1, result.output
    assert not result.stdout
    assert not output.exists()
