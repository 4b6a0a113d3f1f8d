"""Which invoice an event names, and whose account it belongs to."""

from __future__ import annotations

from functools import cached_property

import polars as pl

from crmcli.errors import InputError
from crmcli.invoices.codes import Defect, LedgerRule
from crmcli.invoices.doc_types import DocKind

ACCOUNT = ["customer_id", "currency"]
"""A customer in one currency."""

_INVOICE = str(DocKind.INVOICE)
_PASSED_ON = [int(rule) for rule in (LedgerRule.BEFORE_SINCE, LedgerRule.WHERE, LedgerRule.STATUS)]
"""A rule that drops an invoice drops what was paid on it."""

_EVENT = ["row", "source", "part"]


class Links:
    """The numbers of the invoices of a ledger.

    Args:
        items: with `customer_id`, `currency`, `invoice_id`, its hash `number`, and `key`.
        documents: all rows of the invoice files, those that a rule dropped included.
    """

    def __init__(self, items: pl.DataFrame, documents: pl.DataFrame) -> None:
        numbers = items.select("key", "number", of="customer_id", in_currency="currency", reference="invoice_id")
        # Equal numbers have equal hashes: as many hashes as rows prove that every number is one of a kind.
        self._all_different = numbers["number"].n_unique() == numbers.height
        self._numbers = numbers
        if not self._all_different:
            by_number = numbers.group_by("of", "in_currency", "reference", maintain_order=True)
            self._numbers = by_number.agg(pl.col("key").first())
        dropped = documents.filter(pl.col("code").is_in(_PASSED_ON) & (pl.col("kind") == _INVOICE))
        self._dropped = dropped.select("customer_id", reference="invoice_id", rule="code").unique(
            ["customer_id", "reference"], keep="first", maintain_order=True
        )
        self._accounts = items.select(ACCOUNT)

    @cached_property
    def _currencies(self) -> pl.DataFrame:
        """The customers with the currencies of their invoices."""
        return self._accounts.unique()

    def resolve(self, events: pl.DataFrame) -> pl.DataFrame:
        """Events with `key` (null: no invoice of the ledger), `customer_id`, `currency`, `elsewhere` and final `code`.

        The number is looked up among the customer's own invoices first; a number that only one customer has is also
        found from elsewhere, and the payment then belongs to that customer. Rows keep their order.
        """
        is_short = not self._all_different or events.is_empty()
        found = self._among_alike(events) if is_short else self._among_different(events)
        other = pl.col("other").is_not_null()
        found = found.with_columns(
            elsewhere=other & pl.col("customer_id").is_not_null() & (pl.col("other") != pl.col("customer_id")),
            customer_id=pl.coalesce("other", "customer_id"),
            currency=pl.coalesce("other_currency", "currency"),
        ).drop("other", "other_currency")
        return self._with_currency(self._with_rules(found))

    def _among_different(self, events: pl.DataFrame) -> pl.DataFrame:
        """No number stands for two invoices: it says everything, unless the currencies contradict each other."""
        numbers = self._numbers
        places = numbers.lazy().select("number").with_row_index("place")
        asked = events.lazy().select(number=pl.col("reference").hash(0))
        place = asked.join(places, on="number", how="left", maintain_order="left").collect()["place"]
        currency = numbers["in_currency"].gather(place)
        # Hashes compare faster than texts; what they found is held against the text itself.
        same = numbers["reference"].gather(place) == events["reference"]
        fits = same & (events["currency"].is_null() | (events["currency"] == currency))
        found = {"key": numbers["key"].gather(place), "other": numbers["of"].gather(place), "other_currency": currency}
        return events.with_columns(pl.when(fits).then(series).alias(name) for name, series in found.items())

    def _among_alike(self, events: pl.DataFrame) -> pl.DataFrame:
        """The one invoice of that number that an event can mean, if there is only one: its customer's own first."""
        pairs = events.select(*_EVENT, *ACCOUNT, "reference").join(self._numbers, on="reference", how="inner")
        fits = pl.col("currency").is_null() | (pl.col("currency") == pl.col("in_currency"))
        is_own = (pl.col("customer_id") == pl.col("of")).fill_null(value=False)
        pairs = pairs.filter(fits).with_columns(is_own=is_own)
        best = pairs.filter(pl.col("is_own") == pl.col("is_own").max().over(_EVENT))
        single = best.filter(pl.len().over(_EVENT) == 1)
        single = single.select(*_EVENT, "key", other="of", other_currency="in_currency")
        return events.join(single, on=_EVENT, how="left", maintain_order="left")

    def _with_rules(self, events: pl.DataFrame) -> pl.DataFrame:
        """Events on invoices that a rule dropped are dropped by the same rule."""
        if self._dropped.is_empty():
            return events
        events = events.join(self._dropped, on=["customer_id", "reference"], how="left", maintain_order="left")
        gone = self._dropped.join(self._currencies, on="customer_id", how="anti").select(
            "customer_id", gone=pl.lit(int(LedgerRule.WHERE), pl.UInt8)
        )
        events = events.join(gone.unique(), on="customer_id", how="left", maintain_order="left")
        rule = pl.when(pl.col("key").is_null()).then(pl.coalesce("rule", "gone"))
        code = pl.when(pl.col("code") == 0).then(rule.fill_null(0)).otherwise("code")
        return events.with_columns(code=code.cast(pl.UInt8)).drop("rule", "gone")

    def _with_currency(self, events: pl.DataFrame) -> pl.DataFrame:
        """An event without a currency has that of its customer, which must be one."""
        nobody = (pl.col("code") == 0) & pl.col("customer_id").is_null()
        code = pl.when(nobody).then(pl.lit(int(Defect.NULL_ID), pl.UInt8)).otherwise("code")
        events = events.with_columns(code=code)
        if not events["currency"].null_count():
            return events
        counts = self._currencies.group_by("customer_id").agg(several=pl.len(), only=pl.col("currency").min())
        events = events.join(counts, on="customer_id", how="left", maintain_order="left")
        unclear = events.filter((pl.col("code") == 0) & pl.col("currency").is_null() & (pl.col("several") > 1))
        if unclear.height:
            raise _unclear_currency(unclear)
        everywhere = self._currencies["currency"].unique()
        fallback = str(everywhere[0]) if everywhere.len() == 1 else ""
        only = pl.coalesce("currency", "only", pl.lit(fallback, events.schema["currency"]))
        return events.with_columns(currency=only).drop("several", "only")


def _unclear_currency(unclear: pl.DataFrame) -> InputError:
    customer = str(unclear["customer_id"].sort()[0])
    return InputError(
        f"customer {customer!r} has invoices in several currencies, and payments that say neither currency nor invoice",
        extent=f"{unclear.height:,} payments could belong to several accounts; currencies are never added together",
        remedy="Give the payments a currency column (--map payments.currency=COLUMN)",
    )
