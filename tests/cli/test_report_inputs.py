"""`crmcli report` on inputs and outputs of every kind that a new user tries."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import crmcli

if TYPE_CHECKING:
    from command import Outcome

FEW = "\n".join(["customer_id,date,amount", *(f"L{n:03d},2024-06-{1 + n % 25:02d},{5 + n}" for n in range(50))]) + "\n"
"""A shop to which nobody has come back yet: no forecast, and a report in no time."""

INVOICES = "invoice_id,customer_id,invoice_date,due_date,amount,paid_date\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "few.csv").write_text(FEW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Outcome:
    outcome = crmcli("report", *arguments)
    assert "Traceback" not in outcome.stderr
    return outcome


def test_names_and_birthdays_alone_are_enough_of_a_customer() -> None:
    rows = [f"L{n:03d},Name {n},07-{1 + n % 28:02d}" for n in range(50)]
    Path("people.csv").write_text("\n".join(["customer_id,name,birthday", *rows]) + "\n", encoding="utf-8")
    outcome = run("few.csv", "--customers", "people.csv", "--include-customers", "3")
    assert outcome.code == 0, outcome.stderr
    assert "| 2024-07-01 | Birthday | L000 |" in outcome.table


def test_an_input_of_a_glob_or_folder_is_never_overwritten() -> None:
    Path("in").mkdir()
    Path("in/a.csv").write_text(FEW, encoding="utf-8")
    for files in ("in/*.csv", "in/a*"):
        outcome = run(files, "--format", "markdown", "-o", "in/a.csv")
        assert outcome.code == 3
        assert "never overwritten" in outcome.stderr
    assert Path("in/a.csv").read_text(encoding="utf-8") == FEW
    outcome = run("in/*.csv", "-o", "r.md", "--facts", "in/a.csv")
    assert (outcome.code, Path("in/a.csv").read_text(encoding="utf-8")) == (3, FEW)


def test_no_pictures_lie_beside_a_pipe(folder: Path) -> None:
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        outcome = run("few.csv", "--format", "markdown", "-o", "pipe", "--template", "credit")
        text = os.read(reader, 1 << 20).decode()
    finally:
        os.close(reader)
    assert (outcome.code, "![" in text) == (0, False)
    assert text.startswith("# Customer report\n")
    assert run("few.csv", "--format", "markdown", "-o", "/dev/null").code == 0
    assert not Path("/dev/null-pictures").exists()
    assert sorted(path.name for path in folder.iterdir()) == ["few.csv", "pipe"]


def test_invoices_of_another_time_leave_out_credit_and_say_so() -> None:
    Path("later.csv").write_text(INVOICES + "1,L001,2027-05-01,2027-05-31,10.00,\n", encoding="utf-8")
    outcome = run("few.csv", "--invoices", "later.csv", "--facts", "facts.json")
    assert outcome.code == 0
    said = "credit is left out: There is no invoice dated up to 2024-06-25"
    assert f"warning: {said}" in outcome.stderr
    assert f"- {said}" in outcome.table
    assert "## Credit" not in outcome.table
    assert said in json.loads(Path("facts.json").read_bytes())["gaps"]["credit"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--template", "customer"), "--customer-id"),
        (("--template", "weekly", "--customer-id", "L001"), "single customer"),
        (("--template", "executive", "--customer-id", "L001"), "single customer"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_template_that_would_come_out_empty_is_refused(arguments: tuple[str, ...], words: str) -> None:
    outcome = run("few.csv", *arguments)
    assert outcome.code == 2
    assert words in outcome.stderr


def test_an_unknown_customer_is_not_told_of_an_option_of_segment() -> None:
    outcome = run("few.csv", "--customer-id", "L01")
    assert outcome.code == 2
    assert "'L01'" in outcome.stderr
    assert "--explain" not in outcome.stderr


def test_a_condition_that_cannot_be_judged_stands_beside_one_that_is_true() -> None:
    outcome = run("few.csv", "-o", "r.md", "--fail-if", "customers > 1", "--fail-if", "overdue_share > 10%")
    assert outcome.code == 6
    assert "overdue_share is missing" in outcome.stderr


def test_value_is_told_of_where_the_time_is_too_short_for_a_test() -> None:
    first = [f"k{n:02d},2024-05-0{1 + n % 3},{10 + n}" for n in range(30)]
    again = [f"k{n:02d},2024-05-0{4 + n % 2},{10 + n}" for n in range(0, 30, 2)]
    Path("short.csv").write_text("\n".join(["customer_id,date,amount", *first, *again]) + "\n", encoding="utf-8")
    assert crmcli("clv", "short.csv").code == 0
    text = run("short.csv").table
    assert "## What customers will be worth" in text
    assert "## Do customers stay?" not in text


def test_what_is_left_out_is_said_with_its_reason() -> None:
    text = run("few.csv").table
    assert "### Not in this report" in text
    assert "- Value: None of the 50 customers bought on more than one day" in text
