"""What the command refuses: which exit code, and what the three lines of the error name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command import crmcli
from shop_files import CUTS, SHOP

if TYPE_CHECKING:
    from pathlib import Path

    from command import Outcome


def run(*arguments: str | Path) -> Outcome:
    return crmcli("segment", *arguments)


REFUSED = {
    "unknown option": (("shop.csv", "--veiw", "abc"), ("--veiw", "--view")),
    "unknown profile": (("shop.csv", "--profile", "shopfy"), ("shopfy", "Did you mean 'shopify'?")),
    "unknown view": (("shop.csv", "--view", "custmers"), ("'custmers'", "Did you mean 'customers'?", "concentration")),
    "unknown format": (("shop.csv", "-f", "xls"), ("'xls'", "parquet")),
    "unknown suffix": (("shop.csv", "-o", "out.xyz"), (".xyz", ".parquet", "-f")),
    "no file": ((), ("FILES",)),
    "bad date": (("shop.csv", "--as-of", "2024-13-01"), ("--as-of '2024-13-01'", "YYYY-MM-DD")),
    "date that is none": (("shop.csv", "--since", "yesterday"), ("--since 'yesterday'", "YYYY-MM-DD")),
    "rules that are missing": (("shop.csv", "--segments", "none.toml"), ("none.toml", "grid10", "rfm-r")),
    "rules that are none": (("shop.csv", "--segments", "shop.csv"), ("shop.csv", "TOML")),
    "thresholds that are missing": (("shop.csv", "--thresholds", "none.json"), ("none.json", "No such file")),
    "thresholds that are none": (("shop.csv", "--thresholds", "shop.csv"), ("shop.csv", "JSON")),
    "a method beside thresholds": (
        ("shop.csv", "--thresholds", "t.json", "--rfm-method", "ntile"),
        ("--rfm-method has no effect beside --thresholds", "Leave out --rfm-method"),
    ),
    "cuts beside thresholds": (("shop.csv", "--thresholds", "t.json", *CUTS), ("--cuts has no effect",)),
    "unknown method": (("shop.csv", "--rfm-method", "crn"), ("'crn'", "Did you mean 'crm'?")),
    "method without its cuts": (("shop.csv", "--rfm-method", "cuts"), ("needs cuts",)),
    "cuts without their method": (("shop.csv", *CUTS), ("takes no cuts",)),
    "cuts of one metric": (("shop.csv", "--rfm-method", "cuts", *CUTS[:2]), ("frequency, monetary is missing",)),
    "cuts that are no numbers": (("shop.csv", "--rfm-method", "cuts", "--cuts", "monetary=a,b"), ("'monetary=a,b'",)),
    "cuts of an unknown metric": (("shop.csv", "--rfm-method", "cuts", "--cuts", "money=1"), ("'money'",)),
    "scores that grid10 lacks": (("shop.csv", "--scores", "4"), ("grid10", "--scores 5", "--segments FILE")),
    "too many scores": (("shop.csv", "--scores", "11"), ("--scores", "10")),
    "unknown tiers": (("shop.csv", "--abc-by", "customer"), ("'customer'", "Did you mean 'customers'?")),
    "unknown value": (("shop.csv", "--value", "profit"), ("'profit'", "margin")),
    "no row to show": (("shop.csv", "--top", "0"), ("--top",)),
    "money scale": (("shop.csv", "--money-scale", "9"), ("--money-scale", "6")),
    "mapping without =": (("shop.csv", "--map", "customer_id"), ("CANONICAL=COLUMN",)),
    "unknown canonical column": (("shop.csv", "--map", "customer=x"), ("'customer'", "Did you mean 'customer_id'?")),
    "where without =": (("shop.csv", "--where", "channel"), ("COLUMN=VALUE",)),
    "limit that is none": (("shop.csv", "--max-bad", "few"), ("'few'", "--max-bad 1%")),
    "decimal mark": (("shop.csv", "--decimal", ";"), ("--decimal ';'",)),
    "delimiter of two": (("shop.csv", "--delimiter", "::"), ("--delimiter '::'",)),
    "unknown encoding": (("shop.csv", "--encoding", "klingon"), ("klingon", "utf-8")),
    "standard input twice": (("-", "-"), ("twice",)),
    "outputs in one place": (("shop.csv", "-o", "out.csv", "--rejects", "out.csv"), ("-o and --rejects", "out.csv")),
    "facts and result in one place": (("shop.csv", "--facts", "-"), ("--facts", "-o")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_a_usage_error_before_any_file_is_read(case: str, folder: Path) -> None:
    arguments, parts = REFUSED[case]
    before = sorted(path.name for path in folder.iterdir())
    outcome = run(*arguments)
    assert (outcome.code, outcome.stdout) == (2, b"")
    assert 1 <= len(outcome.message_lines) <= 3, outcome.stderr
    assert outcome.stderr.startswith("crmcli: error: ")
    assert [part for part in parts if part not in outcome.stderr] == [], outcome.stderr
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.usefixtures("folder")
def test_margin_needs_a_cost() -> None:
    outcome = run("two.csv", "--value", "margin", "-q")
    assert (outcome.code, outcome.stdout) == (2, b"")
    assert "--map cost=COLUMN" in outcome.stderr


UNREADABLE = {
    "no such file": (("shap.csv",), ("'shap.csv'", "Did you mean 'shop.csv'?")),
    "no match": (("*.tsv",), ("'*.tsv'",)),
    "the same file twice": (("shop.csv", "./shop.csv"), ("same file", "twice")),
    "the same content twice": (("shop.csv", "copy.csv"), ("copy.csv", "same content")),
    "unknown column in --where": (("shop.csv", "--where", "chanel=web"), ("'chanel'", "Did you mean 'channel'?")),
    "lines beyond the end": (("shop.csv", "--skip-lines", "99"), ("--skip-lines 99",)),
    "a folder that does not exist": (("shop.csv", "-o", "none/out.csv"), ("none/out.csv",)),
    "a folder as output": (("shop.csv", "-o", ".", "-f", "csv"), ("directory",)),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_or_written_is_exit_3(case: str, folder: Path) -> None:
    (folder / "copy.csv").write_text(SHOP, encoding="utf-8")
    arguments, parts = UNREADABLE[case]
    outcome = run(*arguments)
    assert (outcome.code, outcome.stdout) == (3, b"")
    assert 1 <= len(outcome.message_lines) <= 3, outcome.stderr
    assert [part for part in parts if part not in outcome.stderr] == [], outcome.stderr


def test_too_little_data_is_exit_4_and_says_where_the_rows_went(folder: Path) -> None:
    (folder / "refunds.csv").write_text("customer_id,date,amount\na,2024-01-13,-5\n")
    for arguments, part in (
        (("refunds.csv",), "refund_only 1"),
        (("shop.csv", "--as-of", "2020-01-01"), "after_as_of 70"),
    ):
        outcome = run(*arguments, "-q")
        assert (outcome.code, outcome.stdout) == (4, b"")
        assert part in outcome.stderr


@pytest.mark.parametrize("flag", ["-o", "--facts", "--rejects", "--thresholds-out"])
def test_an_input_is_never_overwritten(flag: str, folder: Path) -> None:
    deeper = folder / "deeper"
    deeper.mkdir()
    source, link, twin = deeper / "in.csv", folder / "link.csv", folder / "twin.csv"
    source.write_text(SHOP, encoding="utf-8")
    link.symlink_to(source)
    twin.hardlink_to(source)
    for inputs in (source, deeper / "*.csv", deeper):
        for output in (source, link, twin):
            outcome = run(inputs, flag, output, "-q")
            assert (outcome.code, outcome.stdout) == (3, b"")
            assert "is the input" in outcome.stderr
    assert source.read_text(encoding="utf-8") == SHOP


@pytest.mark.usefixtures("folder")
def test_rules_and_thresholds_are_inputs_too() -> None:
    assert run("shop.csv", "--segments", "rules.toml", "--facts", "rules.toml").code == 3
    assert run("shop.csv", "--thresholds-out", "saved.json").code == 0
    assert run("shop.csv", "--thresholds", "saved.json", "--facts", "saved.json").code == 3
