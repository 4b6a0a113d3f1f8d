"""Contracts: the published retention projections and lifetimes, tenures by the calendar, and files of contracts."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

import polars as pl
import pytest
from clv_data import DATA, needs_data

from crmcli.analysis.clv.contract_tables import ContractOptions, years
from crmcli.analysis.clv.contractual import value_contracts
from crmcli.analysis.clv.horizon import Span
from crmcli.analysis.clv.tenures import tenures
from crmcli.customers.contracts import read_contracts
from crmcli.errors import InputError, TooLittleDataError, UsageError
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.analysis.result import Result
    from crmcli.customers.contracts import Contracts

A_YEAR = Span(1, "y")
OPTIONS = ContractOptions(period=A_YEAR, horizon=A_YEAR, holdout=Span(5, "y"))


def measure(result: Result, name: str) -> float:
    value: float = result.tables["summary"].filter(measure=name)["value"].item()
    return value


def read(text: str, tmp_path: Path, **mapping: str) -> Contracts:
    path = tmp_path / "contracts.csv"
    path.write_text(text, encoding="utf-8")
    return read_contracts([str(path)], ReadOptions(mapping=mapping), stdin=io.BytesIO())


class TestPublished:
    pytestmark = needs_data

    def retention(self, options: ContractOptions = OPTIONS) -> Result:
        contracts = read_contracts([str(DATA / "sbg_retention.csv")], ReadOptions(), stdin=io.BytesIO())
        return value_contracts(contracts, options)

    @pytest.mark.parametrize(
        ("segment", "forecast"),
        [
            ("Regular", (0.2201, 0.2044, 0.1912, 0.1799, 0.1700)),
            ("High End", (0.4604, 0.4358, 0.4142, 0.3951, 0.3780)),
        ],
    )
    def test_survival_beyond_the_fitted_years(self, segment: str, forecast: tuple[float, ...]) -> None:
        table = self.retention().tables["retention"].filter(segment=segment)
        later = table.filter(pl.col("period").is_between(8, 12))
        assert later["expected"].to_list() == pytest.approx(forecast, abs=6e-5)
        assert later["projected"].all()
        assert not table.filter(pl.col("period") <= 7)["projected"].any()

    def test_discounted_lifetimes(self) -> None:
        result = self.retention()
        assert measure(result, "lifetime (Regular)") == pytest.approx(3.6949, abs=6e-5)
        assert measure(result, "lifetime (High End)") == pytest.approx(5.9223, abs=6e-5)

    def test_value_is_lifetime_times_margin(self) -> None:
        options = ContractOptions(period=A_YEAR, horizon=A_YEAR, holdout=Span(5, "y"), margin=100.0)
        result = self.retention(options)
        assert measure(result, "value_of_a_new_customer (Regular)") == pytest.approx(369.49, abs=6e-3)

    def test_intervals_hold_their_estimates(self) -> None:
        table = self.retention().tables["retention"].filter(pl.col("period") > 0)
        assert (table["expected_low"] < table["expected"]).all()
        assert (table["expected"] < table["expected_high"]).all()

    def test_donations(self) -> None:
        contracts = read_contracts([str(DATA / "donations_bgbb.csv")], ReadOptions(), stdin=io.BytesIO())
        result = value_contracts(contracts, ContractOptions(period=A_YEAR, horizon=Span(5, "y")))
        assert measure(result, "expected_purchases") == pytest.approx(12884.2, rel=1e-4)
        assert measure(result, "customers") == 11104
        estimates = result.tables["parameters"]["estimate"].to_list()
        assert estimates == pytest.approx([1.2035, 0.7497, 0.6567, 2.7834], rel=1e-3)
        assert result.tables["models"]["log_likelihood"].item() == pytest.approx(-33225.581, abs=1e-3)


@pytest.mark.parametrize(
    ("start", "end", "period", "expected"),
    [
        ("2020-01-01", None, "1y", (3, False)),
        ("2020-01-01", "2020-12-31", "1y", (1, True)),
        ("2020-01-01", "2021-01-01", "1y", (1, True)),
        ("2020-01-01", "2021-01-02", "1y", (2, True)),
        ("2020-01-01", "2020-01-01", "1y", (1, True)),
        ("2022-07-01", "2022-12-01", "1y", (0, False)),
        ("2023-03-15", None, "1y", (0, False)),
        ("2020-01-31", None, "1m", (37, False)),
        ("2022-11-30", "2023-02-28", "1m", (3, True)),
        ("2022-11-30", "2023-02-27", "1m", (3, True)),
        ("2023-03-01", "2023-03-20", "1w", (3, True)),
        ("2023-03-01", "2030-01-01", "1w", (3, False)),
    ],
)
def test_tenures_count_renewals_by_the_calendar(
    start: str, end: str | None, period: str, expected: tuple[int, bool]
) -> None:
    spans = pl.DataFrame(
        {"start": [dt.date.fromisoformat(start)], "end": [end and dt.date.fromisoformat(end)]},
        schema={"start": pl.Date, "end": pl.Date},
    )
    found = tenures(spans, Span.parse(period, "--period"), dt.date(2023, 3, 22))
    assert found.select("periods", "lost").row(0) == expected


def test_contracts_that_start_later_are_left_out() -> None:
    spans = pl.DataFrame({"start": [dt.date(2024, 1, 1)], "end": [None]}, schema={"start": pl.Date, "end": pl.Date})
    assert tenures(spans, A_YEAR, dt.date(2023, 1, 1)).is_empty()


def test_start_and_end_make_survivors(tmp_path: Path) -> None:
    rows = [f"c{i},{2015 + i % 3}-01-01,{'' if i % 4 else f'{2017 + i % 3}-06-01'}" for i in range(40)]
    contracts = read("id,start date,end date\n" + "\n".join(rows) + "\n", tmp_path)
    options = ContractOptions(period=A_YEAR, horizon=A_YEAR, as_of=dt.date(2021, 1, 1))
    table = value_contracts(contracts, options).tables["retention"]
    assert table["customers"][0] == 40
    assert table["observed"].to_list()[:5] == [1.0, 1.0, 1.0, 0.75, 0.75]


def test_those_still_there_are_worth_what_is_left_at_their_own_tenure(tmp_path: Path) -> None:
    rows = [f"{2015 + i % 3}-01-01,{'' if i % 4 else f'{2017 + i % 3}-06-01'}" for i in range(36)]
    rows += ["2020-09-01,"] * 5
    contracts = read("start,end\n" + "\n".join(rows) + "\n", tmp_path)
    options = ContractOptions(period=A_YEAR, horizon=A_YEAR, as_of=dt.date(2021, 3, 1), margin=10.0)
    result = value_contracts(contracts, options)
    ahead = dict(result.tables["retention"].select("period", "residual_lifetime").iter_rows())
    expected = (9 * ahead[7] + 9 * ahead[6] + 9 * ahead[5] + 5 * ahead[1]) / 32
    assert measure(result, "customers") == 41
    assert measure(result, "customers_left") == 32
    assert measure(result, "residual_lifetime_of_survivors") == pytest.approx(expected)
    assert measure(result, "residual_value_of_survivors") == pytest.approx(320 * expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("period,survivors\n0,100\n1,110\n", "rise at period 1"),
        ("period,survivors\n0,100\n2,80\n", "without a gap"),
        ("period,survivors\n0,100\n0,80\n", "stands twice"),
        ("period,survivors\n0,100\n1,-3\n", "not negative"),
        ("period,survivors\n0,100\n1,x\n", "survivors"),
        ("start,end\n2020-01-01,2019-01-01\n2020-01-01,\n", "ends before it starts, first in line 2"),
        ("frequency,recency,periods\n2,1,6\n", "cannot be"),
        ("a,b\n1,2\n", "are not those of contracts"),
        ("period,year,survivors\n0,1,2\n", "2 columns could be period"),
    ],
)
def test_what_cannot_be_is_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        value_contracts(read(text, tmp_path), ContractOptions(period=A_YEAR, horizon=A_YEAR))
    assert said in " ".join(caught.value.lines())


@pytest.mark.parametrize(
    "text",
    [
        "period,survivors\n0,100\n",
        "period,survivors\n0,100\n1,100\n",
        "start,end\n2023-01-01,\n2023-02-01,\n",
        "frequency,recency,periods\n0,0,6\n",
        "period,survivors\n",
    ],
)
def test_too_little_is_said(text: str, tmp_path: Path) -> None:
    with pytest.raises(TooLittleDataError):
        value_contracts(read(text, tmp_path), ContractOptions(period=A_YEAR, horizon=A_YEAR))


def test_a_holdout_must_leave_something(tmp_path: Path) -> None:
    contracts = read("period,survivors\n0,100\n1,80\n2,70\n", tmp_path)
    with pytest.raises(UsageError, match="leaves no renewal"):
        value_contracts(contracts, ContractOptions(period=A_YEAR, horizon=A_YEAR, holdout=Span(2, "y")))


def test_columns_can_be_named(tmp_path: Path) -> None:
    contracts = read("when,left\n0,100\n1,80\n2,70\n", tmp_path, period="when", survivors="left")
    assert contracts.frame["survivors"].to_list() == [100, 80, 70]


def test_without_discount_there_is_no_lifetime(tmp_path: Path) -> None:
    contracts = read("period,survivors\n0,100\n1,80\n2,70\n", tmp_path)
    result = value_contracts(contracts, ContractOptions(period=A_YEAR, horizon=A_YEAR, discount_rate_annual=0.0))
    assert result.tables["retention"]["residual_lifetime"].null_count() == result.tables["retention"].height


@pytest.mark.parametrize(("text", "length"), [("1y", 1.0), ("6m", 0.5), ("52w", 364 / 365), ("73d", 0.2)])
def test_lengths_of_spans(text: str, length: float) -> None:
    assert years(Span.parse(text, "--period")) == pytest.approx(length)
