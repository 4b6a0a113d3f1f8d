"""No text from data can drive a terminal, and ordinary text is left alone."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from crmcli.present.safe import safe_lines, safe_text

BIDIRECTIONAL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@given(ANY_TEXT)
@example("\x1b[31m")
@example(BIDIRECTIONAL)
@example("\x00\n\r\t\x7f\x85\x9b\u2028\udcff")
def test_nothing_that_moves_a_cursor_is_left(text: str) -> None:
    shown = safe_text(text)
    assert not any(unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"} for mark in shown)
    assert not set(shown) & set(BIDIRECTIONAL)
    assert len(shown) >= len(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
@example("café 北京 👩‍👧 [/x]")
def test_ordinary_text_stays(text: str) -> None:
    assert safe_text(text) == text


def test_the_looks() -> None:
    assert safe_text("\x1b[2J\x9b\u202e\n\t\x00\x7f") == "␛[2J\\u009b\\u202e␊␉␀\\u007f"


def test_a_document_keeps_its_lines() -> None:
    assert safe_lines("a\tb\n\x1bc\n") == "a\tb\n␛c\n"
