"""How far the models of a run may be trusted, as figures and in sentences: each beside its plain baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.analysis.credit.default_model import LEAST_BAD, MODEL
from crmcli.analysis.credit.forecast import BAND
from crmcli.analysis.credit.kpis import COUNT, SHARE, Figure
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.analysis.credit.bench import Bench, CurrencyBench
    from crmcli.notes import Note

_SHORT_OF = 0.1
"""A coverage so far below what it should be is a warning."""


def foresight(one: CurrencyBench) -> Iterator[Figure]:
    """The figures of the models that look ahead, for the view `kpis`."""
    if one.ledger.is_snapshot:
        return
    late = one.late
    if late is not None:
        period = f"invoices from {late.cut} on"
        yield Figure("late_model_auc", late.model, SHARE, period)
        yield Figure("late_model_baseline_auc", late.baseline, SHARE, period)
        yield Figure("late_model_fields_auc", late.fields, SHARE, period)
        yield Figure("late_model_held_out", late.tested_on, COUNT, period)
    if one.forecast is not None and one.forecast.coverage is not None:
        yield Figure("cash_coverage", one.forecast.coverage, SHARE, f"{one.forecast.checked} past weeks")


def judgements(bench: Bench, views: frozenset[str]) -> Iterator[Note]:
    """Remarks on whatever the computed views rest on."""
    for one in bench.currencies if {"kpis", "trend"} & views and not bench.ledger.is_snapshot else ():
        yield from _late(one) if "kpis" in views else ()
        yield from _cash(one)
    if {"customers", "limits"} & views and not bench.ledger.is_snapshot:
        yield _default(bench)
    if "policy" in views:
        yield warning(
            "policy_selection",
            "The replay holds only sales that the policy in force accepted: what customers it refused would have "
            "bought and paid is not in the ledger, and no effect of terms on sales is assumed",
        )


def _late(one: CurrencyBench) -> Iterator[Note]:
    late = one.late
    if late is None:
        yield info("late_model", "Too few late or punctual invoices to judge a model of late payment")
        return
    figures = (
        f"on {late.tested_on:,} later invoices ({late.cut} on) the area under the ROC curve is {late.model:.3f}, of "
        f"mean days to settle alone {late.baseline:.3f}, of the invoice's own fields {late.fields:.3f}"
    )
    if late.beats_baseline:
        yield info("late_model", f"Late payment: {figures}")
    else:
        yield warning("late_model", f"The model of late payment does not beat the plain mean: {figures}")


def _cash(one: CurrencyBench) -> Iterator[Note]:
    forecast = one.forecast
    if forecast is None or forecast.coverage is None:
        return
    text = f"Cash forecast: the {BAND:.0%} band held in {forecast.coverage:.0%} of {forecast.checked} past weeks"
    if forecast.coverage < BAND - _SHORT_OF:
        yield warning("cash_coverage", f"{text}: it is too narrow")
    else:
        yield info("cash_coverage", text)


def _default(bench: Bench) -> Note:
    rates = bench.rates
    if rates.source != MODEL or rates.auc is None or rates.baseline is None:
        text = f"The ledger holds {rates.bad:,} bad outcomes; under {LEAST_BAD} the chance (pd) is set by grade"
        return info("pd_expert", text)
    figures = (
        f"area under the ROC curve {rates.auc:.3f} out of sample, of mean days to settle alone {rates.baseline:.3f}"
    )
    if rates.auc > rates.baseline:
        return info("pd_model", f"The chance (pd) is estimated from {rates.bad:,} bad outcomes: {figures}")
    return warning("pd_model", f"The model of bad outcomes does not beat the plain mean: {figures}")
