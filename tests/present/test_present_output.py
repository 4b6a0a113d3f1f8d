"""Files are old or new, never half; links, modes and inputs survive."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmcli.errors import OutputError
from crmcli.present.output import check_target, write_file, write_stdout

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_ROOT = os.geteuid() == 0
HOST = re.sub("[^A-Za-z0-9_-]", "_", os.uname().nodename)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def interrupted(error: BaseException) -> Iterator[bytes]:
    yield b"half"
    raise error


def test_a_new_file_follows_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_file(tmp_path / "out.csv", b"a\n")
    finally:
        os.umask(old)
    assert (tmp_path / "out.csv").read_bytes() == b"a\n"
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o640
    assert names(tmp_path) == ["out.csv"]


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    target.chmod(0o604)
    write_file(target, iter([b"new ", b"text"]))
    assert target.read_bytes() == b"new text"
    assert stat.S_IMODE(target.stat().st_mode) == 0o604


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    link = tmp_path / "link.csv"
    link.symlink_to("deep/real.csv")
    write_file(link, b"first")  # The link dangles.
    write_file(link, b"second")
    assert link.is_symlink()
    assert (tmp_path / "deep" / "real.csv").read_bytes() == b"second"
    assert names(tmp_path / "deep") == ["real.csv"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143), ValueError("bug"), OSError("reading")])
def test_an_exception_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    with pytest.raises(type(error)) as caught:
        write_file(target, interrupted(error))
    assert caught.value is error, "what fails while bytes are made is not blamed on the output"
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["out.csv"]


def test_a_fifo_is_written_straight(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(fifo.read_bytes()))
    reader.start()
    write_file(fifo, b"x" * 200_000)
    reader.join()
    assert received == [b"x" * 200_000]
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert names(tmp_path) == ["fifo"]


def test_devices_are_written_straight() -> None:
    write_file(Path("/dev/null"), b"x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_stdout_by_name_keeps_what_is_there(tmp_path: Path, name: str) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"earlier\n")
    script = f"from pathlib import Path; from crmcli.present.output import *; write_file(Path({name!r}), b'new')"
    with log.open("ab") as appended:
        subprocess.run([sys.executable, "-c", script], stdout=appended, check=True)
    assert log.read_bytes() == b"earlier\nnew"


def test_an_input_is_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b"data")
    other = tmp_path / "hard.csv"
    other.hardlink_to(source)
    with pytest.raises(OutputError, match="never overwritten"):
        check_target(other, inputs=[tmp_path / "absent.csv", source])
    with pytest.raises(OutputError, match="never overwritten"):
        write_file(other, b"x", inputs=[source])
    assert source.read_bytes() == b"data"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("absent/out.csv", "No such file or directory"),
        ("file/out.csv", "Not a directory"),
        (".", "directory"),
        ("loop", "symbolic links"),
        ("x" * 300, "too long"),
    ],
)
def test_impossible_targets_are_refused_early(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match=reason) as caught:
        check_target(tmp_path / name)
    assert str(tmp_path) in caught.value.problem
    with pytest.raises(OutputError, match=reason):
        write_file(tmp_path / name, b"x")
    assert names(tmp_path) == ["file", "loop"]


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_read_only_places_are_refused(tmp_path: Path) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_bytes(b"old")
    kept.chmod(0o444)
    with pytest.raises(OutputError, match="Permission denied"):
        check_target(kept)
    kept.chmod(0o644)
    tmp_path.chmod(0o555)
    try:
        for name in ("kept.csv", "new.csv"):
            with pytest.raises(OutputError, match="Permission denied"):
                check_target(tmp_path / name)
    finally:
        tmp_path.chmod(0o755)
    assert kept.read_bytes() == b"old"


def test_only_temporaries_of_dead_runs_here_are_swept(tmp_path: Path) -> None:
    write_file(tmp_path / "a", _spy(tmp_path))
    (seen,) = (tmp_path / "seen").read_text().splitlines()
    prefix, host, pid, token = seen.rsplit(".", 3)
    assert int(pid) == os.getpid()
    # The number of a living process says nothing: numbers are used again.
    stale = [f"{prefix}.{host}.{number}.{token}" for number in (1, os.getpid(), 4_000_000)]
    kept = [f"{prefix}.elsewhere.{pid}.{token}", f"{stale[0]}.csv", f"{prefix}.{host}.x.{token}"]
    for name in (*stale, *kept):
        (tmp_path / name).touch()
    write_file(tmp_path / "a", b"x")
    assert names(tmp_path) == sorted(["a", "seen", *kept])


def test_a_temporary_in_use_is_not_swept(tmp_path: Path) -> None:
    write_file(tmp_path / "slow", _while_another_writes(tmp_path))
    assert (tmp_path / "slow").read_bytes() == b"first second"
    assert names(tmp_path) == ["quick", "slow"]


def _while_another_writes(directory: Path) -> Iterator[bytes]:
    yield b"first "
    before = names(directory)
    write_file(directory / "quick", b"x")
    assert names(directory) == sorted([*before, "quick"])
    yield b"second"


def test_only_plain_files_are_swept(tmp_path: Path) -> None:
    name = f".crmcli-tmp.{HOST}.1.0123456789abcde"
    precious = tmp_path / "precious"
    precious.touch()
    (tmp_path / f"{name}0").mkdir()
    (tmp_path / f"{name}1").symlink_to(precious)
    write_file(tmp_path / "a", b"x")
    assert precious.exists()
    assert (tmp_path / f"{name}0").is_dir()
    assert (tmp_path / f"{name}1").is_symlink()


def test_a_temporary_that_is_swept_while_it_is_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file, opened = os.open, list[str]()

    def opened_and_swept(path: str | Path, flags: int, mode: int = 0o777) -> int:
        fd = open_file(path, flags, mode)
        if flags & os.O_EXCL:
            opened.append(str(path))
            if len(opened) == 1:
                os.unlink(path)  # noqa: PTH108 - beside os.open
        return fd

    monkeypatch.setattr(os, "open", opened_and_swept)
    write_file(tmp_path / "a", b"x")
    assert len(opened) == 2
    assert (tmp_path / "a").read_bytes() == b"x"
    assert names(tmp_path) == ["a"]


def test_without_locks_nothing_is_swept_and_everything_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(_fd: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unsupported)
    stale = f".crmcli-tmp.{HOST}.1.0123456789abcdef"
    (tmp_path / stale).touch()
    write_file(tmp_path / "a", b"x")
    assert (tmp_path / "a").read_bytes() == b"x"
    assert names(tmp_path) == [stale, "a"]


def _spy(directory: Path) -> Iterator[bytes]:
    """A payload that looks at its own temporary file."""
    yield b"x"
    (directory / "seen").write_text("\n".join(name for name in names(directory) if name.startswith(".")))


def test_stdout_in_memory() -> None:
    stream = io.BytesIO()
    write_stdout(stream, iter([b"a", b"", b"b\n"]))
    assert stream.getvalue() == b"ab\n"


def test_a_closed_stdout_is_an_error() -> None:
    with pytest.raises(OutputError, match="stdout is closed"):
        write_stdout(None, b"x")
