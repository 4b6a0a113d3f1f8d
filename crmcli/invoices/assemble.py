"""From documents to the ledger: which invoice an event names, whose account it belongs to, and the allocation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.invoices.accounts import accounts_of
from crmcli.invoices.allocate import allocate
from crmcli.invoices.codes import LedgerRule
from crmcli.invoices.doc_types import DocKind
from crmcli.invoices.documents import TRAITS
from crmcli.invoices.due_dates import with_due_dates
from crmcli.invoices.ledger import CreditLedger
from crmcli.invoices.links import ACCOUNT, Links
from crmcli.invoices.remarks import remarks

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from crmcli.invoices.terms import Terms
    from crmcli.notes import Note

_INVOICE = str(DocKind.INVOICE)
_MOST_CURRENCIES = 2**12
_MOST_DAYS = 2**23
"""More days on both sides of 1970 than dates have years of four digits for."""
_KINDS = pl.Enum(sorted(str(kind) for kind in DocKind))


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
    coded = _Codes.of(documents, payments)
    documents = coded.coded(documents.with_columns(pl.col("currency").fill_null("")))
    used = documents.filter(pl.col("code") == 0)
    items = _items(used.filter(pl.col("kind") == _INVOICE), attributes, rules)
    links = Links(items, documents)
    own = links.resolve(_own_events(used))
    both = [own]
    if payments is not None:
        both.append(links.resolve(_foreign_events(coded.coded(payments), rules)))
    events = pl.concat([_settlements(used, items, rules), *map(_columns, both)])
    ledger = _ledger(items, events, used, attributes, rules)
    return Assembled(
        ledger,
        _final_codes(documents, own),
        None if payments is None else both[1]["code"],
        int(items["lines"].sum()) + sum(int((frame["code"] == 0).sum()) for frame in both),
        tuple(remarks(items, both, rules.as_of, is_snapshot=rules.is_snapshot)),
    )


@dataclass(frozen=True, slots=True)
class _Codes:
    """Customers and currencies as numbers in their sorted order: joins and sorts then compare no texts."""

    customers: pl.Enum
    currencies: pl.Enum

    @classmethod
    def of(cls, documents: pl.DataFrame, payments: pl.DataFrame | None) -> _Codes:
        """The codes of everything that occurs, and of the unnamed currency."""
        frames = [documents] if payments is None else [documents, payments]
        texts = {name: pl.concat(_distinct(frames, name)).drop_nulls().unique() for name in ACCOUNT}
        currencies = texts["currency"].str.to_uppercase().append(pl.Series([""], dtype=pl.String)).unique()
        return cls(pl.Enum(texts["customer_id"].sort()), pl.Enum(currencies.sort()))

    def coded(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with both columns coded."""
        return frame.with_columns(
            pl.col("customer_id").cast(self.customers), pl.col("currency").str.to_uppercase().cast(self.currencies)
        )


def _distinct(frames: Iterable[pl.DataFrame], name: str) -> list[pl.Series]:
    """The different values in each frame; on the way through a long column, which is faster than `Series.unique`."""
    return [frame.lazy().select(pl.col(name).unique()).collect(engine="streaming").to_series() for frame in frames]


def _items(invoices: pl.DataFrame, attributes: pl.DataFrame | None, rules: Rules) -> pl.DataFrame:
    """Invoices as items: rows with one number, customer, day and due date are lines of one."""
    terms = None
    if attributes is not None and "terms" in attributes.columns:
        terms = attributes.select("customer_id", customer_terms=pl.col("terms"))
        terms = terms.with_columns(pl.col("customer_id").cast(invoices.schema["customer_id"], strict=False))
        terms = terms.drop_nulls("customer_id")
    lines = with_due_dates(invoices, terms, rules.default_terms).with_columns(number=pl.col("invoice_id").hash(0))
    # Equal numbers have equal hashes: as many hashes as rows prove that no number occurs twice.
    pairs = pl.col("number") ^ pl.struct(ACCOUNT).hash(0)
    several = lines.select(pairs.n_unique()).item() < lines.height
    lines = _merged(lines) if several else lines.with_columns(lines=pl.lit(1, pl.UInt32), repeated=pl.lit(value=False))
    items = lines.sort(_account_and_day(), "due", "amount", "number").with_row_index("item")
    items = items.with_columns(pl.col("item").cast(pl.Int64))
    if rules.settled_by_date or not several:
        return items.with_columns(key=pl.col("item"))
    return items.with_columns(key=pl.col("item").min().over(*ACCOUNT, "invoice_id"))


def _account_and_day() -> pl.Expr:
    """A whole number that sorts as customer, currency and date do, and faster."""
    customer, currency, day = (pl.col(name).to_physical().cast(pl.Int64) for name in (*ACCOUNT, "date"))
    return (customer * _MOST_CURRENCIES + currency) * _MOST_DAYS + day


