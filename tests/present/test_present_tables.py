"""Tables fit their width without cutting anything in silence."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from present_samples import CUSTOMERS, SEGMENTS, customers, frame, segments
from rich.cells import cell_len

from crmcli.analysis.views import Column, Kind, View
from crmcli.present.page import plain_console
from crmcli.present.tables import bar, fitted, shortened

if TYPE_CHECKING:
    import polars as pl


def drawn(table: pl.DataFrame, view: View, width: int) -> tuple[list[str], list[str]]:
    rendered, omitted = fitted(table, view, width, 2)
    console = plain_console(width, colour=False)
    console.print(rendered)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines(), omitted


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160, 240])
@pytest.mark.parametrize(("view", "table"), [(CUSTOMERS, customers()), (SEGMENTS, segments())], ids=["many", "few"])
def test_every_column_is_there_or_named(view: View, table: pl.DataFrame, width: int) -> None:
    lines, omitted = drawn(table, view, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "…" not in "".join(lines)
    shown = [name for name in view.column_names() if name not in omitted]
    assert view.key[0] in shown
    assert [*shown, *omitted] == list(view.column_names()), "columns go from the end"
    words = " ".join(lines).split()
    for name in shown:
        assert set(name.split("_")) <= set(words)


def test_a_wide_page_leaves_nothing_out() -> None:
    assert drawn(customers(), CUSTOMERS, 240)[1] == []


def test_wide_characters_align() -> None:
    lines, _ = drawn(customers(), CUSTOMERS, 120)
    rows = lines[-12:]
    ends = {cell_len(line[: line.index("2021-03-01")]) for line in rows}
    assert len(ends) == 1


WORDS = st.text("ab 北\n", min_size=1, max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(WORDS, st.integers(0, 10**9), WORDS).map(list), min_size=1, max_size=4), st.integers(40, 90))
def test_folded_texts_lose_no_letter(rows: list[list[Any]], width: int) -> None:
    columns = (Column("id", Kind.ID, ""), Column("n", Kind.INTEGER, ""), Column("what", Kind.TEXT, ""))
    view = View("v", "V", "", columns, key=("id", "n", "what"))
    lines, omitted = drawn(frame(view, rows), view, width)
    assert omitted == []
    assert all(cell_len(line) <= width for line in lines)
    shown = "".join(lines)
    for letter in "北␊":
        wanted = sum(row[column].replace("\n", "␊").count(letter) for row in rows for column in (0, 2))
        assert shown.count(letter) == wanted


def test_a_key_wider_than_the_page_is_not_cut() -> None:
    columns = tuple(Column(f"k{n}", Kind.INTEGER, "") for n in range(6))
    view = View("v", "V", "", columns, key=tuple(column.name for column in columns))
    rendered, omitted = fitted(frame(view, [[10**12 + n for n in range(6)]]), view, 40, 2)
    console = plain_console(40, colour=False)
    console.print(rendered, crop=False)
    assert isinstance(console.file, io.StringIO)
    assert omitted == []
    assert "1,000,000,000,005" in console.file.getvalue()


@pytest.mark.parametrize(
    ("currencies", "lost"),
    [(["EUR", "EUR"], ["currency", "other"]), ([None] * 2, ["currency", "other"]), (["EUR", "USD"], ["part", "other"])],
)
def test_a_text_of_the_key_that_is_the_same_everywhere_goes_before_parts_of_a_row(
    currencies: list[str | None], lost: list[str]
) -> None:
    columns = (
        Column("customer", Kind.ID, ""),
        Column("currency", Kind.TEXT, "", minor=True),
        Column("part", Kind.INTEGER, "", minor=True),
        Column("sum", Kind.INTEGER, ""),
        Column("other", Kind.INTEGER, "", minor=True),
    )
    view = View("v", "V", "", columns, key=("customer", "currency"))
    rows = [[f"c{n}", currency, 10**5, 10**5, 10**5] for n, currency in enumerate(currencies)]
    assert fitted(frame(view, rows), view, 60, 2)[1] == []
    assert fitted(frame(view, rows), view, 40, 2)[1] == ["other"]
    assert fitted(frame(view, rows), view, 31, 2)[1] == lost


def test_ids_of_absurd_length_lose_their_middle() -> None:
    view = View("v", "", "", (Column("id", Kind.ID, ""), Column("text", Kind.TEXT, ""), Column("n", Kind.INTEGER, "")))
    digest = "0123456789abcdef" * 4
    lines, omitted = drawn(frame(view, [["x" * 5_000 + "17", "short", 1], [digest, "y" * 90, 2]]), view, 200)
    assert omitted == []
    assert lines[-2].split() == ["x" * 42 + "…" + "x" * 19 + "17", "short", "1"]
    assert lines[-1].split() == [digest, "y" * 90, "2"]
    assert shortened("z" * 64) == "z" * 64


@pytest.mark.parametrize(
    ("fraction", "shown"), [(0, ""), (-1, ""), (1, "█████"), (2, "█████"), (0.5, "██▌"), (0.02, "▏"), (0.001, "")]
)
def test_bars(fraction: float, shown: str) -> None:
    assert bar(fraction, 5) == shown
