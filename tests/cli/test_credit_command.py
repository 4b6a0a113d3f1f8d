"""`crmcli credit` from the command line to bytes: views, options, refusals, the form that comes back."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import polars as pl
import pytest
from command import crmcli

from crmcli.analysis.credit.views import CREDIT_CATALOGUE
from crmcli.invoices.ledger import CreditLedger

if TYPE_CHECKING:
    from pathlib import Path

    from command import Outcome

INVOICES = "invoice_id,customer_id,invoice_date,due_date,amount,currency,terms,disputed\n" + "".join(
    f"I{n},c{n % 7},2024-{1 + n % 12:02d}-{1 + n % 27:02d},,{20 + n % 90}.50,EUR,net {14 + n % 3 * 15},"
    f"{'yes' if n % 11 == 0 else 'no'}\n"
    for n in range(240)
)
PAYMENTS = "invoice_id,payment_date,amount\n" + "".join(
    f"I{n},2025-{1 + n % 3:02d}-{1 + n % 28:02d},{20 + n % 90 - n % 5}.50\n" for n in range(240) if n % 4
)
RATES = "currency,rate\nEUR,1\nUSD,0.5\n"
TWO = (
    "invoice_id,customer_id,invoice_date,due_date,amount,currency,paid_date\n"
    "I1,a,2024-01-01,2024-01-31,100.01,EUR,\nI2,a,2024-01-02,2024-01-31,50.01,USD,\nI3,b,2024-01-02,2024-02-01,9,USD,2024-01-09\n"
)


@pytest.fixture(autouse=True)
def ledger_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"invoices.csv": INVOICES, "payments.csv": PAYMENTS, "rates.csv": RATES, "two.csv": TWO}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Outcome:
    return crmcli("credit", *arguments)


def rows(*arguments: str) -> list[dict[str, str]]:
    outcome = run(*arguments)
    assert outcome.code == 0, outcome.stderr
    return list(csv.DictReader(io.StringIO(outcome.table)))


LEDGER = ("invoices.csv", "--payments", "payments.csv")


@pytest.mark.parametrize("view", [name for name in CREDIT_CATALOGUE.names() if name not in {"policy", "value"}])
def test_every_view_has_its_declared_columns_and_rows(view: str) -> None:
    found = rows(*LEDGER, "--view", view)
    assert found
    assert tuple(found[0]) == CREDIT_CATALOGUE.view(view).column_names()


def test_policy_needs_the_variable_cost() -> None:
    refused = run(*LEDGER, "--view", "policy")
    assert refused.code == 2
    assert "--variable-cost" in refused.stderr
    styles = [row["style"] for row in rows(*LEDGER, "--view", "policy", "--variable-cost", "60%")]
    assert styles == ["current", "conservative", "balanced", "aggressive"]


def test_the_page_reconciles_under_the_ageing() -> None:
    outcome = run(*LEDGER, "-f", "table", "--as-of", "2025-01-31")
    assert outcome.code == 0, outcome.stderr
    table = outcome.table
    assert table.index("Ageing") < table.index("Reconciles: EUR: buckets") < table.index("Provision")


@pytest.mark.parametrize("width", ["80", "120"])
def test_the_page_shows_bars_arrows_limits_and_whole_rows(width: str) -> None:
    """At either width: every bucket of a row that shows its sum, and why limits bind."""
    outcome = crmcli("credit", *LEDGER, "-f", "table", "--as-of", "2025-01-31", environment={"COLUMNS": width})
    assert outcome.code == 0, outcome.stderr
    ageing = outcome.table[outcome.table.index("Ageing") : outcome.table.index("Reconciles")]
    assert "█" in ageing
    heading = " ".join(ageing.split("─")[0].split())
    assert all(word in heading for word in ("due", "d1", "d31", "d61", "d91", "d121", "outstanding"))
    assert "binding" in outcome.table
    assert {"→", "↑", "↓"} & set(outcome.table)
    assert all(len(line) <= int(width) for line in outcome.table.splitlines())


def test_the_same_bytes_twice() -> None:
    assert run(*LEDGER, "-f", "table").stdout == run(*LEDGER, "-f", "table").stdout


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    header, *lines = INVOICES.splitlines(keepends=True)
    (tmp_path / "turned.csv").write_text(header + "".join(reversed(lines)), encoding="utf-8")
    for view in ("customers", "aging", "trend", "limits"):
        first = run(*LEDGER, "--view", view)
        second = run("turned.csv", "--payments", "payments.csv", "--view", view)
        assert first.stdout == second.stdout


def test_future_rows_change_no_byte(tmp_path: Path) -> None:
    later = INVOICES + "X1,c1,2026-02-30x,,oops,GBP,net 30,no\nX2,c9,2026-03-01,,99.00,EUR,net 30,no\n"
    (tmp_path / "later.csv").write_text(later.replace("2026-02-30x", "2026-02-20"), encoding="utf-8")
    for view in ("customers", "aging", "kpis", "trend", "cohorts", "provision", "limits"):
        day = ("--as-of", "2025-02-10", "--view", view)
        assert run(*LEDGER, *day).stdout == run("later.csv", "--payments", "payments.csv", *day).stdout, view


def test_buckets_name_their_columns() -> None:
    found = rows(*LEDGER, "--view", "aging", "--buckets", "15,45")
    assert list(found[0])[2:6] == ["not_due", "d1_15", "d16_45", "d46_plus"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--buckets", "30,20"), "must rise"),
        (("--buckets", "x"), "no list of days"),
        (("--customers", "invoices.csv"), "the same file is read as invoices"),
        (("--basis", "paid"), "--basis"),
        (("--default-terms", "soon"), "--default-terms"),
        (("--style", "bold"), "--style"),
        (("--year-days", "366"), "neither 365 nor 360"),
        (("--variable-cost", "much"), "no number"),
        (("--variable-cost", "1.2"), "fraction"),
        (("--doc-type", "ZX"), "TYPE=KIND"),
        (("--view", "agings"), "no view"),
        (("--map", "invoce_id=x"), "unknown canonical column"),
    ],
)
def test_wrong_options_are_refused(arguments: tuple[str, ...], part: str) -> None:
    outcome = run(*LEDGER, *arguments)
    assert (outcome.code, part in outcome.stderr) == (2, True), outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_no_file_at_all() -> None:
    outcome = run()
    assert outcome.code == 2
    assert "No invoice files" in outcome.stderr


def test_plain_sales_end_with_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("customer_id,date,amount\na,2024-01-01,5\n", encoding="utf-8")
    outcome = run("sales.csv")
    assert outcome.code == 3
    assert "no due date, no terms and no paid date" in outcome.stderr


def test_currencies_stay_apart_unless_converted() -> None:
    apart = [(row["customer_id"], row["currency"], row["outstanding"]) for row in rows("two.csv", "--view", "aging")]
    assert apart == [("a", "EUR", "100.01"), ("a", "USD", "50.01")]
    together = rows("two.csv", "--view", "aging", "--fx", "rates.csv")
    # 50.01 at 0.5 is 25.005, which rounds half-even to 25.00.
    assert [(row["currency"], row["outstanding"]) for row in together] == [("EUR", "125.01")]


def test_a_currency_without_a_rate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("currency,rate\nEUR,1\n", encoding="utf-8")
    outcome = run("two.csv", "--fx", "rates.csv")
    assert outcome.code == 3
    assert "'USD'" in outcome.stderr


def test_the_visit_form_comes_back(tmp_path: Path) -> None:
    assert run("--visit-form").table.startswith("customer_id,visit_date,visited_by,")
    assert run(*LEDGER, "--visit-form", "-o", "form.csv").code == 0
    form = pl.read_csv(tmp_path / "form.csv", infer_schema=False)
    assert form["customer_id"].to_list() == [f"c{n}" for n in range(7)]
    filled = form.with_columns(visit_rating=pl.lit("5"), net_worth=pl.lit("100000"), years_in_business=pl.lit("12"))
    filled.write_csv(tmp_path / "filled.csv")
    before, after = rows(*LEDGER), rows(*LEDGER, "--customers", "filled.csv")
    assert {row["capital"] for row in before} == {""}
    assert {(row["philosophy"], row["capital"]) for row in after} == {("100.0", "100.0")}
    assert all(float(b["coverage"]) < float(a["coverage"]) for b, a in zip(before, after, strict=True))


def test_an_own_policy_starts_from_the_style(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("need_multiple = 9.0\nnet_days = { A = 10 }\n", encoding="utf-8")
    found = rows(*LEDGER, "--view", "policy", "--variable-cost", "0.6", "--policy", "own.toml")
    assert [row["style"] for row in found][-1] == "own"
    (tmp_path / "own.toml").write_text("need_multipel = 9.0\n", encoding="utf-8")
    outcome = run(*LEDGER, "--policy", "own.toml")
    assert outcome.code == 2
    assert "need_multiple" in outcome.stderr


def test_bad_rows_are_shown_written_and_limited(tmp_path: Path) -> None:
    bad = (
        INVOICES
        + "I900,c1,2024-13-01,,5.00,EUR,net 30,no\nI901,,2024-01-01,,5.00,EUR,net 30,no\n"
        + "I902,c1,2024-01-01,,x,EUR,,no\n"
    )
    (tmp_path / "bad.csv").write_text(bad, encoding="utf-8")
    assert run("bad.csv", "--payments", "payments.csv", "--rejects", "rejects.csv").code == 0
    rejects = pl.read_csv(tmp_path / "rejects.csv")
    assert rejects["code"].to_list() == ["INVALID_DATE", "NULL_ID", "INVALID_AMOUNT"]
    assert rejects["line"].to_list() == [242, 243, 244]
    strict = run("bad.csv", "--payments", "payments.csv", "--strict")
    assert strict.code == 3
    assert "bad.csv, line 242: invoice_date" in strict.stderr


def test_facts_hold_the_load_and_the_settings() -> None:
    outcome = run(*LEDGER, "--facts", "-", "-o", "unread.csv")
    document: dict[str, Any] = json.loads(outcome.table, parse_float=Decimal)
    assert document["load"]["rows_read"] == document["load"]["rows_used"] == 240 + 180
    assert document["settings"]["style"] == {"value": "balanced", "from": "default"}
    assert document["facts"]["receivables"]["unit"] == "EUR"


def test_a_broken_ledger_ends_with_the_mismatch() -> None:
    whole = CreditLedger.open_items

    def broken(self: CreditLedger) -> pl.DataFrame:
        return whole(self).with_columns(open=pl.col("open") + 1)

    with patch.object(CreditLedger, "open_items", broken):
        outcome = run(*LEDGER, "--view", "aging")
    assert outcome.code == 1
    assert "does not reconcile in EUR" in outcome.stderr
    assert "the difference is" in outcome.stderr
    assert outcome.stdout == b""


def test_open_items_allow_ageing_and_limits_only(tmp_path: Path) -> None:
    text = "Customer,Num,Date,Due Date,Open Balance,Credit Limit\nA,1,2024-01-05,2024-02-04,40.00,30.00\n"
    (tmp_path / "open.csv").write_text(text, encoding="utf-8")
    outcome = run("open.csv", "--view", "aging", "--as-of", "2024-03-01")
    assert outcome.code == 0
    assert "ageing and limits alone" in outcome.stderr
    (limit,) = rows("open.csv", "--view", "limits", "--as-of", "2024-03-01")
    assert (limit["limit"], limit["available"], limit["hold"]) == ("30.00", "-10.00", "yes")
    assert run("open.csv", "--view", "cohorts").code == 2
    page = run("open.csv", "-f", "table", "--as-of", "2024-03-01")
    assert page.code == 0, page.stderr
    assert "Ageing" in page.table
    assert "Provision" not in page.table


def test_nothing_open_says_so_and_suggests_a_day() -> None:
    text = "invoice_id,customer_id,invoice_date,due_date,amount,paid_date\nI1,a,2024-01-01,2024-01-31,10,2024-01-20\n"
    outcome = crmcli("credit", "-", "--view", "aging", stdin=text.encode())
    assert outcome.code == 0
    assert "Nothing is open on 2024-01-20" in outcome.stderr
    assert "--as-of 2024-01-01" in outcome.stderr
