"""Who ordered in the time after a contact, and who had in the same time before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.campaigns.shares import Response

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from crmcli.customers.summary import CustomerSummary


@dataclass(frozen=True, slots=True)
class Arm:
    """One group of one campaign: who ordered afterwards and beforehand, and who has a receipt of the campaign."""

    people: int
    ordered: int
    ordered_before: int
    with_receipt: int

    @property
    def after(self) -> Response:
        """Response by orders."""
        return Response(self.ordered, self.people)

    @property
    def before(self) -> Response:
        """The same in the time before the contact."""
        return Response(self.ordered_before, self.people)

    @property
    def by_receipt(self) -> Response:
        """Response by receipts."""
        return Response(self.with_receipt, self.people)


@dataclass(frozen=True, slots=True)
class Contacts:
    """What is known of the contacts of one campaign; the dates are None where none is known."""

    treated: Arm
    control: Arm
    first: dt.date | None
    last: dt.date | None


NOBODY = Contacts(Arm(0, 0, 0, 0), Arm(0, 0, 0, 0), None, None)


def responses(
    contacts: pl.DataFrame, receipts: pl.DataFrame | None, summary: CustomerSummary, response_days: int
) -> Mapping[str, Contacts]:
    """Every campaign's contacts, with what these customers ordered around the contact.

    Counted are days on which an order began, from the day of the contact up to `response_days` after it, and the same
    number of days before it. A control without a date counts as of the campaign's first contact.

    Args:
        contacts: campaign, customer_id, date, is_control, one row per campaign and customer.
        receipts: campaign, amount, customer_id; None without any.
        summary: the customers as of the last day that is known.
        response_days: the time to respond.
    """
    first = contacts.filter(~pl.col("is_control")).group_by("campaign").agg(first_contact=pl.col("date").min())
    dated = contacts.join(first, on="campaign", how="left").with_columns(
        date=pl.when("is_control").then(pl.coalesce("date", "first_contact")).otherwise("date")
    )
    marked = dated.with_row_index("place")
    marked = _with_orders(marked, summary, response_days)
    marked = marked.with_columns(_has_receipt(marked, receipts))
    found: dict[str, Contacts] = {}
    for (campaign,), rows in marked.group_by("campaign"):
        treated, control = rows.filter(~pl.col("is_control")), rows.filter("is_control")
        span = rows.select(pl.min("date").alias("first"), pl.max("date").alias("last")).row(0)
        found[str(campaign)] = Contacts(_arm(treated), _arm(control), *span)
    return found


def _arm(rows: pl.DataFrame) -> Arm:
    sums = rows.select(pl.col("ordered", "ordered_before", "with_receipt").sum()).row(0)
    return Arm(rows.height, *(int(count) for count in sums))


def _with_orders(contacts: pl.DataFrame, summary: CustomerSummary, response_days: int) -> pl.DataFrame:
    """Whether an order of the customer began in the time after each contact, and in the time before it."""
    ids = summary.frame.select("customer_id").with_row_index("customer")
    days = summary.days.filter(pl.col("orders") > 0).select("customer", ordered_on="date")
    known = contacts.select("place", "customer_id", "date").join(ids, on="customer_id").join(days, on="customer")
    after = (pl.col("ordered_on") - pl.col("date")).dt.total_days()
    found = known.group_by("place").agg(
        ordered=after.is_between(0, response_days).any(), ordered_before=after.is_between(-response_days, -1).any()
    )
    joined = contacts.join(found, on="place", how="left")
    return joined.with_columns(pl.col("ordered", "ordered_before").fill_null(value=False))


def _has_receipt(contacts: pl.DataFrame, receipts: pl.DataFrame | None) -> pl.Series:
    """Whether a receipt of the campaign is the customer's; one that only takes money back is none."""
    if receipts is None:
        return pl.Series("with_receipt", [False] * contacts.height, dtype=pl.Boolean)
    payers = receipts.filter(pl.col("amount") >= 0).select("campaign", "customer_id").unique()
    joined = contacts.join(
        payers.with_columns(with_receipt=pl.lit(value=True)),
        on=["campaign", "customer_id"],
        how="left",
        maintain_order="left",
    )
    return joined["with_receipt"].fill_null(value=False)
