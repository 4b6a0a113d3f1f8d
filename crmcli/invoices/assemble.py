"""From documents to the ledger: which invoice an event names, whose account it belongs to, and the allocation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.invoices.allocate import allocate
from crmcli.invoices.codes import Defect, LedgerRule
from crmcli.invoices.doc_types import DocKind
from crmcli.invoices.due_dates import DueSource, with_due_dates
from crmcli.invoices.ledger import CreditLedger
from crmcli.notes import info, warning

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from crmcli.invoices.terms import Terms
    from crmcli.notes import Note

_INVOICE = str(DocKind.INVOICE)
_PASSED_ON = [int(rule) for rule in (LedgerRule.BEFORE_SINCE, LedgerRule.WHERE, LedgerRule.STATUS)]
"""A rule that drops an invoice drops what was paid on it."""

_ACCOUNT = ["customer_id", "currency"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What assembly is told beside the documents.

    Attributes:
        as_of: documents after this day do not exist.
        since: payments that name no invoice count from this day on.
        default_terms: for invoices that state neither due date nor terms.
        money_scale: decimals of money.
        is_snapshot: invoices stand at what is still open.
        settled_by_date: each invoice row may carry its own settlement.
    """

    as_of: dt.date
    since: dt.date | None
    default_terms: Terms | None
    money_scale: int
    is_snapshot: bool
    settled_by_date: bool


@dataclass(frozen=True, slots=True)
class Assembled:
    """The ledger, the final codes of the rows of both kinds of files, how many became documents, and remarks."""

    ledger: CreditLedger
    document_codes: pl.Series
    payment_codes: pl.Series | None
    rows_used: int
    notes: tuple[Note, ...]


def assemble(
    documents: pl.DataFrame, payments: pl.DataFrame | None, attributes: pl.DataFrame | None, rules: Rules
) -> Assembled:
    """Put the ledger together.

    Args:
        documents: from `documents.invoice_documents`.
        payments: from `documents.payment_documents`, or None without a payments file.
        attributes: from `attributes.read_attributes`, or None.
        rules: the day, and how to read what is missing.

    Raises:
        InputError: a payment could belong to several accounts.
    """
    documents = documents.with_columns(pl.col("currency").fill_null("").str.to_uppercase())
    used = documents.filter(pl.col("code") == 0)
    items = _items(used.filter(pl.col("kind") == _INVOICE), attributes, rules)
    links = _Links(items, documents)
    own = links.resolve(_own_events(used))
    paid = None if payments is None else links.resolve(_foreign_events(payments, rules))
    both = [frame for frame in (own, paid) if frame is not None]
    events = pl.concat([_settlements(used, items, rules), *(_columns(frame) for frame in both)])
    ledger = _ledger(items, events, used, attributes, rules)
    return Assembled(
        ledger,
        _final_codes(documents, own),
        None if payments is None or paid is None else _final_codes(payments, paid),
        int(items["lines"].sum()) + sum(int((frame["code"] == 0).sum()) for frame in both),
        tuple(_remarks(items, both, rules)),
    )


def _items(invoices: pl.DataFrame, attributes: pl.DataFrame | None, rules: Rules) -> pl.DataFrame:
    """Invoices as items: rows with one number, customer, day and due date are lines of one."""
    if rules.is_snapshot:
        invoices = invoices.with_columns(amount=pl.coalesce("owed", "amount"))
    terms = None
    if attributes is not None and "terms" in attributes.columns:
        terms = attributes.select("customer_id", customer_terms=pl.col("terms"))
    dated = with_due_dates(invoices, terms, rules.default_terms)
    # A document without a number stands alone: its row is its number.
    alone = pl.when(pl.col("invoice_id").is_null()).then(pl.col("row")).otherwise(None).alias("alone")
    keys = ["customer_id", "currency", "date", "due", "invoice_id", "due_source", "alone"]
    lines = dated.with_columns(alone)
    if lines.select("customer_id", "currency", "invoice_id", "alone").is_duplicated().any():
        lines = lines.group_by(keys, maintain_order=True).agg(
            pl.col("amount").sum(),
            pl.col("disputed").any(),
            pl.col("terms").first(),
            pl.col("row"),
            pl.len().alias("lines"),
        )
    else:
        lines = lines.with_columns(pl.concat_list("row"), lines=pl.lit(1, pl.UInt32))
    items = (
        lines.sort(*keys[:5], "amount", nulls_last=True)
        .with_row_index("item")
        .with_columns(pl.col("item").cast(pl.Int64))
    )
    if rules.settled_by_date:
        return items.with_columns(key=pl.col("item"))
    first = pl.col("item").min().over("customer_id", "currency", "invoice_id")
    return items.with_columns(key=pl.when(pl.col("invoice_id").is_null()).then("item").otherwise(first))


