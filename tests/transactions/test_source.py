from __future__ import annotations

import codecs
import gzip
import io
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcli.errors import CrmcliError, InputError, UsageError
from crmcli.transactions import spool
from crmcli.transactions.source import FileKind, Identity, Source, Workspace, open_sources, verify_unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = b"customer,amount\n007,12.50\n"


def zstd(content: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(content, asbytes=True)
    return packed


def parquet() -> bytes:
    pl.DataFrame({"customer": ["007"]}).write_parquet(buffer := io.BytesIO())
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (here := tmp_path / "here").mkdir()
    (spooled := tmp_path / "spooled").mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(spooled))
    return spooled


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace() as space:
        yield space


def put(content: bytes, name: str = "sales.csv") -> str:
    Path(name).write_bytes(content)
    return name


def opened(
    workspace: Workspace,
    *arguments: str,
    stdin: BinaryIO | None = None,
    encoding: str | None = None,
    trust_input: bool = False,
) -> tuple[Source, ...]:
    sources = open_sources(
        arguments, workspace, stdin=stdin or io.BytesIO(), encoding=encoding, trust_input=trust_input
    )
    verify_unchanged(sources)
    return sources


def failure(
    workspace: Workspace, *arguments: str, stdin: BinaryIO | None = None, encoding: str | None = None
) -> CrmcliError:
    with pytest.raises(CrmcliError) as caught:
        opened(workspace, *arguments, stdin=stdin, encoding=encoding)
    assert len(caught.value.lines()) <= 3
    return caught.value


def codes(source: Source) -> list[str]:
    return [note.code for note in source.notes]


def test_plain_text_is_read_where_it_lies(workspace: Workspace, temporary: Path) -> None:
    name = put(TABLE)
    (source,) = opened(workspace, name)
    assert source == Source(name, Path(name), FileKind.TEXT, Path(name), Identity.of(Path(name).stat()), ())
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("content", [codecs.BOM_UTF8 + TABLE, TABLE.replace(b"\n", b"\r\n"), "客户\n007\n".encode()])
def test_text_that_needs_no_copy(workspace: Workspace, content: bytes) -> None:
    (source,) = opened(workspace, put(content))
    assert source.path.read_bytes() == content
    assert source.path == source.origin


def test_parquet_under_any_name(workspace: Workspace) -> None:
    (source,) = opened(workspace, put(parquet()), encoding="gb18030")
    assert (source.kind, source.path, source.notes) == (FileKind.PARQUET, Path("sales.csv"), ())


def test_standard_input_is_copied(workspace: Workspace) -> None:
    (source,) = opened(workspace, "-", stdin=io.BytesIO(TABLE))
    assert (source.label, source.origin, source.identity) == ("standard input", None, None)
    assert source.path.read_bytes() == TABLE
    assert isinstance(failure(workspace, "-", "-"), UsageError)


def test_standard_input_may_be_packed_parquet(workspace: Workspace) -> None:
    (source,) = opened(workspace, "-", stdin=io.BytesIO(gzip.compress(parquet())))
    assert source.kind is FileKind.PARQUET
    assert source.path.read_bytes() == parquet()


def test_closed_standard_input(workspace: Workspace) -> None:
    (stdin := io.BytesIO(TABLE)).close()
    assert failure(workspace, "-", stdin=stdin).problem == "standard input is closed."


def test_a_pausing_pipe_is_read_to_its_end(workspace: Workspace) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def write_later() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(TABLE)

    writer = threading.Timer(0.1, write_later)
    writer.start()
    with os.fdopen(reading, "rb") as stdin:
        (source,) = opened(workspace, "-", stdin=stdin)
    writer.join()
    assert source.path.read_bytes() == TABLE


def test_a_terminal_ends_with_one_end_of_file(workspace: Workspace) -> None:
    class Terminal(io.BytesIO):
        reads = 0

        def isatty(self) -> bool:
            return True

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            return super().read(size)

    (source,) = opened(workspace, "-", stdin=(terminal := Terminal(TABLE)))
    assert source.path.read_bytes() == TABLE
    assert terminal.reads == 1


def test_a_named_pipe_is_copied(workspace: Workspace) -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=Path("pipe").write_bytes, args=(TABLE,))
    writer.start()
    (source,) = opened(workspace, "pipe")
    writer.join()
    assert (source.origin, source.identity) == (Path("pipe"), None)
    assert source.path.read_bytes() == TABLE


def test_one_pipe_twice_does_not_hang(workspace: Workspace) -> None:
    os.mkfifo("pipe")
    assert failure(workspace, "pipe", "./pipe").problem == "pipe and ./pipe are the same file."


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
@pytest.mark.parametrize("content", [TABLE, parquet()])
def test_packed_files_are_unpacked_and_recognised_again(workspace: Workspace, pack: object, content: bytes) -> None:
    assert callable(pack)
    (source,) = opened(workspace, put(pack(content), "sales.dat"))
    assert source.path.read_bytes() == content
    assert source.kind is (FileKind.TEXT if content == TABLE else FileKind.PARQUET)
    assert codes(source) == ["decompressed"]
    assert source.identity == Identity.of(Path("sales.dat").stat())


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_several_members_are_one_file(workspace: Workspace, pack: object) -> None:
    assert callable(pack)
    (source,) = opened(workspace, put(pack(TABLE) + pack(b"008,1\n")))
    assert source.path.read_bytes() == TABLE + b"008,1\n"


