"""Files of campaigns: whom they reached, what came in through them, what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.customers.campaign_columns import CAMPAIGN, EXPENSE, RECEIPT, CampaignColumns
from crmcli.customers.keyed_file import read_keyed_file
from crmcli.errors import InputError
from crmcli.notes import counted
from crmcli.transactions.aliases import fold

if TYPE_CHECKING:
    from crmcli.customers.campaign_columns import CampaignReading
    from crmcli.notes import Note

_WHO = frozenset({"customer_id", "date", "group"})
_HOW_MUCH = frozenset({"amount", "date"})


@dataclass(frozen=True, slots=True)
class CampaignRows:
    """One file of campaigns, as `label`.

    Columns of `frame`: campaign String, never null, and
    - of contacts, one row per campaign and customer, sorted by both: customer_id String · date Date (the first one;
      null where none is known) · is_control Boolean (kept out of the campaign on purpose).
    - of receipts and expenses, one row per row of the file: amount Decimal(38, s) · customer_id String (null where
      none is known, and always of expenses).
    """

    label: str
    frame: pl.DataFrame
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignFiles:
    """What is known of campaigns; each of the three may be missing, not all of them."""

    contacts: CampaignRows | None = None
    receipts: CampaignRows | None = None
    expenses: CampaignRows | None = None

    @property
    def given(self) -> tuple[CampaignRows, ...]:
        """Those that are there."""
        return tuple(rows for rows in (self.contacts, self.receipts, self.expenses) if rows is not None)

    def alike(self) -> tuple[tuple[str, ...], ...]:
        """Names that differ in case, blanks or dashes only, and may be one campaign."""
        together: dict[str, list[str]] = {}
        for name in sorted({name for rows in self.given for name in rows.frame["campaign"].unique()}):
            together.setdefault(fold(name), []).append(name)
        return tuple(tuple(names) for names in together.values() if len(names) > 1)


def read_campaign_contacts(path: str, flag: str, reading: CampaignReading) -> CampaignRows:
    """Read whom campaigns contacted, and whom they kept out as a control group if a column says so.

    Several contacts of a customer in one campaign count once, from the first. Rows dated after as_of, or before
    `options.since`, take no part.

    Raises:
        InputError: the file cannot be read without guessing, too many rows cannot be used, or a customer is in both
            groups of a campaign.
        TooLittleDataError: no row names a campaign.
    """
    file = read_keyed_file(path, flag, reading.options, stdin=reading.stdin, key=CAMPAIGN)
    rows = CampaignColumns(file, flag, reading, _WHO)
    customers = rows.customers()
    if customers is None:
        raise InputError(
            f"{file.label} ({flag}): no column looks like the customer id",
            extent=f"Its columns: {', '.join(map(repr, file.header))}",
            remedy="Call it 'customer_id', or name it: --id-column COLUMN",
        )
    frame = file.frame.select("campaign", "line", customers, rows.dates(), rows.groups())
    # A control is in no need of a date: nothing happened to them.
    dated = pl.col("date").is_not_null() | pl.col("is_control") | pl.lit(value=rows.date_position is None)
    usable = rows.usable(frame, pl.col("customer_id").is_not_null() & pl.col("is_control").is_not_null() & dated)
    _refuse_both_groups(usable, file.label, flag)
    once = usable.group_by("campaign", "customer_id").agg(pl.col("date").min(), pl.col("is_control").first())
    return CampaignRows(file.label, once.sort("campaign", "customer_id"), rows.said())


def read_receipts(path: str, flag: str, reading: CampaignReading) -> CampaignRows:
    """Read what came in through campaigns: an amount per row, with the customer where the file names one.

    Rows dated after as_of, or before `options.since`, take no part; negative amounts lower the sum.

    Raises:
        InputError: the file cannot be read without guessing, or too many rows cannot be used.
        TooLittleDataError: no row names a campaign.
    """
    return _read_money(path, flag, reading, RECEIPT)


def read_expenses(path: str, flag: str, reading: CampaignReading) -> CampaignRows:
    """Read what campaigns cost: an amount per row, as `read_receipts` does.

    Raises:
        InputError, TooLittleDataError: as `read_receipts`.
    """
    return _read_money(path, flag, reading, EXPENSE)


def _read_money(path: str, flag: str, reading: CampaignReading, what: str) -> CampaignRows:
    file = read_keyed_file(path, flag, reading.options, stdin=reading.stdin, key=CAMPAIGN)
    rows = CampaignColumns(file, flag, reading, _HOW_MUCH)
    rows.require_one_currency()
    customers = rows.customers() if what == RECEIPT else None
    nobody = pl.Series("customer_id", [None] * file.frame.height, dtype=pl.String)
    amounts = rows.amounts(what)
    frame = file.frame.select("campaign", "line", nobody if customers is None else customers, rows.dates(), amounts)
    dated = pl.col("date").is_not_null() | pl.lit(value=rows.date_position is None)
    usable = rows.usable(frame, pl.col("amount").is_not_null() & dated)
    return CampaignRows(file.label, usable.select("campaign", "amount", "customer_id"), rows.said())


def _refuse_both_groups(frame: pl.DataFrame, label: str, flag: str) -> None:
    groups = frame.group_by("campaign", "customer_id").agg(pl.col("is_control").n_unique(), pl.col("line").min())
    both = groups.filter(pl.col("is_control") > 1).sort("line")
    if both.height:
        first = both.row(0, named=True)
        raise InputError(
            f"{label} ({flag}): customer {first['customer_id']!r} is both in the control group of campaign "
            f"{first['campaign']!r} and contacted by it, first line {first['line']}",
            extent=f"{counted(both.height, 'customer is', 'customers are')} in both groups of a campaign.",
            remedy="Keep one group per customer and campaign.",
        )
