"""Records that a line break may have cut, and pieces that are something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcli.transactions.text import read_table

if TYPE_CHECKING:
    from pathlib import Path

AMOUNT_LAST = ("customer,date,amount", "K1001,2024-01-02,5.25", "K1002,2024-01-03,12.50", "K1003,2024-01-04,-7.00")
SALES_LAST = ("customer,date,amount", "K1001,2024-01-02,12.75", "K1002,2024-01-03,75.48")
NAME_LAST = ("amount,date,customer", "5.25,2024-01-02,Ann Lee", "12.50,2024-01-03,Bob", "7.00,2024-01-04,Cid Vega")
NAME_FIRST = ("customer,date,amount", "Ann Lee,2024-01-02,5.25", "Bob,2024-01-03,12.50", "Cid Vega,2024-01-04,7.00")


def bad_lines(folder: Path, *lines: str) -> list[int]:
    path = folder / "in.csv"
    path.write_text("\n".join([*lines, ""]), newline="")
    table = read_table(path, "in.csv", folder.joinpath, delimiter=",", skip_lines=0)
    assert table.records == table.sound + table.defects.height
    assert set(table.defects["code"]) <= {"MISSING_COLUMNS", "STRAY_QUOTE", "UNTERMINATED_QUOTE"}
    return table.defects["line"].to_list()


@pytest.mark.parametrize(
    ("lines", "cut"),
    [
        ((*AMOUNT_LAST, "K1004,2024-01-05,15.2", "5", "K1005,2024-01-06,1.00"), [5, 6]),
        ((*AMOUNT_LAST, "K1004,2024-01-05,15", ".25"), [5, 6]),
        ((*AMOUNT_LAST, "K10", "04,2024-01-05,15.25", "K1005,2024-01-06,1.00"), [5, 6]),
        ((*AMOUNT_LAST, "K1004,2024-01-05,15.", "2", "5", "K1005,2024-01-06,1.00"), [5, 6, 7]),
        ((*NAME_LAST, "9.00,2024-01-05,Ann", " Lee", "1.00,2024-01-06,Bob"), [5, 6]),
        ((*NAME_FIRST, "An", "n Lee,2024-01-05,9.00"), [5, 6]),
        (("a,b,c", "1,2,3.1", "4", "5,6,7.5"), [2, 3, 4]),
        # The last line is rather a footer, unless it makes a name whole that is known.
        ((*NAME_LAST, "9.00,2024-01-05,Ann", " Lee"), [5, 6]),
        ((*NAME_LAST, "9.00,2024-01-05,Ci", "d Vega"), [5, 6]),
        # A refund is cut like a sale, also where no other one is known.
        ((*SALES_LAST, "K1003,2024-01-04,-933", ".95", "K1004,2024-01-05,1.00"), [4, 5]),
        ((*SALES_LAST, "K1003,2024-01-04,(933", ".95)", "K1004,2024-01-05,1.00"), [4, 5]),
        ((*NAME_LAST, "", "-9", "33.95,2024-01-05,Ann Lee", "1.00,2024-01-06,Bob"), [6, 7]),
    ],
)
def test_all_parts_of_a_record_that_may_be_cut_are_set_aside(
    tmp_path: Path, lines: tuple[str, ...], cut: list[int]
) -> None:
    assert bad_lines(tmp_path, *lines) == cut


def test_the_message_names_the_piece(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("\n".join([*AMOUNT_LAST, "K1004,2024-01-05,15.2", "5", ""]))
    table = read_table(path, "in.csv", tmp_path.joinpath, delimiter=",", skip_lines=0)
    assert table.defects["message"].to_list() == [
        "perhaps cut by a line break: '5', in the line after it, may belong to it",
        "1 field, the header has 3",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        (*AMOUNT_LAST, "Total: 3 rows"),
        (*NAME_LAST, "3 rows"),
        (*NAME_LAST, "9.00,2024-01-05,Ann", "Lee"),
        (*NAME_LAST, "9.00,2024-01-05,", "Bob"),
        (*AMOUNT_LAST, "", "17.75"),
        (*NAME_LAST, "", "January", "", "5.00,2024-01-08,Ann Lee"),
        (*AMOUNT_LAST, "a section of the report", "K1004,2024-01-05,15.25"),
        (*NAME_FIRST, "a section of the report", "Ann Lee,2024-01-05,15.25"),
        ("a,b", "1,2", "3", "4,5"),
        (*NAME_LAST, '"a quoted cell"', "1.00,2024-01-06,Bob"),
    ],
)
def test_footers_and_titles_take_no_record_with_them(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert len(bad_lines(tmp_path, *lines)) == 1


def test_pieces_of_a_broken_cell_are_no_piece_of_their_neighbours(tmp_path: Path) -> None:
    assert bad_lines(tmp_path, *NAME_LAST, '1.00,2024-01-09,"Ann', "Lee", "5.00,2024-01-10,Bob") == [5, 6]
    assert bad_lines(tmp_path, *NAME_FIRST, "Ann", 'Lee",2024-01-09,1.00', "Bob,2024-01-10,5.00") == [5, 6]
