"""Credit files made in memory and read as a run reads them."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.invoices.opening import LedgerOptions
from crmcli.invoices.read import read_ledger
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from crmcli.invoices.doc_types import DocKind
    from crmcli.invoices.ledger import CreditLedger
    from crmcli.invoices.notes import LedgerNotes
    from crmcli.invoices.terms import Terms


def read(  # noqa: PLR0913 — the files and options of a run
    invoices: str,
    payments: str | None = None,
    customers: str | None = None,
    *,
    reading: ReadOptions | None = None,
    default_terms: Terms | None = None,
    doc_types: Mapping[str, DocKind] | None = None,
) -> tuple[CreditLedger, LedgerNotes]:
    """The ledger of some CSV texts."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, text in (("invoices", invoices), ("payments", payments), ("customers", customers)):
            if text is not None:
                paths[name] = str(Path(folder, f"{name}.csv"))
                Path(paths[name]).write_text(text, encoding="utf-8")
        options = LedgerOptions(
            reading or ReadOptions(),
            payments=tuple(paths[name] for name in ("payments",) if name in paths),
            customers=tuple(paths[name] for name in ("customers",) if name in paths),
            default_terms=default_terms,
            doc_types=doc_types or {},
            all_bad_rows=True,
        )
        return read_ledger([paths["invoices"]], options, stdin=io.BytesIO())


def ledger_of(invoices: str, payments: str | None = None, as_of: dt.date | None = None) -> CreditLedger:
    """The ledger alone, as of a day."""
    return read(invoices, payments, reading=ReadOptions(as_of=as_of))[0]


def codes_of(notes: LedgerNotes) -> set[str]:
    """The codes of all remarks on the input."""
    return {note.code for note in notes.remarks()}
