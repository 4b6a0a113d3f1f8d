"""The own options of `churn`, from text to what the analysis takes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.analysis.churn.expected_profit import Costs
from crmcli.analysis.churn.options import ChurnOptions, Treatment
from crmcli.analysis.clv.horizon import Span
from crmcli.cli.clv_options import money, share
from crmcli.cli.reading import parse_date
from crmcli.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class ContractArguments:
    """The options of contracts, as given."""

    contractual: bool = False
    start_column: str | None = None
    end_column: str | None = None
    duration_column: str | None = None
    churned_column: str | None = None
    reason: str | None = None
    renewal: str = "1m"


@dataclass(frozen=True, slots=True)
class ChurnArguments:
    """The own options of `churn`, as given."""

    horizon: str = "90d"
    population: str = "all"
    period: str = "month"
    retention: str = "on"
    contact_cost: str = "1"
    offer_value: str = "10"
    save_rate: str = "30%"
    margin: str | None = None
    discount_rate: str = "10%"
    customers: str | None = None
    attribute: tuple[str, ...] = ()
    id_column: str | None = None
    by: str | None = None
    treatment: str | None = None
    treated_on: str | None = None
    contracts: ContractArguments = field(default_factory=ContractArguments)

    def flat(self) -> dict[str, object]:
        """All options by parameter."""
        values = asdict(self)
        return {**values, **values.pop("contracts")}

    def files(self) -> Iterator[Path]:
        """The files that these name, which no output may overwrite."""
        if self.customers is not None and self.customers != "-":
            yield Path(self.customers)


def churn_options(own: ChurnArguments, transactions: list[str]) -> ChurnOptions:
    """The options of the analysis, all but the horizon, which depends on as_of if it counts in months.

    Raises:
        UsageError: a value that does not parse, or an option without the one it belongs to.
    """
    horizon_span(own)
    _check_company(own, transactions)
    options = ChurnOptions(
        population=own.population,
        period=own.period,
        retention=own.retention,
        costs=_costs(own),
        margin_share=None if own.margin is None else float(share(own.margin, "--margin")),
        discount_rate_annual=float(share(own.discount_rate, "--discount-rate", most=Decimal(10))),
        by=own.by,
        treatment=_treatment(own),
    )
    options.check()
    return options


def horizon_span(own: ChurnArguments) -> Span:
    """The horizon; a bare number counts days.

    Raises:
        UsageError: it is no span of time.
    """
    text = own.horizon.strip()
    return Span.parse(f"{text}d" if text.isascii() and text.isdigit() else text, "--horizon")


def horizon_days(own: ChurnArguments, as_of: dt.date) -> int:
    """The days of the horizon after a date.

    Raises:
        UsageError: it is no span of time.
    """
    return horizon_span(own).days_after(as_of)


def _costs(own: ChurnArguments) -> Costs:
    return Costs(
        contact_cost=float(money(own.contact_cost, "--contact-cost")),
        offer_value=float(money(own.offer_value, "--offer-value")),
        save_rate=float(share(own.save_rate, "--save-rate")),
    )


def _treatment(own: ChurnArguments) -> Treatment | None:
    date = parse_date(own.treated_on, "--treated-on")
    return None if own.treatment is None or date is None else Treatment(own.treatment, date)


def _check_company(own: ChurnArguments, transactions: list[str]) -> None:
    """Refuse options that come without those they need."""
    contracts = own.contracts
    attributes = own.customers or own.attribute or contracts.contractual
    of_contracts = (contracts.start_column, contracts.end_column, contracts.duration_column, contracts.churned_column)
    for flag, given, needed, by in (
        ("--by", own.by, attributes, "--customers FILE or --attribute COLUMN"),
        ("--treatment", own.treatment, own.customers, "--customers FILE"),
        ("--treatment", own.treatment, own.treated_on, "--treated-on DATE"),
        ("--treated-on", own.treated_on, own.treatment, "--treatment COLUMN"),
        ("--reason", contracts.reason, contracts.contractual, "--contractual"),
        ("a column of contracts", any(of_contracts), contracts.contractual, "--contractual"),
    ):
        if given and not needed:
            raise UsageError(f"{flag} has no effect without {by}", remedy=f"Add {by}, or leave it out.")
    if [*transactions, own.customers].count("-") > 1:
        raise UsageError(
            "Standard input (-) is named twice", remedy="It can be read only once: give - for one of the files."
        )
