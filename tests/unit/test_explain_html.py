"""The pages of `galc explain`: well-formed, self-contained, readable, and nothing of a file is
markup."""

import re
import xml.etree.ElementTree as ElementTree
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from urllib.parse import unquote

import pytest

from galc import targets
from galc.compiler import Checked, check
from galc.diagnostics import all_codes
from galc.explain import html, matrix, pages
from galc.explain.picture import cut
from galc.explain.tree import rows
from galc.explain.verdict import explained
from galc.frontend.source import Source
from galc.targets import approximate
from tests.bench.gateways import gal_gateway

from .compiling import checked, routes
from .test_explain import made

_VOID = frozenset({"meta", "input", "wbr"})
_KNOWN = [targets.load(name) for name in targets.ALL]


class Page(HTMLParser):
    """A page, read strictly: every element is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = text
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        assert len(found) == len(attrs), f"an attribute of <{tag}> is there twice"
        self.elements.append((tag, found))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((self.open[-1], data))

    def of(self, tag: str) -> list[str]:
        """The texts directly in elements of a kind."""
        return [text for name, text in self.texts if name == tag]

    def attributes(self, name: str) -> list[str]:
        return [found[name] for _, found in self.elements if name in found]


def file_page(text: str, name: str = "in.gal") -> Page:
    source = check(Source(name, text, "gal" if not text.startswith("version:") else "yaml"))
    assert source.ok, [d.message() for d in source.diagnostics]
    return Page(_file_page(source))


def _file_page(source: Checked) -> str:
    return html.file_page(explained(source, _KNOWN), source)


_HOSTILE = """\
version: 1
services:
- name: a
  upstream: {host: a.internal, port: 80}
  headers:
    request_set: {X-Note: "{{uuid}} </style>]]>&amp;", X-Other: "{{now}}<img src=x>"}
  routes:
  - path: "/a'b\\"</title><script>alert(1)</script>"
    rate_limit: {requests_per_second: 5, response: {message: "</script><script>alert(2)</script>"}}
  - path_regex: "/x[<>&\\"']+"
  - path_prefix: /{{uuid}}/%25
    authentication:
      {type: jwt, jwt: {issuer: "</g></svg><b onclick=x>", audiences: [b], jwks_uri: "https://a.b/c"}}
