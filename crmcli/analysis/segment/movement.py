"""Who moved, who gets attention, who is like whom: the makers of these views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.making import Made, Maker
from crmcli.analysis.segment.explain import explain_table
from crmcli.analysis.segment.lookalike import lookalikes
from crmcli.analysis.segment.lookalike_facts import Question
from crmcli.analysis.segment.management import management
from crmcli.analysis.segment.matrix import matrix_cells
from crmcli.analysis.segment.migration import migrate, migration_facts, migration_table
from crmcli.analysis.segment.movement_options import GROUPINGS
from crmcli.analysis.segment.profile import profile
from crmcli.analysis.segment.strategy import built_in_strategy, strategy_table
from crmcli.customers.past import summary_at
from crmcli.customers.survey import answers_among
from crmcli.errors import TooLittleDataError

if TYPE_CHECKING:
    from crmcli.analysis.segment.migration import Migration
    from crmcli.analysis.segment.strategy import Strategy
    from crmcli.analysis.segment.workbench import Workbench
    from crmcli.customers.summary import CustomerSummary


def _past(bench: Workbench) -> CustomerSummary:
    """The summary as of the earlier date.

    Raises:
        TooLittleDataError: nobody had an order by then.
    """
    earlier = bench.options.movement.compare_to
    assert earlier is not None  # noqa: S101 — `_migration_lacks` has looked
    then = summary_at(bench.summary, earlier)
    if then.frame.is_empty():
        raise TooLittleDataError(f"--compare-to {earlier}: no customer had an order by then")
    return then


def _migrated(bench: Workbench) -> Migration:
    return migrate(_past(bench), bench.summary, bench.options, bench.value)


def _migration(bench: Workbench) -> Made:
    found = _migrated(bench)
    table = migration_table(found, bench.options, bench.money_scale, rescore=bench.options.movement.rescore)
    return Made(table, found.notes, migration_facts(found, table))


def _migration_lacks(bench: Workbench) -> str | None:
    return None if bench.options.movement.compare_to else "needs an earlier date to compare with: --compare-to DATE"


def _everything(bench: Workbench) -> pl.DataFrame:
    """`bench.customers` with stage, loyalty and cell, and what these rest on."""
    loyalty = bench.loyalty.select("loyalty_index", "loyalty_parts", "loyalty_type", "loyalty_rule")
    customers = bench.customers.hstack(bench.stages).hstack(loyalty)
    return customers.with_columns(matrix_cells(customers, bench.options.life.cuts, bench.money_scale))


def _grouped(bench: Workbench) -> pl.DataFrame:
    """customer_id, group and value of every customer."""
    column = GROUPINGS[bench.options.movement.by]
    customers = bench.customers if column in bench.customers.columns else _everything(bench)
    return customers.select("customer_id", pl.col(column).alias("group"), "value")


def _management(bench: Workbench) -> Made:
    costs = bench.options.movement.costs
    assert costs is not None  # noqa: S101 — `_management_lacks` has looked
    made = management(_grouped(bench), costs, bench.money_scale, bench.options.life.constants)
    return Made(made.table, made.notes, made.facts)


def _management_lacks(bench: Workbench) -> str | None:
    if bench.options.movement.costs is not None:
        return None
    return "needs what contact costs: --contacts FILE, or --customers FILE with --cost-column COLUMN"


def _profile(bench: Workbench) -> Made:
    attributes = bench.options.movement.attributes
    assert attributes is not None  # noqa: S101 — `_profile_lacks` has looked
    made = profile(_grouped(bench), attributes, bench.money_scale)
    return Made(made.table, (*attributes.notes, *made.notes), made.facts)


def _profile_lacks(bench: Workbench) -> str | None:
    if bench.options.movement.attributes is not None:
        return None
    return "needs attributes of customers: --customers FILE, or --attribute COLUMN of the transactions"


_FROM_ANSWERS = frozenset({"loyalty_index", "loyalty_parts", "loyalty_type", "loyalty_rule", "cell"})
"""Columns of customers that answers to a survey go into."""


def _lookalike(bench: Workbench) -> Made:
    given = bench.options.movement
    assert given.attributes is not None  # noqa: S101 — `_lookalike_lacks` has looked
    assert given.target is not None  # noqa: S101
    rests_on_answers = not given.target.is_without(_FROM_ANSWERS)
    defining = answers_among(given.attributes.names) if rests_on_answers else frozenset[str]()
    question = Question(given.target, given.avoid, given.seed, bench.options.life.constants, defining)
    customers = bench.customers if given.target.is_within(bench.customers.columns) else _everything(bench)
    made = lookalikes(customers, given.attributes, given.prospects, question, bench.money_scale)
    more = given.prospects.notes if given.prospects else ()
    return Made(made.table, (*given.attributes.notes, *more, *made.notes), made.facts)


def _lookalike_lacks(bench: Workbench) -> str | None:
    lack = _profile_lacks(bench)
    if lack is None and bench.options.movement.target is None:
        return "needs a rule that says whom others are compared with: --target RULE, such as --target class=vip"
    return lack


def _strategy(bench: Workbench) -> Made:
    return Made(strategy_table(_advice(bench), bench.options.movement.language))


def _advice(bench: Workbench) -> Strategy:
    return bench.options.movement.strategy or built_in_strategy()


def _explain(bench: Workbench) -> Made:
    customer_id = bench.options.movement.explain or ""
    found = _migrated(bench) if bench.options.movement.compare_to else None
    return Made(explain_table(bench, _everything(bench), customer_id, found, _advice(bench)))


def _explain_lacks(bench: Workbench) -> str | None:
    return None if bench.options.movement.explain is not None else "needs a customer: --explain CUSTOMER_ID"


VIEWS_WITH_FACTS = frozenset({"migration", "management", "profile", "lookalike"})
"""Views whose facts belong to the headline of a run that was given what they need, whatever views it shows."""

MOVEMENT_MAKERS: tuple[Maker[Workbench], ...] = (
    Maker("migration", _migration, _migration_lacks),
    Maker("management", _management, _management_lacks),
    Maker("profile", _profile, _profile_lacks),
    Maker("lookalike", _lookalike, _lookalike_lacks),
    Maker("strategy", _strategy),
    Maker("explain", _explain, _explain_lacks),
)
