"""The command as the shell, cron and a terminal see it: streams, exit codes, signals, surroundings."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from command import pinned_environment
from processes import COMMAND, SAMPLE, TIMEOUT_SECONDS, bare_environment, run, shell

from crmcli import __version__

if TYPE_CHECKING:
    from pathlib import Path

ESCAPE = b"\x1b"
SMALL = "customer_id,date,amount\n" + "".join(
    f"{name},2024-0{month}-1{month},{month * 3}.50\n"
    for month in range(1, 7)
    for name in ("007", "Zoë", "客户")[: month % 4]
)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("options", ["", "-f json", "-f table --view customers --top 9999"])
def test_a_reader_that_leaves_early_is_no_error(options: str) -> None:
    script = f'"$CRMCLI" -q segment "$1" {options} | head -c 40 > /dev/null; echo "${{PIPESTATUS[0]}}"'
    assert shell(script, SAMPLE) == ("0\n", "")


def test_help_into_a_closed_pipe_is_no_error() -> None:
    script = '( sleep 0.2; "$CRMCLI" segment --help; echo "$?" >&2 ) | true'
    assert shell(script) == ("", "0\n")


@pytest.mark.parametrize(
    "command",
    ['segment "$1"', 'segment "$1" -o /dev/full -f csv', 'segment "$1" --facts /dev/full -o /dev/null -f csv'],
)
def test_a_full_disk_is_an_error_that_says_so(command: str, small: Path) -> None:
    message = shell(f'"$CRMCLI" -q {command} > /dev/full; echo "$?" >&2', small)[1]
    assert "No space left on device" in message
    assert message.endswith("\n3\n")
    assert len(message.splitlines()) <= 4


def test_help_onto_a_full_disk_is_the_same_error() -> None:
    message = shell('"$CRMCLI" --help > /dev/full; echo "$?" >&2')[1]
    assert "No space left on device" in message
    assert message.endswith("\n3\n")


def test_a_closed_stdout_is_an_error_that_says_so(small: Path) -> None:
    message = shell('"$CRMCLI" -q segment "$1" >&-; echo "$?" >&2', small)[1]
    assert message.splitlines() == ["crmcli: error: stdout is closed.", "  Write to a file with -o.", "3"]


def test_a_stderr_that_takes_nothing_does_not_stop_the_result(small: Path) -> None:
    expected = run("-q", "segment", small).stdout.decode()
    both = shell('"$CRMCLI" segment "$1" 2>&-; "$CRMCLI" segment "$1" 2>/dev/full', small)[0]
    assert both == expected * 2


MESSAGES = {
    "unknown option": (2, ["segment", "small.csv", "--veiw", "abc"], ["--veiw", "--view"]),
    "empty file": (3, ["segment", "empty.csv"], ["empty.csv", "is empty"]),
    "two candidates": (3, ["segment", "two.csv"], ["'customer'", "'client'", "--map customer_id="]),
    "header alone": (4, ["segment", "header.csv"], ["header.csv", "no row"]),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_exit_codes_and_their_messages(case: str, small: Path) -> None:
    code, arguments, parts = MESSAGES[case]
    small.with_name("empty.csv").write_bytes(b"")
    small.with_name("header.csv").write_bytes(b"customer_id,date,amount\n")
    small.with_name("two.csv").write_bytes(b"customer,client,date,amount\n1,2,2024-01-13,5\n")
    done = run(*arguments, cwd=small.parent)
    assert (done.returncode, done.stdout) == (code, b"")
    lines = done.stderr.decode().splitlines()
    assert 1 <= len(lines) <= 3
    assert lines[0].startswith("crmcli: error: ")
    assert all(part in done.stderr.decode() for part in parts), done.stderr.decode()


def test_without_arguments_the_way_to_the_help_is_shown() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (2, b"")
    assert "crmcli --help" in done.stderr.decode()


def test_a_traceback_is_for_debugging_alone(small: Path) -> None:
    plain, debug = run("segment", "none.csv", cwd=small.parent), run("--debug", "segment", "none.csv", cwd=small.parent)
    assert b"Traceback" not in plain.stderr
    assert b"Traceback" in debug.stderr
    assert (plain.returncode, debug.returncode) == (3, 3)
    assert debug.stderr.endswith(plain.stderr)


def test_standard_input_reads_like_a_file(small: Path) -> None:
    from_pipe = run("-q", "segment", "-", stdin=small.read_bytes())
    assert (from_pipe.returncode, from_pipe.stderr) == (0, b"")
    assert from_pipe.stdout == run("-q", "segment", small).stdout


def test_standard_input_is_read_only_when_it_is_named(small: Path) -> None:
    # An open pipe that nobody writes to would block a reader for ever.
    reader, writer = os.pipe()
    try:
        done = subprocess.run(
            [COMMAND, "-q", "segment", small], stdin=reader, capture_output=True, timeout=TIMEOUT_SECONDS, check=False
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert done.returncode == 0


def test_a_closed_standard_input(small: Path) -> None:
    out, _ = shell('"$CRMCLI" -q segment "$1" <&-', small)
    assert out == run("-q", "segment", small).stdout.decode()
    message = shell('"$CRMCLI" -q segment - <&-; echo "$?" >&2', small)[1]
    assert message.endswith("\n3\n")
    assert "standard input" in message


def test_a_pipe_gets_csv_without_colours(small: Path) -> None:
    done = run("segment", small, variables={"NO_COLOR": ""})
    assert done.stdout.startswith(b"customer_id,as_of,first_date,")
    assert ESCAPE not in done.stdout + done.stderr


def _on_a_terminal(*arguments: str | Path, variables: dict[str, str], typed: bytes = b"") -> bytes:
    """What a terminal of 100 columns receives from stdout and stderr, and shows of what is typed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**pinned_environment(), "TERM": "xterm", **variables},
    )
    os.close(slave)
    os.write(master, typed)
    received = b""
    while select.select([master], [], [], TIMEOUT_SECONDS)[0]:
        try:
            chunk = os.read(master, 65_536)
        except OSError:
            break
        if not chunk:
            break
        received += chunk
    os.close(master)
    assert process.wait(TIMEOUT_SECONDS) == 0
    return received


