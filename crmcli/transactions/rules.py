"""Named rules that look at one row alone. Rules that need a date of observation or a customer are applied later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection

NO_SALE_STATUSES = frozenset(
    {
        *("cancelled", "canceled", "cancelled order", "failed", "failure", "declined", "void", "voided", "expired"),
        *("payment failed", "denied", "rejected", "abandoned", "deleted", "test", "test order", "draft", "trash"),
        *("storniert", "abgebrochen", "annulé", "annulée", "annullato", "cancelado", "anulado"),
        *("已取消", "取消", "订单取消", "交易关闭", "已关闭", "失败", "支付失败", "作废", "已作废", "测试", "测试订单"),
    }
)
"""Values of `status`, folded to lower case, that mean that nothing was sold."""


_SHOP_PREFIX = "^wc-"
"""WooCommerce keeps its statuses as wc-cancelled, and some exports write them so."""

DOUBTFUL_STATUS = (
    r"(?i)refund|cancel|fail|charge.?back|revers|void|reject|denied|unpaid|storn|annul|退款|取消|关闭|失败"
)
"""What the name of a status that still counts as a sale should not hold."""


def is_no_sale(status: pl.Expr) -> pl.Expr:
    """True where the status says cancelled, failed, voided or test (case and surrounding blanks do not matter)."""
    return holds(status, NO_SALE_STATUSES)


def holds(text: pl.Expr, values: Collection[str]) -> pl.Expr:
    """True where a text is one of some values, compared as statuses are; without values, where it is not blank."""
    folded = text.str.strip_chars().str.to_lowercase().str.replace(_SHOP_PREFIX, "").str.replace_all("[_-]", " ")
    if not values:
        return (folded != "").fill_null(value=False)
    return folded.is_in(sorted({_folded(value) for value in values})).fill_null(value=False)


def _folded(value: str) -> str:
    return re.sub("[_-]", " ", re.sub(_SHOP_PREFIX, "", value.strip().lower()))


def is_no_price(unit_price: pl.Expr) -> pl.Expr:
    """True where a mapped unit price is zero or negative: gifts, write-offs and adjustments, not sales."""
    return (unit_price <= 0).fill_null(value=False)


def is_refund(amount: pl.Expr, quantity: pl.Expr | None) -> pl.Expr:
    """True where money went back: a negative amount, or a negative quantity.

    A cancellation id (`C` and digits) counts only together with one of these, so it adds nothing here.
    """
    negative = amount < 0
    return negative if quantity is None else negative | (quantity < 0).fill_null(value=False)


def signed_by(amount: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    """The amount, negative where the quantity is: a return written without its sign lowers money too."""
    returned = (quantity < 0).fill_null(value=False) & (amount > 0)
    return pl.when(returned).then(-amount).otherwise(amount)
