"""What `galc convert` keeps: the tree always, and the comments of both spellings."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from galc.cli import fmt, galc
from galc.frontend.printer import Comment, comments_of, print_gal, print_yaml
from galc.frontend.reading import read_tree
from galc.frontend.source import Source, Spelling
from tests.unit.test_printer import DOCUMENTS, same

EXAMPLES = sorted(Path("examples").glob("*.gal")) + sorted(Path("examples").glob("*.yaml"))
PEERS = sorted((Path(__file__).parents[3] / "shared" / "peer-examples").glob("*.yaml"))
PRINTERS = {"gal": print_gal, "yaml": print_yaml}
BOTH: tuple[Spelling, Spelling] = ("gal", "yaml")
# The lines of a text that a comment may not be mistaken for.
COMMENTS = st.sampled_from(
    ["#", "#a", "# a: b", "# {", "# }", "# - x", "## ;", '# "', "# 'b", "# |", "# \\", "# é # b"]
)
LIMITS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def tree_of(source: Source) -> dict[str, Any]:
    found: list[Any] = []
    tree = read_tree(source, found.append)
    assert tree is not None and not found, (source.text, [item.message() for item in found])
    return tree


def texts(source: Source) -> list[str]:
    return [comment.text for comment in comments_of(source) if comment.text]


def converted(source: Source, spelling: Spelling) -> Source:
    """The source in a spelling, which has the same tree and the same comments."""
    tree = tree_of(source)
    text = PRINTERS[spelling](tree, comments_of(source))
    result = Source(f"test.{spelling}", text, spelling)
    assert same(tree_of(result), tree), text
    assert sorted(texts(result)) == sorted(texts(source)), (source.text, text)
    return result


def check_all_ways(source: Source) -> None:
    """Both spellings, from the source and from each other; the second time changes nothing."""
    for spelling in BOTH:
        once = converted(source, spelling)
        assert converted(once, spelling).text == once.text
        for other in BOTH:
            converted(once, other)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_keep_their_comments(path: Path) -> None:
    spelling: Spelling = "gal" if path.suffix == ".gal" else "yaml"
    source = Source(path.name, path.read_text(), spelling)
    assert len(texts(source)) == sum("#" in line for line in source.text.splitlines())
    check_all_ways(source)


@pytest.mark.skipif(not PEERS, reason="the predecessor's examples are not on this machine")
def test_examples_of_the_predecessor_keep_their_comments() -> None:
    for path in PEERS:
        check_all_ways(Source(path.name, path.read_text(), "yaml"))


def commented(text: str, data: st.DataObject) -> tuple[str, list[str]]:
    """A printed text with comments after its lines and between them."""
    lines: list[str] = []
    added: list[str] = []
    for line in text.splitlines():
        for indent in data.draw(st.lists(st.integers(0, 12), max_size=2)):
            added.append(data.draw(COMMENTS))
            lines.append(" " * indent + added[-1])
        if data.draw(st.booleans()):
            added.append(data.draw(COMMENTS))
            line += " " + added[-1]
        lines.append(line)
    return "\n".join(lines) + data.draw(st.sampled_from(["", "\n", "\n\n# the end\n"])), added


@LIMITS
@given(DOCUMENTS, st.sampled_from(BOTH), st.data())
def test_a_comment_anywhere_is_kept_and_changes_nothing(
    tree: dict[str, Any], spelling: Spelling, data: st.DataObject
) -> None:
    text, added = commented(PRINTERS[spelling](tree), data)
    source = Source(f"test.{spelling}", text, spelling)
    assert same(tree_of(source), tree), text
    assert [one for one in texts(source) if one != "# the end"] == added, text
    check_all_ways(source)


PATHS = st.lists(
    st.sampled_from(["version", "services", "routes", "name", "upstream", "global", 0, 1]),
    max_size=5,
).map(tuple)


@LIMITS
@given(
    DOCUMENTS,
    st.lists(st.builds(Comment, PATHS, st.sampled_from(["before", "after", "end"]), COMMENTS)),
)
@example({"services": [[]]}, [Comment(("services", 0), "end", "# a")])
def test_every_comment_finds_a_place(tree: dict[str, Any], comments: list[Comment]) -> None:
    for spelling in BOTH:
        source = Source("test", PRINTERS[spelling](tree, comments), spelling)
        assert same(tree_of(source), tree)
        assert sorted(texts(source)) == sorted(comment.text for comment in comments)


GAL = """\
# top

