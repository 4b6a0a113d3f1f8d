"""`crmcli credit` on the published accounts-receivable sample, from the file to the numbers, without options."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import crmcli

if TYPE_CHECKING:
    from command import Outcome

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LEDGER = DATA / "ibm_accounts_receivable.csv"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]


@cache
def run(*arguments: str | Path) -> Outcome:
    outcome = crmcli("credit", *arguments)
    assert outcome.code == 0, outcome.stderr
    return outcome


def rows(view: str, *arguments: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(run(LEDGER, "--view", view, *arguments).table)))


def kpi(name: str, *arguments: str) -> float:
    (value,) = [row["value"] for row in rows("kpis", *arguments) if row["measure"] == name]
    return float(value)


def fact(name: str, *arguments: str) -> float:
    document = json.loads(run(LEDGER, "-o", "/dev/null", "-f", "csv", "--facts", "-", *arguments).table)
    return float(document["facts"][name]["value"])


def total(column: str, *arguments: str) -> float:
    return round(sum(float(row[column]) for row in rows("aging", *arguments)), 2)


def test_the_file_needs_no_option_and_says_that_nothing_is_open() -> None:
    outcome = run(LEDGER)
    assert "Nothing is open on 2014-01-09" in outcome.stderr
    assert "warning" not in outcome.stderr
    assert len(outcome.table.splitlines()) == 101


def test_late_invoices_and_days_beyond_terms() -> None:
    assert kpi("late_invoices") == 877
    assert fact("invoices") == 2_466
    assert kpi("dbt") == pytest.approx(3.571, abs=5e-4)
    assert kpi("dbt", "--as-of", "2015-01-01") == pytest.approx(3.571, abs=5e-4)


JUNE = ("--as-of", "2013-06-30")


def test_the_ageing_of_june_2013() -> None:
    assert (total("outstanding", *JUNE), total("not_due", *JUNE), total("d1_30", *JUNE)) == (5_119.85, 4_284.29, 835.56)
    assert fact("open_items", *JUNE) == 84
    outcome = run(LEDGER, *JUNE, "-f", "table")
    assert "buckets 5,119.85 + unapplied 0.00 = 5,119.85" in outcome.table


def test_the_key_figures_of_june_2013() -> None:
    assert kpi("credit_sales", *JUNE) == pytest.approx(19_903.70)
    assert kpi("dso", *JUNE) == pytest.approx(23.15, abs=0.005)
    assert kpi("best_possible_dso", *JUNE) == pytest.approx(19.37, abs=0.005)
    assert kpi("average_days_delinquent", *JUNE) == pytest.approx(3.78, abs=0.005)
    assert kpi("cei", *JUNE) == pytest.approx(0.9015, abs=5e-5)
    assert kpi("receivables", "--as-of", "2013-05-31") == pytest.approx(6_918.35)
    (june,) = [row for row in rows("trend", *JUNE) if row["kind"] == "sales" and row["period"] == "2013-06"]
    assert float(june["value"]) == pytest.approx(5_849.59)


def test_the_ageing_of_the_end_of_2012() -> None:
    day = ("--as-of", "2012-12-31")
    assert (total("outstanding", *day), total("not_due", *day), total("d1_30", *day)) == (5_725.06, 4_936.32, 788.74)
    assert (fact("open_items", *day), fact("overdue_items", *day)) == (99, 13)


def test_the_model_of_late_payment_beats_its_baseline_on_later_invoices() -> None:
    assert kpi("late_model_held_out") == 540
    assert kpi("late_model_baseline_auc") == pytest.approx(0.856, abs=5e-4)
    # Pins what this model gives, .868 and .574; the published .869 and .575 do not list their fields, and sets of
    # fields range from .468 to .642 (docs/methods.md). Without country and way of billing: .865 and .512.
    assert kpi("late_model_auc") == pytest.approx(0.868, abs=5e-4)
    assert kpi("late_model_auc") >= 0.86
    assert kpi("late_model_fields_auc") == pytest.approx(0.574, abs=5e-4)


def test_sales_data_is_refused() -> None:
    outcome = crmcli("credit", DATA / "cdnow_master.csv")
    assert outcome.code == 3
    assert "looks like plain sales" in outcome.stderr
