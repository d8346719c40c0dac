"""`galc explain`: the table, pages and verdicts, as text, Markdown and JSON."""

import json
import os
import pty
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from galc import targets
from galc.cli import galc
from galc.compiler import Checked, build, check
from galc.diagnostics.targets import Approximate, DefaultDiffers, TargetRefuses, Unsupported
from galc.explain import file, matrix, pages
from galc.explain.excerpts import Excerpts
from galc.explain.verdict import Explained, explained
from galc.frontend.source import Source
from galc.ir.features import all_features
from galc.targets import Condition, Support, Target, approximate, native, unsupported

from .compiling import checked

_EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.[gy]a*"))
_FORMATS = ("text", "markdown", "json", "html")


def run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(galc, ["explain", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def ok(*arguments: str, stdin: str | None = None) -> str:
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def made(name: str, *conditions: Condition, **answers: Support) -> Target:
    """A target that does everything but what is said; `__` stands for a dot, `_is_` for `=`."""
    support = {key: native("its own", "a-case") for key in all_features()}
    given = {k.replace("__", ".").replace("_is_", "="): v for k, v in answers.items()}
    assert given.keys() <= support.keys()
    return Target(
        name=name.lower(),
        title=name,
        versions="1",
        support={**support, **given},
        artifacts=("a.conf",),
        private=("a.conf",),
        lower=lambda _: {"a.conf": "x"},
        conditions=conditions,
    )


_ALPHA = made("Alpha")
_BETA = made(
    "Beta",
    Condition("routes.path", approximate("it looks twice"), lambda r: r.match.kind == "exact"),
    rate_limit=approximate("it counts `badly`"),
    rate_limit__burst=approximate("it counts `badly`"),
    rate_limit__key_type_is_ip_address=approximate("by connection"),
    authentication__type_is_jwt=unsupported("no tokens", "use keys"),
    authentication__jwt__issuer=unsupported("no tokens", "use keys"),
    rate_limit__key_type_is_jwt_claim=unsupported("no tokens", "use keys"),
)
_FILE = """\
version 1
service a {
  upstream a.internal:80
  rate_limit 5/s burst=9
  route /one
  route /two GET {
    rate_limit 3/m key=jwt_claim:sub
    authentication jwt {
      issuer https://login.example.com
      audiences api
      jwks_uri https://login.example.com/jwks?key=hunter22hunter22
    }
  }
}
"""
_TEXT = """\
in.gal

Alpha: builds as written
Beta: refused, 1 unsupported: JWT at line 8; 2 approximations; 1 default differs

Beta

  - rate_limit.key_type=jwt_claim, authentication.type=jwt: no tokens
      line 7: rate_limit 3/m key=jwt_claim:sub
      line 8: authentication jwt {
      instead: use keys
      Alpha does this
  ~ rate_limit, rate_limit.burst: it counts `badly`
      line 4: rate_limit 5/s burst=9
      line 7: rate_limit 3/m key=jwt_claim:sub
      Alpha does this
  ~ routes.path: it looks twice
      line 5: route /one
      line 6: route /two GET {
      Alpha does this
  ~ rate_limit.key_type=ip_address (by default): by connection
      line 4: rate_limit 5/s burst=9
      Alpha does this
"""


def told(text: str = _FILE, *chosen: Target) -> Explained:
    found = checked(text)
    assert found.ok, [d.message() for d in found.diagnostics]
    return explained(found, chosen or (_ALPHA, _BETA))


# --- a file


def test_a_file_as_text() -> None:
    text = file.as_text(told())
    assert text.startswith(_TEXT)
    table = text[len(_TEXT) :]
    assert re.search(r"^feature +lines +Alpha +Beta$", table, re.MULTILINE)
    assert re.search(r"^routes.path +5 and 6 +native +~$", table, re.MULTILINE)
    assert re.search(r"^rate_limit.key_type=ip_address +default +native +~$", table, re.MULTILINE)
    assert "cors" not in table
    assert table.endswith(f"\n{matrix.legend()}\n")


def test_a_file_as_markdown() -> None:
    text = file.as_markdown(told())
    assert text.startswith("### `in.gal`\n\n- **Alpha**: builds as written\n- **Beta**: refused")
    assert (
        "- unsupported: `rate_limit.key_type=jwt_claim`, `authentication.type=jwt`: no tokens\n"
        "  - line 7: `rate_limit 3/m key=jwt_claim:sub`\n"
        "  - line 8: `authentication jwt {`\n"
        "  - instead: use keys\n"
        "  - Alpha does this\n"
    ) in text
    assert "| `routes.path` | 5 and 6 | native | ~ |" in text


def test_a_file_as_json() -> None:
    value = json.loads(file.as_json(told()))
    assert value["file"] == "in.gal"
    alpha, beta = value["verdicts"]
    assert (alpha["builds"], alpha["losses"], alpha["verdict"]) == (
        True,
        [],
        "Alpha: builds as written",
    )
    assert (beta["unsupported"], beta["approximate"], beta["defaults"]) == (1, 2, 1)
    assert beta["losses"][0] == {
        "level": "unsupported",
        "default": False,
        "features": ["rate_limit.key_type=jwt_claim", "authentication.type=jwt"],
        "why": "no tokens",
        "instead": "use keys",
        "elsewhere": ["Alpha"],
        "lines": [
            {"line": 7, "text": "rate_limit 3/m key=jwt_claim:sub"},
            {"line": 8, "text": "authentication jwt {"},
        ],
    }
    rows = {row["feature"]: row for row in value["features"]}
    assert rows["routes.path"]["lines"] == [5, 6]
    assert rows["routes.path"]["support"]["beta"]["level"] == "approximate"
    assert rows["rate_limit.key_type=ip_address"]["lines"] == []


@pytest.mark.parametrize(
    ("text", "answers", "verdict"),
    [
        ("route /a", {}, "builds as written"),
        ("route /a { timeout 5s }", {"timeout": approximate("x")}, "builds with 1 approximation"),
        (
            "route /a { rate_limit 1/s burst=2 }",
            {"rate_limit": approximate("x"), "rate_limit__burst": approximate("y")},
            "builds with 2 approximations",
        ),
        (
            "route /a { rate_limit 1/s }",
            {"rate_limit__burst": approximate("y")},
            "builds as written; 1 default differs",
        ),
        (
            "route /a { strip_prefix false ; hosts a.b ; timeout 5s ; name x }",
            {
                "routes__strip_prefix": unsupported("1"),
                "routes__hosts": unsupported("2"),
                "timeout": unsupported("3"),
                "routes__name": unsupported("4"),
            },
            "refused, 4 unsupported: routes hosts at line 4, routes name at line 4, "
            "routes strip prefix at line 4, and 1 more",
        ),
    ],
)
def test_verdicts(text: str, answers: dict[str, Support], verdict: str) -> None:
    target = made("T", **answers)
    found = told(f"version 1\nservice a {{\n  upstream x:80\n  {text}\n}}\n", target)
    assert str(found.verdicts[0]) == f"T: {verdict}"


def _example(path: Path) -> Checked:
    return check(
        Source(path.name, path.read_text("utf-8"), "gal" if path.suffix == ".gal" else "yaml")
    )


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.name)
def test_verdicts_agree_with_what_a_build_says(path: Path) -> None:
    source = _example(path)
    found = explained(source, [targets.load(name) for name in targets.ALL])
    excerpts = Excerpts(source)
    for verdict in found.verdicts:
        built = build(source, verdict.target)
        assert verdict.builds == built.ok
        reasons: dict[type, set[str]] = {
            Unsupported: set(),
            Approximate: set(),
            DefaultDiffers: set(),
        }
        places = set()
        for one in built.diagnostics:
            assert isinstance(one, Unsupported | TargetRefuses | Approximate | DefaultDiffers)
            kind = Unsupported if isinstance(one, TargetRefuses) else type(one)
            reasons[kind].add(one.how if isinstance(one, Approximate | DefaultDiffers) else one.why)
            if kind is not DefaultDiffers:
                places.add((one.feature, excerpts.at(one.place).number))
        wanted = Counter(
            refused=len(reasons[Unsupported]),
            near=len(reasons[Approximate]),
            defaults=len(reasons[DefaultDiffers] - reasons[Approximate]),
        )
        numbers = (
            re.search(r"(\d+) unsupported", str(verdict)),
            re.search(r"(\d+) approx", str(verdict)),
        )
        defaults = re.search(r"(\d+) default", str(verdict))
        counted = Counter(
            {
                name: int(match[1]) if match else 0
                for name, match in zip(
                    ("refused", "near", "defaults"), (*numbers, defaults), strict=True
                )
            }
        )
        assert counted == wanted, str(verdict)
        assert built.ok == ("refused" not in str(verdict))
        shown = {
            (feature, line.number)
            for loss in verdict.losses
            if not loss.default
            for feature in loss.features
            for line in loss.lines
        }
        assert places <= shown, "each diagnostic's line is told"


def test_one_reason_at_many_lines_is_one_loss() -> None:
    routes = "".join(f"  route /r{n} {{ timeout {n}s }}\n" for n in range(1, 10))
    target = made("T", timeout=approximate("x"))
    found = told(f"version 1\nservice a {{\n  upstream x:80\n{routes}}}\n", target)
    assert "T: builds with 1 approximation" in file.as_text(found)
    assert "      line 7: route /r4 { timeout 4s }\n      and lines 8, 9, 10, 11 and 12\n" in (
        file.as_text(found)
    )
    assert "8, 9, 10 and 11" not in file.as_text(found)


_SECRETS = (
    "correcthorsebattery",
    "pw1",
    "bcdefabcdef",
    "$2y$05$abcdefghijklmnopqrstuuT4zIJ6mHJbyZTqXSLz9pQyaCXrmR1hW",
    "web-4f1c0a9e7b",
    "k9",
    "bearer-of-tokens",
    "query-secret",
)
_HIDING = """\
version: 1
services:
- name: a
  upstream: {host: a.internal, port: 80}
  routes:
  - path: /basic   # the password is correcthorsebattery
    authentication:
      {type: basic, basic: {users: [{username: ann, password: correcthorsebattery},
        {username: bob, password: pw1},
        {username: eve, password: "\\x61bcdefabcdef"}]}}
  - path: /hash   # bob's is pw1
    authentication:
      {type: basic, basic: {users: [{username: ann,
        password_hash: $2y$05$abcdefghijklmnopqrstuuT4zIJ6mHJbyZTqXSLz9pQyaCXrmR1hW}]}}
  - path: /web-4f1c0a9e7b
    authentication:
      {type: api_key, api_key: {keys: [{key: web-4f1c0a9e7b, name: web}, {key: k9, name: x}]}}
    headers: {request_set: {Authorization: bearer-of-tokens, X-A: web-4f1c0a9e7b}}
  - path: /jwt
    authentication:
      {type: jwt, jwt: {issuer: a, audiences: [b],
        jwks_uri: "https://a.example.com/x?t=query-secret"}}
"""


@pytest.mark.parametrize("form", _FORMATS)
@pytest.mark.parametrize("where", ["lines", "one line"])
def test_secrets_never_appear(form: str, where: str) -> None:
    text = _HIDING
    if where == "one line":
        from galc.frontend.reading import read_tree

        tree = read_tree(Source("x.yaml", _HIDING, "yaml"), lambda _: None)
        text = json.dumps(tree)
    every_line = {key: approximate(f"near {key}") for key in all_features()}
    target = replace(made("T"), support=every_line)
    source = check(Source("x.yaml", text, "yaml"))
    assert source.ok, [d.message() for d in source.diagnostics]
    found = explained(source, (target,))
    from galc.explain import html

    writers: dict[str, Any] = {
        "text": file.as_text,
        "markdown": file.as_markdown,
        "json": file.as_json,
        "html": lambda found: html.file_page(found, source),
    }
    out = writers[form](found)
    assert [
        secret for secret in _SECRETS if re.search(rf"(?<![a-zA-Z]){re.escape(secret)}(?!\w)", out)
    ] == []
    assert where == "one line" or "- path: /basic   # the password is ••••" in out


def test_text_of_a_file_cannot_break_out_of_its_line() -> None:
    text = (
        "version 1\nservice a {\n  upstream x:80\n  route /a { timeout 5s } # \x1b[31m \u202e\n}\n"
    )
    found = told(text, made("T", timeout=approximate("x")))
    assert r"line 4: route /a { timeout 5s } # \x1b[31m \u202e" in file.as_text(found)
    assert "`route /a { timeout 5s } # \\x1b[31m \\u202e`" in file.as_markdown(found)


# --- the command line


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.gal").write_text("version 1\nservice a {\n  upstream x:80\n  route /a\n}\n")
    return tmp_path


@pytest.mark.usefixtures("here")
def test_a_file_and_standard_input() -> None:
    expected = "".join(f"{targets.load(n).title}: builds as written\n" for n in targets.ALL)
    assert ok("good.gal").startswith(f"good.gal\n\n{expected}\n")
    text = Path("good.gal").read_text("utf-8")
    assert ok("-", stdin=text).startswith(f"<stdin>\n\n{expected}\n")
    only = ok("good.gal", "-t", "kong")
    assert only.startswith("good.gal\n\nKong: builds as written\n\n") and "Envoy" not in only


def test_a_file_named_like_a_target_is_read_and_that_is_said(here: Path) -> None:
    (here / "kong").write_text(
        "version: 1\nservices: [{name: a, upstream: {host: x, port: 80}, routes: [{path: /a}]}]\n"
    )
    result = run("kong")
    assert result.exit_code == 0 and result.stdout.startswith("kong\n\nEnvoy: ")
    assert result.stderr == (
        "galc: `kong` is read as the file of that name; where there is no such file, "
        "`galc explain kong` explains the word\n"
    )
    (here / "envoy").mkdir()
    assert ok("envoy").startswith("Envoy (")


def test_a_file_with_errors_gets_these(here: Path) -> None:
    (here / "bad.gal").write_text(
        "version 1\nservice a { upstream x:80 ; route /a { timeut 5s } }\n"
    )
    for form in _FORMATS:
        result = run("bad.gal", "--format", form)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "timeut" in result.stderr


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.gal"], "galc: can't read missing.gal: No such file or directory"),
        (["conf/kong"], "galc: can't read conf/kong: No such file or directory"),
        (["rate_limt"], "nothing is known of `rate_limt`; did you mean `rate_limit`?"),
        (["upstream.load_balance"], "did you mean `upstream.load_balancer`?"),
        (["kongg"], "did you mean `kong`?"),
        (["GAL40033"], "did you mean `GAL4003`?"),
        (["zzz"], "nothing is known of `zzz`; there is no such file; targets: `envoy`"),
        (["kong", "-t", "envoy"], "`-t` goes with the whole table, a feature or a FILE"),
        (["good.gal", "-t", "kng"], "`kng` isn't a target that galc can build for; did you mean"),
        (["kong", "--document", "2"], "`--document` goes with a FILE"),
    ],
)
def test_wrong_calls(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and message in result.stderr and not result.stdout


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("topic", [None, "good.gal", "kong", "rate_limit.burst", "GAL4003"])
@pytest.mark.parametrize("form", _FORMATS)
def test_output_goes_into_a_file_as_it_is(topic: str | None, form: str) -> None:
    arguments = [*([topic] if topic else []), "--format", form]
    out = ok(*arguments)
    assert ok(*arguments, "--output", "new/out") == ""
    assert Path("new/out").read_text("utf-8") == out
    if form == "json":
        assert json.loads(out)


# --- the table and its pages


def test_the_table_has_a_mark_in_each_cell() -> None:
    table = matrix.matrix((_ALPHA, made("Gamma", retry=unsupported("x", todo=True))))
    lines = matrix.as_text(table).splitlines()
    assert lines[0].split() == ["feature", "Alpha", "Gamma"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:-2]}
    assert list(rows) == list(all_features())
    assert rows["retry"] == ["native", "todo"] and rows["timeout"] == ["native", "native"]
    assert lines[-1] == (
        "native: the gateway's own construct does exactly this; emulated: composed of others, with "
        "the same behaviour; ~: approximate; -: unsupported; todo: not built yet"
    )