def test_two_layers_are_undone_and_leave_one_copy(workspace: Workspace) -> None:
    (source,) = opened(workspace, put(gzip.compress(zstd(TABLE))))
    assert source.path.read_bytes() == TABLE
    assert list(source.path.parent.iterdir()) == [source.path]
    assert "more than 2 times over" in failure(workspace, put(gzip.compress(gzip.compress(zstd(TABLE))))).problem


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_truncated_and_damaged_packings_are_named(workspace: Workspace, pack: object) -> None:
    assert callable(pack)
    packed = pack(os.urandom(2000))
    damaged = packed[:1000] + bytes([packed[1000] ^ 0xFF]) + packed[1001:]
    for content in (packed[:-3], packed[:12], packed + packed[:20], packed + b"rubbish"):
        assert "truncated or damaged" in failure(workspace, put(content)).problem
    if pack is gzip.compress:  # The zstd frame of this codec carries no checksum.
        assert "truncated or damaged" in failure(workspace, put(damaged)).problem


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_bomb_stops_at_once(
    workspace: Workspace, temporary: Path, monkeypatch: pytest.MonkeyPatch, pack: object
) -> None:
    assert callable(pack)
    monkeypatch.setattr(spool, "FREE_BYTES", 1_000_000)
    monkeypatch.setattr(spool, "HIGHEST_RATIO", 10)
    bomb = put(pack(b"1,2\n" * 1_000_000))
    error = failure(workspace, bomb)
    assert "--trust-input" in str(error.remedy)
    assert sum(path.stat().st_size for path in temporary.rglob("*.copy")) <= 1_000_000
    (source,) = opened(workspace, bomb, trust_input=True)
    assert source.path.stat().st_size == 4_000_000


def test_a_dense_but_small_file_is_no_bomb(workspace: Workspace) -> None:
    (source,) = opened(workspace, put(gzip.compress(b"1,2\n" * 1_000_000)))
    assert source.path.stat().st_size == 4_000_000


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_is_transcoded_by_its_mark(workspace: Workspace, codec: str) -> None:
    (source,) = opened(workspace, put("\ufeff客户,Müller\r\n007,1\r\n".encode(codec)))
    assert source.path.read_bytes().decode() == "客户,Müller\r\n007,1\r\n"
    assert [note.text for note in source.notes] == [f"sales.csv: read as {codec}."]


def test_an_asked_encoding_is_followed_strictly(workspace: Workspace) -> None:
    name = put("客户\n北京\n".encode("gb18030"))
    (source,) = opened(workspace, name, encoding="GB18030")
    assert source.path.read_bytes().decode() == "客户\n北京\n"
    assert codes(source) == ["transcoded"]
    assert "line 1 holds the byte" in failure(workspace, name, encoding="ascii").problem
    assert isinstance(failure(workspace, name, encoding="gb18031"), UsageError)
    assert "--encoding gb18030" in str(failure(workspace, name).remedy)


def test_an_asked_encoding_for_what_is_utf8_is_doubted(workspace: Workspace) -> None:
    (source,) = opened(workspace, put("name\nMüller\n".encode()), encoding="cp1252")
    assert codes(source) == ["transcoded", "encoding_doubtful"]


def test_lone_returns_become_line_ends(workspace: Workspace) -> None:
    (source,) = opened(workspace, put(b"a,b\r1,2\r\n3,4\n5,6\r"))
    assert source.path.read_bytes() == b"a,b\n1,2\r\n3,4\n5,6\n"
    assert [note.text for note in source.notes] == ["sales.csv: 2 single carriage returns were read as line ends."]
    assert source.path != source.origin


def test_lone_returns_inside_wide_text(workspace: Workspace) -> None:
    (source,) = opened(workspace, put("\ufeffa,b\r1,2\r".encode("utf-16-le")))
    assert source.path.read_bytes() == b"a,b\n1,2\n"
    assert codes(source) == ["transcoded", "line_ends"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" \r\n\t\n", id="blanks"),
        pytest.param(codecs.BOM_UTF8, id="mark"),
        pytest.param(codecs.BOM_UTF16_LE, id="wide mark"),
        pytest.param(gzip.compress(b"", mtime=0), id="packed nothing"),
        pytest.param(zstd(b"\n"), id="packed blanks"),
        pytest.param(codecs.BOM_UTF8 + b"\n", id="mark and blanks"),
    ],
)
def test_empty_files(workspace: Workspace, content: bytes) -> None:
    error = failure(workspace, put(content))
    assert error.problem == "sales.csv is empty."
    assert error.exit_code == 3


