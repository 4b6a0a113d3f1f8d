from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from crmcli.analysis.conform import column_type, conform, view_schema
from crmcli.analysis.views import Column, Kind, View
from crmcli.errors import InternalError

VIEW = View(
    "people",
    "People",
    "One row per customer.",
    (
        Column("customer_id", Kind.ID, "Who."),
        Column("spent", Kind.MONEY, "How much.", "money"),
        Column("share", Kind.SHARE, "Which part.", "of 1"),
        Column("orders", Kind.INTEGER, "How often.", "orders"),
    ),
    key=("customer_id",),
)


def computed() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "orders": pl.Series([2, 1], dtype=pl.UInt32),
            "helper": ["x", "y"],
            "customer_id": ["b", "a"],
            "share": pl.Series([0.5, None], dtype=pl.Float32),
            "spent": pl.Series([Decimal("1.5"), Decimal(2)], dtype=pl.Decimal(10, 1)),
        }
    )


def test_columns_order_types_and_sorting_follow_the_declaration() -> None:
    frame = conform(computed(), VIEW, 3)
    assert frame.schema == view_schema(VIEW, 3)
    assert frame.rows() == [("a", Decimal("2.000"), None, 1), ("b", Decimal("1.500"), 0.5, 2)]


def test_without_a_key_rows_stay_as_computed() -> None:
    unsorted = View(VIEW.name, VIEW.title, VIEW.meaning, VIEW.columns)
    assert conform(computed(), unsorted, 2)["customer_id"].to_list() == ["b", "a"]


def test_several_key_columns_sort_together() -> None:
    by_two = View(VIEW.name, VIEW.title, VIEW.meaning, VIEW.columns, key=("orders", "customer_id"))
    assert conform(computed(), by_two, 2)["customer_id"].to_list() == ["a", "b"]


def test_a_missing_column_is_our_own_mistake() -> None:
    with pytest.raises(InternalError) as raised:
        conform(computed().drop("spent", "share"), VIEW, 2)
    assert raised.value.problem == "View 'people' lacks spent, share."


def test_every_kind_has_a_type() -> None:
    assert column_type(Kind.MONEY, 4) == pl.Decimal(38, 4)
    assert all(column_type(kind, 2) for kind in Kind)
