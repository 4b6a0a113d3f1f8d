"""What a careful reader must know about a clv run, as notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.candidates import BG
from crmcli.analysis.clv.ledger import to_date
from crmcli.analysis.clv.options import AUTO
from crmcli.analysis.clv.saved import notes_on_use
from crmcli.analysis.clv.totals import Totals
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.analysis.clv.workbench import Workbench
    from crmcli.notes import Note

_STRONG = 0.3
_FAR_OFF = 0.1


def remarks(bench: Workbench) -> tuple[Note, ...]:
    """Notes on the data, the models, the choice between them, and spending."""
    return (
        *_data(bench),
        *_models(bench),
        *_choice(bench),
        *_forecast(bench),
        *bench.spending.notes,
        *_spending(bench),
    )


def _data(bench: Workbench) -> Iterator[Note]:
    histories = bench.histories
    yield info("clv_value", f"Value is {bench.worth.said}; future value is discounted to as_of.")
    if bench.options.saved is not None:
        yield from notes_on_use(bench, bench.options.saved)
    losing = int(((histories.x > 0) & (histories.mean_spend <= 0)).sum())
    if losing:
        who = "1 customer" if losing == 1 else f"{losing:,} customers"
        text = (
            f"The repeat purchases of {who} brought nothing or a loss (flag loss); their mean is weighed against that "
            "of all like any other, and can be expected to stay negative."
        )
        yield warning("clv_loss", text)


def _models(bench: Workbench) -> Iterator[Note]:
    """The diagnosis of the chosen model; of the others only what it does not share."""
    yield from bench.fit.notes
    if bench.chosen.choice == BG:
        yield info("clv_bg_alive", "BG/NBD takes every customer without a repeat purchase for alive (P = 1).")


def _choice(bench: Workbench) -> Iterator[Note]:
    holdout = bench.holdout
    if bench.options.model != AUTO or bench.options.saved is not None:
        return
    best_aic = min(bench.candidates, key=lambda one: one.fit.aic).title
    if holdout is not None and bench.by_holdout:
        split = to_date(holdout.histories.day)
        text = (
            f"{bench.chosen.title} forecasts the {holdout.days} days after {split} best; AIC alone prefers {best_aic}."
        )
    else:
        text = f"{bench.chosen.title} is chosen by AIC: too little time was observed to keep a part of it for a test."
    yield info("clv_chosen", text)


def _forecast(bench: Workbench) -> Iterator[Note]:
    """How far the total was off on the holdout, which no interval of parameters and chance tells."""
    holdout, before = bench.holdout, bench.chosen.before_split
    if holdout is None or before is None or not holdout.actual.any():
        return
    rows, split = holdout.histories.rows, to_date(holdout.histories.day)
    expected = rows.total(before.model.expected_purchases(rows, holdout.days))
    actual = float(holdout.actual.sum())
    off = expected / actual - 1
    compared = f"{abs(off):.0%} {'more' if off > 0 else 'fewer'} than the {actual:,.0f} that came"
    text = (
        f"On the {holdout.days} days after {split} the model expected {expected:,.0f} purchases of those who had "
        f"bought before, {compared}. Intervals hold chance and the uncertainty of parameters, not errors of this kind "
        "(season, trend, campaigns)."
    )
    yield warning("clv_forecast_off", text) if abs(off) > _FAR_OFF else info("clv_forecast", text)


def _spending(bench: Workbench) -> Iterator[Note]:
    histories = bench.histories
    single = int((histories.x == 0).sum())
    if single:
        text = (
            f"{single:,} of {len(histories):,} customers bought on one day only (flag no_repeat); their spending is "
            f"that of all, {bench.spending.population:,.2f} a purchase."
        )
        yield info("clv_no_repeat", text)
    corr = Totals(bench).spend_correlation
    if corr is not None and np.sign(corr.low) == np.sign(corr.high) and abs(corr.expected) >= _STRONG:
        text = (
            f"How often customers buy and how much they spend go together (correlation {corr.expected:.2f}, "
            f"{corr.low:.2f} to {corr.high:.2f}), which the model of spending takes to be independent."
        )
        yield warning("clv_spend_correlation", text)
