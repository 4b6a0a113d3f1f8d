"""The views of movement and attention as people see them, on the sample shop, at the two widths that matter most."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from command import crmcli
from processes import SAMPLE
from rich.cells import cell_len

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

FOLDER = SAMPLE.parent
VIEWS: dict[str, tuple[str, ...]] = {
    "migration": ("--compare-to", "2025-06-30"),
    "management": ("--contacts", str(FOLDER / "contacts.csv")),
    "management by tier": ("--contacts", str(FOLDER / "contacts.csv"), "--by", "tier"),
    "profile": ("--customers", str(FOLDER / "customers.csv"), "--by", "class"),
    "lookalike": ("--customers", str(FOLDER / "customers.csv"), "--target", "abc_tier<=2", "--top", "5"),
    "strategy": (),
    "explain": ("--explain", "000101", "--compare-to", "2025-06-30"),
}


@cache
def page(name: str, width: int) -> str:
    options = VIEWS[name]
    outcome = crmcli(
        "segment",
        SAMPLE,
        "-f",
        "table",
        "--view",
        name.split(maxsplit=1)[0],
        *options,
        environment={"COLUMNS": str(width)},
    )
    assert outcome.code == 0, outcome.stderr
    return outcome.table


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", VIEWS)
def test_the_page(name: str, width: int, snapshot: SnapshotAssertion) -> None:
    assert page(name, width) == snapshot
    assert max(cell_len(line) for line in page(name, width).splitlines()) <= width


def test_the_planted_attention_is_found() -> None:
    """The sample visits firms that stopped buying, and neglects its twenty best customers."""
    tiers = page("management by tier", 120)
    top = next(line for line in tiers.splitlines() if line.startswith("top"))
    assert "under_managed" in top
    segments = page("management", 120)
    assert "over_managed" in next(line for line in segments.splitlines() if line.startswith("at_risk"))