def test_a_terminal_gets_the_page_in_colour_unless_it_wants_none(small: Path) -> None:
    page = _on_a_terminal("segment", small, variables={"NO_COLOR": ""})
    assert ESCAPE in page
    assert b"customer_id,as_of" not in page
    plain = _on_a_terminal("segment", small, variables={"NO_COLOR": "1"})
    assert ESCAPE not in plain
    assert "客户".encode() in plain


def test_whoever_reads_from_the_keyboard_is_told_how_to_end() -> None:
    shown = _on_a_terminal("segment", "-", variables={"NO_COLOR": "1"}, typed=f"{SMALL}\x04".encode())
    assert b"crmcli: note: Reading what is typed here; Ctrl-D on a new line ends it." in shown
    assert b"crmcli segment \xc2\xb7 as of 2024-06-16" in shown


def test_the_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"crmcli {__version__}\n", b"")


def _started(temporary: Path, *arguments: str | Path) -> subprocess.Popen[bytes]:
    """A run that waits for the rest of its standard input, and has begun to keep temporary files."""
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**pinned_environment(), "TMPDIR": str(temporary)},
    )
    assert process.stdin is not None
    process.stdin.write(SMALL.encode())
    process.stdin.flush()
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not list(temporary.iterdir()):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    return process


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_and_leaves_nothing_behind(sent: int, code: int, temporary: Path) -> None:
    target = temporary.with_name("out.csv")
    target.write_text("the old one")
    process = _started(temporary, "segment", "-", "-o", target)
    process.send_signal(sent)
    out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    assert (process.returncode, out, err) == (code, b"", b"")
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in target.parent.iterdir()) == ["out.csv", "temporary"]
    assert target.read_text() == "the old one"


SURROUNDINGS = (
    {"TZ": "Pacific/Kiritimati", "POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "1", "LC_ALL": "tr_TR.UTF-8"},
    {"TZ": "America/Adak", "POLARS_MAX_THREADS": "8", "PYTHONHASHSEED": "77", "LC_ALL": "C", "LANG": "C"},
)


def test_the_surroundings_change_no_byte(tmp_path: Path) -> None:
    written = []
    for number, variables in enumerate(({}, *SURROUNDINGS)):
        facts = tmp_path / f"facts{number}.json"
        done = run("segment", SAMPLE, "--facts", facts, variables=variables)
        assert done.returncode == 0
        written.append((done.stdout, done.stderr, facts.read_bytes()))
    assert written[1][0] == written[0][0]
    assert written[2][0] == written[0][0]
    assert written[1] == written[0]
    assert written[2][2] == written[0][2]


def test_nothing_is_needed_of_the_environment(small: Path) -> None:
    variables = {**bare_environment(), "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = subprocess.run(
        [COMMAND, "segment", small], capture_output=True, env=variables, timeout=TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == run("segment", small).stdout
    assert done.stderr.isascii()
