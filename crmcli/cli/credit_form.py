"""The form for visit reports: a CSV file with a column for each customer attribute, to be filled in and read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from crmcli.invoices.attributes import NUMBERS
from crmcli.present.emit import STDOUT
from crmcli.present.output import write_file, write_stdout
from crmcli.present.records import without_formulas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.cli.options import SharedOptions
    from crmcli.invoices.ledger import CreditLedger
    from crmcli.present.console import Environment

BEFORE = ("customer_id", "visit_date", "visited_by")
AFTER = ("industry", "region", "terms", "remarks")
COLUMNS = (*BEFORE, *NUMBERS, *AFTER)
"""visit_rating is the visitor's impression from 1 (worst) to 5; empty cells are unknown."""


def form_table(ledger: CreditLedger | None) -> pl.DataFrame:
    """The form: one row for each customer of the ledger with what is known already, or no row."""
    schema = dict.fromkeys(COLUMNS, pl.String)
    if ledger is None:
        return pl.DataFrame(schema=schema)
    rows = ledger.accounts.select("customer_id").unique().sort("customer_id")
    if ledger.attributes is not None:
        rows = rows.join(ledger.attributes, on="customer_id", how="left", maintain_order="left")
    present = [pl.col(name) if name in rows.columns else pl.lit(None, pl.String).alias(name) for name in COLUMNS]
    texts = rows.select(present).cast(pl.String)
    return texts.with_columns(pl.col(name).str.replace(r"\.0+$", "") for name in NUMBERS)


def write_form(
    environment: Environment, shared: SharedOptions, ledger: CreditLedger | None, inputs: Sequence[Path]
) -> None:
    """Write the form to -o, or to standard output.

    Raises:
        OutputError: it cannot be written.
    """
    table = form_table(ledger)
    text = (without_formulas(table) if shared.spreadsheet_safe else table).write_csv().encode()
    if shared.output is None or Path(shared.output) == STDOUT:
        write_stdout(environment.stdout, text)
    else:
        write_file(Path(shared.output), text, inputs=tuple(inputs))
