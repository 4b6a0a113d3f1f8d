from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcli.errors import InputError, UsageError
from crmcli.transactions import spool
from crmcli.transactions.encodings import (
    Reading,
    choose_reading,
    find_broken,
    holds_utf8,
    known_encoding,
    survey_utf8,
    transcode,
)

if TYPE_CHECKING:
    from pathlib import Path

quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "CHUNK_BYTES", 3)


def put(directory: Path, content: bytes) -> Path:
    (path := directory / "sales.csv").write_bytes(content)
    return path


def survey_failure(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        survey_utf8(path, "sales.csv")
    return caught.value.lines()


@pytest.mark.parametrize(
    ("name", "normal"), [("UTF8", "utf-8"), ("Windows-1252", "cp1252"), ("GBK", "gbk"), ("latin1", "iso8859-1")]
)
def test_known_encodings(name: str, normal: str) -> None:
    assert known_encoding(name) == normal


@pytest.mark.parametrize(
    "name",
    ["gb18031", "rot13", "base64", "hex", "idna", "punycode", "undefined", "unicode_escape", "", "a\0", "é", "."],
)
def test_unknown_encodings_are_usage_errors(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        known_encoding(name)
    assert caught.value.remedy


def test_the_nearest_encoding_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        known_encoding("gb18031")
    assert "gb18030" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("head", "asked", "reading"),
    [
        (b"a,b", None, Reading(None)),
        (codecs.BOM_UTF8 + b"a", None, Reading(None)),
        (codecs.BOM_UTF8 + b"a", "utf-8", Reading(None)),
        (codecs.BOM_UTF8 + b"a", "utf-8-sig", Reading(None)),
        (b"a,b", "utf-8-sig", Reading(None)),
        (codecs.BOM_UTF16_LE + b"a\0", None, Reading("utf-16-le", 2)),
        (codecs.BOM_UTF16_BE + b"\0a", "utf-16", Reading("utf-16-be", 2)),
        (codecs.BOM_UTF32_LE + b"a\0\0\0", None, Reading("utf-32-le", 4)),
        (codecs.BOM_UTF32_BE + b"\0\0\0a", "utf-32-be", Reading("utf-32-be", 4)),
        (b"a\0b\0", "utf-16-le", Reading("utf-16-le")),
        (b"\xd6\xd0", "gb18030", Reading("gb18030")),
        (b"a,b\n1,\0\n", None, Reading(None)),
    ],
)
def test_marks_and_flags_decide(head: bytes, asked: str | None, reading: Reading) -> None:
    assert choose_reading("sales.csv", head, asked) == reading


@pytest.mark.parametrize(
    ("head", "asked", "says"),
    [
        (codecs.BOM_UTF8 + b"a", "gb18030", "begins with the byte-order mark of utf-8, but --encoding says gb18030"),
        (codecs.BOM_UTF16_LE + b"a\0", "utf-16-be", "byte-order mark of utf-16-le"),
        (codecs.BOM_UTF16_LE + b"a\0", "utf-8", "byte-order mark of utf-16-le"),
        (b"a\0b\0", "utf-16", "has no byte-order mark"),
        ("a,b\n1,2\n".encode("utf-16-le"), None, "looks like utf-16-le"),
        ("客户,金额\n007,12\n".encode("utf-16-le"), None, "looks like utf-16-le"),
        ("a,b\n1,2\n".encode("utf-16-be"), None, "looks like utf-16-be"),
        ("a,b\n1,2\n".encode("utf-32-le"), None, "looks like utf-32-le"),
        ("a,b\n1,2\n".encode("utf-32-be"), None, "looks like utf-32-be"),
        (bytes(100), None, "holds binary data"),
    ],
)
def test_contradictions_and_missing_marks_are_errors(head: bytes, asked: str | None, says: str) -> None:
    with pytest.raises(InputError) as caught:
        choose_reading("sales.csv", head, asked)
    assert says in caught.value.problem
    assert "--encoding" in str(caught.value.remedy) or "Export" in str(caught.value.remedy)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    ("content", "lone"),
    [
        (b"a,b\n1,2\n", False),
        (b"a,b\r\n1,2\r\n", False),
        (b"ab\r\ncd\r\n", False),
        (b"a,b\r1,2\r", True),
        (b"ab\rcd\r", True),
        (b"a\r\r\n", True),
        (b"ab\r", True),
        ("客户,Müller\r\n".encode(), False),
        (b"", False),
    ],
)
def test_survey_finds_lone_returns_across_chunks(tmp_path: Path, content: bytes, lone: bool) -> None:  # noqa: FBT001
    assert survey_utf8(put(tmp_path, content), "sales.csv") is lone


