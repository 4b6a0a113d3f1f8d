from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from crmcli.errors import InputError
from crmcli.transactions.workspace import Workspace


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


class FullWorkspace(Workspace):
    def new_file(self, suffix: str) -> Path:
        return Path(f"/dev/full{suffix}")


def test_nothing_is_made_before_first_use(temporary: Path) -> None:
    with Workspace():
        assert not list(temporary.iterdir())


def test_directory_is_private_named_and_removed(temporary: Path) -> None:
    with Workspace() as workspace:
        first, second = workspace.new_file(".csv"), workspace.new_file(".csv")
        first.write_bytes(b"x")
        directory = first.parent
        assert first != second
        assert directory.parent == temporary
        assert directory.name.startswith("crmcli-work-")
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("way_out", [KeyboardInterrupt, SystemExit, ValueError])
def test_directory_is_removed_on_any_exit(temporary: Path, way_out: type[BaseException]) -> None:
    def use_and_leave() -> None:
        with Workspace() as workspace:
            workspace.write([b"x"], "a.csv", ".csv")
            raise way_out

    with pytest.raises(way_out):
        use_and_leave()
    assert not list(temporary.iterdir())


OF_A_DEAD_RUN = "crmcli-work-00112233445566ff"


def test_directories_of_dead_runs_are_removed(temporary: Path) -> None:
    dead = temporary / OF_A_DEAD_RUN
    dead.mkdir(mode=0o700)
    (dead / "0001.csv").write_bytes(b"left")
    with Workspace() as workspace:
        directory = workspace.new_file(".csv").parent
        assert list(temporary.iterdir()) == [directory]


def test_directories_in_use_are_left_alone(temporary: Path) -> None:
    with Workspace() as first:
        kept = first.write([b"mine"], "a.csv", ".csv")
        with Workspace() as second:
            assert second.new_file(".csv").parent != kept.parent
            assert kept.read_bytes() == b"mine"
    assert not list(temporary.iterdir())


def test_a_kill_leaves_what_the_next_run_removes(temporary: Path) -> None:
    code = (
        "import sys, time\n"
        "from crmcli.transactions.workspace import Workspace\n"
        "with Workspace() as workspace:\n"
        "    print(workspace.write([b'x'], 'a', '.csv'), flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-B", "-c", code]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], env={"TMPDIR": str(temporary)}
    ) as process:
        assert process.stdout is not None
        copy = Path(process.stdout.readline().strip())
        with Workspace() as workspace:
            workspace.new_file(".csv")
        assert copy.read_bytes() == b"x", "its owner is alive"
        process.kill()
    assert copy.exists()
    with Workspace() as workspace:
        workspace.new_file(".csv")
    assert not list(temporary.iterdir())


def test_only_directories_of_that_name_and_this_user_are_removed(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["crmcli-of-another-run", "crmcli-testdata", f"{OF_A_DEAD_RUN}0", f"x{OF_A_DEAD_RUN}"]
    for name in names:
        (temporary / name).mkdir()
    target = temporary / "somewhere"
    target.mkdir()
    (target / "precious").touch()
    (temporary / OF_A_DEAD_RUN).symlink_to(target)
    file = temporary / OF_A_DEAD_RUN.replace("0", "1")
    file.touch()
    with Workspace() as workspace:
        workspace.new_file(".csv")
    of_another = temporary / OF_A_DEAD_RUN.replace("0", "2")
    of_another.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with Workspace() as workspace:
        workspace.new_file(".csv")
    left = {path.name for path in temporary.iterdir()}
    assert left == {*names, "somewhere", OF_A_DEAD_RUN, file.name, of_another.name}
    assert (target / "precious").exists()


def test_a_directory_that_is_swept_while_it_is_made_is_made_again(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = Path.mkdir, list[Path]()

    def made_and_swept(path: Path, mode: int = 0o777) -> None:
        make(path, mode)
        made.append(path)
        if len(made) == 1:
            path.rmdir()

    monkeypatch.setattr(Path, "mkdir", made_and_swept)
    with Workspace() as workspace:
        assert workspace.write([b"x"], "a.csv", ".csv").read_bytes() == b"x"
        assert list(temporary.iterdir()) == [made[1]]


def test_a_temporary_directory_that_cannot_be_listed_will_do(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "scandir", refused)
    with Workspace() as workspace:
        assert workspace.new_file(".csv").parent.parent == temporary


def test_write_takes_all_chunks() -> None:
    with Workspace() as workspace:
        assert workspace.write([b"a", b"", b"bc"], "a.csv", ".csv").read_bytes() == b"abc"


def test_discard_removes_copies_only(temporary: Path) -> None:
    original = temporary / "a.csv"
    original.write_bytes(b"x")
    with Workspace() as workspace:
        workspace.discard(original)
        copy = workspace.write([b"x"], "a.csv", ".csv")
        workspace.discard(original)
        workspace.discard(copy)
        assert original.exists()
        assert not copy.exists()


def test_a_full_disk_is_named_with_the_way_out() -> None:
    with pytest.raises(InputError) as caught:
        FullWorkspace().write([b"a" * 100], "a.csv", "")
    assert "cannot hold a copy of a.csv: No space left on device" in caught.value.problem
    assert "TMPDIR" in str(caught.value.remedy)


def test_a_file_that_cannot_be_made_is_named(temporary: Path) -> None:
    with Workspace() as workspace, pytest.raises(InputError) as caught:
        workspace.write([b"a"], "a.csv", "/no/such/directory")
    assert str(temporary) in caught.value.problem


def test_a_limit_on_file_size_is_an_input_error(temporary: Path) -> None:
    code = (
        "import resource\n"
        "from crmcli.errors import InputError\n"
        "from crmcli.transactions.workspace import Workspace\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    with Workspace() as workspace: workspace.write([b'a' * 5000], 'a.csv', '')\n"
        "except InputError as error: print(error.problem)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-B", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"TMPDIR": str(temporary)},
    )
    assert "File too large" in ran.stdout
    assert not list(temporary.iterdir())


def test_no_temporary_directory_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/directory")
    with Workspace() as workspace, pytest.raises(InputError) as caught:
        workspace.new_file(".csv")
    assert "TMPDIR" in str(caught.value.remedy)
