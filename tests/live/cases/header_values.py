"""Header values that look like something else: each reaches the wire as it is written."""

from ..model import PRESENT, Case
from .shorthand import doc, get, ok

#: Name, value in YAML, value on the wire.
_HOSTILE = (
    ("percent", "'100%'", "100%"),
    ("two-percents", "'%%'", "%%"),
    ("a-substitution", "'%REQ(host)%'", "%REQ(host)%"),
    ("a-dynamic-metadata", "'%DYNAMIC_METADATA(x:y)%%%'", "%DYNAMIC_METADATA(x:y)%%%"),
    ("a-command", "'$(id) `id`'", "$(id) `id`"),
    ("a-variable", "'${HOME} $HOME $remote_addr'", "${HOME} $HOME $remote_addr"),
    ("an-escaped-reference", "'$${HOME}'", "${HOME}"),
    ("quotes", "'\"double\" and ''single'''", "\"double\" and 'single'"),
    ("a-backslash", r"'C:\new\table\'", "C:\\new\\table\\"),
    ("utf-8", "'grüße, 世界'", "grüße, 世界"),
    ("a-heredoc-end", "'#END'", "#END"),
    ("a-comment", "'a # b ; c'", "a # b ; c"),
    ("a-leading-colon", "':8080'", ":8080"),
    ("a-template", r"'\{{uuid}}'", "{{uuid}}"),
    ("a-foreign-template", r"'\{{ .Env.HOME }}'", "{{ .Env.HOME }}"),
    ("braces", "'{a} }} {% x %} {'", "{a} }} {% x %} {"),
    ("a-bracket", "'[x] <y> |z| &w *v !u'", "[x] <y> |z| &w *v !u"),
    ("a-number", "'007'", "007"),
    ("a-boolean", "'true'", "true"),
    ("a-null", "'null'", "null"),
)


def _hostile(name: str, spelled: str, value: str) -> Case:
    rules = f"{{request_set: {{X-V: {spelled}}}, response_set: {{X-V: {spelled}}}}}"
    added = f"{{request_add: {{X-V: {spelled}}}}}"
    return Case(
        f"a-header-value-with-{name}-reaches-the-wire-as-written",
        doc(f"{{path_prefix: /set, headers: {rules}}}", f"{{path_prefix: /add, headers: {added}}}"),
        (
            get("/set", ok(headers={"X-V": value}, upstream_headers={"X-V": value})),
            get("/add", ok(upstream_headers={"X-V": value})),
        ),
        ("headers.request_set", "headers.response_set", "headers.request_add"),
    )


def _of_answers(*rules: str) -> str:
    """A document whose one route has rules of that name for every value, a header each."""
    values = ", ".join(f"X-{name}: {spelled}" for name, spelled, _ in _HOSTILE)
    return doc(f"{{path_prefix: /, headers: {{{', '.join(f'{r}: {{{values}}}' for r in rules)}}}}}")


#: Twice the same value: a comma in it tells lists apart where the values are joined.
_TWICE = {
    f"X-{name}": (value, value) if "," not in value else PRESENT for name, _, value in _HOSTILE
}

CASES = (
    *(_hostile(*row) for row in _HOSTILE),
    # Not every gateway can append to what an upstream may have sent.
    Case(
        "values-added-to-an-answer-reach-the-wire-as-written",
        _of_answers("response_add"),
        (get("/", ok(headers={f"X-{name}": value for name, _, value in _HOSTILE})),),
        ("headers.response_add",),
    ),
    Case(
        "values-set-and-added-reach-the-wire-as-written-both",
        _of_answers("response_set", "response_add"),
        (get("/", ok(headers=_TWICE), ("X-Echo-Header", "X-percent: upstream")),),
        ("headers.response_add", "headers.response_set"),
    ),
)
