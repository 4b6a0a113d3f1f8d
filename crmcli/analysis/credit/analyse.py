"""The credit analysis of one ledger: the views that were asked for, headline facts and notes."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.conform import conform, view_schema
from crmcli.analysis.credit.aging import DUE, aging_table, reconciliation_line
from crmcli.analysis.credit.bench import Bench
from crmcli.analysis.credit.buckets import Buckets
from crmcli.analysis.credit.cohorts import payment_curves
from crmcli.analysis.credit.customers import customers_table
from crmcli.analysis.credit.facts import credit_facts
from crmcli.analysis.credit.judgement import foresight, judgements
from crmcli.analysis.credit.kpis import key_figures
from crmcli.analysis.credit.limits import snapshot_limits
from crmcli.analysis.credit.options import CreditOptions
from crmcli.analysis.credit.policy import policy_table
from crmcli.analysis.credit.provision import provision_table
from crmcli.analysis.credit.trend import trend_points
from crmcli.analysis.credit.value import blocked_lines, value_facts, value_notes
from crmcli.analysis.credit.views import credit_catalogue
from crmcli.analysis.result import Result
from crmcli.errors import UsageError
from crmcli.invoices.ledger import reconcile
from crmcli.invoices.remarks import nothing_open
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcli.analysis.credit.bench import CurrencyBench
    from crmcli.invoices.ledger import CreditLedger
    from crmcli.notes import Note

_OF_A_SNAPSHOT = frozenset({"aging", "limits"})
"""Views that open items alone allow."""


def analyse(ledger: CreditLedger, options: CreditOptions | None = None) -> Result:
    """The views of `credit` that the options name, or all that this ledger allows.

    Every run reconciles first: buckets and unapplied money against the documents, by currency.

    Raises:
        InternalError: the ledger does not reconcile.
        UsageError: options that are unknown or do not fit.
    """
    options = _of_summary(ledger, options or CreditOptions())
    options.check()
    bench = Bench(ledger, options)
    lines = tuple(reconciliation_line(found, ledger.money_scale) for found in reconcile(ledger))
    lacks = {name: lack for name in MAKERS if (lack := _lack(name, bench)) is not None}
    catalogue = credit_catalogue(options.buckets.names)
    _refuse_lacking(lacks, options)
    able = [name for name in MAKERS if name not in lacks]
    wanted = [name for name in able if options.views is None or name in options.views]
    scale = ledger.money_scale
    tables = {name: conform(_unnamed_missing(MAKERS[name](bench)), catalogue.view(name), scale) for name in wanted}
    valued = "value" in able
    captions = {"aging": lines, **({"value": tuple(blocked_lines(bench.value))} if valued else {})}
    return Result(
        catalogue,
        ledger.as_of,
        scale,
        tables,
        (*credit_facts(bench), *(value_facts(bench.value, bench.currencies[0].currency) if valued else ())),
        (
            *_notes(bench, frozenset(tables)),
            *judgements(bench, frozenset(tables)),
            *_value_notes(bench, lacks.get("value")),
        ),
        others=tuple(name for name in able if name not in tables),
        captions=captions,
    )


def _unnamed_missing(table: pl.DataFrame) -> pl.DataFrame:
    """The table with the currency missing where the input names none."""
    if "currency" not in table.columns:
        return table
    return table.with_columns(pl.when(pl.col("currency") != "").then(pl.col("currency")).alias("currency"))


def _refuse_lacking(lacks: Mapping[str, str], options: CreditOptions) -> None:
    """The only view that is wanted must not be missing without a word; of several, those that can be are shown."""
    views = options.views or ()
    for name in views if len(views) == 1 else ():
        if name in lacks:
            raise UsageError(f"The view {name!r} {lacks[name]}.", remedy="Ask for another one, e.g. --view aging")


def _of_summary(ledger: CreditLedger, options: CreditOptions) -> CreditOptions:
    """The options for an aged summary, whose buckets are what they are."""
    if not ledger.aged_bounds:
        return options
    own = Buckets(ledger.aged_bounds)
    if options.basis != DUE or options.buckets not in {Buckets(), own}:
        bounds = ",".join(map(str, own.bounds))
        raise UsageError(f"An aged summary cannot be aged anew: its buckets are {bounds}, by due date")
    return replace(options, buckets=own)


def _lack(view: str, bench: Bench) -> str | None:
    if bench.ledger.is_snapshot and view not in _OF_A_SNAPSHOT:
        return "needs payments: the input is a list of open items"
    if view == "value" and bench.options.clv is None:
        return "needs --transactions FILE, from which the value of customers is forecast"
    if view == "policy" and bench.options.variable_cost is None:
        return "needs --variable-cost, the variable cost per sales, e.g. 0.6"
    if view in {"policy", "value"} and len(bench.currencies) > 1:
        return "needs one currency: convert with --fx, or choose one with --where"
    return None


def _notes(bench: Bench, views: frozenset[str]) -> Iterable[Note]:
    settled = nothing_open(bench.ledger)
    if settled is not None:
        yield settled
    if len(bench.currencies) > 1:
        names = ", ".join(one.currency or "none" for one in bench.currencies)
        text = f"The ledger holds the currencies {names}: each has rows of its own; --fx FILE converts them"
        yield info("currencies", text)
        held = bench.ledger.items.group_by("customer_id").agg(pl.col("currency").n_unique())
        several = int((held["currency"] > 1).sum())
        if several and {"customers", "limits"} & views:
            rest = "customers and limits look at the one of most invoices alone"
            yield warning(
                "main_currency", f"{several:,} customers have invoices in several currencies: {rest} (--fx FILE)"
            )


def _value_notes(bench: Bench, lack: str | None) -> Iterable[Note]:
    """On the transactions, if some are given."""
    if bench.options.clv is None:
        return
    if lack is not None:
        yield warning("value_lacks", f"The view value {lack}")
        return
    yield from value_notes(bench.value, bench.options.clv)


def _by_currency(bench: Bench, view: str, make: Callable[[CurrencyBench], pl.DataFrame]) -> pl.DataFrame:
    """The rows of a view for each currency, one below the other."""
    schema = view_schema(credit_catalogue().view(view), bench.ledger.money_scale)
    parts = [make(one).with_columns(currency=pl.lit(one.currency)) for one in bench.currencies]
    return pl.concat(
        [
            pl.DataFrame(schema=schema),
            *(part.select(pl.col(name).cast(dtype) for name, dtype in schema.items()) for part in parts),
        ]
    )


def _aging(bench: Bench) -> pl.DataFrame:
    return aging_table(bench.ledger, bench.options.buckets, bench.options.basis)


def _kpis(bench: Bench) -> pl.DataFrame:
    def make(one: CurrencyBench) -> pl.DataFrame:
        schema = {"measure": pl.String, "value": pl.Float64, "unit": pl.String, "period": pl.String}
        figures = [*key_figures(one.ledger, one.options), *foresight(one)]
        return pl.DataFrame([asdict(figure) for figure in figures], schema=schema)

    return _by_currency(bench, "kpis", make)


def _trend(bench: Bench) -> pl.DataFrame:
    def make(one: CurrencyBench) -> pl.DataFrame:
        points = trend_points(one.ledger, one.options.buckets, one.moved, one.forecast)
        names = ["kind", "key", "period", "direction"]
        schema = {**dict.fromkeys(names[:3], pl.String), "value": pl.Float64, "direction": pl.String}
        return pl.DataFrame([asdict(point) for point in points], schema=schema)

    return _by_currency(bench, "trend", make)


def _cohorts(bench: Bench) -> pl.DataFrame:
    return _by_currency(bench, "cohorts", lambda one: payment_curves(one.ledger))


def _provision(bench: Bench) -> pl.DataFrame:
    return _by_currency(bench, "provision", lambda one: provision_table(one.ledger, one.options.buckets, one.moved))


def _customers(bench: Bench) -> pl.DataFrame:
    return customers_table(bench.scored)


def _limits(bench: Bench) -> pl.DataFrame:
    if bench.ledger.is_snapshot:
        return snapshot_limits(bench.main, bench.options.style)
    return bench.limits


def _policy(bench: Bench) -> pl.DataFrame:
    return policy_table(bench.main, bench.options)


def _value(bench: Bench) -> pl.DataFrame:
    return bench.value


MAKERS: dict[str, Callable[[Bench], pl.DataFrame]] = {
    "customers": _customers,
    "aging": _aging,
    "kpis": _kpis,
    "trend": _trend,
    "cohorts": _cohorts,
    "provision": _provision,
    "limits": _limits,
    "policy": _policy,
    "value": _value,
}
