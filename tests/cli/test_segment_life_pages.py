"""The views of the customer's life as people see them, pinned at two widths; and their options at work."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from command import crmcli
from life_shop import CUSTOMERS, life_shop, life_survey
from rich.cells import cell_len

if TYPE_CHECKING:
    from pathlib import Path

    from command import Outcome
    from syrupy.assertion import SnapshotAssertion


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.csv").write_text(life_shop())
    (tmp_path / "survey.csv").write_text(life_survey())


def run(*arguments: str, width: int = 80) -> Outcome:
    outcome = crmcli("-q", "segment", "shop.csv", *arguments, environment={"COLUMNS": str(width), "CRMCLI_CONFIG": ""})
    assert outcome.code == 0, outcome.stderr
    return outcome


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "arguments",
    [
        ("stages",),
        ("periods",),
        ("periods", "--period", "week"),
        ("loyalty", "--customers", "survey.csv"),
        ("matrix",),
        ("customers", "--top", "5"),
    ],
    ids=" ".join,
)
def test_a_view(arguments: tuple[str, ...], width: int, snapshot: SnapshotAssertion) -> None:
    text = run("-f", "table", "--view", *arguments, width=width).table
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert text == snapshot


def cells(*arguments: str) -> list[list[str]]:
    return [line.split(",") for line in run(*arguments).table.splitlines()[1:]]


@pytest.mark.usefixtures("shop")
def test_periods_of_each_length() -> None:
    assert cells("--view", "periods")[-1] == ["2024-Q2", "", "", "", "", "", "false"]
    assert cells("--view", "periods", "--period", "month")[-1][0] == "2024-06"
    assert cells("--view", "periods", "--period", "week")[-1][0] == "2024-W26"


@pytest.mark.usefixtures("shop")
def test_cuts_move_customers_between_cells() -> None:
    every = cells("--view", "matrix", "--cut", "0%")
    assert [row[3] for row in every] == [str(CUSTOMERS), "0", "0", "0"]
    few = cells("--view", "matrix", "--cut", "loyalty=0", "--cut", "value=99%")
    assert [row[3] for row in few] == ["2", "0", str(CUSTOMERS - 2), "0"]


@pytest.mark.usefixtures("shop")
def test_constants_come_from_flags_and_from_the_file(tmp_path: Path) -> None:
    usual = cells("--view", "stages")
    lenient = cells("--view", "stages", "--constants", "late_limit=99", "--constants", "young_orders=1")
    assert {row[1] for row in lenient if row[2] != "0"} & {"late", "young"} == set()
    assert usual != lenient
    (tmp_path / "crmcli.toml").write_text("[segment.constants]\nlate_limit = 99\nyoung_orders = 2\n")
    assert cells("--view", "stages", "--constants", "young_orders=1") == lenient


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("option", "value", "parts"),
    [
        ("--period", "year", ["year", "week, month, quarter"]),
        ("--cut", "60", ["60", "needs its axis"]),
        ("--cut", "worth=3", ["loyalty and value"]),
        ("--constants", "late=3", ["late", "late_limit"]),
        ("--constants", "late_limit=soon", ["late_limit=soon", "a number from 0 on"]),
        ("--constants", "late_limit", ["late_limit"]),
        ("--value", "worth", ["worth", "revenue, margin, clv"]),
    ],
)
def test_what_is_refused_before_anything_is_read(option: str, value: str, parts: list[str]) -> None:
    outcome = crmcli("segment", "absent.csv", option, value)
    assert outcome.code == 2
    assert outcome.stdout == b""
    assert len(outcome.message_lines) <= 3
    for part in parts:
        assert part in outcome.stderr


@pytest.mark.usefixtures("shop")
def test_the_page_names_the_views_that_it_does_not_show() -> None:
    text = run("-f", "table", width=120).table
    assert "Customers by recency and frequency score" in text
    assert "Life-cycle stages" in text
    line = next(line for line in text.splitlines() if line.startswith("More tables with --view"))
    for name in ("thresholds", "periods", "loyalty", "matrix"):
        assert name in line


@pytest.mark.usefixtures("shop")
def test_value_can_be_what_customers_will_be_worth() -> None:
    outcome = crmcli("segment", "shop.csv", "--value", "clv")
    assert outcome.code == 0, outcome.stderr
    assert "Value is clv" in outcome.stderr
    worth = crmcli("clv", "shop.csv", "-f", "csv")
    found, wanted = (list(csv.DictReader(io.StringIO(one.table))) for one in (outcome, worth))
    assert [(row["customer_id"], row["value"]) for row in found] == [(row["customer_id"], row["clv"]) for row in wanted]


def test_what_a_customer_will_be_worth_is_known_for_one_date_only() -> None:
    outcome = crmcli("segment", "absent.csv", "--value", "clv", "--compare-to", "2024-01-01")
    assert outcome.code == 2
    assert "--value revenue" in outcome.stderr