def test_survey_names_line_byte_and_fitting_encodings(tmp_path: Path) -> None:
    path = put(tmp_path, "id,name\n1,abc\n2,北京客户,x\n".encode("gb18030"))
    assert survey_failure(path) == [
        "sales.csv is not UTF-8: line 3 holds the byte 0xB1.",
        (
            "Name the encoding it was written in: --encoding gb18030 (reads '北京客户') or "
            "--encoding cp1252 (reads '±±¾©¿Í»§')."
        ),
    ]


def test_survey_proposes_only_what_decodes_the_whole_file(tmp_path: Path) -> None:
    path = put(tmp_path, b"id,name\r\n1,M\xfcller\r\n2,Andr\xe9\r\n")
    problem, remedy = survey_failure(path)
    assert "line 2 holds the byte 0xFC" in problem
    assert remedy == "Name the encoding it was written in: --encoding cp1252 (reads 'Müller')."
    path = put(tmp_path, b"id\n\x81\xff\n")
    assert "(not gb18030 nor cp1252)" in survey_failure(path)[1]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("content", [b"abc\n\xe5\xae", b"ab\n\xe5\xae\xa2\xe5abc", b"a\n\xed\xa0\x80", b"\n\xc0\xaf"])
def test_survey_refuses_truncated_and_forbidden_sequences(tmp_path: Path, content: bytes) -> None:
    assert "line 2 holds" in survey_failure(put(tmp_path, content))[0]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_by_any_line_end(tmp_path: Path, end: str) -> None:
    path = put(tmp_path, f"a{end}b{end}c{end}d".encode() + b"\xff")
    assert find_broken(path, "sales.csv", Reading(None)) == (4, 0xFF, 4 + 3 * len(end))


def test_transcoding_names_the_first_bad_line(tmp_path: Path) -> None:
    path = put(tmp_path, codecs.BOM_UTF16_LE + "a\nb\n".encode("utf-16-le") + b"\x00\xd8x\x00")
    with pytest.raises(InputError) as caught:
        list(transcode(path, "sales.csv", Reading("utf-16-le", 2)))
    assert caught.value.problem == "sales.csv is not utf-16-le throughout: line 3 holds the byte 0x00."


def test_holds_utf8(tmp_path: Path) -> None:
    assert holds_utf8(put(tmp_path, "客户".encode()), "a")
    assert not holds_utf8(put(tmp_path, "客户".encode("gb18030")), "a")
    assert not holds_utf8(put(tmp_path, b"plain"), "a")


@quick
@pytest.mark.usefixtures("small_chunks")
@given(content=st.binary(max_size=40))
def test_survey_agrees_with_decoding_at_once(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path, content)
    try:
        content.decode()
    except UnicodeDecodeError as error:
        expected = error
    else:
        survey_utf8(path, "sales.csv")
        return
    broken = find_broken(path, "sales.csv", Reading(None))
    assert broken is not None
    assert broken.offset == expected.start
    assert "is not UTF-8" in survey_failure(path)[0]


@quick
@pytest.mark.usefixtures("small_chunks")
@given(
    text=st.text(st.characters(exclude_categories=["Cs"])),
    codec=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "gb18030"]),
)
def test_transcoding_round_trips(tmp_path: Path, text: str, codec: str) -> None:
    path = put(tmp_path, text.encode(codec))
    assert b"".join(transcode(path, "sales.csv", Reading(codec))).decode() == text


@quick
@given(
    content=st.binary(max_size=60),
    name=st.sampled_from(["utf-16-le", "gb18030", "big5", "shift_jis", "iso2022_jp", "hz", "cp037", "johab", "ascii"]),
)
def test_any_bytes_transcode_or_fail_with_a_line(tmp_path: Path, content: bytes, name: str) -> None:
    path = put(tmp_path, content)
    try:
        b"".join(transcode(path, "sales.csv", Reading(known_encoding(name)))).decode()
    except InputError as error:
        assert "holds the byte" in error.problem  # noqa: PT017 - either outcome is right
