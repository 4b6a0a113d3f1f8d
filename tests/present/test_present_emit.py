"""The entry that the command line calls."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from present_samples import CATALOGUE, CUSTOMERS, customers, result, segments

from crmcli.errors import OutputError, UsageError
from crmcli.present.console import Environment
from crmcli.present.emit import Delivery, check, deliver
from crmcli.present.formats import Format
from crmcli.present.records import encode

PIPE = Environment(stdin=None, stdout=None, stderr=None)
TERMINAL = dataclasses.replace(PIPE, stdout_is_tty=True, width=80, colour=True)


def delivered(environment: Environment, **wanted: Any) -> str:
    stream = io.BytesIO()
    deliver(result(), Delivery(**wanted), dataclasses.replace(environment, stdout=stream))
    return stream.getvalue().decode()


def csv_of_customers() -> str:
    return b"".join(encode(customers(), CUSTOMERS, Format.CSV, 2)).decode()


def test_a_pipe_gets_the_default_view_as_csv_and_every_row() -> None:
    assert delivered(PIPE) == csv_of_customers()
    assert delivered(PIPE, top=1) == csv_of_customers()


def test_a_terminal_gets_the_page_in_colour() -> None:
    text = delivered(TERMINAL)
    assert text.startswith("\x1b[1mcrmcli segment")
    assert "Segments" in text


def test_data_cannot_drive_a_terminal_in_any_format() -> None:
    for fmt in (Format.CSV, Format.TSV, Format.JSON, Format.NDJSON, Format.MARKDOWN):
        text = delivered(TERMINAL, format=fmt)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "esc" in text
    assert json.loads(delivered(TERMINAL, format=Format.JSON)) == json.loads(delivered(PIPE, format=Format.JSON))
    assert "\x1b" in delivered(PIPE, format=Format.CSV), "into a pipe byte for byte"


def test_a_file_and_a_redirect_agree(tmp_path: Path) -> None:
    for fmt in (fmt for fmt in Format if fmt is not Format.AUTO):
        target = tmp_path / "out"
        assert delivered(PIPE, format=fmt, output=target) == ""
        stream = io.BytesIO()
        deliver(result(), Delivery(format=fmt), dataclasses.replace(PIPE, stdout=stream))
        assert target.read_bytes() == stream.getvalue(), fmt


def test_a_page_in_a_file_is_plain_and_its_own_width(tmp_path: Path) -> None:
    deliver(result(), Delivery(output=tmp_path / "page.txt"), TERMINAL)
    text = (tmp_path / "page.txt").read_text()
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) > 100


def test_a_view_by_name(tmp_path: Path) -> None:
    deliver(result(), Delivery(view="segments", output=tmp_path / "s.parquet"), PIPE)
    assert pl.read_parquet(tmp_path / "s.parquet").equals(result().tables["segments"])
    assert delivered(PIPE, view="thresholds").startswith("metric,score,lower\nrecency,5,30.0\n")


def test_facts_beside_the_result(tmp_path: Path) -> None:
    stream = io.BytesIO()
    wanted = Delivery(facts=tmp_path / "facts.json")
    environment = dataclasses.replace(PIPE, stdout=stream)
    deliver(result(), wanted, environment, load={"rows": 3}, settings={"top": None})
    assert json.loads((tmp_path / "facts.json").read_text())["load"] == {"rows": 3}
    assert stream.getvalue().decode() == csv_of_customers()


def test_facts_alone_on_stdout(tmp_path: Path) -> None:
    assert json.loads(delivered(PIPE, output=tmp_path / "c.csv", facts=Path("-")))["command"] == "segment"


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"view": "segmnts"}, "no view 'segmnts'"),
        ({"top": 0}, "--top 0"),
        ({"output": Path("out.xls")}, "suffix '.xls'"),
        ({"facts": Path("-")}, "same place"),
        ({"facts": Path("x.json"), "output": Path("./x.json")}, "same place"),
    ],
)
def test_usage_is_checked_before_any_work(wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        check(Delivery(**wanted), CATALOGUE, PIPE)
    assert len(caught.value.lines()) <= 3


def test_a_misspelt_view_gets_a_hint() -> None:
    with pytest.raises(UsageError) as caught:
        check(Delivery(view="segmnts"), CATALOGUE, PIPE)
    assert caught.value.lines()[1:] == ["Did you mean 'segments'?", "Views: customers, segments, thresholds"]


def test_inputs_are_protected(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.touch()
    for wanted in (Delivery(output=source, inputs=(source,)), Delivery(facts=source, inputs=(source,))):
        with pytest.raises(OutputError, match="never overwritten"):
            check(wanted, CATALOGUE, PIPE)


def test_a_view_that_was_not_computed(tmp_path: Path) -> None:
    partial = result({"customers": customers()})
    with pytest.raises(UsageError, match="not computed"):
        deliver(partial, Delivery(view="segments", output=tmp_path / "x.csv"), PIPE)
    with pytest.raises(UsageError, match="'customers' was not computed"):
        deliver(result({"segments": segments()}), Delivery(), PIPE)
    assert list(tmp_path.iterdir()) == []


def test_stdout_by_its_usual_name() -> None:
    assert delivered(PIPE, output=Path("-")) == csv_of_customers()


def test_importing_the_presenters_is_cheap() -> None:
    script = """
import importlib, pkgutil, sys
import crmcli.present
for module in pkgutil.iter_modules(crmcli.present.__path__):
    importlib.import_module(f"crmcli.present.{module.name}")
heavy = {"polars", "rich", "numpy", "pyarrow", "typer", "jinja2"}
other_rooms = {"crmcli.cli", "crmcli.transactions", "crmcli.customers", "crmcli.reporting"}
print(*sorted((heavy | other_rooms) & set(sys.modules)))
"""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.check_output([sys.executable, "-c", script], env=environment).decode() == "\n"
