"""The columns of a file of campaigns, by what they mean, and which of its rows can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from crmcli.customers.keyed_file import Key
from crmcli.customers.typed_cells import dates_of, ids_of, money_of
from crmcli.errors import InputError
from crmcli.notes import counted, info, warning
from crmcli.transactions.aliases import BARE_ID, FOLDED_ALIASES, fold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from crmcli.customers.keyed_file import KeyedFile
    from crmcli.notes import Note
    from crmcli.transactions.options import ReadOptions

CAMPAIGN = Key(
    "campaign",
    "campaign",
    frozenset(
        fold(name)
        for name in (
            *("campaign", "campaign id", "campaign name", "campaign code", "campaign no", "promotion", "activity"),
            *("kampagne", "aktion", "campagne", "campaña", "campanha"),
            *("活动", "活动编号", "活动名称", "活动代码", "营销活动", "促销活动", "促销"),
        )
    ),
)

RECEIPT, EXPENSE = "receipt", "expense"

_CUSTOMER_HEADINGS = FOLDED_ALIASES["customer_id"] - {BARE_ID}
"""A bare id is more often that of the contact, the receipt or the claim."""

_AMOUNT_HEADINGS = {
    RECEIPT: FOLDED_ALIASES["amount"]
    | frozenset(
        fold(name) for name in ("receipts", "receipt", "income", "收入", "回款", "收款", "收款金额", "回款金额")
    ),
    EXPENSE: FOLDED_ALIASES["amount"]
    | FOLDED_ALIASES["cost"]
    | frozenset(
        fold(name)
        for name in (
            *("expense", "expenses", "expense claim", "claim", "claimed", "spent", "budget used"),
            *("kosten", "ausgaben", "dépenses", "gastos", "费用", "支出", "报销", "报销金额", "费用金额", "花费"),
        )
    ),
}
_DATE_HEADINGS = FOLDED_ALIASES["date"] | frozenset(
    fold(name)
    for name in (
        *("contact date", "contacted on", "contacted", "sent", "sent on", "send date", "sent date"),
        *("receipt date", "expense date", "claim date", "paid on", "payment date", "booked on"),
        *("联系日期", "接触日期", "发送日期", "收款日期", "回款日期", "报销日期", "支出日期"),
    )
)
_GROUP_HEADINGS = frozenset(
    fold(name)
    for name in ("group", "arm", "treatment", "treated", "test group", "variant", "分组", "组别", "组", "实验分组")
)
_CONTROL_WORDS = frozenset(
    (
        "control",
        "c",
        "0",
        "0.0",
        "false",
        "no",
        "n",
        "hold out",
        "holdout",
        "hold-out",
        "对照",
        "对照组",
        "控制组",
        "否",
    )
)
_TREATED_WORDS = frozenset(
    ("treated", "treatment", "t", "1", "1.0", "true", "yes", "y", "test", "contacted", "实验", "实验组", "处理组", "是")
)


@dataclass(frozen=True, slots=True)
class CampaignReading:
    """How the files of one run read: options, the last day that counts, and the heading of customer ids, if named."""

    options: ReadOptions
    as_of: dt.date
    stdin: BinaryIO
    id_column: str | None = None


class CampaignColumns:
    """The columns of one file by what they mean, and what there is to say about its rows."""

    def __init__(self, file: KeyedFile, flag: str, reading: CampaignReading, needed: frozenset[str]) -> None:
        self.file = file
        self.flag = flag
        self.reading = reading
        self.date_position = self._one(_DATE_HEADINGS, "date")
        self._used: dict[str, int] = {"campaign": file.id_position}
        self._needed = needed
        self._notes: list[Note] = []

    def customers(self) -> pl.Series | None:
        """String customer_id of each row; None without such a column."""
        named = self.reading.id_column
        found = [i for i, name in enumerate(self.file.header) if name == named and i != self.file.id_position]
        position = found[0] if found else self._one(_CUSTOMER_HEADINGS, "customer_id")
        if position is None:
            return None
        self._used["customer_id"] = position
        return ids_of(self.file, position).alias("customer_id")

    def dates(self) -> pl.Series:
        """Date of each row; null throughout without such a column."""
        if self.date_position is None:
            return pl.Series("date", [None] * self.file.frame.height, dtype=pl.Date)
        self._used["date"] = self.date_position
        return dates_of(self.file, self.date_position, self.reading.options).alias("date")

    def amounts(self, what: str) -> pl.Series:
        """Money of each row.

        Raises:
            InputError: no column holds it, or several could.
        """
        position = self._one(_AMOUNT_HEADINGS[what], "amount")
        if position is None:
            raise InputError(
                f"{self.file.label} ({self.flag}): no column looks like the amount of each {what}",
                extent=f"Its columns: {', '.join(map(repr, self.file.header))}",
                remedy="Call it 'amount'.",
            )
        self._used["amount"] = position
        return money_of(self.file, position, self.reading.options)

    def require_one_currency(self) -> None:
        """Raise InputError when a column of currencies holds several: such amounts are never added up."""
        for position in self.file.find(FOLDED_ALIASES["currency"]):
            seen = self.file.text(position).drop_nulls().unique().sort()
            if len(seen) > 1:
                raise InputError(
                    f"{self.file.label} ({self.flag}) holds amounts in several currencies: {', '.join(seen[:5])}",
                    remedy="Give a file of one currency.",
                )

    def groups(self) -> pl.Series:
        """Boolean is_control of each row, null where the cell says neither; nobody without such a column."""
        position = self._one(_GROUP_HEADINGS, "group")
        if position is None:
            return pl.Series("is_control", [False] * self.file.frame.height, dtype=pl.Boolean)
        self._used["group"] = position
        word = pl.col("word").str.to_lowercase()
        is_control, is_treated = word.is_in(list(_CONTROL_WORDS)), word.is_in(list(_TREATED_WORDS))
        said = self.file.text(position).to_frame("word")
        return said.select(is_control=pl.when(is_control | is_treated).then(is_control)).to_series()

    def usable(self, frame: pl.DataFrame, is_usable: pl.Expr) -> pl.DataFrame:
        """The rows of the time observed that can be used; what is left out is told, or too much.

        Raises:
            InputError: more rows cannot be used than the run allows.
        """
        in_time = frame.filter(~self._is_out_of_time())
        outside = frame.height - in_time.height
        if outside:
            text = f"{self.file.label}: {counted(outside, 'row')} outside the time observed left out"
            self._notes.append(info("campaign_out_of_time", text))
        usable = in_time.filter(is_usable)
        self._notes += self._unusable(in_time.filter(~is_usable)["line"], in_time.height)
        return usable

    def said(self) -> tuple[Note, ...]:
        """How the file was read, and what was left out."""
        mapped = ", ".join(f"{name} ← {self.file.header[position]!r}" for name, position in self._used.items())
        return (info("campaign_columns", f"{self.file.label}: {mapped}"), *self.file.notes, *self._notes)

    def _is_out_of_time(self) -> pl.Expr:
        since = self.reading.options.since
        late = pl.col("date") > self.reading.as_of
        return (late if since is None else late | (pl.col("date") < since)).fill_null(value=False)

    def _unusable(self, lines: pl.Series, rows: int) -> Iterator[Note]:
        if lines.is_empty():
            return
        options = self.reading.options
        kinds = [f"{name} ({self.file.header[at]!r})" for name, at in self._used.items() if name in self._needed]
        text = (
            f"{self.file.label} ({self.flag}): {len(lines):,} of {rows:,} rows have no readable "
            f"{' or '.join(kinds)}, first line {int(lines.sort()[0])}"
        )
        if options.strict or len(lines) > options.max_bad.allowed(rows):
            raise InputError(text, remedy="Repair the file, or accept more with --max-bad.")
        yield warning("campaign_unreadable", f"{text}; they are left out")

    def _one(self, aliases: frozenset[str], canonical: str) -> int | None:
        """The column of a meaning: the one called like it, else the only one whose heading means it."""
        found = self.file.find(frozenset({fold(canonical)})) or self.file.find(aliases)
        if len(found) > 1:
            names = ", ".join(repr(self.file.header[i]) for i in found)
            raise InputError(
                f"{self.file.label} ({self.flag}): {len(found)} columns could be the {canonical}: {names}",
                remedy=f"Call the right one {canonical!r}, or the others otherwise.",
            )
        return found[0] if found else None
