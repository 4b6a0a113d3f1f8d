from __future__ import annotations

import bz2
import io
import lzma
import sqlite3
import tarfile
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

from crmcli.errors import InputError
from crmcli.transactions.kinds import END_BYTES, Ends, FileKind, Packing, ends_of, recognise, refuse_pages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FRAME = pl.DataFrame({"customer": ["007"] * 3, "amount": [1.5, 2.5, 3.5]})


def parquet() -> bytes:
    FRAME.write_parquet(buffer := io.BytesIO())
    return buffer.getvalue()


def arrow() -> bytes:
    FRAME.write_ipc(buffer := io.BytesIO())
    return buffer.getvalue()


def arrow_stream() -> bytes:
    FRAME.write_ipc_stream(buffer := io.BytesIO())
    return buffer.getvalue()


def avro() -> bytes:
    FRAME.write_avro(buffer := io.BytesIO())
    return buffer.getvalue()


def orc() -> bytes:
    from pyarrow import orc as arrow_orc  # noqa: PLC0415

    arrow_orc.write_table(FRAME.to_arrow(), buffer := io.BytesIO())
    return buffer.getvalue()


def sqlite() -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("create table t (a)")
        return database.serialize()


def zipped(*members: str, content: bytes = b"x" * 100) -> bytes:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        for member in members:
            archive.writestr(member, content)
    return buffer.getvalue()


def tarred() -> bytes:
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    return buffer.getvalue()


def whole(content: bytes) -> Ends:
    return Ends(content[:END_BYTES], content[-END_BYTES:])


def test_parquet_needs_both_ends() -> None:
    content = parquet()
    assert recognise("a", whole(content)) is FileKind.PARQUET
    for cut in (content[:-1], content[:20], b"PAR1", b"PAR1PAR1"):
        with pytest.raises(InputError) as caught:
            recognise("a", whole(cut))
        assert "cut off" in caught.value.problem


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (arrow, "an Arrow (Feather) file"),
        (arrow_stream, "an Arrow (Feather) file"),
        (avro, "an Avro file"),
        (orc, "an ORC file"),
        (sqlite, "a SQLite database"),
        (tarred, "a tar archive"),
        (lambda: bz2.compress(b"a,b\n"), "bzip2-compressed"),
        (lambda: bz2.compress(b""), "bzip2-compressed"),
        (lambda: lzma.compress(b"a,b\n"), "xz-compressed"),
        (lambda: b"%PDF-1.7\n", "a PDF document"),
        (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "an old Excel workbook"),
        (lambda: b"FEA1" + bytes(20) + b"FEA1", "a Feather file"),
        (lambda: b"PARE" + bytes(20) + b"PARE", "an encrypted Parquet file"),
        (lambda: zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook (.xlsx)"),
        (lambda: zipped("mimetype", content=b"application/vnd.oasis.opendocument.spreadsheet"), "an OpenDocument"),
        (lambda: zipped("a.csv"), "a ZIP archive"),
        (zipped, "a ZIP archive"),
    ],
)
def test_other_kinds_are_refused_by_name(make: Callable[[], bytes], what: str) -> None:
    with pytest.raises(InputError) as caught:
        recognise("sales.csv", whole(make()))
    assert caught.value.problem.startswith(f"sales.csv is {what}")
    assert caught.value.remedy


def test_xlsx_is_known_by_the_names_at_its_end() -> None:
    content = zipped("docProps/big.bin", "xl/workbook.xml", content=b"x" * 3 * END_BYTES)
    with pytest.raises(InputError) as caught:
        recognise("a", whole(content))
    assert "Save the sheet as CSV" in str(caught.value.remedy)


def test_packings() -> None:
    assert recognise("a", whole(b"\x1f\x8b\x08rest")) is Packing.GZIP
    assert recognise("a", whole(b"\x28\xb5\x2f\xfdrest")) is Packing.ZSTD
    assert recognise("a", whole(b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd")) is Packing.ZSTD


@pytest.mark.parametrize(
    "heading", [b"ORC,date\n", b"FEA1,date\n", b"BZh9,date\n", b"Objective,date\n", b"PK,date\n", b""]
)
def test_headings_like_marks_are_text(heading: bytes) -> None:
    assert recognise("a", whole(heading + b"1,2\n")) is FileKind.TEXT


@pytest.mark.parametrize(
    ("opening", "what"),
    [
        ("<!DOCTYPE html><table>", "an HTML page"),
        ("\ufeff\r\n <HTML lang=en>", "an HTML page"),
        ("<table><tr>", "an HTML page"),
        ('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "an XML document"),
        ("MIME-Version: 1.0\n", "a web archive"),
        ('{"customer": 1}\n{"customer": 2}', "JSON"),
        ('[{"customer": 1}]', "JSON"),
        ("[]", "JSON"),
    ],
)
def test_pages_are_refused(opening: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        refuse_pages("a.csv", opening)
    assert caught.value.problem.startswith(f"a.csv is {what}")


@pytest.mark.parametrize("opening", ["<TICKER>,<DATE>\n", "[id],[name]\n", "{id},{name}\n", "<tablet>,b\n", ""])
def test_odd_headings_are_no_pages(opening: str) -> None:
    refuse_pages("a.csv", opening)


@pytest.mark.parametrize("size", [0, 1, END_BYTES - 1, END_BYTES, END_BYTES + 1, 3 * END_BYTES])
def test_ends_of_a_file(tmp_path: Path, size: int) -> None:
    content = bytes(index % 251 for index in range(size))
    (path := tmp_path / "a").write_bytes(content)
    assert ends_of(path) == whole(content)
