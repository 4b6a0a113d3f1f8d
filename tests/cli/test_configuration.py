"""Where the value of an option comes from: flag, variable, file or default, in that order."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command import crmcli

from crmcli.cli.app import command_line
from crmcli.cli.declared import GENERAL, schema
from crmcli.config import parse_configuration
from crmcli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from command import Outcome

ORDERS = """\
Buyer,Date,Amount,Country
a,2026-01-01,10.00,France
b,2026-01-02,20.00,Spain
c,2026-01-03,30.00,France
a,2026-01-04,=1,France
"""
MAP = "--map=customer_id=Buyer"
SEARCH = {"CRMCLI_CONFIG": ""}
"""The tests pin that there is no file; an empty variable is as good as none."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, environment: Mapping[str, str] | None = None, command: str = "segment") -> Outcome:
    before = arguments[: arguments.index("--")] if "--" in arguments else ()
    after = arguments[len(before) + 1 :] if before else arguments
    return crmcli(*before, command, "orders.csv", *after, environment=SEARCH | dict(environment or {}))


def settings(*arguments: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    done = run(*arguments, "--facts", "facts.json", environment=environment)
    assert done.code == ExitCode.OK, done.stderr
    facts: dict[str, Any] = json.loads(Path("facts.json").read_text())["settings"]
    return facts


def customers(outcome: Outcome) -> list[str]:
    assert outcome.code == ExitCode.OK, outcome.stderr
    return [line.partition(",")[0] for line in outcome.table.splitlines()[1:]]


def test_a_flag_beats_a_variable_beats_the_file_beats_the_default(folder: Path) -> None:
    layers: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
        "default": ((), {}, ""),
        "file": ((), {}, "money-scale = 3\n"),
        "environment": ((), {"CRMCLI_MONEY_SCALE": "4"}, "money-scale = 3\n"),
        "flag": (("--money-scale", "5"), {"CRMCLI_MONEY_SCALE": "4"}, "money-scale = 3\n"),
    }
    for value, (layer, (flags, variables, text)) in enumerate(layers.items(), 2):
        (folder / "crmcli.toml").write_text(text)
        assert settings(MAP, *flags, environment=variables)["money-scale"] == {"value": value, "from": layer}


def test_the_command_beats_all_commands_in_the_file_and_among_variables(folder: Path) -> None:
    (folder / "crmcli.toml").write_text(
        'max-bad = "1%"\nscores = 4\n'.replace("scores = 4\n", "") + "[segment]\nmax-bad = 3\n"
    )
    assert settings(MAP)["max-bad"]["value"] == "3"
    both = {"CRMCLI_MAX_BAD": "5", "CRMCLI_SEGMENT_MAX_BAD": "7"}
    assert settings(MAP, environment=both)["max-bad"] == {"value": "7", "from": "environment"}
    assert settings(MAP, environment={"CRMCLI_MAX_BAD": "5"})["max-bad"]["value"] == "5"


def test_every_kind_of_own_option_can_be_set(folder: Path) -> None:
    (folder / "crmcli.toml").write_text(
        '[segment]\nrfm-method = "cuts"\n'
        "cuts = { recency_days = [3, 6, 9, 12], frequency = [2, 3, 4, 5], monetary = [5, 10, 15, 25.5] }\n"
    )
    found = settings(MAP)
    assert found["cuts"] == {
        "value": ["recency_days=3,6,9,12", "frequency=2,3,4,5", "monetary=5,10,15,25.5"],
        "from": "file",
    }
    assert found["rfm-method"] == {"value": "cuts", "from": "file"}
    assert found["abc-by"] == {"value": "customers", "from": "default"}


def test_the_file_is_found_upwards_and_its_paths_are_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "crmcli.toml").write_text('rejects = "bad.csv"\n[map]\ncustomer_id = "Buyer"\n')
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    done = crmcli("-v", "segment", "../../orders.csv", environment=SEARCH)
    assert done.code == ExitCode.OK
    assert done.message_lines[0] == "crmcli: note: Settings from ../../crmcli.toml. [configuration]"
    assert "INVALID_AMOUNT" in (folder / "bad.csv").read_text()
    assert "Settings from" not in crmcli("segment", "../../orders.csv", environment=SEARCH).stderr


