"""One file of HTML that holds everything, runs nothing, and shows text as text."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import pytest
from hostile import CONTROLS, NAMES
from hypothesis import example, given
from hypothesis import strategies as st

from crmcli.errors import UsageError
from crmcli.reporting.charts.palette import DARK_PAGE, LIGHT_PAGE
from crmcli.reporting.document import picture_address, slugs
from crmcli.reporting.escape import escaped, visible
from crmcli.reporting.html import assembled, page
from crmcli.reporting.job import Limits, Page
from crmcli.reporting.language import Language
from crmcli.reporting.roots import Roots

if TYPE_CHECKING:
    from collections.abc import Mapping

LABELS = {"page.contents": "Contents", "page.table": "Table: {title}"}
EN = Language("en", LABELS, "labels.en.toml")
ZH = Language("zh", LABELS, "labels.zh.toml")
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320.4" viewBox="0 0 640 320">'
    + "<text>客户 & \"'#%</text></svg>".encode()
)
EMPTY = frozenset({"meta", "img", "br", "hr"})


class Reader(HTMLParser):
    """The elements of a page with their attributes, and the text of each cell; ill-nested elements are an error."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in {"td", "th"}:
            self.cells.append("")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data
        if "main" in self.open:
            self.texts.append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return "".join(self.texts)


def made(
    markdown: str, *, pictures: Mapping[str, bytes] | None = None, language: Language = EN, roots: Roots | None = None
) -> str:
    return assembled(Page(markdown, "T", language, pictures or {}, roots or Roots()))


def read(markdown: str, **pictures: bytes) -> Reader:
    reader = Reader()
    reader.feed(made(markdown, pictures={f"{name}.svg": svg for name, svg in pictures.items()}))
    assert reader.open == []
    return reader


def test_the_page_states_language_title_and_policy() -> None:
    text = page("# A & <b>", title="A & </title><script>\u202e", language=ZH, pictures={}, roots=Roots())
    assert '<html lang="zh-Hans">' in text
    assert "<title>A &amp; &lt;/title&gt;&lt;script&gt;\\u202e</title>" in text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert text.endswith("</html>\n")


def test_the_policy_allows_the_one_style_sheet_and_pictures_that_are_data() -> None:
    text = made("x")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; script-src 'none'"
    )


def test_nothing_is_fetched_and_nothing_runs() -> None:
    text = made("# A\n\n## B\n\n| a |\n|--:|\n| 1 |\n\n![x](p.svg)\n", pictures={"p.svg": SVG})
    reader = Reader()
    reader.feed(text)
    assert {tag for tag, _ in reader.elements} & {
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "svg",
    } == set()
    named = [name for _, attributes in reader.elements for name in attributes]
    assert not [name for name in named if name.startswith("on") or name in {"style", "srcset", "background", "poster"}]
    assert all(str(image["src"]).startswith("data:image/") for image in reader.attributes("img"))


@pytest.mark.parametrize(
    "name", [*NAMES, "A|B", "<script>alert(1)</script>", "{{7*7}}", "&lt;b&gt;", "javascript:alert(1)"]
)
def test_hostile_names_are_text_everywhere(name: str) -> None:
    text = escaped(name)
    blocks = (f"# {text}", f"## {text}", text, f"- {text}", f'![{text}](p.svg "{text}")')
    table = f"| {text} | b |\n|---|--:|\n| {text} | {text} |\n"
    reader = read("\n\n".join((*blocks, table)), p=SVG)
    assert {tag for tag, _ in reader.elements} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "h1", "h2", "p", "ul", "li"),
        *("div", "table", "thead", "tbody", "tr", "th", "td", "figure", "img", "figcaption"),
    }
    assert reader.cells == [visible(name), "b", visible(name), visible(name)]
    assert reader.text.count(visible(name)) >= 8
    (image,) = reader.attributes("img")
    assert image["alt"] == visible(name)
    assert not set(reader.text) & (CONTROLS - {"\n"})


