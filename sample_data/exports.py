"""The last half year of transactions once more, as other systems export it: encodings, marks, line ends, compression.

Every file holds the rows of `clean.csv`, so that whatever is computed from one is what the clean file gives. The
README says what each is like, and which option (if any) it needs.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from writers import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SINCE = "2025-07-01"
COLUMNS = (
    "order_id", "date", "customer_id", "product", "quantity", "unit_price", "cost", "channel", "status",
)  # fmt: skip

CHINESE = {
    "order_id": "订单编号",
    "date": "下单日期",
    "customer_id": "会员编号",
    "product": "商品",
    "quantity": "数量",
    "unit_price": "单价",
    "cost": "成本",
    "channel": "渠道",
    "status": "订单状态",
    "web": "网店",
    "shop": "门店",
    "phone": "电话",
    "partner": "经销商",
    "completed": "交易成功",
    "cancelled": "已取消",
    "failed": "支付失败",
    "test": "测试订单",
}
"""Headings, channels and statuses; product names stay as they are."""


def _as_it_is(text: str) -> str:
    return text


def _day_first(mark: str) -> Callable[[str], str]:
    return lambda date: mark.join(reversed(date.split("-")))


def _decimal_comma(money: str) -> str:
    return money.replace(".", ",")


@dataclass(frozen=True, slots=True)
class Export:
    """How one system writes: its encoding and mark, its separator and line end, its cells by column."""

    encoding: str = "utf-8"
    mark: bytes = b""
    separator: str = ","
    line_end: str = "\n"
    cells: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    compressed: bool = False

    def content(self, table: Table) -> bytes:
        """A table as the bytes of a file."""
        writers = [self.cells.get(name, _as_it_is) for name in table.header]
        lines = [table.header, *([write(cell) for write, cell in zip(writers, row, strict=True)] for row in table.rows)]
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.separator, lineterminator=self.line_end)
        writer.writerows([self.words.get(cell, cell) for cell in line] for line in lines)
        content = self.mark + text.getvalue().encode(self.encoding)
        return gzip.compress(content, mtime=0) if self.compressed else content


EXPORTS: dict[str, Export] = {
    "clean.csv": Export(),
    "gbk.csv": Export(encoding="gbk", line_end="\r\n", cells={"date": _day_first("/")}, words=CHINESE),
    "semicolon.csv": Export(
        mark=codecs.BOM_UTF8,
        separator=";",
        line_end="\r\n",
        cells={"date": _day_first("."), "unit_price": _decimal_comma, "cost": _decimal_comma},
    ),
    "utf16.txt": Export(encoding="utf-16-le", mark=codecs.BOM_UTF16_LE, separator="\t", line_end="\r\n"),
    "packed.csv.gz": Export(compressed=True),
    "cr.csv": Export(line_end="\r"),
}


def last_half_year(transactions: Table) -> Table:
    """The rows from `SINCE` on, with the columns that such exports have."""
    places = [transactions.header.index(name) for name in COLUMNS]
    date = transactions.header.index("date")
    rows = tuple(tuple(row[place] for place in places) for row in transactions.rows if row[date] >= SINCE)
    return Table(COLUMNS, rows)
