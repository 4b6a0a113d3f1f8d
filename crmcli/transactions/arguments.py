"""What the user named, as files: literal paths, quoted globs, directories, "-" for standard input."""

from __future__ import annotations

import glob
import os
import re
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from crmcli.errors import InputError, UsageError, did_you_mean
from crmcli.notes import warning
from crmcli.transactions.spool import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcli.notes import Note

STANDARD_INPUT = "standard input"

_REMOTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_GLOB = re.compile(r"[*?[]")
_PACKED = {".gz", ".zst", ".zstd"}
_PARQUET = {".parquet", ".pq"}
_TEXT = {".csv", ".tsv"}
_LOGS = {"_delta_log": "Delta", ".hoodie": "Hudi"}
_MOST_NEIGHBOURS = 5_000
"""Names looked at for a "did you mean": a directory may hold millions."""

_NAMES_SHOWN = 3
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class Given:
    """One file to read. `path` and `status` are None for standard input; `status` was taken before reading."""

    label: str
    path: Path | None
    status: os.stat_result | None
    notes: tuple[Note, ...] = ()


def expand(arguments: Sequence[str]) -> Iterator[Given]:
    """The files that the arguments name, in the order given; globs and directories sorted by path.

    Raises:
        UsageError: standard input is named twice.
        InputError: something does not exist, cannot be looked at, is remote, or holds no file that fits.
    """
    if arguments.count("-") > 1:
        raise UsageError("Standard input (-) is named twice.", remedy="It can be read only once: name it once.")
    for argument in arguments:
        yield from _expand_one(argument)


def folder_values(path: Path | None) -> dict[str, str | None]:
    """Heading → value of each folder on the way to a file that is called KEY=VALUE; the innermost of one key counts."""
    parts = () if path is None else path.parent.parts
    pairs = (part.partition("=") for part in parts)
    found = {unquote(key).strip(): unquote(value) for key, equals, value in pairs if key.strip() and equals}
    return {key: None if value == _NO_VALUE else value for key, value in found.items()}


def _expand_one(argument: str) -> Iterator[Given]:
    if argument == "-":
        yield Given(STANDARD_INPUT, None, None)
        return
    _refuse_remote(argument)
    status = _status(argument)
    # A name that exists wins over its reading as a pattern: a[1].csv is a file name, too.
    if status is None and _GLOB.search(argument):
        yield from _expand_glob(argument)
    elif status is None:
        raise _missing(argument)
    elif stat.S_ISDIR(status.st_mode):
        yield from _expand_directory(argument)
    else:
        yield Given(argument, Path(argument), status)


def _status(name: str) -> os.stat_result | None:
    """The status of what a name leads to, or None if it leads nowhere."""
    try:
        return Path(name).stat() if name else None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(name, error) from error
    except ValueError as error:
        raise InputError(f"{name!r} is no file name: {error}.") from error


def _given(name: str, notes: tuple[Note, ...] = ()) -> Given:
    status = _status(name)
    if status is None:
        raise _missing(name)
    return Given(name, Path(name), status, notes)


def _missing(name: str) -> InputError:
    parent = Path(name).parent
    if not parent.is_dir():
        return InputError(f"There is no file {name!r}.", remedy=f"There is no directory {str(parent)!r} either.")
    match = did_you_mean(Path(name).name, _neighbours(parent))
    return InputError(f"There is no file {name!r}.", remedy=match or f"Look at what {str(parent)!r} holds (ls).")


def _neighbours(directory: Path) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            return [entry.name for entry in islice(entries, _MOST_NEIGHBOURS)]
    except OSError:
        return []


def _expand_glob(pattern: str) -> Iterator[Given]:
    try:
        # Path.glob takes no absolute pattern, and neither says what it could not look into.
        names = sorted(name for name in glob.glob(pattern, recursive=True) if not Path(name).is_dir())  # noqa: PTH207
    except (OSError, ValueError, re.error) as error:
        raise InputError(f"The pattern {pattern!r} cannot be followed: {error}.") from error
    if not names:
        raise InputError(f"No file matches the pattern {pattern!r}.", remedy="Check it with ls, or name the files.")
    yield from map(_given, names)


def _expand_directory(name: str) -> Iterator[Given]:
    kinds: dict[str, list[str]] = {"parquet": [], "text": [], "other": []}
    for path in _walk(name):
        kinds[_kind_by_name(path, name)].append(path)
    if kinds["parquet"] and kinds["text"]:
        raise InputError(
            f"The directory {name} holds both Parquet and CSV files, perhaps the same data twice.",
            remedy=f"Say which: '{name.rstrip('/')}/*.parquet' or '{name.rstrip('/')}/*.csv'.",
        )
    chosen = kinds["parquet"] or kinds["text"]
    if not chosen:
        raise InputError(
            f"The directory {name} holds no Parquet or CSV file{_such_as(kinds['other'])}.",
            remedy="Name the files themselves if they are tables under other names.",
        )
    notes = _directory_notes(name, kinds["other"])
    yield _given(chosen[0], notes)
    yield from map(_given, chosen[1:])


def _walk(name: str) -> list[str]:
    """Every file below a directory that is not hidden, sorted; an unreadable directory is an error, not a gap."""

    def stop(error: OSError) -> None:
        raise unreadable(str(error.filename), error) from error

    found: list[str] = []
    for directory, folders, files in os.walk(name, onerror=stop):
        _refuse_table_format(directory, folders)
        folders[:] = [folder for folder in folders if not folder.startswith(".")]
        found += [str(Path(directory, file)) for file in files if not file.startswith(".")]
    return sorted(found)


def _refuse_table_format(directory: str, folders: list[str]) -> None:
    """A folder with a log of changes also holds files whose rows were since replaced or deleted."""
    for folder, what in _LOGS.items():
        if folder in folders:
            raise InputError(
                f"The directory {directory} is a {what} table: its files alone do not say which rows are still valid.",
                remedy="Export the table as Parquet or CSV first.",
            )


def _kind_by_name(path: str, below: str) -> str:
    if any(part.startswith("_") for part in Path(path).relative_to(below).parent.parts):
        return "other"
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    last = suffixes[-1] if suffixes else ""
    if last in _PARQUET:
        return "parquet"
    return "text" if last in _TEXT else "other"


def _directory_notes(name: str, left: list[str]) -> tuple[Note, ...]:
    notes = []
    if left:
        text = f"{name}: {len(left):,} files that are not named like Parquet or CSV were left out{_such_as(left)}."
        notes.append(warning("files_left_out", text))
    return tuple(notes)


def _such_as(paths: list[str]) -> str:
    names = [Path(path).name for path in paths]
    more = ", …" if len(names) > _NAMES_SHOWN else ""
    return f" ({', '.join(names[:_NAMES_SHOWN])}{more})" if names else ""


def _refuse_remote(argument: str) -> None:
    match = _REMOTE.fullmatch(argument)
    if match:
        raise InputError(
            f"{match[1]}://{_redacted(match[2])}: remote paths are not supported.",
            remedy="Copy the file here first, or pipe it in and name it '-'.",
        )


def _redacted(rest: str) -> str:
    """What follows the scheme, without user, password and query; nothing at all where these cannot be told apart."""
    address, mark, query = [*re.split(r"([?#])", rest, maxsplit=1), "", ""][:3]
    if "@" in query:
        return "***"
    user, at, place = address.rpartition("@")
    return f"{'***@' if user or at else ''}{place}{mark}{'***' if query else ''}"
