"""Markdown of a report to the HTML of its body: headings with ids, tables that scroll, pictures inline, safe links.

HTML in the Markdown is text. Links lead within the page, to the web or to a mailbox; other addresses stay text. The
only pictures are the report's own, and raster images that a template holds as data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from crmcli.errors import UsageError, did_you_mean
from crmcli.present.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from markdown_it.utils import EnvType, OptionsDict

    from crmcli.reporting.language import Language

_LINKS = re.compile(r"(#|https?://|mailto:)", re.IGNORECASE)
_RASTER = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
_SIZE = re.compile(rb"""<svg\b[^>]*?\s(width|height)=["']([0-9.]+)(?:px)?["'][^>]*?\s(width|height)=["']([0-9.]+)""")
_ALIGNED = {"text-align:right": "number", "text-align:center": "middle"}
_WIDTHS = ((90, "plain"), (115, "wide"))
"""Tables of more than so many characters across are set smaller, and smaller still."""
_GAP = 2.5
"""What stands between two columns, in characters."""
_FOLDED = 24
"""Characters across of a text that folds."""
_SHORT = {"td": 20, "th": 8}
"""Cells and heads of at most so many characters, such as names of segments and dates, stay on one line."""
_UNTITLED = "section"
_SAFE_IN_ADDRESS = " !$()*+,-./:;=?@_~'"
"""Characters of a picture that stand for themselves in its address; quotes and brackets of tags do not."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the report."""

    level: int
    identity: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a page in pieces: what comes before the first section, and all the sections."""

    opening: str
    sections: str
    headings: tuple[Heading, ...]


def body(markdown: str, pictures: Mapping[str, bytes], language: Language) -> Body:
    """The body of a report.

    Args:
        markdown: the report.
        pictures: SVG by the name that the Markdown has for it.
        language: of labels for those who hear the page.

    Raises:
        UsageError: a picture that is none of the report's.
    """
    tokens = _parser().parse(markdown)
    headings = tuple(_name_headings(tokens))
    arranged = list(_arranged(tokens, language))
    renderer = _Renderer(pictures)
    first = next((place for place, token in enumerate(arranged) if token.type == "section_open"), len(arranged))
    options = _parser().options
    return Body(
        renderer.render(arranged[:first], options, {}), renderer.render(arranged[first:], options, {}), headings
    )


def picture_address(svg: bytes) -> str:
    """An SVG as an address that holds it, shorter than Base64."""
    return f"data:image/svg+xml,{quote(svg, safe=_SAFE_IN_ADDRESS)}"


def slugs(texts: Iterable[str]) -> list[str]:
    """An id per heading as on GitHub, so that links within a report work in Markdown and in HTML."""
    used: dict[str, int] = {}
    made = []
    for text in texts:
        kept = "".join(mark for mark in text.casefold() if mark.isalnum() or mark in " -_")
        slug = kept.strip().replace(" ", "-") or _UNTITLED
        while slug in used:
            used[slug] += 1
            slug = f"{slug}-{used[slug]}"
        used[slug] = 0
        made.append(slug)
    return made


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.validateLink = _is_address  # type: ignore[method-assign, assignment]
    return parser


def _is_address(address: str) -> bool:
    """Whether an address may stand in the page at all; pictures are held to their own rule later."""
    scheme = re.match(r"\s*([a-z][a-z0-9+.-]*):", unquote(address), re.IGNORECASE)
    return scheme is None or bool(_LINKS.match(address) or _RASTER.match(address))


def _name_headings(tokens: Sequence[Token]) -> Iterable[Heading]:
    places = [place for place, token in enumerate(tokens) if token.type == "heading_open"]
    texts = [_text(tokens[place + 1]) for place in places]
    for place, text, slug in zip(places, texts, slugs(texts), strict=True):
        tokens[place].attrSet("id", slug)
        yield Heading(int(tokens[place].tag[1:]), slug, text)


def _text(token: Token) -> str:
    """What a reader sees of a piece of Markdown, without its looks."""
    if token.children:
        return "".join(map(_text, token.children))
    return " " if token.type in {"softbreak", "hardbreak"} else token.content


def _arranged(tokens: Sequence[Token], language: Language) -> Iterable[Token]:
    """The tokens with sections at second headings and regions around tables; lone pictures lose their paragraph."""
    heading = ""
    is_open = False
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = _text(tokens[place + 1])
            if token.tag == "h2":
                yield from [Token("section_close", "section", -1)] * is_open
                yield Token("section_open", "section", 1, attrs={"aria-labelledby": str(token.attrs["id"])})
                is_open = True
        if token.type == "table_open":
            label = language.text("page.table", title=heading)
            yield Token("region_open", "div", 1, attrs=_region(label))
            token.attrSet("class", _width(_across(tokens, place)))
        if not _is_around_picture(tokens, place):
            yield token
        if token.type == "table_close":
            yield Token("region_close", "div", -1)
    yield from [Token("section_close", "section", -1)] * is_open


def _region(label: str) -> dict[str, str | int | float]:
    """A part of the page that scrolls by itself, also for those who use the keyboard."""
    return {"class": "table", "role": "region", "aria-label": label, "tabindex": "0"}


def _across(tokens: Sequence[Token], place: int) -> float:
    """Characters across of the table that opens here, each column as wide as its widest cell."""
    widths: list[int] = []
    column = 0
    for cell, inside in zip(tokens[place:], tokens[place + 1 :], strict=False):
        if cell.type == "table_close":
            break
        if cell.type == "tr_open":
            column = 0
        if cell.type in {"th_open", "td_open"}:
            widths += [0] * (column == len(widths))
            widths[column] = max(widths[column], _cell_width(inside, cell.tag))
            column += 1
    return sum(width + _GAP for width in widths)


def _cell_width(inside: Token, tag: str) -> int:
    """Heads fold at any blank, cells only when they are long."""
    text = _text(inside)
    parts = text.split() if tag == "th" else [text]
    widest = max((_characters(part) for part in parts), default=0)
    return widest if widest <= _SHORT["td"] else min(widest, _FOLDED)


def _characters(text: str) -> int:
    return sum(2 if east_asian_width(mark) in "WF" else 1 for mark in text)


def _width(across: float) -> str:
    return next((name for most, name in _WIDTHS if across <= most), "widest")


def _is_around_picture(tokens: Sequence[Token], place: int) -> bool:
    """Whether this opens or closes a paragraph that is nothing but a picture."""
    inside = {"paragraph_open": place + 1, "paragraph_close": place - 1}.get(tokens[place].type)
    return inside is not None and _is_picture(tokens[inside])


def _is_picture(token: Token) -> bool:
    return [child.type for child in token.children or []] == ["image"]


class _Renderer(RendererHTML):
    """The renderer of the parser, for what a report does differently."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        super().__init__()
        self._pictures = pictures

    def renderInline(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:  # noqa: N802
        """A picture by itself is a figure with its title below."""
        made = super().renderInline(tokens, options, env)
        if [token.type for token in tokens] != ["image"]:
            return made
        caption = str(tokens[0].attrs.get("title", ""))
        below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        return f"<figure>{made}{below}</figure>\n"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        """A picture of the report, as data in the page."""
        token = tokens[idx]
        source = str(token.attrs["src"])
        attributes = {"src": self._address(source), "alt": _text(token), **self._size(source)}
        written = " ".join(f'{name}="{escape(text)}"' for name, text in attributes.items())
        return f"<img {written}>"

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A link that tells nobody where it was found; one to a file leads nowhere and is none."""
        token = tokens[idx]
        if not _LINKS.match(str(token.attrs["href"])):
            token.attrs = {}
        elif not str(token.attrs["href"]).startswith("#"):
            token.attrSet("rel", "noreferrer")
        return self.renderToken(tokens, idx, options, env)

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The head of a column."""
        tokens[idx].attrSet("scope", "col")
        return self.td_open(tokens, idx, options, env)

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A cell whose alignment is a class: the page allows no style of its own to an element."""
        style = str(tokens[idx].attrs.pop("style", ""))
        looks = _ALIGNED.get(style) or ("short" if len(_text(tokens[idx + 1])) <= _SHORT[tokens[idx].tag] else None)
        if looks:
            tokens[idx].attrSet("class", looks)
        return self.renderToken(tokens, idx, options, env)

    def _address(self, source: str) -> str:
        if source in self._pictures:
            return picture_address(self._pictures[source])
        if _RASTER.fullmatch(source):
            return source
        raise UsageError(
            f"{safe_text(source[:80])!r} is no picture of this report.",
            remedy=did_you_mean(source, self._pictures) or f"There are: {', '.join(self._pictures) or 'none'}.",
        )

    def _size(self, source: str) -> dict[str, str]:
        """Width and height as the picture states them, so that nothing moves while the page is loaded."""
        found = _SIZE.search(self._pictures.get(source, b"")[:1000])
        if found is None:
            return {}
        sizes: dict[str, Any] = {found[1].decode(): found[2], found[3].decode(): found[4]}
        return {name: str(round(float(sizes[name]))) for name in ("width", "height") if name in sizes}
