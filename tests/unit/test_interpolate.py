"""References in scalars, and the options that say what they stand for."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from galc import targets
from galc.cli import galc
from galc.cli.io import SpanFinder
from galc.compiler import Checked, build, check
from galc.diagnostics import Diagnostic, render
from galc.diagnostics.fixing import mend
from galc.frontend.printer import print_gal, print_yaml
from galc.frontend.source import Place, Source
from galc.passes.interpolate import interpolate
from galc.passes.variables import Given, pieces

texts = st.text("a${}:env", max_size=12)
trees = st.dictionaries(
    texts,
    st.recursive(
        texts | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    ),
)


def resolved(tree: Any, given_: Given | None = None) -> tuple[Any, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return interpolate(tree, given_ or Given(), found.append).tree, found


@given(trees)
def test_a_tree_keeps_its_shape(tree: Any) -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else type(value)

    assert shape(resolved(tree)[0]) == shape(tree)


@given(trees)
def test_what_has_no_dollar_stays(tree: Any) -> None:
    if "${" not in repr(tree):
        assert resolved(tree)[0] == tree


@given(st.text("a$:{}", max_size=12))
def test_an_escaped_text_comes_back(text: str) -> None:
    escaped = text.replace("${", "$${")
    assert "".join(str(piece) for piece in pieces(escaped)) == text


def test_escapes_and_references() -> None:
    tree = {"a": ["$${env:X}", "${env:X:-y}", "b${var:Y}"], "c": {"d": "${HOME} $x $$"}}
    result, found = resolved(tree)
    assert result["a"][0] == "${env:X}"
    assert result["c"] == {"d": "${HOME} $x $$"}
    assert [d.place for d in found] == [Place(("a", 1)), Place(("a", 2))]
    assert [d.code for d in found] == ["GAL2013", "GAL2010"]


def test_variables_refer_to_each_other_and_keep_their_types() -> None:
    tree = {
        "vars": {"port": 8080, "host": "${var:name}.internal", "name": "a${var:port}", "on": True},
        "global": {"port": "${var:port}", "host": "${var:host}"},
        "x": ["${var:on}", "${var:on}-${var:port}"],
    }
    result, found = resolved(tree)
    assert found == []
    assert result["global"] == {"port": 8080, "host": "a8080.internal"}
    assert result["x"] == [True, "true-8080"]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("global", "port"), "9000", 9000),
        (("global", "host"), 9000, "9000"),
        (("global", "timeout"), "30s", "30s"),
        (("services", 0, "routes", 0, "strip_prefix"), "true", True),
        (("services", 0, "routes", 0, "strip_prefix"), "yes", "yes"),
        (("services", 0, "cors", "max_age"), "60", "60"),
        (("services", 0, "headers", "request_set", "X-A"), True, "true"),
        (("services", 0, "transformation", "defaults", "n"), 5, 5),
        (("services", 0, "transformation", "defaults", "n"), "5", "5"),
        (("policies", "a", "rate_limit", "burst"), "5", 5),
        (("not", "there"), 5, 5),
    ],
)
def test_a_variable_takes_the_type_of_the_field(
    path: tuple[str | int, ...], value: Any, expected: Any
) -> None:
    tree: Any = "${var:x}"
    for step in reversed(path):
        tree = [tree] if isinstance(step, int) else {step: tree}
    result, _ = resolved({**tree, "vars": {"x": value}})
    for step in path:
        result = result[step]
    assert (result, type(result)) == (expected, type(expected))


def test_the_environment_takes_the_type_of_the_field() -> None:
    environment = {"P": "9000", "H": ""}
    result, found = resolved(
        {"global": {"port": "${env:P}", "host": "${env:H:-::1}", "timeout": "${env:N}"}},
        Given(environment=environment),
    )
    assert (result["global"]["port"], result["global"]["host"]) == (9000, "::1")
    assert [d.message() for d in found] == ["the environment variable `N` isn't set"]


def test_values_from_outside_win_and_are_taken_as_they_are() -> None:
    tree = {"vars": {"a": "${var:b}", "b": 1}, "x": ["${var:a}", "${var:c}"]}
    result, found = resolved(tree, Given({"a": "${var:b}", "c": 3}))
    assert result["x"] == ["${var:b}", 3]
    assert found == []


def test_what_grows_without_bound_is_an_error() -> None:
    names = [f"v{n}" for n in range(40)]
    doubled = {a: f"${{var:{b}}}${{var:{b}}}" for a, b in pairwise(names)}
    _, found = resolved({"vars": {**doubled, names[-1]: "x" * 100}, "y": "${var:v0}"})
    assert [d.code for d in found] == ["GAL0002"]


def test_a_long_chain_is_no_recursion() -> None:
    chain = {f"v{n}": f"${{var:v{n + 1}}}" for n in range(5000)}
    result, found = resolved({"vars": {**chain, "v5000": "end"}, "x": "${var:v0}"})
    assert (result["x"], found) == ("end", [])


# --- a file with variables is the file that writes the values

_FILE = {
    "version": 1,
    "global": {"port": 8080, "timeout": "7s"},
    "services": [
        {
            "name": "users",
            "upstream": {"host": "users.internal", "port": 80},
            "rate_limit": {"requests_per_second": 5, "key_type": "ip_address"},
            "routes": [
                {
                    "path_prefix": "/users",
                    "strip_prefix": True,
                    "methods": ["GET", "POST"],
                    "headers": {"request_set": {"X-A": "5", "X-B": "a ${x} b"}},
                }
            ],
        }
    ],
}


def _with_variables(value: Any, chosen: set[int], found: dict[str, Any], count: list[int]) -> Any:
    if isinstance(value, dict):
        return {k: _with_variables(v, chosen, found, count) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_variables(item, chosen, found, count) for item in value]
    count[0] += 1
    if count[0] not in chosen:
        return value.replace("${", "$${") if isinstance(value, str) else value
    name = f"v{count[0]}"
    found[name] = value.replace("${", "$${") if isinstance(value, str) else value
    return f"${{var:{name}}}"


@settings(max_examples=40)
@given(st.sets(st.integers(1, 14)))
def test_a_file_with_variables_is_the_file_with_their_values(chosen: set[int]) -> None:
    variables: dict[str, Any] = {}
    tree = _with_variables(_FILE, chosen, variables, [0])
    plain = _with_variables(_FILE, set(), {}, [0])
    tree = {"version": tree["version"], "vars": variables, **tree}
    expected = check(Source("in.yaml", print_yaml(plain), "yaml"))
    yaml = check(Source("in.yaml", print_yaml(tree), "yaml"))
    gal = check(Source("in.gal", print_gal(tree), "gal"))
    assert yaml.ok and gal.ok and expected.ok
    for name in targets.ALL:
        target = targets.load(name)
        artifacts = build(expected, target).artifacts
        assert artifacts
        assert build(yaml, target).artifacts == artifacts
        assert build(gal, target).artifacts == artifacts


# --- what comes from the environment isn't shown

_SECRET = "hunter2-Hunter2-hunter2"
_SERVICE = "service s {\n  upstream s.internal:80\n  route /a {\n%s\n  }\n}\n"


def _checked(line: str, **environment: str) -> Checked:
    text = "version 1\n" + _SERVICE % line
    return check(Source("in.gal", text, "gal"), given=Given(environment=environment))


@pytest.mark.parametrize(
    "line",
    [
        "timeout ${env:S}",
        'methods "${env:S}"',
        'rate_limit { requests_per_second "${env:S}" }',
        'strip_prefix "${env:S}"',
        'hosts "${env:S}/x"',
        'cors { allowed_origins "${env:S}" }',
        'headers { request_set Host "${env:S}" ; request_set X-A "{{${env:S}}}" }',
        'authentication jwt { jwks_uri "http://${env:S}.example.com/x" }',
        'authentication jwt { jwks_uri "${env:S}" }',
        'authentication basic { user ann password_hash="${env:S}" }',
        'authentication "${env:S}" {}',
        'authentication basic { user ann password="${env:S}" ; user ann password="${env:S}" }',
        'name "${env:S} x"',
    ],
)
def test_diagnostics_show_the_reference(line: str) -> None:
    result = _checked(line, S=_SECRET)
    found = result.diagnostics
    assert found
    for target in targets.ALL:
        found += build(result, targets.load(target)).diagnostics
    for diagnostic in found:
        parts = [diagnostic.message(), diagnostic.help(), diagnostic.label()]
        parts += [text for _, text in diagnostic.related()]
        parts += [repr(diagnostic), repr(diagnostic.edits())]
        assert "hunter2" not in " ".join(filter(None, parts)).lower()


def test_long_and_numeric_values_are_hidden_too() -> None:
    (long,) = _checked("timeout ${env:S}", S="s3cret" * 30).diagnostics
    assert "s3cret" not in long.message()
    text = "version 1\nglobal { port ${env:S} }\n" + _SERVICE % ""
    given_ = Given(environment={"S": "123456"})
    (number,) = check(Source("in.gal", text, "gal"), given=given_).diagnostics
    assert number.message() == "`port` must be between 1 and 65535, not ${env:S}"


def test_a_default_is_no_secret() -> None:
    (shown,) = _checked("timeout ${env:S:-fast}", T="x").diagnostics
    assert "`fast`" in shown.message()


def test_a_fix_does_not_replace_a_reference() -> None:
    text = "version 1\nvars { on yes }\n" + _SERVICE % 'strip_prefix "${var:on}"'
    source = Source("in.gal", text, "gal")
    mended, count = mend(source, check, lambda checked: checked.diagnostics)
    assert (mended.text, count) == (text, 0)


def _secret(text: str, given_: Given | None = None) -> list[Diagnostic]:
    source = "version 1\n" + _SERVICE % f'authentication api_key {{ key "{text}" }}'
    return list(check(Source("in.gal", source, "gal"), given=given_).diagnostics)


@pytest.mark.parametrize("text", ["${env:K}-x", "x${env:K}", "${env:K:-x}", "${env:K}${env:K}"])
def test_a_reference_is_the_whole_of_a_secret(text: str) -> None:
    found = _secret(text)[0]
    assert "`key` needs the environment variable `K`" in found.message()
    assert "write `${env:K}` and nothing else" in (found.help() or "")
    assert not _secret(text, Given({}, {"K": "value"}))


def test_a_secret_may_be_a_reference() -> None:
    assert not _secret("${env:K}")
    assert not _secret("${env:K}", Given({}, {"K": "value"}))
    (unset,) = _secret("${env:K}", Given({}, {}))
    assert unset.code == "GAL2014"
    assert _secret("${env:}")[0].code == "GAL2012"


def test_a_variable_may_stand_for_a_reference_in_secrets_only() -> None:
    text = 'version 1\nvars { a "${var:b}" ; b "${env:K}" }\n' + _SERVICE
    key = 'authentication api_key { key "${var:a}" }'
    assert not check(Source("in.gal", text % key, "gal")).diagnostics
    other = key + '\n  headers { request_set X-A "${var:a}" }'
    (found,) = check(Source("in.gal", text % other, "gal")).diagnostics
    assert "`X-A` needs the environment variable `K`" in found.message()


def test_an_escaped_reference_is_text_however_it_is_spelled() -> None:
    for spelled in ("$${env:K}", "${var:v}"):
        text = "version: 1\nvars: {v: '$${env:K}', w: '${var:v}'}\nservices:\n" + (
            "- {name: s, upstream: {host: h, port: 1}, routes: [{path: /, authentication: {type: "
            f"api_key, api_key: {{keys: [{{key: '{spelled}'}}]}}}}}}]}}\n"
        )
        state = check(Source("in.yaml", text, "yaml")).state
        assert state is not None and state.gateway is not None
        (route,) = state.gateway.routes
        assert route.authentication is not None
        assert [key.key for key in route.authentication.scheme.keys] == ["${env:K}"]  # type: ignore[union-attr]


@pytest.mark.parametrize("dollar", ["\\x24{", "\\u0024{", "\\U00000024{", "$\\x7b", "$\\\n    {"])
def test_a_reference_may_be_spelled_with_escapes(dollar: str) -> None:
    reference = f'"{dollar}env:K}}"'
    text = "version: 1\nservices:\n- name: s\n  upstream: {host: h, port: 1}\n  routes:\n" + (
        "  - path: /\n    authentication:\n      type: api_key\n      api_key:\n        keys:\n"
        f"        - key: {reference}\n    headers: {{request_set: {{X-A: {reference}}}}}\n"
    )
    (found,) = check(Source("in.yaml", text, "yaml")).diagnostics
    assert found.code == "GAL2013" and "`X-A`" in found.message()


# --- the command line

_PORTS = "version 1\nvars { port 8080 }\nglobal { port ${var:port} }\n" + _SERVICE % ""


def run(tmp_path: Path, *arguments: str, text: str = _PORTS, **environment: str) -> Result:
    (tmp_path / "in.gal").write_text(text, "utf-8")
    command, *rest = arguments
    given_ = [command, str(tmp_path / "in.gal"), *rest]
    return CliRunner().invoke(galc, given_, env={"NO_COLOR": "1", **environment})


_BUILD = ("build", "-t", "envoy", "-o", "-")


def test_the_later_one_wins(tmp_path: Path) -> None:
    (tmp_path / "vars.yaml").write_text("port: 7001\nelsewhere: 1\n", "utf-8")
    (tmp_path / "more.yaml").write_text("port: 7002\n", "utf-8")
    files = ("--vars-file", str(tmp_path / "vars.yaml"))
    both = (*files, "--vars-file", str(tmp_path / "more.yaml"))
    for options, port in (
        ((), 8080),
        (files, 7001),
        (both, 7002),
        ((*both, "--var", "port=7003"), 7003),
    ):
        result = run(tmp_path, *_BUILD, *options)
        assert result.exit_code == 0, result.stderr
        assert f"port_value: {port}" in result.stdout


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--var", "prot=1"), 2, "no variable is called that; did you mean `port`?"),
        (("--var", "port"), 2, "`--var port` isn't NAME=VALUE"),
        (("--var", "port=\udcff"), 2, "a `--var` isn't UTF-8"),
        (("--var", "port=x"), 1, "takes a whole number, not the text `x`"),
        (("--vars-file", "missing.yaml"), 2, "can't read missing.yaml"),
    ],
)
def test_wrong_values(options: tuple[str, ...], status: int, words: str, tmp_path: Path) -> None:
    result = run(tmp_path, *_BUILD, *options)
    assert result.exit_code == status
    assert words in result.stderr


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("port: [1]\n", 2, "the variable `port` takes a text, a number or a truth value"),
        ("- 1\n", 1, "vars.yaml"),
        ("port: 1\nport: 2\n", 1, "GAL0004"),
    ],
)
def test_wrong_files_of_values(text: str, status: int, words: str, tmp_path: Path) -> None:
    file = tmp_path / "vars.yaml"
    file.write_text(text, "utf-8")
    result = run(tmp_path, *_BUILD, "--vars-file", str(file))
    assert result.exit_code == status
    assert words in result.stderr


@pytest.mark.parametrize("command", ["build", "check", "trace", "test", "diff"])
def test_each_command_takes_values(command: str, tmp_path: Path) -> None:
    text = _PORTS.replace("8080 }", '8080 ; host "${env:H}" }').replace("s.internal", "${var:host}")
    more = {"build": _BUILD[1:], "trace": ("GET /a",), "diff": (str(tmp_path / "in.gal"),)}
    arguments = (command, *more.get(command, ()), "--var", "port=7003")
    refused = run(tmp_path, *arguments, text=text, H="h.internal")
    assert refused.exit_code == (2 if command == "diff" else 1)
    assert "`H`, which is read only with `--resolve-env`" in refused.stderr
    taken = run(tmp_path, *arguments, "--resolve-env", text=text, H="h.internal")
    assert taken.exit_code == 0, taken.output
    typo = run(tmp_path, *arguments[:-1], "prt=1", "--resolve-env", text=text, H="h.internal")
    assert typo.exit_code == 2
    assert "did you mean `port`?" in typo.stderr


def test_a_file_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    result = run(tmp_path, *_BUILD, "--var", "port=1", text="version 1 }")
    assert result.exit_code == 1
    assert "GAL0" in result.stderr


def test_the_source_is_shown_not_the_value() -> None:
    result = _checked("timeout ${env:S}", S=_SECRET)
    text = render.as_text(result.source, result.diagnostics, SpanFinder(result, needs_marks=True))
    assert "${env:S}" in text and "hunter2" not in text
