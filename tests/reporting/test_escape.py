"""Text from data stays text in Markdown, wherever it stands, and nothing in it is hidden."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hostile import CONTROLS, NAMES
from hypothesis import example, given
from hypothesis import strategies as st
from rendered import blocks, cells

from crmcli.reporting.escape import Markdown, escaped, visible

if TYPE_CHECKING:
    from collections.abc import Callable

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
MARKUP = st.text(st.sampled_from("\\`*_{}[]()<>#+-.!|~&;:/@ \t\n\"'=$^%0123456789ahtpsw\u200b\u202e"), max_size=40)
TEXTS = ANY_TEXT | MARKUP
EXAMPLES = (
    "A|B",
    "<script>alert(1)</script>", "[/x]", "{{7*7}}", "{% x %}", "\\|", "\\", "a\\",
    "![x](http://e/x.png)", "<!--", "&lt;", "&#124;",
    "1. one", "12) two",
    "- x", "+ x", "* x", "> x", "# x", "x #", "=====", "---", "***", "~~~", "```", "    code", "\tcode",
    "|---|", ":--", "http://e.example", "https://e.example", "www.e.example", "a@e.example", "<http://e>",
    "[^1]", "[x]: y",
    "a\u200bb", "\ufeff", "\u00adx", "x\u2060", "\U000e0041", "\u3164", "\xa0x\u3000", " ", "", "`", "$x$",
)  # fmt: skip


def with_examples(test: Callable[..., None]) -> Callable[..., None]:
    for text in (*NAMES, *EXAMPLES):
        test = example(text)(test)
    return test


@with_examples
@given(TEXTS)
def test_any_text_is_one_cell_that_shows_it(text: str) -> None:
    made = f"| a | b |\n|---|---:|\n| {escaped(text)} |{escaped(text)}|\n"
    assert cells(made) == [["a", "b"], [visible(text)] * 2]


@with_examples
@given(TEXTS)
def test_any_text_is_a_paragraph_a_heading_and_an_item(text: str) -> None:
    shown = escaped(text)
    made = f"{shown}\n\n## {shown}\n\n- {shown}\n\n> {shown}\n"
    wanted = [
        ("paragraph", text),
        ("heading", text),
        ("bullet_list/list_item/paragraph", text),
        ("blockquote/paragraph", text),
    ]
    if text:
        assert blocks(made) == [(kind, visible(part)) for kind, part in wanted]


@given(st.lists(TEXTS, min_size=2, max_size=4))
@example(["http:", "//e.example"])
@example(["www", ".e.example"])
@example(["1", ". x"])
@example(["", "- x"])
@example(["!", "[x](y)"])
@example(["\\", "|"])
@example(["x", "(y)"])
def test_texts_in_a_row_make_nothing_together(texts: list[str]) -> None:
    shown = "".join(map(escaped, texts))
    if shown:
        assert blocks(f"{shown}\n") == [("paragraph", "".join(map(visible, texts)))]


@given(TEXTS)
@example("\u2028\x85\x0b\x0c\r\n\x00\ud800")
def test_nothing_is_hidden_turned_or_broken(text: str) -> None:
    shown = visible(text)
    assert not set(shown) & CONTROLS
    assert not [mark for mark in shown if unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"}]
    assert visible(shown) == shown
    assert len(str(escaped(text)).splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A\u200bB", "A\\u200bB"),
        ("\ufeffA", "\\ufeffA"),
        ("so\u00adft", "so\\u00adft"),
        ("\U000e0041", "\\U000e0041"),
        ("A\u200dB", "A\\u200dB"),
        ("A\ufe0f", "A\\ufe0f"),
        ("\u3164", "\\u3164"),
        ("\u0627\u200c", "\u0627\\u200c"),
    ],
)
def test_what_leaves_no_trace_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f469\u200d\U0001f467",  # A family
        "\u2764\ufe0f\u200d\U0001f525",  # A burning heart
        "1\ufe0f\u20e3",  # A keycap
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\u0915\u094d\u200d\u0937",  # Devanagari
        "北京 café Ünïcode",
    ],
)
def test_joiners_stay_where_writing_needs_them(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Can't Lose", "Can't Lose"),
        ("12.5 of 3.2", "12.5 of 3.2"),
        ("2026-11-21", "2026-11-21"),
        ("−£1,234.50 (3%)", "−£1,234.50 (3%)"),
        ("A|B", r"A\|B"),
        ("at_risk", r"at\_risk"),
        ("a\\b", "a&#92;b"),
        ("<b>", "&lt;b&gt;"),
        ("-5 +5 =1+1", "-5 +5 =1+1"),
        ("+5%", "+5%"),
        ("- 5", r"\- 5"),
        (" x ", "&#32;x&#32;"),
    ],
)
def test_ordinary_text_stays_readable(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


def test_nothing_is_escaped_twice() -> None:
    assert escaped(escaped("a|b")) == r"a\|b"


def test_what_is_added_to_markdown_is_escaped() -> None:
    made = Markdown("**x**")
    assert (made + "|", "|" + made, made + made) == (r"**x**\|", r"\|**x**", "**x****x**")
    assert {type(part) for part in (made + "|", "|" + made)} == {Markdown}


def test_what_is_made_from_markdown_by_other_means_is_plain_text_again() -> None:
    made = Markdown(r"%s\|b ")
    derived = [made[1:], made.upper(), made.strip(), made % "|", made * 2, made.replace("b", "|"), made.join("||")]
    assert {type(text) for text in derived} == {str}
