"""Bad rows: which they are, what they say, and when there are too many of them to go on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.notes import counted
from crmcli.transactions.amounts import AmountDetector, FactorDetector
from crmcli.transactions.codes import Defect
from crmcli.transactions.date_readings import FIRST_DATE, LAST_DATE
from crmcli.transactions.notes import BadRow
from crmcli.transactions.readings import FACTORS

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.transactions.load import Transactions
    from crmcli.transactions.notes import LoadNotes

EXAMPLES = 5
"""Bad rows that messages and facts show."""

_CELL = {
    Defect.INVALID_ID: ("id_column", "raw_id"),
    Defect.INVALID_DATE: ("date_column", "raw_date"),
    Defect.INCONSISTENT_DATE: ("date_column", "raw_date"),
    Defect.INVALID_AMOUNT: ("amount_column", "raw_amount"),
    Defect.NON_FINITE: ("amount_column", "raw_amount"),
}
"""Where a row says which of its columns is the bad one, and the cell, by defect."""

_REASONS = {
    Defect.INVALID_ID: "holds control characters or a line break",
    Defect.INVALID_DATE: "is not a date as the column writes them",
    Defect.INCONSISTENT_DATE: "is written in another date format than the column",
    Defect.INVALID_AMOUNT: "is not a usable amount",
    Defect.NON_FINITE: "is not a finite amount",
}


def bad_rows(transactions: Transactions, as_of: dt.date, limit: int | None = EXAMPLES) -> list[BadRow]:
    """Quarantined rows in the order of files and lines; all of them for `limit=None`.

    Structural defects come from the tables, unreadable cells from one more pass over the rows.
    """
    if transactions.ids_deferred:
        # Which ids are bad shows only once they are decided over all rows.
        transactions = transactions.with_ids_decided()
    rows = list(transactions.structural_defects())
    rows += [_bad_row(transactions, found) for found in _unreadable(transactions, as_of, limit)]
    order = {table.label: number for number, table in enumerate(transactions.tables)}
    rows.sort(key=lambda row: (order[row.file], row.line))
    return rows[:limit]


def enforce_limit(notes: LoadNotes, transactions: Transactions) -> None:
    """Fail when more rows are quarantined than `--max-bad` or `--strict` allow.

    Raises:
        InputError: naming the first bad row, the counts by code, and the flags.
    """
    options = transactions.options
    allowed = 0 if options.strict else options.max_bad.allowed(notes.rows_read)
    if notes.rows_quarantined <= allowed:
        return
    counts = ", ".join(f"{code} {count:,}" for code, count in notes.quarantined.items())
    first, of_all = notes.examples[0], f"of {notes.rows_read:,} rows"
    limit = "--strict allows none" if options.strict else counted(allowed, "is allowed", "are allowed")
    raise InputError(
        f"{first.file}, line {first.line}: {first.message}",
        extent=f"{counted(notes.rows_quarantined, f'{of_all} is', f'{of_all} are')} bad ({counts}); {limit}",
        remedy="See them all with --rejects FILE; mend the file, or allow more with --max-bad 5%",
    )


def _unreadable(transactions: Transactions, as_of: dt.date, limit: int | None) -> list[dict[str, object]]:
    defect = (pl.col("code") > 0) & (pl.col("code") <= max(Defect))
    # Rows out of the observed time do not exist for this run, whatever they hold.
    date, since = pl.col("date"), transactions.options.since
    in_time = (date <= as_of) & (True if since is None else date >= since)
    found = transactions.frame.filter(defect & (date.is_null() | in_time))
    found = found.with_columns(date_column=pl.lit("date")).select(
        "row", "code", *sorted({name for names in _CELL.values() for name in names}), "raw"
    )
    frame = (found if limit is None else found.head(limit)).collect(engine="streaming")
    return frame.rows(named=True)


def _bad_row(transactions: Transactions, found: dict[str, object]) -> BadRow:
    defect = Defect(int(str(found["code"])))
    canonical, cell = _CELL[defect]
    file, line = transactions.place(int(str(found["row"])))
    column = transactions.heading(file, str(found[canonical]))
    value = found[cell]
    shown = "is missing" if value in {None, ""} else f"{value!r} {_reason(defect, str(found[canonical]), str(value))}"
    return BadRow(file, line, defect.name, column, f"{column} {shown}", str(found["raw"]))


def _reason(defect: Defect, canonical: str, value: str) -> str:
    """Why a cell is bad; what is only too early, too late or too large is told as such."""
    years = [
        int(year) for year in re.findall(r"(?<![0-9])[0-9]{4,5}(?=[^0-9:])|(?<=[^0-9:])[0-9]{4,5}(?![0-9])", value)
    ]
    out_of_range = len(years) == 1 and not FIRST_DATE.year <= years[0] <= LAST_DATE.year
    if defect is Defect.INVALID_DATE and out_of_range:
        return f"is out of the years {FIRST_DATE.year} to {LAST_DATE.year}"
    limit = FactorDetector.digits if canonical in FACTORS else AmountDetector.digits
    whole = re.fullmatch(r"[^0-9]{0,3}([0-9]+)(?:[.,][0-9]*)?", value)
    if defect is Defect.INVALID_AMOUNT and whole and len(whole[1]) > limit:
        return f"has more than the {limit} digits before the decimal mark that are read"
    return _REASONS[defect]
