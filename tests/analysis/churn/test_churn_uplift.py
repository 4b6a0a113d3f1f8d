from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from churn_cases import of_lines, shop

from crmcli.analysis.churn.options import ChurnOptions, Treatment
from crmcli.analysis.churn.uplift import (
    Trial,
    check_random,
    gains,
    predicted_uplift,
    qini,
    trial,
    uplift_of,
    uplift_table,
)
from crmcli.customers.attributes import Attributes
from crmcli.errors import TooLittleDataError, UsageError

WHEN = dt.date(2024, 9, 1)
END = dt.date(2025, 2, 1)


def planted(size: int, effect: float, seed: int = 0, *, biased: bool = False) -> Trial:
    """Treatment helps where the first of two features is high, by `effect` on the log-odds."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(size, 2))
    treated = rng.random(size) < (1 / (1 + np.exp(-2 * x[:, 1])) if biased else 0.5)
    logit = -0.5 + 0.5 * x[:, 1] + effect * treated * x[:, 0]
    return Trial(x, treated, rng.random(size) < 1 / (1 + np.exp(-logit)))


def test_gains_by_hand() -> None:
    treated = np.array([True, False, True, False])
    bought = np.array([True, False, True, True])
    # After two: one of one treated, none of one other. After four: two of two, and one of two.
    assert gains(treated, bought).tolist() == [0.5, 0.5, 1.0, 0.5]


def test_planted_uplift_is_found_and_ranked() -> None:
    found = planted(6000, 1.5)
    uplift = predicted_uplift(found)
    assert np.corrcoef(uplift, found.x[:, 0])[0, 1] > 0.9
    area = qini(uplift, found)
    assert area.low > 0.02
    assert area.low < area.value < area.high
    table = uplift_table(uplift, found)
    assert table["uplift"][0] > 0.3
    assert table["uplift"][-1] < -0.2
    assert table.select(pl.col("treated", "control").sum()).row(0) == (found.treated.sum(), (~found.treated).sum())


def test_without_an_effect_the_qini_interval_holds_nought() -> None:
    found = planted(4000, 0.0, 3)
    area = qini(predicted_uplift(found), found)
    assert area.low < 0 < area.high


def test_a_draw_that_the_past_explains_is_refused() -> None:
    assert check_random(planted(3000, 1.0)) == ()
    with pytest.raises(UsageError, match="not drawn at random"):
        check_random(planted(3000, 1.0, biased=True))


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    return shop(900, 397, 8)


def attributes(lines: pl.DataFrame, values: list[object]) -> Attributes:
    ids = lines["customer_id"].unique().sort()
    picked = [values[number % len(values)] for number in range(len(ids))]
    return Attributes("customers.csv", pl.DataFrame({"customer_id": ids, "group": picked}, strict=False))


def test_a_campaign_of_the_file(lines: pl.DataFrame) -> None:
    options = ChurnOptions(
        customers=attributes(lines, ["treated", "control", None]), treatment=Treatment("group", WHEN)
    )
    assert options.treatment is not None
    table, notes, facts = uplift_of(of_lines(lines, END), options, options.treatment)
    assert table.height == 10
    assert {fact.name for fact in facts} == {"uplift", "uplift_low", "uplift_high", "qini", "qini_low", "qini_high"}
    assert [note.code for note in notes][-1] == "churn_qini"
    again = uplift_of(of_lines(lines, END), options, options.treatment)
    assert table.equals(again[0])


def test_refusals(lines: pl.DataFrame) -> None:
    summary = of_lines(lines, END)
    good = attributes(lines, [1.0, 0.0])
    with pytest.raises(TooLittleDataError, match="fewer than the horizon"):
        trial(summary, good, Treatment("group", END - dt.timedelta(days=10)), 90)
    with pytest.raises(UsageError, match="no such column"):
        trial(summary, good, Treatment("arm", WHEN), 90)
    with pytest.raises(UsageError, match="neither treated nor not"):
        trial(summary, attributes(lines, ["maybe", "no"]), Treatment("group", WHEN), 90)
    with pytest.raises(TooLittleDataError, match="Of the 0 not treated"):
        trial(summary, attributes(lines, [1.0]), Treatment("group", WHEN), 90)
    with pytest.raises(UsageError, match="needs a file"):
        uplift_of(summary, replace(ChurnOptions(), treatment=Treatment("group", WHEN)), Treatment("group", WHEN))