def test_the_table_as_markdown_and_json() -> None:
    table = matrix.matrix((_ALPHA, _BETA))
    assert "| `rate_limit.burst` | native | ~ |\n" in matrix.as_markdown(table)
    value = matrix.to_object(table)
    row = next(row for row in value["features"] if row["feature"] == "routes.path")
    assert row["support"]["beta"] == {
        "level": "native",
        "text": "its own",
        "instead": None,
        "case": "a-case",
        "todo": False,
        "together": ["approximate: it looks twice"],
    }


def test_the_page_of_a_target() -> None:
    text = pages.target_text(_BETA)
    assert text.startswith("Beta (1)\n\nwrites: a.conf\n\nglobal.host: native: its own [a-case]\n")
    assert "\nauthentication.type=jwt: unsupported: no tokens; use keys\n" in text
    assert text.endswith("\ntogether:\nroutes.path: approximate: it looks twice\n")
    assert "GAL4005" in pages.target_text(targets.load("kong"))
    markdown = pages.target_markdown(_BETA)
    assert "| `authentication.type=jwt` | unsupported: no tokens; use keys |" in markdown
    assert markdown.endswith("| `routes.path` | approximate: it looks twice |\n")
    value = json.loads(pages.target_json(_BETA))
    assert value["together"][0]["feature"] == "routes.path" and not value["refuses_values"]
    assert value["features"]["authentication.type=jwt"]["instead"] == "use keys"