def _merged(lines: pl.DataFrame) -> pl.DataFrame:
    """Rows with one number, customer, day and due date as one."""
    return lines.group_by(*ACCOUNT, "date", "due", "invoice_id", "due_source", maintain_order=True).agg(
        pl.col("amount").sum(),
        pl.col("disputed").any(),
        pl.col("terms", "number", *TRAITS).first(),
        pl.col("row"),
        lines=pl.len(),
        repeated=pl.col("amount").n_unique() == 1,
    )


def _own_events(used: pl.DataFrame) -> pl.DataFrame:
    """Payments, credit notes and write-offs among the documents themselves."""
    events = used.filter(pl.col("kind") != _INVOICE)
    if events.is_empty():
        used = events
    numbers = used.filter((pl.col("kind") == _INVOICE) & pl.col("invoice_id").is_not_null())["invoice_id"].unique()
    own_number = pl.when(pl.col("invoice_id").is_in(numbers.implode())).then("invoice_id")
    events = events.with_columns(reference=pl.coalesce("reference", own_number))
    wanted = ["row", "code", "kind", "date", "amount", *ACCOUNT, "reference"]
    return events.select(*wanted, source=pl.lit("documents"), part=pl.lit(0))


def _foreign_events(payments: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The rows of payment files."""
    early = pl.lit(value=False) if rules.since is None else pl.col("date") < rules.since
    too_early = (pl.col("code") == 0) & early & pl.col("reference").is_null()
    code = pl.when(too_early).then(pl.lit(int(LedgerRule.BEFORE_SINCE), pl.UInt8)).otherwise("code")
    wanted = ["row", "kind", "date", "amount", *ACCOUNT, "reference"]
    return payments.with_columns(code=code).select(*wanted, "code", source=pl.lit("payments"), part=pl.lit(0))


def _settlements(used: pl.DataFrame, items: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """What the rows of invoices themselves say came off: the settlement on its date, and amounts credited."""
    if not rules.settled_by_date and used["credit_amount"].null_count() == used.height:
        return _columns(used.clear().with_columns(key=pl.lit(None, pl.Int64), reference=pl.lit("")))
    rows = items.select("row", "item", "key", *ACCOUNT)
    rows = rows.explode("row") if rows.schema["row"] == pl.List else rows
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


_EVENT_COLUMNS = ["kind", "date", "amount", *ACCOUNT, "key", "reference", "code"]


def _columns(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(_EVENT_COLUMNS).with_columns(pl.col("key").cast(pl.Int64), pl.col("kind").cast(_KINDS))


def _ledger(
    items: pl.DataFrame, events: pl.DataFrame, used: pl.DataFrame, attributes: pl.DataFrame | None, rules: Rules
) -> CreditLedger:
    events = events.filter((pl.col("code") == 0) & (pl.col("date") <= rules.as_of) & (pl.col("amount") != 0))
    accounts, numbers = accounts_of(items, events, used)
    items, events = (frame.with_columns(account=numbers.of(frame)) for frame in (items, events))
    # What names an invoice outside the ledger must not settle others; what a list calls open, nobody has used.
    settles = (pl.col("kind") == str(DocKind.PAYMENT)) & pl.lit(not rules.is_snapshot)
    events = events.with_columns(pooled=settles & pl.col("key").is_null() & pl.col("reference").is_null())
    events = events.with_row_index("event").with_columns(pl.col("event").cast(pl.Int64))
    wanted = ["event", "account", "kind", "date", "amount", "key", "pooled"]
    moves = allocate(items.select("item", "account", "key", "date", "due", "amount"), events.select(wanted))
    texts = pl.col(*ACCOUNT).cast(pl.String)
    shown = ["item", "account", *ACCOUNT, "invoice_id", "date", "due", "due_source", "terms", "amount", "disputed"]
    return CreditLedger(
        items=items.select(*shown, *TRAITS).with_columns(texts),
        events=events.select("event", "account", pl.col("kind").cast(pl.String), "date", "amount"),
        moves=moves.filter(pl.col("date") <= rules.as_of),
        accounts=accounts.with_columns(texts),
        attributes=attributes,
        as_of=rules.as_of,
        money_scale=rules.money_scale,
        is_snapshot=rules.is_snapshot,
    )


def _final_codes(documents: pl.DataFrame, own: pl.DataFrame) -> pl.Series:
    """The codes of the rows of invoice files, with what became of the events among them."""
    if own.is_empty():
        return documents["code"]
    final = documents.select("row", "code").join(
        own.select("row", final="code"), on="row", how="left", maintain_order="left"
    )
    return final.select(pl.coalesce("final", "code").alias("code")).to_series()
