"""Score, grade, reasons, weight of evidence, limits: small cases worked out by hand."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from ledgers import read

from crmcli.analysis.credit.analyse import analyse
from crmcli.analysis.credit.limits import round_down
from crmcli.analysis.credit.options import CreditOptions
from crmcli.analysis.credit.scorecard import PARTS, score
from crmcli.analysis.credit.styles import CONSERVATIVE
from crmcli.analysis.credit.woe import information_value, weights_of_evidence
from crmcli.transactions.options import ReadOptions

GOOD = {"pay_index": 90.0, "on_time_share": 1.0, "written_off_share": 0.0, "worst_days": 0, "dbt_slope": 0.0}
BASE = {"payments": 1_000, "in_default": False, "direction": "→", "exposure_money": 100.0, "need_money": 100.0}


def scored(*customers: dict[str, object]) -> list[dict[str, object]]:
    frame = pl.DataFrame([{"customer_id": f"c{n}", **GOOD, **BASE, **one} for n, one in enumerate(customers)])
    return score(frame).to_dicts()


def test_weight_of_evidence_and_information_value() -> None:
    goods, bads = [800, 150, 50], [20, 30, 50]
    assert weights_of_evidence(goods, bads) == pytest.approx([1.3863, -0.6931, -2.3026], abs=5e-5)
    assert information_value(goods, bads) == pytest.approx(1.972, abs=5e-4)


def test_the_weights_are_those_of_the_method() -> None:
    weights: dict[str, float] = {}
    for part in PARTS:
        weights[part.group] = weights.get(part.group, 0) + part.weight
    assert list(weights.values()) == [35, 20, 10, 15, 10, 10]


def test_a_perfect_payer_without_attributes_is_capped_at_b() -> None:
    (row,) = scored({})
    assert row["score"] == pytest.approx(100, abs=0.01)
    assert (row["coverage"], row["grade"], row["reasons"]) == (0.45, "B", "")


def test_a_single_payment_proves_little() -> None:
    (row,) = scored({"payments": 1})
    assert float(str(row["score"])) < 70
    assert row["reasons"] == "little_history"


def test_known_attributes_lift_the_cap() -> None:
    (row,) = scored({"working_capital": 5_000.0, "net_worth": 9_000.0, "visit_rating": 5.0})
    assert row["coverage"] == pytest.approx(0.72)
    assert row["grade"] == "A"


def test_reasons_name_what_costs_most() -> None:
    late = {"pay_index": 40.0, "on_time_share": 0.1, "direction": "↑", "dbt_slope": 3.0, "visit_rating": 4.0}
    (row,) = scored(late)
    assert row["reasons"] == "pays_late;getting_slower;rarely_on_time"


def test_little_history_is_drawn_to_the_mean() -> None:
    rows = scored({"payments": 1}, {"pay_index": 20.0, "on_time_share": 0.0})
    assert 50 < float(str(rows[0]["score"])) < 75
    assert "little_history" in str(rows[0]["reasons"])


def test_default_is_grade_e_whatever_the_score() -> None:
    (row,) = scored({"in_default": True})
    assert (row["grade"], row["reasons"]) == ("E", "in_default")


@pytest.mark.parametrize(
    ("units", "rounded"), [(0, 0), (-5, 0), (1, 1), (4, 2), (9, 5), (1_999, 1_000), (2_000, 2_000), (5_400, 5_000)]
)
def test_limits_round_down_to_one_two_five(units: int, rounded: int) -> None:
    assert round_down(units) == rounded


def _ledger(customers: str | None = None) -> pl.DataFrame:
    rows, paid = [], []
    for week in range(60):
        day = dt.date(2023, 11, 6) + dt.timedelta(days=7 * week)
        rows.append(f"I{week},a,{day},{day + dt.timedelta(days=30)},1000")
        if week < 54:
            paid.append(f"I{week},{day + dt.timedelta(days=30)},1000")
    invoices = "invoice_id,customer_id,invoice_date,due_date,amount\n" + "\n".join(rows) + "\n"
    reading = ReadOptions(as_of=dt.date(2024, 12, 31))
    ledger, _ = read(invoices, "invoice_id,date,amount\n" + "\n".join(paid) + "\n", customers, reading=reading)
    options = CreditOptions(views={"limits"}, style=CONSERVATIVE)
    return analyse(ledger, options).tables["limits"]


def test_the_need_of_a_weekly_buyer() -> None:
    (row,) = _ledger().to_dicts()
    # 51 invoices of 1,000 in the year, 30 days of credit and 7 until a review, 25 in the last half year after 26 in the
    # one before; five weeks at a time were repaid.
    assert float(row["need"]) == pytest.approx(51_000 / 365 * 37 * 25 / 26, abs=0.01)
    assert row["binding"] == "need"
    assert float(row["proven"]) == 5_000
    assert (float(row["limit"]), row["hold"]) == (2_000, "yes")


def test_net_worth_caps_the_limit() -> None:
    (row,) = _ledger("customer_id,net_worth\na,10000\n").to_dicts()
    assert (float(row["net_worth_cap"]), row["binding"]) == (500, "net_worth_cap")
