"""`crmcli churn`, option by option, and on files that hardly tell anything."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from command import crmcli

if TYPE_CHECKING:
    from command import Outcome

SAMPLE = Path(__file__).parents[2] / "sample_data"
ORDERS = SAMPLE / "transactions.parquet"

CONTRACTS = "customer_id,start,end,plan,why\n" + "\n".join(
    f"k{number:03d},2023-0{1 + number % 9}-15,{f'2024-0{1 + number % 8}-15' if number % 3 else ''},"
    f"{'basic' if number % 2 else 'pro'},{('service' if number % 5 else 'price') if number % 3 else ''}"
    for number in range(120)
)


@cache
def run(*arguments: str | Path) -> Outcome:
    return crmcli("churn", *arguments)


def rows(*arguments: str | Path) -> list[dict[str, str]]:
    outcome = run(*arguments)
    assert outcome.code == 0, outcome.stderr
    return list(csv.DictReader(io.StringIO(outcome.table)))


def facts(*arguments: str | Path) -> dict[str, Any]:
    outcome = run(*arguments, "--facts", "-", "-o", "/dev/null", "-f", "csv")
    assert outcome.code == 0, outcome.stderr
    document: dict[str, Any] = json.loads(outcome.table)
    return document


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    path = tmp_path / "contracts.csv"
    path.write_text(CONTRACTS)
    return path


@pytest.mark.parametrize(
    "view", ["cohorts", "rates", "window", "survival", "evaluation", "calibration", "profit", "winback"]
)
def test_every_view_of_transactions_can_be_written(view: str) -> None:
    assert rows(ORDERS, "--view", view)


def test_customers_are_what_a_pipe_gets() -> None:
    found = rows(ORDERS)
    ids = [row["customer_id"] for row in found]
    assert ids == sorted(ids)
    assert all(0 <= float(row["p_churn"]) <= 1 for row in found)
    assert {row["horizon_days"] for row in found} == {"90"}


def test_it_says_which_model_it_published_and_why() -> None:
    assert "Published: " in run(ORDERS).stderr
    assert "which had the lowest log-loss on the" in run(ORDERS).stderr


def test_horizon_counts_in_days_weeks_or_calendar_months() -> None:
    spans = {"60": "60", "60d": "60", "8w": "56"}
    for text, days in spans.items():
        assert rows(ORDERS, "--horizon", text)[0]["horizon_days"] == days
    assert run(ORDERS, "--horizon", "soon").code == 2


def test_population_active_scores_only_the_active() -> None:
    everyone, active = rows(ORDERS), rows(ORDERS, "--population", "active")
    assert len(active) == len(everyone)
    assert 0 < sum(bool(row["p_churn"]) for row in active) < len(everyone)


def test_period_and_retention() -> None:
    quarters = rows(ORDERS, "--view", "rates", "--period", "quarter")
    assert all("-Q" in row["period"] for row in quarters)
    on = rows(ORDERS, "--view", "cohorts")
    later = rows(ORDERS, "--view", "cohorts", "--retention", "on_or_after")
    assert sum(int(row["active"] or 0) for row in later) > sum(int(row["active"] or 0) for row in on)


def test_costs_decide_whom_to_contact() -> None:
    few = sum(row["contact"] == "true" for row in rows(ORDERS, "--offer-value", "80"))
    many = sum(row["contact"] == "true" for row in rows(ORDERS, "--offer-value", "0", "--contact-cost", "0"))
    assert few < many
    none = rows(ORDERS, "--save-rate", "0")
    assert not any(row["contact"] == "true" for row in none)


def test_margin_scales_values() -> None:
    whole, part = rows(ORDERS, "--margin", "60%"), rows(ORDERS, "--margin", "30%")
    total = sum(float(row["value_at_risk"]) for row in whole)
    assert sum(float(row["value_at_risk"]) for row in part) == pytest.approx(total / 2, rel=1e-3)


def test_survival_by_an_attribute() -> None:
    found = rows(ORDERS, "--customers", SAMPLE / "customers.csv", "--by", "region", "--view", "survival")
    assert len({row["group"] for row in found}) > 2
    outcome = run(ORDERS, "--customers", SAMPLE / "customers.csv", "--by", "colour", "--view", "survival")
    assert (outcome.code, "has no such column" in outcome.stderr) == (2, True)


def test_uplift_is_refused_without_a_random_draw_and_says_why() -> None:
    outcome = run(ORDERS, "--view", "uplift")
    assert outcome.code == 2
    assert "needs a randomised treatment" in outcome.stderr
    assert "cannot be told from those won" in outcome.stderr


def test_uplift_of_a_random_campaign(tmp_path: Path) -> None:
    ids = sorted(row["customer_id"] for row in rows(ORDERS, "--view", "customers"))
    drawn = tmp_path / "campaign.csv"
    drawn.write_text("customer_id,arm\n" + "".join(f"{name},{int(zlib.crc32(name.encode()) % 2)}\n" for name in ids))
    day = str(pl.read_parquet(ORDERS)["date"].max() - dt.timedelta(days=120))  # type: ignore[operator]
    arguments = (ORDERS, "--customers", drawn, "--treatment", "arm", "--treated-on", day, "--view", "uplift")
    found = rows(*arguments)
    assert [row["decile"] for row in found] == [str(number) for number in range(1, 11)]
    assert {"uplift", "qini", "qini_low", "qini_high"} <= facts(*arguments)["facts"].keys()


def test_facts_hold_the_headline_figures() -> None:
    document = facts(ORDERS, "--view", "rates")
    assert {"customers", "repeat_rate", "retention_rate", "nrr", "grr"} <= document["facts"].keys()
    assert document["settings"]["horizon"]["value"] == "90d"


@pytest.mark.parametrize("width", ["80", "120"])
def test_the_page_shows_cohorts_hatched_curves_and_calibration(width: str) -> None:
    outcome = crmcli("churn", str(ORDERS), "-f", "table", "--as-of", "2024-11-15", environment={"COLUMNS": width})
    assert outcome.code == 0, outcome.stderr
    page = outcome.table
    assert max(map(len, page.splitlines())) <= int(width)
    for part in ("╱╱", "Active by age in periods", "Survival", "Retention by period", "Predicted and actual", "▁"):
        assert part in page


@pytest.mark.parametrize("view", ["customers", "evaluation", "cohorts", "rates"])
def test_rows_after_as_of_change_no_byte(view: str, tmp_path: Path) -> None:
    day = pl.read_parquet(ORDERS)["date"].max() - dt.timedelta(days=75)  # type: ignore[operator]
    known = tmp_path / "known.parquet"
    pl.read_parquet(ORDERS).filter(pl.col("date") <= day).write_parquet(known)
    arguments = ("--as-of", str(day), "--view", view)
    assert run(known, *arguments).stdout == run(ORDERS, *arguments).stdout


def test_the_same_bytes_again() -> None:
    again = crmcli("churn", str(ORDERS))
    assert again.stdout == run(ORDERS).stdout
    assert again.stderr == run(ORDERS).stderr


@pytest.mark.parametrize("view", ["survival", "projection", "drivers", "reasons"])
def test_every_view_of_contracts_can_be_written(view: str, contracts: Path) -> None:
    assert rows("--contractual", contracts, "--view", view, "--reason", "why")


def test_contracts_in_short(contracts: Path) -> None:
    outcome = run("--contractual", contracts, "--reason", "why", "-f", "table", "--by", "plan")
    assert outcome.code == 0, outcome.stderr
    assert "start ← start, end ← end, reason ← why" in outcome.stderr
    assert "Log-rank test: groups of plan" in outcome.stderr
    for part in ("Projected survival", "What goes with leaving", "Reasons for leaving"):
        assert part in outcome.table


def test_contracts_as_durations(tmp_path: Path) -> None:
    path = tmp_path / "lives.csv"
    path.write_text(
        "id,T,E,group\n" + "\n".join(f"f{n},{5 + n % 40},{int(n % 4 > 0)},{'ab'[n % 2]}" for n in range(80))
    )
    found = rows("--contractual", path, "--id-column", "id", "--as-of", "2024-12-31", "--by", "group")
    assert {row["group"] for row in found} == {"all", "a", "b"}
    assert next(row for row in found if row["group"] == "all")["at_risk"] == "80"
    assert run("--contractual", path, "--id-column", "id").code == 2


@pytest.mark.parametrize(
    ("content", "code", "part"),
    [
        ("customer_id,date,amount\na,2024-01-01,5\n", 4, "None of the 1 customers"),
        ("customer_id,date,amount\na,2024-01-01,5\nb,2024-01-01,6\n", 4, "None of the 2 customers"),
        ("customer_id,date,amount\n", 4, ""),
        ("", 3, ""),
    ],
)
def test_files_that_tell_nothing(content: str, code: int, part: str, tmp_path: Path) -> None:
    path = tmp_path / "little.csv"
    path.write_text(content)
    outcome = crmcli("churn", str(path))
    assert (outcome.code, outcome.stdout) == (code, b"")
    assert part in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_page_leaves_out_what_cannot_be_known(tmp_path: Path) -> None:
    path = tmp_path / "little.csv"
    path.write_text("customer_id,date,amount\n" + "".join(f"c{n},2024-0{1 + n % 6}-03,5\n" for n in range(40)))
    outcome = crmcli("churn", str(path), "-f", "table")
    assert outcome.code == 0, outcome.stderr
    assert "Active by age" in outcome.table
    assert "warning: No customers" in outcome.stderr


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("customer_id,plan\na,basic\n", "contracts need a start and an end"),
        ("customer_id,start,end\na,2024-02-01,2024-01-01\n", "before it starts"),
        ("customer_id,start,end\na,2024-02-01,never\nb,2024-02-01,2024-03-01\n", "is no date"),
        ("customer_id,start,end,churned\na,2024-02-01,2024-03-01,perhaps\n", "says neither ended nor running"),
    ],
)
def test_contracts_that_do_not_read(content: str, part: str, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    path.write_text(content)
    outcome = crmcli("churn", "--contractual", str(path))
    assert outcome.code == 3
    assert part in outcome.stderr
    assert len(outcome.message_lines) <= 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("--by", "city"),
        ("--treatment", "x"),
        ("--treated-on", "2024-01-01"),
        ("--reason", "why"),
        ("--start-column", "s"),
        ("--population", "some"),
        ("--period", "day"),
        ("--retention", "never"),
        ("--save-rate", "2"),
        ("--contact-cost", "-1"),
        ("--view", "drivers"),
        ("--horizon", "0"),
    ],
)
def test_options_that_do_not_fit(arguments: tuple[str, ...]) -> None:
    outcome = run(ORDERS, *arguments)
    assert (outcome.code, outcome.stdout) == (2, b"")
