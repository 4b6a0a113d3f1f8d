"""What a reader must know of campaigns before believing their figures."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.campaigns.campaign import (
    CONTROL_UNUSED,
    GROUPS_DIFFER,
    NO_CONTACTS,
    NO_EXPENSES,
    NO_RECEIPTS,
    ORDERS,
    RECEIPTS,
    UNDATED,
    WINDOW_OPEN,
)
from crmcli.notes import counted, info, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcli.analysis.campaigns.campaign import Campaign
    from crmcli.analysis.campaigns.options import CampaignOptions
    from crmcli.customers.campaign_files import CampaignFiles
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

_SHOWN = 5


def campaign_notes(
    campaigns: Sequence[Campaign], files: CampaignFiles, summary: CustomerSummary, options: CampaignOptions
) -> tuple[Note, ...]:
    """How the files were read, what they lack, and what figures rest on."""
    return (
        *chain.from_iterable(rows.notes for rows in files.given),
        *_lacking(campaigns, files),
        *_alike(files),
        *_basis(campaigns, options),
        *_control(campaigns),
        *_people(files, summary, options),
    )


def _lacking(campaigns: Sequence[Campaign], files: CampaignFiles) -> Iterator[Note]:
    for rows, what, flag in (
        (files.contacts, "contacts", NO_CONTACTS),
        (files.receipts, "receipts", NO_RECEIPTS),
        (files.expenses, "expenses", NO_EXPENSES),
    ):
        names = _flagged(campaigns, flag)
        if rows is None:
            unknown = "response" if flag == NO_CONTACTS else "return"
            yield info(
                f"campaign_{flag}_given", f"No {what} of campaigns are given, so that their {unknown} is unknown"
            )
        elif names:
            text = f"{rows.label} holds no {what} of {_listed(names)}, which other files name"
            yield warning(f"campaign_{flag}", text)


def _alike(files: CampaignFiles) -> Iterator[Note]:
    for names in files.alike():
        text = f"{_listed(names)} are taken for different campaigns; write them alike if they are one"
        yield warning("campaign_names_alike", text)


def _basis(campaigns: Sequence[Campaign], options: CampaignOptions) -> Iterator[Note]:
    bases = {one.basis for one in campaigns}
    if ORDERS in bases:
        names = [one.name for one in campaigns if one.basis == ORDERS]
        text = f"Responses to {_listed(names)} are orders within {options.response_days} days of the contact"
        yield info("campaign_by_orders", text)
    if RECEIPTS in bases:
        names = [one.name for one in campaigns if one.basis == RECEIPTS]
        yield info("campaign_by_receipts", f"Responses to {_listed(names)} are receipts of contacted customers")
    undated, still_open = _flagged(campaigns, UNDATED), _flagged(campaigns, WINDOW_OPEN)
    if undated:
        text = f"No date tells when {_listed(undated)} contacted customers, so that their orders cannot be counted"
        yield warning("campaign_undated", text)
    if still_open:
        yield info(
            "campaign_window_open", f"The time to respond to {_listed(still_open)} is not over: responses so far"
        )


def _control(campaigns: Sequence[Campaign]) -> Iterator[Note]:
    compared = [one for one in campaigns if one.uplift is not None]
    if compared:
        text = "Uplift is what the campaign did only if chance decided who was kept out as control"
        yield info("campaign_uplift", text)
    unproven = [one.name for one in compared if one.uplift is not None and one.uplift.low <= 0]
    if unproven:
        text = (
            f"{_listed(unproven)}: it is not proven that more customers ordered than would have anyway (the interval "
            "of uplift holds 0 or less); receipts and return do not show that either"
        )
        yield warning("campaign_unproven", text)
    differ, unused = _flagged(campaigns, GROUPS_DIFFER), _flagged(campaigns, CONTROL_UNUSED)
    if differ:
        text = (
            f"Contacted customers and control groups of {_listed(differ)} ordered differently already before the "
            "contact: uplift carries that over"
        )
        yield warning("campaign_groups_differ", text)
    if unused:
        yield warning("campaign_control_unused", f"Nothing can be held against the control group of {_listed(unused)}")


def _people(files: CampaignFiles, summary: CustomerSummary, options: CampaignOptions) -> Iterator[Note]:
    if files.contacts is None or files.contacts.frame.is_empty():
        return
    label, contacts = files.contacts.label, files.contacts.frame
    ids = contacts["customer_id"].unique()
    strangers = int((~ids.is_in(summary.frame["customer_id"].implode())).sum())
    if strangers:
        text = f"{label}: {counted(strangers, 'of its customers has', 'of its customers have')} no order up to as_of"
        yield info("campaign_unknown_customers", text)
    crossed = _contacted_again(contacts.filter(~pl.col("is_control")), options.response_days)
    if crossed:
        text = (
            f"{label}: {counted(crossed, 'customer was', 'customers were')} contacted again by another campaign within "
            f"{options.response_days} days: an order may count as a response to both"
        )
        yield info("campaign_overlap", text)
    if files.receipts is not None:
        yield from _uncontacted(files.receipts.frame, contacts)


def _contacted_again(contacts: pl.DataFrame, response_days: int) -> int:
    gaps = contacts.sort("customer_id", "date", "campaign").with_columns(
        gap=pl.col("date").diff().over("customer_id").dt.total_days()
    )
    return gaps.filter(pl.col("gap") <= response_days)["customer_id"].n_unique()


def _uncontacted(receipts: pl.DataFrame, contacts: pl.DataFrame) -> Iterator[Note]:
    reached = contacts.filter(~pl.col("is_control"))
    campaigns = reached["campaign"].unique().implode()
    named = receipts.filter(pl.col("customer_id").is_not_null(), pl.col("campaign").is_in(campaigns))
    others = named.join(reached, on=["campaign", "customer_id"], how="anti")
    if others.height:
        text = (
            f"{counted(others.height, 'receipt')} of {others['amount'].sum():,} in all belong to customers whom the "
            "campaign did not contact: they count as money, not as responses"
        )
        yield info("campaign_receipts_of_others", text)


def _flagged(campaigns: Sequence[Campaign], flag: str) -> list[str]:
    return [one.name for one in campaigns if flag in one.flags()]


def _listed(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(repr(name) for name in names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