def test_the_nearest_file_alone_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "crmcli.toml").write_text("nonsense = 1\n")
    (folder / "a").mkdir()
    (folder / "a" / "crmcli.toml").write_text('map = ["customer_id=Buyer"]\n')
    monkeypatch.chdir(folder / "a")
    assert crmcli("segment", "../orders.csv", environment=SEARCH).code == ExitCode.OK


def test_another_file_or_none_by_flag_and_by_variable(folder: Path) -> None:
    (folder / "crmcli.toml").write_text("nonsense = 1\n")
    (folder / "other.toml").write_text("money-scale = 3\n")
    assert run(MAP).code == ExitCode.USAGE
    assert run("--config", "none", "--", MAP).code == ExitCode.OK
    assert run(MAP, environment={"CRMCLI_CONFIG": "none"}).code == ExitCode.OK
    assert "10.000" in run("--config", "other.toml", "--", MAP).table
    assert "10.000" in run(MAP, environment={"CRMCLI_CONFIG": "other.toml"}).table
    assert run("--config", "other.toml", "--", MAP, environment={"CRMCLI_CONFIG": "none"}).table.count("10.000") > 0


def test_the_mapping_is_merged_name_by_name_and_the_rest_replaced(folder: Path) -> None:
    (folder / "crmcli.toml").write_text(
        '[map]\ncustomer_id = "Country"\ndate = "Date"\n[where]\nCountry = "Spain"\n[segment.map]\namount = "Amount"\n'
    )
    found = settings(MAP, "--where", "Country=France")
    assert found["map"]["value"] == ["customer_id=Buyer", "amount=Amount", "date=Date"]
    assert found["map"]["from"] == "flag+file"
    assert found["where"] == {"value": ["Country=France"], "from": "flag"}
    variable = settings("--where", "Country=France", environment={"CRMCLI_MAP": "customer_id=Buyer"})
    assert variable["map"]["from"] == "environment+file"


def test_where_in_every_way(folder: Path) -> None:
    del folder
    both = {"CRMCLI_WHERE": "Country=France;Country=Spain"}
    assert customers(run(MAP, environment=both)) == ["a", "b", "c"]
    assert customers(run(MAP, environment={"CRMCLI_WHERE": "Country=Spain\n"})) == ["b"]
    assert customers(run(MAP, "--where", "Country=France", environment={"CRMCLI_WHERE": "Country=Spain"})) == ["a", "c"]


def test_switches_can_be_turned_off_again(folder: Path) -> None:
    (folder / "crmcli.toml").write_text("strict = true\nspreadsheet-safe = true\n")
    assert run(MAP).code == ExitCode.UNREADABLE
    assert run(MAP, "--no-strict").code == ExitCode.OK
    assert run(MAP, environment={"CRMCLI_STRICT": "no"}).code == ExitCode.OK


def test_format_view_and_output_from_the_file(folder: Path) -> None:
    (folder / "crmcli.toml").write_text('format = "JSON"\n[segment]\nview = "abc"\n')
    assert json.loads(run(MAP).table)[0]["tier"] == 1
    assert run(MAP, "-f", "csv").table.startswith("tier,")
    (folder / "crmcli.toml").write_text('output = "out.ndjson"\n')
    assert run(MAP).table == ""
    assert (folder / "out.ndjson").read_text().startswith("{")


LOST = "crmcli: warning: 1 of 4 rows is bad and was not used (INVALID_AMOUNT 1)"
"""What even a quiet run says of these files."""


def test_quiet_and_the_flags_against_it(folder: Path) -> None:
    (folder / "crmcli.toml").write_text("quiet = true\n")
    (lost,) = run(MAP).message_lines
    assert lost.startswith(LOST)
    assert "[mapping]" in run("-v", "--", MAP).stderr
    assert run(MAP, environment={"CRMCLI_QUIET": "0"}).stderr != ""
    (folder / "crmcli.toml").write_text("verbose = true\n")
    assert "[mapping]" in run(MAP).stderr
    assert run("-q", "--", MAP).message_lines == [lost]
    assert run("-qq", "--", MAP).stderr == ""


