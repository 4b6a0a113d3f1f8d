"""Names from files, file names and arguments drive nothing: no terminal, no spreadsheet, no Markdown, no log."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
from typing import TYPE_CHECKING

import polars as pl
import pytest
from cells import rows_of_csv, rows_of_markdown
from command import crmcli
from hostile import CONTROLS, NAMES
from sheets import sheets

from crmcli.present.formats import Format
from crmcli.present.safe import safe_text

if TYPE_CHECKING:
    from pathlib import Path

    from command import Outcome

HARMLESS = [name for name in NAMES if safe_text(name) == name or set(name) & {"\u202e", "\u200f"}]
"""Those that may be ids: control characters and line breaks are bad rows."""

FORMULA = tuple("=+-@\t\r")
DAY = dt.date(2024, 1, 1)


def is_inert(text: str) -> bool:
    return not set(text) & (CONTROLS - {"\n"})


def check_messages(outcome: Outcome) -> None:
    """Whole lines of this program's own, whatever they quote."""
    assert is_inert(outcome.stderr), ascii(outcome.stderr)
    assert all(line.startswith(("crmcli: ", "  ")) for line in outcome.message_lines), outcome.stderr
    assert "Traceback" not in outcome.stderr


def purchases(heading: str = "customer_id") -> pl.DataFrame:
    """Three purchases of everybody."""
    days = [DAY + dt.timedelta(days) for days in range(3 * len(NAMES))]
    return pl.DataFrame({heading: [*NAMES] * 3, "date": days, "amount": [float(n) for n in range(1, 1 + len(days))]})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.parquet"
    purchases().write_parquet(path)
    return path


def segment(*arguments: str | Path) -> Outcome:
    outcome = crmcli("segment", *arguments, "--max-bad", "99%")
    check_messages(outcome)
    return outcome


def test_a_page_shows_hostile_ids_as_text(source: Path) -> None:
    for view in ((), ("--view", "customers", "--top", "99")):
        for colour in ({}, {"NO_COLOR": "", "FORCE_COLOR": "1"}):
            outcome = crmcli("segment", source, "--max-bad", "99%", "-f", "table", *view, environment=colour)
            assert outcome.code == 0
            plain = outcome.table.replace("\x1b[", "") if colour else outcome.table
            assert is_inert(plain)
    shown = segment(source, "-f", "table", "--view", "customers", "--top", "99").table
    assert [name for name in HARMLESS if safe_text(name) not in shown] == []


def ids(content: bytes, form: Format) -> list[str]:
    match form:
        case Format.CSV | Format.TSV:
            return [row[0] for row in rows_of_csv(content.decode(), "," if form is Format.CSV else "\t")[1:]]
        case Format.JSON:
            return [row["customer_id"] for row in json.loads(content)]
        case Format.NDJSON:
            return [json.loads(line)["customer_id"] for line in content.decode().split("\n")[:-1]]
        case Format.MARKDOWN:
            return [row[0] for row in rows_of_markdown(content.decode())[1:]]
        case Format.XLSX:
            return [str(row[0].value) for row in sheets(content)["customers"][1:]]
        case _:
            return pl.read_parquet(io.BytesIO(content))["customer_id"].to_list()


@pytest.mark.parametrize("form", [form for form in Format if form not in {Format.AUTO, Format.TABLE}])
def test_machine_formats_carry_hostile_ids_as_they_are(form: Format, source: Path) -> None:
    outcome = segment(source, "-f", form)
    assert outcome.code == 0
    shown = sorted(map(safe_text, HARMLESS)) if form is Format.MARKDOWN else HARMLESS
    assert sorted(ids(outcome.stdout, form)) == sorted(shown)


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_spreadsheet_safe_cells_start_no_formula(form: str, source: Path) -> None:
    table = rows_of_csv(segment(source, "-f", form, "--spreadsheet-safe").table, "," if form == "csv" else "\t")
    cells = [row[0] for row in table]
    assert not [cell for cell in cells if cell.startswith(FORMULA)]
    assert {"'=1+1", "'@SUM(A1)", "'+1", "'-1-1"} <= set(cells)


def test_rejects_and_facts_hold_hostile_ids_as_data(source: Path) -> None:
    rejects, facts = source.with_name("rejects.csv"), source.with_name("facts.json")
    assert segment(source, "--rejects", rejects, "--facts", facts, "-o", source.with_name("out.csv")).code == 0
    with rejects.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    bad = [name for name in NAMES if name not in HARMLESS]
    assert {row["code"] for row in rows} == {"INVALID_ID"}
    assert len(rows) == 3 * len(bad)
    assert all(any(name in row["raw"] for name in bad) for row in rows)
    assert json.loads(facts.read_text(encoding="utf-8"))["load"]["rows_quarantined"] == 3 * len(bad)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_hostile_heading_is_quoted_wherever_it_is_named(name: str, suffix: str, tmp_path: Path) -> None:
    path, facts, rejects = (tmp_path / file for file in (f"in.{suffix}", "facts.json", "rejects.csv"))
    table = pl.DataFrame({"customer_id": ["a", "b"], "date": [DAY, DAY], name: ["5.00", "six"]})
    table.write_parquet(path) if suffix == "parquet" else table.write_csv(path)
    outcome = segment(path, "--map", f"amount={name}", "--facts", facts, "--rejects", rejects, "-f", "table")
    assert is_inert(outcome.table)
    if outcome.code == 0:
        (layout,) = json.loads(facts.read_text(encoding="utf-8"))["load"]["layouts"]
        # Headings in text are stripped, and a carriage return alone is a line end.
        expected = name if suffix == "parquet" else name.replace("\r", "\n").strip()
        assert layout["mapping"]["amount"] == expected
    else:
        # Line breaks within a heading are refused as a broken header.
        assert outcome.code in {2, 3}
        assert set(name) & {"\n", "\r"} or name != name.strip()


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_hostile_file_name_is_quoted_wherever_it_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("customer_id,date,amount\na,2024-01-13,5\na,2024-02-30,5\n", encoding="utf-8")
    facts = tmp_path / "facts.json"
    outcome = segment(path, "-f", "table", "--facts", facts)
    assert outcome.code == 0
    assert is_inert(outcome.table)
    assert safe_text(str(path)) in outcome.stderr
    assert json.loads(facts.read_text(encoding="utf-8"))["load"]["files"][0]["file"] == str(path)
    output = tmp_path / f"{name}.csv"
    assert segment(path, "-o", output).code == 0
    assert output.exists()
    assert segment(path, "-o", path, "-f", "csv").code == 3, "an input"
    path.write_bytes(b"")
    assert segment(path).code == 3
    path.unlink()
    assert segment(path).code == 3


MISUSES = ("--view", "-f", "-o", "--map", "--where", "--profile", "--encoding", "--as-of", "--segments", "--thresholds")


@pytest.mark.parametrize("flag", MISUSES)
def test_a_hostile_argument_is_quoted_in_the_refusal(flag: str, source: Path) -> None:
    for name in NAMES:
        value = f"{name}=x" if flag == "--where" else name
        outcome = segment(source, flag, value)
        assert outcome.code in {2, 3}, (name, outcome.stderr)


def test_bytes_of_a_file_name_that_are_no_text_stay_bytes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff\xfe\x1b.csv")
    path.write_text("customer_id,date,amount\na,2024-01-13,5\n", encoding="utf-8")
    assert segment(path, "-f", "table").code == 0
