"""Value of customers who take chances or not (gifts at yearly appeals, say): BG/BB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.clv.bg_bb import Opportunities, fit_bg_bb
from crmcli.analysis.clv.contract_tables import contract_result, measure, shared_tables, times
from crmcli.analysis.clv.intervals import normal_interval
from crmcli.analysis.clv.views import CHANCES_CATALOGUE
from crmcli.analysis.result import Fact
from crmcli.analysis.views import Kind

if TYPE_CHECKING:
    from crmcli.analysis.clv.bg_bb import BgBb
    from crmcli.analysis.clv.contract_tables import ContractOptions
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.intervals import Interval
    from crmcli.analysis.result import Result


def value_chances(frame: pl.DataFrame, options: ContractOptions) -> Result:
    """The views of histories of chances: frequency, recency, periods and weights.

    Raises:
        TooLittleDataError: nobody took a chance.
    """
    histories = Opportunities(*(frame[name].to_numpy() for name in ("frequency", "recency", "periods", "weights")))
    fit = fit_bg_bb(histories)
    ahead = options.periods_in(options.horizon)
    expected = fit.model.expected_purchases(histories, ahead)
    discounted = fit.model.discounted_purchases(histories, ahead, options.rate)
    table = frame.rename({"weights": "customers"}).with_columns(
        p_alive=pl.Series(fit.model.p_alive(histories, 1)),
        expected_purchases=pl.Series(expected),
        future_value=pl.lit(None) if options.margin is None else pl.Series(discounted * options.margin),
    )
    total = _total_chances(fit, histories, ahead, options.level)
    customers = float(histories.weights.sum())
    measures = [
        measure("customers", customers, "customers"),
        measure("periods_ahead", ahead, "periods"),
        measure("expected_purchases", total, "chances taken"),
    ]
    if options.margin is not None:
        worth = options.margin * float(discounted @ histories.weights)
        share = worth / total.expected if total.expected else 0.0
        measures.append(measure("future_value", times(total, share), "money"))
    facts = (
        Fact("customers", "Customers", customers, Kind.NUMBER, "customers"),
        Fact("model", "Model", "BG/BB", Kind.TEXT),
        Fact("periods_ahead", f"Chances within {options.horizon}", ahead, Kind.INTEGER, "chances"),
        Fact("expected_purchases", "Expected to be taken", round(total.expected, 1), Kind.NUMBER, "chances"),
    )
    frames = {"chances": table, **shared_tables(measures, {"BG/BB": fit}, options)}
    return contract_result(CHANCES_CATALOGUE, frames, (facts, fit.notes), options, options.as_of)


def _total_chances(fit: Fit[BgBb], histories: Opportunities, ahead: int, level: float) -> Interval:
    """Chances taken by all; each customer's count is at most as spread as that of a coin with its mean."""

    def total(model: BgBb) -> float:
        return float(model.expected_purchases(histories, ahead) @ histories.weights)

    center = total(fit.model)
    of_parameters = float(np.mean([(total(model) - center) ** 2 for model in fit.sigma_models()]))
    each = fit.model.expected_purchases(histories, ahead)
    # A count between 0 and n with mean m varies at most by m(n − m).
    chance = float((each * (ahead - each)) @ histories.weights)
    return normal_interval(center, of_parameters + chance, level)
