"""The files and rules of `segment` beside the transactions, as the analysis takes them."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.analysis.segment.movement_options import GROUPINGS, MovementOptions
from crmcli.analysis.segment.strategy import LANGUAGES, built_in_strategy, parse_strategy
from crmcli.analysis.segment.target import parse_target
from crmcli.cli.reading import parse_date, read_options
from crmcli.customers.attributes import Attributes, read_attributes
from crmcli.customers.contacts import ContactColumns, costs_of_attribute, read_contacts
from crmcli.customers.line_attributes import attributes_of_lines
from crmcli.customers.survey import survey_of
from crmcli.errors import UsageError, did_you_mean
from crmcli.present.messages import print_notes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from crmcli.analysis.segment.options import SegmentOptions
    from crmcli.analysis.segment.strategy import Strategy
    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.customers.contacts import ContactCosts
    from crmcli.customers.summary import CustomerSummary
    from crmcli.transactions.load import Transactions

_LARGEST_COST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class MovementArguments:
    """The options of the views of movement and attention, as given."""

    compare_to: str | None = None
    rescore: bool = False
    by: str = "segment"
    customers: str | None = None
    attribute: tuple[str, ...] = ()
    id_column: str | None = None
    contacts: str | None = None
    cost_column: str | None = None
    contact_cost: str | None = None
    target: str | None = None
    avoid: bool = False
    prospects: str | None = None
    seed: int = 0
    strategy: str | None = None
    language: str = "en"
    explain: str | None = None

    def looks_at_groups(self) -> bool:
        """Whether views are made that may divide customers by their loyalty."""
        return bool(self.customers or self.contacts or self.attribute)

    def files(self) -> Iterator[Path]:
        """The files that these name, which no output may overwrite."""
        for name in (self.customers, self.contacts, self.prospects, self.strategy):
            if name is not None and name != "-":
                yield Path(name)


def check_movement(own: MovementArguments, transactions: list[str]) -> MovementOptions:
    """The options that need no file of customers, all of them checked before anything is read.

    Raises:
        UsageError: a value that does not parse, an option without the one it belongs to, or two uses of stdin.
    """
    for flag, given, needed, by in (
        ("--rescore", own.rescore, own.compare_to, "--compare-to DATE"),
        ("--avoid", own.avoid, own.target, "--target RULE"),
        ("--prospects", own.prospects, own.target, "--target RULE"),
        ("--prospects", own.prospects, own.customers or own.attribute, "--customers FILE"),
        ("--target", own.target, own.customers or own.attribute, "--customers FILE or --attribute COLUMN"),
        ("--contact-cost", own.contact_cost, own.contacts, "--contacts FILE"),
        ("--cost-column", own.cost_column, own.contacts or own.customers, "--contacts FILE or --customers FILE"),
    ):
        if given and not needed:
            raise UsageError(f"{flag} has no effect without {by}", remedy=f"Add {by}, or leave out {flag}.")
    if [*transactions, own.customers, own.contacts, own.prospects].count("-") > 1:
        raise UsageError(
            "Standard input (-) is named twice", remedy="It can be read only once: give - for one of the files."
        )
    _check_known("--by", own.by, tuple(GROUPINGS))
    _check_known("--language", own.language, LANGUAGES)
    _contact_cost(own.contact_cost)
    return MovementOptions(
        compare_to=parse_date(own.compare_to, "--compare-to"),
        rescore=own.rescore,
        by=own.by,
        target=None if own.target is None else parse_target(own.target),
        avoid=own.avoid,
        seed=own.seed,
        strategy=_strategy(own.strategy),
        language=own.language,
        explain=own.explain,
    )


class SegmentFiles:
    """The files beside the transactions, read when the end of the observed time is known."""

    def __init__(self, state: State, shared: SharedOptions, own: MovementArguments) -> None:
        self._state = state
        self._own = own
        self._options = read_options(shared, frozenset())
        self._stdin = state.environment.stdin or io.BytesIO()

    def of_lines(self, transactions: Transactions, summary: CustomerSummary) -> Attributes | None:
        """The attributes that stand on the lines of the transactions.

        Raises:
            InputError: a file lacks one of the columns.
        """
        if not self._own.attribute:
            return None
        return attributes_of_lines(transactions, self._own.attribute, summary.as_of)

    def read_into(
        self, options: SegmentOptions, of_lines: Attributes | None, summary: CustomerSummary
    ) -> SegmentOptions:
        """The options of the analysis with what the files hold.

        Raises:
            CrmcliError: as `read_attributes`, `read_contacts` and `survey_of`.
        """
        if not any(self._own.files()) and "-" not in {self._own.customers, self._own.contacts} and of_lines is None:
            return options
        with self._state.progress("reading customers"):
            of_file = self._attributes(self._own.customers, "--customers")
            attributes = _beside(of_file, of_lines)
            survey, remarks = survey_of(of_file) if of_file else (None, ())
            if of_file is not None:
                # Whatever views are wanted: a file in which no customer is found is never meant.
                of_file.matching(summary.frame["customer_id"])
            movement = replace(
                options.movement,
                attributes=attributes,
                costs=self._costs(of_file, summary.as_of),
                prospects=self._attributes(self._own.prospects, "--prospects", attributes),
            )
        print_notes(self._state.environment, remarks)
        return replace(options, movement=movement, life=replace(options.life, survey=survey))

    def _attributes(self, path: str | None, flag: str, beside: Attributes | None = None) -> Attributes | None:
        if path is None:
            return None
        return read_attributes(
            path, flag, self._options, id_column=self._own.id_column, stdin=self._stdin, beside=beside
        )

    def _costs(self, customers: Attributes | None, as_of: dt.date) -> ContactCosts | None:
        """What contact costs: from its own file, else from a column of the customers' file."""
        own = self._own
        if own.contacts is not None:
            columns = ContactColumns(own.id_column, own.cost_column, _contact_cost(own.contact_cost))
            return read_contacts(own.contacts, "--contacts", self._options, columns, as_of=as_of, stdin=self._stdin)
        return None if customers is None else costs_of_attribute(customers, own.cost_column, self._options.money_scale)


def _beside(of_file: Attributes | None, of_lines: Attributes | None) -> Attributes | None:
    """Attributes of the customers' file and of their transactions side by side.

    Raises:
        UsageError: both have an attribute of one name.
    """
    if of_file is None or of_lines is None:
        return of_file or of_lines
    twice = sorted(set(of_file.names) & set(of_lines.names))
    if twice:
        raise UsageError(
            f"--attribute {twice[0]!r} is also a column of {of_file.label}",
            remedy="Leave out --attribute, or rename the column.",
        )
    frame = of_file.frame.join(of_lines.frame, on="customer_id", how="full", coalesce=True).sort("customer_id")
    return Attributes(f"{of_file.label} and {of_lines.label}", frame, (*of_file.notes, *of_lines.notes))


def _contact_cost(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        cost = Decimal(text.strip())
    except InvalidOperation:
        cost = Decimal(-1)
    if not (cost.is_finite() and 0 < cost < _LARGEST_COST):
        raise UsageError(f"--contact-cost {text!r} is no amount above 0", remedy="Example: --contact-cost 7.50")
    return cost


def _strategy(path: str | None) -> Strategy | None:
    if path is None:
        return None
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"--strategy {path}: the file is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"--strategy {path}: {error.strerror}") from None
    return built_in_strategy().with_own(parse_strategy(text, path))


def _check_known(flag: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UsageError(f"{flag} {name!r} is none of {', '.join(known)}", remedy=did_you_mean(name, known))
