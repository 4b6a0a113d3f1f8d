"""Delimiter, header and the reader of plain text tables."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmcli.errors import InputError, UsageError
from crmcli.transactions.text import read_table

if TYPE_CHECKING:
    from crmcli.transactions.text import TextTable

DATA = Path(__file__).parents[3] / "shared" / "data"
CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\x1e\x1f") | st.sampled_from(list(',;\t|"\n\r é\ufeff')),
    max_size=8,
)


def read(folder: Path, content: bytes | str, *, delimiter: str | None = None, skip_lines: int = 0) -> TextTable:
    path = folder / "in[1].csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, "in.csv", folder.joinpath, delimiter=delimiter, skip_lines=skip_lines)


def rows(table: TextTable) -> list[tuple[str, ...]]:
    frame = table.frame.collect(engine="streaming")
    assert frame.height == table.sound
    assert set(frame.dtypes) <= {pl.String}
    return [tuple(cell or "" for cell in row) for row in frame.iter_rows()]


def refusal(folder: Path, content: bytes | str, *, delimiter: str | None = None, skip_lines: int = 0) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, content, delimiter=delimiter, skip_lines=skip_lines)
    return " ".join(caught.value.lines())


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_each_delimiter_is_found(tmp_path: Path, separator: str, newline: str) -> None:
    lines = [("id", "name", "amount"), ("007", "Bo", "1.5"), ("8", "", "2")]
    table = read(tmp_path, "".join(separator.join(line) + newline for line in lines))
    assert table.delimiter == separator
    assert table.header == lines[0]
    assert rows(table) == lines[1:]
    assert (table.records, table.sound, table.blank_lines, table.defects.height) == (2, 2, 0, 0)
    assert [table.line_of(record) for record in range(2)] == [2, 3]


def test_an_empty_field_is_null_and_a_projection_reads_its_own_column(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,c\n1,,3\n,5,\n")
    assert table.frame.select("c1").collect()["c1"].to_list() == [None, "5"]


def test_the_plain_reader_needs_no_copy(tmp_path: Path) -> None:
    read(tmp_path, "a,b\n1,2\n")
    assert [path.name for path in tmp_path.iterdir()] == ["in[1].csv"]


def test_decimal_commas_do_not_hide_the_semicolon(tmp_path: Path) -> None:
    table = read(tmp_path, "id;name;amount\n1;Bo;2,5\n2;Al;3,5\n")
    assert table.delimiter == ";"
    assert rows(table) == [("1", "Bo", "2,5"), ("2", "Al", "3,5")]


def test_separators_within_quotes_do_not_count(tmp_path: Path) -> None:
    table = read(tmp_path, '"a;x",b\n"1;2",3\n"4;5",6\n')
    assert table.delimiter == ","
    assert table.header == ("a;x", "b")


def test_the_delimiter_that_fits_the_records_wins(tmp_path: Path) -> None:
    assert read(tmp_path, "id;name, first;amount\n1;Bo;2\n2;Al;3\n").delimiter == ";"


def test_two_fitting_delimiters_are_both_named(tmp_path: Path) -> None:
    text = refusal(tmp_path, "id;price, EUR\n1;2,50\n2;3,50\n")
    assert "comma ','" in text
    assert "semicolon ';'" in text
    assert "--delimiter C" in text


def test_a_delimiter_asked_for_settles_it(tmp_path: Path) -> None:
    table = read(tmp_path, "id;price, EUR\n1;2,50\n2;3,50\n", delimiter=";")
    assert table.header == ("id", "price, EUR")
    assert rows(table)[0] == ("1", "2,50")


def test_an_unusual_delimiter_can_be_asked_for(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "a:b\n1:2\n", delimiter=":")) == [("1", "2")]


def test_a_delimiter_that_the_header_lacks_is_refused(tmp_path: Path) -> None:
    assert "does not occur in the header" in refusal(tmp_path, "a,b\n1,2\n", delimiter=";")


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "é", "\x1f"])
def test_what_cannot_delimit_is_a_usage_error(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(UsageError, match="--delimiter"):
        read(tmp_path, "a,b\n1,2\n", delimiter=delimiter)


@pytest.mark.parametrize("content", [b"", b"\n\r\n", "\ufeff".encode(), "\ufeff\n\n".encode()])
def test_a_file_without_a_header_line_is_empty(tmp_path: Path, content: bytes) -> None:
    assert "is empty" in refusal(tmp_path, content)


def test_one_column_is_refused(tmp_path: Path) -> None:
    text = refusal(tmp_path, "name\nBo, the first\nAl\n")
    assert "only one column" in text
    assert "--delimiter" in text


@pytest.mark.parametrize("content", ["a,b\n", "a,b", "\ufeffa,b\r\n", '"a","b"\n'])
def test_a_header_without_records_is_no_error(tmp_path: Path, content: str) -> None:
    table = read(tmp_path, content)
    assert table.header == ("a", "b")
    assert (table.records, rows(table), table.unterminated_last_line) == (0, [], False)


def test_the_header_loses_mark_quotes_and_blanks(tmp_path: Path) -> None:
    table = read(tmp_path, '\ufeff" a ""x""" , b,,b\n1,2,3,4\n'.replace('" ,', '",'))
    assert table.header == ('a "x"', "b", "", "b")
    assert rows(table) == [("1", "2", "3", "4")]