@given(st.text(st.characters(codec=None, exclude_categories=())))
@example("<img src=x onerror=alert(1)>")
@example("\x00\x1b\u202e|\\")
def test_any_text_is_exactly_one_cell(name: str) -> None:
    reader = read(f"| a | b |\n|---|---|\n| {escaped(name)} |{escaped(name)}|\n")
    assert reader.cells == ["a", "b", visible(name), visible(name)]


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<div onclick='x'>",
        "a <img src=x onerror=alert(1)> b",
        "<!-- x -->",
        "<svg/onload=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,x)",
        "[x](vbscript:x)",
        "[x](file:///etc/passwd)",
        "<javascript:alert(1)>",
        "[x](%6Aavascript:alert(1))",
        "[x](\tjavascript:x)",
        "[a]: javascript:alert(1)\n\n[a]",
        "[x](blob:y)",
    ],
)
def test_templates_too_can_write_no_html_and_no_address_that_acts(markdown: str) -> None:
    reader = read(markdown)
    assert {tag for tag, _ in reader.elements} <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "header",
        "p",
    }


def test_links_of_templates_lead_to_the_web_to_mail_and_within_the_page() -> None:
    reader = read(
        "[a](https://e.example/?x=1&y=2 't') [b](#part) [c](mailto:a@e.example) [d](other.html) [e](//e.example)"
    )
    assert reader.attributes("a") == [
        {"href": "https://e.example/?x=1&y=2", "title": "t", "rel": "noreferrer"},
        {"href": "#part"},
        {"href": "mailto:a@e.example", "rel": "noreferrer"},
        {},
        {},
    ]


def test_headings_have_ids_and_long_reports_contents() -> None:
    markdown = "# Report\n\nlead\n\n## What changed?\n\n### Same\n\n## Same\n\n## 客户 分层\n"
    text = made(markdown)
    assert [f'id="{slug}"' in text for slug in ("report", "what-changed", "same", "same-1", "客户-分层")] == [True] * 5
    assert '<nav aria-label="Contents">\n<ol>\n<li><a href="#what-changed">What changed?</a></li>\n' in text
    assert text.index("lead") < text.index("<nav") < text.index('<section aria-labelledby="what-changed">')
    assert "<nav" not in made("# Report\n\n## One\n\n## Two\n")


@given(st.lists(st.text(max_size=8) | st.sampled_from(["a", "a-1", "a 1", "A", "?"])))
def test_ids_are_unique_and_of_one_word(texts: list[str]) -> None:
    made_ids = slugs(texts)
    assert len(set(made_ids)) == len(texts)
    assert all(slug and not re.search(r'[\s"<>&]', slug) for slug in made_ids)
    assert slugs(texts) == made_ids


def test_tables_stand_in_regions_that_scroll_and_have_a_name() -> None:
    reader = read("## Segments\n\n| a | b | c |\n|---|--:|:-:|\n| x | 1 | y |\n")
    assert reader.attributes("div") == [
        {"class": "table", "role": "region", "aria-label": "Table: Segments", "tabindex": "0"}
    ]
    assert reader.attributes("table") == [{"class": "plain"}]
    assert [cell.get("class") for cell in reader.attributes("td")] == ["short", "number", "middle"]
    assert {cell["scope"] for cell in reader.attributes("th")} == {"col"}


@pytest.mark.parametrize(
    ("columns", "cell", "looks"),
    [
        (5, "1,234.00", "plain"),
        (9, "12.5%", "plain"),
        (9, "1,234.00", "wide"),
        (9, "客户价值", "wide"),
        (11, "1,234,567.00", "widest"),
    ],
)
def test_tables_are_set_smaller_the_wider_they_are(columns: int, cell: str, looks: str) -> None:
    row = "|" + f" {cell} |" * columns + "\n"
    assert read("|" + " a b c |" * columns + "\n|" + "---:|" * columns + f"\n{row}{row}").attributes("table") == [
        {"class": looks}
    ]


def test_long_cells_fold() -> None:
    reader = read("| a | b |\n|---|---|\n| " + "long " * 9 + "| x |\n")
    assert reader.attributes("td") == [{}, {"class": "short"}]


def test_a_picture_by_itself_is_a_figure_with_its_title_below() -> None:
    reader = read('![1 < 2 & "x"](p.svg "Title *x*")\n\ntext ![y](p.svg)\n', p=SVG)
    first, second = reader.attributes("img")
    assert (first["alt"], first["width"], first["height"]) == ('1 < 2 & "x"', "640", "320")
    assert second["alt"] == "y"
    assert [tag for tag, _ in reader.elements].count("figure") == 1
    assert "Title *x*" in reader.text


