"""The account of a run's input: what was read, how it was understood, and where every row went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from crmcli.notes import Note


@dataclass(frozen=True, slots=True)
class FileNote:
    """One input: its name as the user gave it, its kind, and the data rows it holds."""

    label: str
    kind: str
    rows: int


@dataclass(frozen=True, slots=True)
class LayoutNote:
    """How files that share one header were understood: canonical name → heading, canonical name → how it reads.

    `profile` is the name of the known export they are, if any.
    """

    files: tuple[str, ...]
    mapping: Mapping[str, str]
    readings: Mapping[str, str]
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """One quarantined row: where it stands, why it is bad, and what it says."""

    file: str
    line: int
    code: str
    column: str
    message: str
    raw: str


@dataclass(frozen=True, slots=True)
class LoadNotes:
    """Rows read = used + quarantined + dropped, checked on every run; money likewise.

    `duplicate_rows` counts rows that repeat an earlier row exactly (they are kept), or None where it was not counted.
    `gross` is the money of the used lines that are no refunds, `refunds` that of the refunds (≤ 0).
    """

    files: tuple[FileNote, ...]
    layouts: tuple[LayoutNote, ...]
    as_of: dt.date
    as_of_given: bool
    rows_read: int
    rows_used: int
    quarantined: Mapping[str, int]
    dropped: Mapping[str, int]
    rounded_lines: int
    duplicate_rows: int | None
    gross: Decimal
    refunds: Decimal
    refund_only_customers: int
    refund_only_money: Decimal
    examples: tuple[BadRow, ...] = ()
    notes: tuple[Note, ...] = field(default_factory=tuple)

    @property
    def rows_quarantined(self) -> int:
        """Rows of any defect."""
        return sum(self.quarantined.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain data for `--facts`: the same on every run over the same bytes."""
        return {
            "files": [{"file": f.label, "kind": f.kind, "rows": f.rows} for f in self.files],
            "layouts": [
                {
                    "files": list(x.files),
                    "profile": x.profile,
                    "mapping": dict(x.mapping),
                    "readings": dict(x.readings),
                }
                for x in self.layouts
            ],
            "as_of": self.as_of.isoformat(),
            "as_of_given": self.as_of_given,
            "rows_read": self.rows_read,
            "rows_used": self.rows_used,
            "rows_quarantined": self.rows_quarantined,
            "quarantined": dict(self.quarantined),
            "dropped": dict(self.dropped),
            "rounded_lines": self.rounded_lines,
            "duplicate_rows": self.duplicate_rows,
            "gross": self.gross,
            "refunds": self.refunds,
            "net": self.gross + self.refunds,
            "refund_only_customers": self.refund_only_customers,
            "refund_only_money": self.refund_only_money,
            "bad_rows": [
                {"file": b.file, "line": b.line, "code": b.code, "column": b.column, "message": b.message, "raw": b.raw}
                for b in self.examples
            ],
        }