def test_the_page_of_a_feature() -> None:
    assert pages.feature_text("routes.path", (_ALPHA, _BETA)) == (
        "routes.path\n"
        f"  {all_features()['routes.path'].doc}\n"
        "  Alpha: native: its own [a-case]\n"
        "  Beta: native: its own [a-case]\n"
        "    together: approximate: it looks twice\n"
    )
    assert "  default: 0\n" in pages.feature_text("rate_limit.burst", (_ALPHA,))
    assert pages.feature_keys("rate_limit.key_type") == [
        key for key in all_features() if key.startswith("rate_limit.key_type=")
    ]
    markdown = pages.feature_markdown("routes.path", (_BETA,))
    assert "| Beta | native: its own [a-case]; together: approximate: it looks twice |" in markdown


def test_the_page_of_a_code() -> None:
    value = json.loads(ok("gal4001", "--format", "json"))
    assert (value["code"], value["severity"]) == ("GAL4001", "error")
    assert "{{now}}" in value["bad"] and "{{now}}" not in value["fix"]
    assert ok("GAL4001", "--format", "markdown").startswith("# GAL4001: the target can't do this\n")
    assert ok("GAL4003") == (
        "GAL4003: left out (warning)\n\n"
        "`--lossy` was given, and the feature isn't in what was built.\n"
    )


# --- a terminal


def _on_a_terminal(*arguments: str, **environment: str) -> str:
    main, other = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "galc", "explain", *arguments],
        stdout=other,
        stdin=other,
        stderr=other,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", **environment},
    )
    os.close(other)
    out = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:  # Linux: the other end is closed
            break
        out += part
    os.close(main)
    assert process.wait(30) == 0
    return out.decode()


@pytest.mark.parametrize("color", [True, False])
def test_the_table_on_a_terminal(here: Path, color: bool) -> None:
    out = _on_a_terminal(**{} if color else {"NO_COLOR": "1"})
    assert ("\x1b[" in out) == color
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    lines = plain.splitlines()
    assert re.search(r"│ rate_limit.key_type=jwt_claim +│ emulated", plain)
    assert max(map(len, lines)) <= 100
    told = re.sub(r"\x1b\[[0-9;]*m", "", _on_a_terminal(str(here / "good.gal")))
    assert "Kong: builds as written" in told and re.search(r"│ routes.path +│ 4 ", told)


def test_without_a_terminal_there_is_no_rich() -> None:
    code = (
        "import sys\nfrom galc.cli import galc\n"
        "try: galc(['explain'], standalone_mode=False)\nexcept SystemExit: pass\n"
        "sys.exit('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
