"""The own options of `report`, from text to what the analyses take."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.analysis.change.windows import EVERY
from crmcli.analysis.churn.expected_profit import Costs
from crmcli.analysis.churn.options import ChurnOptions
from crmcli.analysis.clv.horizon import Span
from crmcli.analysis.clv.options import ClvOptions
from crmcli.cli.clv_options import share
from crmcli.cli.segment_inputs import MovementArguments
from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmcli.cli.options import SharedOptions

MARKDOWN, HTML = "markdown", "html"
TARGETS = (MARKDOWN, HTML)
LANGUAGES = ("en", "zh")
PAGE, OVERVIEWS = "customer", ("weekly", "executive", "credit")
"""The shipped template about one customer, and those about all of them."""
_SUFFIXES = {".md": MARKDOWN, ".markdown": MARKDOWN, ".html": HTML, ".htm": HTML}
_OF_CREDIT = ("invoices.", "payments.", "customers.")

_CLV_VIEWS = frozenset({"customers", "summary", "validation", "forecast"})
_CHURN_VIEWS = frozenset({"customers", "cohorts", "rates", "evaluation", "calibration", "winback"})


@dataclass(frozen=True, slots=True)
class ReportArguments:
    """The own options of `report`, as given."""

    every: str
    lang: str
    target: str | None
    title: str | None
    template: str | None
    template_dir: tuple[str, ...]
    eject: str | None
    embed: bool
    pictures: bool
    customer_id: str | None
    invoices: tuple[str, ...]
    payments: str | None
    customers: str | None
    id_column: str | None
    contacts: str | None
    cost_column: str | None
    contact_cost: str | None
    campaigns: str | None
    receipts: str | None
    expenses: str | None
    care_days: int
    horizon: str
    margin: str | None
    discount_rate: str
    include_customers: int
    min_group: int
    pseudonymise: str | None
    lock: bool
    fail_if: tuple[str, ...]

    def files(self) -> Iterator[Path]:
        """The files that these options name, which no output may overwrite."""
        single = (self.payments, self.customers, self.contacts, self.campaigns, self.receipts, self.expenses)
        named = (*self.invoices, *single, self.pseudonymise, self.template)
        yield from (Path(name) for name in named if name is not None and name != "-")

    def movement(self) -> MovementArguments:
        """What `segment` is told of files and language."""
        return MovementArguments(
            customers=self.customers,
            id_column=self.id_column,
            contacts=self.contacts,
            cost_column=self.cost_column,
            contact_cost=self.contact_cost,
            language=self.lang,
            explain=self.customer_id,
        )


def check(shared: SharedOptions, own: ReportArguments) -> None:
    """Refuse what does not fit before anything is read.

    Raises:
        UsageError: an unknown word, or an option without the one it belongs to.
    """
    if not shared.files:
        raise UsageError("No transaction files are named.", remedy="Example: crmcli report orders.csv -o report.html")
    _check_known("--every", own.every, EVERY)
    _check_known("--lang", own.lang, LANGUAGES)
    if own.target is not None:
        _check_known("--format", own.target, TARGETS)
    for flag, given, needed, by in (
        ("--payments", own.payments, own.invoices, "--invoices FILE"),
        ("--receipts", own.receipts, own.campaigns or own.expenses, "--campaigns FILE or --expenses FILE"),
        ("--expenses", own.expenses, own.receipts, "--receipts FILE"),
        ("--lock", own.lock, shared.output not in {None, "-"}, "-o FILE"),
        ("--id-column", own.id_column, own.customers or own.contacts, "--customers FILE"),
    ):
        if given and not needed:
            raise UsageError(f"{flag} has no effect without {by}", remedy=f"Add {by}, or leave out {flag}.")
    _check_template(own)
    if own.embed and not own.pictures:
        raise UsageError("--embed and --no-pictures exclude each other.")
    mapped = [item for item in shared.mapping or () if item.startswith(_OF_CREDIT)]
    if mapped and not own.invoices:
        raise UsageError(f"--map {mapped[0]} has no effect without --invoices FILE")
    _check_stdin(shared, own)


def target_of(shared: SharedOptions, own: ReportArguments) -> str:
    """The kind of document: markdown or html.

    Raises:
        UsageError: the suffix of -o is neither, and --format does not say.
    """
    if own.target is not None:
        return own.target
    if shared.output in {None, "-"}:
        return MARKDOWN
    suffix = Path(str(shared.output)).suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(
            f"-o {shared.output}: the suffix {suffix or '(none)'!r} is neither .md nor .html",
            remedy="Name the file so, or add --format markdown or --format html.",
        )
    return _SUFFIXES[suffix]


def template_of(own: ReportArguments) -> str:
    """The name of the template, or the path of the user's."""
    return own.template or (OVERVIEWS[0] if own.customer_id is None else PAGE)


