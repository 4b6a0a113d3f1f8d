"""Write docs/cli.md from the command's own help and the declarations of its views: `python docs/write_cli.py`."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.cli.context import State
from crmcli.cli.run import program
from crmcli.cli.views import CATALOGUES
from crmcli.exit_codes import ExitCode
from crmcli.present.console import Environment

if TYPE_CHECKING:
    from crmcli.analysis.views import Catalogue, View

TARGET = Path(__file__).with_name("cli.md")

EXIT_CODES = {
    ExitCode.OK: "done; also when the reader of a pipe closes it",
    ExitCode.UNEXPECTED: "an unexpected error: a defect of crmcli",
    ExitCode.USAGE: "wrong usage or configuration",
    ExitCode.UNREADABLE: "a file cannot be read, mapped, understood without guessing, or written",
    ExitCode.TOO_LITTLE_DATA: "too little data, or no fit",
    ExitCode.LOCKED: "a lock is held by another run",
    ExitCode.ALERT: "an alert condition is true",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
    ExitCode.TERMINATED: "terminated",
}


def help_text(*arguments: str) -> str:
    """What `crmcli … --help` prints, at 100 columns."""
    os.environ["COLUMNS"] = "100"
    output = io.StringIO()
    state = State(Environment(stdin=None, stdout=None, stderr=None))
    with contextlib.redirect_stdout(output):
        program([*arguments, "--help"], state)
    return output.getvalue().rstrip()


def document() -> str:
    """The whole page."""
    parts = [
        "# The command line",
        "This page is made from the command's own help and the declarations of its views by `docs/write_cli.py`.",
        _code(help_text()),
        "## Exit codes",
        "\n".join(["| code | meaning |", "|---:|---|", *(f"| {int(c)} | {text} |" for c, text in EXIT_CODES.items())]),
    ]
    for name, catalogue in CATALOGUES.items():
        parts += [f"## crmcli {name}", _code(help_text(name)), *_views(catalogue)]
    return "\n\n".join(parts) + "\n"


def _views(catalogue: Catalogue) -> list[str]:
    return [part for view in catalogue.views for part in _view(catalogue, view)]


def _view(catalogue: Catalogue, view: View) -> list[str]:
    rows = [f"| `{c.name}` | {c.kind} | {_cell(c.unit)} | {_cell(c.meaning)} |" for c in view.columns]
    return [
        f"### {catalogue.command} --view {view.name}",
        view.meaning,
        "\n".join(["| column | type | unit | meaning |", "|---|---|---|---|", *rows]),
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"```text\n{text}\n```"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
