"""The context of the templates: plain data, in both languages, with every figure where the results have it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from processes import ROOT
from report_cases import material, shop_file

from crmcli.reporting.context import VERSION, context
from crmcli.reporting.facts import FACT_NAMES, report_facts
from crmcli.reporting.language import load_language
from crmcli.reporting.render import check_plain
from crmcli.reporting.roots import Roots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmcli.reporting.context import Context
    from crmcli.reporting.material import Material

SAMPLE = ROOT / "sample_data"
LANGUAGES = {code: load_language(code, Roots()) for code in ("en", "zh")}


@pytest.fixture(scope="module")
def full() -> Material:
    """A report of all that the sample data allow."""
    return material(
        SAMPLE / "transactions.csv",
        every="month",
        invoices=(str(SAMPLE / "invoices.csv"),),
        payments=str(SAMPLE / "payments.csv"),
        customers=str(SAMPLE / "customers.csv"),
        contacts=str(SAMPLE / "contacts.csv"),
        include_customers=3,
    )


@pytest.fixture(scope="module")
def made(full: Material) -> Context:
    return context(full, LANGUAGES["en"])


def tables(item: Any) -> Iterator[dict[str, Any]]:
    if isinstance(item, dict):
        if {"columns", "rows"} <= item.keys():
            yield item
        else:
            for value in item.values():
                yield from tables(value)


def table(made: Context, identity: str) -> list[dict[str, Any]]:
    """A table of the report as a list of rows by name."""
    (found,) = (one for one in tables(made.data) if one["id"] == identity)
    names = [column["name"] for column in found["columns"]]
    return [dict(zip(names, row, strict=True)) for row in found["rows"]]


def test_it_is_versioned_plain_data(made: Context) -> None:
    check_plain(made.data)
    assert made.data["context_version"] == VERSION == 1


def test_tables_are_whole_and_have_names_of_their_own(made: Context) -> None:
    found = list(tables(made.data))
    assert len(found) > 20
    assert len({one["id"] for one in found}) == len(found)
    for one in found:
        assert {len(row) for row in one["rows"]} <= {len(one["columns"])}, one["id"]
        assert one["counted"] in {None, *(column["name"] for column in one["columns"])}, one["id"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_heading_has_a_label_in_both_languages(code: str, full: Material) -> None:
    labels = LANGUAGES[code]
    names = {column["name"] for one in tables(context(full, labels).data) for column in one["columns"]}
    assert sorted(name for name in names if not name.isdigit() and labels.find(f"columns.{name}") is None) == []


def test_names_of_ours_are_in_the_language(full: Material) -> None:
    chinese = context(full, LANGUAGES["zh"])
    (segments,) = (one for one in tables(chinese.data) if one["id"] == "segments")
    assert "重要价值客户" in {row[0] for row in segments["rows"]}
    (states,) = (one for one in tables(chinese.data) if one["id"] == "states")
    assert [row[0] for row in states["rows"]] == ["新增", "回归", "保持", "暂停", "流失"]


def test_the_bridge_leads_from_the_revenue_before_to_that_of_now(made: Context) -> None:
    first, *parts, last = (row["amount"] for row in table(made, "bridge"))
    assert first + sum(parts) == last == made.data["facts"]["revenue_now"]
    assert first == made.data["facts"]["revenue_before"]


def test_segments_add_up_to_all_customers_and_revenue(made: Context) -> None:
    rows, facts = table(made, "segments"), made.data["facts"]
    assert sum(row["customers"] for row in rows) == facts["customers"] == 1480
    assert sum(row["revenue"] for row in rows) == facts["revenue"] == Decimal("451972.74")
    assert sum(row["customers"] for row in table(made, "value_by_segment")) == 1480
    assert sum(row["future_value"] for row in table(made, "value_by_segment")) == pytest.approx(
        facts["future_value"], abs=Decimal("0.01") * 1480
    )


def test_rows_of_the_input_are_all_accounted_for(made: Context) -> None:
    *fates, read = (row["rows"] for row in table(made, "rows"))
    assert sum(fates) == read == made.data["facts"]["rows_read"] == 21898


def test_ageing_adds_up_to_what_is_owed(made: Context) -> None:
    assert sum(row["amount"] for row in table(made, "ageing")) == made.data["facts"]["receivables"]


def test_moves_are_those_of_own_behaviour_only(made: Context, full: Material) -> None:
    migration = full.results["segment"].tables["migration"]
    moved = migration.filter(pl.col("direction").is_in(["promoted", "demoted"]))
    assert sum(row["customers"] for row in table(made, "moves")) <= moved["own_behaviour"].sum()
    assert made.data["facts"]["demoted_customers"] == moved.filter(direction="demoted")["customers"].sum()


def test_customers_are_named_only_where_that_is_wanted(full: Material) -> None:
    named = {one["id"] for one in tables(context(full, LANGUAGES["en"]).data) if _has_ids(one)}
    assert named == {"movers_gain", "movers_loss", "at_risk", "winback", "holds", "care"}


def _has_ids(one: dict[str, Any]) -> bool:
    return any(column["kind"] == "id" for column in one["columns"])


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The context of a report on transactions alone."""
    return context(material(shop_file(tmp_path_factory.mktemp("shop"))), LANGUAGES["en"]).data


@pytest.mark.parametrize("section", ["credit", "care", "allocation", "campaigns"])
def test_without_its_input_a_section_is_silent(section: str, bare: dict[str, Any], made: Context) -> None:
    assert bare[section] is None
    assert (made.data[section] is None) == (section == "campaigns")


def test_nobody_is_named_by_default(bare: dict[str, Any]) -> None:
    assert not any(_has_ids(one) for one in tables(bare))
    assert "L00" not in repr(bare)


def test_orders_that_begin_later_are_compared_with_nothing(tmp_path: Path) -> None:
    path = tmp_path / "young.csv"
    path.write_text("customer_id,date,amount\na,2024-03-01,5\nb,2024-03-02,7\na,2024-03-04,3\n")
    found = material(path)
    data = context(found, LANGUAGES["en"]).data
    assert (data["changed"], data["previous"]) == (None, None)
    assert "no order lies before the last week" in data["gaps"]["change"]
    assert data["facts"]["nrr"] is None
    assert data["facts"]["revenue"] == 15


def test_facts_are_exactly_those_that_are_documented(full: Material) -> None:
    assert tuple(report_facts(full)) == FACT_NAMES
    unknown = {name for name, value in report_facts(full).items() if value is None}
    assert unknown == {name for name in FACT_NAMES if name.startswith("campaign_")}
    told = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    assert [name for name in FACT_NAMES if f"`{name}`" not in told] == []


def test_the_period_before_ends_where_the_calendar_says(full: Material) -> None:
    assert (full.previous, full.as_of) == (dt.date(2025, 11, 28), dt.date(2025, 12, 28))
