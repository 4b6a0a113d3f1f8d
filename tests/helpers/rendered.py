"""Markdown as a reader sees it: through a parser of its own, down to the texts of cells and paragraphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
"""With HTML, as some readers have it, so that a tag that got through would be one."""

PLAIN = frozenset({"text", "text_special"})


def cells(markdown: str) -> list[list[str]]:
    """Every row of the only table, each cell as plain text; anything but text in one is an error."""
    tokens = READER.parse(markdown)
    assert [token.type for token in tokens].count("table_open") == 1
    rows: list[list[str]] = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "tr_open":
            rows.append([])
        if token.type in {"td_open", "th_open"}:
            assert following is not None
            rows[-1].append(text(following))
    return rows


def blocks(markdown: str) -> list[tuple[str, str]]:
    """(kind of block, plain text) of everything that holds text; anything but text in it is an error."""
    return list(_blocks(READER.parse(markdown)))


def text(inline: Token) -> str:
    """The text of a piece of Markdown that must hold nothing else."""
    assert inline.type == "inline"
    children = inline.children or []
    assert {child.type for child in children} <= PLAIN, inline.content
    return "".join(child.content for child in children)


def _blocks(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    opened: list[str] = []
    for token in tokens:
        if token.nesting == 1:
            opened.append(token.type.removesuffix("_open"))
        elif token.nesting == -1:
            opened.pop()
        elif token.type == "inline":
            yield "/".join(opened), text(token)
        else:
            yield token.type, token.content
