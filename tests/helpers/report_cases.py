"""Material of reports on the shop of `life_shop`, made once per test file."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from life_shop import life_shop

from crmcli.cli.context import State
from crmcli.cli.options import SharedOptions
from crmcli.cli.report_analyses import gather
from crmcli.cli.report_options import ReportArguments
from crmcli.present.console import Environment

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.reporting.material import Material

_DEFAULTS: dict[str, Any] = {
    "every": "week",
    "lang": "en",
    "template_dir": (),
    "embed": False,
    "pictures": True,
    "invoices": (),
    "care_days": 14,
    "horizon": "365d",
    "discount_rate": "10%",
    "include_customers": 0,
    "min_group": 5,
    "lock": False,
    "fail_if": (),
}


def report_arguments(**given: Any) -> ReportArguments:
    """The own options of `report` as the command line would give them."""
    values: dict[str, Any] = {field.name: _DEFAULTS.get(field.name) for field in fields(ReportArguments)}
    return ReportArguments(**(values | given))


def shop_file(folder: Path) -> Path:
    """The transactions of the shop in a file."""
    path = folder / "shop.csv"
    path.write_text(life_shop(), encoding="utf-8")
    return path


def material(*files: Path, as_of: str | None = None, **given: Any) -> Material:
    """What a report on these files is made of."""
    shared = SharedOptions(files=[str(path) for path in files], as_of=as_of)
    silent = State(Environment(None, None, None))
    return gather(silent, shared, report_arguments(**given), None)