# the language
version 1  # one

global { # listen
  port 80 # here
} # of global
service a { # a
  # where to
  upstream { # many
    target b:1 weight=2 # first
    # none
  }
  route /a#b/* GET "P#" { # route
    # who
    authentication jwt { # tokens
      # from
      issuer "x # y" # issuer
      # status
      fail_status 403
      # last
    }
    cors { allowed_origins { a # one
      # two
      b } }
    headers {
      request_set X-A b # A
      # B
      request_set X-B {{uuid}}
    }
    ; # alone
    websocket { # nothing
    }
  }
  # a route that was
  # route /b
}
# end
"""

YAML = """\
# top

# the language
version: 1  # one

global:  # listen
  port: 80  # here
  # of global
services:
  - name: a  # a
    # where to
    upstream:  # many
      targets:
        - host: b  # first
          port: 1
          weight: 2
      # none
    routes:
      - path_prefix: "/a#b"  # route
        methods: [GET, "P#"]
        # who
        authentication:  # tokens
          type: jwt
          jwt:
            # from
            issuer: "x # y"  # issuer
          # status
          fail_status: 403
          # last
        cors:
          allowed_origins:
            - a  # one
            # two
            - b
        headers:
          request_set:
            X-A: b  # A
            # B
            X-B: "{{uuid}}"
        # alone
        websocket: {}  # nothing
    # a route that was
    # route /b
# end
"""


def test_comments_from_gal_to_yaml() -> None:
    assert converted(Source("test.gal", GAL, "gal"), "yaml").text == YAML


CANONICAL = """\
# top

# the language
version 1  # one

global {  # listen
  port 80  # here
  # of global
}
"""


def test_comments_from_yaml_to_gal() -> None:
    assert converted(Source("test.yaml", YAML, "yaml"), "gal").text.startswith(CANONICAL)
    check_all_ways(Source("test.yaml", YAML, "yaml"))


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("jwks: |  # head\n  # text\n  b\n # after\nc: 1\n", ["# head", "# after"]),
        ("jwks: >-\n  b # c\n\n  d\n# e\n", ["# e"]),
        ("jwks: |2\n    # b\n# c", ["# c"]),
        ("'a # b': |  # c\n  d # e\n# f\n".replace("a # b", "jwks"), ["# c", "# f"]),
        ("a: {'b # c': '', jwks: ' # d'}  # e\n", ["# e"]),
        ("a: 'b # c'  # d\n", ["# d"]),
        ("a: 'it''s\n  # text'  # d\n", ["# d"]),
        ('jwks: "b\n\n  # \\" c"\n# d\n', ["# d"]),
        ("a: b#c\n", []),
        ("a: b\n  c # d\n", ["# d"]),
        ('"a # b": &x c\n"d": *x # e\n', ["# e"]),
        ("a: [b, # c\n  # d\n  e # f\n] # g\n", ["# c", "# d", "# f", "# g"]),
        ("a: {b: 1, # c\n  d: 2}\n", ["# c"]),
        ("%YAML 1.2 # a\n--- # b\n# c\na: 1 # d\n... # e\n", ["# a", "# b", "# c", "# d", "# e"]),
        ("a:\t# b\n  c: 1\r\n# d\r\n", ["# b", "# d"]),
        ("a: &x {b: 1} # c\nd:\n  - *x # e\n  # f\n  - *x\n", ["# c", "# e", "# f"]),
        ("a:\n  # b\n  c\nd:\n# e\n- 1\n  # f\n- 2\n", ["# b", "# e", "# f"]),
        ("a: 1\r# b\rc: 2 # d", ["# b", "# d"]),
    ],
)  # fmt: skip
def test_comments_of_yaml(text: str, comments: list[str]) -> None:
    source = Source("test.yaml", text, "yaml")
    assert texts(source) == comments
    check_all_ways(source)


def test_text_of_a_comment_can_not_leave_it() -> None:
    source = Source("test.gal", "version 1 # a\rb: 2\x85c: 3\u2028d: 4\x00\x1b[0m\n", "gal")
    assert texts(source) == ["# a b: 2 c: 3 d: 4 [0m"]
    converted(source, "yaml")


def test_comments_of_the_chosen_document() -> None:
    text = "# a\nb: '# c'\n---\n# d\ne: 1\n---\n# f\ng: 1\n"
    assert [texts(Source("test.yaml", text, "yaml", n)) for n in (1, 2, 3)] == [
        ["# a"],
        ["# d"],
        ["# f"],
    ]


# --- the command

OLD = """\
version: "1.0"
global_config: {port: 8080}
services:
  - name: a
    upstream: {host: b, port: 80}
    routes:
      - path_prefix: /
        headers: {request: {add: {X-A: b}}}
        rate_limit: {requests_per_second: 1, response_status: 429}