class _Links:
    """Finds the invoice that an event names, and the account it belongs to."""

    def __init__(self, items: pl.DataFrame, documents: pl.DataFrame) -> None:
        named = items.filter(pl.col("invoice_id").is_not_null())
        self._by_number = (
            named.group_by("customer_id", "currency", "invoice_id", maintain_order=True)
            .agg(pl.col("key").first())
            .rename({"customer_id": "of", "currency": "in_currency", "invoice_id": "reference"})
        )
        dropped = documents.filter(pl.col("code").is_in(_PASSED_ON) & (pl.col("kind") == _INVOICE))
        self._dropped = dropped.select("customer_id", reference="invoice_id", rule="code").unique(
            ["customer_id", "reference"], keep="first", maintain_order=True
        )
        self._customers = items.select("customer_id").unique()
        self._currencies = items.select(*_ACCOUNT).unique()

    def resolve(self, events: pl.DataFrame) -> pl.DataFrame:
        """Events with `key` (null: no invoice of the ledger), `customer_id`, `currency`, `elsewhere` and final `code`.

        The number is looked up among the customer's own invoices first; a number that only one customer has is also
        found from elsewhere, and the payment then belongs to that customer.
        """
        events = self._found(events.with_columns(pl.col("currency").str.to_uppercase()))
        return self._with_currency(self._with_rules(events))

    def _found(self, events: pl.DataFrame) -> pl.DataFrame:
        own = events.join(
            self._by_number.select(customer_id="of", currency="in_currency", reference="reference", own_key="key"),
            on=["customer_id", "currency", "reference"],
            how="left",
            maintain_order="left",
        )
        loose = own.filter(pl.col("own_key").is_null() & pl.col("reference").is_not_null())
        if loose.is_empty():
            return own.with_columns(key="own_key", elsewhere=pl.lit(value=False)).drop("own_key")
        found = own.join(self._candidates(loose), on=["row", "source", "part"], how="left", maintain_order="left")
        return found.with_columns(
            key=pl.coalesce("own_key", "other_key"),
            elsewhere=pl.col("other").is_not_null()
            & pl.col("customer_id").is_not_null()
            & pl.col("other").ne(pl.col("customer_id")),
            customer_id=pl.coalesce("other", "customer_id"),
            currency=pl.coalesce("other_currency", "currency"),
        ).drop("own_key", "other_key", "other", "other_currency")

    def _candidates(self, loose: pl.DataFrame) -> pl.DataFrame:
        """The one invoice of that number that an event can mean, if there is only one."""
        pairs = loose.select("row", "source", "part", "customer_id", "currency", "reference").join(
            self._by_number, on="reference", how="inner", maintain_order="left"
        )
        fits = pl.col("currency").is_null() | (pl.col("currency") == pl.col("in_currency"))
        is_own = (pl.col("customer_id") == pl.col("of")).fill_null(value=False)
        pairs = pairs.filter(fits).with_columns(is_own=is_own)
        best = pairs.filter(pl.col("is_own") == pl.col("is_own").max().over("row", "source", "part"))
        single = best.filter(pl.len().over("row", "source", "part") == 1)
        return single.select("row", "source", "part", other_key="key", other="of", other_currency="in_currency")

    def _with_rules(self, events: pl.DataFrame) -> pl.DataFrame:
        """Events on invoices that a rule dropped are dropped by the same rule."""
        if self._dropped.is_empty():
            return events
        events = events.join(self._dropped, on=["customer_id", "reference"], how="left", maintain_order="left")
        gone = self._dropped.join(self._customers, on="customer_id", how="anti").select(
            "customer_id", gone=pl.lit(int(LedgerRule.WHERE), pl.UInt8)
        )
        events = events.join(gone.unique(), on="customer_id", how="left", maintain_order="left")
        rule = pl.when(pl.col("key").is_null()).then(pl.coalesce("rule", "gone"))
        code = pl.when(pl.col("code") == 0).then(rule.fill_null(0)).otherwise("code")
        return events.with_columns(code=code.cast(pl.UInt8)).drop("rule", "gone")

    def _with_currency(self, events: pl.DataFrame) -> pl.DataFrame:
        """An event without a currency has that of its customer, which must be one."""
        no_one = pl.when((pl.col("code") == 0) & pl.col("customer_id").is_null()).then(
            pl.lit(int(Defect.NULL_ID), pl.UInt8)
        )
        events = events.with_columns(code=no_one.otherwise("code"))
        counts = self._currencies.group_by("customer_id").agg(pl.len().alias("several"), only=pl.col("currency").min())
        everywhere = self._currencies["currency"].unique().sort()
        events = events.join(counts, on="customer_id", how="left", maintain_order="left")
        unclear = events.filter((pl.col("code") == 0) & pl.col("currency").is_null() & (pl.col("several") > 1))
        if unclear.height:
            raise _unclear_currency(unclear)
        fallback = everywhere[0] if everywhere.len() == 1 else ""
        return events.with_columns(currency=pl.coalesce("currency", "only", pl.lit(fallback))).drop("several", "only")


