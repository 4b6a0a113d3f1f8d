"""Records that a misplaced quote has made one, and cells of several lines that are what they seem."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcli.transactions.cell_shapes import ColumnShapes, shape_of
from crmcli.transactions.dialect import find_layout
from crmcli.transactions.learned import LearnedColumns
from crmcli.transactions.swallowed import hides_record
from crmcli.transactions.text import read_table

if TYPE_CHECKING:
    from pathlib import Path

LAST = "customer_id,date,amount,comment"
LAST_ROWS = ("K1,2024-01-13,1.00,tea", 'K2,2024-01-13,1.50,"a ""fine"" cup"', "K3,2024-01-14,-2.00,")
MIDDLE = "order,customer,name,date,amount"
MIDDLE_ROWS = ('10001,K1,"Lee, Ann",2024-01-13,1.00', "10002,K2,tea,2024-01-14,12.50", "10003,K3,cake,2024-01-15,3.25")


def read(folder: Path, header: str, *records: str) -> tuple[list[tuple[str, ...]], list[tuple[int, str]]]:
    """The sound records, and the lines and codes of the defects."""
    path = folder / "in.csv"
    path.write_text("\n".join([header, *records, ""]), newline="")
    table = read_table(path, "in.csv", folder.joinpath, delimiter=",", skip_lines=0)
    rows = [tuple(cell or "" for cell in row) for row in table.frame.collect(engine="streaming").iter_rows()]
    assert table.records == len(rows) + table.defects.height
    return rows, table.defects.select("line", "code").rows()


@pytest.mark.parametrize(
    "pair",
    [
        # The closing quote of the first has moved into the second,
        'K8,2024-01-14,2.00,"tea\nK9,2024-01-15,3.00,""tea"',
        'K8,2024-01-14,2.00,"tea\nK9,2024-01-15,3.00,""x,y"',
        'K8,2024-01-14,2.00,"tea\nK9,2024-01-15,3.00,tea"',
        'K8,2024-01-14,2.00,"x,y\nK9,2024-01-15,3.00,tea"',
        # or the opening quote of the second into the first,
        'K8,2024-01-14,2.00,"tea\nK9,2024-01-15,3.00,x,y"',
        '"K8,2024-01-14,2.00,tea\nK9",2024-01-15,3.00,tea',
        # and the second may have several lines itself.
        'K8,2024-01-14,2.00,"tea\nK9,2024-01-15,3.00,""two\nlines"',
    ],
)
def test_a_record_swallowed_by_the_last_field_is_not_used(tmp_path: Path, pair: str) -> None:
    rows, defects = read(tmp_path, LAST, *LAST_ROWS, pair, "K7,2024-01-16,9.00,tea")
    assert [row[0] for row in rows] == ["K1", "K2", "K3", "K7"]
    lines = pair.count("\n") + 1
    assert [line for line, _ in defects] == list(range(5, 5 + lines))
    assert {code for _, code in defects} <= {"UNTERMINATED_QUOTE", "STRAY_QUOTE", "MISSING_COLUMNS"}


@pytest.mark.parametrize(
    "pair",
    [
        '10008,K8,"tea,2024-01-16,2.00\n10009,K9,""cake",2024-01-17,3.00',
        '10008,K8,"tea,2024-01-16,2.00\n10009,K9,cake",2024-01-17,3.00',
        '10008,K8,"x,y,2024-01-16,2.00\n10009,K9,cake",2024-01-17,3.00',
        '10008,"K8,tea,2024-01-16,2.00\n10009,K9",tea,2024-01-17,3.00',
        '10008,K8,tea,2024-01-16,"2.00\n10009,K9,tea,2024-01-17,3.00"',
    ],
)
def test_a_record_swallowed_by_a_field_in_the_middle_is_not_used(tmp_path: Path, pair: str) -> None:
    rows, defects = read(tmp_path, MIDDLE, *MIDDLE_ROWS, pair, "10010,K7,tea,2024-01-18,4.00")
    assert [row[1] for row in rows] == ["K1", "K2", "K3", "K7"]
    assert [line for line, _ in defects] == [5, 6]


@pytest.mark.parametrize(
    "text",
    [
        "12 Main Street\nSpringfield",
        "Flat 4, 12 Main Street\nSpringfield, IL, 62704\nUSA",
        "dear all, hello, and, thanks, again\nso, this, is, a, note",
        "x,y\nz",
        "one, two, three, four\nfive, six, seven, eight\nnine, ten, eleven, twelve",
        "call 555-0100, ask for Ann, room 5, floor 2, door 7\nor 555-0101, Bob, room 6, floor 3, door 8",
        "\n\n",
        "a,b,c,d,e\n",
    ],
)
@pytest.mark.parametrize("header", [LAST, MIDDLE])
def test_text_of_several_lines_is_what_it_seems(tmp_path: Path, text: str, header: str) -> None:
    before, after = ("10009,K9", "2024-01-17,3.00") if header == MIDDLE else ("K9,2024-01-17,3.00", None)
    record = ",".join([before, f'"{text}"', *([after] if after else [])])
    rows, defects = read(tmp_path, header, *(MIDDLE_ROWS if after else LAST_ROWS), record)
    assert defects == []
    assert rows[-1][2 if after else 3] == text


def test_without_another_record_the_separators_decide(tmp_path: Path) -> None:
    assert read(tmp_path, LAST, 'K8,2024-01-14,2.00,"tea\nK9,2024-01-15,3.00,tea"')[0] == []
    rows, _ = read(tmp_path, LAST, 'K8,2024-01-14,2.00,"tea, and\nmore"')
    assert len(rows) == 1


def test_long_cells_cost_time_in_proportion(tmp_path: Path) -> None:
    text = "\n".join(["one, two, three, four, five"] * 9_000)
    rows, defects = read(tmp_path, LAST, *LAST_ROWS * 100, f'K9,2024-01-17,3.00,"{text}"')
    assert (len(rows), defects) == (301, [])


class TestShapes:
    @pytest.mark.parametrize(
        ("cell", "shape"),
        [
            (b"2024-01-13", b"9-9-9"),
            (b' "K1001" ', b"A9"),
            (b"", b""),
            (b"1,234.50", b"9,9.9"),
            # A negative number looks like others, however it is written.
            (b"-1,234.50", b"9,9.9"),
            ("−1,234.50".encode(), b"9,9.9"),
            (b"(12.50)", b"9.9"),
            (b"12.50-", b"9.9"),
            (b"K-1", b"A-9"),
            ("Zoë 7".encode(), b"A 9"),
        ],
    )
    def test_runs_count_once(self, cell: bytes, shape: bytes) -> None:
        assert shape_of(cell) == shape

    def test_columns_of_numbers_tell_and_others_do_not(self) -> None:
        records = [[b"K%d" % n, b"2024-01-%02d" % n, b"tea", b"" if n % 2 else b"room %d" % n] for n in range(1, 20)]
        known = ColumnShapes.learn(records, 4)
        assert known.shapes == (frozenset([b"A9"]), frozenset([b"9-9-9"]), None, frozenset([b"A 9"]))
        assert known.longest == (3, 10, 3, 7)
        assert known.can_tell

    def test_nothing_is_learned_from_nothing(self) -> None:
        known = ColumnShapes.learn([], 2)
        assert known.shapes == (None, None)
        assert not known.can_tell

    def test_the_sample_is_the_beginning_of_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "in.csv"
        path.write_text("a,b,c\n" + "1,2024-01-01,tea\n" * 400 + "x,y,z\n" * 400)
        learned = LearnedColumns(path, find_layout(path, "in.csv", delimiter=None, skip_lines=0))
        assert learned.shapes.shapes == (frozenset([b"9"]), frozenset([b"9-9-9"]), None)
        assert hides_record(b'5,"2024-01-02,tea\n6,2024-01-03",cake', b",", learned.shapes)
