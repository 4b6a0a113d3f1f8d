"""The analysis of campaigns: one row for each, totals as facts, and what the files do not tell."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.campaigns.campaign import NO_CONTACTS, NO_EXPENSES, NO_RECEIPTS, Campaign
from crmcli.analysis.campaigns.facts import campaign_facts
from crmcli.analysis.campaigns.options import CampaignOptions
from crmcli.analysis.campaigns.remarks import campaign_notes
from crmcli.analysis.campaigns.responses import NOBODY, responses
from crmcli.analysis.campaigns.views import CAMPAIGNS, CAMPAIGNS_CATALOGUE
from crmcli.analysis.conform import view_schema
from crmcli.analysis.result import Result
from crmcli.analysis.segment.money import minor_units
from crmcli.errors import InputError, InternalError

if TYPE_CHECKING:
    from crmcli.customers.campaign_files import CampaignFiles, CampaignRows
    from crmcli.customers.summary import CustomerSummary


def analyse(summary: CustomerSummary, files: CampaignFiles, options: CampaignOptions | None = None) -> Result:
    """What every campaign that a file names has brought in up to `summary.as_of`.

    Args:
        summary: the customers, with their days.
        files: contacts, receipts and expenses, at least one of them, read with the same as_of.
        options: how long a customer may take to respond.

    Raises:
        InputError: not a single contacted customer is among those of the transactions.
        UsageError: a time to respond that means nothing.
    """
    options = options or CampaignOptions()
    options.check()
    if not files.given:
        raise InternalError("Campaigns are analysed without a file of them.")
    if files.contacts is not None:
        _require_common(files.contacts, summary)
    campaigns = _campaigns(summary, files, options)
    scale = summary.money_scale
    table = pl.DataFrame([one.row(scale) for one in campaigns], schema=view_schema(CAMPAIGNS, scale), orient="row")
    return Result(
        CAMPAIGNS_CATALOGUE,
        summary.as_of,
        scale,
        {CAMPAIGNS.name: table},
        campaign_facts(campaigns, options, scale),
        campaign_notes(campaigns, files, summary, options),
    )


def _campaigns(summary: CustomerSummary, files: CampaignFiles, options: CampaignOptions) -> list[Campaign]:
    contacts, receipts, expenses = files.contacts, files.receipts, files.expenses
    given = None if receipts is None else receipts.frame
    known = {} if contacts is None else responses(contacts.frame, given, summary, options.response_days)
    income, spent = _sums(receipts), _sums(expenses)
    payers = set() if given is None else set(given.filter(pl.col("customer_id").is_not_null())["campaign"])
    names = sorted({*known, *(income or ()), *(spent or ())})
    found = []
    for name in names:
        lacks = {
            NO_CONTACTS: contacts is not None and name not in known,
            NO_RECEIPTS: income is not None and name not in income,
            NO_EXPENSES: spent is not None and name not in spent,
        }
        reached = known.get(name, NOBODY)
        until = None if reached.last is None else reached.last + dt.timedelta(days=options.response_days)
        found.append(
            Campaign(
                name,
                reached,
                None if income is None else income.get(name, 0),
                None if spent is None else spent.get(name, 0),
                tuple(flag for flag, holds in lacks.items() if holds),
                name in payers,
                until,
                summary.as_of,
            )
        )
    return found


def _sums(rows: CampaignRows | None) -> dict[str, int] | None:
    """Money by campaign in minor units; None without the file."""
    if rows is None:
        return None
    sums = rows.frame.group_by("campaign").agg(minor_units("amount").sum())
    return {name: int(units) for name, units in sums.iter_rows()}


def _require_common(contacts: CampaignRows, summary: CustomerSummary) -> None:
    ids, customers = contacts.frame["customer_id"], summary.frame["customer_id"]
    if len(ids) and not ids.is_in(customers.implode()).any():
        raise InputError(
            f"{contacts.label}: none of the {ids.n_unique():,} customers that campaigns contacted has an order",
            extent=f"There the first id is {ids[0]!r}, in the transactions {customers.min()!r}.",
            remedy="Name the right column with --id-column, or write the ids of both files alike.",
        )
