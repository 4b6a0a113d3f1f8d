"""The wheel as a user gets it: built, installed into an environment of its own, and used far from the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from command import pinned_environment

ROOT = Path(__file__).resolve().parents[2]
BUILT_FROM = ("crmcli", "templates", "tests", "sample_data", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")
PRESENT = [name for name in BUILT_FROM if (ROOT / name).exists()]


def _run(*words: str | Path, cwd: Path, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    # PYTHONPATH and the like would let the sources in by the back door.
    environment = {name: value for name, value in pinned_environment().items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**environment, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the sources, so that building leaves nothing in them."""
    sources = tmp_path_factory.mktemp("sources")
    for name in PRESENT:
        unwanted = shutil.ignore_patterns("__pycache__", "*.pyc")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, sources / name, ignore=unwanted)
        else:
            shutil.copy(ROOT / name, sources)
    built = tmp_path_factory.mktemp("built")
    done = _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", built, cwd=sources)
    assert done.returncode == 0, done.stderr
    (path,) = built.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel, and sees the libraries of this one but not its crmcli."""
    home = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    # Entries of *.pth files in a folder that is itself added by one are not followed: the editable crmcli stays out.
    (own / "libraries.pth").write_text("".join(f"{path}\n" for path in _library_folders()))
    done = _run(
        sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install",
        "--no-deps", "--no-index", "--no-cache-dir", "--ignore-installed", "--disable-pip-version-check", wheel,
        cwd=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return home


def _library_folders() -> list[str]:
    return sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})


def test_the_wheel_holds_the_package_and_its_templates_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"crmcli"}
    assert "crmcli/py.typed" in names
    package = {path for path in (ROOT / "crmcli").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {str(path.relative_to(ROOT)) for path in package} <= set(names)
    templates = {f"crmcli/{path.relative_to(ROOT)}" for path in (ROOT / "templates").rglob("*") if path.is_file()}
    assert templates
    assert templates <= set(names)
    assert not any(
        part in {"tests", "conftest.py"} or part.startswith("test_") for name in names for part in name.split("/")
    )


def test_the_source_archive_is_all_that_developing_needs(tmp_path: Path) -> None:
    tracked = _run("git", "ls-files", cwd=ROOT)
    if tracked.returncode:
        pytest.skip("these sources are no git checkout")
    done = _run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.iterdir()
    with tarfile.open(path) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert set(tracked.stdout.splitlines()) - held == set()


def test_the_wheel_is_named_and_licensed(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    text = archive.read(metadata).decode()
    assert "\nName: crmcli\n" in text
    assert "\nLicense-Expression: MIT\n" in text
    assert "\nRequires-Python: >=3.11\n" in text


def test_the_installed_package_is_the_one_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = _run(installed / "bin" / "python", "-c", "import crmcli; print(crmcli.__file__)", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_the_installed_package_finds_all_of_its_modules(installed: Path, tmp_path: Path) -> None:
    walk = (
        "import importlib, pkgutil, crmcli\n"
        "for module in pkgutil.walk_packages(crmcli.__path__, 'crmcli.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        print(importlib.import_module(module.name).__file__)\n"
    )
    done = _run(installed / "bin" / "python", "-c", walk, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(Path(line).is_relative_to(installed) for line in done.stdout.splitlines())


def test_the_installed_command_segments_the_sample_from_anywhere(installed: Path, tmp_path: Path) -> None:
    sample = ROOT / "sample_data" / "transactions.csv"
    here = _run(installed / "bin" / "crmcli", "segment", sample, "-o", "customers.csv", cwd=tmp_path)
    assert here.returncode == 0, here.stderr
    # From the sources, to compare with.
    done = _run(
        sys.executable, "-m", "crmcli", "segment", sample, cwd=tmp_path, variables={"PYTHONPATH": os.fspath(ROOT)}
    )
    assert (tmp_path / "customers.csv").read_text() == done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["customers.csv"]


def test_the_installed_command_writes_a_report_with_the_templates_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    sample = ROOT / "sample_data" / "transactions.csv"
    out = ("-o", "report.html", "--lang", "zh", "--every", "month")
    done = _run(installed / "bin" / "crmcli", "-q", "report", sample, *out, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h1" in page
    assert "客户报告" in page
    assert page.count("<figure") >= 7
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_installed_command_says_its_version(installed: Path, wheel: Path, tmp_path: Path) -> None:
    done = _run(installed / "bin" / "crmcli", "--version", cwd=tmp_path)
    assert done.stdout == f"crmcli {wheel.name.split('-')[1]}\n"
