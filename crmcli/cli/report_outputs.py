"""Where a report goes: the document, the pictures beside a Markdown file, the facts; all through the one writer."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from crmcli.cli.places import check_places
from crmcli.cli.report_options import HTML, MARKDOWN, target_of
from crmcli.errors import OutputError, UsageError
from crmcli.present.output import write_file, write_stdout
from crmcli.reporting.roots import shipped_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmcli.cli.options import SharedOptions
    from crmcli.cli.report_options import ReportArguments
    from crmcli.present.console import Environment

_STDIN = Path("/dev/stdin")


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written and where.

    `path` None is standard output. `folder` holds the pictures of a Markdown file, None where there are none beside it,
    such as beside a pipe.
    """

    target: str
    path: Path | None
    folder: Path | None
    facts: Path | None
    inputs: tuple[Path, ...]

    @classmethod
    def of(cls, shared: SharedOptions, own: ReportArguments) -> Outputs:
        """The outputs that the options name.

        Raises:
            UsageError: the suffix of -o names no kind of document.
        """
        target = target_of(shared, own)
        path = None if shared.output in {None, "-"} else Path(str(shared.output))
        wanted = target == MARKDOWN and own.pictures and not own.embed
        return cls(
            target=target,
            path=path,
            folder=path.with_name(f"{path.stem}-pictures") if path is not None and wanted and _is_kept(path) else None,
            facts=None if shared.facts is None else Path(shared.facts),
            inputs=(*(_STDIN if name == "-" else Path(name) for name in shared.files), *own.files()),
        )

    def check(self, rejects: str | None) -> None:
        """Refuse before any work what could not be written after it.

        Raises:
            UsageError: two outputs share a place.
            OutputError: an output is an input, or cannot be written.
        """
        named = {"-o": self.path, "--facts": self.facts, "--rejects": None if rejects is None else Path(rejects)}
        check_places({flag: None if path is None else str(path) for flag, path in named.items()}, self.inputs)
        if rejects == "-":
            raise UsageError("--rejects - : standard output is for the report", remedy="Name a file: --rejects FILE")
        if self.facts == Path("-") and self.path is None:
            raise UsageError("--facts and the report go to the same place.", remedy="Give one of them its own file.")

    def protecting(self, read: Iterable[str]) -> Outputs:
        """The same with every file that was read among those never overwritten: globs and folders hold many.

        Args:
            read: the files, as the account of the input names them.
        """
        return replace(self, inputs=(*self.inputs, *map(Path, read)))

    def sources(self, pictures: Mapping[str, bytes], *, embed: bool) -> dict[str, str]:
        """What a document says in place of each picture's file name: a path or its content; empty: not shown."""
        if self.target == HTML:
            return {name: name for name in pictures}
        if embed:
            encoded = {name: base64.b64encode(svg).decode() for name, svg in pictures.items()}
            return {name: f"data:image/svg+xml;base64,{text}" for name, text in encoded.items()}
        if self.folder is None:
            return {}
        return {name: quote(f"{self.folder.name}/{name}") for name in pictures}

    def write(self, document: str, pictures: Mapping[str, bytes], environment: Environment) -> None:
        """Write pictures first: a document never names one that is not there yet.

        Raises:
            OutputError: the system refuses.
        """
        if self.folder is not None and pictures:
            _make_folder(self.folder)
            for name, svg in pictures.items():
                write_file(self.folder / name, svg, inputs=self.inputs)
        if self.path is None:
            write_stdout(environment.stdout, document.encode())
        else:
            write_file(self.path, document.encode(), inputs=self.inputs)

    def write_facts(self, content: bytes, environment: Environment) -> None:
        """Write the facts, if that was asked for.

        Raises:
            OutputError: the system refuses.
        """
        if self.facts == Path("-"):
            write_stdout(environment.stdout, content)
        elif self.facts is not None:
            write_file(self.facts, content, inputs=self.inputs)


def write_shipped(folder: Path) -> tuple[str, ...]:
    """Copy the shipped templates and labels into a folder; files that are there already are not touched.

    Returns:
        The names of the files written.

    Raises:
        OutputError: one of them is there already, or the system refuses.
    """
    files = dict(shipped_files())
    there = [name for name in sorted(files) if (folder / name).exists()]
    if there:
        raise OutputError(
            f"{folder / there[0]} is there already: --eject overwrites nothing.",
            remedy="Name an empty folder, or move your own templates away first.",
        )
    _make_folder(folder)
    for name, content in sorted(files.items()):
        write_file(folder / name, content)
    return tuple(sorted(files))


def _is_kept(path: Path) -> bool:
    """Whether what is written there stays beside other files: not so for pipes, terminals and `/dev/stdout`."""
    return path.absolute().parts[1:2] not in {("dev",), ("proc",)} and (path.is_file() or not path.exists())


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be made: {error.strerror}.", remedy="Choose a place you may write to."
        ) from None
