from __future__ import annotations

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
        assert directory.name.startswith("crmcli-")
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


def test_directories_of_others_are_left_alone(temporary: Path) -> None:
    other = temporary / "crmcli-of-another-run"
    other.mkdir()
    with Workspace() as workspace:
        workspace.new_file(".csv")
    assert list(temporary.iterdir()) == [other]


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
