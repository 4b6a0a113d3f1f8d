"""What the options of `crmcli credit` do to the numbers, from the command line to the cell."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from command import crmcli
from processes import SAMPLE

LEDGER = (SAMPLE.with_name("invoices.csv"), "--payments", SAMPLE.with_name("payments.csv"))
HEADER = "invoice_id,customer_id,invoice_date,due_date,amount,terms,currency\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rows(*arguments: str | Path) -> list[dict[str, str]]:
    outcome = crmcli("credit", *arguments)
    assert outcome.code == 0, outcome.stderr
    return list(csv.DictReader(io.StringIO(outcome.table)))


def ledger(invoices: str, payments: str) -> tuple[str, ...]:
    Path("i.csv").write_text(HEADER + invoices, encoding="utf-8")
    Path("p.csv").write_text("invoice_id,date,amount\n" + payments, encoding="utf-8")
    return ("i.csv", "--payments", "p.csv")


def test_basis_and_buckets_and_day() -> None:
    given = ledger("I1,a,2024-01-01,2024-03-01,100,,\n", "I1,2024-02-01,40\n")
    (due,) = rows(*given, "--view", "aging", "--as-of", "2024-03-31")
    assert (due["d1_30"], due["oldest_days"]) == ("60.00", "30")
    (dated,) = rows(*given, "--view", "aging", "--as-of", "2024-03-31", "--basis", "invoice")
    assert (dated["d61_90"], dated["oldest_days"]) == ("60.00", "90")
    (own,) = rows(*given, "--view", "aging", "--as-of", "2024-03-31", "--buckets", "7,29")
    assert (own["d30_plus"], own["d8_29"]) == ("60.00", "0.00")
    (before,) = rows(*given, "--view", "aging", "--as-of", "2024-01-31")
    assert (before["not_due"], before["outstanding"]) == ("100.00", "100.00")


def _limits(*arguments: str) -> dict[str, dict[str, str]]:
    return {row["customer_id"]: row for row in rows(*LEDGER, "--view", "limits", *arguments)}


def test_bolder_styles_give_more_credit() -> None:
    styles = [_limits("--style", style) for style in ("conservative", "balanced", "aggressive")]
    totals = [sum(Decimal(row["limit"] or 0) for row in found.values()) for found in styles]
    assert totals == sorted(set(totals))
    held = [sum(row["hold"] == "yes" for row in found.values()) for found in styles]
    assert held == sorted(set(held), reverse=True)


def test_an_own_policy_changes_what_it_says_and_nothing_else() -> None:
    Path("own.toml").write_text("", encoding="utf-8")
    assert _limits("--policy", "own.toml") == _limits()
    Path("own.toml").write_text("minimum_score = 0\nmaximum_pd = 1.0\nhold_days = 3650\n", encoding="utf-8")
    own = _limits("--policy", "own.toml")
    reasons = {reason for row in own.values() for reason in row["hold_reason"].split("; ") if reason}
    assert not any(reason.startswith("overdue") or reason in {"minimum_score", "maximum_pd"} for reason in reasons)
    assert {row["need"] for row in own.values()} == {row["need"] for row in _limits().values()}


def test_the_replay_holds_break_evens_and_bands() -> None:
    Path("own.toml").write_text("", encoding="utf-8")
    found = {
        row["style"]: row
        for row in rows(*LEDGER, "--view", "policy", "--variable-cost", "0.6", "--policy", "own.toml", "--seed", "7")
    }
    assert list(found) == ["current", "conservative", "balanced", "aggressive", "own"]
    assert {name: cell for name, cell in found["own"].items() if name != "style"} == {
        name: cell for name, cell in found["balanced"].items() if name != "style"
    }
    current = Decimal(found["current"]["profit"])
    for style in ("conservative", "balanced", "aggressive"):
        row = found[style]
        change = Decimal(row["profit"]) - current
        assert Decimal(row["profit_low"]) <= change <= Decimal(row["profit_high"])
        profit, uplift = float(row["profit"]), float(row["break_even_uplift"])
        assert profit * (1 + uplift) == pytest.approx(float(current), rel=1e-4)
        # Losses at the highest rate would leave what the current policy earns.
        left = float(row["sales"]) * 0.4 - float(row["carrying_cost"]) - float(current)
        rate = row["highest_bad_debt"]
        assert float(rate or 0) == pytest.approx(max(left / float(row["sales"]), 0), abs=1e-6)


def test_the_cost_of_a_discount_follows_the_year() -> None:
    given = ledger("I1,a,2024-01-01,,100,2/10 net 30,\n", "I1,2024-01-20,40\n")

    def cost(*arguments: str) -> list[float]:
        found = {row["measure"]: row["value"] for row in rows(*given, "--view", "kpis", *arguments)}
        return [float(found["discount_cost_simple"]), float(found["discount_cost_effective"])]

    assert cost() == pytest.approx([0.3724, 0.4459], abs=5e-5)
    assert cost("--year-days", "360")[0] == pytest.approx(0.3673, abs=5e-5)


def test_money_is_rounded_once_half_to_even_and_told() -> None:
    given = ledger("I1,a,2024-01-01,2024-01-31,0.125,,\nI2,a,2024-01-02,2024-01-31,0.135,,\n", "I1,2024-01-20,0.015\n")
    outcome = crmcli("credit", *given, "--view", "aging", "-o", "/dev/null", "-f", "csv", "--facts", "-")
    document: dict[str, Any] = json.loads(outcome.table, parse_float=Decimal)
    # 0.12 + 0.14 − 0.02
    assert document["facts"]["receivables"]["value"] == Decimal("0.24")
    assert document["load"]["rounded_lines"] == 2
    (exact,) = rows(*given, "--view", "aging", "--money-scale", "3")
    assert exact["outstanding"] == "0.245"


def test_limits_say_that_they_look_at_one_currency() -> None:
    given = ledger(
        "I1,a,2024-01-01,2024-01-31,100,,EUR\nI2,a,2024-01-02,2024-01-31,5,,EUR\nI3,a,2024-01-02,2024-01-31,70,,USD\n",
        "I1,2024-01-20,40\n",
    )
    outcome = crmcli("credit", *given, "--view", "limits")
    assert outcome.code == 0, outcome.stderr
    assert "1 customers have invoices in several currencies" in outcome.stderr
    aging = crmcli("credit", *given, "--view", "aging")
    assert "several currencies" not in aging.stderr


def test_the_forecast_of_cash_is_weekly_with_a_checked_band() -> None:
    points = [row for row in rows(*LEDGER, "--view", "trend") if row["kind"] == "cash_forecast"]
    by_week: dict[str, dict[str, float]] = {}
    for row in points:
        by_week.setdefault(row["period"], {})[row["key"]] = float(row["value"])
    assert len(by_week) == 8
    assert all(week["low"] <= week["expected"] <= week["high"] for week in by_week.values())
    (coverage,) = [row for row in rows(*LEDGER, "--view", "kpis") if row["measure"] == "cash_coverage"]
    assert coverage["period"] == "13 past weeks"
    assert 0.6 <= float(coverage["value"]) <= 1.0
