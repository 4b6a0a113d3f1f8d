"""`crmcli segment`, option by option: each does what its help says, and can be seen to do it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from command import crmcli
from shop_files import BAD_ROW, CUTS, SHOP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Outcome

ESCAPE = "\x1b"


def run(*arguments: str | Path, environment: dict[str, str] | None = None) -> Outcome:
    return crmcli("segment", *arguments, environment=environment)


def rows(outcome: Outcome) -> list[dict[str, str]]:
    assert outcome.code == 0, outcome.stderr
    return list(csv.DictReader(io.StringIO(outcome.table)))


def column(outcome: Outcome, name: str) -> list[str]:
    return [row[name] for row in rows(outcome)]


def load_notes(*arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = facts(*arguments)["load"]
    return document


def facts(*arguments: str) -> dict[str, Any]:
    outcome = run(*arguments, "--facts", "-", "-o", "unread.csv")
    assert outcome.code == 0, outcome.stderr
    document: dict[str, Any] = json.loads(outcome.table, parse_float=Decimal)
    return document


@dataclass(frozen=True, slots=True)
class Effect:
    """One option at work: the file, what the run without it gives, and what the run with it gives."""

    option: str
    file: str
    given: tuple[str, ...]
    expected: Callable[[Outcome], bool]
    without: Callable[[Outcome], bool]
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((self.option, *self.given))


def refused(*parts: str) -> Callable[[Outcome], bool]:
    """The run fails with exit 3, and its error names these."""
    return lambda outcome: outcome.code == 3 and outcome.stdout == b"" and all(part in outcome.stderr for part in parts)


def shows(name: str, *values: str) -> Callable[[Outcome], bool]:
    """A column of the view holds exactly these values."""
    return lambda outcome: column(outcome, name) == list(values)


def has_rows(count: int) -> Callable[[Outcome], bool]:
    return lambda outcome: len(rows(outcome)) == count


def says(text: str) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.code == 0 and text in outcome.stderr


def is_silent(text: str) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.code == 0 and text not in outcome.stderr


def shows_customers(count: int) -> Callable[[Outcome], bool]:
    """The page names so many customers in its table."""
    return lambda outcome: len(re.findall(r"^ *c[0-9]\b", outcome.table, re.MULTILINE)) == count


def anything(_: Outcome) -> bool:
    return True


NINE = tuple(f"c{number}" for number in range(9))
EFFECTS = [
    Effect("--map", "two.csv", ("customer_id=payer",), shows("customer_id", "bob", "cid"), shows("customer_id", "ann")),
    Effect(
        "--map",
        "two.csv",
        ("customer_id=nobody",),
        refused("customer_id=nobody", "'payer'"),
        shows("customer_id", "ann"),
    ),
    Effect("--profile", "cdnow.csv", ("none",), is_silent("profile"), says("(profile cdnow)")),
    Effect("--profile", "shop.csv", ("shopify",), refused("Shopify", "--profile auto"), is_silent("profile")),
    Effect("--date-format", "dates.csv", ("%d/%m/%Y",), shows("as_of", *["2024-06-05"] * 2), refused("--date-format")),
    Effect("--date-format", "dates.csv", ("%m/%d/%Y",), shows("as_of", *["2024-05-06"] * 2), refused("--date-format")),
    Effect("--decimal", "marks.csv", (",",), shows("monetary", "1.23", "5.00"), refused("--decimal")),
    Effect("--decimal", "marks.csv", (".",), shows("monetary", "1234.00", "5.00"), refused("--decimal")),
    Effect("--encoding", "latin.csv", ("cp1252",), shows("customer_id", "Zoé"), refused("--encoding")),
    Effect("--delimiter", "colons.csv", (":",), shows("customer_id", "a", "b"), refused("--delimiter")),
    Effect("--skip-lines", "preamble.csv", ("2",), shows("customer_id", "a", "b"), refused("--skip-lines 2")),
    Effect(
        "--money-scale", "mills.csv", ("3",), shows("monetary", "1.234", "5.500"), shows("monetary", "1.23", "5.50")
    ),
    Effect("--money-scale", "mills.csv", ("0",), shows("monetary", "1", "6"), shows("monetary", "1.23", "5.50")),
    Effect("--as-of", "shop.csv", ("2024-01-31",), says("rule after_as_of"), is_silent("rule after_as_of")),
    Effect("--since", "shop.csv", ("2024-06-01",), says("rule before_since"), is_silent("rule before_since")),
    Effect(
        "--where", "shop.csv", ("channel=shop",), says("46 rows dropped by the rule where"), is_silent("rule where")
    ),
    Effect("--where", "shop.csv", ("customer_id=c1",), shows("customer_id", "c1"), shows("customer_id", *NINE)),
    Effect(
        "--where",
        "shop.csv",
        ("customer_id=c1", "--where", "customer_id=c2"),
        shows("customer_id", "c1", "c2"),
        shows("customer_id", *NINE),
    ),
    Effect("--max-bad", "bad.csv", ("0",), refused("line 72", "INVALID_DATE 1", "--max-bad"), says("1 of 71 rows")),
    Effect("--max-bad", "bad.csv", ("1%",), refused("0 are allowed"), says("1 of 71 rows")),
    Effect("--max-bad", "bad.csv", ("2%",), says("1 of 71 rows"), says("1 of 71 rows")),
    Effect("--strict", "bad.csv", (), refused("line 72", "--strict allows none"), says("1 of 71 rows")),
    Effect("--strict", "shop.csv", (), has_rows(9), has_rows(9)),
    Effect("--view", "shop.csv", ("concentration",), has_rows(7), has_rows(9)),
    Effect("--top", "shop.csv", ("2",), shows_customers(2), shows_customers(9), ("-f", "table", "--view", "customers")),
    Effect("--rfm-method", "shop.csv", ("ntile",), says("customer_id"), anything),
    Effect(
        "--scores", "shop.csv", ("3",), has_rows(9), has_rows(15), ("--view", "thresholds", "--segments", "rules.toml")
    ),
    Effect(
        "--segments",
        "shop.csv",
        ("rfm-r",),
        lambda out: "Loyalist" in out.table,
        lambda out: "champions" in out.table and "Loyalist" not in out.table,
    ),
    Effect(
        "--segments",
        "shop.csv",
        ("rules.toml",),
        lambda out: set(column(out, "segment")) == {"silent", "the rest"},
        lambda out: "champions" in column(out, "segment"),
    ),
    Effect("--abc-by", "shop.csv", ("revenue",), shows("name", "A", "B", "C"), has_rows(4), ("--view", "abc")),
    Effect(
        "--value",
        "shop.csv",
        ("revenue",),
        lambda out: column(out, "value") == column(out, "monetary"),
        lambda out: all(Decimal(row["value"]) < Decimal(row["monetary"]) for row in rows(out)),
    ),
    Effect(
        "--spreadsheet-safe",
        "formula.csv",
        (),
        shows("customer_id", "'=1+1", "'@b"),
        shows("customer_id", "=1+1", "@b"),
    ),
]


@pytest.mark.parametrize("effect", EFFECTS, ids=str)
@pytest.mark.usefixtures("folder")
def test_the_option_does_what_it_says(effect: Effect) -> None:
    before, after = run(effect.file, *effect.also), run(effect.file, *effect.also, effect.option, *effect.given)
    assert effect.without(before), (before.stderr, before.table[:500])
    assert effect.expected(after), (after.stderr, after.table[:500])


FORMATS: dict[str, Callable[[Outcome], bool]] = {
    "csv": lambda outcome: len(rows(outcome)) == 9,
    "tsv": lambda outcome: outcome.table.splitlines()[0].split("\t")[:2] == ["customer_id", "as_of"],
    "json": lambda outcome: [row["customer_id"] for row in json.loads(outcome.table)] == list(NINE),
    "ndjson": lambda outcome: [json.loads(line)["customer_id"] for line in outcome.table.splitlines()] == list(NINE),
    "markdown": lambda outcome: outcome.table.startswith("| "),
    "parquet": lambda outcome: pl.read_parquet(io.BytesIO(outcome.stdout))["customer_id"].to_list() == list(NINE),
    "table": lambda outcome: "9 customers" in outcome.table or "Customers" in outcome.table,
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.usefixtures("folder")
def test_format_and_output(name: str) -> None:
    printed = run("shop.csv", "-f", name)
    assert printed.code == 0
    assert FORMATS[name](printed)
    suffix = {"markdown": "md", "table": "txt"}.get(name, name)
    written = run("shop.csv", "-o", f"out.{suffix}", "-q")
    assert (written.code, written.stdout, written.stderr) == (0, b"", "")
    assert written.code == run("shop.csv", "--format", name, "--output", "other").code
    with open(f"out.{suffix}", "rb") as one, open("other", "rb") as other:  # noqa: PTH123 — in the working directory
        assert one.read() == other.read() == printed.stdout


@pytest.mark.usefixtures("folder")
def test_the_format_beats_the_suffix() -> None:
    assert run("shop.csv", "-o", "out.csv", "-f", "json").code == 0
    with open("out.csv", "rb") as file:  # noqa: PTH123 — in the working directory
        assert len(json.load(file)) == 9


def test_rejects_hold_every_bad_row(folder: Path) -> None:
    lines = [
        BAD_ROW,
        "o98,c1,2024-01-13,1\n",
        'o97,c"1,2024-01-13,1,5.00,1.00,web\n',
        "o96,c1,2024-01-13,x,5.00,1.00,web\n",
    ]
    (folder / "bad.csv").write_text(SHOP + "".join(lines), encoding="utf-8")
    outcome = run("bad.csv", "--rejects", "rejects.csv")
    assert len(rows(outcome)) == 9
    with (folder / "rejects.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == ["file", "line", "code", "column", "message", "raw"]
    assert [(row["file"], row["line"], row["code"], row["column"]) for row in found] == [
        ("bad.csv", "72", "INVALID_DATE", "date"),
        ("bad.csv", "73", "MISSING_COLUMNS", ""),
        ("bad.csv", "74", "STRAY_QUOTE", ""),
        ("bad.csv", "75", "INVALID_AMOUNT", "quantity"),
    ]
    assert [row["raw"] + "\n" for row in found] == lines


def test_rejects_are_written_though_the_run_fails(folder: Path) -> None:
    assert run("bad.csv", "--rejects", "rejects.csv", "--strict").code == 3
    assert "2024-02-30" in (folder / "rejects.csv").read_text()


def test_rejects_of_a_sound_file_are_a_header(folder: Path) -> None:
    assert run("shop.csv", "--rejects", "rejects.csv").code == 0
    assert (folder / "rejects.csv").read_text() == "file,line,code,column,message,raw\n"


@pytest.mark.usefixtures("folder")
def test_the_facts_name_what_was_read_found_and_set() -> None:
    document = facts("bad.csv", "--as-of", "2024-12-31", "--where", "channel=web", "--scores", "5")
    assert list(document) == ["schema_version", "command", "as_of", "facts", "notes", "load", "settings"]
    assert (document["command"], document["as_of"]) == ("segment", "2024-12-31")
    load = document["load"]
    assert load["files"] == [{"file": "bad.csv", "kind": "text", "rows": 71}]
    assert load["layouts"][0]["mapping"] == {
        "customer_id": "customer_id",
        "date": "date",
        "order_id": "order_id",
        "quantity": "quantity",
        "unit_price": "unit_price",
        "cost": "cost",
    }
    assert (load["rows_read"], load["rows_used"], load["quarantined"]) == (71, 46, {"INVALID_DATE": 1})
    assert load["dropped"] == {"where": 24}
    assert load["bad_rows"][0]["line"] == 72
    expected = sum(
        (Decimal(row["quantity"]) * Decimal(row["unit_price"]) for row in _shop() if row["channel"] == "web"),
        Decimal(0),
    )
    assert load["net"] == document["facts"]["revenue"]["value"] == expected
    customers = len({row["customer_id"] for row in _shop() if row["channel"] == "web"})
    assert document["facts"]["customers"] == {"value": customers, "unit": "customers", "label": "Customers"}


def _shop() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(SHOP)))


def test_the_facts_do_not_depend_on_where_the_output_goes(folder: Path) -> None:
    runs = (("-o", "a.csv"), ("-o", "b.json", "--view", "abc"), ("-f", "table", "-q"))
    for number, options in enumerate(runs):
        assert run("shop.csv", "--facts", f"{number}.json", *options).code == 0
    first, second, third = [(folder / f"{number}.json").read_bytes() for number in range(3)]
    assert first == second == third


@pytest.mark.usefixtures("folder")
def test_saved_thresholds_score_the_same_customers_the_same() -> None:
    fitted = run("shop.csv", "--thresholds-out", "saved.json")
    again = run("shop.csv", "--thresholds", "saved.json")
    assert again.stdout == fitted.stdout
    assert "thresholds saved as of 2024-11-" in again.stderr


@pytest.mark.usefixtures("folder")
def test_saved_thresholds_hold_still_while_the_crowd_moves() -> None:
    assert run("shop.csv", "--thresholds-out", "saved.json").code == 0
    frozen = run("shop.csv", "--thresholds", "saved.json", "--as-of", "2026-01-01")
    fitted = run("shop.csv", "--as-of", "2026-01-01")
    assert set(column(frozen, "r_score")) == {"1"}
    assert len(set(column(fitted, "r_score"))) > 1
    assert column(frozen, "m_score") == column(fitted, "m_score")


@pytest.mark.usefixtures("folder")
def test_saved_thresholds_of_another_k_are_refused() -> None:
    assert run("shop.csv", "--scores", "4", "--segments", "rules.toml", "--thresholds-out", "saved.json").code == 0
    outcome = run("shop.csv", "--thresholds", "saved.json")
    assert outcome.code == 2
    assert "--scores 4" in outcome.stderr


@pytest.mark.usefixtures("folder")
def test_cuts_are_the_limits_of_the_scores() -> None:
    outcome = run("shop.csv", "--rfm-method", "cuts", *CUTS)
    for row in rows(outcome):
        recency, frequency, money = int(row["recency_days"]), int(row["frequency"]), Decimal(row["monetary"])
        assert int(row["r_score"]) == 5 - sum(recency > limit for limit in (30, 60, 90, 120))
        assert int(row["f_score"]) == 1 + sum(frequency >= limit for limit in (2, 3, 5, 9))
        assert int(row["m_score"]) == 1 + sum(money >= limit for limit in (50, 100, 150, 200))


@pytest.mark.usefixtures("folder")
def test_own_rules_name_the_segments_and_their_actions() -> None:
    by_segment = {
        row["segment"]: row for row in rows(run("shop.csv", "--segments", "rules.toml", "--view", "segments"))
    }
    assert {name: row["action"] for name, row in by_segment.items()} == {"silent": "ask why", "the rest": ""}
    customers = rows(run("shop.csv", "--segments", "rules.toml"))
    assert all((row["segment"] == "silent") == (int(row["r_score"]) <= 2) for row in customers)


def test_own_rules_with_gaps_overlaps_and_idle_ones_are_warned_about(folder: Path) -> None:
    rules = '[[segments]]\nname="a"\nr=[4,5]\n[[segments]]\nname="b"\nr=[3,4]\n[[segments]]\nname="c"\nr=[4,4]\n'
    (folder / "own.toml").write_text(rules)
    outcome = run("shop.csv", "-v", "--segments", "own.toml")
    assert outcome.code == 0
    for code in ("rules_gap", "rules_overlap", "rules_idle"):
        assert f"[{code}]" in outcome.stderr
    assert "unassigned" in column(outcome, "segment")


def test_a_file_that_unpacks_a_thousandfold_must_be_trusted(folder: Path) -> None:
    header, row = b"customer_id,date,amount\n", b"a,2024-01-13,5\n"
    (folder / "bomb.csv.gz").write_bytes(gzip.compress(header + row + b"b" * (105 << 20), compresslevel=9))
    outcome = run("bomb.csv.gz")
    assert outcome.code == 3
    assert "--trust-input" in outcome.stderr
    assert column(run("bomb.csv.gz", "--trust-input"), "customer_id") == ["a"]


@pytest.mark.usefixtures("folder")
def test_colours_can_be_forced_and_forbidden() -> None:
    page = ("shop.csv", "-f", "table")
    forced = {"FORCE_COLOR": "1", "NO_COLOR": ""}
    plain, coloured = run(*page), run(*page, environment=forced)
    assert ESCAPE not in plain.table + plain.stderr
    assert ESCAPE in coloured.table
    assert ESCAPE in coloured.stderr
    assert ESCAPE not in run("shop.csv", environment=forced).table
    assert run(*page, environment={**forced, "NO_COLOR": "1"}) == plain
    assert run(*page, "--no-color", environment=forced) == plain
    assert crmcli("--no-color", "segment", *page, environment=forced) == plain


@pytest.mark.usefixtures("folder")
def test_quiet_and_verbose_work_before_and_after_the_command() -> None:
    for arguments in (("-q", "segment", "shop.csv"), ("segment", "shop.csv", "-q"), ("segment", "--quiet", "shop.csv")):
        assert crmcli(*arguments).stderr == ""
    before, after, usual = crmcli("-v", "segment", "shop.csv"), run("shop.csv", "--verbose"), run("shop.csv")
    assert before == after
    assert "[mapping]" in before.stderr
    assert "[mapping]" not in usual.stderr
    assert before.stdout == usual.stdout


@pytest.mark.usefixtures("folder")
def test_quiet_keeps_the_warning_that_rows_are_lost_and_twice_quiet_does_not() -> None:
    for arguments in (("-q", "segment", "bad.csv"), ("segment", "bad.csv", "--quiet")):
        (line,) = crmcli(*arguments).message_lines
        assert line.startswith("crmcli: warning: 1 of 71 rows is bad and was not used (INVALID_DATE 1)")
    for words in (("-qq", "segment", "bad.csv"), ("segment", "-q", "bad.csv", "-q"), ("segment", "bad.csv", "-qq")):
        assert (crmcli(*words).code, crmcli(*words).stderr) == (0, "")
    assert crmcli("segment", "none.csv", "-qq").message_lines[0].startswith("crmcli: error: ")


@pytest.mark.usefixtures("folder")
def test_what_follows_two_dashes_is_a_file_name() -> None:
    outcome = run("--", "-q")
    assert outcome.code == 3
    assert "'-q'" in outcome.stderr


ELSEWHERE = {
    "--rejects",
    "--facts",
    "--thresholds",
    "--thresholds-out",
    "--cuts",
    "--trust-input",
    "--format",
    "--output",
    # In test_segment_life_pages.py:
    *("--period", "--cut", "--constants"),
    # In test_segment_movement_command.py:
    *("--compare-to", "--rescore", "--customers", "--attribute", "--id-column", "--contacts", "--cost-column"),
    *("--contact-cost", "--by", "--target", "--prospects", "--avoid", "--seed"),
    *("--strategy", "--language", "--explain"),
}


def test_every_option_of_the_help_is_tested_here() -> None:
    listed = set(re.findall(r"^\s+(?:-\w, )?(--[a-z-]+)", crmcli("segment", "--help").table, re.MULTILINE))
    assert listed - {"--help"} == {effect.option for effect in EFFECTS} | ELSEWHERE