def test_a_header_cell_may_span_lines(tmp_path: Path) -> None:
    table = read(tmp_path, '"a\nx",b\n1,2\n')
    assert table.header == ("a\nx", "b")
    assert rows(table) == [("1", "2")]
    assert table.line_of(0) == 3


def test_leading_blank_lines_are_passed_and_counted(tmp_path: Path) -> None:
    table = read(tmp_path, "\n\r\na,b\n1,2\n")
    assert (table.blank_lines, table.line_of(0), rows(table)) == (2, 4, [("1", "2")])


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1,2\n\n3,4\r\n\r\n\n")
    assert (table.records, table.sound, table.blank_lines, table.defects.height) == (2, 2, 3, 0)
    assert rows(table) == [("1", "2"), ("3", "4")]
    assert [table.line_of(record) for record in range(2)] == [2, 4]


def test_lines_before_the_header_are_skipped_on_request(tmp_path: Path) -> None:
    table = read(tmp_path, '\ufeffSales "2024\n\na,b\n1,2\n', skip_lines=1)
    assert (table.header, table.blank_lines, table.line_of(0), rows(table)) == (("a", "b"), 1, 4, [("1", "2")])


def test_skipping_everything_is_refused(tmp_path: Path) -> None:
    assert "leaves none" in refusal(tmp_path, "a,b\n1,2\n", skip_lines=3)
    assert "is empty" in refusal(tmp_path, "a,b\n1,2\n", skip_lines=2)


@pytest.mark.parametrize("title", ["Sales report 2024", "Sales report, 2024", 'The "big" report'])
@pytest.mark.parametrize("delimiter", [None, ","])
def test_a_title_above_the_header_suggests_how_many_lines_to_skip(
    tmp_path: Path, title: str, delimiter: str | None
) -> None:
    text = refusal(tmp_path, f"{title}\nall shops\n\nid,date,amount\n1,2024-01-01,5\n", delimiter=delimiter)
    assert "--skip-lines 3" in text
    assert "line 4" in text


def test_a_short_header_over_wider_data_must_be_corrected(tmp_path: Path) -> None:
    text = refusal(tmp_path, "id,date\n1,2024-01-01,5\n2,2024-01-02,6\n")
    assert "names all 3 columns" in text
    assert "--skip-lines" not in text


def test_a_header_row_without_letters_is_none(tmp_path: Path) -> None:
    assert "has no header row" in refusal(tmp_path, "1,2024-01-01,5\n2,2024-01-02,6\n")


def test_a_header_in_another_script_is_one(tmp_path: Path) -> None:
    assert read(tmp_path, "客户编号,金额\n1,2\n").header == ("客户编号", "金额")


def test_broken_quotes_in_the_header_are_refused(tmp_path: Path) -> None:
    assert "quotes of the header" in refusal(tmp_path, 'a"x,b\n1,2\n')
    assert "quotes of the header" in refusal(tmp_path, '"a,b\n1,2\n')


@pytest.mark.parametrize(
    "text",
    [
        'a,b,c,"note\nK1,2024-01-25,12.75,call\n, ok"\nK2,2024-01-08,-18.62,K1003\n',
        'a,b,c,"note\nK1,2024-01-25,12.75,tea"\nK2,2024-01-08,-18.62,cake\n',
        'a,b,c,"note\r\nK1,2024-01-25,12.75,""tea"\r\nK2,2024-01-08,-18.62,cake\r\n',
    ],
)
def test_a_heading_that_swallows_a_record_is_refused(tmp_path: Path, text: str) -> None:
    assert "would swallow the record 'K1,2024-01-25,12.75," in refusal(tmp_path, text)


@pytest.mark.parametrize("header", [',"a","b""c"', '"a",,"b""c"', '"a_1""2_b",c,'])
def test_names_that_lost_the_separator_between_them_are_refused(tmp_path: Path, header: str) -> None:
    assert "quotes of the header" in refusal(tmp_path, f"{header}\n1,2,3\n")


