"""What only a real process shows: closed pipes, full devices, limits, kills, and two writers at once."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PIECE = 1 << 20
PIECES = 24
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "error"}

PROGRAM = f"""
import sys
from pathlib import Path
from crmcli.errors import CrmcliError
from crmcli.present.console import Environment
from crmcli.present.messages import print_error
from crmcli.present.output import write_file, write_stdout
environment = Environment.detect(dict(), sys.stdin, sys.stdout, sys.stderr)
letter, target = sys.argv[1].encode(), sys.argv[2]
pieces = (letter * {PIECE} for _ in range({PIECES}))
try:
    if target == "-":
        write_stdout(environment.stdout, pieces)
        sys.stdout.write("".join(sys.argv[3:]))
    else:
        write_file(Path(target), pieces)
except CrmcliError as error:
    print_error(environment, error)
    sys.exit(error.exit_code)
"""


def command(letter: str, target: str | Path, *last_words: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, letter, str(target), *last_words]


def is_whole(path: Path, letters: str) -> bool:
    content = path.read_bytes()
    return len(content) == PIECE * PIECES and content[:1].decode() in letters and content == content[:1] * len(content)


def test_a_broken_pipe_is_silent() -> None:
    with subprocess.Popen(
        command("a", "-", "last words"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == b"a" * 10
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_slow_non_blocking_reader_gets_every_byte() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with subprocess.Popen(command("a", "-"), stdout=writer, env=ENVIRONMENT) as process:
        os.close(writer)
        total = 0
        while piece := os.read(reader, 1 << 18):
            total += len(piece)
            time.sleep(0.0005)
        os.close(reader)
    assert process.returncode == 0
    assert total == PIECE * PIECES


@pytest.mark.parametrize("target", ["-", "/dev/full", "/dev/stdout"])
def test_a_full_device_is_named(target: str) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(command("a", target), stdout=full, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    name = "stdout" if target == "-" else target
    assert done.returncode == 3
    assert done.stderr.decode().splitlines() == [
        f"crmcli: error: {name} cannot be written: No space left on device.",
        "  Free some space there, or choose another place with -o.",
    ]


def test_a_closed_stdout_is_named() -> None:
    shell = ["sh", "-c", 'exec "$@" >&-', "sh", *command("a", "-")]
    done = subprocess.run(shell, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith(b"crmcli: error: stdout is closed.")


def test_a_file_size_limit_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"old")
    limit = 3 * PIECE
    done = subprocess.run(
        command("a", target),
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 3
    assert b"out.csv cannot be written: File too large." in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert target.read_bytes() == b"old"


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    subprocess.run(command("o", target), env=ENVIRONMENT, check=True)
    moments = random.Random(7)  # noqa: S311
    for _ in range(10):
        with subprocess.Popen(command("n", target), env=ENVIRONMENT) as process:
            _wait_for_a_temporary(tmp_path, process)
            time.sleep(moments.uniform(0, 0.03))
            process.kill()
        assert is_whole(target, "on")
    subprocess.run(command("z", target), env=ENVIRONMENT, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"], "the next run removes what kills have left"
    assert is_whole(target, "z")


def _wait_for_a_temporary(directory: Path, process: subprocess.Popen[bytes]) -> None:
    known = {path.name for path in directory.iterdir()}
    while process.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            if {path.name for path in directory.iterdir()} - known:
                return
        time.sleep(0.001)


def test_two_writers_leave_one_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    writers = [subprocess.Popen(command(letter, target), env=ENVIRONMENT) for letter in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert is_whole(target, "ab")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
