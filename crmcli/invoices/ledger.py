"""The ledger: invoices, what came off them, and when; the balance of any day follows from it alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.errors import InternalError
from crmcli.invoices.allocate import UNAPPLIED
from crmcli.invoices.doc_types import DocKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

_EXACT_FLOATS = 2**53
"""Whole numbers below this are exact as floats, in which arrays are summed fastest."""


@dataclass(frozen=True)
class CreditLedger:
    """Everything dated up to `as_of`, and nothing later.

    All money is Int64 in minor units (`money_scale` decimals); accounts are customers in one currency.

    items: one row per invoice, sorted: `item` Int64, `account` UInt32, `customer_id`, `currency`, `invoice_id`,
    `date`, `due`, `due_source`, `terms`, `amount`, `disputed`, `country`, `channel`.
    events: payments, credit notes, write-offs: `event` Int64, `account`, `kind`, `date`, `amount` (what it takes off).
    moves: where they went (`allocate.MOVE_SCHEMA`).
    accounts: `account`, `customer_id`, `currency`, `credit_limit` (Int64, null where no row states one).
    attributes: what the customer file says (see `attributes`), or None.
    is_snapshot: the input holds no payments; only the day of the snapshot can be aged.
    aged_bounds: the input is an aged summary with these buckets, and nothing else can be told of it.
    """

    items: pl.DataFrame
    events: pl.DataFrame
    moves: pl.DataFrame
    accounts: pl.DataFrame
    attributes: pl.DataFrame | None
    as_of: dt.date
    money_scale: int
    is_snapshot: bool = False
    aged_bounds: tuple[int, ...] = ()

    def at(self, day: dt.date) -> CreditLedger:
        """The same ledger as it stood on an earlier day."""
        if day >= self.as_of:
            return replace(self, as_of=day)
        in_time = pl.col("date") <= day
        return replace(
            self,
            items=self.items.filter(in_time),
            events=self.events.filter(in_time),
            moves=self.moves.filter(in_time),
            as_of=day,
        )

    @property
    def currencies(self) -> list[str]:
        """The currencies of the accounts, sorted; an unnamed one is the empty text."""
        return sorted(self.accounts["currency"].unique().to_list())

    def of_currency(self, currency: str) -> CreditLedger:
        """The accounts in one currency."""
        if self.currencies == [currency]:
            return self
        return self.of_accounts(self.accounts.filter(pl.col("currency") == currency)["account"])

    def of_accounts(self, accounts: pl.Series) -> CreditLedger:
        """Some of the accounts."""
        inside = pl.col("account").is_in(accounts.implode())
        return replace(
            self,
            items=self.items.filter(inside),
            events=self.events.filter(inside),
            moves=self.moves.filter(inside),
            accounts=self.accounts.filter(inside),
        )

    def open_items(self) -> pl.DataFrame:
        """The items with `open`, what is still owed on each as of `as_of`; settled ones are left out."""
        return self._open

    @cached_property
    def _open(self) -> pl.DataFrame:
        return self.items.with_columns(open=pl.col("amount") - self._settled()).filter(pl.col("open") != 0)

    def _settled(self) -> pl.Series:
        """What has come off each item, in the order of the items, summed by place in an array of all items."""
        applied = self.moves.filter(pl.col("item") != UNAPPLIED)
        places, amounts = applied["item"].to_numpy(), applied["amount"].to_numpy()
        own = self.items["item"].to_numpy()
        sums = np.zeros(max(int(own.max(initial=0)), int(places.max(initial=0))) + 1, dtype=np.int64)
        if int(applied["amount"].abs().sum()) < _EXACT_FLOATS:
            sums += np.bincount(places, weights=amounts, minlength=len(sums)).astype(np.int64)
        else:
            np.add.at(sums, places, amounts)
        return pl.Series("settled", sums[own])

    def unapplied(self) -> pl.DataFrame:
        """`account` and `unapplied` (≤ 0 as a rule): money on account that no invoice has taken."""
        return self._unapplied

    @cached_property
    def _unapplied(self) -> pl.DataFrame:
        on_account = self.moves.filter(pl.col("item") == UNAPPLIED)
        return on_account.group_by("account").agg(unapplied=-pl.col("amount").sum()).sort("account")

    def documents(self, currency: str) -> Documents:
        """The totals of the documents of one currency, straight from the documents."""
        part = self.of_currency(currency)
        sums = dict(part.events.group_by("kind").agg(pl.col("amount").sum()).iter_rows())
        return Documents(
            invoices=int(part.items["amount"].sum()),
            credits=int(sums.get(str(DocKind.CREDIT), 0)),
            write_offs=int(sums.get(str(DocKind.WRITE_OFF), 0)),
            payments=int(sums.get(str(DocKind.PAYMENT), 0)),
        )


@dataclass(frozen=True, slots=True)
class Documents:
    """Sums of documents in minor units; what is owed is the first less the others."""

    invoices: int
    credits: int
    write_offs: int
    payments: int

    @property
    def owed(self) -> int:
        """Σ invoices − Σ credits − Σ write-offs − Σ payments."""
        return self.invoices - self.credits - self.write_offs - self.payments


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Both sides of the identity for one currency: the documents, and what the ageing shows of them."""

    currency: str
    documents: Documents
    in_buckets: int
    unapplied: int

    def check(self) -> None:
        """Hold the two sides against each other.

        Raises:
            InternalError: they differ, by as little as a cent.
        """
        shown = self.in_buckets + self.unapplied
        if shown != self.documents.owed:
            of = f" in {self.currency}" if self.currency else ""
            raise InternalError(
                f"The ledger does not reconcile{of}: buckets {self.in_buckets:,} + unapplied {self.unapplied:,} = "
                f"{shown:,}, but the documents leave {self.documents.owed:,}; the difference is "
                f"{shown - self.documents.owed:,}",
                extent=f"invoices {self.documents.invoices:,} − credits {self.documents.credits:,} − write-offs "
                f"{self.documents.write_offs:,} − payments {self.documents.payments:,}, all in cents (smallest unit)",
            )


def reconcile(ledger: CreditLedger) -> Iterator[Reconciliation]:
    """The identity of every currency, from the documents on one side and from the allocation on the other.

    Raises:
        InternalError: it does not hold.
    """
    opened, on_account = ledger.open_items(), ledger.unapplied().join(ledger.accounts, on="account", how="left")
    for currency in ledger.currencies:
        in_buckets = int(opened.filter(pl.col("currency") == currency)["open"].sum())
        unapplied = int(on_account.filter(pl.col("currency") == currency)["unapplied"].sum())
        found = Reconciliation(currency, ledger.documents(currency), in_buckets, unapplied)
        found.check()
        yield found