def test_the_address_of_a_picture_holds_the_picture() -> None:
    address = picture_address(SVG)
    assert unquote_to_bytes(address.removeprefix("data:image/svg+xml,")) == SVG
    assert not set(address) & set('"<>#\n\\^`{|}')


def test_pictures_of_others_are_refused_by_name() -> None:
    with pytest.raises(UsageError) as caught:
        made("![x](pic.svg)", pictures={"pics.svg": SVG})
    assert caught.value.lines() == ["'pic.svg' is no picture of this report.", "Did you mean 'pics.svg'?"]
    for source in ("https://e.example/x.png", "logo.png", "../p.svg"):
        with pytest.raises(UsageError, match="is no picture of this report"):
            made(f"![x]({source})", pictures={"p.svg": SVG})


def test_a_drawing_as_data_that_is_not_the_reports_stays_text() -> None:
    assert read("![x](data:image/svg+xml,<svg/onload=alert(1)>) ![y](data:text/html,z)").attributes("img") == []


def test_a_template_may_hold_a_raster_picture_as_data() -> None:
    reader = read("![Logo](data:image/png;base64,iVBORw0KGgo=)")
    assert reader.attributes("img") == [{"src": "data:image/png;base64,iVBORw0KGgo=", "alt": "Logo"}]


def test_a_style_sheet_of_ones_own_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "page.css").write_text("body { color: red }\n", encoding="utf-8")
    assert "<style>\nbody { color: red }\n</style>" in made("x", roots=Roots((tmp_path,)))


@pytest.mark.parametrize(
    "css",
    [
        "@import 'x.css';",
        "a { background: url(https://e.example/x) }",
        "a { background: URL( 'x.png' ) }",
        "</style><script>",
        "a { background: \\75rl(//e.example) }",
        "@\\69mport 'x'",
    ],
)
def test_a_style_sheet_that_would_fetch_or_end_early_is_refused(tmp_path: Path, css: str) -> None:
    (tmp_path / "page.css").write_text(f"\n{css}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"page\.css, line 2: .* may not stand in the style sheet"):
        made("x", roots=Roots((tmp_path,)))


def test_errors_come_out_of_the_process_that_makes_pages() -> None:
    with pytest.raises(UsageError) as caught:
        page("![x](pic.svg)", title="T", language=EN, pictures={"pics.svg": SVG}, roots=Roots())
    assert caught.value.lines() == ["'pic.svg' is no picture of this report.", "Did you mean 'pics.svg'?"]


def test_markdown_that_takes_a_parser_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmcli.reporting.html.PAGING", Limits(seconds=1))
    with pytest.raises(UsageError, match="The HTML of the report takes too long"):
        page("[" * 1_000_000, title="T", language=EN, pictures={}, roots=Roots())


def test_a_style_sheet_may_hold_pictures_as_data(tmp_path: Path) -> None:
    (tmp_path / "page.css").write_text("a { background: url(data:image/png;base64,xx) }", encoding="utf-8")
    assert "url(data:image/png" in made("x", roots=Roots((tmp_path,)))


def test_the_same_report_is_the_same_file() -> None:
    markdown = "# A\n\n## B\n\n![x](p.svg)\n\n| a |\n|---|\n| b |\n"
    assert made(markdown, pictures={"p.svg": SVG}) == made(markdown, pictures={"p.svg": SVG})


def test_the_shipped_style_sheet_knows_paper_phones_and_dark_rooms() -> None:
    css = (Path(__file__).parents[2] / "templates" / "page.css").read_text(encoding="utf-8")
    assert all(
        rule in css
        for rule in ("@media print", "prefers-color-scheme: dark", "max-width: 37.5rem", "break-inside: avoid")
    )


def test_pages_have_the_colours_that_pictures_are_made_for() -> None:
    css = (Path(__file__).parents[2] / "templates" / "page.css").read_text(encoding="utf-8")
    assert re.findall(r"--page: (#\w+);", css) == [LIGHT_PAGE, DARK_PAGE]
