"""The line that says what a long run is doing: seen by a person at a terminal after a second, by nobody else."""

from __future__ import annotations

import dataclasses
import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from command import pinned_environment

from crmcli.cli.context import State
from crmcli.cli.progress import Progress, writing
from crmcli.present.console import Environment, Verbosity
from crmcli.present.emit import STDOUT, Delivery

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = b"buyer,date,amount\na,2026-01-01,1\nb,2026-01-02,2\n"
PATIENCE = 60
BEGAN_LONG_AGO = -100.0


class Terminal(io.StringIO):
    """What a terminal would have been sent."""

    @property
    def lines(self) -> list[str]:
        return self.getvalue().split("\r")

    def shown(self) -> str:
        """What stands on its line in the end."""
        line = ""
        for piece in self.lines:
            line = piece + line[len(piece) :]
        return line.strip()


def environment(stderr: io.StringIO, **more: Any) -> Environment:
    return Environment(stdin=None, stdout=None, stderr=stderr, stderr_is_tty=True, **more)


def started_long_ago() -> float:
    return time.monotonic() + BEGAN_LONG_AGO


def wait_for(terminal: Terminal, text: str) -> None:
    limit = time.monotonic() + 10
    while text not in terminal.getvalue():
        assert time.monotonic() < limit, terminal.getvalue()
        time.sleep(0.01)


def test_the_stages_are_shown_one_after_the_other_and_erased() -> None:
    terminal = Terminal()
    with Progress(environment(terminal), "reading", started_long_ago()) as progress:
        wait_for(terminal, "| crmcli: reading, 100 s")
        progress.stage("summing up")
        wait_for(terminal, "crmcli: summing up")
        assert "summing up" in terminal.shown()
    assert terminal.shown() == ""
    assert terminal.getvalue().endswith("\r")


def test_nothing_is_shown_within_the_first_second() -> None:
    terminal = Terminal()
    with Progress(environment(terminal), "reading", time.monotonic()):
        time.sleep(0.3)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("more", [{"stderr_is_tty": False}, {"verbosity": Verbosity.QUIET}, {"stderr": None}])
def test_nothing_is_shown_to_nobody(more: dict[str, Any]) -> None:
    terminal = Terminal()
    with Progress(dataclasses.replace(environment(terminal), **more), "reading", started_long_ago()):
        time.sleep(0.3)
    assert terminal.getvalue() == ""


def _fail_under_way(terminal: Terminal, error: type[BaseException]) -> None:
    with Progress(environment(terminal), "reading", started_long_ago()):
        wait_for(terminal, "reading")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_the_line_goes_on_any_way_out_and_the_thread_ends(error: type[BaseException]) -> None:
    terminal = Terminal()
    before = threading.active_count()
    with pytest.raises(error):
        _fail_under_way(terminal, error)
    assert terminal.shown() == ""
    assert threading.active_count() == before


def test_a_narrow_terminal_gets_a_short_line() -> None:
    terminal = Terminal()
    with Progress(environment(terminal, stderr_width=12), "reading", started_long_ago()):
        wait_for(terminal, "crmcli")
    assert max(map(len, terminal.lines)) == 11


def test_a_terminal_that_has_gone_does_not_stop_the_work() -> None:
    terminal = Terminal()
    terminal.close()
    with Progress(environment(terminal), "reading", started_long_ago()):
        time.sleep(0.3)


def test_nothing_stands_in_the_way_of_a_result_on_the_terminal(tmp_path: Path) -> None:
    on_terminal = State(environment(Terminal(), stdout_is_tty=True))
    for delivery in (Delivery(), Delivery(output=STDOUT), Delivery(output=tmp_path, facts=STDOUT)):
        assert not isinstance(writing(on_terminal, delivery), Progress)
    assert isinstance(writing(on_terminal, Delivery(output=tmp_path)), Progress)
    assert isinstance(writing(State(environment(Terminal())), Delivery()), Progress)


class Run:
    """A process whose stderr is a terminal, reading from a pipe that stays silent until `feed`."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.pipe = folder / "orders.csv"
        os.mkfifo(self.pipe)
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crmcli", *flags, "segment", str(self.pipe), "--view", "abc"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=slave,
            env=pinned_environment(),
        )
        os.close(slave)
        self.seen = b""

    def read_until(self, text: bytes) -> None:
        while text not in self.seen:
            chunk = self._chunk()
            assert chunk, self.seen
            self.seen += chunk

    def end(self) -> tuple[int, bytes]:
        """The exit code and stdout, after everything on the terminal was read."""
        while chunk := self._chunk():
            self.seen += chunk
        output, _ = self.process.communicate(timeout=60)
        os.close(self.master)
        return self.process.returncode, output

    def _chunk(self) -> bytes:
        if not select.select([self.master], [], [], PATIENCE)[0]:
            self.process.kill()
            raise TimeoutError(self.seen)
        try:
            return os.read(self.master, 4096)
        except OSError:  # Linux says so when the last process has left the terminal.
            return b""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_slow_input_on_a_terminal(folder: Path) -> None:
    run = Run(folder)
    run.read_until(b"crmcli: reading and checking, ")  # A busy machine may miss the first second.
    run.pipe.write_bytes(ORDERS)
    code, output = run.end()
    assert code == 0
    assert output.startswith(b"tier,")
    # Every stage that took its time is shown, counts the seconds, and is wiped out.
    rest = re.sub(rb"(?:[|/\\-] crmcli: [a-z ]+, [0-9]+ s\r)+ +\r", b"", run.seen)
    assert rest != run.seen
    assert all(line.startswith((b"crmcli: note: ", b"crmcli: warning: ", b"  ")) for line in rest.splitlines()), rest


def test_a_slow_input_with_quiet_shows_nothing(folder: Path) -> None:
    run = Run(folder, "-q")
    time.sleep(2.5)
    run.pipe.write_bytes(ORDERS)
    assert run.end()[0] == 0
    assert run.seen == b""


def test_an_interrupt_leaves_a_clean_line(folder: Path) -> None:
    run = Run(folder)
    run.read_until(b"reading and checking")
    run.process.send_signal(signal.SIGINT)
    assert run.end()[0] == 130
    assert run.seen.endswith(b" \r")
