"""Plain text is told apart by the order of its separators alone, and never where looking at each line would not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.transactions import plain
from crmcli.transactions.dialect import Layout
from crmcli.transactions.plain import count_plain_lines, count_regular_lines, count_single_lines, survey_plain
from crmcli.transactions.strict import MAX_FIELD_BYTES

if TYPE_CHECKING:
    from pathlib import Path

PARTS = st.sampled_from([b"a", b"7", b",", b",", b"\n", b"\n", b"\r", b"\r\n", b'"', b"\x00", b"\x1f", "é".encode()])
LINES = st.sampled_from(
    [b"a,b,c", b"1,,3", b",,", b"a,b", b"a,b,c,d", b"", b"\r", b"a,b\r,c", b"a,b,\rc", "ä,ö,ü".encode()]
)
TEXTS = st.one_of(
    st.lists(PARTS, max_size=12).map(b"".join),
    st.tuples(st.lists(LINES, max_size=6), st.sampled_from([b"\n", b"\r\n"])).map(
        lambda drawn: b"".join(line + drawn[1] for line in drawn[0])
    ),
)


def layout(*cells: str, delimiter: str = ",") -> Layout:
    return Layout(delimiter, cells or ("x", "y", "z"), line=1, first_line=2, offset=0, blank_lines=0)


@given(TEXTS)
def test_the_order_of_separators_finds_only_what_each_line_confirms(text: bytes) -> None:
    content = text + b"\n"
    assert count_regular_lines(content, layout()) in {0, count_single_lines(content, layout())}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "a", "1", "^"])
def test_lines_that_end_alike_are_counted_at_once(end: bytes, delimiter: str) -> None:
    content = (delimiter.join(["é", "", "5"]).encode() + end) * 3
    assert count_regular_lines(content, layout(delimiter=delimiter)) == 3


@pytest.mark.parametrize("text", [b"1,2,3\n4,5,6\r\n", b"1,2,3\r\n4,5,6\n"])
def test_mixed_line_ends_are_left_to_the_look_at_each_line(text: bytes) -> None:
    assert count_regular_lines(text, layout()) == 0
    assert count_plain_lines(text, layout()) == 2


@pytest.mark.parametrize(
    "text",
    [
        b"1,2,3\n\n",
        b"1,2\n3,4,5,6\n",
        b"1,2,3,4\n5,6\n",
        b'1,"2",3\n',
        b"1,\x00,3\n",
        b"1,2\r,3\r\n",
        b"1,\r2,3\n",
        b"1,2\r3,4\n,\r\n",
        b"1,2,3\nx,y,z\n",
        b"1,2,3\r\nx,y,z\r\n",
        b"\xef\xbb\xbf1,2,3\n",
    ],
)
def test_anything_else_is_not_plain(text: bytes) -> None:
    assert count_plain_lines(text, layout()) == 0


@pytest.mark.parametrize(("size", "expected"), [(MAX_FIELD_BYTES, 2), (MAX_FIELD_BYTES + 1, 0)])
def test_the_longest_field_is_plain_and_no_longer_one(size: int, expected: int) -> None:
    content = b"1,2,3\n" + b"4,5," + b"6" * (size - 4) + b"\n"
    assert count_plain_lines(content, layout()) == expected


@given(TEXTS, st.integers(1, 9))
def test_the_size_of_the_pieces_decides_nothing(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, size: int
) -> None:
    path: Path = tmp_path_factory.mktemp("plain") / "in.csv"
    path.write_bytes(b"1,2,3\n" + text)
    whole = survey_plain(path, layout())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "CHUNK_BYTES", size)
        assert survey_plain(path, layout()) == whole