def test_an_error_says_where_the_value_came_from(folder: Path) -> None:
    (folder / "crmcli.toml").write_text('max-bad = "few"\n')
    assert run(MAP).message_lines[1] == "  --max-bad comes from crmcli.toml."
    variable = run(MAP, environment={"CRMCLI_MAX_BAD": "few"})
    assert variable.message_lines[1] == "  --max-bad comes from CRMCLI_MAX_BAD."
    assert "comes from" not in run(MAP, "--max-bad", "few").stderr
    (folder / "crmcli.toml").write_text('[map]\ncustomer_id = "Byer"\n')
    wrong = run()
    assert wrong.code == ExitCode.UNREADABLE
    assert "--map comes from crmcli.toml" in wrong.stderr
    assert len(wrong.message_lines) <= 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"max_bad = 1\n", ["crmcli.toml", "'max_bad'", "Did you mean 'max-bad'?"]),
        (b"[segmet]\n", ["crmcli.toml", "'segmet'", "Did you mean 'segment'?"]),
        (b"[segment]\nrfm_method = 'crm'\n", ["[segment]", "'rfm_method'", "Did you mean 'rfm-method'?"]),
        (b"top = 'x'\n", ["crmcli.toml", "top", "a whole number", "the text 'x'"]),
        (b"top = \n", ["crmcli.toml", "line 1, column 7"]),
        (b"map = { buyer = 'x' }\n", ["map has no name 'buyer'"]),
        (b"view = '\xff'\n", ["crmcli.toml", "UTF-8", "byte 9"]),
    ],
)
def test_a_bad_file_ends_the_run_before_anything_is_read(folder: Path, content: bytes, words: list[str]) -> None:
    (folder / "crmcli.toml").write_bytes(content)
    done = run(MAP)
    assert done.code == ExitCode.USAGE
    assert all(word in done.stderr for word in words), done.stderr
    assert len(done.message_lines) <= 3
    assert done.table == ""


def test_a_byte_order_mark_and_windows_line_ends_are_fine(folder: Path) -> None:
    (folder / "crmcli.toml").write_bytes("\ufeffmoney-scale = 3\r\n".encode())
    assert settings(MAP)["money-scale"]["value"] == 3


@pytest.mark.parametrize("name", ["absent.toml", "folder", "a\0b"])
def test_a_file_that_cannot_be_read(folder: Path, name: str) -> None:
    (folder / "folder").mkdir()
    done = run("--config", name, "--", MAP)
    assert done.code == ExitCode.USAGE
    assert "cannot be read" in done.stderr
    assert "--config none" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(folder: Path) -> None:
    (folder / "crmcli.toml").write_text("")
    (folder / "crmcli.toml").chmod(0)
    assert run(MAP).code == ExitCode.USAGE


def test_a_folder_of_that_name_is_no_configuration(folder: Path) -> None:
    (folder / "crmcli.toml").mkdir()
    assert run(MAP).code == ExitCode.OK


def test_a_variable_that_is_no_value(folder: Path) -> None:
    del folder
    done = run(MAP, environment={"CRMCLI_TOP": "many"})
    assert done.code == ExitCode.USAGE
    assert "CRMCLI_TOP must be a whole number from 1 on, not the text 'many'" in done.stderr


def test_an_unknown_variable_is_noted_and_an_empty_one_is_none(folder: Path) -> None:
    del folder
    done = run(MAP, environment={"CRMCLI_MAXBAD": "1", "CRMCLI_TOP": ""})
    assert done.code == ExitCode.OK
    assert "warning: CRMCLI_MAXBAD is no setting and has no effect. Did you mean CRMCLI_MAX_BAD?" in done.stderr
    (lost,) = run("-q", "--", MAP, environment={"CRMCLI_MAXBAD": "1"}).message_lines
    assert lost.startswith(LOST)


def test_help_and_version_do_not_care_about_a_broken_file(folder: Path) -> None:
    (folder / "crmcli.toml").write_text("nonsense")
    for arguments in (["--help"], ["segment", "--help"], ["--version"], ["init", "--help"]):
        assert crmcli(*arguments, environment=SEARCH).code == ExitCode.OK


def test_config_stands_before_the_command(folder: Path) -> None:
    del folder
    done = run(MAP, "--config", "none")
    assert done.code == ExitCode.USAGE
    assert "crmcli --config FILE segment" in done.stderr


def test_facts_name_no_file_of_settings(folder: Path) -> None:
    (folder / "crmcli.toml").write_text("money-scale = 3\n")
    settings(MAP)
    first = (folder / "facts.json").read_bytes()
    (folder / "x").mkdir()
    (folder / "crmcli.toml").rename(folder / "x" / "settings.toml")
    settings("--config", "x/settings.toml", "--", MAP)
    assert (folder / "facts.json").read_bytes() == first


