"""The account of the input of a credit run: what was read, how it was understood, and where every row went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcli.errors import InputError
from crmcli.notes import counted, info, warning

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from crmcli.notes import Note
    from crmcli.transactions.notes import BadRow, FileNote, LayoutNote
    from crmcli.transactions.options import ReadOptions

EXAMPLES = 5
"""Bad rows that messages and facts show."""


@dataclass(frozen=True, slots=True)
class LedgerNotes:
    """Rows read = used + quarantined + dropped, over all files, checked on every run."""

    files: tuple[FileNote, ...]
    layouts: tuple[LayoutNote, ...]
    as_of: dt.date
    as_of_given: bool
    rows_read: int
    rows_used: int
    quarantined: Mapping[str, int]
    dropped: Mapping[str, int]
    rounded_lines: int
    bad: tuple[BadRow, ...]
    notes: tuple[Note, ...]

    @property
    def rows_quarantined(self) -> int:
        """Rows of any defect."""
        return sum(self.quarantined.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain data for `--facts`: the same on every run over the same bytes."""
        said = [{"code": note.code, "severity": str(note.severity), "text": note.text} for note in self.remarks()]
        return {
            "files": [{"file": file.label, "kind": file.kind, "rows": file.rows} for file in self.files],
            "layouts": [
                {"files": list(one.files), "mapping": dict(one.mapping), "readings": dict(one.readings)}
                for one in self.layouts
            ],
            "as_of": self.as_of.isoformat(),
            "as_of_given": self.as_of_given,
            "rows_read": self.rows_read,
            "rows_used": self.rows_used,
            "rows_quarantined": self.rows_quarantined,
            "quarantined": dict(self.quarantined),
            "dropped": dict(self.dropped),
            "rounded_lines": self.rounded_lines,
            "bad_rows": [
                {"file": b.file, "line": b.line, "code": b.code, "column": b.column, "message": b.message, "raw": b.raw}
                for b in self.bad[:EXAMPLES]
            ],
            "notes": said,
        }

    def remarks(self) -> Iterator[Note]:
        """What a reader of the result should know about its input, in sentences."""
        yield from self.notes
        if self.rows_quarantined:
            first = self.bad[0]
            yield warning(
                "quarantined",
                f"{self.rows_quarantined:,} of {self.rows_read:,} rows are bad and were not used ({self._counts()}); "
                f"the first: {first.file}, line {first.line}: {first.message}",
            )
        for name, count in self.dropped.items():
            yield info("dropped_by_rule", f"{counted(count, 'row')} dropped by the rule {name}")
        if self.rounded_lines:
            text = f"{self.rounded_lines:,} amounts were rounded half-even to the money scale, each once"
            yield info("rounded", text)

    def enforce_limit(self, options: ReadOptions) -> None:
        """Fail when more rows are quarantined than `--max-bad` or `--strict` allow.

        Raises:
            InputError: naming the first bad row, the counts by code, and the flags.
        """
        allowed = 0 if options.strict else options.max_bad.allowed(self.rows_read)
        if self.rows_quarantined <= allowed:
            return
        first = self.bad[0]
        limit = "--strict allows none" if options.strict else f"{allowed:,} are allowed"
        raise InputError(
            f"{first.file}, line {first.line}: {first.message}",
            extent=f"{self.rows_quarantined:,} of {self.rows_read:,} rows are bad ({self._counts()}); {limit}",
            remedy="See them all with --rejects FILE; mend the file, or allow more with --max-bad 5%",
        )

    def _counts(self) -> str:
        return ", ".join(f"{code} {count:,}" for code, count in self.quarantined.items())
