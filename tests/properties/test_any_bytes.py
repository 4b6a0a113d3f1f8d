"""Whatever bytes a file holds, the command ends with a documented exit code and says why in plain words."""

from __future__ import annotations

import datetime as dt
import gzip
import tempfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from command import crmcli
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from purchases import DAY_ZERO, Purchase, csv_bytes, parquet_bytes

LINES = [Purchase(f"C{n % 5}", DAY_ZERO + dt.timedelta(n), f"o{n}", Decimal(n * 7) - 3) for n in range(12)]
TEXT = csv_bytes(LINES)
QUOTED = "".join(
    [
        "customer_id,date,name,amount\n",
        *(f'"{line.customer}",{line.date},"a ""b"",\n","{line.amount}"\n' for line in LINES),
    ]
).encode()
ZSTD: bytes = pa.compress(TEXT, codec="zstd", asbytes=True)
SEEDS = {
    "text": TEXT,
    "quoted": QUOTED,
    "utf-16": TEXT.decode().encode("utf-16"),
    "gzip": gzip.compress(TEXT, mtime=0),
    "zstd": ZSTD,
    "parquet": parquet_bytes(LINES),
}
DOCUMENTED = {0, 2, 3, 4}
MAGIC = (
    b"PAR1",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"<html",
    b"{",
)
PIECES = st.binary(max_size=6) | st.sampled_from(
    [*MAGIC, b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\x00", b"\x1e", b"\x1f", b"\x80", "ä".encode(), b"1e400", b"-"]
)


@st.composite
def mutated(draw: st.DrawFn, seed: bytes) -> bytes:
    """A valid file after up to four changes: pieces replaced, inserted, cut out, repeated, or the end cut off."""
    content = seed
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        stop = draw(st.integers(start, min(len(content), start + 40)))
        piece = draw(st.sampled_from(["insert", "replace", "remove", "repeat", "cut"]))
        new = {"remove": b"", "repeat": content[start:stop] * 2, "cut": b""}.get(piece)
        new = draw(PIECES) if new is None else new
        tail = content[start if piece == "insert" else stop :]
        content = content[:start] + new + (b"" if piece == "cut" else tail)
    return content


def check(content: bytes, suffix: str = ".csv", *, from_pipe: bool = False, code: int | None = None) -> None:
    """Reads these bytes from a file or a pipe; `code` is the exit code that is expected, where it is known."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"in{suffix}")
        path.write_bytes(content)
        outcome = crmcli("segment", "-" if from_pipe else path, stdin=content)
    assert outcome.code in (DOCUMENTED if code is None else {code}), outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert bool(outcome.stdout) == (outcome.code == 0)
    if outcome.code:
        errors = [line for line in outcome.message_lines if not line.startswith(("crmcli: note:", "crmcli: warning:"))]
        assert 1 <= len(errors) <= 3, outcome.stderr
        assert errors[0].startswith("crmcli: error: ")


@pytest.mark.parametrize("kind", SEEDS)
def test_the_files_to_be_changed_are_valid(kind: str) -> None:
    check(SEEDS[kind], code=0)


@examples(40)
@given(content=st.binary(max_size=300), from_pipe=st.booleans())
def test_any_bytes(content: bytes, *, from_pipe: bool) -> None:
    check(content, from_pipe=from_pipe)


@examples(40)
@given(magic=st.sampled_from(MAGIC), rest=st.binary(max_size=200), suffix=st.sampled_from([".csv", ".parquet", ".gz"]))
def test_any_bytes_that_pretend_to_be_something(magic: bytes, rest: bytes, suffix: str) -> None:
    check(magic + rest, suffix)
    check(magic + rest + magic, suffix)


TEXTS = st.text(st.sampled_from(list('0129.,;-/:"\n\r\t |ae€Ą客%$()')), max_size=60)


@examples(40)
@given(
    header=st.sampled_from(
        ["customer_id,date,amount", "id;Datum;Betrag", "日期\t金额\t客户编号", "date,id,qty,unit price"]
    ),
    rest=TEXTS,
    good=st.booleans(),
)
def test_any_text_below_a_sound_header(header: str, rest: str, *, good: bool) -> None:
    row = {",": "2024-01-05,2024-01-06,5,1", ";": "1;2024-01-05;2,5", "\t": "2024-01-05\t5\t1"}
    start = next(row[mark] for mark in ("\t", ";", ",") if mark in header) + "\n" if good else ""
    check(f"{header}\n{start}{rest}".encode())


@pytest.mark.parametrize("kind", SEEDS)
@examples(30)
@given(draw=st.data())
def test_valid_files_after_some_changes(kind: str, draw: st.DataObject) -> None:
    check(draw.draw(mutated(SEEDS[kind])))
