"""Where templates, labels and style sheets come from: the user's folders, then the one that ships with crmcli.

Nothing is read from outside these folders: names with `..`, absolute ones and links that lead out are refused, and a
file must be a small regular one in UTF-8.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import crmcli
from crmcli.errors import UsageError, did_you_mean
from crmcli.present.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIPPED = "crmcli"
"""`crmcli/base.md.j2` always means the file that ships with crmcli, whatever the user's folders hold."""
SUFFIX = ".md.j2"
LARGEST_BYTES = 1_000_000

_KEPT = (".j2", ".toml", ".css")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Roots:
    """Folders that hold templates: the first one that has a name wins, the shipped one comes last."""

    own: tuple[Path, ...] = ()

    def read(self, name: str) -> tuple[str, str] | None:
        """The text of the file a name means and where it is, None where no folder has one.

        Raises:
            UsageError: the name or a link leads outside, or the file cannot be taken.
        """
        return next(self.every(name), None)

    def every(self, name: str) -> Iterator[tuple[str, str]]:
        """The same for all folders that have the name: where it is and the text, the most important first."""
        first, _, rest = name.partition("/")
        is_shipped = first == SHIPPED and rest != ""
        for root in () if is_shipped else self.own:
            text = _read(root, name)
            if text is not None:
                yield str(root / name), text
        text = _read(shipped_folder(), rest if is_shipped else name)
        if text is not None:
            yield f"{SHIPPED}/{rest if is_shipped else name}", text

    def names(self) -> list[str]:
        """Names of templates that lie directly in the folders, for hints."""
        found = {path.name for root in (*self.own, shipped_folder()) for path in _listed(root)}
        return sorted(name for name in found if name.endswith(SUFFIX))


@dataclass(frozen=True, slots=True)
class Choice:
    """The template of a report by its name, and the folders that it and what it includes come from."""

    name: str
    roots: Roots


def choose(template: str, folders: tuple[Path, ...] = ()) -> Choice:
    """The template that `--template` means: a name such as `weekly`, or a file, whose folder then comes first.

    A word without a point or slash is a name even where a file is called so.

    Args:
        template: a name with or without `.md.j2`, or the path of a file.
        folders: those of `--template-dir`.

    Raises:
        UsageError: there is no such template or folder.
    """
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"--template-dir {safe_text(str(folder))}: there is no such folder.")
    path, roots = Path(template), Roots(folders)
    named = _named(template, roots)
    file = Choice(path.name, Roots((path.parent, *folders))) if path.is_file() else None
    is_word = not {".", "/"} & set(template)
    found = (named or file) if is_word else (file or named)
    if found is not None:
        return found
    known = [name.removesuffix(SUFFIX) for name in roots.names()]
    raise UsageError(
        f"--template {safe_text(template)}: there is no such template or file.",
        remedy=did_you_mean(template, known) or f"Known are: {', '.join(known)}.",
    )


def _named(template: str, roots: Roots) -> Choice | None:
    name = template if template.endswith(SUFFIX) else f"{template}{SUFFIX}"
    return Choice(name, roots) if _is_name(name) and roots.read(name) is not None else None


def shipped_folder() -> Path:
    """The folder of shipped templates: inside the package as installed, beside it in the sources."""
    package = Path(crmcli.__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def shipped_files() -> dict[str, bytes]:
    """Name → content of everything that a template folder of one's own may hold, for `--eject`."""
    folder = shipped_folder()
    paths = (path for path in sorted(folder.rglob("*")) if path.suffix in _KEPT and path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _listed(root: Path) -> list[Path]:
    try:
        return [path for path in root.iterdir() if path.suffix in _KEPT]
    except OSError:
        return []


def _is_name(name: str) -> bool:
    """Whether a name stays below a folder by its looks."""
    parts = name.split("/")
    return not any(part in {"", ".", ".."} for part in parts) and "\\" not in name and "\0" not in name


def _read(root: Path, name: str) -> str | None:
    if not _is_name(name):
        raise UsageError(
            f"{safe_text(name)!r} leads outside the folders of templates.", remedy="Name files below --template-dir."
        )
    real = Path(os.path.realpath(root))
    target = Path(os.path.realpath(real / name))
    if not target.is_relative_to(real):
        raise UsageError(f"{safe_text(str(root / name))} is a link that leads outside its folder of templates.")
    try:
        with _opened(real, target.relative_to(real)) as descriptor:
            content = _content(descriptor, root / name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"{safe_text(str(root / name))} cannot be read: {error.strerror}.") from error
    return _decoded(content, root / name)


@contextmanager
def _opened(root: Path, below: Path) -> Iterator[int]:
    """The file opened step by step without following links, so that none put there meanwhile can lead out."""
    *folders, file = PurePosixPath(below).parts or (".",)
    descriptors = [os.open(root, _FOLDER)]
    try:
        for folder in folders:
            descriptors.append(os.open(folder, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptors[-1]))
        descriptors.append(os.open(file, _FILE, dir_fd=descriptors[-1]))
        yield descriptors[-1]
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _content(descriptor: int, path: Path) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise UsageError(f"{safe_text(str(path))} is no regular file.")
    with os.fdopen(os.dup(descriptor), "rb") as file:
        content = file.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise UsageError(f"{safe_text(str(path))} has more than {LARGEST_BYTES:,} bytes, too many for a template.")
    return content


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UsageError(
            f"{safe_text(str(path))}, line {line}: not UTF-8.", remedy="Save the file in the encoding UTF-8."
        ) from error
