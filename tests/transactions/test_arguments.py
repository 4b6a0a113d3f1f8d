from __future__ import annotations

import os
from pathlib import Path

import pytest

from crmcli.errors import CrmcliError, InputError, UsageError
from crmcli.transactions.arguments import STANDARD_INPUT, Given, expand


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(*names: str) -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def labels(*arguments: str) -> list[str]:
    return [given.label for given in expand(arguments)]


def failure(*arguments: str) -> CrmcliError:
    with pytest.raises(CrmcliError) as caught:
        list(expand(arguments))
    assert len(caught.value.lines()) <= 3
    return caught.value


def test_paths_keep_their_order_and_globs_are_sorted() -> None:
    put("z.csv", "b2.csv", "b1.csv")
    assert labels("z.csv", "b*.csv") == ["z.csv", "b1.csv", "b2.csv"]


def test_a_literal_name_wins_over_the_pattern() -> None:
    put("a[1].csv", "a1.csv")
    assert labels("a[1].csv") == ["a[1].csv"]
    Path("a[1].csv").unlink()
    assert labels("a[1].csv") == ["a1.csv"]


def test_globs_go_deep_skip_hidden_files_and_directories() -> None:
    put("d/x/1.csv", "d/2.csv", "d/.hidden.csv")
    assert labels("d/**/*.csv") == ["d/2.csv", "d/x/1.csv"]
    assert labels("d/*") == ["d/2.csv"]


def test_a_glob_without_match_names_the_pattern() -> None:
    error = failure("sales-*.csv")
    assert isinstance(error, InputError)
    assert "'sales-*.csv'" in error.problem


def test_standard_input_once() -> None:
    assert list(expand(["-"])) == [Given(STANDARD_INPUT, None, None)]
    assert isinstance(failure("-", "-"), UsageError)


def test_a_missing_file_names_the_nearest() -> None:
    put("Sales-2024.csv")
    assert failure("sales-2042.csv").remedy == "Did you mean 'Sales-2024.csv'?"
    assert "no directory 'nowhere'" in str(failure("nowhere/a.csv").remedy)
    assert failure("").exit_code == 3
    assert failure("a\0b").exit_code == 3
    assert failure("x" * 5000).exit_code == 3
    assert failure("Sales-2024.csv/a.csv").exit_code == 3


def test_directories_are_read_deep_sorted_and_without_hidden_files() -> None:
    put("d/b.csv", "d/sub/a.tsv", "d/a.CSV.gz", "d/.hidden.csv", "d/.git/x.csv")
    given = list(expand(["d"]))
    assert [one.label for one in given] == ["d/a.CSV.gz", "d/b.csv", "d/sub/a.tsv"]
    assert not any(one.notes for one in given)


def test_files_left_out_of_a_directory_are_named() -> None:
    put("d/part-0.parquet", "d/part-1.parquet", "d/_SUCCESS", "d/notes.md", "d/x.txt", "d/y.txt")
    first, second = expand(["d"])
    assert [note.code for note in first.notes] == ["files_left_out"]
    assert first.notes[0].text == (
        "d: 4 files that are not named like Parquet or CSV were left out (_SUCCESS, notes.md, x.txt, …)."
    )
    assert not second.notes


def test_folders_of_writers_are_left_out_and_named() -> None:
    put("d/year=2024/part-0.parquet", "d/_temporary/0/part-1.parquet")
    (given,) = expand(["d"])
    assert given.label == "d/year=2024/part-0.parquet"
    assert "1 files" in given.notes[0].text
    assert "part-1.parquet" in given.notes[0].text


@pytest.mark.parametrize(("folder", "name"), [("_delta_log", "Delta"), (".hoodie", "Hudi")])
def test_tables_with_a_log_of_changes_are_refused(folder: str, name: str) -> None:
    put("d/part-0.parquet", f"d/{folder}/0.json")
    assert f"d is a {name} table" in failure("d").problem


def test_a_directory_of_both_kinds_is_ambiguous() -> None:
    put("d/a.csv", "d/a.parquet")
    assert "both Parquet and CSV" in failure("d/").problem
    assert "'d/*.parquet'" in str(failure("d/").remedy)


def test_a_directory_where_nothing_fits() -> None:
    put("d/notes.md")
    Path("empty").mkdir()
    assert failure("d").problem == "The directory d holds no Parquet or CSV file (notes.md)."
    assert failure("empty").problem == "The directory empty holds no Parquet or CSV file."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_looked_into_is_an_error() -> None:
    put("d/sub/a.csv", "d/b.csv")
    Path("d/sub").chmod(0)
    try:
        assert "Permission denied" in failure("d").problem
        assert "Permission denied" in failure("d/sub/a.csv").problem
    finally:
        Path("d/sub").chmod(0o700)


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("s3://bucket/a.csv", "s3://bucket/a.csv"),
        ("s3://key:secret@bucket/a.csv", "s3://***@bucket/a.csv"),
        ("https://key:se@cret@host/a.csv", "https://***@host/a.csv"),
        ("https://host/a.csv?signature=secret", "https://host/a.csv?***"),
        ("https://host/a.csv#secret", "https://host/a.csv#***"),
        ("https://host/a.csv?token=x@secret", "https://***"),
        ("https://key:sec?ret@host/secret.csv", "https://***"),
    ],
)
def test_remote_paths_are_refused_without_their_secrets(argument: str, shown: str) -> None:
    error = failure(argument)
    assert error.problem == f"{shown}: remote paths are not supported."