@pytest.mark.parametrize(
    ("flags", "meant"),
    [
        (["-f", "jsn"], "json"),
        (["--rfm-method", "ntil"], "ntile"),
        (["--segments", "grid1"], "grid10"),
        (["--abc-by", "customer"], "customers"),
        (["--value", "marign"], "margin"),
        (["--view", "segmens"], "segments"),
        (["--rfm-metod", "crm"], "--rfm-method"),
        (["--map", "custmer_id=Buyer"], "customer_id"),
    ],
)
def test_a_wrong_value_names_the_nearest(folder: Path, flags: list[str], meant: str) -> None:
    del folder
    done = run(MAP, *flags)
    assert done.code == ExitCode.USAGE
    assert f"Did you mean {meant!r}?" in done.stderr or f"Possible options: {meant}" in done.stderr
    assert done.table == ""


def test_cells_and_rejects_are_safe_in_a_spreadsheet_on_request(folder: Path) -> None:
    (folder / "orders.csv").write_text("Buyer,Date,Amount\n=1+1,2026-01-01,10\n＠x,2026-01-02,20\nb,2026-01-03,=2\n")
    assert customers(run(MAP, "--rejects", "bad.csv", "--spreadsheet-safe")) == ["'=1+1", "'＠x"]
    plain = customers(run(MAP, "--rejects", "plain.csv"))
    assert plain == ["=1+1", "＠x"]
    assert customers(run(MAP, "--no-spreadsheet-safe", environment={"CRMCLI_SPREADSHEET_SAFE": "1"})) == plain
    (folder / "cells.csv").write_text("Buyer,Date,Amount\na,2026-01-01,10\n=cmd,2026-01-02\n")
    done = crmcli("segment", "cells.csv", MAP, "--rejects", "safe.csv", "--spreadsheet-safe")
    assert done.code == ExitCode.OK
    assert ",'=cmd" in (folder / "safe.csv").read_text() or ",\"'=cmd" in (folder / "safe.csv").read_text()


def test_general_settings_are_described_like_their_flags() -> None:
    flags = {max(parameter.opts, key=len): parameter.help for parameter in command_line().params if len(parameter.opts)}
    assert {f"--{name}": setting.help for name, setting in GENERAL.items()}.items() <= flags.items()


@pytest.mark.parametrize("page", ["README.md", "docs/cli.md"])
def test_the_examples_of_the_pages_are_configurations(page: str) -> None:
    text = (Path(__file__).parents[2] / page).read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        assert parse_configuration(example, page, schema()).commands["segment"]


def test_a_mapping_for_one_command_beats_that_for_all_and_columns_of_others_are_passed_over(folder: Path) -> None:
    (folder / "bills.csv").write_text("Kunde,Nr,Vom,Faellig,Betrag\na,1,2026-01-02,2026-02-01,5\n", encoding="utf-8")
    (folder / "crmcli.toml").write_text(
        '[map]\ncustomer_id = "Buyer"\ndate = "Date"\namount = "Amount"\ndue_date = "Due"\n'
        '[credit.map]\ncustomer_id = "Kunde"\ninvoice_id = "Nr"\ninvoice_date = "Vom"\ndue_date = "Faellig"\n'
        'amount = "Betrag"\n"transactions.date" = "Date"\n'
    )
    own = crmcli("credit", "bills.csv", "--view", "aging", environment=SEARCH)
    assert own.code == ExitCode.USAGE  # It maps a column of files that are not given.
    assert "no effect without --transactions" in own.stderr
    text = (folder / "crmcli.toml").read_text()
    (folder / "crmcli.toml").write_text(text.replace('"transactions.date" = "Date"\n', ""))
    own = crmcli("credit", "bills.csv", "--view", "aging", environment=SEARCH)
    assert own.code == ExitCode.OK, own.stderr
    assert own.table.splitlines()[1].startswith("a,,")
    assert run().code == ExitCode.OK  # due_date is nothing to a segmentation.
    wrong = crmcli("credit", "bills.csv", "--map", "date=Vom", environment=SEARCH)
    assert (wrong.code, "unknown canonical column 'date'" in wrong.stderr) == (ExitCode.USAGE, True)