def _unclear_currency(unclear: pl.DataFrame) -> InputError:
    customer = unclear["customer_id"].sort()[0]
    return InputError(
        f"customer {customer!r} has invoices in several currencies, and payments that say neither currency nor invoice",
        extent=f"{unclear.height:,} payments could belong to several accounts; currencies are never added together",
        remedy="Give the payments a currency column (--map payments.currency=COLUMN)",
    )


def _own_events(used: pl.DataFrame) -> pl.DataFrame:
    """Payments, credit notes and write-offs among the documents themselves."""
    events = used.filter(pl.col("kind") != _INVOICE)
    numbers = used.filter((pl.col("kind") == _INVOICE) & pl.col("invoice_id").is_not_null())["invoice_id"].unique()
    own_number = pl.when(pl.col("invoice_id").is_in(numbers.implode())).then("invoice_id")
    events = events.with_columns(reference=pl.coalesce("reference", own_number))
    wanted = ["row", "code", "kind", "date", "amount", *_ACCOUNT, "reference"]
    return events.select(*wanted, source=pl.lit("documents"), part=pl.lit(0))


def _foreign_events(payments: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The rows of payment files."""
    early = pl.lit(value=False) if rules.since is None else pl.col("date") < rules.since
    too_early = (pl.col("code") == 0) & early & pl.col("reference").is_null()
    code = pl.when(too_early).then(pl.lit(int(LedgerRule.BEFORE_SINCE), pl.UInt8)).otherwise("code")
    wanted = ["row", "kind", "date", "amount", *_ACCOUNT, "reference"]
    return payments.with_columns(code=code).select(*wanted, "code", source=pl.lit("payments"), part=pl.lit(0))


def _settlements(used: pl.DataFrame, items: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """What the rows of invoices themselves say came off: the settlement on its date, and amounts credited."""
    rows = items.select(pl.col("row"), "item", "key", "customer_id", "currency").explode("row")
    lines = used.filter(pl.col("kind") == _INVOICE).select(
        "row", "date", "paid_date", "amount", "paid_amount", "credit_amount"
    )
    lines = lines.join(rows, on="row", how="inner", maintain_order="left")
    credited = pl.col("credit_amount").fill_null(0).abs()
    credits_ = lines.filter(credited != 0).with_columns(
        kind=pl.lit(str(DocKind.CREDIT)), amount=credited, date=pl.coalesce("paid_date", "date")
    )
    parts = [credits_]
    if rules.settled_by_date:
        paid = lines.filter(pl.col("paid_date").is_not_null())
        money = pl.coalesce("paid_amount", pl.col("amount") - credited)
        parts.append(paid.with_columns(kind=pl.lit(str(DocKind.PAYMENT)), amount=money, date=pl.col("paid_date")))
        parts.append(_netted_credits(used))
    return pl.concat([_columns(part.with_columns(code=pl.lit(0, pl.UInt8), reference=pl.lit(""))) for part in parts])


def _netted_credits(used: pl.DataFrame) -> pl.DataFrame:
    """A credit note with a settlement date was netted or paid out then: that much less money came in."""
    netted = used.filter((pl.col("kind") == str(DocKind.CREDIT)) & pl.col("paid_date").is_not_null())
    return netted.with_columns(
        kind=pl.lit(str(DocKind.PAYMENT)),
        amount=-pl.col("amount"),
        date=pl.col("paid_date"),
        key=pl.lit(None, pl.Int64),
    )


_EVENT_COLUMNS = ["kind", "date", "amount", *_ACCOUNT, "key", "reference", "code"]


def _columns(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(pl.Int64) if name == "key" else pl.col(name) for name in _EVENT_COLUMNS)


def _ledger(
    items: pl.DataFrame, events: pl.DataFrame, used: pl.DataFrame, attributes: pl.DataFrame | None, rules: Rules
) -> CreditLedger:
    events = events.filter((pl.col("code") == 0) & (pl.col("date") <= rules.as_of) & (pl.col("amount") != 0))
    accounts = _accounts(items, events, used)
    items = items.join(accounts.select("account", *_ACCOUNT), on=_ACCOUNT, how="left", maintain_order="left")
    events = events.join(accounts.select("account", *_ACCOUNT), on=_ACCOUNT, how="left", maintain_order="left")
    is_payment = pl.col("kind") == str(DocKind.PAYMENT)
    # What names an invoice outside the ledger must not settle others.
    events = events.with_columns(pooled=is_payment & pl.col("key").is_null() & pl.col("reference").is_null())
    events = events.sort("account", "date", "kind", "key", "amount", nulls_last=True)
    events = events.with_row_index("event").with_columns(pl.col("event").cast(pl.Int64))
    wanted = ["event", "account", "kind", "date", "amount", "key", "pooled"]
    moves = allocate(items.select("item", "account", "key", "date", "due", "amount"), events.select(wanted))
    return CreditLedger(
        items=items.select(
            *("item", "account", *_ACCOUNT, "invoice_id", "date", "due", "due_source", "terms", "amount", "disputed")
        ),
        events=events.select("event", "account", "kind", "date", "amount"),
        moves=moves.filter(pl.col("date") <= rules.as_of),
        accounts=accounts,
        attributes=attributes,
        as_of=rules.as_of,
        money_scale=rules.money_scale,
        is_snapshot=rules.is_snapshot,
    )


def _accounts(items: pl.DataFrame, events: pl.DataFrame, used: pl.DataFrame) -> pl.DataFrame:
    limits = (
        used.filter(pl.col("credit_limit").is_not_null())
        .sort("date")
        .group_by("customer_id")
        .agg(pl.col("credit_limit").sort_by("date", "credit_limit").last())
    )
    pairs = pl.concat([items.select(_ACCOUNT), events.select(_ACCOUNT)]).unique().sort(_ACCOUNT)
    return pairs.with_row_index("account").join(limits, on="customer_id", how="left", maintain_order="left")


def _final_codes(frame: pl.DataFrame, events: pl.DataFrame) -> pl.Series:
    """The codes of the rows of a file, with what became of its events."""
    final = frame.select("row", "code").join(
        events.select("row", final="code"), on="row", how="left", maintain_order="left"
    )
    return final.select(pl.coalesce("final", "code").alias("code")).to_series()


def _remarks(items: pl.DataFrame, events: list[pl.DataFrame], rules: Rules) -> Iterator[Note]:
    for source, count in items.group_by("due_source").agg(pl.len()).sort("due_source").iter_rows():
        if source == DueSource.INVOICE_DATE:
            yield warning(
                "due_source",
                f"{count:,} invoices state neither due date nor terms: due on their own date (--default-terms)",
            )
        elif source != DueSource.FILE:
            yield info("due_source", f"{count:,} invoices have their due date from {source}")
    merged = items.filter(pl.col("lines") > 1)
    if merged.height:
        lines = int(merged["lines"].sum())
        yield info(
            "invoice_lines",
            f"{lines:,} rows are lines of {merged.height:,} invoices (one number, customer, day and due date)",
        )
    early = int((items["due"] < items["date"]).sum())
    if early:
        yield warning("due_before_invoice", f"{early:,} invoices are due before their own date")
    for frame in events:
        yield from _event_remarks(frame.filter((pl.col("code") == 0) & (pl.col("date") <= rules.as_of)))


def _event_remarks(events: pl.DataFrame) -> Iterator[Note]:
    named = events.filter(pl.col("reference").is_not_null())
    unknown = named.filter(pl.col("key").is_null())
    if unknown.height:
        yield warning(
            "unknown_invoice",
            f"{unknown.height:,} payments or credits name an invoice that is not in the ledger, such as "
            f"{unknown['reference'].min()!r}: they stay unapplied",
        )
    elsewhere = int(events["elsewhere"].sum())
    if elsewhere:
        yield warning(
            "paid_by_other", f"{elsewhere:,} payments name an invoice of another customer, whose account they settle"
        )
    loose = events.filter(pl.col("reference").is_null()).group_by("kind").agg(pl.len()).sort("kind")
    for kind, count in loose.iter_rows():
        does = "settle the oldest due invoices first" if kind == DocKind.PAYMENT else "stay unapplied"
        yield info("without_invoice", f"{count:,} rows of kind {kind} name no invoice: they {does}")
