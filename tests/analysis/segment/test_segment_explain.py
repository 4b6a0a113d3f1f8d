"""One customer from orders to segment: every figure is the one that the tables hold."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest
from movement_cases import bought

from crmcli.analysis.segment.analyse import analyse
from crmcli.analysis.segment.explain_id import unknown_customer
from crmcli.analysis.segment.movement_options import MovementOptions
from crmcli.analysis.segment.options import SegmentOptions
from crmcli.errors import UsageError

if TYPE_CHECKING:
    from crmcli.analysis.result import Result

MONTHLY = {
    f"c{number:03d}": [
        ("2024-01-01", "10"),
        *((f"2024-{month:02d}-15", "20.50") for month in range(2, 2 + number % 9)),
    ]
    for number in range(30)
}
SHOP = bought(
    MONTHLY | {"quiet": [("2024-01-02", "99"), ("2024-01-20", "1"), ("2024-02-01", "-30")]},
    "2024-10-31",
)


def explained(customer: str, compare_to: str | None = None, **options: object) -> Result:
    date = None if compare_to is None else dt.date.fromisoformat(compare_to)
    movement = MovementOptions(explain=customer, compare_to=date, **options)  # type: ignore[arg-type]
    return analyse(SHOP, SegmentOptions(views=frozenset({"explain", "customers"}), movement=movement))


def steps(result: Result) -> dict[tuple[str, str], str]:
    return {(step, item): value for step, item, value in result.tables["explain"].iter_rows()}


def test_the_way_from_orders_to_segment() -> None:
    result = explained("quiet")
    found = steps(result)
    row = result.tables["customers"].row(by_predicate=pl.col("customer_id") == "quiet", named=True)
    assert found["orders", "first order"] == "2024-01-02, 303 days before 2024-10-31"
    assert found["orders", "last order"] == "2024-01-20, 285 days before 2024-10-31"
    assert found["orders", "orders"] == "2"
    assert found["orders", "money"] == "70.00 net of refunds, of which refunds -30.00"
    assert found["orders", "on 2024-02-01"] == "no new order, -30.00"
    assert found["orders", "on 2024-01-20"] == "1 order, 1.00"
    assert found["scores", "recency_days"] == "285"
    assert found["scores", "r_score"].startswith(f"{row['r_score']}: ")
    assert found["segment", "cell"] == f"R{row['r_score']} F{row['f_score']} M{row['m_score']}"
    assert found["segment", "segment"] == row["segment"]
    assert found["stage", "stage"] == f"{row['stage']}, by the rule {row['stage_rule']}"
    assert found["loyalty", "index"].startswith(f"{row['loyalty_index']:.1f} of 100")
    assert found["value", "class"] == row["class"]
    assert found["change", "since"] == "not asked for (--compare-to DATE)"
    assert found["suggestion", f"segment {row['segment']}: action"]


def test_steps_come_in_the_order_of_the_way() -> None:
    order = explained("quiet", "2024-05-31").tables["explain"]["step"].unique(maintain_order=True).to_list()
    assert order == ["orders", "scores", "segment", "value", "stage", "loyalty", "change", "suggestion"]


def test_limits_name_the_score_and_the_next_better_one() -> None:
    """Of 31, three were last seen 46 days ago and three 77; their middle rank still lies in the best fifth.

    Four have one order and five two: 5·4 ÷ 31 is below 1, 5·9 ÷ 31 above, so that three orders are needed for a 2.
    """
    found = steps(explained("c008"))
    assert found["scores", "f_score"] == "5: at least 8"
    assert found["scores", "r_score"] == "5: at most 77"
    low = steps(explained("c000"))
    assert low["scores", "f_score"] == "1: below the others; 2 takes at least 3"


def test_a_change_is_told_with_its_cause() -> None:
    found = steps(explained("quiet", "2024-01-31"))
    assert found["change", "since"] == "2024-01-31"
    assert found["change", "recency_days"] == "11 then, 285 now"
    assert found["change", "verdict"].startswith("own behaviour")
    assert "R " in found["change", "verdict"]
    assert found["change", "segment then"] != found["change", "segment now, thresholds of then"]


def test_a_new_customer_has_no_before() -> None:
    late = bought({"old": [("2024-01-01", "5")], "new": [("2024-06-01", "5")]}, "2024-06-30")
    movement = MovementOptions(explain="new", compare_to=dt.date(2024, 5, 1))
    result = analyse(late, SegmentOptions(views=frozenset({"explain"}), movement=movement))
    assert steps(result)["change", "verdict"] == "new: the first order came on 2024-06-01"


def test_suggestions_come_in_the_language_asked_for() -> None:
    texts = [value for (step, _), value in steps(explained("quiet", language="zh")).items() if step == "suggestion"]
    assert texts
    assert all(any("\u4e00" <= character <= "\u9fff" for character in text) for text in texts)


def test_ties_are_told() -> None:
    found = steps(explained("c001"))
    assert "level with" in found["value", "rank"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [("c08", "or 'c008'?"), ("C008", "Did you mean 'c008'?"), ("quite", "Did you mean 'quiet'?")],
)
def test_an_unknown_id_names_the_nearest(given: str, meant: str) -> None:
    with pytest.raises(UsageError) as raised:
        explained(given)
    assert repr(given) in raised.value.problem
    assert meant in (raised.value.remedy or "")


def test_zeros_and_blanks_that_got_lost_are_found_among_a_million() -> None:
    ids = pl.Series([f"{number:08d}" for number in range(1_000_000)])
    assert unknown_customer("4711", ids).remedy == "Did you mean '00004711'?"
    assert unknown_customer("00471100x", ids).remedy is not None
    assert unknown_customer("?", ids).remedy == "Ids look like '00000000'."
