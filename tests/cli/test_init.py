"""`crmcli init`: a file that changes nothing, and says everything that could be changed."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from command import crmcli

from crmcli.cli.app import command_line
from crmcli.cli.declared import schema
from crmcli.config import parse_configuration
from crmcli.exit_codes import ExitCode

SAMPLE = Path(__file__).parents[2] / "sample_data"
SEARCH = {"CRMCLI_CONFIG": ""}
COMMANDS: dict[str, object] = {"churn": {}, "clv": {}, "credit": {}, "report": {}, "segment": {}}
"""The tables of the commands, in which all is a comment."""

PLAIN = "id;Datum;Betrag;Menge\n1;31.01.2026;1.234,50;1\n2;01.02.2026;12,00;2\n1;02.02.2026;9,99;1\n"
CHINESE = "客户编号,日期,金额\n甲,2026年1月5日,10.5\n乙,2026年1月6日,20\n"
MONTH_FIRST = "buyer,date,amount\na,01/31/2026,1\nb,02/01/2026,2\n"
MINORITY = "buyer,date,amount\n" + "a,31/01/2026,1\n" * 40 + "b,01/31/2026,2\n"
TABS = "buyer\tdate\tamount\nx\t2026-01-01\t5\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def outputs(*files: str) -> list[bytes]:
    views = ("customers", "segments", "abc")
    done = [crmcli("-q", "segment", *files, "--view", view, environment=SEARCH) for view in views]
    assert [one.code for one in done] == [ExitCode.OK] * len(views), done[0].stderr
    return [one.stdout for one in done]


def initialise(*arguments: str) -> dict[str, object]:
    done = crmcli("init", *arguments, environment=SEARCH)
    assert done.code == ExitCode.OK, done.stderr
    assert done.table == ""
    return tomllib.loads(Path("crmcli.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["transactions.csv", "transactions.parquet"])
def test_the_sample_gives_the_same_bytes_with_the_file_as_without(folder: Path, name: str) -> None:
    shutil.copy(SAMPLE / name, folder)
    before = outputs(name)
    settings = initialise(name)
    assert outputs(name) == before
    assert settings["map"] == {
        name: name
        for name in (
            *("customer_id", "date", "order_id", "category", "quantity", "unit_price", "discount", "cost"),
            *("status", "promotion"),
        )
    }
    text = {key: settings.get(key) for key in ("date-format", "decimal", "delimiter")}
    expected = ["%Y-%m-%d", ".", ","] if name.endswith(".csv") else [None] * 3
    assert list(text.values()) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            PLAIN,
            {
                "date-format": "%d.%m.%Y",
                "decimal": ",",
                "delimiter": ";",
                "map": {"customer_id": "id", "date": "Datum", "amount": "Betrag", "quantity": "Menge"},
            },
        ),
        (
            CHINESE,
            {
                "date-format": "%Y年%m月%d日",
                "decimal": ".",
                "delimiter": ",",
                "map": {"customer_id": "客户编号", "date": "日期", "amount": "金额"},
            },
        ),
        (
            MONTH_FIRST,
            {
                "date-format": "%m/%d/%Y",
                "decimal": ".",
                "delimiter": ",",
                "map": {"customer_id": "buyer", "date": "date", "amount": "amount"},
            },
        ),
        (
            TABS,
            {
                "date-format": "%Y-%m-%d",
                "decimal": ".",
                "delimiter": "tab",
                "map": {"customer_id": "buyer", "date": "date", "amount": "amount"},
            },
        ),
    ],
    ids=["german", "chinese", "month first", "tabs"],
)
def test_what_is_found_is_set_and_changes_nothing(folder: Path, content: str, expected: dict[str, object]) -> None:
    (folder / "orders.csv").write_text(content, encoding="utf-8")
    before = outputs("orders.csv")
    assert initialise("orders.csv") == {**expected, **COMMANDS}
    assert outputs("orders.csv") == before


def test_bad_rows_stay_bad_rows(folder: Path) -> None:
    (folder / "orders.csv").write_text(MINORITY)
    before = outputs("orders.csv")
    assert initialise("orders.csv")["date-format"] == "%d/%m/%Y"
    assert outputs("orders.csv") == before


def test_files_of_several_layouts_set_only_what_they_share(folder: Path) -> None:
    (folder / "a.csv").write_text("buyer,date,amount,order id\nx,2026-01-01,1,o1\n")
    (folder / "b.csv").write_text("Customer;date;amount\ny;31/01/2026;2,5\n")
    before = outputs("a.csv", "b.csv")
    settings = initialise("a.csv", "b.csv")
    assert settings == {"decimal": ",", "map": {"date": "date", "amount": "amount"}, **COMMANDS}
    assert outputs("a.csv", "b.csv") == before


def test_two_decimal_marks_cannot_be_written_down(folder: Path) -> None:
    (folder / "orders.csv").write_text("buyer;date;quantity;price\nx;2026-01-01;1.5;2,5\ny;2026-01-02;2.5;12,75\n")
    before = outputs("orders.csv")
    done = crmcli("init", "orders.csv", environment=SEARCH)
    assert "settings_left_out" in done.stderr or "Left to be found anew on every run" in done.stderr
    settings = tomllib.loads(Path("crmcli.toml").read_text())
    assert "decimal" not in settings
    assert settings["delimiter"] == ";"
    assert outputs("orders.csv") == before


def test_headings_of_any_kind_are_written_as_toml(folder: Path) -> None:
    heading = 'the "buyer" \\ of all'
    (folder / "orders.csv").write_text('"the ""buyer"" \\ of all",date,amount\nx,2026-01-01,1\n')
    settings = initialise("orders.csv", "--map", f"customer_id={heading}")
    assert settings["map"] == {"customer_id": heading, "date": "date", "amount": "amount"}
    assert crmcli("segment", "orders.csv", environment=SEARCH).code == ExitCode.OK


def test_a_hostile_file_name_stays_in_its_comment(folder: Path) -> None:
    name = "a\nstrict = true\x1b[31m.csv"
    (folder / name).write_text(TABS)
    assert "strict" not in initialise(name)


def test_options_that_were_given_are_set(folder: Path) -> None:
    (folder / "orders.csv").write_bytes(CHINESE.encode("gb18030"))
    arguments = ["--encoding", "gb18030", "--max-bad", "2%", "--money-scale", "3", "--as-of", "2026-02-01"]
    settings = initialise("orders.csv", *arguments, "--where", "客户编号=甲")
    assert settings["encoding"] == "gb18030"
    assert settings["max-bad"] == "2%"
    assert settings["money-scale"] == 3
    assert settings["as-of"] == "2026-02-01"
    assert settings["where"] == ["客户编号=甲"]
    done = crmcli("segment", "orders.csv", environment=SEARCH)
    assert done.code == ExitCode.OK
    assert "甲,2026-02-01" in done.table
    assert "乙" not in done.table


def test_a_known_export_is_set_by_its_profile(folder: Path) -> None:
    shutil.copy(SAMPLE.parent / "tests" / "fixtures" / "exports" / "shopify.csv", folder / "orders.csv")
    before = outputs("orders.csv")
    settings = initialise("orders.csv")
    assert settings["profile"] == "shopify"
    assert settings["map"] == {}
    assert outputs("orders.csv") == before


def test_every_setting_stands_there_with_a_sentence_and_a_value_that_is_toml(folder: Path) -> None:
    (folder / "orders.csv").write_text(TABS)
    initialise("orders.csv")
    text = (folder / "crmcli.toml").read_text()
    open_text = re.sub(r"(?m)^# (?=[a-z-]+ = )", "", text)
    configuration = parse_configuration(open_text, "crmcli.toml", schema())
    known = schema()
    assert set(configuration.general) == set(known.general)
    assert set(configuration.commands["segment"]) == set(known.commands["segment"]) - set(known.general)
    for setting in known.general.values():
        assert setting.merges or re.search(rf"(?m)^# .+\n#? ?{setting.name} = ", text), setting.name
    defaults = {
        name: value
        for name, value in configuration.general.items()
        if isinstance(known.general[name].default, int | str)
    }
    assert {name: known.general[name].default for name in defaults} | {"format": "auto"} == defaults


def test_a_file_that_is_there_stays_without_force(folder: Path) -> None:
    (folder / "orders.csv").write_text(TABS)
    (folder / "crmcli.toml").write_text("nonsense that init must not read")
    done = crmcli("init", "orders.csv", environment=SEARCH)
    assert done.code == ExitCode.USAGE
    assert "--force" in done.stderr
    assert (folder / "crmcli.toml").read_text() == "nonsense that init must not read"
    assert crmcli("init", "orders.csv", "--force", environment=SEARCH).code == ExitCode.OK
    assert (folder / "crmcli.toml").read_text().startswith("# Settings of crmcli")
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_another_place_or_stdout(folder: Path) -> None:
    (folder / "orders.csv").write_text(TABS)
    (folder / "conf").mkdir()
    printed = crmcli("init", "orders.csv", "-o", "-", environment=SEARCH)
    assert printed.code == ExitCode.OK
    assert not (folder / "crmcli.toml").exists()
    written = crmcli("init", "orders.csv", "-o", "conf/x.toml", environment=SEARCH)
    assert "Written: conf/x.toml" in written.stderr
    assert (folder / "conf" / "x.toml").read_bytes() == printed.stdout
    assert crmcli("init", "orders.csv", "-o", "orders.csv", "--force", environment=SEARCH).code == ExitCode.UNREADABLE
    assert (folder / "orders.csv").read_text() == TABS


def test_what_cannot_be_read_twice_is_refused(folder: Path) -> None:
    del folder
    done = crmcli("init", "-", stdin=TABS.encode())
    assert done.code == ExitCode.USAGE
    assert "twice" in done.stderr


def test_errors_are_those_of_every_command(folder: Path) -> None:
    assert crmcli("init", "absent.csv").code == ExitCode.UNREADABLE
    (folder / "orders.csv").write_text("a,b\n1,2\n")
    assert "no column looks like customer_id" in crmcli("init", "orders.csv").stderr
    assert not (folder / "crmcli.toml").exists()


def test_init_is_a_command_without_output_options() -> None:
    names = {parameter.name for parameter in command_line().commands["init"].params}
    assert {"files", "mapping", "date_format", "output", "force"} <= names
    assert names.isdisjoint({"view", "top", "facts", "output_format", "rejects"})


def test_facts_of_a_run_with_the_file_differ_only_in_where_settings_come_from(folder: Path) -> None:
    (folder / "orders.csv").write_text(MONTH_FIRST)
    facts = []
    for _ in range(2):
        done = crmcli("segment", "orders.csv", "--facts", "facts.json", environment=SEARCH)
        assert done.code == ExitCode.OK
        facts.append(json.loads((folder / "facts.json").read_text()))
        if len(facts) == 1:
            initialise("orders.csv")
    without, with_file = facts
    assert with_file["settings"]["date-format"] == {"value": "%m/%d/%Y", "from": "file"}
    assert without["facts"] == with_file["facts"]
    assert without["load"]["rows_used"] == with_file["load"]["rows_used"]
