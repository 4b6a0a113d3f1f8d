"""The options of movement and attention: each does what its help says, and what does not fit together is refused."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from command import crmcli

if TYPE_CHECKING:
    from pathlib import Path

    from command import Outcome

KINDS = ("firm", "person")
PEOPLE = "customer_id,kind,town,cost\n" + "".join(f"c{n},{KINDS[n > 3]},t{n % 2},{n}.50\n" for n in range(12))
CONTACTS = "customer_id,date,price of it\n" + "".join(f"c{n % 5},2024-0{1 + n % 9}-03,{n}.25\n" for n in range(30))
TRAITS = "customer_id,kind\n" + "".join(f"k{n:03d},{KINDS[n % 2]}\n" for n in range(120))


def big_shop() -> str:
    """Firms order ten times, people once; every fifth of either is the other way round."""
    lines = [
        f"k{number:03d},2024-{month:02d}-{10 + number % 15},{20 + number}.00,{'DE' if number % 3 else 'FR'}\n"
        for number in range(120)
        for month in range(1, 11 if (number % 2 == 0) != (number % 5 == 0) else 2)
    ]
    return "customer_id,date,amount,country\n" + "".join(lines)


@pytest.fixture
def shop(folder: Path) -> Path:
    files = {
        "people.csv": PEOPLE,
        "contacts.csv": CONTACTS,
        "big.csv": big_shop(),
        "traits.csv": TRAITS,
        "leads.csv": "customer_id,kind\nL1,firm\nL2,person\nL3,\n",
        "own.toml": '[segment.champions]\naction = "sing"\n',
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(*arguments: str) -> Outcome:
    return crmcli("segment", *arguments)


def rows(*arguments: str) -> list[dict[str, str]]:
    outcome = run(*arguments)
    assert outcome.code == 0, outcome.stderr
    return list(csv.DictReader(io.StringIO(outcome.table)))


def facts(*arguments: str) -> dict[str, Any]:
    outcome = run(*arguments, "--facts", "-", "-o", "unread.csv")
    assert outcome.code == 0, outcome.stderr
    return {name: fact["value"] for name, fact in json.loads(outcome.table)["facts"].items()}


@pytest.mark.usefixtures("shop")
def test_compare_to_and_rescore() -> None:
    frozen = rows("shop.csv", "--view", "migration", "--compare-to", "2024-06-30")
    rescored = rows("shop.csv", "--view", "migration", "--compare-to", "2024-06-30", "--rescore")
    assert sum(int(row["customers"]) for row in frozen) == sum(int(row["customers"]) for row in rescored) == 9
    assert frozen != rescored
    assert facts("shop.csv", "--compare-to", "2024-06-30")["compared_to"] == "2024-06-30"


@pytest.mark.usefixtures("shop")
def test_customers_and_by() -> None:
    by_class = rows("big.csv", "--view", "profile", "--customers", "traits.csv", "--by", "class")
    assert {row["group"] for row in by_class} == {"vip", "regular", "one_off"}
    assert {row["attribute"] for row in by_class} == {"kind"}
    one_off = next(row for row in by_class if (row["group"], row["level"]) == ("one_off", "person"))
    assert float(one_off["index"]) > 1.3
    assert float(one_off["q_value"]) < 0.001
    by_stage = rows("big.csv", "--view", "profile", "--customers", "traits.csv", "--by", "stage")
    assert {row["group"] for row in by_stage} <= {"formation", "growth", "maturity", "decline", "termination"}


@pytest.mark.usefixtures("shop")
def test_attribute_is_a_column_of_the_transactions() -> None:
    found = rows("big.csv", "--view", "profile", "--attribute", "Country", "--by", "class")
    assert {(row["attribute"], row["level"]) for row in found} == {("Country", "DE"), ("Country", "FR")}
    both = rows("big.csv", "--view", "profile", "--attribute", "country", "--customers", "traits.csv", "--by", "class")
    assert {row["attribute"] for row in both} == {"country", "kind"}


@pytest.mark.usefixtures("shop")
def test_contacts_and_what_they_cost() -> None:
    arguments = ("shop.csv", "--view", "management", "--contacts", "contacts.csv", "--by", "class")
    priced = rows(*arguments, "--cost-column", "price of it")
    assert sum(float(row["cost"]) for row in priced) == pytest.approx(sum(n + 0.25 for n in range(30)))
    assert sum(float(row["shift_amount"]) for row in priced) == pytest.approx(0)
    counted = run(*arguments)
    assert "states no cost" in counted.stderr
    assert sum(float(row["cost"]) for row in csv.DictReader(io.StringIO(counted.table))) == 30
    each = rows(*arguments, "--contact-cost", "2.50")
    assert sum(float(row["cost"]) for row in each) == 75


@pytest.mark.usefixtures("shop")
def test_cost_to_serve_may_be_a_column_of_customers() -> None:
    found = rows("shop.csv", "--view", "management", "--customers", "people.csv", "--cost-column", "cost")
    assert sum(float(row["cost"]) for row in found) == sum(n + 0.5 for n in range(9))
    assert run("shop.csv", "--view", "management", "--customers", "people.csv").code == 2


@pytest.mark.usefixtures("shop")
def test_target_and_prospects() -> None:
    arguments = ("big.csv", "--view", "lookalike", "--customers", "traits.csv", "--target", "frequency>=10")
    outside = rows(*arguments)
    assert len(outside) == sum(1 for n in range(120) if (n % 2 == 0) == (n % 5 == 0))
    best = max(outside, key=lambda row: float(row["score"]))
    assert best["reasons"].startswith("kind=firm +")
    leads = {row["customer_id"]: row for row in rows(*arguments, "--prospects", "leads.csv")}
    assert list(leads) == ["L1", "L2", "L3"]
    assert float(leads["L1"]["score"]) > float(leads["L2"]["score"])


def test_id_column_names_the_customer_in_all_three_files(shop: Path) -> None:
    for name in ("traits.csv", "leads.csv"):
        path = shop / name
        path.write_text(path.read_text(encoding="utf-8").replace("customer_id", "Lead"), encoding="utf-8")
    arguments = ("big.csv", "--view", "lookalike", "--customers", "traits.csv", "--target", "frequency>=10")
    refused = run(*arguments, "--prospects", "leads.csv")
    assert refused.code == 3
    assert "--id-column COLUMN" in refused.stderr
    assert len(rows(*arguments, "--prospects", "leads.csv", "--id-column", "Lead")) == 3


def test_answers_that_loyalty_rests_on_tell_nothing_of_loyalty(shop: Path) -> None:
    lines = [f"k{n:03d},{KINDS[n % 2]},{1 + (n * 7) % 5}" for n in range(120)]
    (shop / "asked.csv").write_text("customer_id,kind,satisfaction\n" + "\n".join(lines) + "\n", encoding="utf-8")
    arguments = ("big.csv", "--view", "lookalike", "--customers", "asked.csv", "--target")
    by_loyalty = run(*arguments, "loyalty_index>=50")
    assert "trait 'satisfaction' refused: the target is made from it" in by_loyalty.stderr
    assert "satisfaction" not in by_loyalty.table
    assert "refused" not in run(*arguments, "frequency>=10").stderr


@pytest.mark.usefixtures("shop")
def test_avoid_and_seed() -> None:
    arguments = ("big.csv", "--view", "lookalike", "--customers", "traits.csv", "--target", "frequency>=10")
    avoid = run(*arguments, "--avoid")
    assert avoid.stdout == run(*arguments).stdout
    assert "stay away from" in avoid.stderr
    assert facts(*arguments, "--avoid")["lookalike_purpose"] == "avoid"
    seeds = [rows(*arguments, "--seed", seed) for seed in ("0", "1", "0")]
    assert seeds[0] == seeds[2] != seeds[1]


@pytest.mark.usefixtures("shop")
def test_strategy_and_language() -> None:
    usual = {row["segment"]: row["action"] for row in rows("shop.csv", "--view", "segments")}
    assert usual["champions"] == "reward, show new things first"
    own = {row["segment"]: row["action"] for row in rows("shop.csv", "--view", "segments", "--strategy", "own.toml")}
    assert own == usual | {"champions": "sing"}
    chinese = rows("shop.csv", "--view", "strategy", "--language", "zh")
    assert chinese[0]["action"] == "重点维护，新品先享"


@pytest.mark.usefixtures("shop")
def test_explain_shows_one_customer() -> None:
    table = rows("shop.csv", "--explain", "c1")
    assert list(table[0]) == ["step", "item", "value"]
    assert table[0] == {"step": "orders", "item": "customer_id", "value": "c1"}
    page = run("shop.csv", "--explain", "c1", "-f", "table").table
    assert "One customer, step by step" in page
    assert " rows · all" not in page
    unknown = run("shop.csv", "--explain", "c01")
    assert (unknown.code, unknown.stdout) == (2, b"")
    assert "Did you mean 'c0' or 'c1'" in unknown.stderr or "Did you mean 'c1'" in unknown.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--rescore",), "--rescore has no effect without --compare-to DATE"),
        (("--avoid",), "--avoid has no effect without --target RULE"),
        (("--prospects", "leads.csv"), "--prospects has no effect without --target RULE"),
        (("--target", "class=vip"), "--target has no effect without --customers FILE or --attribute COLUMN"),
        (("--contact-cost", "3"), "--contact-cost has no effect without --contacts FILE"),
        (("--cost-column", "x"), "--cost-column has no effect without"),
        (("--contacts", "contacts.csv", "--contact-cost", "free"), "'free' is no amount above 0"),
        (("--by", "sement"), "Did you mean 'segment'?"),
        (("--language", "de"), "is none of en, zh"),
        (("--strategy", "none.toml"), "--strategy none.toml: No such file"),
        (("--strategy", "rules.toml"), "unknown key 'segments'"),
        (("--compare-to", "June"), "--compare-to 'June' is not a date"),
        (("--compare-to", "2030-01-01"), "does not lie before as_of"),
        (("--customers", "traits.csv", "--target", "class"), "not of the form COLUMN=VALUE"),
        (("--view", "migration"), "needs an earlier date to compare with"),
        (("--view", "profile"), "needs attributes of customers"),
        (("--view", "management"), "needs what contact costs"),
        (("--view", "lookalike", "--customers", "people.csv"), "needs a rule"),
        (("--view", "explain"), "needs a customer"),
        (("--customers", "-", "--contacts", "-"), "Standard input (-) is named twice"),
        (("--attribute", "channel", "--customers", "channels.csv"), "is also a column of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_does_not_fit_is_refused_as_usage(arguments: tuple[str, ...], words: str, shop: Path) -> None:
    (shop / "channels.csv").write_text("customer_id,channel\nc1,web\n", encoding="utf-8")
    outcome = run("shop.csv", *arguments)
    assert (outcome.code, outcome.stdout) == (2, b"")
    assert words in outcome.stderr


def test_customers_may_come_from_standard_input(shop: Path) -> None:
    traits = (shop / "traits.csv").read_bytes()
    arguments = ("segment", "big.csv", "--view", "profile", "--by", "class", "--customers")
    assert crmcli(*arguments, "-", stdin=traits).stdout == crmcli(*arguments, "traits.csv").stdout


@pytest.mark.parametrize("flag", ["--customers", "--contacts", "--strategy"])
def test_no_output_overwrites_these_files(flag: str, shop: Path) -> None:
    name = {"--customers": "people.csv", "--contacts": "contacts.csv", "--strategy": "own.toml"}[flag]
    before = (shop / name).read_bytes()
    outcome = run("shop.csv", flag, name, "-o", name, "-f", "csv")
    assert outcome.code == 3
    assert (shop / name).read_bytes() == before


@pytest.mark.usefixtures("shop")
def test_the_page_shows_what_was_asked_for() -> None:
    page = run("big.csv", "-f", "table", "--compare-to", "2024-06-30", "--customers", "traits.csv").table
    assert "Migration between segments" in page
    assert "Traits by group" in page
    assert "Attention and value" not in page
    assert "Migration" not in run("big.csv", "-f", "table").table