def test_blank_beginnings_longer_than_a_chunk(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "CHUNK_BYTES", 2)
    assert opened(workspace, put(b"\n\n\n\n\na,b\n"))
    assert "is empty" in failure(workspace, put(b"\n\n\n\n\n")).problem


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-8-sig"])
def test_pages_are_refused_in_any_encoding(workspace: Workspace, codec: str) -> None:
    assert "an HTML page" in failure(workspace, put("<html><table>".encode(codec))).problem


def test_the_same_file_twice(workspace: Workspace) -> None:
    name = put(TABLE)
    Path("link.csv").symlink_to(name)
    Path("hard.csv").hardlink_to(name)
    assert failure(workspace, name, name).problem == "sales.csv is given twice."
    assert failure(workspace, name, "link.csv").problem == "sales.csv and link.csv are the same file."
    assert failure(workspace, name, "hard.csv").problem == "sales.csv and hard.csv are the same file."


@pytest.mark.parametrize("copy", [TABLE, gzip.compress(TABLE, mtime=0), TABLE.decode().encode("utf-16")])
def test_the_same_content_twice(workspace: Workspace, copy: bytes) -> None:
    error = failure(workspace, put(TABLE), put(b"x,y\n", "b.csv"), put(copy, "c.csv"))
    assert error.problem == "sales.csv and c.csv have the same content."
    assert error.remedy


def test_equal_sizes_are_no_duplicates(workspace: Workspace) -> None:
    assert len(opened(workspace, put(TABLE), put(TABLE.replace(b"7", b"8"), "b.csv"))) == 2


@pytest.mark.parametrize("change", [lambda path: path.write_bytes(TABLE + b"1,2\n"), Path.unlink, Path.touch])
def test_a_change_while_reading_is_found(workspace: Workspace, change: object) -> None:
    assert callable(change)
    path = Path(put(TABLE))
    os.utime(path, ns=(0, 0))
    sources = opened(workspace, str(path))
    change(path)
    with pytest.raises(InputError) as caught:
        verify_unchanged(sources)
    assert caught.value.problem == "sales.csv changed while it was read."


def test_a_replaced_file_is_found(workspace: Workspace) -> None:
    path = Path(put(TABLE))
    sources = opened(workspace, str(path))
    Path(put(TABLE, "new.csv")).replace(path)
    with pytest.raises(InputError):
        verify_unchanged(sources)


def test_unreadable_targets(workspace: Workspace) -> None:
    assert failure(workspace, "/proc/self/mem").exit_code == 3
    assert "is empty" in failure(workspace, "/dev/null").problem


def test_import_is_light() -> None:
    code = (
        "import sys, crmcli.transactions.source; print([m for m in ('polars', 'pyarrow', 'numpy') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "[]"


ROOT = Path(__file__).parents[2]

MARKS = [b"", b"PAR1", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"ORC", b"{", b"<html", b"a,b\r", b"BZh9"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mark=st.sampled_from([*MARKS, codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE]),
    rest=st.binary(max_size=80),
    pack=st.sampled_from([bytes, gzip.compress, zstd]),
    encoding=st.sampled_from([None, None, "utf-8", "utf-16", "gb18030", "cp1252", "shift_jis"]),
)
def test_any_bytes_give_a_source_or_a_plain_error(
    workspace: Workspace, mark: bytes, rest: bytes, pack: object, encoding: str | None
) -> None:
    assert callable(pack)
    name = put(pack(mark + rest))
    try:
        (source,) = opened(workspace, name, encoding=encoding)
    except CrmcliError as error:
        assert 1 <= len(error.lines()) <= 3  # noqa: PT017 - either outcome is right
        return
    if source.kind is FileKind.TEXT:
        content = source.path.read_bytes()
        content.decode("utf-8")
        assert b"\r" not in content.replace(b"\r\n", b"")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    codec=st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "gb18030"]),
)
def test_transcoded_sources_hold_the_same_text(workspace: Workspace, text: str, codec: str) -> None:
    name = put(f"a,{text}".encode(codec))
    (source,) = opened(workspace, name, encoding=codec)
    expected = f"a,{text}".replace("\r\n", "\0\n").replace("\r", "\n").replace("\0\n", "\r\n")
    if "\0" not in text:
        assert source.path.read_bytes().decode() == expected


def test_a_name_that_is_not_utf8_is_read_all_the_same(tmp_path: Path) -> None:
    name = os.fsdecode(bytes(tmp_path) + b"/lat\xff.csv")
    Path(name).write_bytes(b"a,b\n1,2\n")
    with Workspace() as workspace:
        (source,) = open_sources([name], workspace, stdin=io.BytesIO(), encoding=None, trust_input=False)
        str(source.path).encode()
        assert source.path.read_bytes() == b"a,b\n1,2\n"
        assert source.label == name
