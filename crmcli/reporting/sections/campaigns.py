"""What campaigns brought in: response, uplift where there is a control group, receipts against expenses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.analysis.campaigns.views import CAMPAIGNS
from crmcli.analysis.views import Kind
from crmcli.reporting.tables import column, made, of_view, plain_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_INTERVALS = {"response_interval": ("response_low", "response_high"), "uplift_interval": ("uplift_low", "uplift_high")}
_COLUMNS = (
    *of_view(CAMPAIGNS, "campaign", "contacted", "response_rate"),
    column("response_interval", Kind.NUMBER),
    *of_view(CAMPAIGNS, "control_rate", "uplift"),
    column("uplift_interval", Kind.NUMBER),
    *of_view(CAMPAIGNS, "receipts", "expenses", "return", "flags"),
)


def campaigns(material: Material, words: Words) -> dict[str, Any] | None:
    """`table` of the campaigns, without columns that hold nothing; None without files of campaigns."""
    result = material.results.get("campaigns")
    if result is None:
        return None
    found = [
        {**row, **{name: _interval(row, ends, words) for name, ends in _INTERVALS.items()}}
        for row in result.tables[CAMPAIGNS.name].rows(named=True)
    ]
    shown = [one for one in _COLUMNS if any(_tells(row[one.name], one.name) for row in found)]
    rows = [[plain_cell(row[one.name], one, words) for one in shown] for row in found]
    return {"table": made("campaigns", shown, rows, words)}


def _tells(value: Any, name: str) -> bool:
    """Whether a cell says anything; that nobody was contacted only means that no file of contacts was given."""
    return value not in {None, ""} and not (name == "contacted" and value == 0)


def _interval(row: Mapping[str, Any], ends: tuple[str, str], words: Words) -> str | None:
    low, high = (row[name] for name in ends)
    return None if low is None else f"{words.cell(low, Kind.SHARE)} … {words.cell(high, Kind.SHARE)}"
