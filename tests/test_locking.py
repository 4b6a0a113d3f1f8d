"""One run at a time for each output, whatever happens to a run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmcli.errors import LockedError, OutputError, UsageError
from crmcli.exit_codes import ExitCode
from crmcli.locking import held, lock_path

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
import sys
from pathlib import Path
from crmcli.locking import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

CONTENDER = """
import sys
from pathlib import Path
from crmcli.errors import LockedError
from crmcli.locking import held
output, rounds = Path(sys.argv[1]), int(sys.argv[2])
inside = output.with_name("inside")
done = refused = 0
while done < rounds:
    try:
        with held(output):
            # Fails if anybody else is in here.
            inside.open("x").close()
            output.write_text(str(int(output.read_text()) + 1))
            inside.unlink()
            done += 1
    except LockedError:
        refused += 1
print(refused)
"""


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "report.html"


@contextlib.contextmanager
def holder(output: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its standard input ends."""
    command = [sys.executable, "-c", HOLDER, str(output)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_run_is_refused_and_told_who_holds_the_lock(output: Path) -> None:
    with holder(output) as process:
        assert lock_path(output).name == ".report.html.lock"
        with pytest.raises(LockedError) as caught, held(output):
            pytest.fail("two runs at once")
        problem, extent, remedy = caught.value.lines()
        assert problem == f"{output}: another run is writing this output (process {process.pid})."
        assert str(lock_path(output)) in extent
        assert "Wait" in remedy
        assert caught.value.exit_code is ExitCode.LOCKED
        assert int(ExitCode.LOCKED) == 5
        assert lock_path(output).exists(), "being refused takes nothing away"
        process.communicate("")
        with held(output):
            pass


def test_nothing_is_left_behind(output: Path) -> None:
    with held(output):
        assert lock_path(output).read_text().split()[0] == str(os.getpid())
    with pytest.raises(KeyError), held(output):
        raise KeyError
    assert list(output.parent.iterdir()) == []


def test_a_killed_holder_holds_nothing(output: Path) -> None:
    with holder(output) as process:
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert lock_path(output).exists()
    with held(output):
        assert lock_path(output).read_text().split()[0] == str(os.getpid())
    assert not lock_path(output).exists()


def test_under_load_no_two_runs_are_inside_and_no_result_is_lost(output: Path) -> None:
    output.write_text("0")
    command = [sys.executable, "-c", CONTENDER, str(output), "150"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    refused = [int(process.communicate(timeout=120)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0] * 6
    assert output.read_text() == "900"
    assert sum(refused) > 0, "the processes did meet"
    assert list(output.parent.iterdir()) == [output]


def test_a_file_that_was_removed_while_it_was_taken_counts_for_nothing(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holder before us removes its file between our opening it and our locking it."""
    lock, opened = lock_path(output), os.open
    lock.touch()
    first = lock.stat().st_ino
    kept = lock.open()  # So that the number of the removed file is not used again at once.

    def open_then_lose(path: Path, flags: int, mode: int) -> int:
        monkeypatch.undo()
        fd = opened(path, flags, mode)
        lock.unlink()
        return fd

    monkeypatch.setattr(os, "open", open_then_lose)
    with kept, held(output):
        assert lock.stat().st_ino != first
        with pytest.raises(LockedError), held(output):
            pytest.fail("the lock is on a file that nobody can see")


def test_links_to_one_output_share_its_lock(tmp_path: Path, output: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.html"
    link.symlink_to(output)
    with held(output), pytest.raises(LockedError), held(link):
        pytest.fail("two names of one file")
    with held(output), held(output.with_name("other.html")):
        pass


def test_a_folder_that_takes_no_file_is_an_output_error(output: Path) -> None:
    with pytest.raises(OutputError, match="No such file") as caught, held(output / "x.html"):
        pytest.fail("held")
    assert caught.value.remedy is not None
    assert "Create the directory" in caught.value.remedy
    with pytest.raises(OutputError, match="too long"), held(output.with_name("n" * 250)):
        pytest.fail("held")
    if os.geteuid() != 0:
        output.parent.chmod(0o500)
        with pytest.raises(OutputError, match="Permission denied"), held(output):
            pytest.fail("held")


def test_a_link_in_the_place_of_the_lock_file_is_not_followed(tmp_path: Path, output: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep")
    lock_path(output).symlink_to(precious)
    with pytest.raises(OutputError), held(output):
        pytest.fail("held")
    assert precious.read_text() == "keep"


@pytest.mark.parametrize("special", ["/dev/null", "."])
def test_what_is_no_file_cannot_be_locked(special: str) -> None:
    with pytest.raises(UsageError, match="no file"), held(Path(special)):
        pytest.fail("held")


@pytest.mark.parametrize(
    ("text", "says"),
    [("77 elsewhere\n", " (process 77 on elsewhere)"), ("77\n", " (process 77 on another machine)"), ("", "")],
)
def test_the_holder_may_sit_on_another_machine_or_not_have_said_its_name(output: Path, text: str, says: str) -> None:
    with held(output):
        lock_path(output).write_text(text)
        with pytest.raises(LockedError) as caught, held(output):
            pytest.fail("two at once")
    assert caught.value.problem == f"{output}: another run is writing this output{says}."


def test_a_lock_file_of_another_user_is_held_or_said_to_be_closed(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def closed_to_writers(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, mode)

    with holder(output) as process:
        monkeypatch.setattr(os, "open", closed_to_writers)
        with pytest.raises(LockedError, match=f"process {process.pid}"), held(output):
            pytest.fail("two at once")
    with pytest.raises(OutputError, match="Permission denied"), held(output):
        pytest.fail("held")
