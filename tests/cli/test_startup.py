"""What starting the command costs: heavy libraries are loaded by the commands that need them, when they run."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from crmcli.cli.app import command_line

HEAVY = ("polars", "numpy", "scipy", "pyarrow", "jinja2", "rich", "sklearn", "pydantic", "tomllib")
REPORT = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"


def _loaded_by(statement: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", f"{statement}; {REPORT}"], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", ["crmcli", "crmcli.cli.app", "crmcli.cli.run", "crmcli.__main__"])
def test_importing_the_command_line_loads_nothing_heavy(module: str) -> None:
    assert _loaded_by(f"import {module}") & set(HEAVY) == set()


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["segment", "--help"], ["clv", "--help"], ["segment", "absent", "-f", "x"]]
)
def test_parsing_loads_no_validator(arguments: list[str]) -> None:
    run = f"from crmcli.cli.run import run_process; run_process({arguments}); print()"
    done = subprocess.run([sys.executable, "-c", f"{run}; {REPORT}"], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout.splitlines()[-1])) & set(HEAVY) == set()


def test_the_check_would_notice_a_heavy_import() -> None:
    assert "numpy" in _loaded_by("import numpy")


def test_commands_that_are_only_listed_get_no_options() -> None:
    listed = command_line(["--help"]).commands
    assert list(listed) == list(command_line().commands)
    assert {name for name, command in listed.items() if command.params} == set()
    named = command_line(["segment", "clv", "-f", "csv"]).commands
    assert {name for name, command in named.items() if command.params} == {"segment", "clv"}
    assert {name: command.help for name, command in named.items()} == {
        name: command.help for name, command in listed.items()
    }