def test_names_may_hold_quotes_and_columns_may_lack_names(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,"b""c",d\n1,2,3\n').header == ("a", 'b"c', "d")
    assert read(tmp_path, ',"7"" disc","the ""best"" one"\n1,2,3\n').header == ("", '7" disc', 'the "best" one')


def test_headings_may_have_several_lines(tmp_path: Path) -> None:
    table = read(tmp_path, '"a\n(id)",b,"c\n1, 2 or 3","d\n(one, two, three, four, or more)"\n1,2,3,4\n')
    assert table.header == ("a\n(id)", "b", "c\n1, 2 or 3", "d\n(one, two, three, four, or more)")
    assert read(tmp_path, 'a,"b\nK1,2"\n1,2\n').header == ("a", "b\nK1,2")


def test_control_marks_in_the_header_are_refused(tmp_path: Path) -> None:
    assert "header holds a NUL" in refusal(tmp_path, "a\x00,b\n1,2\n")


def test_a_text_without_line_ends_is_refused(tmp_path: Path) -> None:
    assert "no line end" in refusal(tmp_path, "[1,2]," * 300_000)


@pytest.mark.parametrize("content", ["a,b\n1,2\n3,4", 'a,b\n1,2\n"3",4', "a,b\r\n1,2\r\n3,4"])
def test_a_last_line_without_its_end_is_read_and_reported(tmp_path: Path, content: str) -> None:
    table = read(tmp_path, content)
    assert table.unterminated_last_line
    assert rows(table) == [("1", "2"), ("3", "4")]


def test_a_line_number_is_asked_for_existing_records_only(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1,2\n")
    for record in (-1, 1):
        with pytest.raises(IndexError):
            table.line_of(record)


def test_a_mark_before_the_first_cell_is_kept(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "a,b\n\ufeff1,2\n")) == [("\ufeff1", "2")]


@pytest.mark.parametrize("content", ["a,b\n1\r,2\n\r,\r\r\n", 'a,b\n"1\r",2\n"\r","\r"\n'])
def test_a_carriage_return_at_the_end_of_a_cell_is_kept(tmp_path: Path, content: str) -> None:
    assert rows(read(tmp_path, content)) == [("1\r", "2"), ("\r", "\r")]


def written(lines: list[list[str]], separator: str, newline: str, quoting: int) -> str:
    """The lines as Python's own writer gives them; every kind of line break within a cell is quoted."""
    text = ""
    for line in lines:
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=separator, quoting=quoting, lineterminator="\r\n").writerow(line)  # type: ignore[arg-type]
        text += buffer.getvalue().removesuffix("\r\n") + newline
    return text


def looks_whole(line: str, separator: str, width: int) -> bool:
    try:
        return [len(row) for row in csv.reader([line], delimiter=separator, strict=True)] == [width]
    except csv.Error:
        return False


@settings(max_examples=300, deadline=None)
@given(
    lines=st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)
    ),
    separator=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    last_end=st.booleans(),
)
def test_whatever_a_csv_writer_writes_comes_back(
    lines: list[list[str]], separator: str, newline: str, quoting: int, *, last_end: bool
) -> None:
    width = len(lines[0])
    header = [f"h{number}" for number in range(width)]
    for line in lines:
        inner = written([line], separator, newline, quoting).split("\n")[1:-2]
        # Such a line within a cell is taken for the sign of a swallowed row.
        assume(width == 2 or not any(looks_whole(part.removesuffix("\r"), separator, width) for part in inner))
    text = written([header, *lines], separator, newline, quoting)
    with tempfile.TemporaryDirectory() as folder:
        table = read(Path(folder), text if last_end else text.removesuffix(newline), delimiter=separator)
        assert table.defects.rows() == []
        assert rows(table) == [tuple(line) for line in lines]
        starts = [
            written([header, *lines[:done]], separator, newline, quoting).count("\n") for done in range(len(lines))
        ]
        assert [table.line_of(record) for record in range(len(lines))] == [start + 1 for start in starts]


@pytest.mark.real
def test_online_retail_equals_pythons_own_reading() -> None:
    path = DATA / "online_retail_2010_12.csv"
    if not path.exists():
        pytest.skip("the folder shared/data is not beside this checkout")
    with path.open(newline="", encoding="utf-8-sig") as file:
        header, *expected = csv.reader(file)
    with tempfile.TemporaryDirectory() as folder:
        table = read_table(path, path.name, Path(folder).joinpath, delimiter=None, skip_lines=0)
        assert table.header == tuple(header)
        assert (table.records, table.defects.height) == (42_481, 0)
        assert rows(table) == [tuple(row) for row in expected]
