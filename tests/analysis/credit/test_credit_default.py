"""The chance of a bad outcome: estimated where there are enough of them, and never from what came later."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from ledgers import ledger_of

from crmcli.analysis.credit.analyse import analyse
from crmcli.analysis.credit.default_model import EXPERT, EXPERT_RATES, MODEL, bad_days, default_rates
from crmcli.analysis.credit.features import customer_features
from crmcli.analysis.credit.options import CreditOptions

if TYPE_CHECKING:
    from crmcli.invoices.ledger import CreditLedger

START = dt.date(2021, 1, 4)
END = dt.date(2023, 12, 31)


@cache
def _failing(customers: int) -> CreditLedger:
    """Three years of monthly invoices; a customer fails with a chance that rises with how late it pays."""
    rng = np.random.default_rng(11)
    rows = ["invoice_id,customer_id,invoice_date,due_date,amount,paid_date"]
    for number in range(customers):
        late = float(rng.gamma(2.0, 8.0))
        fails = rng.exponential(2_000 / (1 + late / 3)) if late > 8 else 10_000
        for month in range(36):
            day = START + dt.timedelta(days=30 * month + int(rng.integers(0, 10)))
            if (day - START).days > fails + 60:
                break
            due = day + dt.timedelta(days=30)
            paid = due + dt.timedelta(days=max(-20, round(late + rng.normal(0, 6))))
            known = (paid - START).days < fails and paid <= END
            amount = 100 + int(rng.integers(0, 400))
            rows.append(f"I{number}-{month},c{number:03d},{day},{due},{amount},{paid if known else ''}")
    return ledger_of("\n".join(rows) + "\n", as_of=END)


def test_a_model_where_there_are_enough_bad_outcomes() -> None:
    ledger = _failing(400)
    features = customer_features(ledger)
    rates = default_rates(ledger, features, 1)
    assert rates.source == MODEL
    assert rates.bad >= 50
    assert rates.chances is not None
    assert rates.auc is not None
    assert rates.auc > 0.6
    chances = rates.chances["pd"]
    assert 0 < float(str(chances.min())) < float(str(chances.max())) < 1
    slow = features.join(rates.chances, on="customer_id").filter(pl.col("payments") > 10).sort("mean_delay")
    assert slow["pd"].tail(20).mean() > slow["pd"].head(20).mean()  # type: ignore[operator]


def test_the_view_says_where_the_chance_comes_from() -> None:
    few = analyse(_failing(40), CreditOptions(views={"customers"})).tables["customers"]
    assert few["pd_source"].unique().to_list() == [EXPERT]
    assert set(few["pd"].unique()) <= set(EXPERT_RATES.values())
    many = analyse(_failing(400), CreditOptions(views={"customers"}))
    assert many.tables["customers"]["pd_source"].unique().to_list() == [MODEL]
    assert {note.code for note in many.notes} & {"pd_model"}


def test_bad_days_are_losses_and_ninety_days_overdue() -> None:
    rows = (
        "invoice_id,customer_id,invoice_date,due_date,amount,doc_type,reference\n"
        "I1,a,2024-01-01,2024-01-31,10,invoice,\nI2,b,2024-01-01,2024-01-31,10,invoice,\n"
        "W,b,2024-02-10,,-10,write_off,I2\nI3,c,2024-01-01,2024-01-31,10,invoice,\n"
    )
    ledger = ledger_of(rows, "invoice_id,date,amount\nI3,2024-04-30,10\n", dt.date(2024, 6, 1))
    found = bad_days(ledger).rows()
    assert found == [("a", dt.date(2024, 5, 1)), ("b", dt.date(2024, 2, 10))]


def test_whoever_is_in_default_has_grade_e_and_no_limit() -> None:
    rows = "invoice_id,customer_id,invoice_date,due_date,amount,paid_date\n" + "".join(
        f"I{n},a,2024-{n:02d}-01,2024-{n:02d}-28,100,{'' if n > 6 else f'2024-{n:02d}-27'}\n" for n in range(1, 9)
    )
    tables = analyse(ledger_of(rows, as_of=dt.date(2024, 12, 31)), CreditOptions()).tables
    (customer,) = tables["customers"].to_dicts()
    assert (customer["grade"], customer["pd"]) == ("E", 0.25)
    assert customer["reasons"].startswith("in_default")
    (limit,) = tables["limits"].to_dicts()
    assert (limit["limit"], limit["hold"]) == (0, "yes")
    assert "overdue" in limit["hold_reason"]
