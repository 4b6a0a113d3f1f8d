"""Write docs/cli.md from the command's own help and the declarations of its views: `python docs/write_cli.py`."""

from __future__ import annotations

import io
import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.analysis.segment.constants import Constants, allowed
from crmcli.cli.context import State
from crmcli.cli.declared import schema
from crmcli.cli.run import program
from crmcli.cli.views import CATALOGUES
from crmcli.config import variable_name
from crmcli.exit_codes import ExitCode
from crmcli.present.console import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcli.analysis.views import Catalogue, View
    from crmcli.config_values import Setting

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
    output = io.BytesIO()
    program([*arguments, "--help"], State(Environment(stdin=None, stdout=output, stderr=None)))
    return output.getvalue().decode().rstrip()


def document() -> str:
    """The whole page."""
    parts = [
        "# The command line",
        "This page is made from the command's own help and the declarations of its views by `docs/write_cli.py`.",
        _code(help_text()),
        "## Exit codes",
        "\n".join(["| code | meaning |", "|---:|---|", *(f"| {int(c)} | {text} |" for c, text in EXIT_CODES.items())]),
        *_settings(),
        "## crmcli init",
        _code(help_text("init")),
    ]
    for name, catalogue in CATALOGUES.items():
        parts += [f"## crmcli {name}", _code(help_text(name)), *_views(catalogue)]
    return "\n\n".join(parts) + "\n"


SETTINGS = """\
Every option but FILES can also be set by a variable or in `crmcli.toml`, which is looked for in the working directory
and then upwards. A flag beats a variable, a variable beats the file, the file beats the default; within the file the
table of a command beats the top level, and so does a variable with the name of a command (`CRMCLI_SEGMENT_MAX_BAD`)
beat the one without. `--config FILE` or `CRMCLI_CONFIG` names another file, `none` means no file. `crmcli init
FILES...` writes a file to start with.

```toml
max-bad = "1%"
as-of = 2026-01-31

[map]
customer_id = "Buyer"

[where]
Country = ["France", "Belgium"]

[segment]
rfm-method = "ntile"
```

- A list of `NAME=VALUE` texts serves instead of a table: `where = ["Country=France"]`. In a variable, items stand in
  lines of their own, or in one line between semicolons: `CRMCLI_WHERE='Country=France;Country=Belgium'`.
- What stands higher replaces what stands lower. Only `map` is merged, name by name; of a `[map]` for all commands, each
  takes the columns that it knows. `[credit.map]` says which column of the invoices is which, beside a `[map]` for
  transactions: what it names beats `[map]`.
- Paths in the file are relative to the file. An empty variable counts as not set.
- Switches take true or false; in a variable also 1, yes, on, 0, no, off. `--no-strict` turns off what a file turned
  on.
- An unknown key, a wrong type or a file that cannot be read ends the run with exit code 2. An unknown `CRMCLI_`
  variable is noted and ignored.
- `--facts` records every setting with its value and where it came from: flag, environment, file or default."""


def _settings() -> list[str]:
    """What may stand in a configuration file or the environment, by command."""
    known = schema()
    parts = ["## Configuration", SETTINGS, "### For all commands", _settings_table(known.general.values(), "")]
    for command, settings in known.commands.items():
        own = [setting for name, setting in settings.items() if name not in known.general]
        parts += [f"### In the table [{command}], beside these", _settings_table(own, command)]
        if command == "segment":
            parts += ["### In the table [segment.constants]", _constants_table()]
    return parts


def _constants_table() -> str:
    rows = [
        f"| `{one.name}` | {'–' if one.default is None else f'{one.default:g}'} | {allowed(one.name)} "
        f"| {_cell(one.metadata['meaning'])} |"
        for one in fields(Constants)
    ]
    return "\n".join(["| key | default | takes | meaning |", "|---|---:|---|---|", *rows])


def _settings_table(settings: Iterable[Setting], command: str) -> str:
    rows = [
        f"| `{one.name}` | `{variable_name(one.name, command)}` | {_cell(_takes(one))} | {_cell(one.help)} |"
        for one in settings
    ]
    return "\n".join(["| key | variable | takes | meaning |", "|---|---|---|---|", *rows])


def _takes(setting: Setting) -> str:
    return f"{setting.expected()}: {setting.metavar}" if "|" in setting.metavar else setting.expected()


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