def for_transactions(shared: SharedOptions) -> SharedOptions:
    """The shared options without what is said about the other files."""
    mapping = [item for item in shared.mapping or () if not item.startswith(_OF_CREDIT)]
    return dataclasses.replace(shared, mapping=mapping)


def for_credit(shared: SharedOptions, own: ReportArguments, as_of: str) -> SharedOptions:
    """The shared options for the invoices, as of the day of the report; rows are chosen among transactions only."""
    mapping = [item.removeprefix("invoices.") for item in shared.mapping or () if item.startswith(_OF_CREDIT)]
    return dataclasses.replace(
        shared,
        files=list(own.invoices),
        mapping=mapping,
        as_of=as_of,
        since=None,
        where=None,
        rejects=None,
        profile="auto",
    )


def clv_options(own: ReportArguments) -> ClvOptions:
    """The options of the forecast.

    Raises:
        UsageError: a value that does not parse.
    """
    return ClvOptions(
        horizon=Span.parse(own.horizon, "--horizon"),
        discount_rate_annual=float(share(own.discount_rate, "--discount-rate", most=Decimal(10))),
        margin_share=None if own.margin is None else share(own.margin, "--margin"),
        views=_CLV_VIEWS,
    )


def churn_options(own: ReportArguments) -> ChurnOptions:
    """The options of the analysis of churn.

    Raises:
        UsageError: a value that does not parse.
    """
    return ChurnOptions(
        discount_rate_annual=float(share(own.discount_rate, "--discount-rate", most=Decimal(10))),
        margin_share=None if own.margin is None else float(share(own.margin, "--margin")),
        costs=Costs() if own.contact_cost is None else Costs(contact_cost=float(own.contact_cost)),
        views=_CHURN_VIEWS,
    )


def _check_template(own: ReportArguments) -> None:
    """A page of one customer has no sections of a report, and the reverse; of templates of one's own nobody knows."""
    if own.template == PAGE and own.customer_id is None:
        raise UsageError(f"--template {PAGE} has no effect without --customer-id ID", remedy="Add --customer-id ID.")
    if own.template in OVERVIEWS and own.customer_id is not None:
        raise UsageError(
            f"--template {own.template} says nothing of a single customer",
            remedy="Leave out --template, or leave out --customer-id.",
        )


def _check_stdin(shared: SharedOptions, own: ReportArguments) -> None:
    named: Iterable[str | None] = (
        *shared.files,
        *own.invoices,
        *(own.payments, own.customers, own.contacts, own.campaigns, own.receipts, own.expenses),
    )
    if list(named).count("-") > 1:
        raise UsageError(
            "Standard input (-) is named twice", remedy="It can be read only once: give - for one of the files."
        )


def _check_known(flag: str, name: str, known: Iterable[str]) -> None:
    words = tuple(known)
    if name not in words:
        raise UsageError(f"{flag} {name!r} is none of {', '.join(words)}", remedy=did_you_mean(name, words))
