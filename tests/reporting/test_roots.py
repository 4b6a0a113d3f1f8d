"""Templates come from their folders and from nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import crmcli
from crmcli.errors import UsageError
from crmcli.reporting import roots as module
from crmcli.reporting.roots import LARGEST_BYTES, Choice, Roots, choose, shipped_files, shipped_folder


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped folder with known files."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "base.md.j2").write_text("shipped base", encoding="utf-8")
    (folder / "weekly.md.j2").write_text("shipped weekly", encoding="utf-8")
    monkeypatch.setattr(module, "shipped_folder", lambda: folder)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    (folder / "parts").mkdir(parents=True)
    (folder / "base.md.j2").write_text("\ufeffown base", encoding="utf-8")
    (folder / "parts" / "a.md.j2").write_text("own part", encoding="utf-8")
    return folder


def test_ones_own_folders_come_first_and_the_shipped_one_last(shipped: Path, own: Path) -> None:
    roots = Roots((own,))
    assert roots.read("base.md.j2") == (str(own / "base.md.j2"), "own base")
    assert roots.read("parts/a.md.j2") == (str(own / "parts/a.md.j2"), "own part")
    assert roots.read("weekly.md.j2") == ("crmcli/weekly.md.j2", "shipped weekly")
    assert [text for _, text in roots.every("base.md.j2")] == ["own base", "shipped base"]
    assert shipped.is_dir()


def test_a_prefix_always_means_the_shipped_file(shipped: Path, own: Path) -> None:
    (own / "crmcli").mkdir()
    (own / "crmcli" / "base.md.j2").write_text("mine", encoding="utf-8")
    assert Roots((own,)).read("crmcli/base.md.j2") == ("crmcli/base.md.j2", "shipped base")
    assert Roots((own,)).read("crmcli/absent.md.j2") is None
    assert shipped.is_dir()


@pytest.mark.parametrize("name", ["absent.md.j2", "parts/absent", "base.md.j2/x"])
def test_what_is_not_there_is_nothing(own: Path, name: str) -> None:
    assert Roots((own,)).read(name) is None


@pytest.mark.parametrize(
    "name",
    [
        *("../secret", "parts/../../secret", "/etc/passwd", "", ".", "..", "./base.md.j2", "parts//a.md.j2", "parts/"),
        *("a\\..\\b", "x\0y", "crmcli/../secret", "crmcli//etc/passwd"),
    ],
)
def test_names_that_lead_outside_are_refused(own: Path, name: str) -> None:
    (own.parent / "secret").write_text("secret", encoding="utf-8")
    with pytest.raises(UsageError, match="leads outside"):
        Roots((own,)).read(name)


def test_links_that_lead_outside_are_refused(own: Path) -> None:
    (own.parent / "secret").write_text("secret", encoding="utf-8")
    (own / "file").symlink_to(own.parent / "secret")
    (own / "folder").symlink_to(own.parent)
    (own / "relative").symlink_to("../secret")
    for name in ("file", "folder/secret", "relative", "folder/own/base.md.j2/../../secret"):
        with pytest.raises(UsageError, match="outside"):
            Roots((own,)).read(name)


def test_links_within_a_folder_are_followed(own: Path) -> None:
    (own / "link.md.j2").symlink_to("parts/a.md.j2")
    (own / "again").symlink_to("parts")
    roots = Roots((own,))
    assert [found and found[1] for found in map(roots.read, ("link.md.j2", "again/a.md.j2"))] == ["own part"] * 2


def test_the_folder_itself_may_be_a_link(own: Path) -> None:
    link = own.parent / "link"
    link.symlink_to(own)
    assert Roots((link,)).read("base.md.j2") == (str(link / "base.md.j2"), "own base")


def test_a_link_put_there_between_looking_and_opening_is_not_followed(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own.parent / "secret").write_text("secret", encoding="utf-8")
    (own / "file").symlink_to(own.parent / "secret")
    # As if the file had been an ordinary one a moment ago.
    monkeypatch.setattr(os.path, "realpath", lambda path: str(Path(path).absolute()))
    with pytest.raises(UsageError, match="cannot be read"):
        Roots((own,)).read("file")


def test_only_small_regular_files_in_utf_8_are_templates(own: Path) -> None:
    (own / "large").write_bytes(b"x" * (LARGEST_BYTES + 1))
    (own / "latin").write_bytes("a\nb\ncafé".encode("latin-1"))
    os.mkfifo(own / "pipe")
    for name, problem in {
        "large": "too many",
        "latin": "line 3: not UTF-8",
        "pipe": "no regular",
        "parts": "no regular",
    }.items():
        with pytest.raises(UsageError, match=problem):
            Roots((own,)).read(name)
    (own / "largest").write_bytes(b"x" * LARGEST_BYTES)
    assert Roots((own,)).read("largest") is not None


def test_a_template_is_chosen_by_name(shipped: Path, own: Path) -> None:
    assert choose("weekly") == Choice("weekly.md.j2", Roots())
    assert choose("weekly.md.j2", (own,)) == Choice("weekly.md.j2", Roots((own,)))
    assert choose("parts/a", (own,)) == Choice("parts/a.md.j2", Roots((own,)))
    assert shipped.is_dir()


def test_a_template_is_chosen_as_a_file_whose_folder_comes_first(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = own / "parts"
    assert choose(str(own / "base.md.j2"), (other,)) == Choice("base.md.j2", Roots((own, other)))
    monkeypatch.chdir(own)
    assert choose("base.md.j2") == Choice("base.md.j2", Roots((Path(),)))


def test_a_word_is_a_name_even_where_a_file_is_called_so(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("weekly", "weekly.md.j2", "other"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert choose("weekly") == Choice("weekly.md.j2", Roots())
    assert choose("./weekly") == Choice("weekly", Roots((Path(),)))
    assert choose("weekly.md.j2") == Choice("weekly.md.j2", Roots((Path(),)))
    assert choose("other") == Choice("other", Roots((Path(),)))
    assert shipped.is_dir()


def test_an_unknown_template_is_named_with_its_like(shipped: Path) -> None:
    with pytest.raises(UsageError) as caught:
        choose("weekley")
    assert caught.value.lines() == ["--template weekley: there is no such template or file.", "Did you mean 'weekly'?"]
    with pytest.raises(UsageError) as caught:
        choose("../x\x1b")
    assert caught.value.lines() == ["--template ../x␛: there is no such template or file.", "Known are: base, weekly."]
    assert shipped.is_dir()


def test_an_unknown_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--template-dir .*/absent: there is no such folder"):
        choose("weekly", (tmp_path / "absent",))


def test_the_shipped_folder_is_that_of_the_sources_or_of_the_package() -> None:
    assert shipped_folder() == Path(crmcli.__file__).parents[1] / "templates"
    assert (shipped_folder() / "labels.en.toml").is_file()


def test_what_is_copied_out_is_what_a_folder_of_ones_own_may_hold() -> None:
    files = shipped_files()
    assert {"labels.en.toml", "labels.zh.toml"} <= files.keys()
    assert {Path(name).suffix for name in files} <= {".j2", ".toml", ".css"}
    assert all((shipped_folder() / name).read_bytes() == content for name, content in files.items())
    assert list(files) == sorted(files)
