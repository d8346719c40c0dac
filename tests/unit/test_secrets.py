"""No secret is ever shown, and a file that holds one is its owner's."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from galc import targets
from galc.cli import galc
from galc.cli.build import _STAGES as STAGES
from galc.compiler import Compilation, check, compile_text, known_secrets
from galc.diagnostics.formats import FORMATS
from galc.frontend.reading import recover
from galc.frontend.source import Source
from galc.ir import document as doc
from galc.ir.secrets import is_secret, literal, owner_of, reference, secret_fields, spelled
from galc.printers.yaml import print_yaml
from galc.secrecy.places import secret_places
from galc.targets.traefik import environment
from tests.corpus import GOOD

#: Whatever begins so is a secret, in the texts below and in the environment.
_MARK = re.compile(r"zq[a-z]*-?[A-Za-z0-9]{6,}|enEtc", re.IGNORECASE)
_ENV = {
    "KEY": "zqenv-4f1c0a9e",
    "PASS": "zqenv-9b27d3e5",
    "SECRET": "zqenv-c7720b1e",
    "SHORT": "zq1",
}
_SHA = "{SHA}zqhash1AbCdEfGhIjKlMnOpQrSt="

#: Each secret field, literal and from the environment, by way of a variable, in both spellings, and
#: elsewhere in the file again.
_SOUND = """\
version 1
vars { partner "zqvar-77e0c4d2" ; outside "${env:KEY}" }
policy keyed {
  authentication api_key {
    key zqlit-51f09d2c name=ann
    key "zqesc\\\\-0d9e4b77" name=bob
    key "${env:KEY}" name=cid
    key "${var:partner}" name=dan
  }
  headers {
    request_set { Authorization "Bearer zqlit-header99" ; X-Copy "a zqlit-51f09d2c b" }
  }
}
service users {
  upstream users.internal:8080
  route /keys/* { use keyed }
  route /users/* GET {
    authentication basic {
      user ann password=zqlit-pass1234
      user bob password="${env:PASS}"
      user cid password_hash="HASH"
    }
  }
}
""".replace("HASH", _SHA)
_OAUTH = """\
version: 1
services:
  - name: s
    upstream: {host: h.internal, port: 80}
    routes:
      - path_prefix: /lit
        authentication: &a
          type: oauth2
          oauth2: {introspection_endpoint: "https://h.example.com/i", client_id: c,
                   client_secret: "zqlit-client12"}
      - path_prefix: /env
        authentication:
          type: oauth2
          oauth2: {introspection_endpoint: "https://h.example.com/i", client_id: c,
                   client_secret: "${env:SECRET}"}
"""
_OLDER = """\
version: "1.0"
services:
  - name: s
    upstream: {host: h.internal, port: 80}
    routes:
      - path_prefix: /keys
        authentication: {type: api_key, api_key: {keys: [zqlit-older111, "${env:KEY}"]}}
      - path_prefix: /users
        authentication:
          {type: basic, basic_auth: {users: {ann: zqlit-older222, bob: "${env:PASS}"}}}
"""
_MISTAKES = (
    # a mistake in each secret field, and around it
    _SOUND.replace("password=zqlit", "pasword=zqlit"),
    _SOUND.replace("password=zqlit", "passwrd=zqlit"),
    _SOUND.replace("password_hash=", "hash="),
    _SOUND.replace("HASH", "zqlit-nohash1"),
    _SOUND.replace(_SHA, "zqlit-nohash1"),
    _SOUND.replace("key zqlit", "kye zqlit"),
    _SOUND.replace("key zqlit-51f09d2c", "key zqlit-51f09d2c zqlit-51f09d2c"),
    _SOUND.replace("authentication basic", "authentification basic"),
    _SOUND.replace("authentication basic", "authentication basci"),
    _SOUND.replace("user ann password=zqlit-pass1234", "user ann password=zqlit-pass1234 x=1"),
    _SOUND.replace("user bob password", "user ann password"),
    _SOUND.replace('"${env:KEY}" name=cid', "zqlit-51f09d2c name=cid"),
    _SOUND.replace('"${env:KEY}" name=cid', '"zqlit-${env:KEY}" name=cid'),
    _SOUND.replace('"${env:KEY}" name=cid', '"${env:KEY:-zqlit-default1}" name=cid'),
    _SOUND.replace("name=ann", "name=ann } } } } {"),
    _SOUND.replace("password=zqlit-pass1234", 'password="zqlit-pass1234'),
    _SOUND.replace("users.internal:8080", "users.internal:zqlit-51f09d2c"),
    _SOUND.replace("/keys/*", "zqlit-51f09d2c/*"),
    _OAUTH.replace('"zqlit-client12"', "[zqlit-client12]"),
    _OAUTH.replace('"zqlit-client12"', "{a: zqlit-client12}"),
    _OAUTH.replace("client_secret", "client_sceret"),
    _OAUTH.replace('"zqlit-client12"', '"zqlit-client12'),
    _OAUTH.replace("client_id: c,", "client_id c,"),
    _OLDER.replace("basic_auth", "basic_aut"),
    _OLDER.replace("keys: [", "kyes: ["),
    _OLDER.replace("]}}", "]}"),
    _OLDER.replace("ann: zqlit-older222", "ann: [zqlit-older222]"),
    _OLDER.replace("older111,", "older111 zqlit-older111,,"),
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, **given: str) -> Result:
    result = CliRunner().invoke(galc, arguments, env=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def _assert_hidden(*arguments: str, resolve: bool = True) -> Result:
    result = run(*arguments, *(["--resolve-env"] if resolve else []), **_ENV)
    shown = result.stdout + result.stderr
    assert not _MARK.findall(shown), f"{arguments}\n{shown}"
    assert "Usage:" not in shown, shown
    return result


def _written(text: str, name: str = "in") -> str:
    file = Path(f"{name}.gal" if text.startswith("version 1") else f"{name}.yaml")
    file.write_text(text, "utf-8")
    return str(file)


@pytest.mark.parametrize("text", [_SOUND, _OAUTH, _OLDER])
def test_the_texts_are_sound(text: str) -> None:
    assert run("check", _written(text)).exit_code == 0
    assert run("check", _written(text), "--resolve-env", **_ENV).exit_code == 0


def test_the_secret_fields_are_those_of_the_language() -> None:
    assert secret_fields() == {
        doc.BasicUser: {"password", "password_hash"},
        doc.ApiKey: {"key"},
        doc.OAuth2: {"client_secret"},
    }


def test_a_secret_is_spelled_and_read_again() -> None:
    for text in ("a", "${env:A}", "$${env:A}", "$$${", "${", "${env:A} "):
        assert literal(spelled(text)) == text
        assert reference(spelled(text)) is None
    assert reference("${env:A_1}") == "A_1"
    assert reference("${env:A:-x}") is None


def test_what_is_secret_is_found_by_its_place() -> None:
    policy = ("services", 0, "routes", 1, "authentication")
    assert is_secret((*policy, "basic", "users", 0, "password"))
    assert is_secret(("policies", "p", "authentication", "api_key", "keys", 3, "key"))
    assert is_secret((*policy, "basic_auth", "users", "ann"))
    assert is_secret((*policy, "api_key", "keys", 0))
    assert not is_secret((*policy, "api_key", "keys", 0, "name"))
    assert not is_secret(("vars", "key"))
    assert owner_of((*policy, "basic", "users", 0, "passwrd")) is doc.BasicUser


@pytest.mark.parametrize("resolve", [True, False])
@pytest.mark.parametrize("text", [_SOUND, _OAUTH, _OLDER, *_MISTAKES])
@pytest.mark.parametrize("form", FORMATS)
def test_check_shows_no_secret(form: str, text: str, resolve: bool) -> None:
    _assert_hidden("check", _written(text), "-t", "all", "--format", form, resolve=resolve)


@pytest.mark.parametrize("text", [_SOUND, _OAUTH, _OLDER, *_MISTAKES])
def test_no_other_output_of_check_shows_a_secret(text: str) -> None:
    file = _written(text)
    _assert_hidden("check", file, "--fix", "--diff")
    _assert_hidden("check", file, "--baseline", "known.json", "--write-baseline")
    assert not _MARK.search(Path("known.json").read_text("utf-8"))


@pytest.mark.parametrize("resolve", [True, False])
@pytest.mark.parametrize("text", [_SOUND, _OAUTH, _OLDER])
@pytest.mark.parametrize("stage", ["document", "gateway", "legal"])
def test_no_dump_shows_a_secret(stage: str, text: str, resolve: bool) -> None:
    _assert_hidden("build", _written(text), "-t", "apisix", "--emit", stage, resolve=resolve)


@pytest.mark.parametrize("resolve", [True, False])
@pytest.mark.parametrize("text", [_SOUND, _OLDER])
@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_shows_a_secret(stage: str, text: str, resolve: bool) -> None:
    # The passes have not yet run where the text itself is shown.
    arguments = ("build", _written(text), "-t", "apisix", "--print-after", stage)
    _assert_hidden(*arguments, resolve=resolve)


@pytest.mark.parametrize("text", [_SOUND, _OAUTH, _OLDER])
@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_explain_shows_no_secret(form: str, text: str) -> None:
    _assert_hidden("explain", _written(text), "--format", form, resolve=False)


@pytest.mark.parametrize("text", [_SOUND, _OAUTH])
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_diff_shows_no_secret(form: str, text: str) -> None:
    old = _written(text.replace("zqlit", "zqold"), "old")
    _assert_hidden("diff", old, _written(text), "-t", "all", "--format", form)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("request_", ["GET /keys/1", "GET /users/1"])
def test_trace_shows_no_secret_of_the_file(request_: str, form: str) -> None:
    arguments = ("trace", _written(_SOUND), request_, "--format", form)
    for headers in (("-H", "X-API-Key: zqlit-51f09d2c"), ("-H", "X-API-Key: wrong"), ()):
        result = run(*arguments, *headers, "--resolve-env", **_ENV)
        shown = result.stdout + result.stderr
        assert not _MARK.findall(shown.replace("zqlit-51f09d2c", "")), shown


def test_a_test_that_fails_shows_no_secret() -> None:
    trial = (
        'test "t" {\n  request GET /keys/1 {\n    header X-API-Key zqlit-51f09d2c\n'
        "    expect 404 { upstream_header { X-Copy none ; Authorization none } }\n  }\n}\n"
    )
    result = _assert_hidden("test", _written(_SOUND + trial))
    assert "✗" in result.stdout


def test_formatting_shows_no_secret() -> None:
    result = run("fmt", "--diff", _written(_SOUND.replace("  route", "   route")))
    assert "+  route" in result.stdout
    assert not _MARK.search(result.stdout)


def test_columns_stay_where_they_are() -> None:
    text = _SOUND.replace("password=zqlit-pass1234", "password=zqlit-pass1234 colour=red")
    shown = run("check", _written(text)).stderr
    lines = shown[shown.index("`colour`") :].splitlines()
    line = next(line for line in lines if "user ann" in line)
    mark = lines[lines.index(line) + 1]
    assert line[mark.index("^") : mark.rindex("^") + 1] == "colour"
    assert "password=**************" in line


# --- dumps are documents again


def test_a_dump_keeps_references_and_says_what_it_lacks() -> None:
    dump = _assert_hidden("build", _written(_SOUND), "-t", "kong", "--emit", "document").stdout
    assert dump.startswith("# `***` stands for a secret")
    assert 'key: "${env:KEY}"' in dump and 'password: "${env:PASS}"' in dump
    assert 'key: "***"' in dump


@pytest.mark.parametrize("resolve", [True, False])
def test_a_dump_without_literal_secrets_builds_again(resolve: bool) -> None:
    text = 'version 1\nvars { k "${env:SHORT}" ; p "$${x" }\n'
    text += "service s {\n upstream h:80\n route /a {\n"
    text += '  headers { request_set X-A "$${env:KEY} ${var:p}" }\n'
    text += '  authentication api_key { key "${env:KEY}" ; key "${var:k}" }\n }\n}\n'
    arguments = ("build", _written(text), "-t", "kong", "--emit", "document")
    dump = _assert_hidden(*arguments, resolve=resolve).stdout
    assert "***" not in dump and _ENV["SHORT"] not in dump
    Path("dump.yaml").write_text(dump, "utf-8")
    for name, file in (("one", "in.gal"), ("two", "dump.yaml")):
        assert run("build", file, "-t", "all", "-o", name).exit_code == 0
    assert Path("one/kong/kong.yaml").read_text() == Path("two/kong/kong.yaml").read_text()


def test_a_gateway_shows_a_reference_as_one() -> None:
    text = "version 1\nservice s { upstream h:80 ; route /a { authentication api_key { KEYS } } }\n"
    text = text.replace("KEYS", 'key "${env:KEY}" ; key ab')
    shown = run("build", _written(text), "-t", "kong", "--emit", "gateway").stdout
    keys = json.loads(shown)["routes"][0]["authentication"]["scheme"]["keys"]
    assert [key["key"] for key in keys] == [{"name": "KEY"}, "***"]


# --- files


def _mode(file: str) -> int:
    return stat.S_IMODE(Path(file).stat().st_mode)


@pytest.mark.parametrize("target", ["envoy", "kong", "apisix", "traefik"])
def test_who_may_read_what_is_built(target: str) -> None:
    line = (
        "version 1\nservice s { upstream h:80 ; route /a { authentication api_key { key KEY } } }\n"
    )
    open_, literal_ = _written(line.replace("KEY", '"${env:KEY}"'), "open"), _written(line, "lit")
    files = [f"build/{target}/{name}" for name in _artifacts(target, open_)]
    assert all(_mode(file) == 0o644 for file in files)
    for arguments in ((literal_,), (open_, "--resolve-env")):
        assert run("build", *arguments, "-t", target, **_ENV).exit_code == 0
        assert _mode(files[0] if target != "traefik" else f"build/{target}/dynamic.yaml") == 0o600
        assert sum(_mode(file) == 0o600 for file in files) == 1
        run("build", open_, "-t", target)
        assert all(_mode(file) == 0o644 for file in files)


def _artifacts(target: str, file: str) -> list[str]:
    result = run("build", file, "-t", target)
    return [Path(line).name for line in result.stdout.splitlines()]


def test_the_artifacts_without_secrets_are_the_public_ones() -> None:
    text = (
        _SOUND.replace("user cid", "#").replace('"${env:KEY}"', "k1").replace('"${env:PASS}"', "p1")
    )
    text = text.replace('outside "k1"', "").replace(" ; outside k1", "")
    other = text.replace("zqlit", "other")
    for name in targets.ALL:
        one, two = (compile_text(t, "in.gal", name, lossy=True) for t in (text, other))
        assert one.ok, [d.message() for d in one.diagnostics]
        assert {n for n in one.artifacts if one.artifacts[n] != two.artifacts[n]} == set(
            one.private
        )


def test_a_secret_is_never_readable_while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    replace = Path.replace

    def looked_at(self: Path, target: Path) -> Path:
        seen.append(stat.S_IMODE(self.stat().st_mode))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", looked_at)
    text = (
        "version 1\nservice s { upstream h:80 ; route /a { authentication api_key { key ab } } }\n"
    )
    assert run("build", _written(text), "-t", "envoy").exit_code == 0
    assert seen == [0o600]


# --- what targets make of references


def _built(policy: str, target: str) -> Compilation:
    text = "version: 1\nservices:\n- name: s\n  upstream: {host: h.internal, port: 80}\n"
    text += f"  routes:\n  - path: /a\n    authentication: {policy}\n"
    return compile_text(text, "in.yaml", target)


def test_kong_knows_variables_in_capitals_only() -> None:
    policy = '{type: api_key, api_key: {keys: [{key: "${env:web_key}"}]}}'
    (refused,) = [d for d in _built(policy, "kong").diagnostics if d.severity == "error"]
    assert "makes capitals of a variable like `web_key`" in refused.message()


def test_envoy_verifies_no_hash_beside_a_reference() -> None:
    policy = (
        '{type: basic, basic: {users: [{username: a, password: "${env:A}"}, '
        '{username: b, password_hash: "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="}]}}'
    )
    (refused,) = [d for d in _built(policy, "envoy").diagnostics if d.severity == "error"]
    assert "beside a password in the environment" in refused.message()


def test_apisix_hands_down_the_variables_that_the_file_names() -> None:
    policy = '{type: api_key, api_key: {keys: [{key: "${env:B}"}, {key: "${env:A}"}, {key: k}]}}'
    config = yaml.safe_load(_built(policy, "apisix").artifacts["config.yaml"])
    assert config["nginx_config"]["envs"] == ["A", "B"]


def test_no_text_of_the_file_becomes_a_template_of_traefik() -> None:
    mark = "{{ env `HOME` }} }}"
    policy = (
        f'{{type: basic, basic: {{realm: "{mark}", users: ['
        f'{{username: "{mark}", password: "${{env:A}}"}}, {{username: "b{mark}", password: p}}]}}}}'
    )
    made = _built(policy, "traefik").artifacts["dynamic.yaml"]
    assert re.findall(r"\{\{[^}]*HOME[^}]*\}\}", made) == []
    assert made.count("env `A`") == 1
    assert "\x02" not in made and "\x03" not in made
    assert yaml.safe_load(made)
    # The language has no control characters; the printer writes them as escapes all the same.
    marked = environment.entry("\x02 env `HOME` \x03", "{SHA}") + print_yaml({"a": "\x02 x \x03"})
    assert "{{" not in environment.with_templates(marked)


@pytest.mark.parametrize("target", ["envoy", "kong", "apisix", "traefik"])
def test_nothing_of_the_environment_is_built_in(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = '{type: api_key, api_key: {keys: [{key: "${env:KEY}"}]}}'
    unset = _built(policy, target).artifacts
    monkeypatch.setenv("KEY", _ENV["KEY"])
    assert _built(policy, target).artifacts == unset


_NAMES = "methods hosts upstream cors circuit_breaker retry websocket audiences keys".split()


@pytest.mark.parametrize("name", _NAMES)
def test_a_word_of_the_language_may_be_a_name(name: str) -> None:
    """What is skipped as a block of the language isn't one where it is a name."""
    text = f"""\
version: 1
policies:
  {name}: {{authentication: {{type: api_key, api_key: {{keys: [{{key: zqlit-named11}}]}}}}}}
services:
  - {{name: s, use: [{name}], upstream: {{host: h.internal, port: 80}}, routes: [{{path: /a}}]}}
"""
    older = _OLDER.replace("ann: zqlit-older222", f"{name}: [zqlit-older222]")
    deep = text.replace("port: 80}", "port: 80, authentication: {api_key: {keys: [zqlit-deep11]}}}")
    for wrong in (text, text.replace("key: zq", "kye: zq"), older, deep):
        file = _written(wrong)
        _assert_hidden("check", file)
        _assert_hidden("check", file, "--fix", "--diff")
        _assert_hidden("build", file, "-t", "envoy", "--emit", "document")
        _assert_hidden("build", file, "-t", "envoy", "--print-after", "read")


def test_credentials_of_a_test_are_hidden_where_their_field_is_misspelled() -> None:
    file = _written(
        _OAUTH
        + "tests:\n  - {name: t, requests: [{get: /lit, headers: {Cookie: zqlit-cookie1}}]}\n"
    )
    assert "************" in _assert_hidden("check", file).stderr


_ROOT = """\
version: 1
include: [others.yaml]
services:
  - name: s
    upstream: {host: h.internal, port: 80}
    routes:
      - path_prefix: /a
        authentication: {type: basic, basic: {users: [{username: ann, password: "PASSWORD"}]}}
"""
_VARIABLES = "version: 1\nvars: {outer: '${var:pw}', pw: zqlit-shared1, unused: 5}\n"
_REPEATING = """\
version: 1
services:
  - name: t
    upstream: {host: i.internal, port: 80}
    routes: [{path: /zqlit-shared1, methds: [GET]}]
"""


@pytest.mark.parametrize(
    ("password", "others"),
    [
        ("${var:outer}", _VARIABLES),
        ("${var:outer}", _VARIABLES.replace("5", "[5]")),
        ("${var:pw}", _VARIABLES.replace("unused: 5", "unused: ")),
        ("${var:pw}", _VARIABLES.replace("5}", "5 7}\nsevices: []")),
        ("${var:pw}", _VARIABLES.replace("unused: 5}", "unused: 5")),
        ("zqlit-shared1", _REPEATING),
        ("${var:pw}", _REPEATING + "vars: {pw: zqlit-shared1}\n"),
        ('${var:pw}", x: "', _VARIABLES),
        ('${var:pw}", "', _VARIABLES),
    ],
)
@pytest.mark.parametrize("below", [False, True])
def test_what_another_file_makes_a_secret_is_one(password: str, others: str, below: bool) -> None:
    Path("others.yaml").write_text(others, "utf-8")
    root = _ROOT.replace("PASSWORD", password)
    file = _written(root.replace("include: [others.yaml]\n", "vars: {}\n") if below else root)
    over = ("--overlay", "others.yaml") if below else ()
    for form in FORMATS:
        _assert_hidden("check", file, "-t", "all", "--format", form, *over)
    _assert_hidden("check", file, "--fix", "--diff", *over)
    _assert_hidden("build", file, "-t", "envoy", *over)
    for stage in STAGES:
        _assert_hidden("build", file, "-t", "envoy", "--print-after", stage, *over)


@pytest.mark.parametrize("several", [False, True])
def test_short_ones_are_hidden_also_among_very_many(several: bool) -> None:
    """Where there are many, only those near to what is shown are masked by place."""
    path = "{{path: /{}, authentication: {{type: basic, basic: {{users: [{}]}}}}}}"
    user = "{{username: u, password: zqs{}}}"
    services = "".join(
        f"  - {{name: s{n}, upstream: {{host: h, port: 80}}, "
        f"routes: [{path.format(n // 2, user.format(n))}]}}\n"
        for n in range(600)
    )
    text = "version: 1\n" + ("include: [o.yaml]\n" if several else "") + f"services:\n{services}"
    Path("o.yaml").write_text(
        "version: 1\nservices: [{name: o, upstream: {host: o, port: 80}, routes: [{path: /o}]}]\n"
    )
    result = run("check", _written(text))
    assert "two routes take" in result.stderr
    assert not re.findall("zqs[0-9]+", result.stderr)


def test_what_is_taken_out_is_hidden_where_the_rest_repeats_it() -> None:
    text = _ROOT.replace("PASSWORD", "zqlit-cut11111").replace("include: [others.yaml]\n", "")
    file = _written(
        text.replace("- path_prefix: /a", "- path_prefix: /a\n        methds: [GET]")
        + "      - path_prefix: /zqlit-cut11111\n" * 2
    )
    for form in FORMATS:
        assert "two routes take" in _assert_hidden("check", file, "--format", form).output
    for stage in ("document", "gateway"):
        _assert_hidden("build", file, "-t", "envoy", "--emit", stage)
    for stage in STAGES:
        _assert_hidden("build", file, "-t", "envoy", "--print-after", stage)


def test_a_key_file_that_is_included_shows_no_key() -> None:
    Path("k.json").write_text('{"keys": [{"kty": "OKP", "d": "zqlit-private1"}]}')
    file = _written("version: 1\ninclude: [k.json]\nservices: []\n")
    assert "************" in _assert_hidden("check", file).stderr


@pytest.mark.parametrize("target", targets.ALL)
def test_a_path_that_repeats_a_secret_is_hidden_in_each_stage(target: str) -> None:
    text = _ROOT.replace("PASSWORD", "zqlit-inpath11").replace("include: [others.yaml]\n", "")
    file = _written(text + "      - path_regex: /a/[0-9]+zqlit-inpath11{2}\n")
    for stage in STAGES:
        _assert_hidden("build", file, "-t", target, "--print-after", stage)
    for stage in ("document", "gateway", "legal"):
        _assert_hidden("build", file, "-t", target, "--emit", stage)


@pytest.mark.parametrize(
    "values",
    [
        "pw: zqlit-values11\npw: zqlit-values22\n",
        "{pw: zqlit-values11, b: *x}\n",
        "- zqlit-values11\n",
        "pw=zqlit-values11\n",
        "zqlit-values11\n",
        'pw: "zqlit-values11\n  zqlit-values22\n',
        "pw: [zqlit-values11]\n",
        "pw:\n  b: zqlit-values11\n  c\n",
    ],
)
def test_a_file_of_variables_with_mistakes_shows_no_value(values: str) -> None:
    Path("values.yaml").write_text(values)
    result = _assert_hidden("check", _written(_OAUTH), "--vars-file", "values.yaml")
    assert result.exit_code and "values.yaml" in result.stderr


def _sources() -> Iterator[Source]:
    """Files without mistakes, as they are and with variables and headers that are called like what
    is secret."""
    for case in GOOD:
        tree, _ = recover(case.source, lambda _: None)
        if tree is None or "include" in tree:
            continue
        yield case.source
        words = ["cors", "Authorization", "X-Api-Key", "d"]
        words += [name for fields in secret_fields().values() for name in fields]
        tree["vars"] = {**(tree.get("vars") or {}), **dict.fromkeys(words, "${var:zq}")}
        tree["vars"]["zq"] = "zqlit-variable1"
        for service in tree["services"]:
            for owner in (service, *service["routes"]):
                rules = owner.setdefault("headers", {})
                rules["request_set"] = dict.fromkeys(words, "zqlit-header1")
                owner["body_transformation"] = {"request": {"add_fields": {"token": "zqlit-body1"}}}
        yield Source("in.yaml", print_yaml(tree), "yaml")


def test_nothing_is_missed_where_a_file_without_mistakes_is_not_read_again() -> None:
    compared = 0
    for source in _sources():
        known = known_secrets(check(source))
        tree, problems = recover(source, lambda _: None)
        if known is None or problems:
            continue
        compared += 1
        found = dict(secret_places(tree))
        assert found.items() <= known.items(), source.text
    assert compared > 50


@pytest.mark.parametrize("target", targets.ALL)
def test_what_is_put_into_a_body_is_as_secret_as_in_a_header(target: str) -> None:
    text = (
        _ROOT.partition("include")[0]
        + """\
services:
  - name: s
    upstream: {host: h.internal, port: 80}
    routes:
      - path: /a
        body_transformation:
          request: {add_fields: {api_token: zqlit-body111, a: {password: ["zqlit-body222"]}}}
"""
    )
    file = _written(text)
    for stage in STAGES:
        _assert_hidden("build", file, "-t", target, "--print-after", stage, "--lossy")
    for stage in ("document", "gateway", "legal"):
        _assert_hidden("build", file, "-t", target, "--emit", stage, "--lossy")
    for path in Path("build").rglob("*"):
        if path.is_file() and "zqlit" in path.read_text():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
