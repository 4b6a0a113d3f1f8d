"""Lines that count as whole records by chance, though they are the rest of the broken record before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcli.transactions.cell_shapes import Habits
from crmcli.transactions.dialect import Layout
from crmcli.transactions.strict import rewrite
from crmcli.transactions.text import read_table

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "order,text,quantity,date,price,customer"
ROWS = (
    "10001,tea,1,2024-01-02,5.25,K1001",
    '10002,"x, y\nz",2,2024-01-03,12.50,K1002',
    "10003,,-1,2024-01-04,7.00,K1003",
)
AFTER = "10009,tea,1,2024-02-01,9.00,K1009"
NAMES = ("customer,note,order,date,amount", *("Ann Lee,tea,1001,2024-01-02,5.25", "Bob,,1002,2024-01-03,12.50") * 10)


def bad(folder: Path, *lines: str) -> list[tuple[int, str]]:
    """Lines and codes of the defects."""
    path = folder / "in.csv"
    path.write_text("\n".join([*lines, ""]), newline="")
    table = read_table(path, "in.csv", folder.joinpath, delimiter=",", skip_lines=0)
    assert table.records == table.sound + table.defects.height
    return table.defects.select("line", "code").rows()


@pytest.mark.parametrize(
    "broken",
    [
        # The text of the record holds a line break and as many separators as columns precede it.
        '10004,"call 555-0100\n, ok,1,2024-01-05,3.00,K1004',
        '10004,"cal"l 555-0100\n, ok,1,2024-01-05,3.00,K1004',
        "10004,call 555-0100\nthen, ok,1,2024-01-05,3.00,K1004",
        '10004,"call\n\n, ok,1,2024-01-05,3.00,K1004',
        '10004,"Flat 3\nSpringfield, IL,1,2024-01-05,3.00,K1004',
        '10004,"call\nSpringfield, IL,1,2024-01-05,3.00,K1004\n',
    ],
)
def test_the_rest_of_a_broken_record_is_set_aside_with_it(tmp_path: Path, broken: str) -> None:
    rest = 6 + broken.rstrip("\n").count("\n")
    assert bad(tmp_path, HEADER, *ROWS, broken, AFTER)[-1] == (rest, "MISSING_COLUMNS")
    assert bad(tmp_path, HEADER, broken, *ROWS)[-1] == (rest - 4, "MISSING_COLUMNS")


def test_lines_between_do_not_hide_the_rest(tmp_path: Path) -> None:
    broken = '10004,"call\n555-0100\n, ok,1,2024-01-05,3.00,K1004'
    assert [line for line, _ in bad(tmp_path, HEADER, *ROWS, broken, AFTER)] == [6, 7, 8]


@pytest.mark.parametrize("text", [" and more, see below", ",see below", "see below "])
def test_names_have_no_shape_but_are_given_and_without_blanks_around_them(tmp_path: Path, text: str) -> None:
    broken = f'Cid,"call\n{text},1003,2024-01-04,3.00' if "," in text else f'Cid,"call\n{text},x,1003,2024-01-04,3.00'
    found = bad(tmp_path, *NAMES, broken, "Dee,,1009,2024-02-01,9.00")
    assert found == [(22, "UNTERMINATED_QUOTE"), (23, "MISSING_COLUMNS")]
    assert bad(tmp_path, *NAMES[:10], broken)[1:] == []


def test_the_message_names_the_cell_and_its_column(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("\n".join([HEADER, *ROWS, '10004,"call 555-0100\n, ok,1,2024-01-05,3.00,K1004', ""]))
    table = read_table(path, "in.csv", tmp_path.joinpath, delimiter=",", skip_lines=0)
    assert table.defects["message"].to_list()[-1] == (
        "perhaps the rest of the broken record before it: '' is unlike the other cells of the column 'order'"
    )


@pytest.mark.parametrize(
    "broken",
    [
        '10004,"call 555-0100,1,2024-01-05,3.00,K1004',
        "10004,tea,1,2024-01-05,3.00",
        "10004,tea,1,2024-01-05,3.00,K1004,x",
        '10004,t"ea,1,2024-01-05,3.00,K1004',
        "a section of the report",
    ],
)
def test_records_like_the_others_stay_whatever_precedes_them(tmp_path: Path, broken: str) -> None:
    for after in (AFTER, "9,,-12,2024-02-01,9.00,", '10009,"a, b\nc",1,2024-02-01,9.00,K1009', '"10009",,1,2,3,4'):
        assert [line for line, _ in bad(tmp_path, HEADER, *ROWS, broken, after, AFTER)] == [6]


def test_odd_cells_behind_the_place_of_the_break_are_not_looked_at(tmp_path: Path) -> None:
    assert [line for line, _ in bad(tmp_path, HEADER, *ROWS, '10004,"call', "10009,tea,none,soon,free,?", AFTER)] == [6]


def test_without_broken_quotes_before_it_a_record_may_have_empty_cells(tmp_path: Path) -> None:
    assert [line for line, _ in bad(tmp_path, HEADER, *ROWS, '10004,"short"', ",tea,1,2024-02-01,9.00,K1009")] == [6]
    assert [line for line, _ in bad(tmp_path, HEADER, *ROWS, '10004,"short', ",tea,1,2024-02-01,9.00,K1009")] == [6, 7]


def test_odd_cells_of_records_behind_sound_ones_are_not_looked_at(tmp_path: Path) -> None:
    assert [line for line, _ in bad(tmp_path, HEADER, *ROWS, '10004,"call', AFTER, "x, y,1,2,3,4")] == [6]


def test_where_nothing_is_known_nothing_is_set_aside(tmp_path: Path) -> None:
    assert [line for line, _ in bad(tmp_path, HEADER, '10004,"call', ", ok,1,2024-01-05,3.00,K1004")] == [2]


@pytest.mark.parametrize("chunk_bytes", [1, 20, 60, 90, 4_000])
def test_the_size_of_chunks_never_shows(tmp_path: Path, chunk_bytes: int) -> None:
    broken = ('10004,"call\n\n555-0100\n, ok,1,2024-01-05,3.00,K1004', "x,1", "then, ok,1,2024-01-05,3.00,K1005")
    content = "\n".join([HEADER, *ROWS, *broken, AFTER, '10004,"call', "x,1,1,1,1,1", AFTER, ""])
    path = tmp_path / "in.csv"
    path.write_text(content)
    layout = Layout(
        delimiter=",", cells=tuple(HEADER.split(",")), line=1, first_line=2, offset=len(HEADER) + 1, blank_lines=0
    )
    account = rewrite(path, tmp_path / "copy", layout, chunk_bytes=chunk_bytes)
    assert account.defect_table()["line"].to_list() == [6, 8, 9, 10, 11, 13, 14]


class TestHabits:
    @pytest.mark.parametrize(
        ("cells", "alike", "unlike"),
        [
            ([b"10001", b"10002"], [b"1", b"-1"], [b"", b"x", b"1 a", b" 1", b"1\t"]),
            ([b"1.50", b"", b"2"], [b"", b"3", b"4.25", b"-4.25"], [b"tea", b"1.2.3"]),
            ([b"Ann Lee", b"Bob"] * 10, [b"Cid", b"7"], [b"", b" Cid"]),
            ([b"Ann Lee", b"Bob"] * 9, [b"Cid", b"7", b"", b" Cid"], []),
            ([b" tea", b""] * 10, [b"", b" x", b"1"], []),
            ([b"5", b"7", b"9", b"tea"] * 5, [b"5", b"cake"], [b"", b" 5"]),
            ([], [b"", b" x", b"1"], []),
        ],
    )
    def test_cells_that_break_what_all_others_keep(
        self, cells: list[bytes], alike: list[bytes], unlike: list[bytes]
    ) -> None:
        habits = Habits.learn(cells)
        assert [cell for cell in alike + unlike if habits.broken_by(cell)] == unlike
