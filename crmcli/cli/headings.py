"""Column headings of the files on a command line, for completion: the first line only, quickly, and never an error."""

from __future__ import annotations

import codecs
import csv
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_HEAD_BYTES = 1 << 16
_MOST_FILES = 3
_MOST_NAMES = 2_000
"""Names looked at in a directory, or for a pattern: completion must not wait for a large one."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DELIMITERS = ",;\t|"


def headings(files: Iterable[str], options: Mapping[str, object]) -> list[str]:
    """The headings of the first files, each once.

    Args:
        files: as given on the command line.
        options: values of `encoding`, `delimiter` and `skip_lines`, as far as they were given.
    """
    found: dict[str, None] = {}
    for name in _paths(files):
        try:
            found.update(dict.fromkeys(_headings_of(name, options)))
        except Exception:  # noqa: BLE001, S112 — whatever is wrong with the file is said when the command runs
            continue
    return [heading for heading in found if heading]


def _paths(files: Iterable[str]) -> Iterator[str]:
    """A few regular files: reading anything else might wait for ever."""
    left = _MOST_FILES
    for argument in files:
        for name in _expanded(argument):
            if left and _is_regular(name):
                left -= 1
                yield name


def _is_regular(name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name).st_mode)  # noqa: PTH116 — pathlib costs more to import than this module
    except (OSError, ValueError):
        return False


def _expanded(argument: str) -> Iterator[str]:
    if os.path.isdir(argument):  # noqa: PTH112
        yield from _listed(argument)
    elif os.path.exists(argument):  # noqa: PTH110
        yield argument
    else:
        import glob  # noqa: PLC0415
        from itertools import islice  # noqa: PLC0415

        yield from islice(glob.iglob(argument), _MOST_FILES)  # noqa: PTH207


def _listed(directory: str) -> list[str]:
    from itertools import islice  # noqa: PLC0415

    try:
        with os.scandir(directory) as entries:
            names = [entry.path for entry in islice(entries, _MOST_NAMES) if not entry.name.startswith(".")]
    except OSError:
        return []
    return sorted(name for name in names if _is_regular(name))[:1]


def _headings_of(name: str, options: Mapping[str, object]) -> list[str]:
    with open(name, "rb") as file:  # noqa: PTH123
        head = file.read(_HEAD_BYTES)
    if head.startswith(b"PAR1"):
        return _parquet_headings(name)
    if head.startswith(b"\x1f\x8b"):
        import gzip  # noqa: PLC0415

        with gzip.open(name) as unpacked:
            head = unpacked.read(_HEAD_BYTES)
    return _text_headings(head, options)


def _parquet_headings(name: str) -> list[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415 — 150 ms, for those who complete the columns of such a file

    return list(pq.read_schema(name).names)


def _text_headings(head: bytes, options: Mapping[str, object]) -> list[str]:
    mark, encoding = next(((mark, name) for mark, name in _MARKS if head.startswith(mark)), (b"", None))
    text = head[len(mark) :].decode(encoding or str(options.get("encoding") or "utf-8"), "replace")
    lines = text.splitlines()[int(str(options.get("skip_lines") or 0)) :]
    line = next((line for line in lines if line.strip()), "")
    if "\ufffd" in line or "\x00" in line:
        return []
    delimiter = _delimiter(line, options.get("delimiter"))
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _delimiter(line: str, given: object) -> str:
    if given in {"tab", "\\t"}:
        return "\t"
    return str(given) if given and len(str(given)) == 1 else max(_DELIMITERS, key=line.count)
