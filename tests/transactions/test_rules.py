from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from crmcli.transactions.codes import Rule
from crmcli.transactions.rules import NO_SALE_STATUSES, is_no_price, is_no_sale, is_refund, signed_by

EXACT = pl.Decimal(38, 2)
A, Q = pl.col("amount"), pl.col("quantity")


def values(expression: pl.Expr, **columns: pl.Series) -> list[object]:
    return pl.DataFrame(columns).select(expression.alias("x"))["x"].to_list()


def decimals(*numbers: str | None) -> pl.Series:
    return pl.Series([None if number is None else Decimal(number) for number in numbers], dtype=EXACT)


def no_sale(*statuses: str | None) -> list[object]:
    return values(is_no_sale(pl.col("s")), s=pl.Series(statuses, dtype=pl.String))


class TestStatus:
    @pytest.mark.parametrize(
        "status",
        [
            *("cancelled", "Canceled", " VOID ", "voided", "Failed", "test", "TEST_ORDER", "test-order", "draft"),
            *("已取消", " 交易关闭", "Cancelled Order", "declined", "expired"),
        ],
    )
    def test_nothing_was_sold(self, status: str) -> None:
        assert no_sale(status) == [True]

    @pytest.mark.parametrize(
        "status",
        [
            *(
                "",
                "paid",
                "Completed",
                "refunded",
                "pending",
                "shipped",
                "not cancelled",
                "tested",
                "contest",
                "已完成",
            ),
            *("cancelled?", "can celled"),
        ],
    )
    def test_something_was_or_may_have_been(self, status: str) -> None:
        assert no_sale(status) == [False]

    def test_no_status_is_a_sale(self) -> None:
        assert no_sale(None, "void") == [False, True]

    def test_the_list_is_folded_as_values_are(self) -> None:
        assert no_sale(*NO_SALE_STATUSES) == [True] * len(NO_SALE_STATUSES)


class TestMoney:
    def test_no_price(self) -> None:
        assert values(is_no_price(A), amount=decimals("0", "-0.01", "0.01", None)) == [True, True, False, False]

    def test_a_refund_is_a_negative_amount(self) -> None:
        assert values(is_refund(A, None), amount=decimals("-0.01", "0", "5", None)) == [True, False, False, None]

    def test_or_a_negative_quantity(self) -> None:
        columns = {"amount": decimals("5", "-5", "0", "5", "-5"), "quantity": decimals("-1", "1", "-1", None, None)}
        assert values(is_refund(A, Q), **columns) == [True, True, True, False, True]

    def test_a_return_without_its_sign_lowers_money(self) -> None:
        columns = {"amount": decimals("5", "-5", "0", "5", "5"), "quantity": decimals("-1", "-1", "-1", "1", None)}
        expected = [Decimal(n) for n in ("-5.00", "-5.00", "0.00", "5.00", "5.00")]
        assert values(signed_by(A, Q), **columns) == expected


def test_rules_claim_rows_in_their_documented_order() -> None:
    order = ["after_as_of", "before_since", "where", "status", "no_customer", "no_price", "refund_only"]
    assert [rule.label for rule in sorted(Rule)] == order
