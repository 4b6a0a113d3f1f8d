"""The strict pass: sound records survive untouched, everything else is named."""

from __future__ import annotations

import csv
import io
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.errors import InternalError, OutputError
from crmcli.transactions.dialect import BOM, Layout
from crmcli.transactions.strict import _check_copy, rewrite
from crmcli.transactions.text import read_table

if TYPE_CHECKING:
    from crmcli.transactions.strict import Account
    from crmcli.transactions.text import TextTable

MIB = 1 << 20


def read(folder: Path, content: bytes | str) -> TextTable:
    path = folder / "in.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, "in.csv", folder.joinpath, delimiter=",", skip_lines=0)


def rows(table: TextTable) -> list[tuple[str, ...]]:
    return [tuple(cell or "" for cell in row) for row in table.frame.collect(engine="streaming").iter_rows()]


def outcome(folder: Path, content: bytes | str) -> tuple[list[str], list[tuple[int, str]]]:
    """The sound records, joined with a bar, and the lines and codes of the defects."""
    table = read(folder, content)
    assert table.records == table.sound + table.defects.height
    return ["|".join(row) for row in rows(table)], table.defects.select("line", "code").rows()


def passed(folder: Path, content: bytes, chunk_bytes: int) -> tuple[bytes, Account]:
    path, copy = folder / "in.csv", folder / "copy"
    path.write_bytes(content)
    header = content[: content.index(b"\n")].decode()
    layout = Layout(
        delimiter=",", cells=tuple(header.split(",")), line=1, first_line=2, offset=len(header) + 1, blank_lines=0
    )
    account = rewrite(path, copy, layout, chunk_bytes=chunk_bytes)
    return copy.read_bytes(), account


