"""`crmcli credit --transactions` on the sample: value after the costs of credit, from the command line to bytes."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from command import crmcli
from processes import SAMPLE

from crmcli.analysis.credit.views import CREDIT_CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

LEDGER = (SAMPLE.with_name("invoices.csv"), "--payments", SAMPLE.with_name("payments.csv"))
BOTH = (*LEDGER, "--transactions", SAMPLE.with_name("transactions.csv"))


def rows(*arguments: str | Path) -> list[dict[str, str]]:
    outcome = crmcli("credit", *arguments)
    assert outcome.code == 0, outcome.stderr
    return list(csv.DictReader(io.StringIO(outcome.table)))


def test_value_of_the_sample_adds_up() -> None:
    found = rows(*BOTH, "--view", "value")
    limits = {row["customer_id"]: row for row in rows(*LEDGER, "--view", "limits")}
    assert tuple(found[0]) == CREDIT_CATALOGUE.view("value").column_names()
    assert [row["customer_id"] for row in found] == sorted(limits)
    for row in found:
        assert Decimal(row["credit_adjusted_value"]) == (
            Decimal(row["clv"]) - Decimal(row["expected_loss"]) - Decimal(row["carrying_cost"])
        )
        owed = max(Decimal(row["exposure"]), Decimal(0))
        assert abs(Decimal(row["expected_loss"]) - owed * Decimal(row["pd"])) <= Decimal("0.005")
        assert (row["hold"], row["limit"]) == (limits[row["customer_id"]]["hold"], limits[row["customer_id"]]["limit"])


def test_clv_is_that_of_the_clv_command() -> None:
    outcome = crmcli("clv", SAMPLE.with_name("transactions.csv"), "--as-of", "2025-12-27")
    clv = {row["customer_id"]: row["clv"] for row in csv.DictReader(io.StringIO(outcome.table))}
    found = rows(*BOTH, "--view", "value", "--as-of", "2025-12-27")
    assert {row["customer_id"]: row["clv"] for row in found} == {
        row["customer_id"]: clv[row["customer_id"]] for row in found
    }


def test_the_page_lists_the_blocked_and_facts_count_them(tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    outcome = crmcli("credit", *BOTH, "-f", "table", "--facts", facts)
    assert outcome.code == 0, outcome.stderr
    blocked = [row for row in rows(*BOTH, "--view", "value") if row["valuable_but_blocked"] == "true"]
    assert f"Valuable but would be blocked ({len(blocked)})" in outcome.table
    assert all(f"{row['customer_id']}: " in outcome.table for row in blocked if int(row["value_rank"]) <= 10)
    text = facts.read_text(encoding="utf-8")
    assert '"valuable_but_blocked"' in text
    load = json.loads(text)["load"]
    assert load["transactions"]["as_of"] == load["as_of"]


def test_without_transactions_the_view_is_refused_and_the_page_lacks_it() -> None:
    refused = crmcli("credit", *LEDGER, "--view", "value")
    assert (refused.code, "--transactions FILE" in refused.stderr) == (2, True)
    page = crmcli("credit", *LEDGER, "-f", "table")
    assert page.code == 0, page.stderr
    assert "Credit-adjusted" not in page.table


def test_columns_of_the_transactions_are_mapped_by_a_prefix(tmp_path: Path) -> None:
    lines = SAMPLE.with_name("transactions.csv").read_text(encoding="utf-8")
    (tmp_path / "own.csv").write_text(lines.replace("customer_id", "who", 1), encoding="utf-8")
    own = (*LEDGER, "--transactions", tmp_path / "own.csv", "--map", "transactions.customer_id=who", "--view", "value")
    assert rows(*own) == rows(*BOTH, "--view", "value")


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("customer_id,date,amount\nx,2024-01-01,5\nx,2024-02-01,5\ny,2024-02-03,5\ny,2024-05-03,6\n", 3, "No customer"),
        ("customer_id,date,amount,currency\n000106,2024-01-01,5,USD\n000106,2024-02-01,5,USD\n", 3, "in USD"),
    ],
)
def test_transactions_that_cannot_be_meant(text: str, code: int, part: str, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    outcome = crmcli("credit", *LEDGER, "--transactions", tmp_path / "own.csv", "--view", "value")
    assert (outcome.code, part in outcome.stderr) == (code, True), outcome.stderr


def test_names_in_the_list_do_not_turn_lines_around(tmp_path: Path) -> None:
    name = "evil\u202e"
    own = [name if place == 0 else f"c{place}" for place in range(4)]
    invoices = [f"I{place},{who},2024-01-01,2024-01-31,90.00" for place, who in enumerate(own)]
    orders = [
        f"{who},2023-{1 + n:02d}-0{1 + place},{200 - 40 * place}" for place, who in enumerate(own) for n in range(9)
    ]
    files = {
        "invoices": ["invoice_id,customer_id,invoice_date,due_date,amount", *invoices],
        "payments": ["invoice_id,payment_date,amount", "I3,2024-02-01,90.00"],
        "orders": ["customer_id,date,amount", *orders],
    }
    for label, lines in files.items():
        (tmp_path / f"{label}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    given = (tmp_path / "invoices.csv", "--payments", tmp_path / "payments.csv", "--as-of", "2024-06-01")
    outcome = crmcli("credit", *given, "--transactions", tmp_path / "orders.csv", "--view", "value", "-f", "table")
    assert outcome.code == 0, outcome.stderr
    assert r"  evil\u202e: " in outcome.table
    assert "\u202e" not in outcome.table


def test_a_mapping_of_no_transactions_is_refused() -> None:
    outcome = crmcli("credit", *LEDGER, "--map", "transactions.date=day")
    assert (outcome.code, "no effect without --transactions" in outcome.stderr) == (2, True)


def test_standard_input_is_read_once() -> None:
    outcome = crmcli("credit", "-", "--transactions", "-", "--view", "value")
    assert (outcome.code, "named twice" in outcome.stderr) == (2, True)