"""
_PAGES = {
    "matrix": lambda: html.matrix_page(matrix.matrix(_KNOWN)),
    "feature": lambda: html.feature_page("cors", pages.feature_matrix("cors", _KNOWN)),
    "target": lambda: html.target_page(_KNOWN[1]),
    "code": lambda: html.code_page(all_codes()["GAL4001"]),
    "file": lambda: _file_page(checked(gal_gateway(60))),
    "hostile": lambda: file_page(_HOSTILE, "<b>&'\"{{x}}.yaml").text,
}


@pytest.mark.parametrize("name", _PAGES)
def test_a_page_is_well_formed_and_needs_nothing_else(name: str) -> None:
    page = Page(_PAGES[name]())
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    for attribute in ("src", "srcset", "data", "action", "style", "onclick", "xlink:href"):
        assert page.attributes(attribute) == []
    for link in page.attributes("href"):
        assert link.startswith("#") and unquote(link[1:]) in ids
    tags = [tag for tag, _ in page.elements]
    assert not {"link", "img", "iframe", "object", "base"} & set(tags)
    assert tags.count("style") == 1 and tags.count("script") == (0 if name == "code" else 1)
    style = "".join(page.of("style"))
    assert "url(" not in style and "@import" not in style
    for number, level in enumerate(tag for tag in tags if tag in ("h1", "h2")):
        assert (level == "h1") == (number == 0)


@pytest.mark.parametrize("name", _PAGES)
def test_the_policy_of_a_page_allows_just_its_own_style_and_script(name: str) -> None:
    page = Page(_PAGES[name]())
    (policy,) = [f["content"] for _, f in page.elements if f.get("http-equiv")]
    for tag in ("style", "script"):
        found = "".join(page.of(tag))
        digest = b64encode(sha256(found.encode()).digest()).decode()
        assert f"{tag}-src " + (f"'sha256-{digest}'" if found else "'none'") in policy
    assert policy.startswith("default-src 'none';")


def test_nothing_of_a_file_is_markup() -> None:
    page = file_page(_HOSTILE, "<b>&'\"{{x}}.yaml")
    assert page.of("h1") == ["<b>&'\"{{x}}.yaml"] == page.of("title")[:1]
    tags = {tag for tag, _ in page.elements}
    assert not {"b onclick=x", "img"} & tags and "alert" not in "".join(page.of("script"))
    assert all(found == {} for tag, found in page.elements if tag == "b")
    codes = "".join(page.of("code"))
    for text in ("</script><script>alert(2)</script>", '{{uuid}} </style>]]>&amp;"', "<img src=x>"):
        assert text in codes
    titles = "\n".join(page.of("title"))
    assert "~ /x[<>&\"']+" in titles and "JWT of </g></svg><b onclick=x>" in titles


def test_the_table_is_one_for_everybody() -> None:
    page = Page(_PAGES["matrix"]())
    heads = [found for tag, found in page.elements if tag == "th"]
    assert all(found["scope"] in ("col", "row", "rowgroup") for found in heads)
    rows_ = sum(found["scope"] == "row" for found in heads)
    assert rows_ == len(matrix.matrix(_KNOWN).rows)
    summaries = [found for tag, found in page.elements if tag == "summary"]
    assert len(summaries) == rows_ * len(_KNOWN)
    assert ("form", {"class": "filter", "hidden": ""}) in page.elements, "useless without script"
    support = _KNOWN[0].support["rate_limit.burst"]
    tips = [found["data-tip"] for found in summaries]
    case = support.case.replace("-", " ")
    tip = f"Envoy: native: {support.text}.\nShown by the live case “{case}”."
    assert tip in tips and tip.split("\n")[1] in page.of("p")


def _luminance(color: str) -> float:
    parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast(theme: str) -> None:
    """WCAG 2.2, success criterion 1.4.3."""
    style = (files("galc.explain") / "page.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(blocks) == 2
    colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[theme == "dark"]))
    pairs = [(ink, ground) for ink in ("ink", "muted", "link") for ground in ("ground", "card")]
    for level in ("native", "emulated", "approximate", "unsupported", "todo"):
        pairs += [(level, f"{level}-ground"), (level, "card"), (level, "ground")]
    pairs += [(ink, "approximate-ground") for ink in ("ink", "muted", "link")]
    for ink, ground in pairs:
        bright, dark = sorted((_luminance(colors[ink]), _luminance(colors[ground])), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, f"{ink} on {ground}"


# --- the routing tree


def test_the_tree_has_hosts_then_segments_and_regexes_last() -> None:
    found = rows(
        routes(
            "route /users/* GET",
            "route /users POST",
            "route /users/me/settings",
            'route /admin/* { hosts "*.example.com" admin.example.com }',
            'route ~ "/v[0-9]"',
            "route /a/b/c",
            "route /a/b/d/*",
        )
    )
    assert [(row.depth, row.label, row.parent, row.route is not None) for row in found] == [
        (0, "*.example.com, admin.example.com", None, False),
        (1, "/admin/*", 0, True),
        (0, "any host", None, False),
        (1, "/a/b", 2, False),
        (2, "/c", 3, True),
        (2, "/d/*", 3, True),
        (1, "/users", 2, True),
        (1, "/users/*", 2, True),
        (2, "/me/settings", 7, True),
        (1, "~ /v[0-9]", 2, True),
    ]


def test_a_route_for_everything_is_above_all_others() -> None:
    found = rows(routes("route /*", "route /", "route /a"))
    assert [(row.depth, row.label) for row in found] == [
        (0, "any host"),
        (1, "/"),
        (1, "/*"),
        (2, "/a"),
    ]


def _picture(page: Page) -> ElementTree.Element:
    (found,) = re.findall(r"<svg .*?</svg>", page.text, re.DOTALL)
    return ElementTree.fromstring(found)


@pytest.mark.parametrize("count", [3, 60])
def test_nothing_in_the_picture_covers_another_thing(count: int) -> None:
    svg = _picture(file_page(gal_gateway(count)))
    width, height = float(svg.attrib["width"]), float(svg.attrib["height"])
    lines: dict[float, list[tuple[float, float]]] = {}
    for text in (found for found in svg.iter("text") if found.attrib.get("class") != "head"):
        size = 6.7 if text.attrib.get("class") in ("methods", "server", None) else 7.9
        wide = len(text.text or "") * size
        start = float(text.attrib["x"]) - (wide / 2 if "text-anchor" in text.attrib else 0)
        lines.setdefault(round(float(text.attrib["y"]) / 10), []).append((start, start + wide))
    boxes = [
        tuple(float(r.attrib[name]) for name in ("x", "y", "width", "height"))
        for r in svg.iter("rect")
        if r.attrib.get("class") != "ground"
    ]
    assert all(x + w <= width and y + h <= height for x, y, w, h in boxes)
    services = sorted(
        tuple(float(g.find("rect").attrib[name]) for name in ("y", "height"))  # type: ignore[union-attr]
        for g in svg.iter("g")
        if "service" in g.attrib["class"]
    )
    for (y, tall), (following, _) in pairwise(services):
        assert y + tall <= following
    assert sum(len(spans) for spans in lines.values()) > 2 * count
    for spans in lines.values():
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            assert end <= start + 1
        assert spans[-1][1] <= width


def test_long_names_are_cut_and_told_in_a_title() -> None:
    path = "/" + "very-long-segment-" * 5 + "end"
    name, host = "n" * 60, "h" * 60 + ".internal"
    page = file_page(
        f"version 1\nservice {name} {{\n  upstream {host}:8080\n  route {path} GET\n}}\n"
    )
    svg = _picture(page)
    texts = [(text.text or "", text.findtext("title")) for text in svg.iter("text")]
    (label, title) = next(pair for pair in texts if pair[0].startswith("/"))
    assert len(label) == 38 and "…" in label and (title or "").startswith(f"{path}\n")
    titles = [group.findtext("title") for group in svg.iter("g")]
    assert f"{name}\n{host}:8080" in titles
    assert path in page.of("code"), "the table under the picture has it whole"


def test_cut_counts_wide_characters_twice() -> None:
    assert cut("日本語の長い名前", 9) == "日本…名前"


def test_the_picture_marks_what_is_lost_where_it_is_lost() -> None:
    page = file_page(
        "version 1\nservice a {\n  upstream x:80\n"
        '  route /a { headers { request_set X-A "{{uuid}}" } }\n'
        "  route /b { headers { request_set X-A b } }\n}\n"
    )
    why = _KNOWN[3].support["headers.template=uuid"].text
    told = [
        (group.attrib["class"].split(), group.findtext("title"))
        for group in _picture(page).iter("g")
        if "chip" in group.attrib["class"]
    ]
    assert told == [
        (["chip", "unsupported"], f"1 header rule\nTraefik: unsupported: {why}"),
        (["chip"], "1 header rule"),
    ]


def test_what_a_service_gives_is_marked_on_the_routes_that_take_it() -> None:
    target = made("T", rate_limit__response__message=approximate("its own words"))
    source = checked(
        "version 1\nservice a {\n  upstream x:80\n"
        "  rate_limit 5/s { response { message hello } }\n"
        "  route /a\n  route /b { rate_limit 7/s }\n}\n"
    )
    page = Page(html.file_page(explained(source, [target]), source))
    chips = [
        (group.findtext("text"), group.attrib["class"].split())
        for group in _picture(page).iter("g")
        if "chip" in group.attrib["class"]
    ]
    assert chips == [("5/s", ["chip", "approximate"]), ("7/s", ["chip"])]