def test_wrong_numbers_of_fields_are_named(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,2,3\n1,2\n1,"2,3",4\n1,2,3,4\r\n1\n')
    assert rows(table) == [("1", "2", "3"), ("1", "2,3", "4")]
    assert table.defects.schema == {"line": pl.UInt32, "code": pl.String, "message": pl.String, "raw": pl.String}
    assert table.defects.rows() == [
        (3, "MISSING_COLUMNS", "2 fields, the header has 3", "1,2"),
        (5, "EXTRA_COLUMNS", "4 fields, the header has 3", "1,2,3,4"),
        (6, "MISSING_COLUMNS", "1 field, the header has 3", "1"),
    ]
    assert (table.records, table.sound) == (5, 2)
    assert [table.line_of(record) for record in range(2)] == [2, 4]


def test_fields_span_lines_and_keep_what_is_within(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,"x\n\r\ny,""z""",3\n"4\n",5,"6\n"\n7,8,9\n')
    assert rows(table) == [("1", 'x\n\r\ny,"z"', "3"), ("4\n", "5", "6\n"), ("7", "8", "9")]
    assert (table.blank_lines, table.defects.height) == (0, 0)
    assert [table.line_of(record) for record in range(3)] == [2, 5, 8]


def test_a_field_may_close_and_the_next_open_on_one_line(tmp_path: Path) -> None:
    assert outcome(tmp_path, 'a,b,c\n1,"x\ny","p\nq"\n') == (["1|x\ny|p\nq"], [])


@pytest.mark.parametrize("line", ['1,2"x,3', '1,"2"x,3', '1,x"2",3', '1, "2",3', '1,"2" ,3', '1,"2"\r,3'])
def test_a_quote_in_the_wrong_place_is_stray(tmp_path: Path, line: str) -> None:
    sound, defects = outcome(tmp_path, f"a,b,c\n0,0,0\n{line}\n4,5,6\n")
    assert sound == ["0|0|0", "4|5|6"]
    assert [number for number, _ in defects] == [3]
    assert defects[0][1] == "STRAY_QUOTE"


@pytest.mark.parametrize("line", ['1,"2,3', '1,2,"3', '"1,2,3', '1,2,"', '1,"2"",3'])
def test_a_quote_that_never_closes_takes_one_line(tmp_path: Path, line: str) -> None:
    rest = '4,5,6\n7,"8",9\n10,11,12\n'
    sound, defects = outcome(tmp_path, f"a,b,c\n{line}\n{rest}")
    assert sound == ["4|5|6", "7|8|9", "10|11|12"]
    assert defects == [(2, "UNTERMINATED_QUOTE")]


def test_two_stray_quotes_do_not_swallow_the_rows_between(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,2,"3\n4,5,6\n7,8,9"\n0,0,0\n')
    assert rows(table) == [("4", "5", "6"), ("0", "0", "0")]
    assert table.defects["code"].to_list() == ["UNTERMINATED_QUOTE", "STRAY_QUOTE"]
    assert "swallow" in table.defects["message"][0]


def test_free_text_with_a_comma_may_span_lines_beside_one_column(tmp_path: Path) -> None:
    assert outcome(tmp_path, 'a,b\n1,"dear,\nhow, are you\nbye"\n') == (["1|dear,\nhow, are you\nbye"], [])


def test_joined_lines_with_another_number_of_fields_are_not_a_record(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,"x\ny"\n4,5,6\n')
    assert rows(table) == [("4", "5", "6")]
    assert table.defects.select("line", "code").rows() == [(2, "UNTERMINATED_QUOTE"), (3, "STRAY_QUOTE")]
    assert "number of fields" in table.defects["message"][0]


def test_the_header_again_is_a_defect_in_any_writing(tmp_path: Path) -> None:
    content = 'a,b,c\n1,2,3\na,b,c\n"a",b,"c"\r\n\ufeffa,b,c\na,b,cc\nxa,b,c\n'
    assert outcome(tmp_path, content) == (
        ["1|2|3", "a|b|cc", "xa|b|c"],
        [(3, "REPEATED_HEADER"), (4, "REPEATED_HEADER"), (5, "REPEATED_HEADER")],
    )


def test_the_header_again_at_the_very_end_is_a_defect(tmp_path: Path) -> None:
    assert outcome(tmp_path, "a,b\r\n1,2\r\na,b") == (["1|2"], [(3, "REPEATED_HEADER")])


@pytest.mark.parametrize("byte", ["\x00", "\x1e", "\x1f"])
def test_marks_that_no_record_may_hold_are_named(tmp_path: Path, byte: str) -> None:
    content = f'a,b\n1,2\n3,x{byte}\n{byte}\n5,"x\n{byte}y"\n7,\x01\x1d\n'
    codes = [(line, "NUL_BYTE") for line in (3, 4, 5)]
    assert outcome(tmp_path, content) == (["1|2", "7|\x01\x1d"], codes)
    assert read(tmp_path, content).defects["raw"][2] == f'5,"x\n{byte}y"'


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_field_beyond_a_mebibyte_is_too_long(tmp_path: Path, quote: str) -> None:
    fits, long = "x" * (MIB - 2), "y" * (MIB + 1)
    content = f"a,b,c\n1,{quote}{fits}{quote},{fits}\n2,{quote}{long}{quote},3\n4,5,6\n"
    table = read(tmp_path, content)
    assert table.defects.select("line", "code").rows() == [(3, "FIELD_TOO_LONG")]
    assert table.defects["raw"][0] == f"2,{quote}{long}"[:2000]
    assert table.frame.select("c0").collect()["c0"].to_list() == ["1", "4"]


def test_a_line_without_end_in_sight_neither_fills_memory_nor_hides_the_next(tmp_path: Path) -> None:
    copy, account = passed(tmp_path, b"a,b\n1,2\n" + b"x," * (9 * MIB) + b"\n3,4\n", 1 << 16)
    assert copy.decode("utf-8-sig") == "1\x1f2\x1e3\x1f4\x1e"
    assert account.defect_table().select("line", "code").rows() == [(3, "FIELD_TOO_LONG")]


@pytest.mark.parametrize("filler", ["\n" * 10_000, ("x" * 999 + "\n") * 9_000])
@pytest.mark.parametrize("chunk_bytes", [1 << 16, 1 << 25])
def test_a_field_may_not_stay_open_for_ever(tmp_path: Path, filler: str, chunk_bytes: int) -> None:
    content = f'a,b\n1,"2\n{filler}",3\n5,6\n'.encode()
    copy, account = passed(tmp_path, content, chunk_bytes)
    defects = account.defect_table()
    assert copy.decode("utf-8-sig") == "5\x1f6\x1e"
    assert defects.row(0)[:2] == (2, "UNTERMINATED_QUOTE")
    assert "10,000 lines" in defects["message"][0]


def test_a_record_just_within_the_limits_is_read(tmp_path: Path) -> None:
    breaks = "\n" * 9_999
    assert rows(read(tmp_path, f'a,b\n1,"{breaks}"\n')) == [("1", breaks)]


def test_raw_text_is_cut_between_characters(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n" + "é" * 3_000 + "\n")
    assert table.defects["raw"][0] == "é" * 2_000


def test_a_file_of_defects_only_gives_an_empty_frame(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1\n2\n")
    assert (rows(table), table.records, table.sound) == ([], 2, 0)
    assert table.frame.collect().columns == ["c0", "c1"]


@pytest.mark.parametrize("line", ['{0},"x', '{0},x"', '"{0},"', '{0},"', '{0},"x""', '"', '{0},"x\n\n'])
def test_a_bad_quote_on_every_line_stays_quick(tmp_path: Path, line: str) -> None:
    content = "a,b,c\n" + "".join(line.format(number) + "\n" for number in range(200_000))
    started = time.process_time()
    table = read(tmp_path, content)
    assert time.process_time() - started < 5
    assert table.records == table.sound + table.defects.height


def test_a_copy_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('a,b\n"1",2\n')
    with pytest.raises(OutputError, match=r"shop\.csv cannot be copied"):
        read_table(path, "shop.csv", (tmp_path / "missing").joinpath, delimiter=None, skip_lines=0)


def test_a_copy_that_does_not_hold_what_was_counted_is_our_own_error() -> None:
    with pytest.raises(InternalError):
        _check_copy(b"1\x1f2\x1e", 1, 3)


PIECES = ["1", "é", ",", '"', '""', "\n", "\r\n", "\r", "a,b,c", "\n4,5,6\n", "\x00", "\ufeff", '"x"']


@settings(max_examples=200, deadline=None)
@given(
    content=st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    chunk_bytes=st.integers(1, 40),
    end=st.booleans(),
)
def test_the_size_of_the_chunks_never_shows(content: str, chunk_bytes: int, *, end: bool) -> None:
    text = ("a,b,c\n" + content + "\n" * end).encode()
    with tempfile.TemporaryDirectory() as folder:
        copy, account = passed(Path(folder), text, chunk_bytes)
        whole_copy, whole = passed(Path(folder), text, 1 << 20)
    assert copy == whole_copy
    assert account.defect_table().equals(whole.defect_table())
    assert account.record_starts().tolist() == whole.record_starts().tolist()
    assert (account.records, account.blank_lines) == (whole.records, whole.blank_lines)
    assert whole.records == len(whole.record_starts()) + whole.defect_table().height


TEXTS = (st.just("") | st.text(st.sampled_from(list('ab,"\n')), max_size=5).map("t{}".format)).filter(
    # A line within a cell that looks like a whole record is taken for a swallowed one.
    lambda cell: all(line.count(",") < 2 for line in cell.split("\n")[1:-1])
)


def written(lines: list[list[str]], quoting: int) -> list[str]:
    texts = []
    for line in lines:
        buffer = io.StringIO(newline="")
        csv.writer(buffer, quoting=quoting, lineterminator="\n").writerow(line)  # type: ignore[arg-type]
        texts.append(buffer.getvalue())
    return texts


@settings(max_examples=400, deadline=None)
@given(
    data=st.data(),
    lines=st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=8),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    damage=st.sampled_from(["drop", "insert", "move", "header", "truncate"]),
)
def test_damage_stays_where_it_was_done(data: st.DataObject, lines: list[list[str]], quoting: int, damage: str) -> None:
    """Cells start with a letter, so that no quote of a sound record can pass for the end of the one before."""
    texts = written(lines, quoting)
    body = "".join(texts)
    starts = [len("".join(texts[:number])) for number in range(len(texts))]
    body, first, last = damaged(data, body, starts, damage)
    hit = [
        number
        for number, start in enumerate(starts)
        if start <= last and first < start + len(texts[number]) and first <= last
    ]
    with tempfile.TemporaryDirectory() as folder:
        copy, account = passed(Path(folder), ("h0,h1,h2\n" + body).encode(), 1 << 20)
    found = [tuple(record.split("\x1f")) for record in copy.removeprefix(BOM).decode().split("\x1e")[:-1]]
    before = [tuple(line) for line in lines[: hit[0] if hit else len(lines)]]
    after = [tuple(line) for line in lines[hit[-1] + 1 if hit else len(lines) :]]
    assert found[: len(before)] == before
    assert found[max(len(found) - len(after), len(before)) :] == after
    touched = sum(texts[number].count("\n") for number in hit) + 2
    assert account.defect_table().height + len(found) - len(before) - len(after) <= touched


def damaged(data: st.DataObject, body: str, starts: list[int], damage: str) -> tuple[str, int, int]:
    """The damaged text, and the first and last character of the sound text that the damage touches."""
    if damage == "truncate":
        cut = data.draw(st.integers(starts[-1], len(body) - 1))
        return body[:cut], starts[-1], len(body)
    if damage == "header":
        place = data.draw(st.sampled_from([0] + [at + 1 for at, letter in enumerate(body) if letter == "\n"]))
        # At the start of a record the header touches nothing; within one it breaks that record.
        boundary = place in starts or place == len(body)
        return body[:place] + "h0,h1,h2\n" + body[place:], place, place - boundary
    mark = data.draw(st.sampled_from(',"\n'))
    place = data.draw(st.integers(0, len(body) - 1))
    if damage == "insert":
        return body[:place] + mark + body[place:], place, place
    places = [at for at, letter in enumerate(body) if letter in ',"\n']
    gone = data.draw(st.sampled_from(places))
    rest = body[:gone] + body[gone + 1 :]
    if damage == "drop":
        return rest, gone, gone + (body[gone] == "\n")
    return rest[:place] + body[gone] + rest[place:], min(gone, place) - 1, max(gone, place) + 1
