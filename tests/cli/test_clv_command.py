"""`crmcli clv`, option by option, and what it says of data that hardly tell anything."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from command import crmcli

from crmcli.analysis.clv.views import CLV_CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from command import Outcome

START = dt.date(2022, 1, 3)


def orders(customers: int = 60, *, seed: int = 5, cost: bool = False) -> str:
    """Customers who come in the first quarter, buy at rates of their own, and stay for times of their own."""
    generator = random.Random(seed)  # noqa: S311 — a shop, no secret
    lines = ["customer_id,date,amount" + (",cost" if cost else "")]
    for number in range(customers):
        day = generator.randrange(90)
        rate, end = generator.gammavariate(1.5, 1 / 40), day + generator.expovariate(1 / 300)
        spend = generator.gammavariate(4, 10)
        while day < min(end, 700):
            amount = generator.gammavariate(5, spend / 5) + 0.01
            lines.append(
                f"c{number:03d},{START + dt.timedelta(days=day)},{amount:.2f}"
                + (f",{amount * 0.6:.2f}" if cost else "")
            )
            day += 1 + int(generator.expovariate(rate))
    return "\n".join(lines) + "\n"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.csv").write_text(orders(), encoding="utf-8")


def write(name: str, rows: Iterable[tuple[object, ...]], heading: str = "customer_id,date,amount") -> None:
    text = "\n".join([heading, *(",".join(map(str, row)) for row in rows)]) + "\n"
    with open(name, "w", encoding="utf-8") as file:  # noqa: PTH123 — relative to the test's own folder
        file.write(text)


def run(*arguments: str) -> Outcome:
    return crmcli("clv", *arguments)


def rows(outcome: Outcome) -> list[dict[str, str]]:
    assert outcome.code == 0, outcome.stderr
    return list(csv.DictReader(io.StringIO(outcome.table)))


def view(name: str, *arguments: str) -> list[dict[str, str]]:
    return rows(run(*(arguments or ("shop.csv",)), "--view", name))


def measures(*arguments: str) -> dict[str, float | None]:
    return {row["measure"]: float(row["value"]) if row["value"] else None for row in view("summary", *arguments)}


def facts(*arguments: str) -> dict[str, Any]:
    outcome = run(*arguments, "-o", "unread.csv", "--facts", "-")
    assert outcome.code == 0, outcome.stderr
    document: dict[str, Any] = json.loads(outcome.table, parse_float=Decimal)
    return document


def total(customers: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in customers), Decimal(0))


@pytest.mark.parametrize("name", ["customers", "summary", "models", "parameters", "validation", "cohorts"])
def test_every_view_has_the_declared_columns_and_no_number_that_is_none(name: str) -> None:
    found = view(name)
    assert list(found[0]) == list(CLV_CATALOGUE.view(name).column_names())
    cells = {cell.lower() for row in found for cell in row.values()}
    assert cells.isdisjoint({"nan", "inf", "-inf"})


def test_customers_add_up_to_the_summary() -> None:
    customers, summary = view("customers"), measures()
    assert float(total(customers, "historical_value")) == pytest.approx(summary["historical_value"])
    assert float(total(customers, "future_value")) == pytest.approx(summary["future_value"], abs=0.5)
    assert float(total(customers, "clv")) == pytest.approx(summary["clv"], abs=0.5)
    for row in customers:
        assert Decimal(row["clv"]) == Decimal(row["historical_value"]) + Decimal(row["future_value"])


def test_intervals_hold_their_expectations_in_total() -> None:
    for row in view("summary"):
        if row["low"]:
            assert float(row["low"]) < float(row["value"]) < float(row["high"]), row


def test_the_same_command_gives_the_same_bytes() -> None:
    assert run("shop.csv").stdout == run("shop.csv").stdout
    assert run("shop.csv", "--view", "summary").stdout == run("shop.csv", "--view", "summary").stdout


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    heading, *lines = orders().splitlines()
    random.Random(3).shuffle(lines)  # noqa: S311 — no secret
    (tmp_path / "shuffled.csv").write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")
    assert run("shuffled.csv").stdout == run("shop.csv").stdout


def test_later_rows_do_not_change_an_earlier_view(tmp_path: Path) -> None:
    text = orders()
    (tmp_path / "later.csv").write_text(text + "c999,2030-01-01,50\n", encoding="utf-8")
    before = run("shop.csv", "--as-of", "2023-06-30", "--view", "summary").stdout
    assert run("later.csv", "--as-of", "2023-06-30", "--view", "summary").stdout == before


def test_money_counts_in_proportion() -> None:
    plain, part = measures(), measures("shop.csv", "--margin", "25%")
    assert part["future_value"] == pytest.approx((plain["future_value"] or 0) / 4, rel=1e-4)
    assert part["historical_value"] == pytest.approx((plain["historical_value"] or 0) / 4, rel=1e-4)


def test_a_longer_horizon_brings_more_and_more_discount_less() -> None:
    year, three = measures(), measures("shop.csv", "--horizon", "3y")
    assert (three["future_value"] or 0) > (year["future_value"] or 0)
    dear = measures("shop.csv", "--discount-rate", "0.5")
    assert (dear["future_value"] or 0) < (year["future_value"] or 0)


def test_months_of_the_horizon_are_those_of_the_calendar() -> None:
    as_of = dt.date.fromisoformat(facts("shop.csv")["as_of"])
    days = (as_of.replace(year=as_of.year + 1) - as_of).days
    assert facts("shop.csv", "--horizon", "12m")["facts"]["horizon_days"]["value"] == days


@pytest.mark.parametrize(("choice", "title"), [("bg", "BG/NBD"), ("mbg", "MBG/NBD"), ("pareto", "Pareto/NBD")])
def test_a_model_can_be_named(choice: str, title: str) -> None:
    assert [row["model"] for row in view("models", "shop.csv", "--model", choice)] == [title]


def test_auto_fits_several_and_never_recommends_bg() -> None:
    found = {row["model"]: row["recommended"] for row in view("models")}
    assert {"BG/NBD", "MBG/NBD", "Pareto/NBD"} <= set(found)
    assert found["BG/NBD"] == "false"
    assert list(found.values()).count("true") == 1


def test_steady_customers_get_a_model_of_steady_gaps() -> None:
    generator = random.Random(2)  # noqa: S311 — no secret
    lines = []
    for number in range(80):
        day, gap = generator.uniform(0, 60), generator.uniform(15, 60)
        for _ in range(generator.randrange(2, 12)):
            lines.append((f"c{number}", START + dt.timedelta(days=int(day)), 10 + number % 7))
            day += generator.gammavariate(4, gap / 4) + 1
    write("steady.csv", lines)
    models = view("models", "steady.csv")
    assert any(row["model"].startswith("MBG/CNBD-") for row in models)


def test_time_units_change_parameters_and_not_forecasts() -> None:
    by_week = {(row["model"], row["parameter"]): float(row["estimate"]) for row in view("parameters")}
    by_day = {
        (row["model"], row["parameter"]): float(row["estimate"])
        for row in view("parameters", "shop.csv", "--time-unit", "day")
    }
    assert by_day["MBG/NBD", "alpha"] == pytest.approx(7 * by_week["MBG/NBD", "alpha"])
    assert by_day["MBG/NBD", "r"] == pytest.approx(by_week["MBG/NBD", "r"])
    assert run("shop.csv", "--time-unit", "day").stdout == run("shop.csv").stdout


def test_bootstrap_intervals_depend_on_the_seed_and_hold_the_estimate() -> None:
    arguments = ("shop.csv", "--model", "mbg", "--bootstrap", "20")
    one = view("parameters", *arguments)
    assert one == view("parameters", *arguments)
    assert one != view("parameters", *arguments, "--seed", "7")
    for row in one:
        assert float(row["ci_low"]) <= float(row["estimate"]) <= float(row["ci_high"])


@pytest.mark.parametrize("wish", ["26w", "2023-06-30"])
def test_the_holdout_can_be_named(wish: str) -> None:
    named = [row for row in view("validation", "shop.csv", "--holdout", wish) if row["section"] == "overall"]
    assert named != [row for row in view("validation") if row["section"] == "overall"]


def test_customers_born_after_the_split_are_counted() -> None:
    text = orders()
    write("later.csv", [], text + "late,2023-11-01,5\nlate,2023-11-05")
    found = {
        row["key"]: row for row in view("validation", "later.csv", "--holdout", "26w") if row["section"] == "overall"
    }
    assert found["excluded_born_after_split"]["customers"] == "1"


def test_cutting_off_the_beginning_is_warned_of() -> None:
    assert "are taken for new ones" in run("shop.csv", "--since", "2022-06-01").stderr
    assert "clv_since" in {note["code"] for note in facts("shop.csv", "--since", "2022-06-01")["notes"]}
    assert "are taken for new ones" not in run("shop.csv").stderr


def test_acquisition_cost_gives_its_payback() -> None:
    found = measures("shop.csv", "--acquisition-cost", "60")
    assert found["acquisition_cost"] == 60
    assert found["payback"] is not None
    assert 0 < found["payback"] < 3650
    assert found["new_customer_profit"] == pytest.approx((found["new_customer_value"] or 0) - 60)
    assert measures("shop.csv", "--acquisition-cost", "1")["payback"] == 0
    assert measures("shop.csv", "--acquisition-cost", "1e9")["payback"] is None


def test_shorter_gaps_are_worth_something() -> None:
    for choice in ("mbg", "pareto"):
        found = measures("shop.csv", "--model", choice)
        share = (found["tenth_shorter_gaps_value"] or 0) / (found["future_value"] or 1)
        assert 0 < share <= 0.112


class TestCost:
    @pytest.fixture(autouse=True)
    def _cost(self, tmp_path: Path) -> None:
        (tmp_path / "cost.csv").write_text(orders(cost=True), encoding="utf-8")

    def test_a_cost_column_makes_value_margin(self) -> None:
        revenue, margin = measures("cost.csv", "--value", "revenue"), measures("cost.csv")
        assert margin["historical_value"] == pytest.approx(0.4 * (revenue["historical_value"] or 0), rel=1e-3)
        assert facts("cost.csv")["facts"]["value_basis"]["value"].startswith("margin")

    def test_an_assumed_margin_beats_it(self) -> None:
        found = facts("cost.csv", "--margin", "10%")["facts"]
        assert found["value_basis"]["value"] == "10 % of revenue net of refunds"


class TestSaved:
    def test_a_saved_model_gives_the_same_forecasts(self) -> None:
        first = run("shop.csv", "--save-model", "model.json")
        again = run("shop.csv", "--use-model", "model.json")
        assert again.code == 0, again.stderr
        assert again.stdout == first.stdout
        assert "fitted on the same data" in again.stderr

    def test_it_can_be_used_on_other_data(self, tmp_path: Path) -> None:
        run("shop.csv", "--save-model", "model.json")
        (tmp_path / "other.csv").write_text(orders(seed=9), encoding="utf-8")
        found = run("other.csv", "--use-model", "model.json")
        assert found.code == 0
        assert "fitted on other data" in found.stderr

    def test_it_serves_customers_who_bought_once(self) -> None:
        run("shop.csv", "--save-model", "model.json")
        write("once.csv", [("a", "2023-01-01", 5), ("b", "2023-02-01", 6)])
        assert len(rows(run("once.csv", "--use-model", "model.json"))) == 2

    def test_it_does_not_serve_other_money(self) -> None:
        run("shop.csv", "--save-model", "model.json")
        refused = run("shop.csv", "--use-model", "model.json", "--margin", "30%")
        assert refused.code == 2
        assert "this run counts 30 %" in refused.stderr

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda d: d.update(schema_version=99), "schema version 99"),
            (lambda d: d.update(format="x"), "no saved model"),
            (lambda d: d.update(model="lstm"), "unknown model"),
            (lambda d: d["purchases"]["parameters"].pop("r"), "needs the parameters"),
            (lambda d: d["purchases"]["parameters"].update(r=-1), "not positive"),
            (lambda d: d["purchases"]["parameters"].update(r="1"), "needs a number"),
            (lambda d: d["purchases"].update(log_covariance=[[1]]), "covariance of 4 × 4"),
            (lambda d: d["purchases"]["log_covariance"][0].__setitem__(0, -5), "no covariance"),
            (lambda d: d.update(as_of="yesterday"), "as_of"),
            (lambda d: d.pop("spending"), "spending"),
            (lambda d: d.update(time_unit="week"), "another unit"),
        ],
    )
    def test_a_model_that_was_tampered_with_is_refused(
        self, change: Callable[[dict[str, Any]], object], said: str, tmp_path: Path
    ) -> None:
        run("shop.csv", "--save-model", "model.json")
        document = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
        change(document)
        (tmp_path / "model.json").write_text(json.dumps(document), encoding="utf-8")
        refused = run("shop.csv", "--use-model", "model.json")
        assert refused.code == 2
        assert said in refused.stderr

    def test_a_file_that_is_no_model_is_refused(self) -> None:
        for name in ("shop.csv", "absent.json"):
            refused = run("shop.csv", "--use-model", name)
            assert refused.code == 2, refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--horizon", "soon"), "no span of time"),
        (("--horizon", "9999y"), "beyond the calendar"),
        (("--discount-rate", "-1"), "no share"),
        (("--margin", "0"), "without any margin"),
        (("--margin", "130%"), "no share"),
        (("--margin", "30%", "--value", "revenue"), "--value revenue"),
        (("--value", "margin"), "no cost"),
        (("--value", "profit"), "none of"),
        (("--model", "ml"), "none of"),
        (("--time-unit", "year"), "none of"),
        (("--holdout", "9y"), "not within"),
        (("--holdout", "x"), "neither a span of time nor a date"),
        (("--level", "20%"), "not within"),
        (("--acquisition-cost", "x"), "no amount"),
        (("--period", "1m"), "needs --contractual"),
        (("--contractual", "--model", "bg"), "means nothing with --contractual"),
        (("--contractual", "--since", "2022-01-01"), "means nothing with --contractual"),
        (("--save-model", "-"), "standard output"),
        (("--save-model", "shop.csv"), "input"),
    ],
)
def test_options_that_make_no_sense_are_refused(arguments: tuple[str, ...], said: str) -> None:
    refused = run("shop.csv", *arguments)
    assert refused.code in {2, 3}, refused.stderr
    assert said in refused.stderr
    assert refused.stdout == b""


def _many(amount: Callable[[int], object], *more: Callable[[int], object]) -> list[tuple[object, ...]]:
    """Twenty customers with five purchases each, spread over a year."""
    return [
        (f"c{i % 20}", f"2023-{1 + (i * 7) % 12:02d}-{1 + (i * 11) % 28:02d}", amount(i), *(one(i) for one in more))
        for i in range(100)
    ]


HARD: dict[str, tuple[list[tuple[object, ...]], int, str]] = {
    "one purchase": ([("a", "2023-01-01", 5)], 4, "on more than one day"),
    "one day": ([(f"c{i}", "2023-01-01", 5 + i) for i in range(20)], 4, "on more than one day"),
    "no repeat": ([(f"c{i}", f"2023-01-{1 + i % 28:02d}", 5) for i in range(50)], 4, "on more than one day"),
    "one customer": ([("a", f"2023-{m:02d}-10", 10 + m) for m in range(1, 13)], 0, "little more than a guess"),
    "two customers": (
        [("a", "2023-01-01", 5), ("b", "2023-01-02", 7), ("b", "2023-02-02", 7)],
        0,
        "little more than a guess",
    ),
    "equal amounts": (_many(lambda _: 10), 0, "worth it"),
    "all zero": (_many(lambda _: 0), 0, "no spending model"),
    "refunds": (_many(lambda i: 10 + i % 3) + [(f"c{i}", "2023-12-30", -100) for i in range(10)], 0, "flag loss"),
    "every day": ([(c, f"2023-01-{d:02d}", 5) for d in range(1, 29) for c in "ab"], 0, "no measurable dropout"),
    "same two days": ([(f"c{i}", d, 5 + i) for i in range(30) for d in ("2023-01-01", "2023-03-01")], 0, "dropout"),
    "large money": (_many(lambda i: 10**12 + 10**11 * (i % 3)), 0, "no measurable dropout"),
}


@pytest.mark.parametrize("case", HARD)
def test_hard_data_get_a_plain_sentence_or_a_flagged_result(case: str) -> None:
    lines, code, said = HARD[case]
    write("hard.csv", lines)
    for name in ("customers", "summary", "models", "parameters", "cohorts"):
        outcome = run("hard.csv", "--view", name)
        assert outcome.code == code, outcome.stderr
        assert said in outcome.stderr
        assert "Traceback" not in outcome.stderr
        cells = {cell.lower() for row in csv.reader(io.StringIO(outcome.table)) for cell in row}
        assert cells.isdisjoint({"nan", "inf", "-inf"})
    assert run("hard.csv", "-f", "table").code == code


@pytest.mark.parametrize(("cost", "flagged"), [(lambda _: 20, 20), (lambda i: 2 if i % 3 else 40, None)])
def test_negative_margins_stay_negative_and_are_flagged(cost: Callable[[int], object], flagged: int | None) -> None:
    write("loss.csv", _many(lambda _: 10, cost), "customer_id,date,amount,cost")
    found = rows(run("loss.csv"))
    losing = [row for row in found if "loss" in row["flags"]]
    assert flagged is None or len(losing) == flagged
    for row in losing:
        if flagged:
            assert float(row["future_value"]) < 0
        assert float(row["future_value_low"]) <= float(row["future_value"]) <= float(row["future_value_high"])


def test_customers_without_a_repeat_get_the_mean_of_all_and_a_flag() -> None:
    once = [row for row in view("customers") if row["repeat_purchases"] == "0"]
    assert once
    assert all("no_repeat" in row["flags"] and row["mean_spend"] == "" for row in once)
    assert len({row["expected_spend"] for row in once}) == 1
    assert float(once[0]["expected_spend"]) == pytest.approx(measures()["spend_of_a_purchase"])


class TestDecomposition:
    LINES = (
        ("a", "2021-01-01", "A", 10, 10, 10, 60, 8, ""),
        ("a", "2022-01-01", "A", 12, 10.5, 10, 72, 6, ""),
        ("a", "2022-01-01", "B", 5, 20, 20, 60, 3, ""),
        ("a", "2023-01-01", "A", 12, 11, 10, 72, 5, ""),
        ("b", "2022-01-01", "A", 12, 11, 10, 72, 5, "a"),
    )
    HEADING = "customer_id,date,category,quantity,unit_price,reference_price,cost,service_cost,referrer"

    def test_the_worked_example_through_the_command(self) -> None:
        write("lines.csv", self.LINES, self.HEADING)
        first, second = view("decomposition", "lines.csv")
        parts = [float(first[name]) for name in ("clv1", "clv2", "clv3", "clv4", "clv6", "total_without_referral")]
        assert parts == pytest.approx([32.0, 66.644628, 32.727273, 7.983471, 15.371901, 154.727273], abs=1e-6)
        assert float(first["clv5"]) == pytest.approx(55 / 1.1)
        assert (float(second["clv1"]), float(second["clv5"]), second["missing"]) == (55.0, 0.0, "")

    def test_a_file_of_customers_can_tell_who_referred_whom(self) -> None:
        without = [line[:-1] for line in self.LINES]
        write("lines.csv", without, self.HEADING.removesuffix(",referrer"))
        write("people.csv", [("b", "a"), ("a", "")], "customer_id,referred_by")
        outcome = run("lines.csv", "--view", "decomposition", "--customers", "people.csv")
        assert [float(row["clv5"]) for row in rows(outcome)] == pytest.approx([55 / 1.1, 0.0])
        refused = run("lines.csv", "--customers", "people.csv")
        assert refused.code == 2
        assert "--view decomposition" in refused.stderr

    def test_missing_columns_are_named(self) -> None:
        found = run("shop.csv", "--view", "decomposition")
        row = rows(found)[0]
        assert (row["clv3"], row["clv4"], row["clv5"], row["clv6"]) == ("", "", "", "")
        assert "category" in row["missing"]
        assert "clv3 needs category" in found.stderr

    def test_customers_without_a_repeat_purchase_are_no_obstacle(self) -> None:
        write("lines.csv", self.LINES[:1], self.HEADING)
        assert len(view("decomposition", "lines.csv")) == 1


class TestContractual:
    def test_survivors(self) -> None:
        write("left.csv", [(0, 1000), (1, 631), (2, 468), (3, 382)], "year,survivors")
        found = view("retention", "--contractual", "left.csv")
        assert [row["observed"] for row in found[:4]] == ["1.0", "0.631", "0.468", "0.382"]
        assert found[-1]["projected"] == "true"

    def test_start_and_end(self) -> None:
        lines = [(f"c{i}", f"20{15 + i % 4}-02-01", "" if i % 3 else f"20{16 + i % 4}-06-01") for i in range(60)]
        write("spans.csv", lines, "customer_id,start,end")
        outcome = run(
            "--contractual", "spans.csv", "--as-of", "2021-01-01", "--margin-per-period", "80", "--view", "summary"
        )
        found = {row["measure"]: row["value"] for row in rows(outcome)}
        assert float(found["value_of_a_new_customer"]) == pytest.approx(80 * float(found["lifetime"]))

    def test_the_page_needs_no_date(self) -> None:
        write("left.csv", [(0, 1000), (1, 631), (2, 468), (3, 382)], "year,survivors")
        page = run("--contractual", "left.csv", "-f", "table")
        assert page.code == 0
        assert "as of" not in page.table.splitlines()[0]

    def test_facts_say_what_was_read(self) -> None:
        write("left.csv", [(0, 1000), (1, 631), (2, 468)], "year,survivors")
        document = facts("--contractual", "left.csv")
        assert (document["as_of"], document["load"]["kind"], document["load"]["rows"]) == (None, "survivors", 3)

    def test_a_view_of_purchases_is_refused(self) -> None:
        write("left.csv", [(0, 1000), (1, 631), (2, 468)], "year,survivors")
        refused = run("--contractual", "left.csv", "--view", "customers")
        assert refused.code == 2
        assert "retention" in refused.stderr


class TestPage:
    @pytest.mark.parametrize("width", ["60", "80", "120"])
    def test_it_holds_totals_models_chart_and_customers_within_its_width(self, width: str) -> None:
        outcome = crmcli("clv", "shop.csv", "-f", "table", environment={"COLUMNS": width})
        assert outcome.code == 0
        for part in ("Totals", "Models", "Repeat purchases by week", "Customers, highest clv first", "●"):
            assert part in outcome.table
        assert max(map(len, outcome.table.splitlines())) <= int(width)

    def test_one_view_has_the_whole_table(self) -> None:
        outcome = run("shop.csv", "--view", "validation", "-f", "table")
        assert "tracking" in outcome.table


def test_facts_carry_the_headline_figures() -> None:
    found = facts("shop.csv")["facts"]
    low, middle, high = (found[name]["value"] for name in ("future_value_low", "future_value", "future_value_high"))
    assert low < middle < high
    assert found["customers"]["value"] == 60
