"""`crmcli credit --transactions`: what each customer is worth before the costs of credit, as `crmcli clv` says it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.views_value import VALUE
from crmcli.cli.reading import read_summary_and
from crmcli.errors import InputError, UsageError
from crmcli.notes import Severity, info
from crmcli.present.messages import print_notes
from crmcli.transactions.aliases import CANONICAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.customers.summary import CustomerSummary
    from crmcli.invoices.ledger import CreditLedger
    from crmcli.transactions.load import Transactions
    from crmcli.transactions.notes import LoadNotes

FLAG = "--transactions"
_PREFIX = "transactions."
MAPPABLE = tuple(_PREFIX + name for name in CANONICAL)
"""What `--map` may name for the transactions beside the invoices."""

_WANTED = frozenset({"order_id", "quantity", "unit_price", "status", "currency", "cost"})


def check_transactions(shared: SharedOptions, transactions: Sequence[str], others: Sequence[str | None]) -> None:
    """Refuse before anything is read a view without its files, and two uses of standard input.

    Raises:
        UsageError: either of them.
    """
    if shared.view == VALUE.name and not transactions:
        raise UsageError(
            f"The view {VALUE.name!r} needs {FLAG} FILE: from them the value of customers is forecast.",
            remedy=f"Example: crmcli credit invoices.csv --payments payments.csv {FLAG} orders.csv --view {VALUE.name}",
        )
    mapped = [item for item in shared.mapping or () if item.startswith(_PREFIX)]
    if mapped and not transactions:
        raise UsageError(
            f"--map {mapped[0]} has no effect without {FLAG} FILE", remedy=f"Add {FLAG} FILE, or leave out --map."
        )
    if "-" in transactions and [*shared.files, *transactions, *others].count("-") > 1:
        raise UsageError(
            "Standard input (-) is named twice", remedy="It can be read only once: give - for one of the files."
        )


def read_worth(
    state: State, shared: SharedOptions, transactions: Sequence[str], ledger: CreditLedger
) -> tuple[pl.DataFrame, LoadNotes]:
    """`customer_id`, `future_value` and `clv` of the buyers as of the ledger's day, and the account of their rows.

    `--where` and `--since` choose invoices: value rests on all transactions, as a forecast without the first purchases
    would take old customers for new ones. `--rejects` is that of the credit files.

    Raises:
        CrmcliError: as `read_summary`; the transactions name another currency than the ledger.
        TooLittleDataError: too few purchases for a model.
    """
    # Few runs of credit fit models of buying.
    from crmcli.analysis.clv.analyse import analyse  # noqa: PLC0415
    from crmcli.analysis.clv.options import ClvOptions  # noqa: PLC0415

    own = dataclasses.replace(
        shared,
        files=list(transactions),
        mapping=[item.removeprefix(_PREFIX) for item in shared.mapping or () if item.startswith(_PREFIX)],
        as_of=ledger.as_of.isoformat(),
        since=None,
        where=None,
        rejects=None,
    )
    summary, notes, currency = read_summary_and(state, own, _WANTED, _currency)
    _require_same_currency(currency, ledger)
    with state.progress("fitting and forecasting"):
        found = analyse(summary, ClvOptions(views=frozenset({"customers"})))
    text = (
        f"Value is clv as of {ledger.as_of}: money up to that day and what is expected in the year after (crmcli clv "
        "with its defaults)."
    )
    loud = [note for note in found.notes if note.severity is Severity.WARNING]
    print_notes(state.environment, (info("value_clv", text), *loud))
    return found.tables["customers"].select("customer_id", "future_value", "clv"), notes


def _currency(transactions: Transactions, _summary: CustomerSummary) -> str | None:
    """The one currency that the rows name, if they do."""
    if "currency" not in transactions.columns:
        return None
    named = transactions.frame.select(pl.col("currency").drop_nulls().unique()).collect(engine="streaming")
    return next((name for name in named["currency"].str.strip_chars().str.to_uppercase().sort() if name), None)


def _require_same_currency(currency: str | None, ledger: CreditLedger) -> None:
    """Money of two currencies is never taken from each other.

    Raises:
        InputError: both name one, and not the same.
    """
    known = [name for name in ledger.currencies if name]
    if currency is not None and len(known) == 1 and known != [currency]:
        raise InputError(
            f"The transactions are in {currency}, the invoices in {known[0]}",
            remedy=f"Convert the invoices: --fx FILE with {currency},1 and the rate of {known[0]}",
        )