"""


def run(*args: str, stdin: str | None = None) -> Any:
    return CliRunner().invoke(galc, ["convert", *args], input=stdin)


def test_older_spellings_stay_as_they_are() -> None:
    gal = run("-", "--to", "gal", stdin=OLD).stdout
    assert "global_config" in gal and "response_status" in gal
    back = Source("b.yaml", run("-", "--to", "yaml", stdin=gal).stdout, "yaml")
    assert same(tree_of(back), tree_of(Source("a.yaml", OLD, "yaml")))


@pytest.mark.parametrize("spelling", BOTH)
def test_standard_input_and_files_by_their_ending(spelling: Spelling, tmp_path: Path) -> None:
    text = GAL if spelling == "gal" else YAML
    for other in BOTH:
        from_input = run("-", "--to", other, stdin=text)
        file = tmp_path / f"in.{spelling}"
        file.write_text(text)
        from_file = run(str(file), "--to", other)
        assert from_file.exit_code == from_input.exit_code == 0
        assert from_file.stdout == from_input.stdout != ""


@pytest.mark.parametrize("text", ["a {", "version 1\nservces { }\n", "version: 1\nversion: 2\n"])
def test_a_file_with_mistakes_is_not_converted(text: str) -> None:
    result = run("-", "--to", "yaml", stdin=text)
    assert result.exit_code == 1
    assert not result.stdout
    assert "error[GAL" in result.stderr and "<stdin>:" in result.stderr


MESSY = "# c\nversion 1 ;   # d\nservice a {\n\n\n upstream b:1\n route /x }"
NEAT = """\
# c
version 1  # d

service a {
  upstream b:1
  route /x
}
"""


def formatted(*args: str, stdin: str | None = None) -> Any:
    return CliRunner().invoke(fmt.command, args, input=stdin)


def test_fmt_rewrites_files(tmp_path: Path) -> None:
    file = tmp_path / "in.gal"
    file.write_text(MESSY)
    file.chmod(0o600)
    for option in ("--check", "--diff"):
        result = formatted(str(file), option)
        assert result.exit_code == 1
        assert file.read_text() == MESSY
    assert "\n+  route /x\n" in result.stdout
    assert formatted(str(file)).exit_code == 0
    assert file.read_text() == NEAT
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["in.gal"]
    for option in ("--check", "--diff"):
        result = formatted(str(file), option)
        assert (result.exit_code, result.output) == (0, "")


def test_fmt_of_standard_input_yaml_and_mistakes(tmp_path: Path) -> None:
    assert formatted(stdin=MESSY).stdout == NEAT
    result = formatted("-", stdin=YAML)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "<stdin>: left as it is" in result.stderr
    file = tmp_path / "in.gal"
    file.write_text("version 1 {")
    result = formatted(str(file))
    assert result.exit_code == 1 and "GAL0003" in result.stderr
    assert file.read_text() == "version 1 {"


def test_a_missing_file_is_an_error_of_the_call() -> None:
    assert run("nowhere.gal", "--to", "yaml").exit_code == 2
    assert run("nowhere.gal").exit_code == 2
